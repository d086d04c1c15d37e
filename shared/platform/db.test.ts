/**
 * The database edge: what its errors become, what they keep to themselves, and what survives.
 *
 * @module
 */
import { inspect } from 'node:util'
import { digestOfBytes } from '@sez/core/digest'
import { type ErrorCode, errorCodes, SezError } from '@sez/core/errors'
import { sql } from 'drizzle-orm'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { failureOf, openTestDatabase, type TestDatabase, until } from './database.fixture.ts'
import {
  type Database,
  DatabaseFailure,
  databaseCodeOf,
  mapDatabaseError,
  openDatabase,
  type Tx,
} from './db.ts'
import { standing, streams } from './tables.ts'

let copy: TestDatabase
let database: Database

beforeAll(async () => {
  copy = await openTestDatabase()
  database = open()
})
afterAll(async () => {
  await database[Symbol.asyncDispose]()
  await copy[Symbol.asyncDispose]()
})

function open(url = copy.url): Database {
  return openDatabase({ url, connectionsMax: 2, applicationName: 'db-test' })
}

/** What a caller of the edge gets in the place of whatever `work` fails with. */
const mappedFailureOf = async (work: PromiseLike<unknown>): Promise<unknown> =>
  mapDatabaseError(await failureOf(work))

const setting = (tx: Tx, name: string, value: string) =>
  tx.execute(sql`select set_config(${name}, ${value}, true)`)

test('STATEMENT_TIMEOUT when a statement takes longer than its transaction allows', async () => {
  const failure = await mappedFailureOf(
    database.db.transaction(async (tx) => {
      await setting(tx, 'statement_timeout', '30ms')
      await tx.execute(sql`select pg_sleep(${10})`)
    }),
  )
  expect(failure).toMatchObject({ code: 'STATEMENT_TIMEOUT' })
})

test('STATEMENT_TIMEOUT outside of transactions too: no query is without a limit', async () => {
  const text = `select current_setting('statement_timeout') as statement,
    current_setting('lock_timeout') as lock,
    current_setting('idle_in_transaction_session_timeout') as idle`
  for (const work of [database.db.execute(sql.raw(text)), database.raw.unsafe(text)]) {
    expect([...(await work)]).toEqual([{ statement: '5s', lock: '2s', idle: '10s' }])
  }
  // A pooler takes no start-up parameter; there the role brings its limits.
  await using pooled = openDatabase({
    url: copy.loginOf('entities'),
    connectionsMax: 1,
    applicationName: 'pooled',
    prepare: false,
  })
  expect([...(await pooled.raw.unsafe(text))]).toEqual([
    { statement: '5s', lock: '2s', idle: '10s' },
  ])
})

test('LOCK_TIMEOUT when another transaction holds the row', async () => {
  await database.db.insert(streams).values({ stream: 'held', seq: 0 })
  await using other = open()
  const failure = await database.db.transaction(async (tx) => {
    await tx.execute(sql`select from platform.streams where stream = ${'held'} for update`)
    return mappedFailureOf(
      other.db.transaction(async (second) => {
        await setting(second, 'lock_timeout', '30ms')
        await second.execute(sql`select from platform.streams where stream = ${'held'} for update`)
      }),
    )
  })
  expect(failure).toMatchObject({ code: 'LOCK_TIMEOUT' })
})

test('DATABASE_UNAVAILABLE when the connection is cut, and the next query works', async () => {
  await using pool = open()
  const failure = await mappedFailureOf(
    pool.db.transaction(async (tx) => {
      const [own] = await tx.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`)
      await database.raw`select pg_terminate_backend(${own?.pid ?? 0})`
      await tx.execute(sql`select 1`)
    }),
  )
  expect(failure).toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
  expect(await pool.db.execute(sql`select 1 as one`)).toEqual([{ one: 1 }])
})

test('DATABASE_UNAVAILABLE when nobody listens', async () => {
  await using away = openDatabase({
    url: 'postgres://user:sesame@127.0.0.1:1/none',
    connectionsMax: 1,
    applicationName: 'db-test',
  })
  for (const work of [away.raw`select 1`, away.db.execute(sql`select ${1}::int`)]) {
    const failure = await mappedFailureOf(work)
    expect(failure).toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
    expect(inspect(failure, { depth: 9 })).not.toContain('sesame')
  }
})

describe('driver codes', () => {
  const cases: [string, ErrorCode | null][] = [
    ['57014', 'STATEMENT_TIMEOUT'],
    ['25P03', 'STATEMENT_TIMEOUT'],
    ['25P04', 'STATEMENT_TIMEOUT'],
    ['55P03', 'LOCK_TIMEOUT'],
    ['08006', 'DATABASE_UNAVAILABLE'],
    ['53300', 'DATABASE_UNAVAILABLE'],
    ['53100', 'STORAGE_FULL'],
    ['57P01', 'DATABASE_UNAVAILABLE'],
    ['57P02', 'DATABASE_UNAVAILABLE'],
    ['57P03', 'DATABASE_UNAVAILABLE'],
    ['CONNECTION_CLOSED', 'DATABASE_UNAVAILABLE'],
    ['CONNECT_TIMEOUT', 'DATABASE_UNAVAILABLE'],
    ['ECONNRESET', 'DATABASE_UNAVAILABLE'],
    ['28000', 'DATABASE_REFUSED'],
    ['28P01', 'DATABASE_REFUSED'],
    ['3D000', 'DATABASE_REFUSED'],
    ['40001', null],
    ['40P01', null],
    ['42501', null],
  ]
  test.each(cases)('%s is %s', (code, expected) => {
    const driver = Object.assign(new Error('words'), { name: 'PostgresError', code })
    const outcome = mapDatabaseError(new Error('outer', { cause: driver }))
    expect(outcome).toBeInstanceOf(expected === null ? DatabaseFailure : SezError)
    expect(outcome).toMatchObject({ code: expected ?? code })
    expect(expected === null || errorCodes[expected].retry).toBe(expected !== 'DATABASE_REFUSED')
  })

  test('a statement cancelled on request is no timeout', () => {
    const message = 'canceling statement due to user request'
    const driver = Object.assign(new Error(message), { name: 'PostgresError', code: '57014' })
    expect(mapDatabaseError(driver)).toBeInstanceOf(DatabaseFailure)
  })

  test('DATABASE_UNAVAILABLE when an administrator lets nobody in, unlike other uses of that code', () => {
    const closed = 'database "zone" is not currently accepting connections'
    const outcomes = [closed, 'currval of sequence is not yet defined'].map((message) =>
      mapDatabaseError(Object.assign(new Error(message), { name: 'PostgresError', code: '55000' })),
    )
    expect(outcomes).toMatchObject([{ code: 'DATABASE_UNAVAILABLE' }, { code: '55000' }])
  })

  test('an error that is not the database’s stays itself, and so does a coded one', () => {
    for (const error of [new TypeError('x'), new SezError('NOT_FOUND'), 'text', null]) {
      expect(mapDatabaseError(error)).toBe(error)
      expect(databaseCodeOf(error)).toBeNull()
    }
  })
})

describe('a mapped error never shows a parameter', () => {
  const row = { subject: 'sesame-subject', fact: 'sesame-fact', blocking: false, owner: 'nobody' }
  const cases: [string, string, () => PromiseLike<unknown>][] = [
    [
      'unique violation',
      '23505',
      async () => {
        await database.db.insert(standing).values(row).onConflictDoNothing()
        await database.db.insert(standing).values(row)
      },
    ],
    ['bad input', '22P02', () => database.db.execute(sql`select ${'sesame'}::text::int`)],
    ['bad input, raw', '22P02', () => database.raw`select ${'sesame'}::text::int`],
    [
      'division',
      '22012',
      () => database.db.execute(sql`select 1/(${'sesame'}::text <> '')::int/0`),
    ],
    [
      'a value with no form in SQL',
      'UNSENT',
      () => database.db.execute(sql`select ${'sesame'}, ${sql.param(undefined)}`),
    ],
    ['unknown column', '42703', () => database.db.execute(sql`select nope from platform.zone`)],
  ]
  test.each(cases)('%s %s', async (_, code, work) => {
    const failure = await mappedFailureOf(work())
    expect(failure).toBeInstanceOf(DatabaseFailure)
    expect(databaseCodeOf(failure)).toBe(code)
    expect(inspect(failure, { depth: 9, showHidden: true })).not.toContain('sesame')
  })

  test('but tells constraint, table and statement', async () => {
    await database.db.insert(standing).values(row).onConflictDoNothing()
    const failure = await mappedFailureOf(database.db.insert(standing).values(row))
    expect(failure).toMatchObject({
      constraint: 'standing_subject_fact_pk',
      table: 'standing',
      statement: expect.stringContaining('insert into "platform"."standing"'),
    })
  })
})

test('both clients log in as the role of their address and can be nobody else', async () => {
  const role = `${copy.rolePrefix}_platform`
  await using pool = open(copy.loginOf('platform'))
  expect(pool.role).toBe(role)
  const who = sql`select current_user as is, session_user as session, platform.caller() as caller`
  const expected = [{ is: role, session: role, caller: role }]
  expect(await pool.db.execute(who)).toEqual(expected)
  for (const escape of ['reset role', 'reset session authorization', 'set role none']) {
    const [, user] = await pool.raw.unsafe(`${escape}; select current_user as is`).simple()
    expect(user).toEqual([{ is: role }])
  }
  for (const other of [`${copy.rolePrefix}_entities`, 'postgres', 'pg_read_all_data']) {
    for (const escape of [`set role ${other}`, `set session authorization ${other}`]) {
      expect(databaseCodeOf(await failureOf(pool.raw.unsafe(escape)))).toBe('42501')
    }
  }
  expect(await pool.db.execute(who)).toEqual(expected)
})

test('DATABASE_REFUSED when a login cannot succeed, however often it is tried', async () => {
  const missing = new URL(copy.url)
  missing.pathname = '/sez_no_such_database'
  const stranger = new URL(copy.url)
  stranger.username = 'sez_no_such_login'
  for (const { href } of [missing, stranger]) {
    await using pool = open(href)
    for (const work of [pool.raw`select 1`, pool.db.execute(sql`select ${1}::int`)]) {
      expect(await mappedFailureOf(work)).toMatchObject({ code: 'DATABASE_REFUSED' })
    }
  }
})

test('DATABASE_REFUSED in a running pool when its login is withdrawn, and back again', async () => {
  await using pool = open(copy.loginOf('regulator'))
  const name = new URL(copy.url).pathname.slice(1)
  const [own] = await pool.raw<{ pid: number }[]>`select pg_backend_pid() as pid`
  await database.raw.unsafe(`revoke connect on database ${name} from public`)
  await database.raw`select pg_terminate_backend(${own?.pid ?? 0})`
  await until('the connection is gone', async () => {
    const failure = await pool.raw`select 1`.then(() => null, mapDatabaseError)
    return failure instanceof SezError && failure.code === 'DATABASE_REFUSED'
  })
  await database.raw.unsafe(`grant connect on database ${name} to public`)
  let answer: unknown
  await until('it is let in again', async () => {
    answer = await pool.raw`select 1 as one`.then((rows) => [...rows], mapDatabaseError)
    return !(answer instanceof SezError)
  })
  expect(answer).toEqual([{ one: 1 }])
})

test('the raw client speaks bigint and Date, whatever drizzle did to its own', async () => {
  const at = new Date('2026-01-02T03:04:05.678Z')
  const [row] = await database.raw`select ${2n ** 60n}::bigint as big, ${at}::timestamptz as at`
  expect(row).toEqual({ big: 2n ** 60n, at })
})

test('digests and instants come back as they were written', async () => {
  const head = digestOfBytes(new Uint8Array([1]))
  await database.db.insert(streams).values({ stream: 'entity/x', seq: 3, head })
  const [row] = await database.db.select().from(streams).where(sql`stream = ${'entity/x'}`)
  expect(row).toEqual({ stream: 'entity/x', seq: 3, head })
  const updatedAt = new Date('2026-01-02T03:04:05.678Z')
  const fact = { subject: 's', fact: 'f', blocking: true, owner: 'o', reason: null, updatedAt }
  expect(await database.db.insert(standing).values(fact).returning()).toEqual([fact])
})

test('notices go nowhere', async () => {
  const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  try {
    await database.raw`do $$ begin raise notice 'loud'; end $$`
    expect(written).not.toHaveBeenCalled()
  } finally {
    written.mockRestore()
  }
})

test('a driver error outside our wrappers is still recognized', async () => {
  const plain = postgres(copy.url, { max: 1 })
  const error = await plain`select nope`.catch((each: unknown) => each)
  await plain.end()
  expect(databaseCodeOf(error)).toBe('42703')
})
