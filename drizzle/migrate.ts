/**
 * Brings a database to the present schema: one runner at a time, roles before, rights after.
 *
 * @module
 */
import { parseDigest } from '@sez/core/digest'
import { SezError } from '@sez/core/errors'
import { type Client, type Connection, openConnection } from '@sez/platform/connection'
import { mapDatabaseError } from '@sez/platform/db'
import type { Logger } from '@sez/platform/log'
import { applyMigrations } from './apply.ts'
import { migrationsRoot, schemasWithMigrations, subgraphNames } from './folders.ts'
import { type AppliedMigration, pendingMigrations, readMigrations } from './journal.ts'
import { tableLockTimeoutMs, takeTurn } from './lock.ts'
import { ensureRoles } from './logins.ts'
import { grantRights } from './roles.ts'

/** The advisory lock of migrations; every runner of every release uses this number. */
const lockKey = 7_305_001
const serverVersionMin = 150_000

export interface MigrateResult {
  /** `<schema>/<migration>` of each one applied by this run. */
  readonly applied: string[]
  /** Roles of this database are `<rolePrefix>_<subgraph>` and `<rolePrefix>_platform`. */
  readonly rolePrefix: string
}

/**
 * Applies what is missing: `platform` first, then each subgraph, one transaction per schema but for
 * files that want none. A database that is up to date only has its roles and rights checked.
 *
 * @param options `url` must reach Postgres directly: a pooler in transaction mode loses the lock ·
 *   `folder` and `subgraphs` default to those of the repository.
 * @throws {SezError} `DATABASE_UNAVAILABLE`, `DATABASE_REFUSED`, `POSTGRES_TOO_OLD`,
 *   `LOCK_TIMEOUT`, `ROLES_MISSING`, `MIGRATION_EDITED`, `MIGRATION_LATE`, `MIGRATION_FAILED`,
 *   `ZONE_MISMATCH`.
 */
export async function migrate(options: {
  readonly url: string
  readonly zoneId: string
  readonly zoneName: string
  readonly log: Pick<Logger, 'info' | 'warn'>
  readonly folder?: string
  readonly subgraphs?: readonly string[]
}): Promise<MigrateResult> {
  const { url, log, folder = migrationsRoot, subgraphs = subgraphNames() } = options
  const connection = openRunner(url)
  try {
    const sql = connection.client
    await checkServer(sql)
    await takeTurn(sql, lockKey)
    await sql.unsafe(`set lock_timeout = ${tableLockTimeoutMs}`)
    const rolePrefix = await findRolePrefix(sql)
    await ensureRoles(sql, { rolePrefix, subgraphs, url, log })
    const schemas = schemasWithMigrations(folder)
    const applied = await applyAll(sql, folder, schemas, log)
    await grantRights(sql, { rolePrefix, subgraphs, schemas })
    await nameZone(sql, { ...options, rolePrefix })
    return { applied, rolePrefix }
  } catch (error) {
    throw explained(error, url)
  } finally {
    // Ending the session gives the advisory lock back.
    await connection.end(5)
  }
}

/**
 * Refuses a server this schema cannot live on.
 *
 * @throws {SezError} `POSTGRES_TOO_OLD`.
 */
export async function checkServer(sql: Client, versionMin = serverVersionMin): Promise<void> {
  const [row] = await sql<{ version: string; number: number }[]>`
    select current_setting('server_version') as version,
      current_setting('server_version_num')::int as number`
  if (row === undefined || row.number >= versionMin) return
  const message = `Postgres ${row.version} is too old. Use version 15 or newer.`
  throw new SezError('POSTGRES_TOO_OLD', { version: row.version }, { message })
}

function openRunner(url: string): Connection {
  return openConnection({
    url,
    applicationName: 'sez migrate',
    prepare: false,
    bigints: false,
    limited: false,
  })
}

/** Says which server is away or what it refused; never the user and the password in the address. */
function explained(error: unknown, url: string): unknown {
  const mapped = mapDatabaseError(error)
  if (!(mapped instanceof SezError)) return mapped
  if (mapped.code === 'DATABASE_REFUSED') {
    const said = error instanceof Error ? error.message : mapped.message
    const message = `Postgres refused DATABASE_URL: ${said}.`
    return new SezError('DATABASE_REFUSED', {}, { message, cause: mapped })
  }
  if (mapped.code !== 'DATABASE_UNAVAILABLE') return mapped
  const message =
    `Postgres cannot be reached at ${URL.parse(url)?.host}. ` +
    'Check that it runs, and that DATABASE_URL names its host and port.'
  return new SezError('DATABASE_UNAVAILABLE', {}, { message, cause: mapped })
}

/** The prefix a database was made with, also in a copy under another name; else its own name. */
async function findRolePrefix(sql: Client): Promise<string> {
  const [here] = await sql<{ name: string; made: boolean }[]>`
    select current_database() as name, to_regclass('platform.zone') is not null as made`
  if (here?.made === true) {
    const [zone] = await sql<{ prefix: string }[]>`select role_prefix as prefix from platform.zone`
    if (zone !== undefined) return zone.prefix
  }
  return here?.name ?? ''
}

/**
 * The prefix of the roles of the database in `url`: see {@link MigrateResult}.
 *
 * @throws {SezError} `DATABASE_UNAVAILABLE`, `DATABASE_REFUSED`.
 */
export async function rolePrefixOf(url: string): Promise<string> {
  const connection = openRunner(url)
  try {
    return await findRolePrefix(connection.client)
  } catch (error) {
    throw explained(error, url)
  } finally {
    await connection.end(5)
  }
}

async function applyAll(
  sql: Client,
  folder: string,
  schemas: readonly string[],
  log: Pick<Logger, 'info' | 'warn'>,
): Promise<string[]> {
  await sql.unsafe(`
    create schema if not exists sez_migrations;
    revoke all on schema sez_migrations from public;
    create table if not exists sez_migrations.applied (
      schema text not null,
      tag text not null,
      generated_at_ms bigint not null,
      hash text not null,
      applied_at timestamptz(3) not null default now(),
      primary key (schema, tag)
    )`)
  const before = await readApplied(sql)
  // Every schema is checked before any is changed.
  const plans = schemas.map((schema) => {
    const migrations = readMigrations(`${folder}/${schema}`, schema)
    const applied = before.filter((each) => each.schema === schema)
    const known = new Set(migrations.map((each) => each.tag))
    const newer = applied.filter((each) => !known.has(each.tag)).map((each) => each.tag)
    if (newer.length > 0) log.warn({ schema, newer }, 'the database is ahead of this release')
    return pendingMigrations(migrations, applied)
  })
  for (const plan of plans) await applyMigrations(sql, plan)
  const applied = plans.flat().map((each) => `${each.schema}/${each.tag}`)
  if (applied.length > 0) log.info({ applied }, 'migrations applied')
  return applied
}

/** What a database says it has; it fails where there never was a migration. */
export async function readApplied(sql: Client): Promise<AppliedMigration[]> {
  const rows = await sql<{ schema: string; tag: string; when: string; hash: string }[]>`
    select schema, tag, generated_at_ms as when, hash from sez_migrations.applied`
  return rows.map((row) => ({ ...row, when: Number(row.when), hash: parseDigest(row.hash) }))
}

/** Writes who this zone is, once; a database serves one zone for ever. Its log begins with it. */
async function nameZone(
  sql: Client,
  zone: { readonly zoneId: string; readonly zoneName: string; readonly rolePrefix: string },
): Promise<void> {
  await sql`
    insert into platform.zone (zone_id, name, role_prefix)
    values (${zone.zoneId}, ${zone.zoneName}, ${zone.rolePrefix})
    on conflict (singleton) do update set name = excluded.name
    where zone.zone_id = excluded.zone_id and zone.name <> excluded.name`
  const [row] = await sql<{ id: string }[]>`select zone_id as id from platform.zone`
  if (row?.id === zone.zoneId) return
  const message =
    `This database belongs to zone ${row?.id}, the configuration names ${zone.zoneId}. ` +
    'Correct SEZ_ZONE_ID, or name another database in DATABASE_URL.'
  throw new SezError('ZONE_MISMATCH', { field: 'SEZ_ZONE_ID' }, { message })
}
