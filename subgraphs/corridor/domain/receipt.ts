/**
 * What a corridor's chain accepts: the checks of an append in their order (spec/24-corridor.md §6).
 *
 * @module
 */
import type { Did } from '@sez/core/did'
import type { Digest } from '@sez/core/digest'
import { SezError } from '@sez/core/errors'
import { type CorridorId, corridorId } from '@sez/core/ids'
import { isJsonObject, type Json, type JsonObject, parseJson } from '@sez/core/json'
import { documentDigest, verifyProofs } from '@sez/core/proof'
import { receiptTypes, rootAsGiven, unnormalizedSets } from '@sez/core/receipt'
import { readProofCount } from './credential.ts'
import { type Envelope, readEnvelope } from './envelope.ts'
import type { CorridorState } from './lifecycle.ts'
import { openReading, type Reading } from './reading.ts'
import type { Participant } from './threshold.ts'

/** A proof as it came, with what its verification found. */
export interface SentProof {
  readonly signer: Did | null
  readonly verificationMethod: string
  readonly created: Date
  readonly jws: string
  readonly isValid: boolean
  readonly reason: string | null
}

/** A receipt read, its signatures verified and its root computed, not yet judged. */
export interface SentReceipt {
  /** As received. */
  readonly text: string
  readonly corridorId: CorridorId
  readonly sequence: number
  readonly prevRoot: Digest
  readonly nextRoot: Digest
  /** The root its content gives as it stands. */
  readonly computedRoot: Digest
  readonly digest: Digest
  readonly timestamp: Date
  readonly lawpacks: readonly Json[]
  readonly rulesets: readonly Json[]
  /** The digest sets that are not in their one form. */
  readonly unnormalized: readonly string[]
  readonly envelope: Envelope | null
  readonly proofs: readonly SentProof[]
}

/** The end of a chain and what its receipts must say. */
export interface Chain {
  readonly state: CorridorState
  readonly participants: readonly Participant[]
  readonly receiptCount: number
  readonly headRoot: Digest | null
  readonly lawpackDigestSet: readonly Digest[] | null
  readonly rulesetDigestSet: readonly Digest[] | null
}

/** UTF-8 bytes a receipt's text may have; what is longer goes into an artifact by its digest. */
export const receiptBytesMax = 32 * 1024
const digestSetMax = 64
const fields = [
  'type',
  'corridor_id',
  'sequence',
  'timestamp',
  'prev_root',
  'next_root',
  'lawpack_digest_set',
  'ruleset_digest_set',
  'transition_type_registry_digest_sha256',
  'transition',
  'zk',
  'anchor',
  'proof',
]
const encoder = new TextEncoder()

/**
 * A receipt in the form of spec/06-receipt-chain.md, with every signature verified.
 *
 * @param root Goes before the paths of problems, such as `documents[3].`.
 * @throws {SezError} `RECEIPT_TOO_LARGE`, `NOT_CANONICAL`, else `VALIDATION_ERROR`.
 */
export function readReceipt(text: string, root = 'document.'): SentReceipt {
  const document = parseReceipt(text)
  const reading = openReading(root)
  reading.closed(document, '', fields)
  for (const name of fields) {
    if (document[name] === null) reading.fail(name, 'must be absent, not null')
  }
  reading.constant(document['type'], 'type', receiptTypes.receipt)
  const name = reading.text(document['corridor_id'], 'corridor_id')
  const zk = document['zk']
  const circuit = isJsonObject(zk) ? zk['circuit_digest_sha256'] : undefined
  const receipt = {
    text,
    sequence: reading.count(document['sequence'], 'sequence', 0),
    prevRoot: reading.digest(document['prev_root'], 'prev_root'),
    nextRoot: reading.digest(document['next_root'], 'next_root'),
    timestamp: reading.timestamp(document['timestamp'], 'timestamp'),
    lawpacks: reading.list(document['lawpack_digest_set'], 'lawpack_digest_set', digestSetMax),
    rulesets: reading.list(document['ruleset_digest_set'], 'ruleset_digest_set', digestSetMax),
    envelope: readEnvelope(reading, document['transition'], circuit),
  }
  readProofCount(reading, document)
  const sent = readSentProofs(reading, document)
  reading.refuse()
  const verdicts = verifyProofs(document)
  return {
    ...receipt,
    corridorId: corridorId(name, `${root}corridor_id`),
    computedRoot: rootAsGiven(document),
    unnormalized: unnormalizedSets(document),
    digest: documentDigest(document),
    proofs: sent.map((proof, index) => ({
      ...proof,
      signer: verdicts[index]?.did ?? null,
      isValid: verdicts[index]?.valid ?? false,
      reason: verdicts[index]?.reason ?? null,
    })),
  }
}

/**
 * A receipt's text as an object, nothing of it checked.
 *
 * @throws {SezError} `RECEIPT_TOO_LARGE`, `NOT_CANONICAL`, else `VALIDATION_ERROR`.
 */
export function parseReceipt(text: string): JsonObject {
  const bytes = encoder.encode(text).length
  if (bytes > receiptBytesMax) {
    throw new SezError('RECEIPT_TOO_LARGE', { bytes, bytesMax: receiptBytesMax })
  }
  const document = parseJson(text)
  if (isJsonObject(document)) return document
  const problems = [{ path: 'document', reason: 'must be an object' }]
  throw new SezError('VALIDATION_ERROR', { field: 'document', problems })
}

function readSentProofs(
  reading: Reading,
  { proof }: JsonObject,
): readonly Pick<SentProof, 'verificationMethod' | 'created' | 'jws'>[] {
  const proofs = Array.isArray(proof) ? proof : [proof]
  return proofs.map((item, index) => {
    const path = Array.isArray(proof) ? `proof[${index}]` : 'proof'
    const each = reading.object(item, path)
    return {
      verificationMethod: reading.text(each['verificationMethod'], `${path}.verificationMethod`),
      created: reading.timestamp(each['created'], `${path}.created`),
      jws: reading.text(each['jws'], `${path}.jws`),
    }
  })
}

/**
 * Refuses a receipt that may not follow the chain's head. Nothing is decided about receipts that
 * are stored already: that is asked before.
 *
 * @throws {SezError} `CORRIDOR_NOT_ACTIVE`, `SIGNER_NOT_ALLOWED`, `SIGNATURE_INVALID`, `STALE_HEAD` for
 *   an earlier sequence, `SEQUENCE_GAP` for a later one, `STALE_HEAD` for another prev_root,
 *   `NEXT_ROOT_MISMATCH`, `DIGEST_SET_NOT_NORMALIZED`, `LAWPACK_SET_MISMATCH`,
 *   `RULESET_SET_INCOMPLETE`, else `ENVELOPE_MISMATCH`.
 * @see spec/24-corridor.md §6; vectors/receipts.json
 */
export function checkAppend(chain: Chain, receipt: SentReceipt): void {
  checkActive(chain)
  checkSigners(chain, receipt)
  checkLink(chain, receipt)
  checkContent(chain, receipt)
}

/**
 * Refuses receipts while the corridor does not take any.
 *
 * @throws {SezError} `CORRIDOR_NOT_ACTIVE`.
 */
export function checkActive({ state }: Pick<Chain, 'state'>): void {
  if (state !== 'ACTIVE') throw new SezError('CORRIDOR_NOT_ACTIVE', { state })
}

/** Whether a proof counts: it verifies and its signer is a participant. */
export function isCounted(
  participants: readonly Pick<Participant, 'did'>[],
  proof: SentProof,
): boolean {
  return proof.isValid && participants.some(({ did }) => did === proof.signer)
}

/** Where a chain stands, as `STALE_HEAD` and `SEQUENCE_GAP` tell it. */
export function headOf({ receiptCount, headRoot }: Pick<Chain, 'receiptCount' | 'headRoot'>) {
  const sequence = receiptCount === 0 ? null : receiptCount - 1
  return { sequence, nextRoot: headRoot, receiptCount }
}

/** Every proof must be a participant's and good, so that who verifies strictly agrees. */
function checkSigners({ participants }: Chain, { proofs }: SentReceipt): void {
  for (const { signer } of proofs) {
    if (!participants.some(({ did }) => did === signer)) {
      throw new SezError('SIGNER_NOT_ALLOWED', { signer })
    }
  }
  const bad = proofs.find(({ isValid }) => !isValid)
  if (bad !== undefined || proofs.length === 0) {
    const reason = bad?.reason ?? 'there is no proof'
    throw new SezError('SIGNATURE_INVALID', { signer: bad?.signer ?? null, reason })
  }
}

function checkLink(chain: Chain, { sequence, prevRoot }: SentReceipt): void {
  if (sequence > chain.receiptCount) throw new SezError('SEQUENCE_GAP', headOf(chain))
  if (sequence < chain.receiptCount || prevRoot !== chain.headRoot) {
    throw new SezError('STALE_HEAD', headOf(chain))
  }
}

function checkContent(chain: Chain, receipt: SentReceipt): void {
  const { computedRoot, lawpacks, rulesets, envelope } = receipt
  if (computedRoot !== receipt.nextRoot) {
    throw new SezError('NEXT_ROOT_MISMATCH', { computedRoot })
  }
  // A signed receipt is never rewritten, so its sets must be in their one form already.
  const [field] = receipt.unnormalized
  if (field !== undefined) throw new SezError('DIGEST_SET_NOT_NORMALIZED', { field })
  const expectedLawpacks = chain.lawpackDigestSet ?? []
  if (
    lawpacks.length !== expectedLawpacks.length ||
    !expectedLawpacks.every((each) => lawpacks.includes(each))
  ) {
    throw new SezError('LAWPACK_SET_MISMATCH', { expected: expectedLawpacks })
  }
  const missing = (chain.rulesetDigestSet ?? []).filter((each) => !rulesets.includes(each))
  if (missing.length > 0) throw new SezError('RULESET_SET_INCOMPLETE', { missing })
  const problem = envelope?.problem ?? null
  if (problem !== null) throw new SezError('ENVELOPE_MISMATCH', { reason: problem })
}
