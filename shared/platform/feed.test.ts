/** The feed: in order, none twice, none missing, and it says so when it cannot. @module */
import { setTimeout as delay } from 'node:timers/promises'
import { InvariantViolation } from '@sez/core/invariant'
import postgres from 'postgres'
import { expect, test } from 'vitest'
import { databaseUrl, until } from './database.fixture.ts'
import type { FeedItem } from './feed.ts'
import { seal } from './sealer.ts'
import { sequence } from './sequencer.ts'
import type { Stream } from './stream.ts'
import { openTestLog, say, type TestLog, testZone } from './zone-log.fixture.ts'

/** Says `count` things, round the streams, and numbers them. */
async function fill(log: TestLog, count: number, streams = ['entity/a']): Promise<void> {
  const ctx = log.context()
  for (let n = 0; n < count; n += 1) await say(ctx, streams[n % streams.length] ?? '', { n })
  while ((await sequence(log.database)) > 0);
}

const sealNow = (log: TestLog) =>
  seal(log.database, { keys: log.keys, zoneId: testZone, now: () => new Date() })

async function take(stream: Stream<FeedItem>, count: number): Promise<FeedItem[]> {
  const items: FeedItem[] = []
  while (items.length < count) {
    const item = await stream.next()
    if (item.done === true) break
    items.push(item.value)
  }
  return items
}

const placeOf = (item: FeedItem): string =>
  item.kind === 'entry' ? String(item.entry.position) : `sealed ${item.checkpoint.size}`

test('a follower gets what was, what comes, and the checkpoint after what it covers', async () => {
  await using log = await openTestLog()
  await fill(log, 3)
  const all = await log.hub.follow({ stream: null, after: null })
  expect((await take(all, 3)).map(placeOf)).toEqual(['1', '2', '3'])
  const waiting = take(all, 3)
  await fill(log, 2)
  await sealNow(log)
  expect((await waiting).map(placeOf)).toEqual(['4', '5', 'sealed 5'])
  expect(log.hub.head().position).toBe(5n)
})

test('a follower of one stream gets its entries and a checkpoint for them, nothing else', async () => {
  await using log = await openTestLog()
  await fill(log, 6, ['entity/a', 'entity/b'])
  await sealNow(log)
  const one = await log.hub.follow({ stream: 'entity/b', after: null })
  expect((await take(one, 4)).map(placeOf)).toEqual(['2', '4', '6', 'sealed 6'])
  const waiting = take(one, 2)
  await fill(log, 3, ['entity/a'])
  await sealNow(log)
  await fill(log, 1, ['entity/b'])
  await sealNow(log)
  expect((await waiting).map(placeOf)).toEqual(['10', 'sealed 10'])
})

test('from now on skips what was', async () => {
  await using log = await openTestLog()
  await fill(log, 3)
  const live = await log.hub.follow({ stream: null, after: null, from: 'now' })
  const waiting = take(live, 1)
  await fill(log, 1)
  expect((await waiting).map(placeOf)).toEqual(['4'])
})

/** Items until there are so many entries among them. */
async function takeEntries(stream: Stream<FeedItem>, count: number): Promise<FeedItem[]> {
  const items: FeedItem[] = []
  for (let entries = 0; entries < count; ) {
    const [item] = await take(stream, 1)
    if (item === undefined) break
    items.push(item)
    if (item.kind === 'entry') entries += 1
  }
  return items
}

const isEntry = (item: FeedItem): boolean => item.kind === 'entry'

test('every cursor resumes with the entry behind its item, also that of a checkpoint', async () => {
  await using log = await openTestLog()
  await fill(log, 9, ['entity/a', 'entity/b', 'entity/c'])
  await sealNow(log)
  await until('the checkpoint is known', async () => {
    const probe = await log.hub.follow({ stream: 'entity/a', after: null })
    const last = (await take(probe, 4)).at(-1)
    await probe.return()
    return last?.kind === 'checkpoint'
  })
  await fill(log, 3, ['entity/a', 'entity/b', 'entity/c'])
  for (const [stream, count] of [[null, 12] as const, ['entity/b', 4] as const]) {
    const whole = await takeEntries(await log.hub.follow({ stream, after: null }), count)
    for (const [i, item] of whole.entries()) {
      const rest = whole.slice(i + 1).filter(isEntry)
      const resumed = await log.hub.follow({ stream, after: item.cursor })
      const again = await takeEntries(resumed, rest.length)
      expect(again.filter(isEntry).map(placeOf)).toEqual(rest.map(placeOf))
      await resumed.return()
    }
  }
})

test('checkpoints are given once across a resume', async () => {
  await using log = await openTestLog()
  await fill(log, 2)
  await sealNow(log)
  const first = await take(await log.hub.follow({ stream: null, after: null }), 3)
  expect(first.map(placeOf)).toEqual(['1', '2', 'sealed 2'])
  await fill(log, 1)
  await sealNow(log)
  const resume = async (index: number, count: number): Promise<string[]> => {
    const after = first[index]?.cursor ?? null
    return (await take(await log.hub.follow({ stream: null, after }), count)).map(placeOf)
  }
  expect(await resume(2, 2)).toEqual(['3', 'sealed 3'])
  expect(await resume(1, 2)).toEqual(['3', 'sealed 3'])
})

test('return closes at once, also while waiting, and leaves no follower behind', async () => {
  await using log = await openTestLog()
  const streams = await Promise.all([
    log.hub.follow({ stream: null, after: null }),
    log.hub.follow({ stream: 'entity/a', after: null }),
  ])
  const waiting = streams.map((each) => each.next())
  expect(log.hub.followerCount()).toBe(2)
  await Promise.all(streams.map((each) => each.return()))
  const over = { done: true, value: undefined }
  expect(await Promise.all(waiting)).toEqual([over, over])
  expect(log.hub.followerCount()).toBe(0)
  expect(await streams[0].next()).toEqual(over)
})

test('a follower that falls behind its queue loses nothing', async () => {
  await using log = await openTestLog()
  const slow = await log.hub.follow({ stream: null, after: null })
  const slowOne = await log.hub.follow({ stream: 'entity/b', after: null })
  await fill(log, 1, ['entity/b'])
  await take(slow, 1)
  await take(slowOne, 1)
  const ctx = log.context()
  // More than the ring of 2,000 holds, so that the table is needed.
  for (let n = 0; n < 28; n += 1) {
    await Promise.all(Array.from({ length: 100 }, (_, i) => say(ctx, `entity/${i % 10 ? i : 'b'}`)))
    await sequence(log.database)
  }
  await until('the hub has seen all', () => log.hub.head().position === 2_801n)
  await sealNow(log)
  expect(log.hub.load()).toEqual({ queued: 512, overflows: 2, tooSlow: 0 })
  const rest = await take(slow, 2_801)
  expect(rest.map(placeOf)).toEqual([
    ...Array.from({ length: 2_800 }, (_, i) => String(i + 2)),
    'sealed 2801',
  ])
  const own = await take(slowOne, 281)
  expect(own.flatMap((item) => (item.kind === 'entry' ? [item.entry.streamSeq] : []))).toEqual(
    Array.from({ length: 280 }, (_, i) => i + 2),
  )
})

test('SUBSCRIBER_TOO_SLOW after 30 s without progress while items wait, never before', async () => {
  let now = new Date('2026-02-01T00:00:00Z')
  await using log = await openTestLog({ now: () => now, pollMs: 20 })
  const pass = async (seconds: number): Promise<void> => {
    now = new Date(now.getTime() + seconds * 1_000)
    // Two rounds of the hub's timer have seen the new time.
    await delay(80)
  }
  const idle = await log.hub.follow({ stream: 'entity/idle', after: null })
  const slow = await log.hub.follow({ stream: null, after: null })
  const idleWaits = idle.next()
  await fill(log, 3)
  expect((await take(slow, 1)).map(placeOf)).toEqual(['1'])
  await pass(2)
  await pass(29)
  expect((await take(slow, 1)).map(placeOf)).toEqual(['2'])
  await pass(2)
  await pass(31)
  await expect(slow.next()).rejects.toMatchObject({ code: 'SUBSCRIBER_TOO_SLOW' })
  expect(await slow.next()).toEqual({ done: true, value: undefined })
  expect(log.hub.followerCount()).toBe(1)
  expect(log.hub.load()).toEqual({ queued: 0, overflows: 0, tooSlow: 1 })
  await idle.return()
  expect(await idleWaits).toEqual({ done: true, value: undefined })
})

test('FUTURE_CURSOR, CURSOR_FORKED and EXPIRED_CURSOR for what the log does not hold', async () => {
  await using log = await openTestLog()
  await fill(log, 5)
  const items = await take(await log.hub.follow({ stream: null, after: null }), 5)
  const admin = log.open(null).raw
  const tamper = (statement: string) =>
    admin.begin((sql) => sql.unsafe(`set local session_replication_role = replica; ${statement}`))
  const follow = (index: number) =>
    log.hub.follow({ stream: null, after: items[index]?.cursor ?? null })
  await tamper(`update platform.log set hash = sha256('x') where position = 3`)
  await expect(follow(2)).rejects.toMatchObject({ code: 'CURSOR_FORKED' })
  await tamper(`
    insert into platform.archives
      (from_position, to_position, hash, root, file_name, file_digest, checkpoint_size)
    select 1, 2, hash, hash, 'file', hash, 5 from platform.log where position = 2;
    delete from platform.log where position < 3`)
  await expect(follow(0)).rejects.toMatchObject({ code: 'EXPIRED_CURSOR', details: { floor: '2' } })
  await expect(log.hub.follow({ stream: null, after: null })).rejects.toMatchObject({
    code: 'EXPIRED_CURSOR',
  })
  await tamper(`delete from platform.log where position > 4;
    update platform.log_head set position = 4,
      hash = (select hash from platform.log where position = 4)`)
  await expect(follow(4)).rejects.toMatchObject({ code: 'FUTURE_CURSOR', details: { head: '4' } })
})

test('CURSOR_FORKED ends the followers when the database was restored under them', async () => {
  await using log = await openTestLog()
  await fill(log, 3)
  const all = await log.hub.follow({ stream: null, after: null })
  await take(all, 3)
  const waiting = all.next().catch((error: unknown) => error)
  await log.open(null).raw.begin((sql) =>
    sql.unsafe(`set local session_replication_role = replica;
      delete from platform.log where position = 3;
      update platform.log_head set position = 2,
        hash = (select hash from platform.log where position = 2)`),
  )
  expect(await waiting).toMatchObject({ code: 'CURSOR_FORKED' })
  const again = await log.hub.follow({ stream: null, after: null })
  expect((await take(again, 2)).map(placeOf)).toEqual(['1', '2'])
})

test('a gap is an alarm for all followers and never skipped', async () => {
  await using log = await openTestLog()
  await fill(log, 2)
  const all = await log.hub.follow({ stream: null, after: null })
  await take(all, 2)
  const waiting = all.next().catch((error: unknown) => error)
  await log.open(null).raw.unsafe(`
    insert into platform.log (position, event_id, stream, stream_seq, canonical, digest, hash)
    select 4, 'evt_x', stream, 9, canonical, digest, hash from platform.log where position = 2;
    select pg_notify('sez_log', '4')`)
  expect(await waiting).toBeInstanceOf(InvariantViolation)
  await expect(log.hub.follow({ stream: null, after: null })).rejects.toThrow('gap')
  expect(log.hub.alarm()).toContain('between positions 2 and 4')
  const alarms = () => log.lines.filter((line) => line.includes('the zone log has a gap'))
  expect(alarms()).toHaveLength(1)
  // Nobody follows any more; the gap is looked for all the same, and its end ends the alarm.
  await log.open(null).raw.begin((sql) =>
    sql.unsafe(`set local session_replication_role = replica;
      delete from platform.log where position = 4`),
  )
  await until('the alarm is over', () => log.hub.alarm() === null)
  await fill(log, 1)
  const again = await log.hub.follow({ stream: null, after: null })
  expect((await take(again, 3)).map(placeOf)).toEqual(['1', '2', '3'])
  expect(alarms()).toHaveLength(1)
})

test('a lost LISTEN connection is found again, and what it missed is read', async () => {
  // The timer alone would take a minute.
  await using log = await openTestLog({ pollMs: 60_000 })
  const all = await log.hub.follow({ stream: null, after: null })
  await fill(log, 1)
  expect((await take(all, 1)).map(placeOf)).toEqual(['1'])
  const waiting = take(all, 2)
  const killed = await log.open(null).raw`
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and query ilike 'listen %'`
  expect(killed.length).toBeGreaterThan(0)
  await fill(log, 2)
  expect((await waiting).map(placeOf)).toEqual(['2', '3'])
})

test('after a database that was away for long it listens again', async () => {
  await using log = await openTestLog({ pollMs: 60_000 })
  const all = await log.hub.follow({ stream: null, after: null })
  await fill(log, 1)
  expect((await take(all, 1)).map(placeOf)).toEqual(['1'])
  await using server = postgresServerOf(log)
  const name = new URL(log.url).pathname.slice(1)
  await server.sql.unsafe(`alter database ${name} allow_connections false`)
  await server.sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${name}`
  // Long enough for a first attempt to listen again to fail.
  await delay(500)
  await server.sql.unsafe(`alter database ${name} allow_connections true`)
  await until('it listens again', async () => {
    const rows = await server.sql`select 1 from pg_stat_activity
      where datname = ${name} and query ilike 'listen %'`
    return rows.length > 0
  })
  const waiting = take(all, 1)
  await fill(log, 1)
  expect((await waiting).map(placeOf)).toEqual(['2'])
})

/** The server itself, for what cannot be done from inside the database. */
function postgresServerOf({ url }: TestLog): AsyncDisposable & { readonly sql: postgres.Sql } {
  const sql = postgres(databaseUrl(url, 'postgres'), { max: 1, onnotice: () => {} })
  return { sql, [Symbol.asyncDispose]: () => sql.end({ timeout: 5 }) }
}
