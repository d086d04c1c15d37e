/** How far a corridor has been verified: all that is needed to go on from there. @module */
import { SezError } from '@sez/core/errors'
import { recordOf } from './zone-error.ts'

/** A peak of the mountain range over the receipts seen so far. */
export interface Peak {
  readonly height: number
  readonly hash: string
}

/** Where the chain of receipts stands. */
export interface ChainPosition {
  readonly receiptCount: number
  /** next_root of the last receipt; the genesis root before the first. */
  readonly nextRoot: string
  /** Peaks over all receipts; null when the first ones were not seen. */
  readonly peaks: readonly Peak[] | null
}

/**
 * A verified place in a corridor's history. It is plain JSON: store it together with whatever you
 * did about the event it came with, in one write, and nothing is lost or done twice.
 */
export interface CorridorState {
  readonly corridorId: string
  /** Pass it as `after`; null at the beginning. */
  readonly cursor: string | null
  /** Of the last event of the stream; null when the stream was entered in the middle. */
  readonly streamSequence: number | null
  /** Whether every event from the corridor's first on was seen; false when entered in the middle. */
  readonly isWhole: boolean
  /** Digest of the last event; null before the first. */
  readonly streamHead: string | null
  /** Position in the zone log and chain hash there, of the last event. */
  readonly position: string | null
  readonly hash: string | null
  /** Null before the corridor is active or before a receipt was seen. */
  readonly chain: ChainPosition | null
  /** Receipts the newest checkpoint of the corridor covers. */
  readonly checkpointCount: number
  /** Size and root of the zone's newest checkpoint. */
  readonly logCheckpoint: { readonly size: string; readonly root: string } | null
  readonly zoneId: string | null
  /** Who signs checkpoints; pinned by the caller, else by the first checkpoint seen. */
  readonly zoneDid: string | null
  /** Who may sign receipts; null lets any valid signature count. */
  readonly signers: readonly string[] | null
}

/**
 * The state before anything was seen.
 *
 * @param from `after` enters in the middle: the first event then cannot be linked to what came
 *   before it, and is believed to be where it says.
 */
export function initialState(from: {
  readonly corridorId: string
  readonly after?: string | null
  readonly zoneDid?: string | null
  readonly signers?: readonly string[] | null
}): CorridorState {
  const entered = (from.after ?? null) !== null
  return {
    corridorId: from.corridorId,
    cursor: from.after ?? null,
    streamSequence: entered ? null : 0,
    isWhole: !entered,
    streamHead: null,
    position: null,
    hash: null,
    chain: null,
    checkpointCount: 0,
    logCheckpoint: null,
    zoneId: null,
    zoneDid: from.zoneDid ?? null,
    signers: from.signers ?? null,
  }
}

/**
 * A state read back from where the caller stored it.
 *
 * @throws {SezError} `VALIDATION_ERROR` when it is not one.
 */
export function parseState(value: unknown): CorridorState {
  const state = recordOf(value)
  const problems = Object.entries(stateForm).flatMap(([path, fits]) =>
    fits(state[path]) ? [] : [{ path, reason: 'is not what a corridor state holds here' }],
  )
  if (problems.length > 0) throw new SezError('VALIDATION_ERROR', { field: 'state', problems })
  // Every field was checked above.
  return value as CorridorState
}

const isText = (value: unknown): boolean => typeof value === 'string'
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0
const orNull = (fits: (value: unknown) => boolean) => (value: unknown) =>
  value === null || fits(value)

const stateForm: Readonly<Record<keyof CorridorState, (value: unknown) => boolean>> = {
  corridorId: isText,
  cursor: orNull(isText),
  streamSequence: orNull(isCount),
  isWhole: (value) => typeof value === 'boolean',
  streamHead: orNull(isText),
  position: orNull((value) => typeof value === 'string' && /^\d+$/.test(value)),
  hash: orNull(isText),
  chain: orNull(isChainPosition),
  checkpointCount: isCount,
  logCheckpoint: orNull((value) => isText(recordOf(value)['root']) && isDigits(value, 'size')),
  zoneId: orNull(isText),
  zoneDid: orNull(isText),
  signers: orNull((value) => Array.isArray(value) && value.every(isText)),
}

function isChainPosition(value: unknown): boolean {
  const { receiptCount, nextRoot, peaks } = recordOf(value)
  return isCount(receiptCount) && isText(nextRoot) && (peaks === null || isPeaks(peaks))
}

function isPeaks(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every((peak) => isCount(recordOf(peak)['height']) && isText(recordOf(peak)['hash']))
  )
}

function isDigits(value: unknown, key: string): boolean {
  const digits = recordOf(value)[key]
  return typeof digits === 'string' && /^\d+$/.test(digits)
}
