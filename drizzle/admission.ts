/**
 * Whether a process may work on a database that somebody else migrates: as whom, for which zone,
 * and with everything in it that this release needs.
 *
 * @module
 */
import { SezError } from '@sez/core/errors'
import { databaseCodeOf, mapDatabaseError, type Sql } from '@sez/platform/db'
import { migrationsRoot, schemasWithMigrations } from './folders.ts'
import { readMigrations } from './journal.ts'
import { roleName } from './roles.ts'

/**
 * Refuses what a process of the role `<prefix>_<name>` must not start on. Changes nothing.
 *
 * @param raw Connections of the process's own login.
 * @throws {SezError} `CONFIG_INVALID` for another login, `SCHEMA_BEHIND`, `ZONE_MISMATCH`;
 *   `DATABASE_REFUSED`, `DATABASE_UNAVAILABLE`.
 */
export async function admit(
  raw: Sql,
  options: { readonly name: string; readonly zoneId: string; readonly folder?: string },
): Promise<void> {
  const { name, zoneId, folder = migrationsRoot } = options
  try {
    const [here] = await raw<{ user: string; session: string; made: boolean; open: boolean }[]>`
      select current_user::text as user, session_user::text as session,
        oid is not null as made, has_table_privilege(oid, 'select') as open
      from (select 1) as one left join (
        select pg_class.oid from pg_class join pg_namespace on pg_namespace.oid = relnamespace
        where nspname = 'platform' and relname = 'zone') as zone on true`
    if (here?.made !== true) throw behind(['platform/0000_init'])
    if (!here.open) throw otherLogin(here.user, `<prefix>_${name}`)
    const [zone] = await raw<{ id: string; prefix: string }[]>`
      select zone_id as id, role_prefix as prefix from platform.zone`
    if (zone === undefined) throw behind(['the name of its zone'])
    const role = roleName(zone.prefix, name)
    if (here.user !== role || here.session !== role) throw otherLogin(here.user, role)
    const missing = await missingMigrations(raw, folder)
    if (missing.length > 0) throw behind(missing)
    if (zone.id === zoneId) return
    const message = `This database belongs to zone ${zone.id}, the configuration names ${zoneId}.`
    throw new SezError('ZONE_MISMATCH', { field: 'SEZ_ZONE_ID' }, { message })
  } catch (error) {
    throw mapDatabaseError(error)
  }
}

/** `<schema>/<migration>` of each that this release has and the database has not. */
async function missingMigrations(raw: Sql, folder: string): Promise<string[]> {
  const wanted = schemasWithMigrations(folder).flatMap((schema) =>
    readMigrations(`${folder}/${schema}`, schema).map(({ tag }) => `${schema}/${tag}`),
  )
  try {
    const rows = await raw<{ name: string }[]>`
      select schema || '/' || tag as name from sez_migrations.applied`
    const applied = new Set(rows.map((row) => row.name))
    return wanted.filter((each) => !applied.has(each))
  } catch (error) {
    // Until the first run of a release with logins nobody but the owner may ask.
    if (databaseCodeOf(error) === '42501') return wanted
    throw error
  }
}

function behind(migrations: readonly string[]): SezError {
  const message = `The database lacks ${migrations.join(', ')}. Run sez migrate with this release.`
  return new SezError('SCHEMA_BEHIND', { migrations }, { message })
}

function otherLogin(user: string, role: string): SezError {
  const message =
    `DATABASE_URL logs in as ${user}, this process works as ${role} and as nobody else. ` +
    'Use the address that sez migrate --print-logins gives for it.'
  return new SezError('CONFIG_INVALID', { field: 'DATABASE_URL' }, { message })
}
