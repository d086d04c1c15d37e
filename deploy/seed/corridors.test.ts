/** The worked example's corridors go through the real mutations, once. @module */
import { systemClock } from '@sez/platform/clock'
import { sequence } from '@sez/platform/sequencer'
import { openTestLog } from '@sez/platform/zone-log.fixture'
import { parseDid } from '@sez/core/did'
import { invariant } from '@sez/core/invariant'
import { expect, test } from 'vitest'
import { seedAuthority, seedCorridors } from './corridors.ts'

test('three active corridors with a hundred receipts, and nothing the second time', async () => {
  await using log = await openTestLog()
  const ground = { ...log.context({ database: log.open('corridor') }), now: systemClock }
  const observers = [parseDid('did:web:partner.test')]
  expect(await seedCorridors(ground, { observers })).toBe(true)
  expect(await seedCorridors(ground, { observers })).toBe(false)
  await sequence(log.database)
  const rows = await log.database.raw<{ type: string; count: bigint }[]>`
    select canonical::json->>'type' as type, count(*) from platform.log group by 1 order by 1`
  expect(Object.fromEntries(rows.map(({ type, count }) => [type, Number(count)]))).toEqual({
    'corridor.activated': 3,
    'corridor.created': 3,
    'corridor.proposed': 3,
    'corridor.receipt-appended': 100,
  })
})

test.each([1, 2, 3])(
  'cut off at version %i of a corridor, it goes on from there',
  async (version) => {
    await using log = await openTestLog()
    const ground = { ...log.context({ database: log.open('corridor') }), now: systemClock }
    let commits = 0
    const afterCommit = (): void => invariant((commits += 1) < version, 'it was cut off')
    await expect(seedCorridors({ ...ground, afterCommit })).rejects.toThrow('cut off')
    const corridors = () => ground.database.raw<
      { id: string; version: number; receipts: number }[]
    >`
    select id, version, receipt_count as receipts from corridor.corridors order by id`
    expect(await corridors()).toEqual([{ id: 'pak-ksa', version, receipts: 0 }])
    expect(await seedCorridors(ground)).toBe(true)
    expect(await corridors()).toEqual([
      { id: 'pak-chn', version: 3, receipts: 25 },
      { id: 'pak-ksa', version: 3, receipts: 40 },
      { id: 'pak-uae', version: 3, receipts: 35 },
    ])
    expect(await seedCorridors(ground)).toBe(false)
  },
)

test('DEVELOPMENT_ONLY in production', async () => {
  await using log = await openTestLog()
  const context = log.context({ database: log.open('corridor') })
  const zone = { ...context.zone, mode: 'production' } as const
  await expect(seedCorridors({ ...context, zone })).rejects.toMatchObject({
    code: 'DEVELOPMENT_ONLY',
  })
})

test('an authority’s DID is the same in every run', () => {
  expect(seedAuthority('PAK')).toBe(seedAuthority('PAK'))
  expect(seedAuthority('PAK')).not.toBe(seedAuthority('KSA'))
})
