/** Postgres up, migrated, and one pool for each role of a zone. @module */
import { SezError } from '@sez/core/errors'
import { migrate } from '@sez/drizzle/migrate'
import { roleName } from '@sez/drizzle/roles'
import type { Config } from '@sez/platform/config'
import { type Database, openDatabase } from '@sez/platform/db'
import type { Logger } from '@sez/platform/log'
import { startEmbeddedPostgres } from '@sez/platform/postgres'
import { subgraphs } from './subgraphs.ts'

export interface Storage {
  /** For the log's workers and readiness. */
  readonly platform: Database
  readonly bySubgraph: ReadonlyMap<string, Database>
}

/**
 * Opens the storage of a zone on `stack`; `onProgress` hears each step that is done.
 *
 * @throws {SezError} the codes of the embedded Postgres and of `migrate`, else `CONFIG_INVALID`.
 */
export async function openStorage(
  config: Config,
  stack: AsyncDisposableStack,
  { log, onProgress }: { readonly log: Logger; readonly onProgress: (step: string) => void },
): Promise<Storage> {
  const embedded =
    config.databaseUrl === null
      ? stack.use(await startEmbeddedPostgres({ dataDir: config.dataDir, log }))
      : null
  const url = embedded?.url ?? config.databaseUrl
  if (url === null) throw new SezError('CONFIG_INVALID', { field: 'DATABASE_URL' })
  const directUrl = config.databaseDirectUrl ?? url
  onProgress(embedded === null ? 'configuration' : 'postgres')
  const { rolePrefix } = await migrate({
    url: directUrl,
    zoneId: config.zoneId,
    zoneName: config.zoneName,
    log,
  })
  onProgress('migrations')
  const open = (name: string, address: string) =>
    stack.use(
      openDatabase({
        url: address,
        role: roleName(rolePrefix, name),
        connectionsMax: config.databaseConnectionsMax,
        applicationName: `sez ${name}`,
        prepare: !config.databasePooler || address === directUrl,
      }),
    )
  const platform = open('platform', directUrl)
  const bySubgraph = new Map(subgraphs.map(({ name }) => [name, open(name, url)]))
  await requireRoles([platform, ...bySubgraph.values()])
  return { platform, bySubgraph }
}

/**
 * Proves that every pool acts as its role. A pooler may drop the role that a connection starts
 * with; then each subgraph would act as the login, which may do everything.
 *
 * @throws {SezError} `CONFIG_INVALID`.
 */
export async function requireRoles(
  databases: readonly Pick<Database, 'raw' | 'role'>[],
): Promise<void> {
  for (const { raw, role } of databases) {
    const [row] = await raw<{ user: string }[]>`select current_user::text as user`
    if (row?.user === role) continue
    const message =
      `DATABASE_URL lets the role ${role} act as ${row?.user}. ` +
      'Name an address that keeps the role a connection starts with, as Postgres itself does.'
    throw new SezError('CONFIG_INVALID', { field: 'DATABASE_URL' }, { message })
  }
}
