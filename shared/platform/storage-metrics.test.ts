/** The numbers of the database are those of this moment, or are not there. @module */
import postgres from 'postgres'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemClock } from './clock.ts'
import { databaseUrl, until } from './database.fixture.ts'
import { openDatabase } from './db.ts'
import { heartbeatOf } from './heartbeat.ts'
import { parked, reactions } from './tables.ts'
import { seal } from './sealer.ts'
import { sequence } from './sequencer.ts'
import { valuesOf } from './metrics.fixture.ts'
import { openStorageMetrics } from './storage-metrics.ts'
import { openTestLog, say, testZone, type TestLog } from './zone-log.fixture.ts'

let ground: TestLog
beforeAll(async () => {
  ground = await openTestLog()
})
afterAll(() => ground[Symbol.asyncDispose]())

const quiet = { warn: () => undefined }

const read = async (now = systemClock): Promise<Record<string, number>> =>
  valuesOf(await openStorageMetrics(ground.database, { now, log: quiet })())

test('outbox, log, checkpoint, reactions and heartbeats are what the tables hold', async () => {
  const before = await read()
  expect(before).toMatchObject({ sez_database_up: 1, sez_outbox_entries: 0 })
  expect(before).toMatchObject({ sez_log_head_entries: 0, sez_outbox_oldest_age_seconds: 0 })
  expect(before).not.toHaveProperty('sez_log_checkpoint_age_seconds')

  for (const n of [1, 2, 3]) await say(ground.context(), 'entity/ent-1', { n })
  const waiting = await read()
  expect(waiting).toMatchObject({ sez_outbox_entries: 3, sez_log_head_entries: 0 })
  expect(waiting['sez_outbox_oldest_age_seconds']).toBeGreaterThan(0)

  await sequence(ground.database)
  expect(await read()).toMatchObject({
    sez_outbox_entries: 0,
    sez_outbox_oldest_age_seconds: 0,
    sez_log_head_entries: 3,
    sez_log_sealed_entries: 0,
  })

  const { keys } = ground
  await seal(ground.database, { keys, zoneId: testZone, now: systemClock })
  const sealed = await read(() => new Date(systemClock().getTime() + 90_000))
  expect(sealed['sez_log_sealed_entries']).toBe(3)
  expect(sealed['sez_log_checkpoint_age_seconds']).toBeGreaterThanOrEqual(90)
  expect(sealed['sez_log_checkpoint_age_seconds']).toBeLessThan(180)

  const { db } = ground.context().database
  await db.insert(reactions).values({ name: 'slow', position: 1n })
  const event = { reaction: 'slow', errorCode: 'INTERNAL' }
  await db.insert(parked).values([
    { ...event, stream: 'entity/a', position: 1n, tries: 10 },
    { ...event, stream: 'entity/a', position: 2n, tries: 0 },
    { ...event, stream: 'entity/b', position: 3n, tries: 3 },
  ])
  await heartbeatOf(ground.database, 'sealer', systemClock)()
  const later = await read(() => new Date(systemClock().getTime() + 60_000))
  expect(later).toMatchObject({
    'sez_reaction_lag_entries{reaction="slow"}': 2,
    'sez_reaction_parked_entries{reaction="slow"}': 3,
    'sez_reaction_stuck_streams{reaction="slow"}': 1,
  })
  expect(later['sez_worker_heartbeat_age_seconds{worker="sealer"}']).toBeGreaterThanOrEqual(60)
})

test('a census serves the scrapes of one second, and no later one', async () => {
  let ms = 1_000_000
  let asked = 0
  const raw = new Proxy(ground.database.raw, {
    apply(target, self, values: unknown[]) {
      asked += 1
      return Reflect.apply(target, self, values)
    },
  })
  const scrape = openStorageMetrics({ raw }, { now: () => new Date(ms), log: quiet })
  await Promise.all([scrape(), scrape()])
  const once = asked
  ms += 999
  await scrape()
  expect(asked).toBe(once)
  ms += 1
  await scrape()
  expect(asked).toBe(2 * once)
})

test('without Postgres the scrape says so at once, and shows no number of before', async () => {
  const name = new URL(ground.url).pathname.slice(1)
  const server = postgres(databaseUrl(ground.url, 'postgres'), {
    max: 1,
    onnotice: () => undefined,
  })
  let ms = 0
  const scrape = openStorageMetrics(ground.database, {
    now: () => new Date((ms += 2_000)),
    log: quiet,
  })
  expect(valuesOf(await scrape())).toHaveProperty('sez_log_head_entries', 3)
  try {
    await server.unsafe(`alter database ${name} allow_connections false`)
    await server`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${name}`
    await until(
      'the scrape says that Postgres is away',
      async () => valuesOf(await scrape())['sez_database_up'] === 0,
    )
    expect(valuesOf(await scrape())).toEqual({ sez_database_up: 0 })
  } finally {
    await server.unsafe(`alter database ${name} allow_connections true`)
    await server.end()
  }
  await until(
    'Postgres answers again',
    async () => valuesOf(await scrape())['sez_database_up'] === 1,
  )
  expect(valuesOf(await scrape())).toHaveProperty('sez_log_head_entries', 3)
})

test('a server that is not there is no error of the scrape', async () => {
  await using database = openDatabase({
    url: 'postgres://nobody@127.0.0.1:1/nowhere',
    connectionsMax: 1,
    applicationName: 'sez test',
  })
  const warned: unknown[] = []
  const log = { warn: (...line: unknown[]) => warned.push(line) }
  const scrape = openStorageMetrics(database, { now: systemClock, log: log as never })
  expect(valuesOf(await scrape())).toEqual({ sez_database_up: 0 })
  expect(JSON.stringify(warned)).toContain('DATABASE_UNAVAILABLE')
})

test('a Postgres that hangs delays a scrape by a second, and is asked one question', async () => {
  await using other = openDatabase({
    url: ground.url,
    connectionsMax: 2,
    applicationName: 'sez test',
  })
  let asked = 0
  const raw = new Proxy(ground.database.raw, {
    apply(target, self, values: unknown[]) {
      asked += 1
      return Reflect.apply(target, self, values)
    },
  })
  const scrape = openStorageMetrics({ raw }, { now: systemClock, log: quiet })
  await other.raw.begin(async (tx) => {
    await tx`lock table platform.heartbeats in access exclusive mode`
    const startedMs = performance.now()
    expect(valuesOf(await scrape())).toEqual({ sez_database_up: 0 })
    expect(valuesOf(await scrape())).toEqual({ sez_database_up: 0 })
    expect(performance.now() - startedMs).toBeLessThan(4_000)
    expect(asked).toBe(3)
  })
  await until(
    'the question was answered',
    async () => valuesOf(await scrape())['sez_database_up'] === 1,
  )
})
