/** SQL of what proves a chain: nodes of its mountain range, and signed checkpoints. @module */
import type { Digest } from '@sez/core/digest'
import type { CorridorId } from '@sez/core/ids'
import { leafHash, type MmrNode } from '@sez/core/mmr'
import type { NodeAddress } from '@sez/core/mmr-address'
import type { Db, Tx } from '@sez/platform/db'
import type { Page } from '@sez/platform/page'
import { and, desc, eq, sql } from 'drizzle-orm'
import { among, amongDigests } from './store.ts'
import {
  type CorridorCheckpointRow,
  checkpoints,
  corridors,
  mountainNodes,
  receipts,
} from './tables.ts'

type Reader = Db | Tx

/** The first half of the advisory locks of sealing; the second names the corridor. */
const sealingLockKey = 7_305_101

/** Some full nodes of a corridor's mountain range; which are absent is for the caller to notice. */
export async function findNodes(
  db: Reader,
  corridorId: CorridorId,
  wanted: readonly NodeAddress[],
): Promise<readonly MmrNode[]> {
  const leaves = wanted.filter(({ height }) => height === 0).map(({ index }) => index)
  const inner = wanted.filter(({ height }) => height > 0)
  const heights = sql.param(inner.map(({ height }) => height))
  const indexes = sql.param(inner.map(({ index }) => index))
  const { height, index, hash } = mountainNodes
  const [nodes, roots] = await Promise.all([
    db
      .select({ height, index, hash })
      .from(mountainNodes)
      .where(
        and(
          eq(mountainNodes.corridorId, corridorId),
          sql`(${height}, ${index}) in (select * from unnest(${heights}::int[], ${indexes}::int[]))`,
        ),
      ),
    db
      .select({ sequence: receipts.sequence, nextRoot: receipts.nextRoot })
      .from(receipts)
      .where(and(eq(receipts.corridorId, corridorId), among(receipts.sequence, leaves))),
  ])
  return [
    ...nodes,
    ...roots.map(({ sequence, nextRoot }) => ({
      height: 0,
      index: sequence,
      hash: leafHash(nextRoot),
    })),
  ]
}

/** Chains with receipts under no checkpoint, those signed longest ago first. */
export async function listUnsealed(
  db: Reader,
  limit: number,
): Promise<readonly { readonly id: CorridorId; readonly sealedAt: Date | null }[]> {
  const last = db
    .select({ receiptCount: checkpoints.receiptCount, at: checkpoints.at })
    .from(checkpoints)
    .where(eq(checkpoints.corridorId, corridors.id))
    .orderBy(desc(checkpoints.receiptCount))
    .limit(1)
    .as('last')
  return db
    .select({ id: corridors.id, sealedAt: last.at })
    .from(corridors)
    .leftJoinLateral(last, sql`true`)
    .where(sql`${corridors.receiptCount} > coalesce(${last.receiptCount}, 0)`)
    .orderBy(sql`${last.at} asc nulls first`)
    .limit(limit)
}

/** Whether this transaction may sign this chain: another process's is at it otherwise. */
export async function tryLockSealing(tx: Tx, id: CorridorId): Promise<boolean> {
  const [row] = await tx.execute<{ locked: boolean }>(
    sql`select pg_try_advisory_xact_lock(${sealingLockKey}, hashtext(${id})) as locked`,
  )
  return row?.locked === true
}

export async function insertCheckpoint(tx: Tx, checkpoint: CorridorCheckpointRow): Promise<void> {
  await tx.insert(checkpoints).values(checkpoint)
}

export async function findLatestCheckpoint(
  db: Reader,
  corridorId: CorridorId,
): Promise<CorridorCheckpointRow | null> {
  const [row] = await db
    .select()
    .from(checkpoints)
    .where(eq(checkpoints.corridorId, corridorId))
    .orderBy(desc(checkpoints.receiptCount))
    .limit(1)
  return row ?? null
}

export async function findCheckpoints(
  db: Reader,
  digests: readonly Digest[],
): Promise<ReadonlyMap<Digest, CorridorCheckpointRow>> {
  const rows = await db.select().from(checkpoints).where(amongDigests(checkpoints.digest, digests))
  return new Map(rows.map((row) => [row.digest, row]))
}

export async function listCheckpoints(
  db: Reader,
  page: Page<CorridorCheckpointRow>,
  corridorId: CorridorId,
): Promise<readonly CorridorCheckpointRow[]> {
  return db
    .select()
    .from(checkpoints)
    .where(and(eq(checkpoints.corridorId, corridorId), page.where))
    .orderBy(...page.orderBy)
    .limit(page.limit)
}
