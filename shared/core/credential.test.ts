import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type CredentialVerdict,
  credentialContext,
  issueCredential,
  verifyCredential,
} from './credential.ts'
import { didFromPublicKey } from './did.ts'
import { generateKey, keyFromSeed } from './ed25519.ts'
import type { JsonObject } from './json.ts'
import { signDocument } from './proof.ts'

const now = new Date('2026-02-10T00:00:00Z')
const key = keyFromSeed(new Uint8Array(32).fill(21))
const did = didFromPublicKey(key.publicKey)
const draft = {
  id: 'urn:uuid:1',
  type: ['KycCredential'],
  subject: { id: 'urn:entity:1', level: 2, share: 0.25 },
  validFrom: new Date('2026-01-01T00:00:00Z'),
  validUntil: new Date('2027-01-01T00:00:00Z'),
}
const issued = issueCredential(draft, key, { created: now })
const proof = issued['proof'] as JsonObject

const verdict = (credential: unknown, at = now): CredentialVerdict =>
  verifyCredential(credential, { now: at })

describe('issuing', () => {
  test('gives VC 2.0 with a Data Integrity proof that verifies', () => {
    expect(issued).toMatchObject({
      '@context': [credentialContext],
      type: ['VerifiableCredential', 'KycCredential'],
      issuer: did,
      validFrom: '2026-01-01T00:00:00Z',
      proof: { type: 'DataIntegrityProof', cryptosuite: 'eddsa-jcs-2022' },
    })
    expect(verdict(issued)).toEqual({
      valid: true,
      issuerSigned: true,
      problems: [],
      proofs: [{ did, verificationMethod: `${did}#${did.slice(8)}`, valid: true, reason: null }],
    })
  })

  test('VALIDATION_ERROR, NOT_CANONICAL and KEY_DISPOSED for what cannot be issued', () => {
    const options = { created: now }
    const code = (name: string): unknown => expect.objectContaining({ code: name })
    expect(() => issueCredential({ ...draft, type: [''] }, key, options)).toThrow(
      code('VALIDATION_ERROR'),
    )
    const validFrom = new Date(Number.NaN)
    expect(() => issueCredential({ ...draft, validFrom }, key, options)).toThrow(
      code('VALIDATION_ERROR'),
    )
    const subject = { amount: Number.NaN }
    expect(() => issueCredential({ ...draft, subject }, key, options)).toThrow(
      code('NOT_CANONICAL'),
    )
    const gone = generateKey()
    gone[Symbol.dispose]()
    expect(() => issueCredential(draft, gone, options)).toThrow(code('KEY_DISPOSED'))
  })
})

describe('verifying Data Integrity', () => {
  test.each<[string, JsonObject, string]>([
    ['the subject', { ...issued, credentialSubject: {} }, 'does not fit'],
    ['a new member', { ...issued, extra: 1 }, 'does not fit'],
    ['the date of the proof', withProof({ created: '2026-02-10T00:00:01Z' }), 'does not fit'],
    ['the purpose', withProof({ proofPurpose: 'authentication' }), 'proofPurpose must be'],
    ['a date that is none', withProof({ created: 'today' }), 'created must be a moment'],
    ['the suite', withProof({ cryptosuite: 'eddsa-rdfc-2022' }), 'unsupported cryptosuite'],
    ['the suite to ecdsa', withProof({ cryptosuite: 'ecdsa-jcs-2019' }), 'unsupported cryptosuite'],
    ['the type', withProof({ type: 'Ed25519Signature2020' }), 'unsupported proof type'],
    ['a chain', withProof({ previousProof: 'urn:x' }), 'unsupported proof member'],
    ['the contexts', { ...issued, '@context': ['https://a.example'] }, 'must begin with'],
    ['the method', withProof({ verificationMethod: 'did:web:a.example#k' }), 'only did:key'],
    ['the method to none', withProof({ verificationMethod: 'x' }), 'is no DID'],
    ['a short value', withProof({ proofValue: 'z1' }), 'must hold 64 bytes'],
    ['another base', withProof({ proofValue: 'uAAAA' }), 'must hold'],
    ['an integer that no double holds', { ...issued, n: 2n ** 60n }, 'is not canonical'],
  ])('refuses a change of %s', (_, credential, reason) => {
    const { valid, problems } = verdict(credential)
    expect(valid).toBe(false)
    expect(problems.join('\n')).toContain(reason)
  })

  test('every proof of a list must be good', () => {
    expect(verdict({ ...issued, proof: [proof, proof] }).valid).toBe(true)
    const forged = { ...proof, created: '2026-02-10T00:00:01Z' }
    expect(verdict({ ...issued, proof: [proof, forged] })).toMatchObject({
      valid: false,
      issuerSigned: true,
    })
    for (const none of [[], null, undefined]) {
      expect(verdict({ ...issued, proof: none }).problems).toContain(
        'proof must hold at least one signature',
      )
    }
  })

  test('an issuer that is a DID must have signed; another is left to the caller', () => {
    using stranger = generateKey()
    const other = issueCredential(draft, stranger, { created: now })
    const issuer = { id: did, name: 'Zone' }
    expect(verdict({ ...other, issuer }).valid).toBe(false)
    const { proof: _, ...unsigned } = issued
    const named = signDocument(
      { ...unsigned, credentialSubject: {}, issuer: 'https://a.example' },
      stranger,
      { created: now },
    )
    expect(verdict(named)).toMatchObject({ valid: true, issuerSigned: false })
    const impostor = signDocument({ ...unsigned, credentialSubject: {}, issuer }, stranger, {
      created: now,
    })
    expect(verdict(impostor).problems).toEqual(['issuer has signed none of the proofs'])
  })

  test('the time must be right, with a minute’s tolerance at the beginning', () => {
    expect(verdict(issued, new Date('2025-12-31T23:59:00Z')).valid).toBe(true)
    expect(verdict(issued, new Date('2025-12-31T23:58:59Z')).problems).toEqual([
      'validFrom lies in the future',
    ])
    expect(verdict(issued, new Date('2027-01-01T00:00:00Z')).valid).toBe(true)
    expect(verdict(issued, new Date('2027-01-01T00:00:00.001Z')).problems).toEqual([
      'validUntil has passed',
    ])
    expect(verdict({ ...issued, validFrom: 'soon' }).problems).toContain(
      'validFrom must be a moment',
    )
  })

  test('a form that is no credential is named', () => {
    expect(verdict({}).problems).toHaveLength(5)
    expect(verdict([]).problems).toEqual(['credential must be an object'])
  })

  test('hostile values give a verdict, never an exception, and no getter is run', () => {
    const getter = Object.defineProperty({ ...issued }, 'name', {
      get: () => expect.unreachable(),
      enumerable: true,
    })
    expect(verdict(getter).problems).toEqual(['credential cannot be read'])
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withNullPrototype: true }), (value) => {
        expect(verdict(value).valid).toBe(false)
        expect(verdict({ ...issued, proof: value }).valid).toBe(false)
        expect(verdict({ ...issued, '@context': value }).valid).toBe(false)
      }),
      { numRuns: 200 },
    )
  })
})

function withProof(change: JsonObject): JsonObject {
  return { ...issued, proof: { ...proof, ...change } }
}

describe('hostile callers and documents', () => {
  test('a list that answers for itself proves nothing', () => {
    const forged = { did, verificationMethod: null, valid: true, reason: null }
    const list = Object.assign([proof], { filter: () => [proof], map: () => [forged] })
    expect(verdict({ ...issued, credentialSubject: { forged: true }, proof: list }).valid).toBe(
      false,
    )
    expect(verdict({ ...issued, proof: [proof] }).valid).toBe(true)
  })

  test('a time that is none judges nothing as valid', () => {
    expect(verdict(issued, new Date(Number.NaN))).toMatchObject({ valid: false })
    expect(verdict(issued, 'now' as unknown as Date)).toMatchObject({ valid: false })
  })

  test('a proof that has expired is not good, before its credential has', () => {
    const reasonAt = (expires: unknown): unknown =>
      verdict({ ...issued, proof: { ...proof, expires } }).proofs[0]?.reason
    expect(reasonAt('2026-02-09T23:59:59Z')).toBe('the proof has expired')
    expect(reasonAt('soon')).toBe('expires must be a moment')
    // Not expired, but it was added after signing.
    expect(reasonAt('2026-02-11T00:00:00Z')).toContain('signature does not fit')
  })
})
