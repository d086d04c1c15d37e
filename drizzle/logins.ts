/**
 * The roles of a zone as logins: made, given their limits and passwords, or asked of an administrator.
 *
 * @module
 */
import { SezError } from '@sez/core/errors'
import { type Client, openConnection } from '@sez/platform/connection'
import { databaseCodeOf, mapDatabaseError } from '@sez/platform/db'
import type { Logger } from '@sez/platform/log'
import { idleInTransactionTimeoutMs, lockTimeoutMs, statementTimeoutMs } from '@sez/platform/limits'
import { credentialsOf, loginPassword, loginUrl, scramVerifier } from '@sez/platform/login'
import { quoted, roleNames } from './roles.ts'

/** Settings of each role: a connection of a pooler in transaction mode has no others. */
const limits = [
  `idle_in_transaction_session_timeout=${idleInTransactionTimeoutMs}`,
  `lock_timeout=${lockTimeoutMs}`,
  `statement_timeout=${statementTimeoutMs}`,
]

/** 42501 is insufficient privilege, 0LP01 a grant this login may not give. */
const deniedCodes = ['42501', '0LP01']

interface Zone {
  readonly rolePrefix: string
  readonly subgraphs: readonly string[]
}

/** The SQL an administrator runs where the zone's own login may not; it may be run again. */
export function rolesSql(
  options: Zone & {
    readonly database: string
    readonly login: string
    /** Null where the server asks for none: then the roles get none. */
    readonly ownerPassword: string | null
  },
): string {
  const { database, rolePrefix, login, subgraphs, ownerPassword } = options
  const roles = roleNames(rolePrefix, subgraphs)
  return [
    ...roles.flatMap((role) => [createSql(role), harmlessSql(role), ...limitsSql(role)]),
    ...(ownerPassword === null ? [] : roles.map((role) => passwordSql(role, ownerPassword))),
    ...databaseSql({ database, roles, login }),
  ].join('\n')
}

function createSql(role: string): string {
  const name = `'${role.replaceAll("'", "''")}'`
  return (
    `do $sez$ begin if not exists (select from pg_catalog.pg_roles where rolname = ${name}) ` +
    `then create role ${quoted(role)}; end if; end $sez$;`
  )
}

function harmlessSql(role: string): string {
  return `alter role ${quoted(role)} login nosuperuser nocreatedb nocreaterole noreplication nobypassrls;`
}

function limitsSql(role: string): string[] {
  return limits.map((limit) => `alter role ${quoted(role)} set ${limit.replace('=', ' = ')};`)
}

/** The verifier, never the password: statements are logged. */
function passwordSql(role: string, ownerPassword: string): string {
  const verifier = scramVerifier(loginPassword(ownerPassword, role))
  return `alter role ${quoted(role)} password '${verifier}';`
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
 * Makes the logins that are missing and puts right those that differ. Roles belong to the whole
 * cluster, so other databases may be doing the same at this moment.
 *
 * @param options `url` is the owner's address, from whose password those of the roles are derived.
 *   Roles whose password may not be set keep the one they have: an administrator's own.
 * @throws {SezError} `ROLES_MISSING` with the SQL for an administrator; `DATABASE_UNAVAILABLE`.
 */
export async function ensureRoles(
  sql: Client,
  options: Zone & { readonly url: string; readonly log: Pick<Logger, 'warn'> },
): Promise<void> {
  const { rolePrefix, subgraphs, url, log } = options
  const roles = roleNames(rolePrefix, subgraphs)
  const [here] = await sql<{ database: string; login: string }[]>`
    select current_database() as database, current_user as login`
  if (here === undefined) throw new SezError('ROLES_MISSING')
  const { database, login } = here
  const ownerPassword = credentialsOf(url).password
  try {
    for (const role of roles) await ensureLogin(sql, role)
    if (!(await isClosed(sql, roles))) {
      for (const statement of databaseSql({ database, roles, login })) await sql.unsafe(statement)
    }
    // What may not be granted or revoked is a warning only, so the outcome is looked at.
    if (await isClosed(sql, roles)) {
      if (ownerPassword !== null) await ensurePasswords(sql, { url, roles, ownerPassword, log })
      return
    }
  } catch (cause) {
    if (!deniedCodes.includes(databaseCodeOf(cause) ?? '')) throw cause
  }
  const script = rolesSql({ database, rolePrefix, login, subgraphs, ownerPassword })
  const message =
    `The login ${login} may not make the roles of database ${database}. ` +
    `Ask an administrator of Postgres to run there:\n${script}`
  throw new SezError('ROLES_MISSING', { sql: script }, { message })
}

interface RoleState {
  readonly login: boolean
  readonly harmless: boolean
  readonly limits: readonly string[] | null
}

async function ensureLogin(sql: Client, role: string): Promise<void> {
  const state = (await stateOf(sql, role)) ?? (await createRole(sql, role))
  if (state?.login !== true) await sql.unsafe(`alter role ${quoted(role)} login`)
  if (state?.harmless === false) await sql.unsafe(harmlessSql(role))
  if (!limits.every((limit) => state?.limits?.includes(limit))) {
    for (const statement of limitsSql(role)) await sql.unsafe(statement)
  }
}

async function stateOf(sql: Client, role: string): Promise<RoleState | undefined> {
  const [row] = await sql<RoleState[]>`
    select rolcanlogin as login, rolconfig as limits,
      not (rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolbypassrls) as harmless
    from pg_roles where rolname = ${role}`
  return row
}

async function createRole(sql: Client, role: string): Promise<RoleState | undefined> {
  try {
    await sql.unsafe(`create role ${quoted(role)} login`)
  } catch (error) {
    // Made by another database's runner: 42710 duplicate object, 23505 when at the same moment.
    if (!['42710', '23505'].includes(databaseCodeOf(error) ?? '')) throw error
  }
  return stateOf(sql, role)
}

/** Whether every role may connect to this database, and nobody who was not named, as is Postgres's default. */
async function isClosed(sql: Client, roles: readonly string[]): Promise<boolean> {
  const [row] = await sql<{ closed: boolean }[]>`
    select not has_database_privilege('public', current_database(), 'CONNECT')
      and bool_and(has_database_privilege(role, current_database(), 'CONNECT')) as closed
    from unnest(${roles}::text[]) as role`
  return row?.closed === true
}

/** Gives each role its password, unless a login shows that it has it: pg_authid is not for everyone. */
async function ensurePasswords(
  sql: Client,
  options: {
    readonly url: string
    readonly roles: readonly string[]
    readonly ownerPassword: string
    readonly log: Pick<Logger, 'warn'>
  },
): Promise<void> {
  const { url, roles, ownerPassword, log } = options
  const kept: string[] = []
  for (const role of roles) {
    try {
      if (await hasPassword(url, role, ownerPassword)) continue
      await sql.unsafe(passwordSql(role, ownerPassword))
    } catch (error) {
      if (!deniedCodes.includes(databaseCodeOf(error) ?? '')) throw error
      kept.push(role)
    }
  }
  if (kept.length > 0) log.warn({ roles: kept }, 'the passwords of these roles are not ours to set')
}

/**
 * Whether a role is let in by its password. Where the server asks for none, as one that trusts this
 * machine, a login shows nothing, and other machines may be asked: the answer is no.
 */
async function hasPassword(url: string, role: string, ownerPassword: string): Promise<boolean> {
  let isAsked = false
  const connection = openConnection({
    url: loginUrl(url, role, null),
    applicationName: 'sez migrate',
    prepare: false,
    bigints: false,
    limited: false,
    password: () => {
      isAsked = true
      return loginPassword(ownerPassword, role)
    },
  })
  try {
    await connection.client`select 1`
    return isAsked
  } catch (error) {
    const mapped = mapDatabaseError(error)
    if (mapped instanceof SezError && mapped.code === 'DATABASE_REFUSED') return false
    throw mapped
  } finally {
    await connection.end(5)
  }
}
