import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  didFromPublicKey,
  didOfVerificationMethod,
  isDid,
  parseDid,
  publicKeyFromDid,
} from './did.ts'
import { encodeMultibase } from './multibase.ts'

const validationError = expect.objectContaining({ code: 'VALIDATION_ERROR' })
const did = 'did:key:z6MkoXNuG3jXcKTM3WK5QTrGv4ZJpwSafpvCTwAL1cobkQYr'

describe('did:key', () => {
  test('names every key in one way', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (publicKey) => {
        const name = didFromPublicKey(publicKey)
        expect(name.startsWith('did:key:z6Mk')).toBe(true)
        expect(publicKeyFromDid(name)).toEqual(publicKey)
        expect(parseDid(name)).toBe(name)
      }),
    )
  })

  const withPrefix = (...bytes: number[]): string =>
    `did:key:${encodeMultibase(Uint8Array.from([...bytes, ...new Uint8Array(32)]))}`
  test.each([
    withPrefix(0xed),
    withPrefix(0xec, 0x01),
    withPrefix(0xed, 0x01, 0x00),
    `did:key:${encodeMultibase(Uint8Array.from([0xed, 0x01, ...new Uint8Array(31)]))}`,
    `${did}1`,
    `did:key:z1${did.slice(9)}`,
    did.replace('did:key:z', 'did:key:Z'),
    did.replace('did:key:z', 'did:key:'),
    `${did}#key-1`,
    `${did} `,
    'did:key:z0OIl',
    'did:key:z',
    'did:web:example.org',
    '',
  ])('VALIDATION_ERROR for %s', (text) => {
    expect(() => publicKeyFromDid(text)).toThrow(validationError)
  })

  test('VALIDATION_ERROR for a key of another length', () => {
    expect(() => didFromPublicKey(new Uint8Array(31))).toThrow(validationError)
  })
})

describe('DIDs', () => {
  test.each([did, 'did:web:example.org', 'did:web:example.org:a%20b', 'did:x::1', 'did:a1:_'])(
    '%s is one',
    (text) => {
      expect(parseDid(text)).toBe(text)
    },
  )

  test.each([
    'did:web',
    'did:web:',
    'did:web:a:',
    'DID:web:a',
    'did:Web:a',
    'did:web:a b',
    'did:web:a#b',
    'did:web:a?b',
    'did:web:a/b',
    'did:web:%zz',
    `did:web:${'a'.repeat(256)}`,
    'did:web:a\n',
    null,
  ])('VALIDATION_ERROR for %j', (text) => {
    expect(() => parseDid(text, 'sub')).toThrow(validationError)
    expect(isDid(text)).toBe(false)
  })

  test('hostile lengths cost no time', () => {
    expect(isDid(`did:a${':'.repeat(200)}`)).toBe(false)
    expect(isDid(`did:a:${'%20'.repeat(80)}!`)).toBe(false)
  })

  test.each([`${did}#key-1`, `${did}#anything`, `${did}#`, did])(
    '%s belongs to its DID',
    (text) => {
      expect(didOfVerificationMethod(text)).toBe(did)
    },
  )

  test.each([`${did}#a#b`, `${did}#a\n`, '#key-1', `${did}?x#y`, '', `${did}#${'a'.repeat(999)}`])(
    'VALIDATION_ERROR for the method %j',
    (text) => {
      expect(() => didOfVerificationMethod(text)).toThrow(validationError)
    },
  )
})

test('a key that is no bytes has no DID', () => {
  for (const value of [null, 'x'.repeat(32), Array.from({ length: 32 }).fill(0)]) {
    const call = (): unknown => didFromPublicKey(value as unknown as Uint8Array)
    expect(call).toThrow(expect.objectContaining({ code: 'VALIDATION_ERROR' }))
  }
})
