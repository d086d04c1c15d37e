/** The envelope of the signed credentials that move a corridor (spec/24-corridor.md §2). @module */
import type { Did } from '@sez/core/did'
import type { Digest } from '@sez/core/digest'
import { SezError } from '@sez/core/errors'
import { isJsonObject, type JsonObject, parseJson } from '@sez/core/json'
import { documentDigest, verifyProofs } from '@sez/core/proof'
import { openReading, type Reading } from './reading.ts'

/** The signed documents a corridor keeps, by what they do to it. */
export const corridorDocumentKinds = ['DEFINITION', 'AGREEMENT', 'TRANSITION'] as const
export type CorridorDocumentKind = (typeof corridorDocumentKinds)[number]

/** A credential read, its signatures verified and not yet judged. */
export interface Credential {
  /** As received. */
  readonly text: string
  readonly digest: Digest
  readonly issuer: Did
  readonly subject: JsonObject
  readonly proofs: ReturnType<typeof verifyProofs>
}

const firstContext = 'https://www.w3.org/2018/credentials/v1'
const listItemsMax = 16

/** One more proof costs one more verification; nobody needs more than there can be participants. */
export const proofsMax = 16

/**
 * A credential of the given type, with its subject still to be read.
 *
 * @param options `root` goes before the paths of problems; `now` judges its dates.
 * @throws {SezError} `NOT_CANONICAL`, else `VALIDATION_ERROR`.
 */
export function readCredential(
  text: string,
  type: string,
  { now, root = '' }: { readonly now: Date; readonly root?: string },
): Credential {
  const reading = openReading(root)
  const document = reading.object(parseJson(text), '')
  const contexts = reading.list(document['@context'], '@context', listItemsMax)
  reading.constant(contexts[0], '@context[0]', firstContext)
  const types = reading.list(document['type'], 'type', listItemsMax)
  for (const wanted of ['VerifiableCredential', type]) {
    if (!types.includes(wanted)) reading.fail('type', `must contain ${wanted}`)
  }
  const issued = document['issuer']
  const issuer = reading.did(isJsonObject(issued) ? issued['id'] : issued, 'issuer')
  readDates(reading, document, now)
  const subject = reading.object(document['credentialSubject'], 'credentialSubject')
  readProofCount(reading, document)
  reading.refuse()
  return {
    text,
    digest: documentDigest(document),
    issuer,
    subject,
    proofs: verifyProofs(document),
  }
}

/** Notes a missing `proof` and one that holds too many. */
export function readProofCount(reading: Reading, document: JsonObject): void {
  const { proof } = document
  if (isJsonObject(proof)) return
  if (reading.list(proof, 'proof', proofsMax).length === 0) {
    reading.fail('proof', 'must hold at least one proof')
  }
}

function readDates(reading: Reading, document: JsonObject, now: Date): void {
  reading.past(document['issuanceDate'], 'issuanceDate', now)
  if (document['expirationDate'] === undefined) return
  const expires = reading.instant(document['expirationDate'], 'expirationDate')
  if (expires.getTime() <= now.getTime()) reading.fail('expirationDate', 'has passed')
}

/**
 * Who signed a credential, each once: all of them allowed, and no signature that fails.
 *
 * @throws {SezError} `SIGNATURE_INVALID`, else `SIGNER_NOT_ALLOWED`; details name the signer.
 */
export function signersOf(
  { proofs }: Pick<Credential, 'proofs'>,
  allowed: readonly Did[],
): readonly Did[] {
  const signers = new Set<Did>()
  for (const { did, valid, reason } of proofs) {
    if (!valid || did === null) throw new SezError('SIGNATURE_INVALID', { signer: did, reason })
    signers.add(did)
  }
  if (signers.size === 0) throw new SezError('SIGNATURE_INVALID', { reason: 'there is no proof' })
  for (const did of signers) {
    if (!allowed.includes(did)) throw new SezError('SIGNER_NOT_ALLOWED', { signer: did })
  }
  return [...signers]
}
