/**
 * The Ed25519 rule in portable code: the byte checks that stand before every implementation, and
 * signing and verifying where there is no node:crypto.
 *
 * @module
 */
import { getPublicKey, hashes, Point, sign } from '@noble/ed25519'
import { sha512 } from '@noble/hashes/sha2.js'
import { equalBytes, hexToBytes } from './digest.ts'
import { isBytes } from './intrinsics.ts'

/** The order of the base point's subgroup, L of RFC 8032 §5.1, and as 32 little-endian bytes. */
const order = 2n ** 252n + 27742317777372353535851937790883648493n
const orderBytes = littleEndian(order)
/** The field's prime 2^255 - 19 as 32 little-endian bytes. */
const fieldBytes = littleEndian(2n ** 255n - 19n)

const one = littleEndian(1n)
const minusOne = littleEndian(2n ** 255n - 20n)

/** The y coordinates of the eight points of small order, without the sign bit. */
const smallOrderYs: readonly Uint8Array[] = [
  littleEndian(0n),
  one,
  minusOne,
  hexToBytes('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'),
  hexToBytes('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'),
]

/**
 * Whether 32 bytes are a public key the rule lets in: y below the prime, no point of small order.
 * Whether they are on the curve is for the verification to find.
 */
export function isStrictPublicKey(bytes: Uint8Array): boolean {
  if (!isBytes(bytes) || bytes.length !== 32) return false
  return isBelow(withoutSign(bytes), fieldBytes) && !isOfSmallOrder(bytes)
}

/** Whether 32 bytes encode one of the eight points of small order, whatever their sign bit says. */
export function isOfSmallOrder(bytes: Uint8Array): boolean {
  const y = withoutSign(bytes)
  return smallOrderYs.some((small) => equalBytes(small, y))
}

/**
 * Whether 64 bytes have the one encoding the rule lets in: S below L, R's y below the prime, and no
 * sign on an x of zero.
 */
export function isStrictSignature(bytes: Uint8Array): boolean {
  if (!isBytes(bytes) || bytes.length !== 64) return false
  const y = withoutSign(bytes.subarray(0, 32))
  if (!isBelow(bytes.subarray(32), orderBytes) || !isBelow(y, fieldBytes)) return false
  const signed = ((bytes[31] ?? 0) & 0x80) !== 0
  return !signed || !(equalBytes(y, one) || equalBytes(y, minusOne))
}

/** Whether a signature is good under the one rule; the same verdicts as node:crypto behind it. */
export function portableVerify(
  publicKey: Uint8Array,
  bytes: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (!isStrictPublicKey(publicKey) || !isStrictSignature(signature)) return false
  if (!isBytes(bytes)) return false
  const encodedR = signature.subarray(0, 32)
  let point: Point
  try {
    point = Point.fromBytes(publicKey)
  } catch {
    return false
  }
  const message = new Uint8Array(64 + bytes.length)
  message.set(encodedR)
  message.set(publicKey, 32)
  message.set(bytes, 64)
  const k = readLittleEndian(sha512(message)) % order
  const s = readLittleEndian(signature.subarray(32))
  // [S]B - [k]A must encode to R itself: no cofactor, and R needs no decoding.
  const computedR = Point.BASE.multiply(s, false).subtract(point.multiply(k, false))
  return equalBytes(computedR.toBytes(), encodedR)
}

/** The public key of a 32-byte seed. */
export function portablePublicKey(seed: Uint8Array): Uint8Array {
  hashes.sha512 ??= sha512
  return getPublicKey(seed)
}

/**
 * The signature of bytes by a 32-byte seed. The implementation computes with big integers, which
 * the runtime frees in its own time: only the seed's array can be wiped.
 */
export function portableSign(seed: Uint8Array, bytes: Uint8Array): Uint8Array {
  hashes.sha512 ??= sha512
  return sign(bytes, seed)
}

function withoutSign(bytes: Uint8Array): Uint8Array {
  // Not `slice`: on a Buffer that is a view, and clearing its bit would change the caller's bytes.
  const y = Uint8Array.from(bytes)
  y[31] = (y[31] ?? 0) & 0x7f
  return y
}

/** Whether a little-endian number is below another of the same length. */
function isBelow(left: Uint8Array, right: Uint8Array): boolean {
  for (let at = left.length - 1; at >= 0; at -= 1) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0)
    if (difference !== 0) return difference < 0
  }
  return false
}

function littleEndian(value: bigint): Uint8Array {
  const bytes = new Uint8Array(32)
  let rest = value
  for (let at = 0; at < bytes.length; at += 1) {
    bytes[at] = Number(rest & 0xffn)
    rest >>= 8n
  }
  return bytes
}

function readLittleEndian(bytes: Uint8Array): bigint {
  let value = 0n
  for (let at = bytes.length - 1; at >= 0; at -= 1) value = (value << 8n) | BigInt(bytes[at] ?? 0)
  return value
}
