/** What the doctor asks of the database. Every statement reads; nothing is changed. @module */
import { SezError } from '@sez/core/errors'
import { migrationsRoot, schemasWithMigrations, subgraphNames } from '@sez/drizzle/folders'
import { pendingMigrations, readMigrations } from '@sez/drizzle/journal'
import { checkServer, readApplied } from '@sez/drizzle/migrate'
import { roleNames } from '@sez/drizzle/roles'
import type { Config } from '@sez/platform/config'
import { type Client, openConnection } from '@sez/platform/connection'
import { databaseCodeOf, mapDatabaseError } from '@sez/platform/db'
import { heartbeatEveryMs } from '@sez/platform/heartbeat'
import { type Check, fail, type Finding, ok, warn } from './examination.ts'
import { readKeyDid } from './doctor-zone.ts'

const skewMaxMs = 60_000
const skewNoticeMs = 5_000
/** A worker is silent when this many of its signs of life are missing, as readiness has it. */
const heartbeatsMissedMax = 5
/** What each pool may open beside `SEZ_DATABASE_CONNECTIONS`, and a zone beside its pools. */
const rawConnections = 4
const otherConnections = 2
const unsealedMax = 10_000

export interface Ground {
  readonly config: Config
  /** Reaches Postgres itself. */
  readonly url: string
  readonly now: () => Date
}

type Question = (sql: Client, ground: Ground) => Promise<Finding>

const questions: readonly (readonly [name: string, question: Question])[] = [
  ['database clock', askClock],
  ['encoding', askEncoding],
  ['migrations', askMigrations],
  ['zone of the database', askZone],
  ['roles', askRoles],
  ['connections', askConnections],
  ['registered key', askKey],
  ['log', askLog],
  ['workers', askWorkers],
  ['reactions', askReactions],
]

/** Whether the database answers, and is one this release can live on. */
export function reachCheck(name: string, url: string, now: () => Date): Check {
  return {
    name,
    run: (signal) =>
      withClient({ url, signal }, async (sql) => {
        await checkServer(sql)
        const startedMs = now().getTime()
        const [row] = await sql<{ version: string; database: string }[]>`
          select current_setting('server_version') as version, current_database() as database`
        const tookMs = now().getTime() - startedMs
        return ok(`Postgres ${row?.version}, database ${row?.database}, ${tookMs} ms away`)
      }),
  }
}

/** The checks of a database that answers, each over a connection of its own. */
export function databaseChecks(ground: Ground): readonly Check[] {
  return questions.map(([name, question]) => ({
    name,
    run: (signal) =>
      withClient({ url: ground.url, signal }, async (sql) => {
        try {
          return await question(sql, ground)
        } catch (error) {
          // A table or schema that is not there: the migrations say what to do.
          if (!['42P01', '3F000'].includes(databaseCodeOf(error) ?? '')) throw error
          return warn('this database holds no zone yet', 'npm start or sez migrate makes it.')
        }
      }),
  }))
}

async function withClient(
  { url, signal }: { readonly url: string; readonly signal: AbortSignal },
  ask: (sql: Client) => Promise<Finding>,
): Promise<Finding> {
  const connection = openConnection({
    url,
    applicationName: 'sez doctor',
    prepare: false,
    bigints: false,
    limited: false,
  })
  const discard = (): void => connection.discard()
  signal.addEventListener('abort', discard)
  try {
    return await ask(connection.client)
  } catch (error) {
    const code = databaseCodeOf(error) ?? ''
    if (code.startsWith('28') || code === '3D000') throw new SezError('DATABASE_REFUSED')
    const mapped = mapDatabaseError(error)
    if (!(mapped instanceof SezError && mapped.code === 'DATABASE_UNAVAILABLE')) throw mapped
    const advice = 'Check that Postgres runs, and that DATABASE_URL names its host and port.'
    return fail(`Postgres cannot be reached at ${URL.parse(url)?.host}`, advice)
  } finally {
    signal.removeEventListener('abort', discard)
    await connection.end(1)
  }
}

async function askClock(sql: Client, { now }: Ground): Promise<Finding> {
  // The first question pays for the connection, which must not count as skew.
  await sql`select 1`
  const beforeMs = now().getTime()
  const [row] = await sql<{ ms: string }[]>`
    select (extract(epoch from clock_timestamp()) * 1000)::bigint as ms`
  const afterMs = now().getTime()
  return clockFinding(Number(row?.ms) - (beforeMs + afterMs) / 2)
}

/** The verdict on how far the database's clock is ahead of ours. */
export function clockFinding(skewMs: number): Finding {
  const found = `${Math.round(skewMs)} ms ahead of this machine`
  const advice = 'Keep both clocks by NTP: tokens, assertions and log times depend on them.'
  if (Math.abs(skewMs) > skewMaxMs) return fail(found, advice)
  return Math.abs(skewMs) > skewNoticeMs ? warn(found, advice) : ok(found)
}

async function askEncoding(sql: Client): Promise<Finding> {
  const [row] = await sql<{ encoding: string }[]>`
    select current_setting('server_encoding') as encoding`
  const encoding = row?.encoding ?? 'unknown'
  if (encoding === 'UTF8') return ok(encoding)
  return fail(encoding, 'Make the database anew with encoding UTF8: others cannot hold every name.')
}

async function askMigrations(sql: Client): Promise<Finding> {
  const applied = await readApplied(sql)
  const known = new Set<string>()
  const pending = schemasWithMigrations().flatMap((schema) => {
    const migrations = readMigrations(`${migrationsRoot}/${schema}`, schema)
    for (const { tag } of migrations) known.add(`${schema}/${tag}`)
    return pendingMigrations(
      migrations,
      applied.filter((each) => each.schema === schema),
    )
  })
  const ahead = applied.filter(({ schema, tag }) => !known.has(`${schema}/${tag}`))
  if (ahead.length > 0) {
    return warn(
      `${ahead.length} migrations are of a newer release: ${ahead.map(({ tag }) => tag).join(', ')}`,
      'Run the newer release, unless it was just taken back.',
    )
  }
  if (pending.length === 0) return ok(`${applied.length} applied, none pending`)
  const names = pending.map(({ schema, tag }) => `${schema}/${tag}`).join(', ')
  return warn(`pending: ${names}`, 'Run sez migrate, or start the zone, which does it.')
}

async function askZone(sql: Client, { config }: Ground): Promise<Finding> {
  const [zone] = await sql<{ id: string; name: string }[]>`
    select zone_id as id, name from platform.zone`
  if (zone === undefined) return warn('no zone yet', 'npm start or sez migrate makes it.')
  if (zone.id === config.zoneId) return ok(`${zone.id} (${zone.name})`)
  return fail(
    `it belongs to zone ${zone.id}, the configuration names ${config.zoneId}`,
    'Correct SEZ_ZONE_ID, or name another database in DATABASE_URL.',
  )
}

async function rolePrefixOf(sql: Client): Promise<string> {
  const [row] = await sql<{ name: string; made: boolean }[]>`
    select current_database() as name, to_regclass('platform.zone') is not null as made`
  if (row?.made === true) {
    const [zone] = await sql<{ prefix: string }[]>`select role_prefix as prefix from platform.zone`
    if (zone !== undefined) return zone.prefix
  }
  return row?.name ?? ''
}

async function askRoles(sql: Client): Promise<Finding> {
  const wanted = roleNames(await rolePrefixOf(sql), subgraphNames())
  const [login] = await sql<{ name: string; makes: boolean; open: boolean }[]>`
    select rolname as name, rolsuper or rolcreaterole as makes,
      has_database_privilege('public', current_database(), 'CONNECT') as open
    from pg_roles where rolname = current_user`
  const present = await sql<{ name: string }[]>`
    select rolname as name from pg_roles where rolcanlogin and rolname in ${sql(wanted)}`
  const usable = new Set(present.map(({ name }) => name))
  const lacking = wanted.filter((role) => !usable.has(role))
  const who = `login ${login?.name}`
  const advice = 'Give an administrator the SQL of sez migrate --print-roles.'
  if (lacking.length === 0) {
    const found = `each of ${wanted.length} roles may log in`
    return login?.open === true ? warn(`${found}; anybody may connect`, advice) : ok(found)
  }
  const found = `no login for the roles ${lacking.join(', ')}, and ${who}`
  return login?.makes === true
    ? warn(`${found} may make them`, 'Run sez migrate, or start the zone, which does it.')
    : fail(`${found} may not make them`, advice)
}

async function askConnections(sql: Client, { config }: Ground): Promise<Finding> {
  const [row] = await sql<{ room: number; others: number }[]>`
    select least(
        current_setting('max_connections')::int
          - current_setting('superuser_reserved_connections')::int,
        (select case when datconnlimit < 0 then 100000 else datconnlimit end
          from pg_database where datname = current_database()),
        (select case when rolconnlimit < 0 then 100000 else rolconnlimit end
          from pg_roles where rolname = current_user)) as room,
      (select count(*)::int from pg_stat_activity
        where backend_type = 'client backend' and application_name not like 'sez %') as others`
  const { room, others } = row ?? { room: 0, others: 0 }
  const pools = subgraphNames().length + 1
  const needed = pools * (config.databaseConnectionsMax + rawConnections) + otherConnections
  const found = `a zone takes up to ${needed}, ${others} are others', ${room} there may be`
  const advice =
    'Raise max_connections, lower SEZ_DATABASE_CONNECTIONS, or put a pooler in between.'
  if (needed > room) return fail(found, advice)
  return needed + others > room ? warn(found, advice) : ok(found)
}

async function askKey(sql: Client, { config }: Ground): Promise<Finding> {
  const newest = await sql<{ did: string; from: string }[]>`
    select did, valid_from as from from platform.zone_keys
    where valid_from = (select max(valid_from) from platform.zone_keys)`
  if (newest.length === 0) return ok('none yet; the first start registers it')
  const did = readKeyDid(config)
  if (newest.some((each) => each.did === did))
    return ok(`${did} signs from position ${newest[0]?.from}`)
  return fail(
    `the database names ${newest.map((each) => each.did).join(', ')}, the key file holds ${did ?? 'no key'}`,
    'Restore the key file, unless the key is being replaced: the next start registers the one it finds.',
  )
}

async function askLog(sql: Client, { now }: Ground): Promise<Finding> {
  const [row] = await sql<{ head: string; sealed: string; floor: string; newest: Date | null }[]>`
    select (select position from platform.log_head) as head,
      coalesce((select max(size) from platform.checkpoints), 0) as sealed,
      coalesce((select min(position) - 1 from platform.log), 0) as floor,
      (select recorded_at from platform.log order by position desc limit 1) as newest`
  if (row === undefined) return warn('no log', 'npm start or sez migrate makes it.')
  const unsealed = BigInt(row.head) - BigInt(row.sealed)
  const found = `head ${row.head}, sealed ${row.sealed}, archived up to ${row.floor}`
  const aheadMs = row.newest === null ? 0 : row.newest.getTime() - now().getTime()
  if (aheadMs > skewMaxMs) {
    return fail(
      `${found}; its newest entry is of a time to come`,
      'Set the clocks and keep them by NTP.',
    )
  }
  if (unsealed < 0n) {
    return fail(`${found}: more is sealed than there is`, 'Stop the zone and run sez verify zone.')
  }
  if (unsealed <= BigInt(unsealedMax)) return ok(found)
  return warn(
    `${found}: ${unsealed} are not sealed`,
    'See whether the sealer runs and has its key.',
  )
}

async function askWorkers(sql: Client, { now }: Ground): Promise<Finding> {
  const [zone] = await sql<{ runs: boolean }[]>`
    select exists (select from pg_stat_activity where datname = current_database()
      and application_name in ${sql(['platform', ...subgraphNames()].map((name) => `sez ${name}`))}) as runs`
  const beats = await sql<{ name: string; at: Date; detail: string | null }[]>`
    select name, at, detail from platform.heartbeats order by name`
  if (zone?.runs !== true) return ok('no zone runs on this database')
  const silentMaxMs = heartbeatEveryMs * heartbeatsMissedMax
  const silent = beats.filter(({ at }) => now().getTime() - at.getTime() > silentMaxMs)
  if (beats.length === 0 || silent.length > 0) {
    const names = silent.map(({ name, at }) => `${name} since ${at.toISOString()}`).join(', ')
    const advice = 'Read the log of the zone; start it again if nothing there says why.'
    return fail(names === '' ? 'a zone runs, no worker does' : `silent: ${names}`, advice)
  }
  const telling = beats.filter(({ detail }) => detail !== null)
  if (telling.length === 0) return ok(`${beats.length} workers are alive`)
  const told = telling.map(({ name, detail }) => `${name}: ${detail}`).join('; ')
  return warn(told, 'Read the log of the zone for what the worker says.')
}

async function askReactions(sql: Client): Promise<Finding> {
  const parked = await sql<{ reaction: string; code: string; count: number }[]>`
    select reaction, error_code as code, count(*)::int as count from platform.parked
    group by 1, 2 order by 1, 2`
  if (parked.length === 0) return ok('none is parked')
  const told = parked.map(({ reaction, code, count }) => `${count} of ${reaction} by ${code}`)
  return warn(`parked events: ${told.join(', ')}`, 'Mend their cause, then unpark the reaction.')
}
