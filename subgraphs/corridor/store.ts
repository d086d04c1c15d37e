/**
 * SQL of corridors and receipts; that of appending is in chain-store.ts, that of their proofs in
 * checkpoint-store.ts. Writers take a `Tx`, readers a `Db` or a `Tx`.
 *
 * @module
 */
import type { Did } from '@sez/core/did'
import type { Digest } from '@sez/core/digest'
import type { CorridorId } from '@sez/core/ids'
import type { Db, Tx } from '@sez/platform/db'
import type { Page } from '@sez/platform/page'
import { and, asc, type Column, count, desc, eq, exists, type SQL, sql } from 'drizzle-orm'
import {
  type CorridorDocumentRow,
  type CorridorParticipantRow,
  type CorridorRow,
  corridors,
  documents,
  participants,
  type ReceiptProofRow,
  type ReceiptRow,
  receiptProofs,
  receipts,
} from './tables.ts'

type Reader = Db | Tx

// An array parameter keeps one statement text for every length, so that it is prepared once.
export const among = (column: Column, values: readonly (string | number)[]): SQL =>
  sql`${column} = any(${sql.param([...values])})`

// Digests travel as text, because the driver has no arrays of bytes.
export const amongDigests = (column: Column, digests: readonly Digest[]): SQL =>
  sql`${column} = any(array(
    select decode(hex, 'hex') from unnest(${sql.param([...digests])}::text[]) as hex))`

// ------------------------------------------------------------------------------------- corridors

export async function findCorridors(
  db: Reader,
  ids: readonly CorridorId[],
): Promise<ReadonlyMap<CorridorId, CorridorRow>> {
  const rows = await db.select().from(corridors).where(among(corridors.id, ids))
  return new Map(rows.map((row) => [row.id, row]))
}

/**
 * Reads the corridor and holds its row until `tx` ends: moves and receipts come one at a time. Only
 * its key stays shareable, so that rows which refer to it can be written meanwhile.
 */
export async function lockCorridor(tx: Tx, id: CorridorId): Promise<CorridorRow | null> {
  const [row] = await tx.select().from(corridors).where(eq(corridors.id, id)).for('no key update')
  return row ?? null
}

/** @returns False when there is a corridor with this id already. */
export async function insertCorridor(
  tx: Tx,
  corridor: CorridorRow,
  members: readonly CorridorParticipantRow[],
): Promise<boolean> {
  const inserted = await tx
    .insert(corridors)
    .values(corridor)
    .onConflictDoNothing()
    .returning({ id: corridors.id })
  if (inserted.length === 0) return false
  await tx.insert(participants).values([...members])
  return true
}

export async function updateCorridor(
  tx: Tx,
  id: CorridorId,
  changes: Partial<Omit<CorridorRow, 'id' | 'createdAt'>>,
): Promise<void> {
  await tx.update(corridors).set(changes).where(eq(corridors.id, id))
}

/**
 * The rows of a page.
 *
 * @param own Only corridors in which this DID takes part; null for all.
 * @param ids Only these; null for all.
 */
export async function listCorridors(
  db: Reader,
  page: Page<CorridorRow>,
  wanted: CorridorsWanted,
): Promise<readonly CorridorRow[]> {
  return db
    .select()
    .from(corridors)
    .where(and(wantedSql(db, wanted), page.where))
    .orderBy(...page.orderBy)
    .limit(page.limit)
}

export async function countCorridors(db: Reader, wanted: CorridorsWanted): Promise<number> {
  const [row] = await db.select({ count: count() }).from(corridors).where(wantedSql(db, wanted))
  return row?.count ?? 0
}

/** Which corridors a list is about, whatever its page. */
export interface CorridorsWanted {
  readonly filter: SQL | undefined
  /** Only corridors in which this DID takes part; null for all. */
  readonly participant: Did | null
  /** Only these; null for all. */
  readonly ids: ReadonlySet<CorridorId> | null
}

function wantedSql(db: Reader, { filter, participant, ids }: CorridorsWanted): SQL | undefined {
  return and(
    filter,
    participant === null ? undefined : hasParticipant(db, participant),
    ids === null ? undefined : among(corridors.id, [...ids]),
  )
}

/** Whether a DID takes part in the corridor of the row. */
export function hasParticipant(db: Reader, did: Did): SQL {
  return exists(
    db
      .select({ one: sql`1` })
      .from(participants)
      .where(and(eq(participants.corridorId, corridors.id), eq(participants.did, did))),
  )
}

export async function findParticipants(
  db: Reader,
  ids: readonly CorridorId[],
): Promise<ReadonlyMap<CorridorId, readonly CorridorParticipantRow[]>> {
  const rows = await db
    .select()
    .from(participants)
    .where(among(participants.corridorId, ids))
    .orderBy(asc(participants.corridorId), asc(participants.position))
  return Map.groupBy(rows, ({ corridorId }) => corridorId)
}

export async function insertDocuments(
  tx: Tx,
  corridorId: CorridorId,
  added: readonly Pick<CorridorDocumentRow, 'kind' | 'digest' | 'document' | 'receivedAt'>[],
): Promise<void> {
  // The corridor's row is locked by the caller, so nobody else counts at the same time.
  const [row] = await tx
    .select({ count: count() })
    .from(documents)
    .where(eq(documents.corridorId, corridorId))
  const first = row?.count ?? 0
  await tx
    .insert(documents)
    .values(added.map((each, index) => ({ ...each, corridorId, position: first + index })))
}

/** The transitions a corridor has followed, as far as the one called `digest` is judged by them. */
export async function findFollowed(
  tx: Tx,
  corridorId: CorridorId,
  digest: Digest,
): Promise<{ readonly isUsed: boolean; readonly last: string | null }> {
  const isOfCorridor = eq(documents.corridorId, corridorId)
  const [used, [last]] = await Promise.all([
    tx
      .select({ position: documents.position })
      .from(documents)
      .where(and(isOfCorridor, eq(documents.digest, digest))),
    tx
      .select({ document: documents.document })
      .from(documents)
      .where(and(isOfCorridor, eq(documents.kind, 'TRANSITION')))
      .orderBy(desc(documents.position))
      .limit(1),
  ])
  return { isUsed: used.length > 0, last: last?.document ?? null }
}

export async function findDocuments(
  db: Reader,
  ids: readonly CorridorId[],
): Promise<ReadonlyMap<CorridorId, readonly CorridorDocumentRow[]>> {
  const rows = await db
    .select()
    .from(documents)
    .where(among(documents.corridorId, ids))
    .orderBy(asc(documents.corridorId), asc(documents.position))
  return Map.groupBy(rows, ({ corridorId }) => corridorId)
}

// -------------------------------------------------------------------------------------- receipts

export async function findReceipt(
  db: Reader,
  corridorId: CorridorId,
  sequence: number,
): Promise<ReceiptRow | null> {
  const [row] = await db
    .select()
    .from(receipts)
    .where(and(eq(receipts.corridorId, corridorId), eq(receipts.sequence, sequence)))
  return row ?? null
}

export async function findReceiptsBySequence(
  db: Reader,
  corridorId: CorridorId,
  sequences: readonly number[],
): Promise<ReadonlyMap<number, ReceiptRow>> {
  const rows = await db
    .select()
    .from(receipts)
    .where(and(eq(receipts.corridorId, corridorId), among(receipts.sequence, sequences)))
  return new Map(rows.map((row) => [row.sequence, row]))
}

export async function findReceiptsByRoot(
  db: Reader,
  nextRoots: readonly Digest[],
): Promise<ReadonlyMap<Digest, ReceiptRow>> {
  const rows = await db.select().from(receipts).where(amongDigests(receipts.nextRoot, nextRoots))
  return new Map(rows.map((row) => [row.nextRoot, row]))
}

export async function listReceipts(
  db: Reader,
  page: Page<ReceiptRow>,
  corridorId: CorridorId,
  filter: SQL | undefined,
): Promise<readonly ReceiptRow[]> {
  return db
    .select()
    .from(receipts)
    .where(and(eq(receipts.corridorId, corridorId), filter, page.where))
    .orderBy(...page.orderBy)
    .limit(page.limit)
}

export async function countReceipts(
  db: Reader,
  corridorId: CorridorId,
  filter: SQL | undefined,
): Promise<number> {
  const [row] = await db
    .select({ count: count() })
    .from(receipts)
    .where(and(eq(receipts.corridorId, corridorId), filter))
  return row?.count ?? 0
}

/** The newest receipts of a corridor, newest first. */
export async function listLastReceipts(
  db: Reader,
  corridorId: CorridorId,
  limit: number,
): Promise<readonly ReceiptRow[]> {
  return db
    .select()
    .from(receipts)
    .where(eq(receipts.corridorId, corridorId))
    .orderBy(desc(receipts.sequence))
    .limit(limit)
}

/** Whether a DID has signed the receipt of the row. */
export function hasSigner(db: Reader, did: Did): SQL {
  return exists(
    db
      .select({ one: sql`1` })
      .from(receiptProofs)
      .where(
        and(
          eq(receiptProofs.corridorId, receipts.corridorId),
          eq(receiptProofs.sequence, receipts.sequence),
          eq(receiptProofs.signer, did),
        ),
      ),
  )
}

/** The proofs of some receipts of one corridor, by sequence, in the order they came. */
export async function findProofs(
  db: Reader,
  corridorId: CorridorId,
  sequences: readonly number[],
): Promise<ReadonlyMap<number, readonly ReceiptProofRow[]>> {
  const rows = await db
    .select()
    .from(receiptProofs)
    .where(and(eq(receiptProofs.corridorId, corridorId), among(receiptProofs.sequence, sequences)))
    .orderBy(asc(receiptProofs.sequence), asc(receiptProofs.position))
  return Map.groupBy(rows, ({ sequence }) => sequence)
}
