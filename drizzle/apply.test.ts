/** Migrations beside living traffic: indexes built without a transaction, and locks waited for. @module */
import { openConnection } from '@sez/platform/connection'
import {
  openEmptyDatabase,
  refusalOf,
  type TestDatabase,
  until,
} from '@sez/platform/database.fixture'
import { openDatabase } from '@sez/platform/db'
import postgres, { type Sql } from 'postgres'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { applyMigrations } from './apply.ts'
import { openMigrations, type TestMigrations } from './database.fixture.ts'
import { readMigrations } from './journal.ts'
import { takeTurn } from './lock.ts'

const indexed = `-- sez: no transaction
create index concurrently if not exists things_note on alpha.things (note)`
const wider = 'alter table alpha.things add column more text'

let database: TestDatabase
let migrations: TestMigrations
/** Superuser's connections: `sql` looks, `other` holds what stands in the way. */
let sql: Sql
let other: Sql

beforeEach(async () => {
  database = await openEmptyDatabase()
  migrations = openMigrations()
  sql = postgres(database.url, { max: 1, onnotice: () => {} })
  other = postgres(database.url, { max: 1, onnotice: () => {} })
  await migrations.run(database.url)
})
afterEach(async () => {
  await Promise.all([sql.end(), other.end()])
  migrations[Symbol.dispose]()
  await database[Symbol.asyncDispose]()
})

const isIndexValid = async (): Promise<boolean | null> => {
  const [row] = await sql<{ valid: boolean }[]>`
    select indisvalid as valid from pg_index where indexrelid = to_regclass('alpha.things_note')`
  return row?.valid ?? null
}

/** The statement with which the runner waits for a lock, named by when it began to. */
const waiting = async (statement: string): Promise<{ pid: number; since: string } | null> => {
  const [row] = await sql<{ pid: number; since: string }[]>`
    select pid, query_start::text as since from pg_stat_activity
    where datname = current_database() and application_name = 'sez migrate'
      and wait_event_type = 'Lock' and query like ${`%${statement}%`}`
  return row ?? null
}

/** Lets somebody's transaction stand on the table until told to end. */
async function occupy(statement: string): Promise<() => Promise<void>> {
  const leave = Promise.withResolvers<void>()
  const entered = Promise.withResolvers<void>()
  const transaction = other.begin(async (tx) => {
    await tx.unsafe(statement)
    entered.resolve()
    await leave.promise
  })
  await entered.promise
  return async () => {
    leave.resolve()
    await transaction
  }
}

test('an index is built without a transaction, between the files before and after it', async () => {
  migrations.add('alpha', '0001_wider', 2_000, wider)
  migrations.add('alpha', '0002_indexed', 3_000, indexed)
  migrations.add('alpha', '0003_bad', 4_000, 'alter table alpha.things drop column absent')
  const error = await refusalOf(migrations.run(database.url))
  expect(error.message).toContain('drizzle/alpha/0003_bad.sql failed, alpha is unchanged')
  expect(await isIndexValid()).toBe(true)
  expect(
    await sql`select tag from sez_migrations.applied where schema = 'alpha' order by 1`,
  ).toEqual(['0000_init', '0001_wider', '0002_indexed'].map((tag) => ({ tag })))
})

test('of eight runners at once one builds the index, and does not wait for those that wait', async () => {
  migrations.add('alpha', '0001_indexed', 2_000, indexed)
  const runs = await Promise.all(Array.from({ length: 8 }, () => migrations.run(database.url)))
  expect(runs.flatMap((run) => run.applied)).toEqual(['alpha/0001_indexed'])
  expect(await isIndexValid()).toBe(true)
})

test('an index whose building was interrupted is dropped and built by the next run', async () => {
  migrations.add('alpha', '0001_indexed', 2_000, indexed)
  const leave = await occupy(`insert into alpha.things (note) values ('open')`)
  const run = refusalOf(migrations.run(database.url))
  await until('the index waits for the transaction', async () => (await waiting('index')) !== null)
  await sql`select pg_terminate_backend(${(await waiting('index'))?.pid ?? 0})`
  expect((await run).code).toBe('DATABASE_UNAVAILABLE')
  await leave()
  expect(await isIndexValid()).toBe(false)
  expect((await migrations.run(database.url)).applied).toEqual(['alpha/0001_indexed'])
  expect(await isIndexValid()).toBe(true)
})

test('a failing file without a transaction names itself, and is run again as a whole', async () => {
  const both = `${indexed};\n--> statement-breakpoint\nalter table alpha.things validate constraint c`
  migrations.add('alpha', '0001_both', 2_000, both)
  const error = await refusalOf(migrations.run(database.url))
  expect(error.code).toBe('MIGRATION_FAILED')
  expect(error.message).toContain('its statements before that one stay done')
  expect(await isIndexValid()).toBe(true)
  await sql`alter table alpha.things add constraint c check (note <> '') not valid`
  expect((await migrations.run(database.url)).applied).toEqual(['alpha/0001_both'])
})

test('writers wait half a second for a migration that cannot have its lock, and go on', async () => {
  const leave = await occupy('select from alpha.things')
  migrations.add('alpha', '0001_wider', 2_000, wider)
  await using writer = openDatabase({
    url: database.url,
    connectionsMax: 2,
    applicationName: 'writer',
  })
  const done = new AbortController()
  const waitsMs: number[] = []
  const writing = (async () => {
    while (!done.signal.aborted) {
      const before = performance.now()
      await writer.raw`insert into alpha.things (note) values (${'a'})`
      waitsMs.push(performance.now() - before)
    }
  })()
  const run = migrations.run(database.url)
  const tries = new Set<string>()
  await until('it has tried three times', async () => {
    const found = await waiting('add column')
    if (found !== null) tries.add(found.since)
    return tries.size === 3
  })
  await leave()
  expect((await run).applied).toEqual(['alpha/0001_wider'])
  done.abort()
  await writing
  const waitMsMax = Math.max(...waitsMs)
  // It was in their way; after two seconds one of them would have failed.
  expect(waitMsMax).toBeGreaterThan(200)
  expect(waitsMs.filter((each) => each < 200).length).toBeGreaterThan(10)
})

test('a migration that waited for its lock as long as it takes would fail the writers', async () => {
  const leave = await occupy('select from alpha.things')
  const altering = sql.begin(async (tx) => {
    await tx`set local application_name = 'sez migrate'`
    await tx.unsafe(wider)
  })
  await using writer = openDatabase({
    url: database.url,
    connectionsMax: 2,
    applicationName: 'writer',
  })
  const write = async () => {
    await writer.db.execute(`insert into alpha.things (note) values ('a')`)
  }
  await until('it waits', async () => {
    const [row] = await writer.raw<{ waits: boolean }[]>`
      select exists (select from pg_locks where not granted
        and relation = 'alpha.things'::regclass) as waits`
    return row?.waits === true
  })
  await expect(write()).rejects.toMatchObject({ cause: { code: '55P03' } })
  await leave()
  await altering
})

test('LOCK_TIMEOUT names the file whose lock nobody gave up, and its schema is as it was', async () => {
  const leave = await occupy('select from alpha.things')
  migrations.add('alpha', '0001_more', 2_000, 'create table alpha.more (id int)')
  migrations.add('alpha', '0002_wider', 3_000, wider)
  const pending = readMigrations(`${migrations.folder}/alpha`, 'alpha').slice(1)
  const connection = openConnection({
    url: database.url,
    applicationName: 'sez migrate',
    prepare: false,
    bigints: false,
    limited: false,
  })
  const patience = { forMs: 0, pauseMs: 0 }
  const error = await refusalOf(applyMigrations(connection.client, pending, patience))
  expect(error.code).toBe('LOCK_TIMEOUT')
  expect(error.message).toContain('drizzle/alpha/0002_wider.sql waits for a lock')
  expect(await sql`select to_regclass('alpha.more') as more`).toEqual([{ more: null }])
  await leave()
  await applyMigrations(connection.client, pending, patience)
  await connection.end(5)
})

test('LOCK_TIMEOUT when another runner does not end', async () => {
  await takeTurn(sql, 1)
  const error = await refusalOf(takeTurn(other, 1, { forMs: 20, pauseMs: 5 }))
  expect(error.code).toBe('LOCK_TIMEOUT')
  expect(error.message).toContain('Another process is migrating')
})
