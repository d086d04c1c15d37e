/**
 * The zone's keys: the only file that holds signing secrets. They come from a file only its owner
 * can read, never become text, and read zero after dispose (spec/20-events.md §8).
 *
 * @module
 */
import {
  closeSync,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { type Did, didFromPublicKey } from '@sez/core/did'
import { bytesToHex, type Digest, hmac, parseDigest } from '@sez/core/digest'
import { type KeyPair, keyFromSeed } from '@sez/core/ed25519'
import { SezError } from '@sez/core/errors'
import type { JsonObject } from '@sez/core/json'
import { signDocument } from '@sez/core/proof'
import { randomBytes } from './clock.ts'
import { makeFolder } from './folder.ts'

export interface ZoneKeys extends Disposable {
  /** The did:key under which this zone signs. */
  readonly did: Did
  /** The document with the zone's proof added; `created` is the time the proof states. */
  signDocument(document: JsonObject, created: Date): JsonObject
  /** A digest only this zone can compute: for request bodies and for what could be guessed. */
  hmac(text: string): Digest
}

const seedBytes = 32
const fileHead = Buffer.from('{"type":"sez-zone-key.v1","seed":"')
const fileTail = Buffer.from('"}\n')
const fileBytes = fileHead.length + 2 * seedBytes + fileTail.length
const fileMode = 0o600
const modeOfOthers = 0o077
/** Separates the HMAC key from the signing key, both of which come from one seed. */
const hmacKeyDomain = 'sez-zone-hmac-v1\0'

/**
 * Loads the zone's keys. In development a missing file is created, mode 0600.
 *
 * @throws {SezError} `KEY_FILE_MISSING`, `KEY_FILE_EXPOSED` when group or others may read it,
 *   `KEY_FILE_INVALID`; details.path names the file.
 */
export function loadZoneKeys(options: {
  readonly file: string
  readonly mode: 'development' | 'production'
}): ZoneKeys {
  if (options.mode === 'development') createZoneKeyFile(options.file)
  const seed = readSeed(options.file)
  try {
    return new SeededKeys(seed)
  } finally {
    seed.fill(0)
  }
}

/**
 * Writes a new random key to `file` and answers true, or leaves the file that is there and answers
 * false. Of several processes exactly one creates it.
 *
 * @throws {SezError} `KEY_FILE_MISSING` when the file cannot be written.
 */
export function createZoneKeyFile(file: string): boolean {
  const seed = randomBytes(seedBytes)
  const text = Buffer.alloc(fileBytes)
  text.set(fileHead)
  seed.forEach((byte, i) => {
    text[fileHead.length + 2 * i] = hexDigitOf(byte >> 4)
    text[fileHead.length + 2 * i + 1] = hexDigitOf(byte & 15)
  })
  text.set(fileTail, fileBytes - fileTail.length)
  const draft = `${file}.${bytesToHex(randomBytes(8))}.new`
  try {
    makeFolder(dirname(file))
    writeWhole(draft, text)
    try {
      // A link refuses an existing name, so a half-written or a second key is never seen.
      linkSync(draft, file)
      return true
    } finally {
      unlinkSync(draft)
    }
  } catch (cause) {
    if (isSystemError(cause) && cause.code === 'EEXIST') return false
    throw new SezError('KEY_FILE_MISSING', { path: file }, { cause })
  } finally {
    seed.fill(0)
    text.fill(0)
  }
}

/** Keys of one seed. The secrets are private to the language, so no inspection shows them. */
class SeededKeys implements ZoneKeys {
  readonly did: Did
  readonly #pair: KeyPair
  readonly #hmacKey: Uint8Array
  #isDisposed = false

  constructor(seed: Uint8Array) {
    this.#pair = keyFromSeed(seed)
    this.#hmacKey = hmac(seed, hmacKeyDomain)
    this.did = didFromPublicKey(this.#pair.publicKey)
  }

  signDocument(document: JsonObject, created: Date): JsonObject {
    return signDocument(document, this.#pair, { created })
  }

  hmac(text: string): Digest {
    if (this.#isDisposed) throw new SezError('KEY_DISPOSED')
    return parseDigest(bytesToHex(hmac(this.#hmacKey, text)))
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true
    this.#pair[Symbol.dispose]()
    this.#hmacKey.fill(0)
  }
}

/** The seed's own buffer, which the caller wipes. The file's bytes never become a string. */
function readSeed(file: string): Uint8Array {
  const text = Buffer.alloc(fileBytes)
  const seed = new Uint8Array(seedBytes)
  const descriptor = openKeyFile(file)
  try {
    const facts = fstatSync(descriptor)
    if ((facts.mode & modeOfOthers) !== 0) throw new SezError('KEY_FILE_EXPOSED', { path: file })
    const isWhole =
      facts.isFile() &&
      facts.size === fileBytes &&
      readSync(descriptor, text, 0, fileBytes, 0) === fileBytes &&
      text.subarray(0, fileHead.length).equals(fileHead) &&
      text.subarray(fileBytes - fileTail.length).equals(fileTail)
    if (!isWhole || !decodeHex(text.subarray(fileHead.length), seed)) {
      seed.fill(0)
      throw new SezError('KEY_FILE_INVALID', { path: file })
    }
    return seed
  } finally {
    text.fill(0)
    closeSync(descriptor)
  }
}

function openKeyFile(file: string): number {
  try {
    return openSync(file, 'r')
  } catch (cause) {
    throw new SezError('KEY_FILE_MISSING', { path: file }, { cause })
  }
}

function writeWhole(file: string, bytes: Uint8Array): void {
  const descriptor = openSync(file, 'wx', fileMode)
  try {
    writeSync(descriptor, bytes)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** Fills `into` from lower-case hex digits; false when there is anything else. */
function decodeHex(digits: Uint8Array, into: Uint8Array): boolean {
  for (let i = 0; i < into.length; i += 1) {
    const high = valueOfHexDigit(digits[2 * i])
    const low = valueOfHexDigit(digits[2 * i + 1])
    if (high < 0 || low < 0) return false
    into[i] = high * 16 + low
  }
  return true
}

function hexDigitOf(value: number): number {
  return value < 10 ? 0x30 + value : 0x61 + value - 10
}

function valueOfHexDigit(digit: number | undefined): number {
  if (digit === undefined) return -1
  if (digit >= 0x30 && digit <= 0x39) return digit - 0x30
  return digit >= 0x61 && digit <= 0x66 ? digit - 0x61 + 10 : -1
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error
}
