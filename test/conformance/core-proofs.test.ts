/** spec/vectors/vc.json: keys, DIDs and the proof form, every case in its strict column. @module */
import { readFileSync } from 'node:fs'
import { canonicalizeWithout, canonicalText } from '@sez/core/canonical'
import { verifyCredential } from '@sez/core/credential'
import { didFromPublicKey, didOfVerificationMethod, publicKeyFromDid } from '@sez/core/did'
import { bytesToHex, hexToBytes } from '@sez/core/digest'
import { keyFromSeed } from '@sez/core/ed25519'
import type { JsonObject } from '@sez/core/json'
import { decodeBase64url } from '@sez/core/multibase'
import { documentDigest, signDocument, verifyProofs } from '@sez/core/proof'
import { describe, expect, test } from 'vitest'

interface KeyCase {
  readonly id: string
  readonly seed_hex: string
  readonly public_hex: string
  readonly did: string
}
interface VcCase {
  readonly id: string
  readonly vc: JsonObject
  readonly expected_valid: boolean
  readonly signing_input?: string
  readonly payload_sha256?: string
}

const path = new URL('../../spec/vectors/vc.json', import.meta.url)
const vectors: {
  readonly keys: readonly KeyCase[]
  readonly cases: readonly ({ readonly kind: string } & (KeyCase | VcCase))[]
} = JSON.parse(readFileSync(path, 'utf8'))
const credentials = vectors.cases.filter((one): one is { kind: 'vc' } & VcCase => one.kind === 'vc')
const keys = vectors.cases.filter((one): one is { kind: 'did_key' } & KeyCase =>
  ['did_key'].includes(one.kind),
)

describe('vc.json', () => {
  test('holds all of its cases', () => {
    expect(vectors.cases.length).toBe(58)
    expect(credentials.length).toBe(53)
    expect(keys.length).toBe(4)
  })

  test.each(keys)('$id names its key both ways', ({ seed_hex, public_hex, did }) => {
    using key = keyFromSeed(hexToBytes(seed_hex))
    expect(bytesToHex(key.publicKey)).toBe(public_hex)
    expect(didFromPublicKey(key.publicKey)).toBe(did)
    expect(bytesToHex(publicKeyFromDid(did))).toBe(public_hex)
  })

  test('the JWK has the seed and public key of the first DID', () => {
    const one: unknown = vectors.cases.find(({ kind }) => kind === 'jwk')
    expect(one).toMatchObject({ jwk: { kty: 'OKP', crv: 'Ed25519' } })
    const { jwk, did, default_verification_method } = one as {
      jwk: { x: string; d: string }
      did: string
      default_verification_method: string
    }
    using key = keyFromSeed(decodeBase64url(jwk.d))
    expect(key.publicKey).toEqual(decodeBase64url(jwk.x))
    expect(didFromPublicKey(key.publicKey)).toBe(did)
    expect(didOfVerificationMethod(default_verification_method)).toBe(did)
  })

  test.each(credentials)('$id is judged $expected_valid', (one) => {
    const results = verifyProofs(one.vc)
    const verified = results.length > 0 && results.every(({ valid }) => valid)
    expect(verified).toBe(one.expected_valid)
    for (const { valid, reason } of results) expect(reason === null).toBe(valid)
  })

  test.each(credentials)('$id as a credential is judged $expected_valid', (one) => {
    const now = new Date('2026-02-10T00:00:00Z')
    expect(verifyCredential(one.vc, { now }).valid).toBe(one.expected_valid)
  })

  test.each(credentials.filter(({ signing_input }) => signing_input !== undefined))(
    '$id signs these very bytes',
    ({ vc, signing_input, payload_sha256 }) => {
      expect(canonicalText(canonicalizeWithout(vc, ['proof']))).toBe(signing_input)
      expect(documentDigest(vc)).toBe(payload_sha256)
    },
  )

  test('multi-one-bad gives one verdict per proof', () => {
    const one = credentials.find(({ id }) => id === 'multi-one-bad')
    expect(verifyProofs(one?.vc).map(({ valid }) => valid)).toEqual([true, false, true])
  })

  test('signing again gives the signatures of the vectors', () => {
    const vc: JsonObject = credentials.find(({ id }) => id === 'ok-0-3sig')?.vc ?? {}
    const { proof, ...payload } = vc
    let signed: JsonObject = payload
    for (const { seed_hex } of vectors.keys.slice(0, 3)) {
      using key = keyFromSeed(hexToBytes(seed_hex))
      const at = signed['proof'] === undefined ? 0 : [signed['proof']].flat().length
      const { created } = ([proof].flat()[at] ?? {}) as { created: string }
      signed = signDocument(signed, key, { created: new Date(created) })
    }
    expect(signed).toEqual(vc)
  })
})
