/** Credentials: their envelope, their dates, their signers. @module */
import { describe, expect, test } from 'vitest'
import { credential, parsed, partyOf, signedText } from '../documents.fixture.ts'
import {
  corridorDocumentKinds,
  proofsMax,
  readCredential,
  readProofCount,
  signersOf,
} from './credential.ts'
import { openReading } from './reading.ts'

const type = 'MSEZCorridorDefinitionCredential'
const issuer = partyOf('issuer')
const now = new Date('2026-01-01T00:00:00Z')
const plain = credential(type, issuer.did, { corridor_id: 'x' })
const read = (changes: Parameters<typeof signedText>[0], signers = [issuer]) =>
  readCredential(signedText({ ...plain, ...changes }, signers), type, { now, root: 'definition.' })

describe('readCredential', () => {
  test('gives text, digest, issuer, subject and verified proofs', () => {
    expect(read({})).toMatchObject({
      issuer: issuer.did,
      subject: { corridor_id: 'x' },
      proofs: [{ did: issuer.did, valid: true }],
    })
    expect(read({ issuer: { id: issuer.did, name: 'Issuer' } }).issuer).toBe(issuer.did)
  })

  test.for([
    ['definition.@context[0]', { '@context': ['https://www.w3.org/ns/credentials/v2'] }],
    ['definition.type', { type: ['VerifiableCredential'] }],
    ['definition.issuer', { issuer: 'somebody' }],
    ['definition.issuanceDate', { issuanceDate: '2026-01-01T00:01:01Z' }],
    ['definition.expirationDate', { expirationDate: '2026-01-01T00:00:00Z' }],
    ['definition.credentialSubject', { credentialSubject: 'x' }],
  ] as const)('VALIDATION_ERROR at %s', ([field, changes]) => {
    expect(() => read(changes)).toThrow(
      expect.objectContaining({
        code: 'VALIDATION_ERROR',
        details: expect.objectContaining({ field }),
      }),
    )
  })

  test('a minute of drift is forgiven, and any zone of time read', () => {
    expect(() => read({ issuanceDate: '2026-01-01T05:01:00+05:00' })).not.toThrow()
    expect(() => read({ expirationDate: '2026-01-01T00:00:01Z' })).not.toThrow()
  })

  test('NOT_CANONICAL for a float anywhere', () => {
    const text = signedText(plain, [issuer]).replace('"x"', '1.0')
    expect(() => readCredential(text, type, { now })).toThrow(
      expect.objectContaining({ code: 'NOT_CANONICAL' }),
    )
  })
})

test('readProofCount notes no proof and too many', () => {
  const reading = openReading()
  readProofCount(reading, {})
  readProofCount(reading, { proof: [] })
  readProofCount(reading, { proof: Array.from({ length: proofsMax + 1 }, () => ({})) })
  readProofCount(reading, { proof: {} })
  expect(() => reading.refuse()).toThrow(expect.objectContaining({ code: 'VALIDATION_ERROR' }))
})

describe('signersOf', () => {
  const other = partyOf('other')

  test('names each signer once', () => {
    const { proofs } = read({}, [issuer, other, issuer])
    expect(signersOf({ proofs }, [issuer.did, other.did])).toEqual([issuer.did, other.did])
  })

  test('SIGNATURE_INVALID wins over SIGNER_NOT_ALLOWED', () => {
    const text = signedText(plain, [other]).replace('"x"', '"y"')
    const { proofs } = readCredential(text, type, { now })
    expect(() => signersOf({ proofs }, [issuer.did])).toThrow(
      expect.objectContaining({ code: 'SIGNATURE_INVALID' }),
    )
    expect(() => signersOf({ proofs: [] }, [])).toThrow(
      expect.objectContaining({ code: 'SIGNATURE_INVALID' }),
    )
  })

  test('SIGNER_NOT_ALLOWED when one of several may not', () => {
    const { proofs } = read({}, [issuer, other])
    expect(() => signersOf({ proofs }, [issuer.did])).toThrow(
      expect.objectContaining({ code: 'SIGNER_NOT_ALLOWED', details: { signer: other.did } }),
    )
  })
})

test('corridorDocumentKinds are those of the API', () => {
  expect(corridorDocumentKinds).toEqual(['DEFINITION', 'AGREEMENT', 'TRANSITION'])
  expect(parsed(signedText(plain, [issuer]))).toHaveProperty('proof')
})
