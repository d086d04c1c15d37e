/**
 * The roles of a zone's database: one per subgraph and one for the platform, and their rights.
 * Each is a login of its own (logins.ts).
 *
 * @module
 */
import { SezError } from '@sez/core/errors'
import type { Client } from '@sez/platform/connection'

/** Bytes of an identifier that Postgres keeps; a longer name would be cut and could collide. */
const identifierBytesMax = 63

/** What the subgraphs may read of the platform. */
const platformRead = [
  'archives',
  'checkpoints',
  'log',
  'log_events',
  'log_head',
  'log_nodes',
  'stream_floors',
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
  'archives',
  'log',
  'log_events',
  'log_head',
  'outbox',
  'owners',
  'standing',
  'stream_floors',
  'streams',
  'zone',
] as const

/** The role of sequencer, sealer and sweepers. */
export const platformOwner = 'platform'

/** The role of a subgraph, or of `platform`. */
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
  // Partitions are reached through their tables only, also one that was a table itself before.
  for (const schema of await partitionSchemas(sql, schemas)) {
    statements.push(`revoke all on all tables in schema ${quoted(schema)} from public, ${everyone}`)
  }
  const closed = functionWritten.map((table) => `platform.${table}`).join(', ')
  for (const schema of schemas) {
    const role = schema === 'platform' ? owner : quoted(roleName(rolePrefix, schema))
    statements.push(...(await ownSchemaGrants(sql, schema, role)))
  }
  statements.push(
    `revoke insert, update, delete on ${closed} from ${owner}`,
    // A process asks what was applied before it serves (admission.ts).
    `revoke all on schema sez_migrations from ${everyone}`,
    `revoke all on sez_migrations.applied from ${everyone}`,
    `grant usage on schema sez_migrations to ${everyone}`,
    `grant select on sez_migrations.applied to ${everyone}`,
  )
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

/** Where the partitions of these schemas' tables stand. */
async function partitionSchemas(sql: Client, schemas: readonly string[]): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    select distinct part.relnamespace::regnamespace::text as name
    from pg_inherits
    join pg_class part on part.oid = inhrelid
    join pg_class whole on whole.oid = inhparent
    where whole.relnamespace::regnamespace::text in ${sql(schemas)}
      and part.relnamespace <> whole.relnamespace
    order by 1`
  return rows.map((row) => row.name)
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

/** An identifier as it stands in SQL. */
export function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`
}
