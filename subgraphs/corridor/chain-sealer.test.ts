/** Chains are signed at most once a second, by one sealer at a time, and never left unsigned. @module */
import { verifyProofs } from '@sez/core/proof'
import { expect, test } from 'vitest'
import { chainSealer, sealChains } from './chain-sealer.ts'
import { eventually, openTestCorridor, type TestCorridor } from './corridor.fixture.ts'
import { parsed } from './documents.fixture.ts'

const start = new Date('2026-02-01T00:00:00Z')
const after = (ms: number) => new Date(start.getTime() + ms)

/** What sealers stand on, at the time given. */
function groundAt(zone: TestCorridor, now: Date) {
  return { ...zone.log.context({ database: zone.log.open('corridor', 2) }), now: () => now }
}

async function sealedCounts(zone: TestCorridor, id: string): Promise<readonly number[]> {
  const rows = await zone.log.database.raw<{ data: { receiptCount: number } }[]>`
    select canonical::json->'data' as data from platform.log
    where stream = ${`corridor/${id}`} and canonical::json->>'type' = 'corridor.checkpointed'
    order by position`
  return rows.map(({ data }) => data.receiptCount)
}

test('a burst has one checkpoint a second, and its end has one too', async () => {
  await using zone = await openTestCorridor({ isSealing: false })
  const id = await zone.openCorridor('burst')
  await zone.grow(id, 3)
  expect(await sealChains(groundAt(zone, start))).toBe(1)
  await zone.grow(id, 2)
  expect(await sealChains(groundAt(zone, after(999)))).toBe(1)
  await zone.grow(id, 1)
  expect(await sealChains(groundAt(zone, after(1_000)))).toBe(1)
  expect(await sealChains(groundAt(zone, after(9_000)))).toBe(0)
  await eventually(async () => ((await sealedCounts(zone, id)).length === 2 ? true : null))
  expect(await sealedCounts(zone, id)).toEqual([3, 6])
})

test('several sealers at once sign each state once', async () => {
  await using zone = await openTestCorridor({ isSealing: false })
  const ids = await Promise.all(['a', 'b', 'c'].map((id) => zone.openCorridor(id)))
  for (const id of ids) await zone.grow(id, 2)
  await Promise.all(Array.from({ length: 4 }, () => sealChains(groundAt(zone, start))))
  expect(await sealChains(groundAt(zone, after(5_000)))).toBe(0)
  for (const id of ids) {
    await eventually(async () => ((await sealedCounts(zone, id)).length > 0 ? true : null))
    expect(await sealedCounts(zone, id)).toEqual([2])
  }
})

test('an empty chain is not signed', async () => {
  await using zone = await openTestCorridor({ isSealing: false })
  await zone.openCorridor('empty')
  await zone.openCorridor('draft', 'DRAFT')
  expect(await sealChains(groundAt(zone, start))).toBe(0)
})

test('the running sealer signs by itself what the zone’s key verifies, and shows a heartbeat', async () => {
  await using zone = await openTestCorridor()
  const id = await zone.openCorridor('running')
  await zone.grow(id, 1)
  const query = '{ corridor(id: "running") { latestCheckpoint { document receiptCount } } }'
  const auditor = { as: ['AUDITOR'], did: 'did:web:auditor.test' } as const
  const checkpoint = await eventually(async () => {
    const { data } = await zone.ask(query, {}, auditor)
    const { latestCheckpoint } = Object(data?.['corridor'])
    return latestCheckpoint
  })
  expect(checkpoint.receiptCount).toBe(1)
  expect(verifyProofs(parsed(checkpoint.document))).toMatchObject([
    { did: zone.log.keys.did, valid: true },
  ])
  const beats = await zone.log.database.raw`
    select 1 from platform.heartbeats where name = ${chainSealer.name}`
  expect(beats).toHaveLength(1)
})
