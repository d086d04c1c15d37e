/**
 * Postgres up, migrated, and one pool for each role of a zone: of all of them in one process, or of
 * one in a process of its own (spec/19-storage.md).
 *
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises'
import { SezError } from '@sez/core/errors'
import { admit } from '@sez/drizzle/admission'
import { migrate } from '@sez/drizzle/migrate'
import { platformOwner, roleName } from '@sez/drizzle/roles'
import type { Config } from '@sez/platform/config'
import { type Database, mapDatabaseError, openDatabase } from '@sez/platform/db'
import type { Logger } from '@sez/platform/log'
import { credentialsOf, loginUrl } from '@sez/platform/login'
import { findEmbeddedPostgres, startEmbeddedPostgres } from '@sez/platform/postgres'
import { subgraphs } from './subgraphs.ts'

export interface Storage {
  /** For the log's workers and readiness. */
  readonly platform: Database
  readonly bySubgraph: ReadonlyMap<string, Database>
}

/** Where a database is: past the pooler, and the way that queries take. */
interface Addresses {
  readonly url: string
  readonly directUrl: string
}

/** For the process that has the embedded server to bring it up and migrate it. */
const embeddedWaitMs = 60_000
const embeddedPollMs = 100

/**
 * Opens the storage of a zone on `stack`; `onProgress` hears each step that is done. The addresses
 * of the configuration are the owner's: each role logs in with a password derived from its.
 *
 * @throws {SezError} the codes of the embedded Postgres and of `migrate`, else `CONFIG_INVALID` or
 *   `DATABASE_REFUSED` when a role cannot log in as itself.
 */
export async function openStorage(
  config: Config,
  stack: AsyncDisposableStack,
  { log, onProgress }: { readonly log: Logger; readonly onProgress: (step: string) => void },
): Promise<Storage> {
  const owner = addressesOf(config) ?? (await startOwnServer(config, stack, log))
  onProgress(config.databaseUrl === null ? 'postgres' : 'configuration')
  const { rolePrefix } = await migrateZone(config, owner.directUrl, log)
  onProgress('migrations')
  const open = (name: string): Database =>
    openRole(config, stack, { name, addresses: loginsOf(owner, roleName(rolePrefix, name)) })
  const platform = open(platformOwner)
  const bySubgraph = new Map(subgraphs.map(({ name }) => [name, open(name)]))
  await requireRoles([platform, ...bySubgraph.values()])
  return { platform, bySubgraph }
}

/**
 * Opens on `stack` the storage of one process of a zone: as the role of a subgraph, or of `platform`
 * for the log. The addresses of the configuration are this role's own, and somebody else migrated.
 *
 * Without an address, in development, the processes of a zone share the embedded server of the data
 * folder. The log's starts and migrates it; the others wait for that, and derive their login from
 * the folder's password.
 *
 * @param options `name` a subgraph's, or `platform`; `signal` gives up the waiting.
 * @throws {SezError} `CONFIG_INVALID` when the login is not `<prefix>_<name>`, `SCHEMA_BEHIND`,
 *   `ZONE_MISMATCH`, `DATABASE_REFUSED`, `DATABASE_UNAVAILABLE`; without an address also the codes
 *   of the embedded Postgres and of `migrate`.
 */
export async function openProcessStorage(
  config: Config,
  stack: AsyncDisposableStack,
  options: { readonly name: string; readonly log: Logger; readonly signal?: AbortSignal },
): Promise<Database> {
  const { name, log } = options
  const own = addressesOf(config)
  if (own === null && name !== platformOwner) return joinServer(config, stack, options)
  const addresses = own ?? (await startLogServer(config, stack, log))
  const { user } = credentialsOf(addresses.url)
  if (credentialsOf(addresses.directUrl).user !== user) {
    const message = 'DATABASE_DIRECT_URL names another login than DATABASE_URL. Use the same.'
    throw new SezError('CONFIG_INVALID', { field: 'DATABASE_DIRECT_URL' }, { message })
  }
  const database = openRole(config, stack, { name, addresses })
  await admit(database.raw, { name, zoneId: config.zoneId })
  return database
}

function addressesOf({ databaseUrl, databaseDirectUrl }: Config): Addresses | null {
  if (databaseUrl === null) return null
  return { url: databaseUrl, directUrl: databaseDirectUrl ?? databaseUrl }
}

async function startOwnServer(
  { dataDir }: Config,
  stack: AsyncDisposableStack,
  log: Logger,
): Promise<Addresses> {
  const { url } = stack.use(await startEmbeddedPostgres({ dataDir, log }))
  return { url, directUrl: url }
}

async function startLogServer(
  config: Config,
  stack: AsyncDisposableStack,
  log: Logger,
): Promise<Addresses> {
  const owner = await startOwnServer(config, stack, log)
  const { rolePrefix } = await migrateZone(config, owner.directUrl, log)
  return loginsOf(owner, roleName(rolePrefix, platformOwner))
}

/** Tries until the log's process has the server up and migrated; then gives the last refusal. */
async function joinServer(
  config: Config,
  stack: AsyncDisposableStack,
  { name, signal }: { readonly name: string; readonly signal?: AbortSignal },
): Promise<Database> {
  const deadline = performance.now() + embeddedWaitMs
  for (;;) {
    await using attempt = new AsyncDisposableStack()
    try {
      const database = await joinOnce(config, attempt, name)
      stack.use(attempt.move())
      return database
    } catch (error) {
      const isFinal = !(error instanceof SezError) || error.code === 'ZONE_MISMATCH'
      if (isFinal || performance.now() > deadline) throw error
    }
    await delay(embeddedPollMs, undefined, signal === undefined ? {} : { signal })
  }
}

async function joinOnce(
  config: Config,
  stack: AsyncDisposableStack,
  name: string,
): Promise<Database> {
  const url = findEmbeddedPostgres(config.dataDir)
  if (url === null) {
    const message = `No server runs on ${config.dataDir}. Start the process of the log first.`
    throw new SezError('POSTGRES_UNAVAILABLE', {}, { message })
  }
  // The embedded zone lives in the database whose name is the prefix of its roles.
  const role = roleName(new URL(url).pathname.slice(1), name)
  const addresses = loginsOf({ url, directUrl: url }, role)
  const database = openRole(config, stack, { name, addresses })
  await admit(database.raw, { name, zoneId: config.zoneId })
  return database
}

function migrateZone({ zoneId, zoneName }: Config, url: string, log: Logger) {
  return migrate({ url, zoneId, zoneName, log })
}

/** The same addresses for a role: its password comes from that of the owner who migrates. */
function loginsOf({ url, directUrl }: Addresses, role: string): Addresses {
  const { password } = credentialsOf(directUrl)
  return { url: loginUrl(url, role, password), directUrl: loginUrl(directUrl, role, password) }
}

function openRole(
  { databaseConnectionsMax }: Config,
  stack: AsyncDisposableStack,
  { name, addresses }: { readonly name: string; readonly addresses: Addresses },
): Database {
  const { url, directUrl } = addresses
  return stack.use(
    openDatabase({
      url,
      listenUrl: directUrl,
      connectionsMax: databaseConnectionsMax,
      applicationName: `sez ${name}`,
      // The other address is a pooler's: a statement named through it hangs or is another's.
      prepare: url === directUrl,
    }),
  )
}

/**
 * Proves that every pool acts as the login in its address: a pooler may map all of them to one.
 *
 * @throws {SezError} `CONFIG_INVALID`; `DATABASE_REFUSED` when a login is not let in.
 */
export async function requireRoles(
  databases: readonly Pick<Database, 'raw' | 'role'>[],
): Promise<void> {
  for (const { raw, role } of databases) {
    const [row] = await usersOf(raw, role)
    if (row?.user === role && row?.session === role) continue
    const message =
      `DATABASE_URL lets the login ${role} act as ${row?.user}. ` +
      'Name an address that keeps every login itself, as Postgres does.'
    throw new SezError('CONFIG_INVALID', { field: 'DATABASE_URL' }, { message })
  }
}

async function usersOf(
  raw: Database['raw'],
  role: string | null,
): Promise<{ readonly user: string; readonly session: string }[]> {
  try {
    return await raw<{ user: string; session: string }[]>`
      select current_user::text as user, session_user::text as session`
  } catch (error) {
    const mapped = mapDatabaseError(error)
    if (!(mapped instanceof SezError && mapped.code === 'DATABASE_REFUSED')) throw mapped
    const message =
      `Postgres refused the login ${role}. A zone in one process derives its password from the ` +
      'one in DATABASE_URL: let an administrator run the SQL of sez migrate --print-roles.'
    throw new SezError('DATABASE_REFUSED', {}, { message, cause: mapped })
  }
}
