/** Which pools a process gets, and what stops its start. @module */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseConfig } from '@sez/platform/config'
import {
  databaseUrl,
  openEmptyDatabase,
  openTestDatabase,
  refusalOf,
  until,
} from '@sez/platform/database.fixture'
import { type Database, openDatabase } from '@sez/platform/db'
import { openLog } from '@sez/platform/log'
import { credentialsOf } from '@sez/platform/login'
import { findEmbeddedPostgres } from '@sez/platform/postgres'
import postgres from 'postgres'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { openProcessStorage, openStorage, requireRoles } from './storage.ts'
import { subgraphs } from './subgraphs.ts'

const log = openLog({ level: 'silent', pretty: false })
let stack: AsyncDisposableStack

beforeEach(() => {
  stack = new AsyncDisposableStack()
})
afterEach(() => stack.disposeAsync())

const names = ['platform', ...subgraphs.map(({ name }) => name)]

function configOf(url: string | null, env: Readonly<Record<string, string>> = {}) {
  return parseConfig({ ...(url === null ? {} : { DATABASE_URL: url }), ...env })
}

async function userOf({ raw }: Database): Promise<string> {
  const [row] = await raw<{ user: string }[]>`
    select current_user || '/' || session_user || '/' || platform.caller() as user`
  return row?.user ?? ''
}

test('a zone in one process gets a pool for each role, each with its own login', async () => {
  const copy = stack.use(await openTestDatabase())
  const steps: string[] = []
  const { platform, bySubgraph } = await openStorage(configOf(copy.url), stack, {
    log,
    onProgress: (step) => steps.push(step),
  })
  expect(steps).toEqual(['configuration', 'migrations'])
  const users = await Promise.all([platform, ...bySubgraph.values()].map(userOf))
  const role = (name: string): string => `${copy.rolePrefix}_${name}`
  expect(users).toEqual(names.map((name) => `${role(name)}/${role(name)}/${role(name)}`))
})

test('CONFIG_INVALID when a pool acts as anybody but the login in its address', async () => {
  const copy = stack.use(await openTestDatabase())
  const shared = { connectionsMax: 1, applicationName: 'test' }
  const good = stack.use(openDatabase({ ...shared, url: copy.loginOf('entities') }))
  await requireRoles([good])
  // As behind a pooler that maps every login to one.
  const mapped = { raw: stack.use(openDatabase({ ...shared, url: copy.url })).raw, role: good.role }
  const refusal = await refusalOf(requireRoles([good, mapped]))
  expect(refusal).toMatchObject({ code: 'CONFIG_INVALID', details: { field: 'DATABASE_URL' } })
  expect(refusal.message).toContain(`${good.role} act as`)
  // An address may ask for another role; then the login is not what it says.
  const other = stack.use(
    openDatabase({ ...shared, url: `${copy.url}?role=${copy.rolePrefix}_corridor` }),
  )
  expect(await refusalOf(requireRoles([other]))).toMatchObject({ code: 'CONFIG_INVALID' })
})

test('DATABASE_REFUSED names a role whose password is not the derived one', async () => {
  const copy = stack.use(await openTestDatabase())
  const address = new URL(copy.loginOf('entities'))
  address.username = 'sez_no_such_role'
  const lost = stack.use(
    openDatabase({ url: address.href, connectionsMax: 1, applicationName: 'test' }),
  )
  const refusal = await refusalOf(requireRoles([lost]))
  expect(refusal.code).toBe('DATABASE_REFUSED')
  expect(refusal.message).toContain('the login sez_no_such_role')
})

describe('one process of a zone', () => {
  const open = (url: string, name = 'entities', env = {}): Promise<Database> =>
    openProcessStorage(configOf(url, env), stack, { name, log })

  test.each(names)('works as %s alone', async (name) => {
    const copy = stack.use(await openTestDatabase())
    const database = await open(copy.loginOf(name), name)
    const role = `${copy.rolePrefix}_${name}`
    expect(await userOf(database)).toBe(`${role}/${role}/${role}`)
  })

  test('CONFIG_INVALID for the login of another role, the owner and a stranger', async () => {
    const copy = stack.use(await openTestDatabase())
    const admin = postgres(copy.url, { max: 1 })
    stack.defer(() => admin.end())
    const stranger = `${new URL(copy.url).pathname.slice(1)}_stranger`
    await admin.unsafe(`create role ${stranger} login password 'sesame'`)
    stack.defer(async () => void (await admin.unsafe(`drop role ${stranger}`)))
    const address = new URL(copy.url)
    address.username = stranger
    address.password = 'sesame'
    for (const url of [
      copy.loginOf('corridor'),
      copy.loginOf('platform'),
      copy.url,
      address.href,
    ]) {
      const refusal = await refusalOf(open(url))
      expect(refusal).toMatchObject({ code: 'CONFIG_INVALID', details: { field: 'DATABASE_URL' } })
      expect(refusal.message).toContain(String(credentialsOf(url).user))
    }
    const asked = `${copy.url}?role=${copy.rolePrefix}_entities`
    expect(await refusalOf(open(asked))).toMatchObject({ code: 'CONFIG_INVALID' })
  })

  test('CONFIG_INVALID when the direct address names another login', async () => {
    const copy = stack.use(await openTestDatabase())
    const refusal = await refusalOf(
      open(copy.loginOf('entities'), 'entities', { DATABASE_DIRECT_URL: copy.url }),
    )
    expect(refusal).toMatchObject({
      code: 'CONFIG_INVALID',
      details: { field: 'DATABASE_DIRECT_URL' },
    })
  })

  test('ZONE_MISMATCH on the database of another zone', async () => {
    const copy = stack.use(await openTestDatabase())
    const refusal = await refusalOf(
      open(copy.loginOf('entities'), 'entities', { SEZ_ZONE_ID: 'other' }),
    )
    expect(refusal).toMatchObject({ code: 'ZONE_MISMATCH', details: { field: 'SEZ_ZONE_ID' } })
  })

  test('SCHEMA_BEHIND without the schema, without a migration, and before it may ask', async () => {
    const empty = stack.use(await openEmptyDatabase())
    expect(await refusalOf(open(empty.url))).toMatchObject({ code: 'SCHEMA_BEHIND' })
    const copy = stack.use(await openTestDatabase())
    const admin = postgres(copy.url, { max: 1 })
    stack.defer(() => admin.end())
    await admin`delete from sez_migrations.applied where schema = 'entities' and tag like '0000%'`
    const refusal = await refusalOf(open(copy.loginOf('corridor'), 'corridor'))
    expect(refusal).toMatchObject({ code: 'SCHEMA_BEHIND' })
    expect(refusal.message).toMatch(/entities\/0000_\w+\. Run sez migrate/u)
    await admin.unsafe(`revoke all on sez_migrations.applied from ${copy.rolePrefix}_corridor`)
    expect(await refusalOf(open(copy.loginOf('corridor'), 'corridor'))).toMatchObject({
      code: 'SCHEMA_BEHIND',
    })
  })

  test('DATABASE_REFUSED without a database, DATABASE_UNAVAILABLE without a server', async () => {
    const { url } = inject('postgres')
    expect(await refusalOf(open(databaseUrl(url, 'sez_no_such_database')))).toMatchObject({
      code: 'DATABASE_REFUSED',
    })
    expect(await refusalOf(open('postgres://zone_entities@127.0.0.1:1/zone'))).toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
    })
  })
})

test('the processes of a development zone share the server that the log’s process runs', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'sez-storage-'))
  // Root's Postgres runs as another user, who must be able to pass.
  chmodSync(dataDir, 0o755)
  stack.defer(() => rmSync(dataDir, { recursive: true, force: true }))
  const config = configOf(null, { SEZ_DATA_DIR: dataDir })
  // Started first, as by a supervisor that starts all at once: it waits.
  const entities = openProcessStorage(config, stack, { name: 'entities', log })
  expect(findEmbeddedPostgres(dataDir)).toBeNull()
  const owner = stack.use(new AsyncDisposableStack())
  const platform = await openProcessStorage(config, owner, { name: 'platform', log })
  expect(await userOf(platform)).toBe('postgres_platform/postgres_platform/postgres_platform')
  expect(await userOf(await entities)).toBe('postgres_entities/postgres_entities/postgres_entities')
  const address = findEmbeddedPostgres(dataDir)
  expect(credentialsOf(address ?? '').user).toBe('postgres')
  const other = configOf(null, { SEZ_DATA_DIR: dataDir, SEZ_ZONE_ID: 'other' })
  expect(
    await refusalOf(openProcessStorage(other, stack, { name: 'regulator', log })),
  ).toMatchObject({ code: 'ZONE_MISMATCH' })
  await owner.disposeAsync()
  await until('the server has ended with its owner', () => findEmbeddedPostgres(dataDir) === null)
})

test('a data folder whose roles could not log in is brought up to date by its next start', async () => {
  const empty = stack.use(await openEmptyDatabase())
  const admin = postgres(empty.url, { max: 1, onnotice: () => {} })
  stack.defer(() => admin.end())
  const start = async (): Promise<string[]> => {
    await using zone = new AsyncDisposableStack()
    const storage = await openStorage(configOf(empty.url), zone, { log, onProgress: () => {} })
    return await Promise.all([storage.platform, ...storage.bySubgraph.values()].map(userOf))
  }
  const users = await start()
  for (const name of names) {
    const role = `${empty.rolePrefix}_${name}`
    await admin.unsafe(`alter role ${role} nologin password null; alter role ${role} reset all`)
  }
  expect(await start()).toEqual(users)
})
