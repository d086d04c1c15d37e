import { createHash, createHmac } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalize } from './canonical.ts'
import {
  bytesToHex,
  chainHash,
  digest,
  digestOfBytes,
  equalBytes,
  hexToBytes,
  hmac,
  isDigest,
  openDigest,
  parseDigest,
  portableSha256,
  writeDigest,
} from './digest.ts'
import { InvariantViolation } from './invariant.ts'

const validationError = expect.objectContaining({ code: 'VALIDATION_ERROR' })

describe('digests', () => {
  test('are SHA-256 in 64 lower-case hex digits, on both implementations', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const expected = createHash('sha256').update(bytes).digest('hex')
        expect(digestOfBytes(bytes)).toBe(expected)
        expect(portableSha256(bytes)).toBe(expected)
        expect(isDigest(expected)).toBe(true)
      }),
    )
    expect(digest(canonicalize({}))).toBe(
      '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
    )
  })

  test('come to the same for bytes that come in parts', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 90 })), (parts) => {
        const running = openDigest()
        for (const part of parts) running.add(part)
        expect(running.end()).toBe(digestOfBytes(Buffer.concat(parts)))
      }),
    )
  })

  test('are made of bytes only', () => {
    // A caller without types may hand over a text.
    expect(() => digestOfBytes('text' as unknown as Uint8Array)).toThrow(
      expect.objectContaining({ code: 'VALIDATION_ERROR' }),
    )
  })

  test.each(['', 'ab', 'A'.repeat(64), 'g'.repeat(64), ` ${'a'.repeat(63)}`, null, 5])(
    'VALIDATION_ERROR for %j',
    (text) => {
      expect(() => parseDigest(text, 'root')).toThrow(
        expect.objectContaining({
          code: 'VALIDATION_ERROR',
          details: { field: 'root', problems: [expect.objectContaining({ path: 'root' })] },
        }),
      )
    },
  )

  test('chained hashes bind the domain, a zero byte and the parts', () => {
    const parts = [Uint8Array.of(1, 2), Uint8Array.of(3)]
    const expected = createHash('sha256')
      .update('sez-log-v1\0')
      .update(Uint8Array.of(1, 2, 3))
    expect(chainHash('sez-log-v1', ...parts)).toBe(expected.digest('hex'))
    expect(chainHash('a', Uint8Array.of(1))).not.toBe(chainHash('b', Uint8Array.of(1)))
    expect(() => chainHash('with\0zero')).toThrow(InvariantViolation)
    expect(() => chainHash('')).toThrow(InvariantViolation)
  })

  test('HMAC is that of RFC 2104', () => {
    const key = Uint8Array.from({ length: 32 }, (_, at) => at)
    const expected = createHmac('sha256', key).update('é').digest()
    expect(equalBytes(hmac(key, 'é'), expected)).toBe(true)
  })
})

describe('hex', () => {
  test('reads what it writes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(hexToBytes(bytesToHex(bytes))).toEqual(bytes)
        expect(bytesToHex(bytes)).toBe(Buffer.from(bytes).toString('hex'))
      }),
    )
  })

  test('a digest is written in place, and nothing else is', () => {
    const target = new Uint8Array(34)
    writeDigest('ff'.repeat(32), target, 1, 'left')
    expect(bytesToHex(target)).toBe(`00${'ff'.repeat(32)}00`)
    for (const text of ['ff', 'FF'.repeat(32), 'fg'.repeat(32)]) {
      expect(() => writeDigest(text, target, 1, 'left')).toThrow(validationError)
    }
  })

  test.each(['a', 'AB', '0g', ' 00', '0x', 'ab\n'])('VALIDATION_ERROR for %j', (text) => {
    expect(() => hexToBytes(text)).toThrow(validationError)
  })
})

describe('equalBytes', () => {
  test('is true for equal bytes and false for any difference', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), fc.nat(), (bytes, at) => {
        const other = bytes.slice()
        expect(equalBytes(bytes, other)).toBe(true)
        other[at % other.length] = (other[at % other.length] ?? 0) ^ 1
        expect(equalBytes(bytes, other)).toBe(false)
        expect(equalBytes(bytes, bytes.slice(1))).toBe(false)
      }),
    )
  })
})
