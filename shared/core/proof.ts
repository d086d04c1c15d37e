/**
 * The proof form of signed documents: one or more Ed25519 signatures over the canonical bytes of
 * everything but `proof` (spec/05-proofs.md).
 *
 * @module
 */
import { type CanonicalBytes, canonicalizeWithout } from './canonical.ts'
import { didFromPublicKey, didOfVerificationMethod, publicKeyFromDid } from './did.ts'
import type { Did } from './did.ts'
import { type Digest, digest } from './digest.ts'
import { type KeyPair, sign, verify } from './ed25519.ts'
import { invalidInput, SezError } from './errors.ts'
import { InvariantViolation } from './invariant.ts'
import { isJsonObject, type JsonObject } from './json.ts'
import { decodeBase64url, encodeBase64url } from './multibase.ts'
import { itemsOf, memberOf } from './plain-data.ts'
import { isTimestamp, timestamp } from './timestamp.ts'

/** The one proof type signed and accepted. */
export const proofType = 'MsezEd25519Signature2025'
const proofPurpose = 'assertionMethod'
const proofFields = ['type', 'created', 'verificationMethod', 'proofPurpose', 'jws'] as const

/** The verdict on one proof. `did` is whose it claims to be; only `valid` makes that true. */
export interface ProofResult {
  readonly did: Did | null
  readonly verificationMethod: string | null
  readonly valid: boolean
  /** Why it is not valid, `null` when it is. */
  readonly reason: string | null
}

/**
 * A copy of the document with one proof more: the first stands alone, further ones make a list.
 *
 * @param options `created` is shown but not signed; the verification method is the key's own
 *   `did:key` with `#key-1` unless given.
 * @throws {SezError} `NOT_CANONICAL`, `VALIDATION_ERROR` for a proof member that is neither object
 *   nor list, a method that is not the key's, or a bad date; `KEY_DISPOSED`.
 * @see spec/05-proofs.md §1
 */
export function signDocument(
  document: JsonObject,
  key: KeyPair,
  options: { readonly created: Date; readonly verificationMethod?: string },
): JsonObject {
  const bytes = payloadBytes(document)
  const did = didFromPublicKey(key.publicKey)
  const { verificationMethod = `${did}#key-1` } = options
  if (didOfVerificationMethod(verificationMethod) !== did) {
    throw invalidInput('must belong to the signing key', 'verificationMethod')
  }
  const { proof: earlier = null, ...payload } = document
  const proof: JsonObject = {
    type: proofType,
    created: timestamp(options.created),
    verificationMethod,
    proofPurpose,
    jws: encodeBase64url(sign(key, bytes)),
  }
  if (earlier === null) return { ...payload, proof }
  if (Array.isArray(earlier)) return { ...payload, proof: [...earlier, proof] }
  if (isJsonObject(earlier)) return { ...payload, proof: [earlier, proof] }
  throw invalidInput('must be a proof or a list of proofs', 'proof')
}

/**
 * One verdict for each proof, in order. An empty list means that nothing is proved. Never throws:
 * a document without canonical form makes each of its proofs invalid.
 *
 * @see spec/05-proofs.md §2; spec/vectors/vc.json
 */
export function verifyProofs(document: unknown): readonly ProofResult[] {
  try {
    const proofs = proofsOf(document)
    const signed = proofs.length === 0 ? null : signedBytes(document)
    return proofs.map((proof) => verifyProof(proof, signed))
  } catch (error) {
    // Proxies that fail when looked at; our own broken promises are not hidden.
    if (error instanceof InvariantViolation) throw error
    return []
  }
}

/**
 * The digest that names a signed document: of everything but its proofs.
 *
 * @throws {SezError} `NOT_CANONICAL`.
 */
export function documentDigest(document: JsonObject): Digest {
  return digest(payloadBytes(document))
}

/** The members of a document's `proof`: none, one, or each of a list. */
function proofsOf(document: unknown): readonly unknown[] {
  const proof = isJsonObject(document) ? memberOf(document, 'proof') : undefined
  if (proof === null || proof === undefined) return []
  // A list that is not plain is one proof of a wrong form.
  return itemsOf(proof) ?? [proof]
}

function payloadBytes(document: JsonObject): CanonicalBytes {
  return canonicalizeWithout(document, ['proof'])
}

function signedBytes(document: unknown): CanonicalBytes | null {
  if (!isJsonObject(document)) return null
  try {
    return payloadBytes(document)
  } catch (error) {
    if (error instanceof SezError) return null
    throw error
  }
}

function verifyProof(proof: unknown, signed: CanonicalBytes | null): ProofResult {
  const claim = readClaim(proof)
  if (claim.reason !== null) return { ...claim, valid: false }
  if (signed === null) return { ...claim, valid: false, reason: 'the document is not canonical' }
  const valid = verify(claim.publicKey, signed, claim.signature)
  const reason = valid ? null : 'the signature does not fit the document and the key'
  return { did: claim.did, verificationMethod: claim.verificationMethod, valid, reason }
}

type Claim =
  | { did: Did | null; verificationMethod: string | null; reason: string }
  | {
      did: Did
      verificationMethod: string
      reason: null
      publicKey: Uint8Array
      signature: Uint8Array
    }

/** What a proof claims, or why its form is refused. */
function readClaim(proof: unknown): Claim {
  if (!isJsonObject(proof)) return refused(null, null, 'a proof must be an object')
  const method = textMember(proof, 'verificationMethod')
  const did = method === null ? null : didOrNull(method)
  const reason = formProblem(proof)
  if (reason !== null) return refused(did, method, reason)
  if (method === null || did === null) {
    return refused(did, method, 'verificationMethod must be a DID and a fragment')
  }
  const publicKey = bytesOrNull(() => publicKeyFromDid(did))
  if (publicKey === null) return refused(did, method, 'only did:key of Ed25519 is resolved')
  const signature = bytesOrNull(() => decodeBase64url(textMember(proof, 'jws') ?? '='))
  if (signature?.length !== 64) return refused(did, method, 'jws must be base64url of 64 bytes')
  return { did, verificationMethod: method, reason: null, publicKey, signature }
}

/** Why the fields are not exactly the five of the form, `null` when they are. */
function formProblem(proof: JsonObject): string | null {
  const names = Object.keys(proof)
  if (names.length !== proofFields.length || !proofFields.every((name) => names.includes(name))) {
    return `a proof must have exactly the fields ${proofFields.join(', ')}`
  }
  if (textMember(proof, 'type') !== proofType) return `type must be ${proofType}`
  if (textMember(proof, 'proofPurpose') !== proofPurpose)
    return `proofPurpose must be ${proofPurpose}`
  if (!isTimestamp(textMember(proof, 'created'))) {
    return 'created must be UTC in whole seconds, such as 2026-02-01T00:00:00Z'
  }
  return null
}

function refused(did: Did | null, verificationMethod: string | null, reason: string): Claim {
  return { did, verificationMethod, reason }
}

function textMember(object: JsonObject, name: string): string | null {
  const value = memberOf(object, name)
  return typeof value === 'string' ? value : null
}

function didOrNull(verificationMethod: string): Did | null {
  try {
    return didOfVerificationMethod(verificationMethod)
  } catch (error) {
    if (error instanceof SezError) return null
    throw error
  }
}

function bytesOrNull(read: () => Uint8Array): Uint8Array | null {
  try {
    return read()
  } catch (error) {
    if (error instanceof SezError) return null
    throw error
  }
}
