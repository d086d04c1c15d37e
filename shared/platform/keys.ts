/**
 * The zone's keys: the only place that signs. They come from a file only its owner can read, never
 * become text, and read zero after dispose (spec/20-events.md §8).
 *
 * @module
 */
import { type Did, didFromPublicKey } from '@sez/core/did'
import { bytesToHex, type Digest, hmac, parseDigest } from '@sez/core/digest'
import { type KeyPair, keyFromSeed } from '@sez/core/ed25519'
import { SezError } from '@sez/core/errors'
import type { JsonObject } from '@sez/core/json'
import { signDocument } from '@sez/core/proof'
import { createSecretFile, readSecretFile } from './secret-file.ts'

export interface ZoneKeys extends Disposable {
  /** The did:key under which this zone signs. */
  readonly did: Did
  /** The document with the zone's proof added; `created` is the time the proof states. */
  signDocument(document: JsonObject, created: Date): JsonObject
  /** A digest only this zone can compute: for request bodies and for what could be guessed. */
  hmac(text: string): Digest
}

const zoneKeyType = 'sez-zone-key.v1'
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
  const seed = readSecretFile(options.file, zoneKeyType)
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
  return createSecretFile(file, zoneKeyType)
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
