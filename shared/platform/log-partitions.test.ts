/** The log's partitions: made ahead by whoever steps, reached through the log alone. @module */
import { expect, test } from 'vitest'
import { verifyLog } from './log-audit.ts'
import { seal } from './sealer.ts'
import { sequence } from './sequencer.ts'
import { openTestLog, say, type TestLog, testZone } from './zone-log.fixture.ts'
import { listEntries, readHead } from './zone-log.ts'

async function partitionsOf(log: TestLog): Promise<string[]> {
  const rows = await log.open(null, 1).raw<{ name: string }[]>`
    select relname as name from pg_inherits join pg_class on pg_class.oid = inhrelid
    where inhparent = 'platform.log'::regclass
    order by substring(relname from '\\d+')::bigint`
  return rows.map((row) => row.name)
}

async function fill(log: TestLog, entries: number): Promise<void> {
  const ctx = log.context()
  for (let n = 0; n < entries; n += 1) {
    await say(ctx, `entity/${n % 3}`, { n })
    await sequence(log.database)
  }
  await seal(log.database, { keys: log.keys, zoneId: testZone, now: () => new Date() })
}

test('a partition is made before it is needed, and one step may fill several', async () => {
  await using log = await openTestLog({ partitionEntries: 8 })
  await fill(log, 6)
  expect(await partitionsOf(log)).toEqual(['log_8'])
  await fill(log, 1)
  expect(await partitionsOf(log)).toEqual(['log_8', 'log_16'])
  const ctx = log.context()
  for (let n = 0; n < 30; n += 1) await say(ctx, 'entity/9', { n })
  expect(await sequence(log.database)).toBe(30)
  expect(await partitionsOf(log)).toEqual(['log_8', 'log_16', 'log_24', 'log_32', 'log_40'])
  const page = await listEntries(log.database.db, { stream: 'entity/9', after: 0n, limit: 50 })
  expect(page.map((entry) => entry.position)).toEqual(
    Array.from({ length: 30 }, (_, n) => BigInt(n + 8)),
  )
  await seal(log.database, { keys: log.keys, zoneId: testZone, now: () => new Date() })
  expect(await verifyLog(log.database)).toMatchObject({ valid: true, size: 37n })
})

test('a step that finds no partition makes it, whoever steps and however many at once', async () => {
  await using log = await openTestLog({ partitionEntries: 2 })
  const ctx = log.context()
  for (let n = 0; n < 40; n += 1) await say(ctx, `entity/${n % 4}`, { n })
  const steppers = ['entities', 'corridor', 'platform'].map((role) => log.open(role, 4))
  const moved = await Promise.all(
    Array.from({ length: 12 }, async (_, i) => {
      const stepper = steppers[i % steppers.length] ?? log.database
      const [row] = await stepper.raw<
        { moved: number }[]
      >`select platform.sequence_step(5) as moved`
      return row?.moved ?? 0
    }),
  )
  expect(moved.reduce((sum, each) => sum + each, 0)).toBe(40)
  expect((await readHead(log.database.db)).position).toBe(40n)
  expect(await partitionsOf(log)).toHaveLength(21)
})

test('writers and readers go on while a partition is attached', async () => {
  await using log = await openTestLog({ partitionEntries: 4 })
  await fill(log, 2)
  const admin = log.open(null, 2).raw
  await admin.begin(async (reader) => {
    await reader`select * from platform.log`
    // The transaction holds its lock on the log; the next partition is made all the same.
    await fill(log, 3)
  })
  expect(await partitionsOf(log)).toEqual(['log_4', 'log_8'])
})

test('a partition itself is closed to every role, and append-only even for its owner', async () => {
  await using log = await openTestLog({ partitionEntries: 8 })
  await fill(log, 3)
  const statements = [
    'update platform_log.log_8 set stream = stream',
    'delete from platform_log.log_8',
    'truncate platform_log.log_8',
  ]
  for (const { raw } of [log.database, log.context().database, log.open(null, 1)]) {
    for (const statement of statements) {
      await expect(raw.unsafe(statement)).rejects.toMatchObject({ code: '42501' })
    }
  }
  for (const { raw } of [log.database, log.context().database]) {
    for (const statement of [
      'select * from platform_log.log_8',
      'insert into platform_log.log_8 select * from platform.log',
      'select platform.make_log_partition(16)',
    ]) {
      await expect(raw.unsafe(statement)).rejects.toMatchObject({ code: '42501' })
    }
  }
})

test('an event id and a place in a stream are given once', async () => {
  await using log = await openTestLog({ partitionEntries: 2 })
  await fill(log, 5)
  const admin = log.open(null, 1).raw
  const again = `select 9, event_id, stream, stream_seq, canonical, digest, hash from platform.log`
  const into = `insert into platform.log (position, event_id, stream, stream_seq, canonical, digest, hash)`
  await admin.unsafe(`select platform.make_log_partition(10)`)
  await admin.unsafe(`${into} ${again} where position = 1`)
  await expect(
    admin.unsafe(`${into} ${again.replace('9', '10')} where position = 1`),
  ).rejects.toMatchObject({ code: '23505' })
  await expect(
    admin.unsafe(`insert into platform.log_events select event_id, 9 from platform.log limit 1`),
  ).rejects.toMatchObject({ code: '23505' })
})
