/** What each role may do. @module */
import { databaseUrl, openEmptyDatabase, type TestDatabase } from '@sez/platform/database.fixture'
import { type Database, mapDatabaseError, openDatabase } from '@sez/platform/db'
import postgres, { type Sql } from 'postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openMigrations, type TestMigrations } from './database.fixture.ts'
import { roleNames } from './roles.ts'

let database: TestDatabase
let migrations: TestMigrations
let admin: Sql
const pools = new Map<string, Database>()

beforeAll(async () => {
  database = await openEmptyDatabase()
  migrations = openMigrations()
  await migrations.run(database.url)
  admin = postgres(database.url, { max: 1, onnotice: () => {} })
  await admin`insert into alpha.facts values (1)`
  await admin`insert into platform.checkpoints values (1, 'document', ${Buffer.alloc(32)}, now())`
})
afterAll(async () => {
  await Promise.all([...pools.values()].map((pool) => pool[Symbol.asyncDispose]()))
  await admin.end()
  migrations[Symbol.dispose]()
  await database[Symbol.asyncDispose]()
})

function as(name: string): Database {
  const known = pools.get(name)
  if (known !== undefined) return known
  const url = database.loginOf(name)
  const pool = openDatabase({ url, connectionsMax: 1, applicationName: 'test' })
  pools.set(name, pool)
  return pool
}

async function outcomeOf(work: PromiseLike<unknown>): Promise<string> {
  try {
    await work
    return 'allowed'
  } catch (error) {
    const mapped = mapDatabaseError(error)
    return mapped instanceof Error && 'code' in mapped ? String(mapped.code) : String(mapped)
  }
}

describe('permission', () => {
  const denied = '42501'
  const cases: [string, string, string][] = [
    ['alpha', 'select * from alpha.things', 'allowed'],
    ['alpha', "insert into alpha.things (note) values ('x')", 'allowed'],
    ['alpha', "update alpha.things set note = 'y'", 'allowed'],
    ['alpha', 'delete from alpha.things', 'allowed'],
    ['alpha', 'insert into alpha.facts values (2)', 'allowed'],
    ['alpha', 'update alpha.facts set id = 3', denied],
    ['alpha', 'delete from alpha.facts', denied],
    ['alpha', 'truncate alpha.facts', denied],
    ['alpha', 'drop table alpha.facts', denied],
    ['alpha', 'create table alpha.own (id int)', denied],
    ['alpha', 'create table public.own (id int)', denied],
    ['alpha', 'select * from beta.things', denied],
    ['beta', 'select * from alpha.things', denied],
    ['beta', "insert into alpha.things (note) values ('x')", denied],
    ['alpha', 'select * from platform.log', 'allowed'],
    ['alpha', 'select * from platform.log_head', 'allowed'],
    ['alpha', 'select * from platform.log_nodes', 'allowed'],
    ['alpha', 'select * from platform.checkpoints', 'allowed'],
    ['alpha', 'select * from platform.zone', 'allowed'],
    ['alpha', 'select * from platform.zone_keys', 'allowed'],
    ['alpha', 'select * from platform.streams', 'allowed'],
    ['alpha', 'select * from platform.log_events', 'allowed'],
    ['alpha', 'select * from platform.archives', 'allowed'],
    ['alpha', 'select * from platform.stream_floors', 'allowed'],
    ['alpha', 'select platform.make_log_partition(1048576)', denied],
    ['alpha', "select platform.archive_log(1, 2, '', '', '', '', 2)", denied],
    ['alpha', 'update platform.streams set seq = 9', denied],
    ['alpha', "update platform.zone set name = 'x'", denied],
    ['alpha', 'update platform.log_head set position = 9', denied],
    ['alpha', 'delete from platform.log', denied],
    ['alpha', 'select * from platform.outbox', denied],
    ['alpha', 'select * from platform.standing', denied],
    ['alpha', "insert into platform.heartbeats values ('x', now())", 'allowed'],
    ['alpha', "insert into platform.reactions values ('x', 0)", 'allowed'],
    ['alpha', 'update platform.reactions set position = 1', 'allowed'],
    ['alpha', 'delete from platform.idempotency', denied],
    ['alpha', 'delete from platform.reactions', denied],
    ['alpha', "insert into platform.heartbeats values ('y', now(), null, 'beta')", denied],
    ['alpha', "insert into platform.owners values ('stream', 'x', 'alpha')", denied],
    ['alpha', "select platform.owns('stream', 'x')", denied],
    ['alpha', 'select * from sez_migrations.applied', 'allowed'],
    ['alpha', 'delete from sez_migrations.applied', denied],
    ['platform', 'select * from sez_migrations.applied', 'allowed'],
    ['platform', 'delete from sez_migrations.applied', denied],
    ['platform', 'delete from platform.idempotency', 'allowed'],
    ['platform', 'select * from platform.outbox', 'allowed'],
    ['platform', 'delete from platform.outbox', denied],
    ['platform', 'update platform.streams set seq = 9', denied],
    ['platform', "update platform.zone set name = 'x'", denied],
    ['platform', "insert into platform.owners values ('stream', 'x', 'alpha')", denied],
    ['platform', "insert into platform.log values (1, 'e', 's/1', 1, '', '', '')", denied],
    ['platform', 'delete from platform.checkpoints', denied],
    ['platform', "insert into platform.log_events values ('e', 1)", denied],
    ['platform', "insert into platform.stream_floors values ('s/1', 1, '')", denied],
    ['platform', "insert into platform.archives values (2, 1, '', '', '', '', 2)", denied],
    ['platform', "select platform.archive_log(1, 2, '', '', '', '', 2)", denied],
    ['platform', 'create table platform_log.own (id int)', denied],
    ['platform', 'update platform.log set stream = stream', denied],
    ['platform', 'select * from alpha.things', denied],
  ]
  test.each(cases)('%s: %s: %s', async (name, statement, expected) => {
    expect(await outcomeOf(as(name).raw.unsafe(statement))).toBe(expected)
  })

  test('bookkeeping is changed by who wrote it and by the platform, not by other subgraphs', async () => {
    const beta = as('beta').raw
    await beta`insert into platform.heartbeats values ('b', now())`
    await beta`insert into platform.reactions values ('b', 7)`
    await beta`insert into platform.parked values ('b', 's/1', 1, 'INTERNAL', 10)`
    await beta`insert into platform.idempotency values ('did', 'k', 'f', ${Buffer.alloc(32)}, '{}')`
    for (const statement of [
      "update platform.heartbeats set at = now() where name = 'b'",
      "update platform.reactions set position = 0 where name = 'b'",
      "update platform.parked set tries = 0 where reaction = 'b'",
      "delete from platform.parked where reaction = 'b'",
      "update platform.idempotency set result = '[]', owner = current_user where key = 'k'",
    ]) {
      expect([statement, (await as('alpha').raw.unsafe(statement)).count]).toEqual([statement, 0])
      expect(await outcomeOf(as('alpha').raw.unsafe(statement))).toBe('allowed')
    }
    const stolen = as('alpha').raw`insert into platform.reactions values ('b', 0)
      on conflict (name) do update set position = 0, owner = current_user`
    expect(await outcomeOf(stolen)).toBe(denied)
    expect((await beta`select position from platform.reactions where name = 'b'`)[0]).toEqual({
      position: 7n,
    })
    const platform = as('platform').raw
    expect((await platform`select 1 from platform.heartbeats where name = 'b'`).count).toBe(1)
    expect((await platform`update platform.parked set tries = 0`).count).toBe(1)
    expect((await platform`delete from platform.idempotency where key = 'k'`).count).toBe(1)
  })

  test.each(['update alpha.facts set id = 3', 'delete from alpha.facts', 'truncate alpha.facts'])(
    'an append-only table refuses even its owner: %s',
    async (statement) => {
      expect(await outcomeOf(admin.unsafe(statement))).toBe(denied)
    },
  )

  test('rights given or taken by hand are put right by the next run', async () => {
    const role = `${database.rolePrefix}_alpha`
    await admin.unsafe(`grant usage on schema beta to ${role}`)
    await admin.unsafe(`grant select on beta.things to ${role}`)
    await admin.unsafe(`revoke select on alpha.things from ${role}`)
    await migrations.run(database.url)
    expect(await outcomeOf(as('alpha').raw`select * from beta.things`)).toBe(denied)
    expect(await outcomeOf(as('alpha').raw`select * from alpha.things`)).toBe('allowed')
  })

  test('a copy of the database keeps every right', async () => {
    const name = `${database.rolePrefix}_copy`
    await using source = await openEmptyDatabase()
    await migrations.run(source.url)
    const server = postgres(databaseUrl(source.url, 'postgres'), { max: 1, onnotice: () => {} })
    await server.unsafe(`create database ${name} template ${source.rolePrefix}`)
    const pool = openDatabase({
      url: databaseUrl(source.loginOf('alpha'), name),
      connectionsMax: 1,
      applicationName: 'test',
    })
    expect(await outcomeOf(pool.raw`select * from alpha.things`)).toBe('allowed')
    expect(await outcomeOf(pool.raw`delete from alpha.facts`)).toBe(denied)
    expect(await outcomeOf(pool.raw`select * from beta.things`)).toBe(denied)
    await pool[Symbol.asyncDispose]()
    await server.unsafe(`drop database ${name} with (force)`)
    await server.end()
  })
})

test('CONFIG_INVALID when the database’s name leaves no room for its roles', () => {
  expect(() => roleNames('x'.repeat(60), ['alpha'])).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID' }),
  )
})
