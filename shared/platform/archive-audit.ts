/** The verdict on a log together with the files of what was archived from it. @module */
import type { Digest } from '@sez/core/digest'
import type { Database } from './db.ts'
import { type LogVerdict, verifyLog } from './log-audit.ts'
import { type HistoryVerdict, readHistory } from './log-history.ts'

/** The verdict on a log and, when they were given, on the archives before its floor. */
export interface WholeVerdict extends LogVerdict {
  readonly archives: HistoryVerdict | null
}

/**
 * Reads the archives first, if any are given, then the log from where they end.
 *
 * @param options `archives` are the files of all that was archived, in their order; with none the
 *   log's own record of its floor is taken · `onEntry` is called for each entry found good, in order.
 * @throws {SezError} `FILE_UNREADABLE`, `NOT_CANONICAL` for a file.
 */
export async function verifyWhole(
  database: Pick<Database, 'db'>,
  options: {
    readonly archives: readonly string[]
    readonly zoneDids: readonly string[]
    readonly onEntry?: (position: bigint, hash: Digest, root: () => Digest | null) => void
  },
): Promise<WholeVerdict> {
  const { archives: files, zoneDids, onEntry = () => {} } = options
  const ofLog: Parameters<typeof verifyLog>[1] = {
    onEntry: ({ position, hash }, root) => onEntry(position, hash, root),
  }
  if (files.length === 0) return { ...(await verifyLog(database, ofLog)), archives: null }
  const { verdict, end } = await readHistory(files, { zoneDids, onEntry })
  if (end === null || end.root === null) {
    return { ...(await verifyLog(database, ofLog)), valid: false, archives: verdict }
  }
  const archived = { ...end, root: end.root }
  const isWhole = verdict.from === 1n
  const log = await verifyLog(database, { ...ofLog, archived })
  return { ...log, valid: log.valid && isWhole, archives: verdict }
}
