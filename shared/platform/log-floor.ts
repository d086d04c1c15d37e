/**
 * The floor of the log: what was archived, and how a reader who wants it is refused
 * (spec/20-events.md §10).
 *
 * @module
 */
import { SezError } from '@sez/core/errors'
import { desc, eq } from 'drizzle-orm'
import { type CursorScope, encodeCursor } from '@sez/core/cursor'
import type { Db, Tx } from './db.ts'
import { type ArchiveRow, archives, streamFloors } from './tables.ts'

/** The archive that ends at the floor; null while nothing has been archived. */
export async function lastArchive(db: Db | Tx): Promise<ArchiveRow | null> {
  const [last] = await db.select().from(archives).orderBy(desc(archives.to)).limit(1)
  return last ?? null
}

/** How much of the log has been archived: its entries begin right after this position. */
export async function findFloor(db: Db | Tx): Promise<bigint> {
  return (await lastArchive(db))?.to ?? 0n
}

/**
 * Where reading begins for whoever wants all of a stream, or (null) of the log.
 *
 * @throws {SezError} `EXPIRED_CURSOR` when part of it is archived.
 */
export async function firstPlace(db: Db | Tx, scope: CursorScope): Promise<bigint> {
  const archive = await lastArchive(db)
  if (archive === null) return 0n
  if (scope.stream === null) throw expiredCursor(archive, scope)
  const [row] = await db
    .select({ seq: streamFloors.seq })
    .from(streamFloors)
    .where(eq(streamFloors.stream, scope.stream))
  if (row !== undefined) throw expiredCursor(archive, scope)
  return archive.to
}

/** The refusal of a place below the floor; `details.resume` is the cursor of the archives' end. */
export function expiredCursor(archive: ArchiveRow, scope: CursorScope): SezError {
  const { to: position, hash } = archive
  return new SezError('EXPIRED_CURSOR', {
    field: 'after',
    floor: String(position),
    resume: encodeCursor(scope, { position, hash, isCovered: true }),
  })
}

/**
 * Refuses an entry below the floor.
 *
 * @throws {SezError} `ENTRY_ARCHIVED`.
 */
export async function refuseArchived(db: Db | Tx, position: bigint): Promise<void> {
  const floor = await findFloor(db)
  if (position < 1n || position > floor) return
  throw new SezError('ENTRY_ARCHIVED', { position: String(position), floor: String(floor) })
}
