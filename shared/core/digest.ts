/**
 * SHA-256 and the texts of its results (spec/02-digests-and-ids.md). The only file that hashes for
 * others; it uses the platform's own SHA-256 where there is one.
 *
 * @module
 */
import { hmac as portableHmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import type { CanonicalBytes } from './canonical.ts'
import { invalidInput } from './errors.ts'
import type { Branded } from './ids.ts'
import { charCodeAt, isBytes, utf8Of } from './intrinsics.ts'
import { invariant } from './invariant.ts'

/** 64 lower-case hex digits of a SHA-256. */
export type Digest = Branded<'Digest'>

const nodeCrypto = globalThis.process?.getBuiltinModule?.('node:crypto')
const nativeSha256 =
  nodeCrypto === undefined ? null : (bytes: Uint8Array) => nodeCrypto.hash('sha256', bytes, 'hex')

/** Lower-case hex of a SHA-256 where there is no node:crypto. */
export function portableSha256(bytes: Uint8Array): string {
  return bytesToHex(sha256(bytes))
}

/**
 * The digest of canonical bytes: of every document, event and payload.
 *
 * @throws {SezError} `VALIDATION_ERROR` for anything but bytes.
 */
export function digest(bytes: CanonicalBytes): Digest {
  return digestOfBytes(bytes)
}

/**
 * The digest of raw bytes: for blobs and packs, never for a document.
 *
 * @throws {SezError} `VALIDATION_ERROR` for anything but bytes.
 */
export function digestOfBytes(bytes: Uint8Array): Digest {
  if (!isBytes(bytes)) throw invalidInput('must be bytes', 'bytes')
  // A SHA-256 printed in lower-case hex is what a Digest is.
  return (nativeSha256 ?? portableSha256)(bytes) as Digest
}

/** A digest of bytes that come one after the other: for files too long to hold. */
export interface RunningDigest {
  add(bytes: Uint8Array): void
  /** The digest of all that was added; nothing may be added after it. */
  end(): Digest
}

/** Begins the digest of raw bytes that come in parts; see {@link digestOfBytes}. */
export function openDigest(): RunningDigest {
  if (nodeCrypto === undefined) {
    const hash = sha256.create()
    return {
      add: (bytes) => void hash.update(bytes),
      end: () => parseDigest(bytesToHex(hash.digest())),
    }
  }
  const hash = nodeCrypto.createHash('sha256')
  return { add: (bytes) => void hash.update(bytes), end: () => parseDigest(hash.digest('hex')) }
}

/**
 * The 32 bytes of HMAC-SHA-256 (RFC 2104) over the UTF-8 of a text: for what is guessable, and for
 * deriving one key from another. Compare results with {@link equalBytes} only.
 *
 * @param key Secret bytes; read, not kept.
 */
export function hmac(key: Uint8Array, text: string): Uint8Array {
  const bytes = utf8Of(text)
  if (nodeCrypto === undefined) return portableHmac(sha256, key, bytes)
  return Uint8Array.from(nodeCrypto.createHmac('sha256', key).update(bytes).digest())
}

/**
 * Reads a digest: exactly 64 lower-case hex digits, so that one digest has one text.
 *
 * @throws {SezError} `VALIDATION_ERROR`.
 */
export function parseDigest(text: unknown, field?: string): Digest {
  if (isDigest(text)) return text
  throw invalidInput('must be 64 lower-case hex digits', field)
}

/** Whether a value is a digest's text. */
export function isDigest(text: unknown): text is Digest {
  if (typeof text !== 'string' || text.length !== 64) return false
  for (let at = 0; at < 64; at += 1) if (nibble(text, at) < 0) return false
  return true
}

/**
 * SHA-256 of a domain's name, a zero byte and the parts in order: hashing that cannot be confused
 * with a document's or another domain's. At most one part may have no fixed length.
 *
 * @param domain Printable ASCII such as `sez-log-v1`, without the zero byte, which is added here.
 */
export function chainHash(domain: string, ...parts: readonly Uint8Array[]): Digest {
  invariant(/^[\x21-\x7e]+$/.test(domain), 'a hash domain is printable ASCII')
  let length = domain.length + 1
  for (const part of parts) length += part.length
  const bytes = new Uint8Array(length)
  for (let at = 0; at < domain.length; at += 1) bytes[at] = charCodeAt(domain, at)
  let offset = domain.length + 1
  for (const part of parts) {
    bytes.set(part, offset)
    offset += part.length
  }
  return digestOfBytes(bytes)
}

const hexPairs: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, '0'),
)

/** Lower-case hex of bytes. */
export function bytesToHex(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 1) text += hexPairs[bytes[at] ?? 0]
  return text
}

/**
 * The bytes of lower-case hex.
 *
 * @throws {SezError} `VALIDATION_ERROR` for anything else, upper case included.
 */
export function hexToBytes(text: string): Uint8Array {
  if (typeof text !== 'string' || text.length % 2 !== 0) throw invalidInput('must be hex pairs')
  const bytes = new Uint8Array(text.length / 2)
  if (!writeHex(text, bytes, 0)) throw invalidInput('must be lower-case hex')
  return bytes
}

/**
 * Writes the 32 bytes of a digest into a larger array, in one pass over the text.
 *
 * @throws {SezError} `VALIDATION_ERROR` when it is no digest; the array may then be half written.
 */
export function writeDigest(text: string, target: Uint8Array, offset: number, field: string): void {
  if (typeof text === 'string' && text.length === 64 && writeHex(text, target, offset)) return
  throw invalidInput('must be 64 lower-case hex digits', field)
}

/**
 * Whether two byte strings are equal, in a time that depends on their lengths only. The one
 * comparison for secrets, assertions and tags.
 */
export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false
  let difference = 0
  for (let at = 0; at < left.length; at += 1) difference |= (left[at] ?? 0) ^ (right[at] ?? 0)
  return difference === 0
}

function writeHex(text: string, target: Uint8Array, offset: number): boolean {
  for (let at = 0; at < text.length; at += 2) {
    const high = nibble(text, at)
    const low = nibble(text, at + 1)
    if (high < 0 || low < 0) return false
    target[offset + at / 2] = high * 16 + low
  }
  return true
}

/** A lower-case hex digit's value, −1 for anything else. */
function nibble(text: string, at: number): number {
  const code = charCodeAt(text, at)
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  return code >= 0x61 && code <= 0x66 ? code - 0x57 : -1
}
