/** Decentralised identifiers: any method as a name, `did:key` of Ed25519 as a key. @module */
import { equalBytes } from './digest.ts'
import { invalidInput } from './errors.ts'
import type { Branded } from './ids.ts'
import { isBytes } from './intrinsics.ts'
import { decodeMultibase, encodeMultibase } from './multibase.ts'

/** A DID without path, query or fragment. */
export type Did = Branded<'Did'>

// DID Core §3.1: the method's name, then identifier characters with colons between them.
const didForm =
  /^did:[a-z0-9]+(?::(?:[A-Za-z0-9._-]|%[0-9A-Fa-f]{2})*)*:(?:[A-Za-z0-9._-]|%[0-9A-Fa-f]{2})+$/
const didLengthMax = 256
const fragmentForm = /^[A-Za-z0-9._~!$&'()*+,;=:@/?%-]*$/
const keyPrefix = 'did:key:'
/** Multicodec `ed25519-pub` as an unsigned varint. */
const ed25519Prefix = [0xed, 0x01] as const
/** A `z`, then 34 bytes in base58: never more than 47 digits. */
const keyTextLengthMax = 48

/**
 * The `did:key` of an Ed25519 public key: `z`, then base58btc of 0xED 0x01 and the 32 bytes.
 *
 * @throws {SezError} `VALIDATION_ERROR` when the key has not 32 bytes.
 * @see spec/03-keys-and-signatures.md §3
 */
export function didFromPublicKey(publicKey: Uint8Array): Did {
  if (!isBytes(publicKey) || publicKey.length !== 32) {
    throw invalidInput('must be an Ed25519 public key of 32 bytes')
  }
  const bytes = new Uint8Array(34)
  bytes.set(ed25519Prefix)
  bytes.set(publicKey, 2)
  return `${keyPrefix}${encodeMultibase(bytes)}` as Did
}

/**
 * The Ed25519 public key inside a `did:key`. Exactly one text names a key: another prefix, length,
 * alphabet or a second spelling is refused. Whether the bytes are a good key is for `verify`.
 *
 * @throws {SezError} `VALIDATION_ERROR`.
 */
export function publicKeyFromDid(did: string): Uint8Array {
  if (typeof did !== 'string' || !did.startsWith(keyPrefix)) throw invalidInput('must be a did:key')
  const text = did.slice(keyPrefix.length)
  if (text.length > keyTextLengthMax) throw invalidInput('is no did:key of Ed25519')
  const bytes = decodeMultibase(text)
  const prefix = Uint8Array.from(ed25519Prefix)
  if (bytes.length !== 34 || !equalBytes(bytes.subarray(0, 2), prefix)) {
    throw invalidInput('is no did:key of Ed25519')
  }
  return bytes.slice(2)
}

/**
 * A DID of any method, as a name: its syntax is checked, nothing is resolved.
 *
 * @throws {SezError} `VALIDATION_ERROR`.
 */
export function parseDid(text: unknown, field?: string): Did {
  if (isDid(text)) return text
  throw invalidInput('must be a DID, such as did:key:z6Mk…', field)
}

/** Whether a value is a DID's text, as {@link parseDid} reads it. */
export function isDid(text: unknown): text is Did {
  return typeof text === 'string' && text.length <= didLengthMax && didForm.test(text)
}

/**
 * The DID a verification method belongs to: what stands before `#`. The fragment may be absent and
 * is not resolved (spec/05-proofs.md §2).
 *
 * @throws {SezError} `VALIDATION_ERROR`.
 */
export function didOfVerificationMethod(verificationMethod: string): Did {
  if (typeof verificationMethod !== 'string' || verificationMethod.length > 2 * didLengthMax) {
    throw invalidInput('must be a DID and a fragment')
  }
  const at = verificationMethod.indexOf('#')
  if (at < 0) return parseDid(verificationMethod)
  if (!fragmentForm.test(verificationMethod.slice(at + 1)))
    throw invalidInput('has no valid fragment')
  return parseDid(verificationMethod.slice(0, at))
}
