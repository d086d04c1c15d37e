import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { didFromPublicKey } from './did.ts'
import { generateKey, type KeyPair, keyFromSeed } from './ed25519.ts'
import type { JsonObject } from './json.ts'
import { documentDigest, proofType, signDocument, verifyProofs } from './proof.ts'

const created = new Date('2026-02-10T00:00:00.700Z')
const document = { type: 'Note', text: 'a', n: 1 }

function signed(...keys: KeyPair[]): JsonObject {
  return keys.reduce<JsonObject>((one, key) => signDocument(one, key, { created }), document)
}

function proofOf(one: JsonObject): JsonObject {
  return one['proof'] as JsonObject
}

describe('signing a document', () => {
  test('the first proof stands alone, the second makes a list, and all hold', () => {
    using first = generateKey()
    using second = generateKey()
    const one = signed(first)
    expect(Object.keys(proofOf(one))).toEqual([
      'type',
      'created',
      'verificationMethod',
      'proofPurpose',
      'jws',
    ])
    expect(proofOf(one)).toMatchObject({ type: proofType, created: '2026-02-10T00:00:00Z' })
    const both = signed(first, second, first)
    expect(verifyProofs(both).map(({ did, valid }) => [did, valid])).toEqual([
      [didFromPublicKey(first.publicKey), true],
      [didFromPublicKey(second.publicKey), true],
      [didFromPublicKey(first.publicKey), true],
    ])
    expect(document).not.toHaveProperty('proof')
  })

  test('a null proof counts as none, anything else is refused', () => {
    using key = generateKey()
    expect(verifyProofs(signDocument({ ...document, proof: null }, key, { created }))).toHaveLength(
      1,
    )
    expect(() => signDocument({ ...document, proof: 'x' }, key, { created })).toThrow(
      expect.objectContaining({ code: 'VALIDATION_ERROR' }),
    )
  })

  test('the verification method must be the key’s own', () => {
    using key = generateKey()
    const did = didFromPublicKey(key.publicKey)
    const own = signDocument(document, key, { created, verificationMethod: `${did}#board` })
    expect(verifyProofs(own)).toEqual([
      { did, verificationMethod: `${did}#board`, valid: true, reason: null },
    ])
    const verificationMethod = 'did:web:example.org#key-1'
    expect(() => signDocument(document, key, { created, verificationMethod })).toThrow(
      expect.objectContaining({ code: 'VALIDATION_ERROR' }),
    )
  })

  test('NOT_CANONICAL, VALIDATION_ERROR and KEY_DISPOSED for what cannot be signed', () => {
    const key = generateKey()
    expect(() => signDocument({ a: 1.5 }, key, { created })).toThrow(
      expect.objectContaining({ code: 'NOT_CANONICAL' }),
    )
    expect(() => signDocument(document, key, { created: new Date(Number.NaN) })).toThrow(
      expect.objectContaining({ code: 'VALIDATION_ERROR' }),
    )
    key[Symbol.dispose]()
    expect(() => signDocument(document, key, { created })).toThrow(
      expect.objectContaining({ code: 'KEY_DISPOSED' }),
    )
  })

  test('the digest of a document ignores its proofs and nothing else', () => {
    using key = generateKey()
    expect(documentDigest(signed(key))).toBe(documentDigest(document))
    expect(documentDigest({ ...document, Proof: 1 })).not.toBe(documentDigest(document))
    expect(documentDigest({ inner: { proof: 1 } })).not.toBe(documentDigest({ inner: {} }))
  })
})

describe('verifying', () => {
  using key = keyFromSeed(new Uint8Array(32).fill(8))
  const one = signed(key)
  const proof = proofOf(one)
  const jws = proof['jws'] as string

  test.each([
    ['a field too many', { ...proof, nonce: 'x' }, 'exactly the fields'],
    ['a field too few', { ...proof, created: undefined }, 'created'],
    ['another type', { ...proof, type: 'Ed25519Signature2020' }, 'type must be'],
    ['another purpose', { ...proof, proofPurpose: 'authentication' }, 'proofPurpose must be'],
    ['a date with a fraction', { ...proof, created: '2026-02-10T00:00:00.0Z' }, 'created must be'],
    ['a date that is none', { ...proof, created: '2026-02-30T00:00:00Z' }, 'created must be'],
    [
      'a newline after the date',
      { ...proof, created: '2026-02-10T00:00:00Z\n' },
      'created must be',
    ],
    ['a date as a number', { ...proof, created: 5 }, 'created must be'],
    ['another method', { ...proof, verificationMethod: 'did:web:a#b' }, 'only did:key'],
    ['no DID', { ...proof, verificationMethod: 'x' }, 'verificationMethod must be'],
    ['padding', { ...proof, jws: `${jws}==` }, 'jws must be'],
    ['a short signature', { ...proof, jws: 'AAAA' }, 'jws must be'],
    ['a hex signature', { ...proof, jws: '00'.repeat(64) }, 'jws must be'],
    ['a JOSE header', { ...proof, jws: `e30..${jws}` }, 'jws must be'],
    ['a text', 'proof', 'must be an object'],
    ['a list in the list', [proof], 'must be an object'],
    ['null', null, 'must be an object'],
  ])('is false for %s', (_, forged, reason) => {
    const results = verifyProofs({ ...one, proof: [forged, proof] })
    expect(results.map(({ valid }) => valid)).toEqual([false, true])
    expect(results[0]?.reason).toContain(reason)
  })

  test('every change to the document breaks every proof', () => {
    for (const changed of [{ n: 2 }, { text: 'a ' }, { extra: null }, { type: 'note' }]) {
      expect(verifyProofs({ ...one, ...changed })).toMatchObject([{ valid: false }])
    }
  })

  test('nothing is proved by no proof, and what has no form is not verified', () => {
    for (const empty of [document, { ...one, proof: [] }, { ...one, proof: null }, [], null, 'x']) {
      expect(verifyProofs(empty)).toEqual([])
    }
    expect(verifyProofs({ ...one, n: 1.5 })).toMatchObject([
      { valid: false, reason: 'the document is not canonical' },
    ])
  })

  test('hostile values give verdicts, never an exception, and no getter is run', () => {
    const thrower = new Proxy(one, {
      get: () => {
        throw new RangeError('mine')
      },
      getOwnPropertyDescriptor: () => {
        throw new RangeError('mine')
      },
    })
    expect(verifyProofs(thrower)).toEqual([])
    const getter = Object.defineProperty({ ...one }, 'text', {
      get: () => expect.unreachable(),
      enumerable: true,
    })
    expect(verifyProofs(getter)).toMatchObject([{ valid: false }])
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withBigInt: true }), (value) => {
        const results = [value, { ...document, proof: value }, { ...document, proof: [value] }]
          .flatMap((hostile) => verifyProofs(hostile))
          .filter(({ valid }) => valid)
        expect(results).toEqual([])
      }),
      { numRuns: 300 },
    )
  })
})

test('a list of proofs that answers for itself is one proof of a wrong form', () => {
  const forged = { did: null, verificationMethod: null, valid: true, reason: null }
  const proof = Object.assign([{}], { map: () => [forged] })
  expect(verifyProofs({ proof })).toMatchObject([{ valid: false }])
})

test('no document is signed as if it were one', () => {
  using signer = keyFromSeed(new Uint8Array(32).fill(3))
  const signNothing = (): unknown =>
    signDocument(null as unknown as JsonObject, signer, { created: new Date(0) })
  expect(signNothing).toThrow(expect.objectContaining({ code: 'NOT_CANONICAL' }))
})
