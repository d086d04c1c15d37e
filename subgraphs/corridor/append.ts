/** Appending receipts: one lock on the corridor's row, the checks in their order, one event each. @module */
import { SezError } from '@sez/core/errors'
import type { CorridorId } from '@sez/core/ids'
import type { MmrNode } from '@sez/core/mmr'
import type { Context } from '@sez/platform/context'
import type { Tx } from '@sez/platform/db'
import type { LogReference } from '@sez/platform/outbox'
import { guard } from '@sez/platform/standing'
import * as chainStore from './chain-store.ts'
import { growRange } from './domain/mountain.ts'
import { reachesPart } from './domain/part.ts'
import {
  checkActive,
  checkAppend,
  isCounted,
  type SentProof,
  type SentReceipt,
} from './domain/receipt.ts'
import type { Participant } from './domain/threshold.ts'
import { proofsMerged, receiptAppended } from './events.ts'
import * as store from './store.ts'
import type { ReceiptProofRow, ReceiptRow } from './tables.ts'
import { isVisible } from './visibility.ts'

/** What became of one receipt; a type alias, because it is stored for idempotent replay. */
export type Appended = {
  readonly sequence: number
  readonly outcome: 'APPENDED' | 'ALREADY_STORED' | 'PROOFS_MERGED'
  readonly log: LogReference
}

/**
 * Of one signer a stored receipt takes no more proofs once it has this many. A fragment costs nothing
 * to invent, so there must be a bound; it is each signer's own, so that none can use up another's.
 */
const proofsPerSignerMax = 2

/** The chain as it grows within one transaction, and what has to be written at its end. */
interface Growing {
  chain: chainStore.LockedChain
  readonly stored: Map<number, ReceiptRow>
  readonly receipts: ReceiptRow[]
  readonly proofs: ReceiptProofRow[]
  readonly nodes: MmrNode[]
  isGuarded: boolean
}

/**
 * Appends receipts of one corridor in order, all or none.
 *
 * @param sent `stored` takes the rows of the receipts given back, by sequence, so that nobody has
 *   to read them again.
 * @throws {SezError} `NOT_FOUND`, then for each receipt the codes of `appendReceipt` in their order.
 */
export async function appendAll(
  tx: Tx,
  ctx: Context,
  id: CorridorId,
  sent: { readonly receipts: readonly SentReceipt[]; readonly stored: Map<number, ReceiptRow> },
): Promise<readonly Appended[]> {
  const chain = await chainStore.lockChain(tx, id)
  if (chain === null || !isVisible(ctx, id, chain.participants)) {
    throw new SezError('NOT_FOUND', { field: 'corridor_id' })
  }
  const { stored } = sent
  // What an attempt left that was rolled back is not stored.
  stored.clear()
  const growing: Growing = {
    chain,
    stored,
    receipts: [],
    proofs: [],
    nodes: [],
    isGuarded: false,
  }
  const outcomes: Appended[] = []
  for (const [index, receipt] of sent.receipts.entries()) {
    outcomes.push(await atIndex(index, () => appendOne(tx, ctx, growing, receipt)))
  }
  await flush(tx, growing)
  return outcomes
}

/** Says in the details of a refusal which of the receipts it is about. */
async function atIndex<T>(index: number, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof SezError)) throw error
    throw new SezError(error.code, { ...error.details, index }, { cause: error })
  }
}

async function appendOne(
  tx: Tx,
  ctx: Context,
  growing: Growing,
  receipt: SentReceipt,
): Promise<Appended> {
  const stored = await findStored(tx, growing, receipt)
  if (stored !== null) {
    growing.stored.set(stored.sequence, stored)
    await flush(tx, growing)
    return mergeProofs(tx, ctx, stored, { receipt, participants: growing.chain.participants })
  }
  checkActive(growing.chain)
  await guardParticipants(tx, growing)
  checkAppend(growing.chain, receipt)
  const log = await receiptAppended(tx, ctx, receipt)
  grow(growing, receipt, { log, at: ctx.now(), by: ctx.caller.did })
  return { sequence: receipt.sequence, outcome: 'APPENDED', log }
}

/** The stored receipt with the same sequence, prev_root and next_root, or null. */
async function findStored(
  tx: Tx,
  { chain, receipts }: Growing,
  receipt: SentReceipt,
): Promise<ReceiptRow | null> {
  // At or beyond the head nothing is stored, so a normal append asks nothing.
  if (receipt.sequence >= chain.receiptCount) return null
  const stored =
    receipts.find(({ sequence }) => sequence === receipt.sequence) ??
    (await store.findReceipt(tx, receipt.corridorId, receipt.sequence))
  const isSame = stored?.prevRoot === receipt.prevRoot && stored.nextRoot === receipt.nextRoot
  return isSame ? stored : null
}

/** A company under a hard stop stops the corridors it takes part in. */
async function guardParticipants(tx: Tx, growing: Growing): Promise<void> {
  if (growing.isGuarded) return
  growing.isGuarded = true
  const subjects = growing.chain.participants.flatMap(({ entityId }) =>
    entityId === null ? [] : [`entity/${entityId}`],
  )
  if (subjects.length > 0) await guard(tx, subjects)
}

function grow(
  growing: Growing,
  receipt: SentReceipt,
  { log, at, by }: { log: LogReference; at: Date; by: ReceiptRow['appendedBy'] },
): void {
  const { chain } = growing
  const { corridorId, sequence, prevRoot, nextRoot, digest, envelope } = receipt
  const row: ReceiptRow = {
    corridorId,
    sequence,
    prevRoot,
    nextRoot,
    digest,
    document: receipt.text,
    timestamp: receipt.timestamp,
    transitionKind: envelope?.kind ?? null,
    payloadDigest: envelope?.payloadDigest ?? null,
    appendedAt: at,
    appendedBy: by,
    eventId: log.eventId,
    eventDigest: log.digest,
  }
  growing.receipts.push(row)
  growing.stored.set(sequence, row)
  growing.proofs.push(...proofRows(receipt, distinct(receipt.proofs), { first: 0, at }))
  const range = growRange({ size: chain.receiptCount, peaks: chain.peaks }, nextRoot)
  growing.nodes.push(...range.nodes)
  growing.chain = {
    ...chain,
    receiptCount: range.size,
    headRoot: nextRoot,
    peaks: [...range.peaks],
  }
}

async function flush(tx: Tx, { chain, receipts, proofs, nodes }: Growing): Promise<void> {
  if (receipts.length === 0) return
  const { id, receiptCount, headRoot, peaks } = chain
  const head = { receiptCount, headRoot, peaks }
  const sequences = { first: receiptCount - receipts.length, last: receiptCount - 1 }
  if (reachesPart(sequences, chain.receiptsPerPart)) await chainStore.makeParts(tx, sequences)
  await chainStore.appendReceipts(tx, { corridorId: id, head, receipts, proofs, nodes })
  for (const written of [receipts, proofs, nodes]) written.length = 0
}

/** Keeps the proofs of a stored receipt that are good, a participant's and new; ignores the rest. */
async function mergeProofs(
  tx: Tx,
  ctx: Context,
  stored: ReceiptRow,
  sent: { readonly receipt: SentReceipt; readonly participants: readonly Participant[] },
): Promise<Appended> {
  const { receipt, participants } = sent
  const { computedRoot } = receipt
  // Same root, other content: its signatures are over something that is not stored.
  if (computedRoot !== stored.nextRoot) throw new SezError('NEXT_ROOT_MISMATCH', { computedRoot })
  const { corridorId, sequence } = stored
  const known = (await store.findProofs(tx, corridorId, [sequence])).get(sequence) ?? []
  const sentProofs = distinct(receipt.proofs.filter((proof) => isCounted(participants, proof)))
  const fresh: SentProof[] = []
  for (const proof of sentProofs) {
    const own = [...known, ...fresh].filter(({ signer }) => signer === proof.signer)
    const isNew = !own.some((each) => isSameProof(each, proof))
    if (isNew && own.length < proofsPerSignerMax) fresh.push(proof)
  }
  const rows = proofRows(receipt, fresh, { first: known.length, at: ctx.now() })
  if (rows.length === 0) {
    const log = { eventId: stored.eventId, digest: stored.eventDigest }
    return { sequence, outcome: 'ALREADY_STORED', log }
  }
  await chainStore.insertProofs(tx, rows)
  return { sequence, outcome: 'PROOFS_MERGED', log: await proofsMerged(tx, ctx, stored, rows) }
}

type ProofName = Pick<SentProof, 'verificationMethod' | 'jws'>

function isSameProof(one: ProofName, other: ProofName): boolean {
  return one.verificationMethod === other.verificationMethod && one.jws === other.jws
}

function distinct(proofs: readonly SentProof[]): readonly SentProof[] {
  return proofs.filter(
    (proof, index) => proofs.findIndex((each) => isSameProof(each, proof)) === index,
  )
}

function proofRows(
  { corridorId, sequence }: SentReceipt,
  proofs: readonly SentProof[],
  { first, at }: { readonly first: number; readonly at: Date },
): readonly ReceiptProofRow[] {
  return proofs.flatMap(({ signer, verificationMethod, created, jws }, index) =>
    signer === null
      ? []
      : [
          {
            corridorId,
            sequence,
            position: first + index,
            signer,
            verificationMethod,
            created,
            jws,
            receivedAt: at,
          },
        ],
  )
}
