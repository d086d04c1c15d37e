import { inspect } from 'node:util'
import { Point } from '@noble/ed25519'
import { sha512 } from '@noble/hashes/sha2.js'
import * as fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { canonicalize } from './canonical.ts'
import { bytesToHex, equalBytes } from './digest.ts'
import {
  generateKey,
  KeyPair,
  keyFromSeed,
  nativeVerify,
  sign,
  verify,
  verifyBytes,
} from './ed25519.ts'
import {
  isOfSmallOrder,
  isStrictPublicKey,
  isStrictSignature,
  portablePublicKey,
  portableSign,
  portableVerify,
} from './ed25519-portable.ts'
import { isBytes } from './intrinsics.ts'

const L = 2n ** 252n + 27742317777372353535851937790883648493n
const P = 2n ** 255n - 19n
const seed32 = fc.uint8Array({ minLength: 32, maxLength: 32 })
const validationError = expect.objectContaining({ code: 'VALIDATION_ERROR' })

function littleEndian(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, at) => Number((value >> BigInt(8 * at)) & 0xffn))
}

function numberOf(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n)
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}

/** The verdict, which both implementations must share. */
function verdict(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const portable = portableVerify(publicKey, message, signature)
  expect(nativeVerify?.(publicKey, message, signature)).toBe(portable)
  expect(verifyBytes(publicKey, message, signature)).toBe(portable)
  return portable
}

/** The torsion subgroup, the identity first: L times a point of full order, and its multiples. */
const torsion = ((): readonly Point[] => {
  const full = Point.fromBytes(littleEndian(3n))
  const generator = full.multiply(L - 1n, false).add(full)
  return Array.from({ length: 8 }, (_, times) => generator.multiply(BigInt(times), false))
})()

describe('signing', () => {
  test('both implementations sign alike, and what is signed verifies', () => {
    fc.assert(
      fc.property(seed32, fc.uint8Array(), (seed, message) => {
        using key = keyFromSeed(seed.slice())
        expect(key.publicKey).toEqual(portablePublicKey(seed))
        const signature = key.signBytes(message)
        expect(signature).toEqual(portableSign(seed, message))
        expect(verdict(key.publicKey, message, signature)).toBe(true)
      }),
      { numRuns: 40 },
    )
  })

  test('a signature fits one document and one key', () => {
    using key = generateKey()
    using other = generateKey()
    const bytes = canonicalize({ a: 1 })
    const signature = sign(key, bytes)
    expect(verify(key.publicKey, bytes, signature)).toBe(true)
    expect(verify(key.publicKey, canonicalize({ a: 2 }), signature)).toBe(false)
    expect(verify(other.publicKey, bytes, signature)).toBe(false)
  })

  test('no flipped bit of key, message or signature verifies', () => {
    using key = keyFromSeed(new Uint8Array(32).fill(9))
    const message = Uint8Array.of(1, 2, 3)
    const signature = key.signBytes(message)
    const flipped = (bytes: Uint8Array, bit: number): Uint8Array =>
      bytes.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))
    for (let bit = 0; bit < 512; bit += 1) {
      expect(verifyBytes(key.publicKey, message, flipped(signature, bit))).toBe(false)
    }
    for (let bit = 0; bit < 256; bit += 1) {
      expect(verifyBytes(flipped(key.publicKey, bit), message, signature)).toBe(false)
    }
    for (let bit = 0; bit < 24; bit += 1) {
      expect(verifyBytes(key.publicKey, flipped(message, bit), signature)).toBe(false)
    }
  })
})

describe('the one verification rule, on both implementations', () => {
  using key = keyFromSeed(new Uint8Array(32).fill(5))
  const publicKey = key.publicKey
  const message = Uint8Array.of(7, 7)
  const signature = key.signBytes(message)
  const R = signature.slice(0, 32)
  const S = signature.slice(32)

  test('S plus a multiple of L is refused', () => {
    for (const times of [1n, 2n, 7n, 15n]) {
      const s = numberOf(S) + times * L
      if (s >= 2n ** 256n) continue
      expect(verdict(publicKey, message, joined(R, littleEndian(s)))).toBe(false)
    }
    expect(isStrictSignature(joined(R, littleEndian(L - 1n)))).toBe(true)
    expect(isStrictSignature(joined(R, littleEndian(L)))).toBe(false)
  })

  test('keys of small order are refused, in every encoding they have', () => {
    const ys = new Set<bigint>()
    for (const point of torsion) {
      const canonical = point.toBytes()
      ys.add(numberOf(canonical) & (2n ** 255n - 1n))
      for (const forged of encodingsOf(canonical)) {
        expect(isStrictPublicKey(forged)).toBe(false)
        // Under other rules R = identity, S = 0 fits every message when A is the identity.
        const identity = joined(littleEndian(1n), littleEndian(0n))
        expect(verdict(forged, message, identity)).toBe(false)
        expect(verdict(forged, message, signature)).toBe(false)
      }
    }
    expect(torsion.length).toBe(8)
    expect(ys.size).toBe(5)
  })

  test('encodings with y at or above the prime are refused as key and as R', () => {
    for (let y = P; y < 2n ** 255n; y += 1n) {
      for (const sign of [0n, 2n ** 255n]) {
        const encoded = littleEndian(y + sign)
        expect(verdict(encoded, message, signature)).toBe(false)
        expect(verdict(publicKey, message, joined(encoded, S))).toBe(false)
        expect(isStrictPublicKey(encoded)).toBe(false)
        expect(isStrictSignature(joined(encoded, S))).toBe(false)
      }
    }
  })

  test('R may be of small order, in its one encoding, when the equation holds exactly', () => {
    const scalar = scalarOf(new Uint8Array(32).fill(5))
    for (const [order, point] of torsion.entries()) {
      for (const encoded of encodingsOf(point.toBytes())) {
        const k = numberOf(sha512(joined(encoded, publicKey, message))) % L
        const forged = joined(encoded, littleEndian((k * scalar) % L))
        const canonical = equalBytes(encoded, point.toBytes())
        expect(isOfSmallOrder(point.toBytes())).toBe(true)
        expect(verdict(publicKey, message, forged)).toBe(order === 0 && canonical)
      }
    }
  })

  test('keys and R of mixed order count only when no torsion is left: no cofactor', () => {
    const scalar = scalarOf(new Uint8Array(32).fill(6))
    const verdicts = { accepted: 0, refused: 0 }
    for (let round = 0; round < 112; round += 1) {
      const onKey = torsion[1 + (round % 7)] ?? Point.ZERO
      const onR = torsion[Math.floor(round / 7) % 8] ?? Point.ZERO
      const A = Point.BASE.multiply(scalar).add(onKey).toBytes()
      // Every other R has no part of large order at all.
      const r = round < 56 ? BigInt(round + 1) * 1234567891011n : 0n
      const encodedR = Point.BASE.multiply(r, false).add(onR).toBytes()
      const text = Uint8Array.of(round)
      const k = numberOf(sha512(joined(encodedR, A, text))) % L
      const forged = joined(encodedR, littleEndian((r + k * scalar) % L))
      const left = onKey.multiply(k % 8n, false).add(onR)
      const exact = equalBytes(left.toBytes(), Point.ZERO.toBytes())
      expect(verdict(A, text, forged)).toBe(exact)
      verdicts[exact ? 'accepted' : 'refused'] += 1
    }
    expect(verdicts.accepted).toBeGreaterThan(0)
    expect(verdicts.refused).toBeGreaterThan(0)
  })

  test('points off the curve and random bytes are refused alike', () => {
    fc.assert(
      fc.property(seed32, fc.uint8Array({ minLength: 64, maxLength: 64 }), (a, b) => {
        expect(verdict(a, message, signature)).toBe(false)
        expect(verdict(publicKey, message, b)).toBe(false)
        expect(verdict(publicKey, message, joined(a, S))).toBe(false)
      }),
      { numRuns: 60 },
    )
  })

  test('wrong lengths and foreign types are refused, never thrown', () => {
    const bad: readonly unknown[] = [null, undefined, '', 5, {}, [], new Uint8Array(0), 'ab']
    for (const value of [...bad, new Uint8Array(31), new Uint8Array(33), new Uint8Array(65)]) {
      // Callers without types hand over anything.
      const bytes = value as Uint8Array
      expect(verdict(bytes, message, signature)).toBe(false)
      expect(verdict(publicKey, message, bytes)).toBe(false)
    }
    for (const value of ['text', null, 5]) {
      expect(verdict(publicKey, value as unknown as Uint8Array, signature)).toBe(false)
    }
  })

  test('many keys pass through the bounded store without changing a verdict', () => {
    for (let round = 0; round < 1500; round += 1) {
      const unknown = sha512(Uint8Array.of(round & 0xff, round >> 8)).slice(0, 32)
      expect(verifyBytes(unknown, message, signature)).toBe(false)
    }
    expect(verifyBytes(publicKey, message, signature)).toBe(true)
  })
})

/** The canonical encoding, the one with the other sign bit, and both above the prime if they fit. */
function encodingsOf(canonical: Uint8Array): Uint8Array[] {
  const y = numberOf(canonical) & (2n ** 255n - 1n)
  const values = y + P < 2n ** 255n ? [y, y + P] : [y]
  return values.flatMap((value) => [littleEndian(value), littleEndian(value + 2n ** 255n)])
}

function scalarOf(seed: Uint8Array): bigint {
  const head = sha512(seed).slice(0, 32)
  head[0] = (head[0] ?? 0) & 248
  head[31] = ((head[31] ?? 0) & 127) | 64
  return numberOf(head) % L
}

describe('secrets', () => {
  /** Runs `act` and gives every array that it filled with zeros, with what it held before. */
  function wiped(act: () => void): { readonly array: Uint8Array; readonly before: string }[] {
    const seen: { array: Uint8Array; before: string }[] = []
    const spy = vi.spyOn(Uint8Array.prototype, 'fill')
    spy.mockImplementation(function (this: Uint8Array) {
      seen.push({ array: this, before: bytesToHex(this) })
      this.set(new Uint8Array(this.length))
      return this
    })
    act()
    spy.mockRestore()
    return seen
  }
  const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0)

  test('a disposed key has wiped its own array and the one it came from', () => {
    const seed = Uint8Array.from({ length: 32 }, (_, at) => at + 1)
    const hex = bytesToHex(seed)
    const key = keyFromSeed(seed)
    expect(bytesToHex(seed)).toBe(hex)
    const arrays = wiped(() => key[Symbol.dispose]()).filter(({ before }) => before === hex)
    expect(arrays.length).toBe(2)
    expect(arrays.every(({ array }) => isZero(array))).toBe(true)
    expect(isZero(seed)).toBe(true)
  })

  test('a copy for the platform is wiped while the key is loaded', () => {
    const seed = Uint8Array.from({ length: 32 }, (_, at) => at + 2)
    const hex = bytesToHex(seed)
    const arrays = wiped(() => keyFromSeed(seed))
    expect(arrays.some(({ before }) => before.endsWith(hex) && before !== hex)).toBe(true)
    expect(arrays.every(({ array }) => isZero(array))).toBe(true)
  })

  test('an array used again for something else is left alone', () => {
    const seed = new Uint8Array(32).fill(1)
    const key = keyFromSeed(seed)
    seed.fill(2)
    key[Symbol.dispose]()
    expect(seed).toEqual(new Uint8Array(32).fill(2))
  })

  test('VALIDATION_ERROR and a wiped array when loading fails', () => {
    for (const length of [0, 31, 33, 64]) {
      const seed = new Uint8Array(length).fill(3)
      expect(() => keyFromSeed(seed)).toThrow(validationError)
      expect(isZero(seed)).toBe(true)
    }
    expect(() => keyFromSeed('secret' as unknown as Uint8Array)).toThrow(validationError)
  })

  test('VALIDATION_ERROR for a seed that an earlier key wiped, never the zero key', () => {
    const seed = new Uint8Array(32).fill(4)
    keyFromSeed(seed)[Symbol.dispose]()
    expect(() => keyFromSeed(seed)).toThrow(validationError)
    using key = keyFromSeed(seed.fill(4))
    expect(key.publicKey.length).toBe(32)
    using zero = keyFromSeed(new Uint8Array(32))
    expect(zero.publicKey).not.toEqual(key.publicKey)
  })

  test('KEY_DISPOSED after the end of its block, and after a throw inside it', () => {
    const bytes = canonicalize('x')
    let kept: KeyPair | null = null
    expect(() => {
      using key = generateKey()
      kept = key
      sign(key, bytes)
      throw new TypeError('in between')
    }).toThrow('in between')
    expect(() => sign(kept ?? generateKey(), bytes)).toThrow(
      expect.objectContaining({ code: 'KEY_DISPOSED' }),
    )
  })

  test('no text, JSON, inspection or enumeration shows the secret', () => {
    const seed = Uint8Array.from({ length: 32 }, (_, at) => 200 - at)
    using key = keyFromSeed(seed)
    const shown = [
      key.toString(),
      JSON.stringify({ key }),
      inspect(key, { showHidden: true, depth: 9, getters: true }),
      inspect({ deep: [key] }),
      Reflect.ownKeys(key).join(),
      JSON.stringify(Object.entries(key)),
    ].join('\n')
    const hex = bytesToHex(seed)
    expect(shown).toContain(bytesToHex(key.publicKey))
    expect(shown).not.toContain(hex.slice(0, 8))
    expect(shown).not.toContain(seed.slice(0, 3).join(', '))
    expect(shown).not.toContain(Buffer.from(seed).toString('base64').slice(0, 8))
  })

  test('the public key is a copy that nobody can change from outside', () => {
    using key = generateKey()
    const before = bytesToHex(key.publicKey)
    key.publicKey.fill(0)
    expect(bytesToHex(key.publicKey)).toBe(before)
  })
})

describe('bytes of a Buffer, whose slice is a view', () => {
  test('are judged as they stand and never changed', () => {
    for (let seed = 1; seed <= 16; seed += 1) {
      using key = keyFromSeed(new Uint8Array(32).fill(seed))
      const bytes = canonicalize({ seed })
      const signature = sign(key, bytes)
      const flipped = (source: Uint8Array): Buffer => {
        const copy = Buffer.from(source)
        copy.writeUInt8(copy.readUInt8(31) ^ 0x80, 31)
        return copy
      }
      for (const each of [verifyBytes, portableVerify]) {
        const [publicBuffer, signatureBuffer] = [Buffer.from(key.publicKey), Buffer.from(signature)]
        expect(each(publicBuffer, bytes, signatureBuffer)).toBe(true)
        expect(equalBytes(publicBuffer, key.publicKey)).toBe(true)
        expect(equalBytes(signatureBuffer, signature)).toBe(true)
        expect(each(flipped(key.publicKey), bytes, Buffer.from(signature))).toBe(false)
        expect(each(Buffer.from(key.publicKey), bytes, flipped(signature))).toBe(false)
      }
    }
  })
})

test('only a key signs, and only bytes', () => {
  using key = keyFromSeed(new Uint8Array(32).fill(9))
  for (const [signer, bytes] of [
    [key, 'text'],
    [key, new Float64Array(4)],
    [{ signBytes: () => new Uint8Array(64) }, new Uint8Array()],
    [null, new Uint8Array()],
    [new Proxy(key, {}), new Uint8Array()],
  ]) {
    // Callers without types can hand in anything.
    expect(() => sign(signer as never, bytes as never)).toThrow(validationError)
  }
})

test('a proxy of bytes is no bytes, and a proxy of a key no key', () => {
  using key = keyFromSeed(new Uint8Array(32).fill(9))
  const bytes = canonicalize({})
  const signature = sign(key, bytes)
  const trapped = (target: Uint8Array): Uint8Array =>
    new Proxy(target, { getPrototypeOf: () => expect.unreachable() })
  expect(isBytes(Buffer.alloc(1))).toBe(true)
  expect([null, 'x', new Uint16Array(1), trapped(bytes)].some(isBytes)).toBe(false)
  expect(verify(trapped(key.publicKey), bytes, signature)).toBe(false)
  expect(portableVerify(key.publicKey, bytes, trapped(signature))).toBe(false)
  expect(KeyPair.isKey(key)).toBe(true)
})
