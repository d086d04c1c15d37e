/**
 * Ed25519 over canonical bytes, by one verification rule (spec/03-keys-and-signatures.md §2):
 * cofactorless, S < L, canonical A and R, no A of small order. Keys wipe themselves.
 *
 * @module
 */
import type { CanonicalBytes } from './canonical.ts'
import { bytesToHex, equalBytes } from './digest.ts'
import { invalidInput, SezError } from './errors.ts'
import { isBytes } from './intrinsics.ts'
import {
  isOfSmallOrder,
  isStrictPublicKey,
  isStrictSignature,
  portablePublicKey,
  portableSign,
  portableVerify,
} from './ed25519-portable.ts'

const seedBytes = 32

/** Arrays whose seed a key has wiped: loading one again would silently give the zero key. */
const wipedSeeds = new WeakSet<Uint8Array>()

/**
 * A signing key. The secret is in a private array of its own, shows in no text, JSON or inspection,
 * and is wiped by `using` or `[Symbol.dispose]()`; after that every use is `KEY_DISPOSED`.
 */
export class KeyPair implements Disposable {
  readonly #publicKey: Uint8Array
  readonly #seed: Uint8Array
  readonly #source: Uint8Array
  #signer: ((bytes: Uint8Array) => Uint8Array) | null

  /** As {@link keyFromSeed}, which is the function to call. */
  constructor(source: Uint8Array) {
    if (!isBytes(source)) throw invalidInput('must be a seed of 32 bytes', 'seed')
    this.#source = source
    this.#seed = Uint8Array.from(source)
    try {
      if (source.length !== seedBytes) throw invalidInput('must be a seed of 32 bytes', 'seed')
      if (wipedSeeds.has(source) && source.every((byte) => byte === 0)) {
        throw invalidInput('was wiped with an earlier key; load it again', 'seed')
      }
      const { publicKey, sign } = (nativeSigner ?? portableSigner)(this.#seed)
      this.#publicKey = publicKey
      this.#signer = sign
    } catch (error) {
      this.#seed.fill(0)
      source.fill(0)
      throw error
    }
  }

  /** Whether a value is a key from inside: no proxy and no look-alike is. */
  static isKey(value: unknown): value is KeyPair {
    return typeof value === 'object' && value !== null && #seed in value
  }

  /** The 32 public bytes, a copy each time. */
  get publicKey(): Uint8Array {
    return this.#publicKey.slice()
  }

  /** The signature of `bytes`; `sign` is the function to call. */
  signBytes(bytes: Uint8Array): Uint8Array {
    if (!isBytes(bytes)) throw invalidInput('must be bytes', 'bytes')
    if (this.#signer === null) throw new SezError('KEY_DISPOSED')
    return this.#signer(bytes)
  }

  /** Wipes the secret, and the array it was loaded from where that still holds it. */
  [Symbol.dispose](): void {
    if (this.#signer === null) return
    this.#signer = null
    if (equalBytes(this.#seed, this.#source)) {
      this.#source.fill(0)
      wipedSeeds.add(this.#source)
    }
    this.#seed.fill(0)
  }

  /** Names the key by its public half. */
  toString(): string {
    return `KeyPair(${bytesToHex(this.#publicKey)})`
  }

  /** The public half only. */
  toJSON(): { readonly publicKey: string } {
    return { publicKey: bytesToHex(this.#publicKey) }
  }
}

/**
 * A key from its 32-byte seed (RFC 8032 §5.1.5), which is copied. The array given is wiped together
 * with the key, and at once when this throws.
 *
 * @throws {SezError} `VALIDATION_ERROR` when it has not 32 bytes, or is an array that was wiped with
 *   an earlier key.
 */
export function keyFromSeed(seed: Uint8Array): KeyPair {
  return new KeyPair(seed)
}

/** A fresh key from the platform's secure random source. */
export function generateKey(): KeyPair {
  return keyFromSeed(globalThis.crypto.getRandomValues(new Uint8Array(seedBytes)))
}

/**
 * The 64-byte signature of canonical bytes (RFC 8032 §5.1.6, deterministic).
 *
 * @throws {SezError} `VALIDATION_ERROR` for anything but a key and bytes, `KEY_DISPOSED` after the
 *   key was wiped.
 */
export function sign(key: KeyPair, bytes: CanonicalBytes): Uint8Array {
  if (!KeyPair.isKey(key)) throw invalidInput('must be a key of keyFromSeed', 'key')
  return key.signBytes(bytes)
}

/** Whether the signature is good under the one rule. Wrong lengths and hostile bytes are `false`. */
export function verify(
  publicKey: Uint8Array,
  bytes: CanonicalBytes,
  signature: Uint8Array,
): boolean {
  return verifyBytes(publicKey, bytes, signature)
}

/** {@link verify} over raw bytes, for what others have signed. */
export function verifyBytes(
  publicKey: Uint8Array,
  bytes: Uint8Array,
  signature: Uint8Array,
): boolean {
  return (nativeVerify ?? portableVerify)(publicKey, bytes, signature)
}

/** The bytes before the 32 of a private key in PKCS #8, and of a public key in SPKI (RFC 8410). */
const pkcs8Prefix = [48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32] as const
const spkiPrefix = [48, 42, 48, 5, 6, 3, 43, 101, 112, 3, 33, 0] as const
const publicKeysMax = 1024

type Signer = (seed: Uint8Array) => {
  readonly publicKey: Uint8Array
  readonly sign: (bytes: Uint8Array) => Uint8Array
}
type Verifier = (publicKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array) => boolean
type NodeCrypto = NonNullable<ReturnType<typeof process.getBuiltinModule<'node:crypto'>>>

const nodeCrypto = globalThis.process?.getBuiltinModule?.('node:crypto')

/** The platform's verifier behind this file's checks; `null` where there is no node:crypto. */
export const nativeVerify: Verifier | null =
  nodeCrypto === undefined ? null : nativeVerifier(nodeCrypto)

const nativeSigner: Signer | null =
  nodeCrypto === undefined ? null : (seed) => openNativeSigner(nodeCrypto, seed)

/** A signer without node:crypto. */
const portableSigner: Signer = (seed) => ({
  publicKey: portablePublicKey(seed),
  sign: (bytes) => portableSign(seed, bytes),
})

function nativeVerifier(crypto: NodeCrypto): Verifier {
  type Key = ReturnType<NodeCrypto['createPublicKey']>
  /** `null` for a key the rule refuses. Two generations, so that what is used stays. */
  let young = new Map<string, Key | null>()
  let old = new Map<string, Key | null>()
  function keyOf(publicKey: Uint8Array): Key | null {
    const name = bytesToHex(publicKey)
    const known = young.get(name)
    if (known !== undefined) return known
    const key = old.get(name) ?? openPublicKey(publicKey)
    if (young.size >= publicKeysMax / 2) {
      old = young
      young = new Map()
    }
    young.set(name, key)
    return key
  }
  function openPublicKey(publicKey: Uint8Array): Key | null {
    if (!isStrictPublicKey(publicKey)) return null
    const der = new Uint8Array(spkiPrefix.length + 32)
    der.set(spkiPrefix)
    der.set(publicKey, spkiPrefix.length)
    return crypto.createPublicKey({ key: der as Buffer, format: 'der', type: 'spki' })
  }
  return (publicKey, bytes, signature) => {
    if (!isBytes(publicKey) || publicKey.length !== 32) return false
    if (!isBytes(bytes) || !isStrictSignature(signature)) return false
    // OpenSSL's verdict on an R of small order depends on its version, ours does not. No honest
    // signer makes one, so the slower path costs nothing.
    if (isOfSmallOrder(signature.subarray(0, 32))) {
      return portableVerify(publicKey, bytes, signature)
    }
    const key = keyOf(publicKey)
    // node:crypto is cofactorless and compares R as encoded; the checks above add the rest.
    return key !== null && crypto.verify(null, bytes, key, signature)
  }
}

function openNativeSigner(crypto: NodeCrypto, seed: Uint8Array): ReturnType<Signer> {
  const der = new Uint8Array(pkcs8Prefix.length + seedBytes)
  try {
    der.set(pkcs8Prefix)
    der.set(seed, pkcs8Prefix.length)
    const key = crypto.createPrivateKey({ key: der as Buffer, format: 'der', type: 'pkcs8' })
    const spki = crypto.createPublicKey(key).export({ format: 'der', type: 'spki' })
    return {
      publicKey: Uint8Array.from(spki.subarray(spkiPrefix.length)),
      sign: (bytes) => Uint8Array.from(crypto.sign(null, bytes, key)),
    }
  } finally {
    der.fill(0)
  }
}
