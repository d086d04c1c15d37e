/** The verdict on the zone log in a database itself, rather than on an export of it. @module */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { SezError } from '@sez/core/errors'
import { type Config, parseConfig } from '@sez/platform/config'
import { databaseCodeOf, mapDatabaseError, openDatabase } from '@sez/platform/db'
import { openLog } from '@sez/platform/log'
import { type LogVerdict, verifyLog } from '@sez/platform/log-audit'
import { startEmbeddedPostgres } from '@sez/platform/postgres'
import type { CommandIo } from './command.ts'

/** SQLSTATE of a table or schema that is not there. */
const missingCodes: readonly (string | null)[] = ['42P01', '3F000']

/**
 * Checks every entry, link, node and checkpoint of the configured zone's log in one snapshot, also
 * while the zone runs.
 *
 * @throws {SezError} `CONFIG_INVALID` when there is no zone, `DATABASE_UNAVAILABLE`.
 */
export async function verifyZone(io: Pick<CommandIo, 'env'>): Promise<LogVerdict> {
  const config = parseConfig(io.env)
  await using stack = new AsyncDisposableStack()
  const url = config.databaseDirectUrl ?? config.databaseUrl ?? (await embedded(config, stack))
  const database = stack.use(
    openDatabase({ url, connectionsMax: 1, applicationName: 'sez verify zone' }),
  )
  try {
    return await verifyLog(database)
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
