/** The checks of an append as a function of a chain and a receipt; all else is tested on the API. @module */
import { parseDigest } from '@sez/core/digest'
import { openReading } from './reading.ts'
import { expect, test } from 'vitest'
import {
  lawpacks,
  partyOf,
  receiptDocument,
  receiptText,
  signedText,
} from '../documents.fixture.ts'
import { baseRulesets } from './definition.ts'
import { readEnvelope } from './envelope.ts'
import {
  type Chain,
  checkActive,
  checkAppend,
  headOf,
  isCounted,
  parseReceipt,
  readReceipt,
  receiptBytesMax,
} from './receipt.ts'
import { judge } from './verdict.ts'

const pak = partyOf('pak')
const genesis = parseDigest('ab'.repeat(32))
const head = { receiptCount: 0, nextRoot: genesis }
const chain: Chain = {
  state: 'ACTIVE',
  participants: [{ did: pak.did, role: 'zone_authority', entityId: null }],
  receiptCount: 0,
  headRoot: genesis,
  lawpackDigestSet: lawpacks,
  rulesetDigestSet: baseRulesets,
}

test('checkAppend accepts the receipt that follows, with more rulesets than are asked for', () => {
  expect(() => checkAppend(chain, readReceipt(receiptText('x', head, [pak])))).not.toThrow()
  const ruleset_digest_set = [...baseRulesets, 'ff'.repeat(32)].sort()
  const more = receiptText('x', head, [pak], { ruleset_digest_set })
  expect(() => checkAppend(chain, readReceipt(more))).not.toThrow()
})

test.for(['DRAFT', 'PENDING', 'HALTED', 'SUSPENDED', 'DEPRECATED'] as const)(
  'CORRIDOR_NOT_ACTIVE in %s, by checkActive and checkAppend alike',
  (state) => {
    const receipt = readReceipt(receiptText('x', head, [pak]))
    const refused = expect.objectContaining({ code: 'CORRIDOR_NOT_ACTIVE', details: { state } })
    expect(() => checkActive({ state })).toThrow(refused)
    expect(() => checkAppend({ ...chain, state }, receipt)).toThrow(refused)
  },
)

test('SIGNER_NOT_ALLOWED when a stranger has signed beside a participant', () => {
  const receipt = readReceipt(receiptText('x', head, [pak, partyOf('stranger')]))
  expect(() => checkAppend(chain, receipt)).toThrow(
    expect.objectContaining({ code: 'SIGNER_NOT_ALLOWED' }),
  )
  const [own, other] = receipt.proofs
  expect([own, other].map((proof) => proof && isCounted(chain.participants, proof))).toEqual([
    true,
    false,
  ])
})

test('headOf has no sequence before the first receipt', () => {
  expect(headOf(chain)).toEqual({ sequence: null, nextRoot: genesis, receiptCount: 0 })
  expect(headOf({ ...chain, receiptCount: 3 })).toMatchObject({ sequence: 2, receiptCount: 3 })
})

test('parseReceipt bounds the text in bytes, not in characters', () => {
  const wide = `{"note":"${'ی'.repeat(receiptBytesMax / 2)}"}`
  expect(wide.length).toBeLessThan(receiptBytesMax)
  expect(() => parseReceipt(wide)).toThrow(expect.objectContaining({ code: 'RECEIPT_TOO_LARGE' }))
})

test('readReceipt refuses null for absent, and references where digests belong', () => {
  const document = receiptDocument('x', head)
  for (const changes of [
    { zk: null },
    { prev_root: { artifact_type: 'blob', digest_sha256: genesis } },
    { timestamp: '2026-02-01T00:00:00.5Z' },
    { proof: null },
  ]) {
    expect(() => readReceipt(signedText({ ...document, ...changes }, []))).toThrow(
      expect.objectContaining({ code: 'VALIDATION_ERROR' }),
    )
  }
})

test('readEnvelope compares the circuits of receipt and envelope, as text or reference', () => {
  const envelope = {
    type: 'MSEZTransitionEnvelope',
    kind: 'k',
    payload_sha256: genesis,
    zk_circuit_digest_sha256: { artifact_type: 'circuit', digest_sha256: genesis },
  }
  const reading = openReading()
  expect(readEnvelope(reading, envelope, genesis)?.problem).toBeNull()
  expect(readEnvelope(reading, envelope, 'cd'.repeat(32))?.problem).toContain('circuits')
  expect(readEnvelope(reading, undefined, undefined)).toBeNull()
})

test('judge names every problem and every good signer', () => {
  const good = parseReceipt(receiptText('x', head, [pak]))
  expect(judge(good)).toMatchObject({ valid: true, problems: [], signers: [pak.did] })
  expect(judge({ ...good, sequence: 1 })).toMatchObject({ valid: false, signers: [] })
  expect(judge({ proof: { verificationMethod: 'nobody' } })).toMatchObject({ valid: false })
})
