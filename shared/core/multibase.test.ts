import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { SezError } from './errors.ts'
import { decodeBase64url, decodeMultibase, encodeBase64url, encodeMultibase } from './multibase.ts'

const validationError = expect.objectContaining({ code: 'VALIDATION_ERROR' })

describe('base58btc', () => {
  test('reads what it writes, leading zeros kept', () => {
    fc.assert(
      fc.property(fc.nat(5), fc.uint8Array({ maxLength: 70 }), (zeros, rest) => {
        const bytes = Uint8Array.from([...new Uint8Array(zeros), ...rest])
        expect(decodeMultibase(encodeMultibase(bytes))).toEqual(bytes)
      }),
    )
    expect(encodeMultibase(Uint8Array.of(0, 0))).toBe('z11')
  })

  test.each(['', 'a', 'Z1', 'm1', 'z0', 'zO', 'zI', 'zl', 'z 1', 'z1\n', `z${'1'.repeat(600)}`])(
    'VALIDATION_ERROR for %.20j',
    (text) => {
      expect(() => decodeMultibase(text)).toThrow(validationError)
    },
  )
})

describe('base64url', () => {
  test('reads what it writes, as Node does', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
        const text = encodeBase64url(bytes)
        expect(text).toBe(Buffer.from(bytes).toString('base64url'))
        expect(decodeBase64url(text)).toEqual(bytes)
      }),
    )
  })

  test('every value has one text: only the canonical last character is read', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const codes = alphabet.split('').map((last) => {
      try {
        return decodeBase64url(`A${last}`).length === 1 ? last : 'wrong length'
      } catch (error) {
        return (error as SezError).code
      }
    })
    expect(codes.filter((code) => code !== 'VALIDATION_ERROR').join('')).toBe('AQgw')
  })

  test.each(['A', 'AA==', 'A+', 'A/', 'AA ', 'AA\n', ' AA', 'A\u00e9', 'AAAAA'])(
    'VALIDATION_ERROR for %j',
    (text) => {
      expect(() => decodeBase64url(text)).toThrow(validationError)
    },
  )
})
