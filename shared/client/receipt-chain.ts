/** The receipts inside a corridor's history, as a chain of their own (spec/06-receipt-chain.md). @module */
import { type Did, parseDid } from '@sez/core/did'
import { type Digest, isDigest, parseDigest } from '@sez/core/digest'
import type { JsonObject } from '@sez/core/json'
import { appendLeaf, leafHash } from '@sez/core/mmr'
import { documentDigest, verifyProofs } from '@sez/core/proof'
import { verifyReceipt } from '@sez/core/receipt'
import { broken, type CorridorEventRow, parseDocument } from './corridor-event.ts'
import type { ChainPosition, CorridorState, Peak } from './corridor-state.ts'

/** A receipt whose root and signatures were verified, in its place. */
export interface VerifiedReceipt {
  readonly document: string
  readonly receipt: JsonObject
  readonly sequence: number
  readonly nextRoot: Digest
  readonly signers: readonly Did[]
}

/**
 * The empty chain of a corridor that was just activated, from the genesis root in its event.
 *
 * @throws {SezError} `EVENT_CHAIN_BROKEN` when it is not the one and only activation.
 */
export function activateChain(
  { chain }: CorridorState,
  row: CorridorEventRow,
  data: JsonObject,
): ChainPosition {
  const { genesisRoot } = data
  if (chain !== null) throw broken('the corridor was active before', row)
  if (!isDigest(genesisRoot)) throw broken('the activation names no genesis root', row)
  return { receiptCount: 0, nextRoot: genesisRoot, peaks: [] }
}

/**
 * The chain with the receipt of a RECEIPT_APPENDED event.
 *
 * @throws {SezError} `EVENT_CHAIN_BROKEN`.
 */
export function appendToChain(
  state: CorridorState,
  row: CorridorEventRow,
  data: JsonObject,
): { readonly receipt: VerifiedReceipt; readonly chain: ChainPosition } {
  const receipt = readReceipt(state, row, data)
  const { chain } = state
  // Else the chain's beginning could be left out by leaving out the activation.
  if (chain === null && state.isWhole) throw broken('the receipt came before the activation', row)
  if (chain !== null) {
    if (receipt.sequence !== chain.receiptCount) {
      throw broken('the receipt has another sequence', row, { expected: chain.receiptCount })
    }
    if (receipt.receipt['prev_root'] !== chain.nextRoot) {
      throw broken('the receipt follows another root', row, { expected: chain.nextRoot })
    }
  }
  const before = chain?.peaks ?? (receipt.sequence === 0 ? [] : null)
  return {
    receipt,
    chain: {
      receiptCount: receipt.sequence + 1,
      nextRoot: receipt.nextRoot,
      peaks: before === null ? null : extend(before, receipt.nextRoot),
    },
  }
}

/**
 * The receipt of a PROOFS_MERGED event with all its proofs.
 *
 * @throws {SezError} `EVENT_CHAIN_BROKEN`.
 */
export function mergeProofs(
  state: CorridorState,
  row: CorridorEventRow,
  data: JsonObject,
): VerifiedReceipt {
  const receipt = readReceipt(state, row, data)
  if (state.chain !== null && receipt.sequence >= state.chain.receiptCount) {
    throw broken('proofs came for a receipt that did not', row)
  }
  const isLast = state.chain !== null && receipt.sequence === state.chain.receiptCount - 1
  if (isLast && receipt.nextRoot !== state.chain?.nextRoot) {
    throw broken('proofs came for another receipt of the place', row)
  }
  return receipt
}

function readReceipt(
  state: CorridorState,
  row: CorridorEventRow,
  data: JsonObject,
): VerifiedReceipt {
  const document = row.receipt?.document ?? null
  const receipt = document === null ? null : parseDocument(document)
  if (document === null || receipt === null) throw broken('the receipt is missing', row)
  const { sequence, next_root: nextRoot, corridor_id: corridorId } = receipt
  if (corridorId !== state.corridorId) throw broken('the receipt is of another corridor', row)
  if (typeof sequence !== 'number' || !isDigest(nextRoot)) {
    throw broken('the receipt has no sequence or root', row)
  }
  if (data['nextRoot'] !== nextRoot || data['sequence'] !== sequence) {
    throw broken('the receipt is not the one the event tells of', row)
  }
  // Merging adds proofs only, so its event does not repeat the digest.
  if (data['receiptDigest'] !== undefined && data['receiptDigest'] !== documentDigest(receipt)) {
    throw broken('the receipt is not the one the event tells of', row)
  }
  const proofs = row.receipt?.proofs ?? []
  const proved = proofs.length === 0 ? receipt : { ...receipt, proof: proofs }
  const { valid, problems, signers } = verifyReceipt(proved, { keys: keysFor(state, proved) })
  if (!valid) throw broken('the receipt does not verify', row, { problems })
  return { document, receipt, sequence, nextRoot, signers }
}

/** Without pinned signers every key that signed may: only the signatures themselves are checked. */
function keysFor(state: CorridorState, receipt: JsonObject): readonly Did[] {
  if (state.signers !== null) return state.signers.map((did) => parseDid(did))
  return verifyProofs(receipt).flatMap(({ did, valid }) => (valid && did !== null ? [did] : []))
}

function extend(peaks: readonly Peak[], nextRoot: Digest): readonly Peak[] {
  const before = peaks.map(({ height, hash }) => ({ height, hash: parseDigest(hash) }))
  return appendLeaf(before, leafHash(nextRoot))
}
