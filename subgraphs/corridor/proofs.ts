/** Proofs about a corridor's chain, made from its stored nodes and bound to signed checkpoints. @module */
import { canonicalize, canonicalText } from '@sez/core/canonical'
import type { Digest } from '@sez/core/digest'
import { SezError } from '@sez/core/errors'
import type { CorridorId } from '@sez/core/ids'
import { invariant } from '@sez/core/invariant'
import { inclusionProofFromNodes, type ReadNode } from '@sez/core/mmr'
import {
  consistencyPath,
  inclusionPath,
  type NodeAddress,
  peakAddresses,
} from '@sez/core/mmr-address'
import { consistencyProofFromNodes } from '@sez/core/mmr-consistency'
import type { Context } from '@sez/platform/context'
import { openProblems } from '@sez/platform/validation'
import * as checkpointStore from './checkpoint-store.ts'
import * as store from './store.ts'
import type { CorridorCheckpointRow } from './tables.ts'

/**
 * The inclusion proof of a receipt against a signed checkpoint; null when either does not exist.
 *
 * @param checkpointDigest The checkpoint to prove against; null for the newest.
 * @throws {SezError} `CHECKPOINT_PENDING`, `CHECKPOINT_TOO_OLD`.
 */
export async function proveReceipt(
  ctx: Context,
  wanted: {
    readonly id: CorridorId
    readonly sequence: number
    readonly checkpointDigest: Digest | null
  },
) {
  const { id, sequence, checkpointDigest } = wanted
  const { db } = ctx.database
  const [receipt, checkpoint] = await Promise.all([
    store.findReceipt(db, id, sequence),
    checkpointDigest === null
      ? checkpointStore.findLatestCheckpoint(db, id)
      : findOwnCheckpoint(ctx, id, checkpointDigest),
  ])
  if (receipt === null) return null
  if (checkpoint === null && checkpointDigest !== null) return null
  if (checkpoint === null || checkpoint.receiptCount <= sequence) {
    const receiptCount = checkpoint?.receiptCount ?? 0
    const code = checkpointDigest === null ? 'CHECKPOINT_PENDING' : 'CHECKPOINT_TOO_OLD'
    throw new SezError(code, { receiptCount, sequence })
  }
  const size = checkpoint.receiptCount
  const read = await readNodes(ctx, id, [...peakAddresses(size), ...inclusionPath(size, sequence)])
  const proof = inclusionProofFromNodes({ size, index: sequence, nextRoot: receipt.nextRoot }, read)
  // The range was signed as it is; anything else would be a proof against nothing.
  invariant(proof.root === checkpoint.mmrRoot, 'the stored nodes give the signed root')
  return {
    corridorId: id,
    sequence,
    receiptNextRoot: proof.receipt_next_root,
    leafHash: proof.leaf_hash,
    size,
    root: proof.root,
    peakIndex: proof.peak_index,
    peakHeight: proof.peak_height,
    path: [...proof.path],
    peaks: [...proof.peaks],
    checkpoint,
    document: canonicalText(canonicalize(proof)),
  }
}

/**
 * The proof that a chain only grew between two lengths.
 *
 * @throws {SezError} `VALIDATION_ERROR` unless 1 ≤ from ≤ to ≤ receiptCount.
 */
export async function proveConsistency(
  ctx: Context,
  corridor: { readonly id: CorridorId; readonly receiptCount: number },
  { from, to }: { readonly from: number; readonly to: number },
) {
  const problems = openProblems()
  const { id, receiptCount } = corridor
  problems.require(from >= 1 && from <= to, 'from', 'must be from 1 to the value of `to`')
  problems.require(to <= receiptCount, 'to', `must be at most ${receiptCount}`)
  problems.refuse()
  const read = await readNodes(ctx, id, [
    ...peakAddresses(from),
    ...peakAddresses(to),
    ...consistencyPath(from, to),
  ])
  const proof = consistencyProofFromNodes({ from, to }, read)
  return {
    corridorId: id,
    from,
    to,
    fromRoot: proof.from_root,
    toRoot: proof.to_root,
    document: canonicalText(canonicalize(proof)),
  }
}

async function findOwnCheckpoint(
  ctx: Context,
  id: CorridorId,
  digest: Digest,
): Promise<CorridorCheckpointRow | null> {
  const checkpoint = (await checkpointStore.findCheckpoints(ctx.database.db, [digest])).get(digest)
  return checkpoint?.corridorId === id ? checkpoint : null
}

async function readNodes(
  ctx: Context,
  id: CorridorId,
  addresses: readonly NodeAddress[],
): Promise<ReadNode> {
  const nodes = await checkpointStore.findNodes(ctx.database.db, id, addresses)
  const name = ({ height, index }: NodeAddress): string => `${height}/${index}`
  const hashes = new Map(nodes.map((node) => [name(node), node.hash]))
  return (address) => {
    const hash = hashes.get(name(address))
    invariant(hash !== undefined, 'every full node of a chain is stored')
    return hash
  }
}
