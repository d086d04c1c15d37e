/** The verdict on the zone log in a database itself, rather than on an export of it. @module */
import { verifyWhole, type WholeVerdict } from '@sez/platform/archive-audit'
import { zoneKeys } from '@sez/platform/tables'
import type { CommandIo } from './command.ts'
import { withZoneDatabase } from './zone-database.ts'

/**
 * Checks every entry, link, node and checkpoint of the configured zone's log in one snapshot, also
 * while the zone runs.
 *
 * @param archives The files of all that was archived, in their order; with none the log's own
 *   record of its floor is taken.
 * @throws {SezError} `CONFIG_INVALID` when there is no zone, `DATABASE_UNAVAILABLE`,
 *   `FILE_UNREADABLE`.
 */
export function verifyZone(
  io: Pick<CommandIo, 'env'>,
  archives: readonly string[],
): Promise<WholeVerdict> {
  return withZoneDatabase(io, 'sez verify zone', async (database) => {
    const rows = await database.db.select({ did: zoneKeys.did }).from(zoneKeys)
    return verifyWhole(database, { archives, zoneDids: rows.map(({ did }) => did) })
  })
}
