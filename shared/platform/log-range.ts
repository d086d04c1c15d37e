/**
 * The Merkle mountain range over the log's hashes, kept as nodes so that any proof takes O(log n)
 * reads (spec/20-events.md §5).
 *
 * @module
 */
import type { Digest } from '@sez/core/digest'
import { invariant } from '@sez/core/invariant'
import {
  leafHash,
  type MmrNode,
  type NodeAddress,
  nodesForAppend,
  peakAddresses,
  type ReadNode,
} from '@sez/core/mmr'
import { sql } from 'drizzle-orm'
import type { Db, Tx } from './db.ts'
import { refuseArchived } from './log-floor.ts'
import { log, logNodes } from './tables.ts'

/**
 * Fetches nodes of the stored range at once. Those of height 0 are computed from the log's own
 * hashes; few are stored, for archived entries. Asking the result for any other node is an
 * invariant's violation.
 *
 * @throws {SezError} `ENTRY_ARCHIVED` for a leaf below the floor that was not kept.
 */
export async function readNodes(db: Db | Tx, wanted: readonly NodeAddress[]): Promise<ReadNode> {
  const positions = wanted.filter((each) => each.height === 0).map((each) => each.index + 1)
  const [known, leaves] = await Promise.all([
    findNodes(db, wanted),
    positions.length === 0
      ? []
      : db
          .select({ position: log.position, hash: log.hash })
          .from(log)
          .where(sql`${log.position} = any(${sql.param(positions)}::bigint[])`),
  ])
  for (const { position, hash } of leaves) known.set(`0/${position - 1n}`, leafHash(hash))
  const missing = wanted.find((each) => each.height === 0 && !known.has(`0/${each.index}`))
  if (missing !== undefined) await refuseArchived(db, BigInt(missing.index) + 1n)
  return readerOf(known)
}

/** The stored ones of these nodes, by `height/index`. */
export async function findNodes(
  db: Db | Tx,
  wanted: readonly NodeAddress[],
): Promise<Map<string, Digest>> {
  if (wanted.length === 0) return new Map()
  const heights = sql.param(wanted.map((each) => each.height))
  const indexes = sql.param(wanted.map((each) => each.index))
  const rows = await db
    .select()
    .from(logNodes)
    .where(
      sql`(${logNodes.height}, ${logNodes.idx}) in (
        select * from unnest(${heights}::int[], ${indexes}::bigint[]))`,
    )
  return new Map(rows.map((row) => [`${row.height}/${row.idx}`, row.hash]))
}

/** What a range of `size` leaves becomes with more entries: the new nodes, and all those known. */
export function growRange(
  size: number,
  hashes: readonly Digest[],
  readPeak: ReadNode,
): { readonly nodes: MmrNode[]; readonly readNode: ReadNode } {
  const known = new Map<string, Digest>()
  for (const peak of peakAddresses(size)) known.set(`${peak.height}/${peak.index}`, readPeak(peak))
  const readNode = readerOf(known)
  const nodes = hashes.flatMap((hash, i) => {
    const added = nodesForAppend(size + i, leafHash(hash), readNode)
    for (const node of added) known.set(`${node.height}/${node.index}`, node.hash)
    return added
  })
  return { nodes, readNode }
}

function readerOf(known: ReadonlyMap<string, Digest>): ReadNode {
  return ({ height, index }) => {
    const hash = known.get(`${height}/${index}`)
    invariant(hash !== undefined, `node ${height}/${index} of the log's range is stored`)
    return hash
  }
}
