/**
 * Verifiable credentials: issued in the form of W3C VC 2.0 with the Data Integrity suite
 * `eddsa-jcs-2022`, verified in that form and in the mission's own (spec/05-proofs.md §4).
 *
 * @module
 */
import { type CanonicalBytes, canonicalText, jcs } from './canonical.ts'
import {
  type Did,
  didFromPublicKey,
  didOfVerificationMethod,
  isDid,
  publicKeyFromDid,
} from './did.ts'
import { digest, hexToBytes } from './digest.ts'
import { type KeyPair, verifyBytes } from './ed25519.ts'
import { invalidInput, SezError } from './errors.ts'
import { InvariantViolation } from './invariant.ts'
import { isJsonObject, type Json, type JsonObject } from './json.ts'
import { decodeMultibase, encodeMultibase } from './multibase.ts'
import { itemsOf, memberOf } from './plain-data.ts'
import { proofType, type ProofResult, verifyProofs } from './proof.ts'
import { dateOf, isTimestamp, normalizeTimestampText, timestamp } from './timestamp.ts'

/** The first `@context` of a VC 2.0 credential. */
export const credentialContext = 'https://www.w3.org/ns/credentials/v2'
const firstContext = 'https://www.w3.org/2018/credentials/v1'
const suite = 'eddsa-jcs-2022'
/** How far ahead of `now` a credential's beginning may lie. */
const clockSkewMs = 60_000

/** What a credential says, before it is signed. */
export interface CredentialDraft {
  readonly id?: string
  /** Types beside `VerifiableCredential`. */
  readonly type: readonly string[]
  /** Contexts beside {@link credentialContext}. */
  readonly contexts?: readonly string[]
  readonly subject: JsonObject
  readonly validFrom: Date
  readonly validUntil?: Date
}

/** The verdict on a credential. */
export interface CredentialVerdict {
  /** Whether its form and time are right and every proof is good, one by an issuer that is a DID. */
  readonly valid: boolean
  /** Whether a good proof is by the issuer. An issuer that is no DID never proves itself here. */
  readonly issuerSigned: boolean
  readonly problems: string[]
  readonly proofs: readonly ProofResult[]
}

/**
 * A VC 2.0 credential signed by its issuer, whose DID is the key's own.
 *
 * @param options `created` is signed in this suite; the method is `did#multibase` of the key.
 * @throws {SezError} `VALIDATION_ERROR` for a bad date or type, `NOT_CANONICAL`, `KEY_DISPOSED`.
 */
export function issueCredential(
  draft: CredentialDraft,
  key: KeyPair,
  options: { readonly created: Date },
): JsonObject {
  if (draft.type.some((name) => typeof name !== 'string' || name === '')) {
    throw invalidInput('must be non-empty texts', 'type')
  }
  const did = didFromPublicKey(key.publicKey)
  const contexts = [credentialContext, ...(draft.contexts ?? [])]
  const credential: JsonObject = {
    '@context': contexts,
    ...(draft.id === undefined ? {} : { id: draft.id }),
    type: ['VerifiableCredential', ...draft.type],
    issuer: did,
    validFrom: timestamp(draft.validFrom),
    ...(draft.validUntil === undefined ? {} : { validUntil: timestamp(draft.validUntil) }),
    credentialSubject: draft.subject,
  }
  const proof: JsonObject = {
    type: 'DataIntegrityProof',
    cryptosuite: suite,
    created: timestamp(options.created),
    verificationMethod: `${did}#${did.slice('did:key:'.length)}`,
    proofPurpose: 'assertionMethod',
    '@context': contexts,
  }
  const signature = key.signBytes(hashData(proof, credential))
  return { ...credential, proof: { ...proof, proofValue: encodeMultibase(signature) } }
}

/**
 * Judges a credential of either form: every proof good, one of them by the issuer where that is a
 * DID, `now` within its time. A proof of an unknown type or suite is not good, its reason says
 * "unsupported". Never throws. Who names issuers otherwise must ask for `issuerSigned` or know the
 * signer.
 *
 * @see spec/05-proofs.md §4
 */
export function verifyCredential(
  credential: unknown,
  options: { readonly now: Date },
): CredentialVerdict {
  try {
    return judge(credential, options.now)
  } catch (error) {
    // Proxies and getters that fail when looked at; our own broken promises are not hidden.
    if (error instanceof InvariantViolation) throw error
    return refusedFor('credential cannot be read')
  }
}

function judge(credential: unknown, now: Date): CredentialVerdict {
  if (!isJsonObject(credential)) return refusedFor('credential must be an object')
  // Every comparison with an invalid date is false, and so nothing would have expired.
  if (!Number.isFinite(now.getTime())) return refusedFor('now must be a moment')
  const proofs = proofResults(credential, now)
  const problems = [...shapeProblems(credential), ...timeProblems(credential, now)]
  if (proofs.length === 0) problems.push('proof must hold at least one signature')
  for (const [at, { valid, reason }] of proofs.entries()) {
    if (!valid) problems.push(`proof[${at}] is not valid: ${reason}`)
  }
  const issuer = issuerOf(credential)
  const issuerSigned = proofs.some(({ valid, did }) => valid && did === issuer)
  if (isDid(issuer) && !issuerSigned) problems.push('issuer has signed none of the proofs')
  return { valid: problems.length === 0, issuerSigned, problems, proofs }
}

function refusedFor(problem: string): CredentialVerdict {
  return { valid: false, issuerSigned: false, problems: [problem], proofs: [] }
}

/** One verdict for each proof: the mission's form by its rule, Data Integrity by that of its suite. */
function proofResults(credential: JsonObject, now: Date): readonly ProofResult[] {
  const given = memberOf(credential, 'proof')
  const proofs = itemsOf(given) ?? [given]
  const unsecured = without(credential, 'proof')
  return proofs
    .filter((proof) => proof !== undefined && proof !== null)
    .map((proof) => {
      const type = isJsonObject(proof) ? memberOf(proof, 'type') : undefined
      if (type === proofType) {
        const [result] = verifyProofs({ ...unsecured, proof: proof as Json })
        if (result !== undefined) return result
      }
      if (type === 'DataIntegrityProof' && isJsonObject(proof)) {
        return verifyDataIntegrity(proof, unsecured, now)
      }
      return refused(null, null, 'unsupported proof type')
    })
}

const proofMembers = ['type', 'cryptosuite', 'created', 'verificationMethod', 'proofPurpose']
const optionalProofMembers = ['@context', 'id', 'expires', 'domain', 'challenge', 'nonce']

/** VC Data Integrity EdDSA Cryptosuites §3.3: verify proof of `eddsa-jcs-2022`. */
function verifyDataIntegrity(proof: JsonObject, unsecured: JsonObject, now: Date): ProofResult {
  const method = text(proof, 'verificationMethod')
  if (text(proof, 'cryptosuite') !== suite) return refused(null, method, 'unsupported cryptosuite')
  const did = method === null ? null : valueOrNull(() => didOfVerificationMethod(method))
  const problem = dataIntegrityProblem(proof, unsecured) ?? expiryProblem(proof, now)
  if (did === null || method === null) return refused(null, method, 'verificationMethod is no DID')
  if (problem !== null) return refused(did, method, problem)
  const publicKey = valueOrNull(() => publicKeyFromDid(did))
  if (publicKey === null) return refused(did, method, 'only did:key of Ed25519 is resolved')
  const signature = valueOrNull(() => decodeMultibase(text(proof, 'proofValue') ?? ''))
  if (signature?.length !== 64) return refused(did, method, 'proofValue must hold 64 bytes')
  const options = without(proof, 'proofValue')
  const hashes = valueOrNull(() => hashData(options, unsecured))
  if (hashes === null) return refused(did, method, 'the credential is not canonical')
  const valid = verifyBytes(publicKey, hashes, signature)
  const reason = valid ? null : 'the signature does not fit the credential and the key'
  return { did, verificationMethod: method, valid, reason }
}

function dataIntegrityProblem(proof: JsonObject, unsecured: JsonObject): string | null {
  const known = [...proofMembers, ...optionalProofMembers, 'proofValue']
  const unknown = Object.keys(proof).find((name) => !known.includes(name))
  if (unknown !== undefined) return `unsupported proof member ${unknown}`
  if (text(proof, 'proofPurpose') !== 'assertionMethod')
    return 'proofPurpose must be assertionMethod'
  const created = memberOf(proof, 'created')
  if (created !== undefined && momentOf(created) === null) return 'created must be a moment'
  const context = memberOf(proof, '@context')
  return context === undefined || beginsWith(memberOf(unsecured, '@context'), context)
    ? null
    : 'the contexts of the credential must begin with those of the proof'
}

/** VC Data Integrity §2.1: a proof may end before the credential does. */
function expiryProblem(proof: JsonObject, now: Date): string | null {
  const expires = memberOf(proof, 'expires')
  if (expires === undefined) return null
  const moment = momentOf(expires)
  if (moment === null) return 'expires must be a moment'
  return moment.getTime() < now.getTime() ? 'the proof has expired' : null
}

/** §3.3.5: SHA-256 of the canonical proof options, then SHA-256 of the canonical credential. */
function hashData(options: JsonObject, unsecured: JsonObject): Uint8Array {
  const bytes = new Uint8Array(64)
  bytes.set(hashOf(jcs(options)))
  bytes.set(hashOf(jcs(unsecured)), 32)
  return bytes
}

function hashOf(bytes: CanonicalBytes): Uint8Array {
  return hexToBytes(digest(bytes))
}

function shapeProblems(credential: JsonObject): string[] {
  const problems: string[] = []
  const [context] = listOf(memberOf(credential, '@context'))
  if (context !== credentialContext && context !== firstContext) {
    problems.push(`@context must begin with ${credentialContext} or ${firstContext}`)
  }
  if (!listOf(memberOf(credential, 'type')).includes('VerifiableCredential')) {
    problems.push('type must hold VerifiableCredential')
  }
  if (issuerOf(credential) === null) problems.push('issuer must be a text or an object with an id')
  if (!Object.hasOwn(credential, 'credentialSubject')) {
    problems.push('credentialSubject must be there')
  }
  return problems
}

/** The names of a credential's beginning and end differ between the two data models. */
function timeProblems(credential: JsonObject, now: Date): string[] {
  const problems: string[] = []
  for (const name of ['validFrom', 'issuanceDate', 'validUntil', 'expirationDate']) {
    const value = memberOf(credential, name)
    if (value === undefined) continue
    const moment = momentOf(value)
    const begins = name === 'validFrom' || name === 'issuanceDate'
    if (moment === null) problems.push(`${name} must be a moment`)
    else if (begins && moment.getTime() > now.getTime() + clockSkewMs) {
      problems.push(`${name} lies in the future`)
    } else if (!begins && moment.getTime() < now.getTime()) problems.push(`${name} has passed`)
  }
  return problems
}

function momentOf(value: unknown): Date | null {
  const normalized = typeof value === 'string' ? normalizeTimestampText(value) : value
  return isTimestamp(normalized) ? dateOf(normalized) : null
}

function issuerOf(credential: JsonObject): string | null {
  const issuer = memberOf(credential, 'issuer')
  const id = isJsonObject(issuer) ? memberOf(issuer, 'id') : issuer
  return typeof id === 'string' && id !== '' ? id : null
}

/** Whether a list begins with the members of another; a single value is a list of one. */
function beginsWith(whole: unknown, part: unknown): boolean {
  const items = listOf(whole)
  const form = (value: unknown): string => canonicalText(jcs(value))
  return listOf(part).every((one, at) => at < items.length && form(one) === form(items[at]))
}

function listOf(value: unknown): readonly unknown[] {
  return value === undefined ? [] : (itemsOf(value) ?? [value])
}

function refused(did: Did | null, method: string | null, reason: string): ProofResult {
  return { did, verificationMethod: method, valid: false, reason }
}

function valueOrNull<T>(read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if (error instanceof SezError) return null
    throw error
  }
}

/** A copy without one member; refuses getters, which a plain copy would run. */
function without(object: JsonObject, name: string): JsonObject {
  const copy: Record<string, Json> = Object.create(null)
  for (const own of Object.keys(object)) {
    const descriptor = Object.getOwnPropertyDescriptor(object, own)
    if (descriptor === undefined || !('value' in descriptor)) throw invalidInput('is a getter', own)
    if (own !== name) copy[own] = descriptor.value as Json
  }
  return copy
}

function text(object: JsonObject, name: string): string | null {
  const value = memberOf(object, name)
  return typeof value === 'string' ? value : null
}
