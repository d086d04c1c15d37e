/** The migration runner: once each, in order, one runner at a time, and what it refuses. @module */
import {
  databaseUrl,
  openEmptyDatabase,
  refusalOf,
  type TestDatabase,
} from '@sez/platform/database.fixture'
import { openConnection } from '@sez/platform/connection'
import postgres, { type Sql } from 'postgres'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openMigrations, type TestMigrations } from './database.fixture.ts'
import { checkServer } from './migrate.ts'

let database: TestDatabase
let migrations: TestMigrations
let sql: Sql

beforeEach(async () => {
  database = await openEmptyDatabase()
  migrations = openMigrations()
  sql = postgres(database.url, { max: 1, onnotice: () => {} })
})
afterEach(async () => {
  await sql.end()
  migrations[Symbol.dispose]()
  await database[Symbol.asyncDispose]()
})

const tables = async (schema: string): Promise<string[]> => {
  const rows = await sql<{ name: string }[]>`
    select tablename as name from pg_tables where schemaname = ${schema} order by 1`
  return rows.map((row) => row.name)
}

test('everything is applied once, platform first; a second run changes nothing', async () => {
  const { applied, rolePrefix } = await migrations.run(database.url)
  expect(rolePrefix).toBe(database.rolePrefix)
  expect(applied.slice(-2)).toEqual(['alpha/0000_init', 'beta/0000_init'])
  expect(applied[0]).toBe('platform/0000_init')
  expect(await sql`select zone_id, name, role_prefix from platform.zone`).toEqual([
    { zone_id: 'zone-a', name: 'Zone A', role_prefix: database.rolePrefix },
  ])
  expect(await sql`select position from platform.log_head`).toEqual([{ position: '0' }])
  expect((await migrations.run(database.url)).applied).toEqual([])
})

test('of eight runners at once each migration is applied by exactly one', async () => {
  const runs = await Promise.all(Array.from({ length: 8 }, () => migrations.run(database.url)))
  const applied = runs.flatMap((run) => run.applied)
  expect(applied.filter((each) => each === 'alpha/0000_init')).toHaveLength(1)
  expect(new Set(applied).size).toBe(applied.length)
  expect(runs.filter((run) => run.applied.length > 0)).toHaveLength(1)
})

test('a new migration alone is applied to a database that has the others', async () => {
  await migrations.run(database.url)
  migrations.add('alpha', '0001_more', 2_000, 'create table alpha.more (id int)')
  expect((await migrations.run(database.url)).applied).toEqual(['alpha/0001_more'])
  expect(await tables('alpha')).toEqual(['facts', 'more', 'things'])
})

test('MIGRATION_EDITED when an applied file changed, before anything is applied', async () => {
  await migrations.run(database.url)
  migrations.add('alpha', '0001_more', 2_000, 'create table alpha.more (id int)')
  migrations.edit('beta', '0000_init', 'create schema beta; -- edited')
  const error = await refusalOf(migrations.run(database.url))
  expect(error.code).toBe('MIGRATION_EDITED')
  expect(error.message).toContain('drizzle/beta/0000_init.sql')
  expect(await tables('alpha')).toEqual(['facts', 'things'])
})

test('MIGRATION_LATE when an unapplied file is older than an applied one', async () => {
  await migrations.run(database.url)
  migrations.add('alpha', '0001_late', 999, 'create table alpha.late (id int)')
  const error = await refusalOf(migrations.run(database.url))
  expect(error.code).toBe('MIGRATION_LATE')
  expect(error.details).toEqual({ schema: 'alpha', migration: '0001_late' })
  expect(await tables('alpha')).toEqual(['facts', 'things'])
})

test('MIGRATION_FAILED names the file, and its schema is as it was', async () => {
  await migrations.run(database.url)
  migrations.add('alpha', '0001_good', 2_000, 'create table alpha.good (id int)')
  migrations.add('alpha', '0002_bad', 3_000, 'create table alpha.good (id int)')
  const error = await refusalOf(migrations.run(database.url))
  expect(error.code).toBe('MIGRATION_FAILED')
  expect(error.message).toContain('drizzle/alpha/0002_bad.sql')
  expect(error.message).toContain('already exists')
  expect(await tables('alpha')).toEqual(['facts', 'things'])
})

test('a database ahead of this release is left alone', async () => {
  migrations.add('alpha', '0001_newer', 2_000, 'create table alpha.newer (id int)')
  await migrations.run(database.url)
  using older = openMigrations()
  expect((await older.run(database.url)).applied).toEqual([])
})

test('ZONE_MISMATCH when the database belongs to another zone', async () => {
  await migrations.run(database.url, 'zone-a')
  const error = await refusalOf(migrations.run(database.url, 'zone-b'))
  expect(error.code).toBe('ZONE_MISMATCH')
  expect(error.message).toMatch(/zone zone-a.*zone-b.*SEZ_ZONE_ID/u)
})

test('a copy keeps the role prefix of its original', async () => {
  await migrations.run(database.url)
  await sql.end()
  const name = `${database.rolePrefix}_copy`
  const server = postgres(databaseUrl(database.url, 'postgres'), { max: 1, onnotice: () => {} })
  await server.unsafe(`create database ${name} template ${database.rolePrefix}`)
  try {
    const { applied, rolePrefix } = await migrations.run(databaseUrl(database.url, name))
    expect({ applied, rolePrefix }).toEqual({ applied: [], rolePrefix: database.rolePrefix })
  } finally {
    await server.unsafe(`drop database ${name} with (force)`)
    await server.end()
  }
})

test('DATABASE_REFUSED when the database does not exist', async () => {
  const error = await refusalOf(migrations.run(databaseUrl(database.url, 'sez_no_such_database')))
  expect(error.code).toBe('DATABASE_REFUSED')
  expect(error.message).toContain('sez_no_such_database')
})

test('DATABASE_UNAVAILABLE when nobody listens', async () => {
  const error = await refusalOf(migrations.run('postgres://user:sesame@127.0.0.1:1/none'))
  expect(error.code).toBe('DATABASE_UNAVAILABLE')
})

test('POSTGRES_TOO_OLD for a server below the version asked for', async () => {
  const connection = openConnection({
    url: database.url,
    applicationName: 'test',
    prepare: false,
    bigints: false,
    limited: false,
  })
  await checkServer(connection.client)
  const error = await refusalOf(checkServer(connection.client, 990_000))
  expect(error.code).toBe('POSTGRES_TOO_OLD')
  expect(error.message).toContain('is too old')
  await connection.end(5)
})
