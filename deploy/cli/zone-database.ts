/** The database of the configured zone, for commands that look at it or tend it. @module */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { SezError } from '@sez/core/errors'
import { type Config, parseConfig } from '@sez/platform/config'
import { type Database, databaseCodeOf, mapDatabaseError, openDatabase } from '@sez/platform/db'
import { openLog } from '@sez/platform/log'
import { startEmbeddedPostgres } from '@sez/platform/postgres'
import type { CommandIo } from './command.ts'

/** SQLSTATE of a table or schema that is not there. */
const missingCodes: readonly (string | null)[] = ['42P01', '3F000']

/**
 * Works on the database of the configured zone as the login of `DATABASE_DIRECT_URL`, or else of
 * `DATABASE_URL`, also while the zone runs.
 *
 * @throws {SezError} `CONFIG_INVALID` when there is no zone, `DATABASE_UNAVAILABLE`.
 */
export async function withZoneDatabase<Answer>(
  io: Pick<CommandIo, 'env'>,
  applicationName: string,
  work: (database: Database) => Promise<Answer>,
): Promise<Answer> {
  const config = parseConfig(io.env)
  await using stack = new AsyncDisposableStack()
  const url = config.databaseDirectUrl ?? config.databaseUrl ?? (await embedded(config, stack))
  const database = stack.use(openDatabase({ url, connectionsMax: 2, applicationName }))
  try {
    return await work(database)
  } catch (error) {
    if (missingCodes.includes(databaseCodeOf(error))) throw noZone('this database')
    throw mapDatabaseError(error)
  }
}

/** The server of the data folder: joined while its zone runs, else started for the while. */
async function embedded({ dataDir }: Config, stack: AsyncDisposableStack): Promise<string> {
  if (!existsSync(join(dataDir, 'postgres', 'data'))) throw noZone(dataDir)
  const log = openLog({ level: 'silent', pretty: false })
  return stack.use(await startEmbeddedPostgres({ dataDir, log })).url
}

function noZone(place: string): SezError {
  const message = `There is no zone in ${place}. Name its DATABASE_URL or SEZ_DATA_DIR.`
  return new SezError('CONFIG_INVALID', { field: 'DATABASE_URL' }, { message })
}
