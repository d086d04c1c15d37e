/** Texts of bytes that have one spelling only: base58btc multibase and base64url. @module */
import { base58, base64urlnopad } from '@scure/base'
import { invalidInput } from './errors.ts'

/** Base58 costs the square of its length, so nothing longer is decoded. */
const base58LengthMax = 512

/** Base58btc with its multibase prefix `z`. */
export function encodeMultibase(bytes: Uint8Array): string {
  return `z${base58.encode(bytes)}`
}

/**
 * The bytes of a base58btc multibase text; every other base is refused.
 *
 * @throws {SezError} `VALIDATION_ERROR`.
 */
export function decodeMultibase(text: string): Uint8Array {
  if (typeof text !== 'string' || !text.startsWith('z') || text.length > base58LengthMax) {
    throw invalidInput('must be base58btc multibase, which starts with z')
  }
  return decode(base58, text.slice(1), 'must be base58btc multibase, which starts with z')
}

/** Base64url without padding (RFC 4648 §5). */
export function encodeBase64url(bytes: Uint8Array): string {
  return base64urlnopad.encode(bytes)
}

/**
 * The bytes of base64url without padding, whose unused last bits must be zero, so that one value
 * has one text.
 *
 * @throws {SezError} `VALIDATION_ERROR`.
 */
export function decodeBase64url(text: string): Uint8Array {
  if (typeof text !== 'string') throw invalidInput('must be base64url without padding')
  return decode(base64urlnopad, text, 'must be base64url without padding')
}

function decode(
  coder: { encode(bytes: Uint8Array): string; decode(text: string): Uint8Array },
  text: string,
  reason: string,
): Uint8Array {
  let bytes: Uint8Array
  try {
    bytes = coder.decode(text)
  } catch (cause) {
    throw invalidInput(reason, undefined, cause)
  }
  if (coder.encode(bytes) !== text) throw invalidInput(reason)
  return bytes
}
