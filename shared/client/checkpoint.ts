/** Signed checkpoints: of a corridor's chain and of the zone's whole log. @module */
import { isDigest, parseDigest } from '@sez/core/digest'
import type { JsonObject } from '@sez/core/json'
import { bagPeaks } from '@sez/core/mmr'
import { documentDigest, verifyProofs } from '@sez/core/proof'
import { receiptTypes } from '@sez/core/receipt'
import { broken, type CorridorEventRow, parseDocument } from './corridor-event.ts'
import type { CorridorState } from './corridor-state.ts'
import { recordOf } from './zone-error.ts'

/**
 * What a CHECKPOINTED event adds: the corridor's checkpoint, signed by the zone and equal to the
 * chain that was seen.
 *
 * @throws {SezError} `EVENT_CHAIN_BROKEN`.
 */
export function advanceCheckpoint(
  state: CorridorState,
  row: CorridorEventRow,
  data: JsonObject,
): { readonly checkpoint: JsonObject } & Pick<CorridorState, 'checkpointCount' | 'zoneDid'> {
  const checkpoint = row.checkpoint === null ? null : parseDocument(row.checkpoint)
  if (checkpoint === null) throw broken('the checkpoint is missing', row)
  const zoneDid = signerOf(checkpoint, state.zoneDid)
  if (zoneDid === null) throw broken('the checkpoint is not signed by the zone', row)
  if (data['checkpointDigest'] !== documentDigest(checkpoint)) {
    throw broken('the checkpoint is not the one the event tells of', row)
  }
  const { type, receipt_count: count, corridor_id: corridorId } = checkpoint
  if (type !== receiptTypes.checkpoint) throw broken('the checkpoint has another form', row)
  if (corridorId !== state.corridorId || typeof count !== 'number') {
    throw broken('the checkpoint is of another corridor', row)
  }
  if (count < state.checkpointCount) throw broken('the checkpoint goes back', row)
  const problem = checkpointProblem(state, checkpoint, count)
  if (problem !== null) throw broken(problem, row)
  return { checkpoint, checkpointCount: count, zoneDid }
}

function checkpointProblem(
  { chain }: CorridorState,
  checkpoint: JsonObject,
  count: number,
): string | null {
  const mmr = recordOf(checkpoint['mmr'])
  if (mmr['size'] !== count) return 'the checkpoint counts receipts in two ways'
  if (chain === null) return null
  if (count > chain.receiptCount) return 'the checkpoint covers receipts that did not come'
  // One that lags behind is proved by inclusion proofs; the roots of then are no longer known.
  if (count < chain.receiptCount) return null
  if (checkpoint['final_state_root'] !== chain.nextRoot) return 'the checkpoint has another head'
  if (chain.peaks === null) return null
  const peaks = chain.peaks.map(({ height, hash }) => ({ height, hash: parseDigest(hash) }))
  return bagPeaks(peaks) === mmr['root'] ? null : 'the checkpoint has another root'
}

/**
 * What a CHECKPOINT adds: the zone's signed statement of its whole log, never smaller than the one
 * before, and equal to the last event's place where they meet.
 *
 * @throws {SezError} `EVENT_CHAIN_BROKEN`.
 */
export function advanceLogCheckpoint(
  state: CorridorState,
  row: CorridorEventRow,
): { readonly checkpoint: JsonObject } & Pick<
  CorridorState,
  'logCheckpoint' | 'zoneDid' | 'zoneId'
> {
  const checkpoint = row.logCheckpoint === null ? null : parseDocument(row.logCheckpoint)
  if (checkpoint === null) throw broken('the checkpoint is missing', row)
  const zoneDid = signerOf(checkpoint, state.zoneDid)
  if (zoneDid === null) throw broken('the checkpoint is not signed by the zone', row)
  const { type, zoneId, root, headHash } = checkpoint
  const size = sizeOf(checkpoint)
  if (type !== 'SezLogCheckpoint' || typeof zoneId !== 'string' || size === null) {
    throw broken('the checkpoint has another form', row)
  }
  if (!isDigest(root) || !isDigest(headHash)) throw broken('the checkpoint has no root', row)
  if (state.zoneId !== null && zoneId !== state.zoneId) {
    throw broken('the checkpoint is of another zone', row, { expected: state.zoneId })
  }
  const before = state.logCheckpoint
  if (before !== null && size < BigInt(before.size)) throw broken('the checkpoint goes back', row)
  if (before !== null && size === BigInt(before.size) && root !== before.root) {
    throw broken('two checkpoints of one size differ', row)
  }
  if (state.position !== null && size === BigInt(state.position) && headHash !== state.hash) {
    throw broken('the checkpoint names another hash for the last event', row)
  }
  return { checkpoint, zoneDid, zoneId, logCheckpoint: { size: String(size), root } }
}

/** The size of a zone checkpoint, an integer; null when it is none. */
export function sizeOf(checkpoint: JsonObject): bigint | null {
  const { size } = checkpoint
  if (typeof size === 'bigint') return size
  return typeof size === 'number' && Number.isSafeInteger(size) ? BigInt(size) : null
}

/**
 * Who signed: `expected` when one of the proofs is theirs and good, else null. Without an expected
 * signer the first good proof names one, to be pinned from then on.
 */
export function signerOf(document: JsonObject, expected: string | null): string | null {
  const signers = verifyProofs(document).flatMap(({ did, valid }) =>
    valid && did !== null ? [did] : [],
  )
  return signers.find((did) => expected === null || did === expected) ?? null
}
