/**
 * The roles of a zone's database: one per subgraph and one for the platform, and their rights.
 *
 * @module
 */
import { SezError } from '@sez/core/errors'
import type { Client } from '@sez/platform/connection'
import { databaseCodeOf } from '@sez/platform/db'

/** Bytes of an identifier that Postgres keeps; a longer name would be cut and could collide. */
const identifierBytesMax = 63

/** What the subgraphs may read of the platform. */
const platformRead = [
  'checkpoints',
  'log',
  'log_head',
  'log_nodes',
  'streams',
  'zone',
  'zone_keys',
] as const

/** Bookkeeping of the subgraphs' own work, which they write themselves: each its own rows. */
const platformWritten = [
  ['heartbeats', 'select, insert, update'],
  ['idempotency', 'select, insert, update'],
  ['parked', 'select, insert, update, delete'],
  ['reactions', 'select, insert, update'],
] as const

/** Written by functions only, which check: not even by the platform's own role. */
const functionWritten = [
  'log',
  'log_head',
  'outbox',
  'owners',
  'standing',
  'streams',
  'zone',
] as const

/** The role of sequencer, sealer and sweepers. */
const platformOwner = 'platform'

export function roleName(rolePrefix: string, name: string): string {
  return `${rolePrefix}_${name}`
}

/**
 * Every role of the zone, the platform's first.
 *
 * @throws {SezError} `CONFIG_INVALID` when the database's name leaves no room for the longest.
 */
export function roleNames(rolePrefix: string, subgraphs: readonly string[]): string[] {
  const names = [platformOwner, ...subgraphs].map((name) => roleName(rolePrefix, name))
  const long = names.find((name) => Buffer.byteLength(name) > identifierBytesMax)
  if (long === undefined) return names
  const message = `The role ${long} is longer than Postgres allows. Name the database shorter.`
  throw new SezError('CONFIG_INVALID', { field: 'DATABASE_URL' }, { message })
}

/** The SQL an administrator runs once where the zone's own login may not create roles. */
export function rolesSql(options: {
  readonly database: string
  readonly rolePrefix: string
  readonly login: string
  readonly subgraphs: readonly string[]
}): string {
  const { database, rolePrefix, login, subgraphs } = options
  const roles = roleNames(rolePrefix, subgraphs)
  return [
    ...roles.map((role) => `create role ${quoted(role)} nologin;`),
    ...roles.map((role) => `grant ${quoted(role)} to ${quoted(login)};`),
    ...databaseSql({ database, roles, login }),
  ].join('\n')
}

function databaseSql(options: {
  readonly database: string
  readonly roles: readonly string[]
  readonly login: string
}): string[] {
  const database = quoted(options.database)
  const roles = [options.login, ...options.roles].map(quoted).join(', ')
  return [
    `revoke all on database ${database} from public;`,
    `grant connect on database ${database} to ${roles};`,
    `grant create on database ${database} to ${quoted(options.login)};`,
  ]
}

/**
 * Makes the roles that are missing and lets this login assume them. Roles belong to the whole
 * cluster, so other databases may be doing the same at this moment.
 *
 * @throws {SezError} `ROLES_MISSING` with the SQL for an administrator.
 */
export async function ensureRoles(
  sql: Client,
  options: { readonly rolePrefix: string; readonly subgraphs: readonly string[] },
): Promise<void> {
  const { rolePrefix, subgraphs } = options
  const roles = roleNames(rolePrefix, subgraphs)
  const [here] = await sql<{ database: string; login: string; superuser: boolean }[]>`
    select current_database() as database, current_user as login, rolsuper as superuser
    from pg_roles where rolname = current_user`
  if (here === undefined) throw new SezError('ROLES_MISSING')
  const { database, login, superuser } = here
  try {
    for (const role of roles) {
      await createRole(sql, role)
      if (!superuser) await assumable(sql, role)
    }
    if (await isPublic(sql)) {
      for (const statement of databaseSql({ database, roles, login })) await sql.unsafe(statement)
    }
    if (!(await isPublic(sql))) return
  } catch (cause) {
    // 42501 is insufficient privilege, 0LP01 a grant this login may not give.
    if (!['42501', '0LP01'].includes(databaseCodeOf(cause) ?? '')) throw cause
  }
  const script = rolesSql({ database, rolePrefix, login, subgraphs })
  const message =
    `The login ${login} may not make the roles of database ${database}. ` +
    `Ask an administrator of Postgres to run there:\n${script}`
  throw new SezError('ROLES_MISSING', { sql: script }, { message })
}

async function createRole(sql: Client, role: string): Promise<void> {
  const found = await sql`select 1 from pg_roles where rolname = ${role}`
  if (found.length > 0) return
  try {
    await sql.unsafe(`create role ${quoted(role)} nologin`)
  } catch (error) {
    // Made by another database's runner: 42710 duplicate object, 23505 when at the same moment.
    if (!['42710', '23505'].includes(databaseCodeOf(error) ?? '')) throw error
  }
}

async function assumable(sql: Client, role: string): Promise<void> {
  // Since version 16 being a member and being allowed SET ROLE are two things.
  const [row] = await sql<{ able: boolean }[]>`
    select pg_has_role(current_user, ${role},
      case when current_setting('server_version_num')::int >= 160000
        then 'SET' else 'MEMBER' end) as able`
  if (row?.able !== true) await sql.unsafe(`grant ${quoted(role)} to current_user`)
}

/** Whether anybody may still connect to this database, which is Postgres's default. */
async function isPublic(sql: Client): Promise<boolean> {
  const [row] = await sql<{ open: boolean }[]>`
    select has_database_privilege('public', current_database(), 'CONNECT') as open`
  return row?.open === true
}

/**
 * Gives each role exactly its rights, whatever it had before. Run after the migrations, in one
 * transaction; object rights are part of the database and so live on in copies of it.
 */
export async function grantRights(
  sql: Client,
  options: {
    readonly rolePrefix: string
    readonly subgraphs: readonly string[]
    readonly schemas: readonly string[]
  },
): Promise<void> {
  const { rolePrefix, subgraphs, schemas } = options
  const owner = quoted(roleName(rolePrefix, platformOwner))
  const subgraphRoles = subgraphs.map((each) => quoted(roleName(rolePrefix, each))).join(', ')
  const everyone = subgraphs.length === 0 ? owner : `${owner}, ${subgraphRoles}`
  const statements = ['revoke all on schema public from public', 'begin']
  for (const schema of schemas) {
    const name = quoted(schema)
    statements.push(
      `revoke all on schema ${name} from public, ${everyone}`,
      `revoke all on all tables in schema ${name} from public, ${everyone}`,
      `revoke all on all sequences in schema ${name} from public, ${everyone}`,
      `revoke all on all functions in schema ${name} from public, ${everyone}`,
    )
  }
  const closed = functionWritten.map((table) => `platform.${table}`).join(', ')
  for (const schema of schemas) {
    const role = schema === 'platform' ? owner : quoted(roleName(rolePrefix, schema))
    statements.push(...(await ownSchemaGrants(sql, schema, role)))
  }
  statements.push(`revoke insert, update, delete on ${closed} from ${owner}`)
  if (subgraphs.length > 0) {
    const read = platformRead.map((table) => `platform.${table}`).join(', ')
    statements.push(
      `grant usage on schema platform to ${subgraphRoles}`,
      `grant select on ${read} to ${subgraphRoles}`,
      ...platformWritten.map(
        ([table, rights]) => `grant ${rights} on platform.${table} to ${subgraphRoles}`,
      ),
      `grant execute on all functions in schema platform to ${subgraphRoles}`,
    )
  }
  await sql.unsafe(`${statements.join(';\n')};\ncommit`)
}

/** All rights of use on one schema; no update, delete or truncate on its append-only tables. */
async function ownSchemaGrants(sql: Client, schema: string, role: string): Promise<string[]> {
  const name = quoted(schema)
  const appendOnly = await appendOnlyTables(sql, schema)
  return [
    `grant usage on schema ${name} to ${role}`,
    `grant select, insert, update, delete on all tables in schema ${name} to ${role}`,
    `grant usage on all sequences in schema ${name} to ${role}`,
    `grant execute on all functions in schema ${name} to ${role}`,
    ...appendOnly.map((table) => `revoke update, delete on ${name}.${quoted(table)} from ${role}`),
  ]
}

/** The tables of `schema` that `platform.append_only` guards: the trigger itself is the list. */
export async function appendOnlyTables(sql: Client, schema: string): Promise<string[]> {
  const rows = await sql<{ table: string }[]>`
    select distinct relname as table
    from pg_trigger
    join pg_class on pg_class.oid = tgrelid
    join pg_proc on pg_proc.oid = tgfoid
    where relnamespace = ${schema}::regnamespace
      and pronamespace = 'platform'::regnamespace and proname = 'refuse_change'
    order by 1`
  return rows.map((row) => row.table)
}

function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`
}
