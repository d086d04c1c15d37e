/** Reading the zone log: entries, positions, checkpoints, and places named by cursors. @module */
import { type Digest, parseDigest } from '@sez/core/digest'
import { SezError } from '@sez/core/errors'
import { type EventId, type ZoneId, zoneId } from '@sez/core/ids'
import { invariant } from '@sez/core/invariant'
import { isJsonObject, parseJson } from '@sez/core/json'
import {
  type ConsistencyProof,
  consistencyPath,
  consistencyProofFromNodes,
  type InclusionProof,
  inclusionPath,
  inclusionProofFromNodes,
  peakAddresses,
} from '@sez/core/mmr'
import { parseTimestamp, type Timestamp } from '@sez/core/timestamp'
import { and, asc, desc, eq, gt, gte, lte, sql } from 'drizzle-orm'
import { type CursorPlace, type CursorScope, decodeCursor } from '@sez/core/cursor'
import type { Db, Tx } from './db.ts'
import { eventBytesMax } from './limits.ts'
import { expiredCursor, findFloor, lastArchive, refuseArchived } from './log-floor.ts'
import { readNodes } from './log-range.ts'
import { readTail, type SezEvent } from './outbox.ts'
import {
  archives,
  type CheckpointRow,
  checkpoints,
  log,
  logEvents,
  logHead,
  type LogRow,
} from './tables.ts'

/** One entry of the zone log (spec/20-events.md §4). */
export interface LogEntry {
  /** Dense, from 1. */
  readonly position: bigint
  readonly eventId: EventId
  readonly stream: string
  /** Dense within the stream, from 1. */
  readonly streamSeq: number
  readonly streamPrev: Digest | null
  readonly type: string
  /** The event's canonical text; {@link parseEvent} reads it. */
  readonly canonical: string
  /** SHA-256 of `canonical`. */
  readonly digest: Digest
  /** Chains all entries: SHA-256 of the previous hash and this digest. */
  readonly hash: Digest
  readonly recordedAt: Date
}

/** The end of the log: `position` 0 and the genesis hash when it is empty. */
export interface LogHead {
  readonly position: bigint
  readonly hash: Digest
}

/** A signed statement of the whole log up to `size` (spec/20-events.md §5). */
export interface LogCheckpoint {
  readonly zoneId: ZoneId
  readonly size: bigint
  /** Root of the MMR over the entries' hashes. */
  readonly root: Digest
  readonly headHash: Digest
  readonly at: Timestamp
  /** The signed document as it was sealed: what a verifier needs. */
  readonly text: string
  /** Digest of the document without its proof. */
  readonly digest: Digest
}

/** Entries one read of the log returns at most. */
export const logPageEntriesMax = 500

/**
 * The entry at a position or of an event; null when there is none (yet).
 *
 * @throws {SezError} `ENTRY_ARCHIVED` below the floor.
 */
export async function findEntry(
  db: Db | Tx,
  wanted: { readonly position: bigint } | { readonly eventId: EventId },
): Promise<LogEntry | null> {
  const position =
    'position' in wanted
      ? wanted.position
      : (await positionsOf(db, [wanted.eventId])).get(wanted.eventId)
  if (position === undefined) return null
  const [row] = await db.select().from(log).where(eq(log.position, position))
  if (row === undefined) await refuseArchived(db, position)
  return row === undefined ? null : entryOf(row)
}

/**
 * Entries after a position in order, of one stream or (null) of all.
 *
 * @param wanted `upTo` is the last position wanted, if any; `limit` is at most 500.
 * @throws {SezError} `EXPIRED_CURSOR` when entries after that position are archived.
 */
export async function listEntries(
  db: Db | Tx,
  wanted: {
    readonly stream: string | null
    readonly after: bigint
    readonly upTo?: bigint
    readonly limit: number
  },
): Promise<LogEntry[]> {
  const { stream, after, upTo, limit } = wanted
  invariant(limit > 0 && limit <= logPageEntriesMax, `a page of the log has 1 to 500 entries`)
  const rows = await db
    .select()
    .from(log)
    .where(
      and(
        gt(log.position, after),
        // In the same statement, so that what is archived meanwhile is not silently passed over.
        sql`${after}::bigint >= (select coalesce(max(${archives.to}), 0) from ${archives})`,
        upTo === undefined ? undefined : lte(log.position, upTo),
        stream === null ? undefined : eq(log.stream, stream),
      ),
    )
    .orderBy(asc(log.position))
    .limit(limit)
  if (rows.length === 0) {
    const floor = await findFloor(db)
    if (after < floor) {
      throw new SezError('EXPIRED_CURSOR', { field: 'after', floor: String(floor) })
    }
  }
  return rows.map(entryOf)
}

/** The positions of those events that have one, archived or not. */
export async function positionsOf(
  db: Db | Tx,
  eventIds: readonly EventId[],
): Promise<Map<EventId, bigint>> {
  const rows = await db
    .select()
    .from(logEvents)
    .where(sql`${logEvents.eventId} = any(${sql.param([...eventIds])}::text[])`)
  return new Map(rows.map((row) => [row.eventId, row.position]))
}

/** The end of the log. */
export async function readHead(db: Db | Tx): Promise<LogHead> {
  const [head] = await db.select().from(logHead)
  invariant(head !== undefined, 'the log has a head from the moment the zone has a name')
  return { position: head.position, hash: head.hash }
}

/** The newest checkpoint, or the newest of at most `sizeMax` entries; null before the first. */
export async function latestCheckpoint(
  db: Db | Tx,
  sizeMax?: bigint,
): Promise<LogCheckpoint | null> {
  const [row] = await db
    .select()
    .from(checkpoints)
    .where(sizeMax === undefined ? undefined : lte(checkpoints.size, sizeMax))
    .orderBy(desc(checkpoints.size))
    .limit(1)
  return row === undefined ? null : checkpointOf(row)
}

/** The first checkpoint that covers `position`; null while there is none. */
export async function checkpointCovering(
  db: Db | Tx,
  position: bigint,
): Promise<LogCheckpoint | null> {
  const [row] = await db
    .select()
    .from(checkpoints)
    .where(gte(checkpoints.size, position))
    .orderBy(asc(checkpoints.size))
    .limit(1)
  return row === undefined ? null : checkpointOf(row)
}

/** The checkpoint of exactly that size, or null. */
export async function findCheckpoint(db: Db | Tx, size: bigint): Promise<LogCheckpoint | null> {
  const [row] = await db.select().from(checkpoints).where(eq(checkpoints.size, size))
  return row === undefined ? null : checkpointOf(row)
}

/** What happened, as it was hashed. */
export function parseEvent(entry: Pick<LogEntry, 'canonical'>): SezEvent {
  const event = parseJson(entry.canonical, { bytesMax: eventBytesMax })
  invariant(isJsonObject(event) && event['event'] === 'sez.event.v1', 'the log holds events only')
  // Only `publish` makes events, and the log re-checks their digest.
  return event as unknown as SezEvent
}

/** A place in the log with the entry it stands behind; null for the floor, whose is archived. */
export interface FoundPlace extends CursorPlace {
  readonly entry: LogEntry | null
}

/**
 * The place a cursor names, once the log agrees with it.
 *
 * @throws {SezError} `CURSOR_INVALID`, `CURSOR_FORKED`, `FUTURE_CURSOR`, `EXPIRED_CURSOR`;
 *   details.field is `after`.
 */
export async function resolveCursor(
  db: Db | Tx,
  scope: CursorScope,
  text: string,
): Promise<FoundPlace> {
  const { position, hashStart, isCovered } = decodeCursor(scope, text)
  const head = await readHead(db)
  if (position > head.position) {
    throw new SezError('FUTURE_CURSOR', { field: 'after', head: String(head.position) })
  }
  const [row] = await db.select().from(log).where(eq(log.position, position))
  const archive = row === undefined ? await lastArchive(db) : null
  if (archive !== null && position < archive.to) throw expiredCursor(archive, scope)
  const hash = row?.hash ?? archive?.hash
  invariant(
    hash !== undefined && (row !== undefined || archive?.to === position),
    `the log has no gap, also not at ${position}`,
  )
  if (!hash.startsWith(hashStart)) {
    throw new SezError('CURSOR_FORKED', { field: 'after', reason: 'another history' })
  }
  return { position, hash, isCovered, entry: row === undefined ? null : entryOf(row) }
}

/**
 * Proves that the entry at `position` is in the log that a checkpoint of `size` entries states.
 *
 * @throws {SezError} `VALIDATION_ERROR` unless 1 ≤ position ≤ size ≤ that of the newest checkpoint;
 *   details.field names the one at fault. `ENTRY_ARCHIVED` below the floor.
 */
export async function logInclusionProof(
  db: Db | Tx,
  position: bigint,
  size: bigint,
): Promise<InclusionProof> {
  await requireSealed(db, size, 'size')
  if (position < 1n || position > size) throw outOfRange('position', `from 1 to ${size}`)
  const leaves = Number(size)
  const index = Number(position) - 1
  const addresses = [...inclusionPath(leaves, index), ...peakAddresses(leaves)]
  const [entry, readNode] = await Promise.all([
    findEntry(db, { position }),
    readNodes(db, addresses),
  ])
  invariant(entry !== null, `the log has an entry at ${position}`)
  return inclusionProofFromNodes({ size: leaves, index, nextRoot: entry.hash }, readNode)
}

/**
 * Proves that the log of `from` entries is the beginning of the log of `to` entries.
 *
 * @throws {SezError} `VALIDATION_ERROR` unless 1 ≤ from ≤ to ≤ the newest checkpoint's size;
 *   details.field names the one at fault. `ENTRY_ARCHIVED` below the floor for a size that no
 *   checkpoint has.
 */
export async function logConsistencyProof(
  db: Db | Tx,
  from: bigint,
  to: bigint,
): Promise<ConsistencyProof> {
  await requireSealed(db, to, 'to')
  if (from < 1n || from > to) throw outOfRange('from', `from 1 to ${to}`)
  const sizes = { from: Number(from), to: Number(to) }
  const readNode = await readNodes(db, [
    ...consistencyPath(sizes.from, sizes.to),
    ...peakAddresses(sizes.from),
    ...peakAddresses(sizes.to),
  ])
  return consistencyProofFromNodes(sizes, readNode)
}

function entryOf(row: LogRow): LogEntry {
  return { ...row, ...readTail(row.canonical) }
}

export function checkpointOf(row: CheckpointRow): LogCheckpoint {
  const document = parseJson(row.document)
  invariant(isJsonObject(document), 'a checkpoint is an object')
  return {
    zoneId: zoneId(document['zoneId']),
    size: row.size,
    root: parseDigest(document['root']),
    headHash: parseDigest(document['headHash']),
    at: parseTimestamp(document['at']),
    text: row.document,
    digest: row.digest,
  }
}

async function requireSealed(db: Db | Tx, size: bigint, field: string): Promise<void> {
  const newest = await latestCheckpoint(db)
  const sealed = newest?.size ?? 0n
  if (size < 1n || size > sealed) {
    throw outOfRange(field, `from 1 to ${sealed}, the size of the newest checkpoint`)
  }
}

function outOfRange(field: string, range: string): SezError {
  const problems = [{ path: field, reason: `must be ${range}` }]
  return new SezError('VALIDATION_ERROR', { field, problems })
}
