/**
 * Offline verification: a receipt or a log entry against a signed checkpoint, and a whole export of
 * a corridor's history. Nothing is asked of the zone.
 *
 * @module
 */
import { isDigest } from '@sez/core/digest'
import { SezError } from '@sez/core/errors'
import type { JsonObject } from '@sez/core/json'
import { verifyInclusion } from '@sez/core/mmr'
import { receiptTypes } from '@sez/core/receipt'
import { signerOf, sizeOf } from './checkpoint.ts'
import { parseEventRow } from './corridor-event.ts'
import { type CorridorState, initialState } from './corridor-state.ts'
import { advance } from './event-chain.ts'
import { recordOf } from './zone-error.ts'

export interface Verdict {
  readonly valid: boolean
  /** What is wrong, a sentence each. */
  readonly problems: readonly string[]
}

const verdictOf = (problems: readonly (string | null)[]): Verdict => {
  const found = problems.filter((problem) => problem !== null)
  return { valid: found.length === 0, problems: found }
}

/**
 * That a receipt is in the chain a signed corridor checkpoint commits to.
 *
 * @param evidence `proof` is the parsed `InclusionProof.document`; `zoneDid` is the signer you
 *   trust. Whether the receipt's own signatures hold is for `verifyReceipt` of @sez/core/receipt.
 */
export function verifyReceiptInclusion(evidence: {
  readonly receipt: JsonObject
  readonly proof: unknown
  readonly checkpoint: JsonObject
  readonly zoneDid: string
}): Verdict {
  const { receipt, checkpoint, zoneDid } = evidence
  const proof = recordOf(evidence.proof)
  const mmr = recordOf(checkpoint['mmr'])
  return verdictOf([
    verifyInclusion(bareProof(proof)) ? null : 'The proof does not lead to its root.',
    proof['leaf_index'] === receipt['sequence'] ? null : 'The proof is of another place.',
    proof['receipt_next_root'] === receipt['next_root'] ? null : 'The proof is of another receipt.',
    signerOf(checkpoint, zoneDid) === null ? 'The checkpoint is not signed by the zone.' : null,
    checkpoint['type'] === receiptTypes.checkpoint
      ? null
      : 'The checkpoint is not one of a corridor.',
    checkpoint['corridor_id'] === receipt['corridor_id']
      ? null
      : 'The checkpoint is of another corridor.',
    mmr['root'] === proof['root'] && isDigest(proof['root'])
      ? null
      : 'The proof leads to another root than the checkpoint has.',
    mmr['size'] === proof['size'] && checkpoint['receipt_count'] === proof['size']
      ? null
      : 'The proof counts other receipts than the checkpoint.',
  ])
}

/**
 * That an entry is in the zone's log as a signed checkpoint of the zone states it.
 *
 * @param evidence `entry.hash` is its chain hash, whose leaf has index `position − 1`.
 */
export function verifyLogInclusion(evidence: {
  readonly entry: { readonly position: string; readonly hash: string }
  readonly proof: unknown
  readonly checkpoint: JsonObject
  readonly zoneDid: string
}): Verdict {
  const { entry, checkpoint, zoneDid } = evidence
  const proof = recordOf(evidence.proof)
  const size = sizeOf(checkpoint)
  const index = /^\d+$/.test(entry.position) ? BigInt(entry.position) - 1n : null
  return verdictOf([
    verifyInclusion(bareProof(proof)) ? null : 'The proof does not lead to its root.',
    integerOf(proof['leaf_index']) === index ? null : 'The proof is of another place.',
    proof['receipt_next_root'] === entry.hash ? null : 'The proof is of another entry.',
    signerOf(checkpoint, zoneDid) === null ? 'The checkpoint is not signed by the zone.' : null,
    checkpoint['type'] === 'SezLogCheckpoint' ? null : 'The checkpoint is not one of a zone log.',
    checkpoint['root'] === proof['root'] && isDigest(proof['root'])
      ? null
      : 'The proof leads to another root than the checkpoint has.',
    size !== null && integerOf(proof['size']) === size
      ? null
      : 'The proof counts other entries than the checkpoint.',
  ])
}

/** What the wrapper of a corridor adds around a proof is not part of it, and binds nothing. */
function bareProof(proof: Readonly<Record<string, unknown>>): unknown {
  return Object.fromEntries(proofFields.map((name) => [name, proof[name]]))
}

const proofFields = [
  'size',
  'root',
  'leaf_index',
  'receipt_next_root',
  'leaf_hash',
  'peak_index',
  'peak_height',
  'path',
  'peaks',
  'computed_peak_root',
]

function integerOf(value: unknown): bigint | null {
  return typeof value === 'bigint' || Number.isSafeInteger(value) ? BigInt(String(value)) : null
}

export interface LogVerdict extends Verdict {
  /** Rows that hold together, before the first that does not. */
  readonly verified: number
  /** The first broken row, counted from 0; null when there is none. */
  readonly brokenRow: number | null
  /** Facts about it. */
  readonly details: Readonly<Record<string, unknown>> | null
}

/**
 * A whole export of a corridor's history, from its first event or from a stored state on.
 *
 * @param rows Rows of `corridorEventLog` or `corridorEvents`, in order.
 * @param trusted With `zoneDid` a history that no checkpoint of the zone belongs to does not pass.
 */
export function verifyCorridorLog(
  rows: Iterable<unknown>,
  trusted: {
    readonly corridorId: string
    readonly zoneDid?: string
    readonly signers?: readonly string[]
    readonly state?: CorridorState
  },
): LogVerdict & { readonly state: CorridorState } {
  let state = trusted.state ?? initialState(trusted)
  let verified = 0
  for (const row of rows) {
    try {
      state = advance(state, parseEventRow(row)).state
    } catch (error) {
      if (!(error instanceof SezError)) throw error
      const problems = [error.message]
      const { details } = error
      return { valid: false, problems, verified, brokenRow: verified, details, state }
    }
    verified += 1
  }
  const isSigned = state.logCheckpoint !== null || state.checkpointCount > 0
  const problems =
    trusted.zoneDid === undefined || isSigned ? [] : ['The zone has signed none of this history.']
  const valid = problems.length === 0
  return { valid, problems, verified, brokenRow: null, details: null, state }
}
