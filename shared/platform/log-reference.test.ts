/** A mutation's answer finds its place in the log once it has one. @module */
import { parseDigest } from '@sez/core/digest'
import { eventId } from '@sez/core/ids'
import { expect, it } from 'vitest'
import type { Context } from './context.ts'
import { openTestDatabase } from './database.fixture.ts'
import { openDatabase } from './db.ts'
import { logReference } from './log-reference.ts'
import { log } from './tables.ts'

const digest = parseDigest('ab'.repeat(32))

it('a position is null until its event is numbered; many cost one query', async () => {
  await using copy = await openTestDatabase()
  await using database = openDatabase({
    url: copy.url,
    connectionsMax: 1,
    applicationName: 'log-reference-test',
  })
  const id = (digit: number) => eventId(`evt_01890a5d-ac96-774b-bcce-b302099a805${digit}`)
  await database.db.insert(log).values({
    position: 7n,
    eventId: id(1),
    stream: 'entity/x',
    streamSeq: 1,
    canonical: '{}',
    digest,
    hash: digest,
  })
  // Nothing but the database and the loaders of a context is used.
  const ctx = { database, loaders: new Map() } as unknown as Context
  const positions = [1, 2].map((digit) =>
    logReference.position({ eventId: id(digit), digest }, {}, ctx),
  )
  expect(await Promise.all(positions)).toEqual([7n, null])
  expect(ctx.loaders.size).toBe(1)
})
