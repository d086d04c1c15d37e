/** Reactions: each event once and in order; one bad event stops its own stream only. @module */
import { sql } from 'drizzle-orm'
import { expect, test, vi } from 'vitest'
import { until } from './database.fixture.ts'
import type { Tx } from './db.ts'
import { listHeartbeats } from './heartbeat.ts'
import { publish } from './outbox.ts'
import {
  listStuck,
  type LoggedEvent,
  type Reaction,
  type ReactionGround,
  startReactions,
  unpark,
} from './reactions.ts'
import { sequence } from './sequencer.ts'
import { openTestLog, say, type TestLog } from './zone-log.fixture.ts'

/** A log with a table that reactions write to, one row per event handled. */
async function openSeen() {
  const log = await openTestLog()
  await log.open(null).raw.unsafe(`create table platform.seen (
    id bigint generated always as identity primary key, position bigint unique, stream text);
    grant all on platform.seen to "${log.rolePrefix}_entities"`)
  const ground: ReactionGround = log.context()
  return {
    log,
    ground,
    seen: async (): Promise<[number, string][]> => {
      const rows = await log.open(null, 1).raw<{ position: bigint; stream: string }[]>`
        select position, stream from platform.seen order by id`
      return rows.map((row) => [Number(row.position), row.stream])
    },
    [Symbol.asyncDispose]: () => log[Symbol.asyncDispose](),
  }
}

const record = async (tx: Tx, event: LoggedEvent): Promise<void> => {
  await tx.execute(sql`insert into platform.seen (position, stream)
    values (${event.position}, ${event.stream})`)
}
const recorder = (handle: Reaction['handle'] = record): Reaction => ({
  name: 'recorder',
  types: ['entity.noted'],
  handle,
})

async function fill(log: TestLog, streams: readonly string[]): Promise<void> {
  const ctx = log.context()
  for (const stream of streams) await say(ctx, stream)
  while ((await sequence(log.database)) > 0);
}

test('every event of its types once and in order, also by two processes and after a restart', async () => {
  await using place = await openSeen()
  const { log, ground, seen } = place
  await fill(log, ['entity/a', 'entity/b', 'entity/a'])
  const both = [1, 2].map(() => startReactions([recorder()], { ground, hub: log.hub, pollMs: 20 }))
  await until('the past is seen', async () => (await seen()).length === 3)
  await fill(log, ['entity/b', 'entity/a'])
  await until('the present is seen', async () => (await seen()).length === 5)
  await Promise.all(both.map((each) => each.stop()))
  await fill(log, ['entity/c'])
  await using _again = startReactions([recorder()], { ground, hub: log.hub, pollMs: 20 })
  await until('what happened meanwhile is seen', async () => (await seen()).length === 6)
  expect((await seen()).map(([position]) => position)).toEqual([1, 2, 3, 4, 5, 6])
})

test('events of other types are passed over, and the handler acts as the zone', async () => {
  await using place = await openSeen()
  const { log, ground } = place
  await fill(log, ['entity/a'])
  const callers: unknown[] = []
  const other: Reaction = { name: 'other', types: ['corridor.noted'], handle: record }
  const watcher = recorder(async (_tx, _event, ctx) => {
    callers.push([ctx.caller.did, [...ctx.caller.roles]])
  })
  await using _running = startReactions([other, watcher], { ground, hub: log.hub, pollMs: 20 })
  await until('both have read on', async () => {
    const rows = await log.database.raw`select 1 from platform.reactions where position = 1`
    return rows.length === 2
  })
  expect(callers).toEqual([[log.keys.did, ['SYSTEM']]])
  expect(await place.seen()).toEqual([])
})

test('a bad event parks its stream alone after ten tries; unpark lets it go on in order', async () => {
  let now = new Date('2026-02-01T00:00:00Z')
  await using place = await openSeen()
  const { log, seen } = place
  const ground = { ...place.ground, now: () => now }
  let isBad = true
  let tries = 0
  const handle: Reaction['handle'] = async (tx, event) => {
    await record(tx, event)
    if (isBad && event.stream === 'entity/bad') {
      tries += 1
      // A failed statement, so that the whole transaction would be lost without its savepoint.
      await tx.execute(sql`select 1 / 0`)
    }
  }
  await fill(log, ['entity/a', 'entity/bad', 'entity/a'])
  await using _running = startReactions([recorder(handle)], { ground, hub: log.hub, pollMs: 10 })
  await until('the good stream went on', async () => (await seen()).length === 2)
  for (let n = 1; n < 10; n += 1) {
    // The row, not the call: its time is taken after the handler has failed.
    await until(`try ${n} is kept`, async () => {
      const rows = await log.database.raw`select 1 from platform.parked where tries = ${n}`
      return rows.length === 1
    })
    now = new Date(now.getTime() + 60_000)
  }
  const { db } = log.database
  await until('it is given up', async () => (await listStuck(db, 'recorder')).length === 1)
  await fill(log, ['entity/bad', 'entity/a', 'entity/bad'])
  now = new Date(now.getTime() + 3_600_000)
  await until('the others go on', async () => (await seen()).length === 3)
  expect(tries).toBe(10)
  expect(await listStuck(db, 'recorder')).toEqual([
    { stream: 'entity/bad', position: 2n, errorCode: 'INTERNAL' },
  ])
  await until('readiness can tell', async () => {
    now = new Date(now.getTime() + 3_000)
    const beats = await listHeartbeats(db)
    return beats.some((beat) => beat.name === 'reaction recorder' && beat.detail === 'parked: 1')
  })
  expect(log.lines.filter((line) => line.includes('gave up on a stream'))).toHaveLength(1)

  isBad = false
  expect(await unpark(db, { reaction: 'recorder', stream: 'entity/bad' })).toBe(1)
  await until('the stream caught up', async () => (await seen()).length === 6)
  expect(await seen()).toEqual([
    [1, 'entity/a'],
    [3, 'entity/a'],
    [5, 'entity/a'],
    [2, 'entity/bad'],
    [4, 'entity/bad'],
    [6, 'entity/bad'],
  ])
  await fill(log, ['entity/bad'])
  await until('it goes on as before', async () => (await seen()).length === 7)
  const left = await log.database.raw`select 1 from platform.parked`
  expect(left).toHaveLength(0)
})

test('a reaction whose name another subgraph has taken neither runs nor looks alive', async () => {
  await using place = await openSeen()
  const { log, ground } = place
  await log.open('corridor').raw`insert into platform.reactions values ('recorder', 0)`
  await fill(log, ['entity/a'])
  const tries = vi.spyOn(ground.database.db, 'insert')
  await using _running = startReactions([recorder()], { ground, hub: log.hub, pollMs: 20 })
  await until('it has tried', () => tries.mock.calls.length >= 3)
  expect(await place.seen()).toEqual([])
  expect(await listHeartbeats(log.database.db)).toEqual([])
  const rows = await log.database.raw`select position from platform.reactions`
  expect([...rows]).toEqual([{ position: 0n }])
})

test('an error of the database is no fault of the event', async () => {
  await using place = await openSeen()
  const { log, ground, seen } = place
  await fill(log, ['entity/a', 'entity/b'])
  let cuts = 0
  const handle: Reaction['handle'] = async (tx, event) => {
    await record(tx, event)
    if (cuts >= 2) return
    cuts += 1
    // The subgraph's role may not end backends: ask as someone who may.
    const [row] = await tx.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`)
    await log.open(null, 1).raw`select pg_terminate_backend(${row?.pid ?? 0})`
    await tx.execute(sql`select 1`)
  }
  await using _running = startReactions([recorder(handle)], { ground, hub: log.hub, pollMs: 20 })
  await until('both are handled', async () => (await seen()).length === 2)
  expect(cuts).toBe(2)
  expect((await seen()).map(([position]) => position)).toEqual([1, 2])
  const parkedRows = await log.database.raw`select 1 from platform.parked`
  expect(parkedRows).toHaveLength(0)
})

test('what a reaction publishes is numbered and reaches others', async () => {
  await using place = await openSeen()
  const { log, seen } = place
  const ground = {
    ...place.ground,
    afterCommit: () => void sequence(log.database),
  }
  const echo: Reaction = {
    name: 'echo',
    types: ['entity.noted'],
    async handle(tx, event, ctx) {
      await publish(tx, ctx, { stream: event.stream, type: 'entity.echoed', data: {} })
    },
  }
  const listener: Reaction = { name: 'listener', types: ['entity.echoed'], handle: record }
  await using _running = startReactions([echo, listener], { ground, hub: log.hub, pollMs: 20 })
  await fill(log, ['entity/a', 'entity/b'])
  await until('the echoes are heard', async () => (await seen()).length === 2)
  expect((await seen()).map(([, stream]) => stream)).toEqual(['entity/a', 'entity/b'])
})

test('REACTION_UNKNOWN names those that are known', async () => {
  await using place = await openSeen()
  const { log, ground } = place
  await using _running = startReactions([recorder()], { ground, hub: log.hub, pollMs: 20 })
  await until('it is known', async () => {
    const rows = await log.database.raw`select 1 from platform.reactions`
    return rows.length === 1
  })
  const unknown = unpark(log.database.db, { reaction: 'recoder', stream: 'entity/a' })
  await expect(unknown).rejects.toMatchObject({
    code: 'REACTION_UNKNOWN',
    details: { known: ['recorder'] },
  })
})
