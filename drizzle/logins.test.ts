/** The roles of a zone as logins of their own, whatever rights the owner's login has. @module */
import { randomBytes } from 'node:crypto'
import {
  openEmptyDatabase,
  failureOf,
  refusalOf,
  type TestDatabase,
} from '@sez/platform/database.fixture'
import { mapDatabaseError } from '@sez/platform/db'
import { credentialsOf, loginPassword, loginUrl } from '@sez/platform/login'
import postgres, { type Sql } from 'postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openMigrations, type TestMigrations } from './database.fixture.ts'
import { rolesSql } from './logins.ts'

let migrations: TestMigrations

beforeAll(() => {
  migrations = openMigrations()
})
afterAll(() => migrations[Symbol.dispose]())

interface Owned extends AsyncDisposable {
  readonly database: TestDatabase
  /** The owner's name and its address, with a password. */
  readonly login: string
  readonly url: string
  /** A superuser. */
  readonly server: Sql
}

/** A database and a login for it, which owns it or has been given nothing. */
async function openOwned(options: { attributes?: string; owns?: boolean } = {}): Promise<Owned> {
  const { attributes = '', owns = false } = options
  const database = await openEmptyDatabase()
  const login = `${database.rolePrefix}_login`
  const server = postgres(database.url, { max: 1, onnotice: () => {} })
  await server.unsafe(`create role ${login} login password 'sesame' ${attributes}`)
  if (owns) await server.unsafe(`alter database ${database.rolePrefix} owner to ${login}`)
  const url = new URL(database.url)
  url.username = login
  url.password = 'sesame'
  return {
    database,
    login,
    url: url.href,
    server,
    async [Symbol.asyncDispose]() {
      await server.unsafe(`alter database ${database.rolePrefix} owner to current_user`)
      await server.unsafe(`drop owned by ${login} cascade`)
      await server.end()
      await database[Symbol.asyncDispose]()
    },
  }
}

/** What a login gets for a statement: 'allowed', else the code of its failure. */
async function outcomeOf(url: string, statement = 'select 1'): Promise<string> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    await sql.unsafe(statement)
    return 'allowed'
  } catch (error) {
    const mapped = mapDatabaseError(error)
    return mapped instanceof Error && 'code' in mapped ? String(mapped.code) : String(mapped)
  } finally {
    await sql.end()
  }
}

const roleUrl = (owned: Owned, name: string, ownerPassword = 'sesame'): string =>
  loginUrl(owned.url, `${owned.database.rolePrefix}_${name}`, ownerPassword)

/** What the server keeps of the passwords of a zone's roles, by role. */
async function verifiersOf({ server, database }: Owned): Promise<Record<string, string | null>> {
  const rows = await server<{ name: string; verifier: string | null }[]>`
    select rolname as name, rolpassword as verifier from pg_authid
    where rolname in ${server(['platform', 'alpha', 'beta'].map((name) => `${database.rolePrefix}_${name}`))}`
  return Object.fromEntries(rows.map(({ name, verifier }) => [name, verifier]))
}

/** Whether the run's server asks for passwords; one that trusts lets everybody in. */
const isAsking = (owned: Owned): boolean => credentialsOf(owned.database.url).password !== null

/** What a login with a wrong password gets there. */
const wrongPassword = (owned: Owned): string => (isAsking(owned) ? 'DATABASE_REFUSED' : 'allowed')

describe('an owner with CREATEROLE', () => {
  test('makes one login for each role, with limits and a password of its own', async () => {
    await using owned = await openOwned({ attributes: 'createrole', owns: true })
    expect((await migrations.run(owned.url)).applied).toContain('alpha/0000_init')
    expect(await outcomeOf(roleUrl(owned, 'alpha'), 'select * from alpha.things')).toBe('allowed')
    expect(await outcomeOf(roleUrl(owned, 'alpha'), 'select * from beta.things')).toBe('42501')
    expect(await outcomeOf(roleUrl(owned, 'platform'), 'select * from platform.log')).toBe(
      'allowed',
    )
    const verifiers = Object.values(await verifiersOf(owned))
    expect(verifiers).toHaveLength(3)
    for (const each of verifiers) expect(each).toMatch(/^SCRAM-SHA-256\$4096:/u)
    const configs = await owned.server<{ config: string[] }[]>`
      select rolconfig as config from pg_roles where rolname = ${`${owned.database.rolePrefix}_beta`}`
    expect(configs[0]?.config.toSorted()).toEqual([
      'idle_in_transaction_session_timeout=10000',
      'lock_timeout=2000',
      'statement_timeout=5000',
    ])
  })

  test('writes no password anew while the owner’s is the same, and every one when it is another', async () => {
    await using owned = await openOwned({ attributes: 'createrole', owns: true })
    await migrations.run(owned.url)
    const first = await verifiersOf(owned)
    await migrations.run(owned.url)
    const second = await verifiersOf(owned)
    // Where nobody is asked for a password a login does not show which one the server keeps.
    expect(isAsking(owned) ? second : first).toEqual(first)
    await owned.server.unsafe(`alter role ${owned.login} password 'open'`)
    const url = new URL(owned.url)
    url.password = 'open'
    await migrations.run(url.href)
    const third = await verifiersOf(owned)
    for (const [role, verifier] of Object.entries(third)) expect(verifier).not.toBe(second[role])
    expect(await outcomeOf(roleUrl(owned, 'alpha', 'open'))).toBe('allowed')
    expect(await outcomeOf(roleUrl(owned, 'alpha', 'sesame'))).toBe(wrongPassword(owned))
  })
})

describe('a superuser', () => {
  test('puts right roles that cannot log in, lack limits or may too much', async () => {
    await using owned = await openOwned()
    const { server, database } = owned
    await migrations.run(database.url)
    const role = (name: string): string => `${database.rolePrefix}_${name}`
    // As an earlier release made them.
    await server.unsafe(
      `alter role ${role('alpha')} nologin; alter role ${role('alpha')} reset all`,
    )
    await server.unsafe(`alter role ${role('beta')} createdb bypassrls`)
    await server.unsafe(`alter role ${role('beta')} set lock_timeout = 0`)
    await migrations.run(database.url)
    const rows = await server`
      select rolcanlogin as login, rolcreatedb or rolbypassrls as mighty, cardinality(rolconfig) as limits
      from pg_roles where rolname in ${server([role('alpha'), role('beta')])}`
    expect([...rows]).toEqual(
      Array.from({ length: 2 }, () => ({ login: true, mighty: false, limits: 3 })),
    )
    expect(await outcomeOf(database.loginOf('alpha'))).toBe('allowed')
  })

  test('gives passwords where its address carries one, and none where it does not', async () => {
    await using owned = await openOwned()
    await migrations.run(owned.database.url)
    const given = Object.values(await verifiersOf(owned)).map((verifier) => verifier !== null)
    expect(given).toEqual(Array.from({ length: 3 }, () => isAsking(owned)))
  })

  test('lets a subgraph in that comes with a later release', async () => {
    await using owned = await openOwned()
    await migrations.run(owned.database.url)
    using later = openMigrations(['alpha', 'beta', 'gamma'])
    await later.run(owned.database.url)
    expect(await outcomeOf(owned.database.loginOf('gamma'))).toBe('allowed')
  })
})

describe('an owner without CREATEROLE', () => {
  test('ROLES_MISSING hands over the SQL, without a password, after which it migrates', async () => {
    await using owned = await openOwned()
    const refusal = await refusalOf(migrations.run(owned.url))
    expect(refusal.code).toBe('ROLES_MISSING')
    const script = String(refusal.details['sql'])
    expect(refusal.message).toContain(script)
    for (const name of ['platform', 'alpha', 'beta']) {
      const password = loginPassword('sesame', `${owned.database.rolePrefix}_${name}`)
      expect(script).not.toContain(password)
    }
    expect(script).not.toContain('sesame')
    await owned.server.unsafe(script)
    expect((await migrations.run(owned.url)).applied).toContain('beta/0000_init')
    expect((await migrations.run(owned.url)).applied).toEqual([])
    // An administrator may run it again.
    await owned.server.unsafe(script)
    expect(await outcomeOf(roleUrl(owned, 'alpha'), 'select * from alpha.things')).toBe('allowed')
    expect(await outcomeOf(roleUrl(owned, 'beta'), 'select * from alpha.things')).toBe('42501')
    expect(await outcomeOf(roleUrl(owned, 'alpha', 'open'))).toBe(wrongPassword(owned))
    const rows = await owned.server`
      select cardinality(rolconfig) as limits from pg_roles
      where rolname = ${`${owned.database.rolePrefix}_alpha`}`
    expect([...rows]).toEqual([{ limits: 3 }])
    // No role belongs to the owner or to another: nobody can be anybody else.
    expect([
      ...(await owned.server`
        select 1 from pg_auth_members join pg_roles r on r.oid in (roleid, member)
        where starts_with(r.rolname, ${owned.database.rolePrefix})`),
    ]).toEqual([])
  })

  test('ROLES_MISSING when the roles have no limits, or may too much', async () => {
    await using owned = await openOwned()
    const script = String((await refusalOf(migrations.run(owned.url))).details['sql'])
    for (const spoil of ['reset statement_timeout', 'bypassrls', 'nologin']) {
      await owned.server.unsafe(script)
      await migrations.run(owned.url)
      await owned.server.unsafe(`alter role ${owned.database.rolePrefix}_beta ${spoil}`)
      expect(await refusalOf(migrations.run(owned.url))).toMatchObject({ code: 'ROLES_MISSING' })
    }
  })

  test('leaves an administrator’s own passwords as they are', async () => {
    await using owned = await openOwned()
    await owned.server.unsafe(String((await refusalOf(migrations.run(owned.url))).details['sql']))
    await owned.server.unsafe(`alter role ${owned.database.rolePrefix}_alpha password 'own'`)
    const before = await verifiersOf(owned)
    await migrations.run(owned.url)
    expect(await verifiersOf(owned)).toEqual(before)
    const url = new URL(roleUrl(owned, 'alpha'))
    url.password = 'own'
    expect(await outcomeOf(url.href, 'select * from alpha.things')).toBe('allowed')
  })
})

test('of two zones in one cluster nobody enters the other’s database', async () => {
  await using one = await openOwned({ attributes: 'createrole', owns: true })
  await using other = await openOwned({ owns: true })
  await migrations.run(one.url)
  await other.server.unsafe(String((await refusalOf(migrations.run(other.url))).details['sql']))
  await migrations.run(other.url)
  for (const [home, away] of [
    [one, other],
    [other, one],
  ] as const) {
    const urls = ['platform', 'alpha', 'beta'].map((name) => roleUrl(home, name))
    for (const url of [home.url, ...urls]) {
      expect(await outcomeOf(url)).toBe('allowed')
      const there = new URL(url)
      there.pathname = `/${away.database.rolePrefix}`
      expect(await outcomeOf(there.href, 'select * from alpha.things')).toBe('DATABASE_REFUSED')
    }
    const inside = `select 1 from pg_database where datname = '${away.database.rolePrefix}'
      and has_database_privilege(oid, 'connect, create, temporary')`
    const [url = ''] = urls
    const sql = postgres(url, { max: 1 })
    expect([...(await sql.unsafe(inside))]).toEqual([])
    expect(await failureOf(sql.unsafe(`set role ${away.database.rolePrefix}_alpha`))).toMatchObject(
      {
        code: '42501',
      },
    )
    await sql.end()
  }
})

test('DATABASE_REFUSED for a stranger', async () => {
  await using owned = await openOwned()
  await migrations.run(owned.database.url)
  expect(await outcomeOf(owned.url)).toBe('DATABASE_REFUSED')
})

test('the administrator’s SQL quotes every name, and does its work for such names', async () => {
  const odd = `o"d'd ${randomBytes(4).toString('hex')}`
  await using owned = await openOwned()
  const script = rolesSql({
    database: owned.database.rolePrefix,
    rolePrefix: odd,
    login: owned.login,
    subgraphs: ['alpha'],
    ownerPassword: null,
  })
  const quoted = (name: string): string => `"${odd.replaceAll('"', '""')}_${name}"`
  expect(script).toContain(`alter role ${quoted('alpha')} login nosuperuser`)
  expect(script).not.toContain('password')
  try {
    await owned.server.unsafe(script)
    const rows = await owned.server`select 1 from pg_roles where rolname = ${`${odd}_alpha`}`
    expect(rows).toHaveLength(1)
  } finally {
    for (const name of ['alpha', 'platform']) {
      await owned.server.unsafe(`drop owned by ${quoted(name)}; drop role ${quoted(name)}`)
    }
  }
})
