/** spec/vectors/receipts.json: the kinds that core alone decides. @module */
import { readFileSync } from 'node:fs'
import { canonicalize } from '@sez/core/canonical'
import { digest } from '@sez/core/digest'
import type { JsonObject } from '@sez/core/json'
import { bagPeaks, peaksOf } from '@sez/core/mmr'
import { documentDigest, verifyProofs } from '@sez/core/proof'
import {
  genesisRoot,
  type GenesisPayload,
  nextRoot,
  normalizeDigestSet,
  rootAsGiven,
  verifyReceipt,
} from '@sez/core/receipt'
import { describe, expect, test } from 'vitest'

type Case = { readonly id: string } & (
  | {
      kind: 'genesis'
      definition_vc: JsonObject
      definition_payload_sha256: string
      agreement_vcs: JsonObject[]
      agreement_payload_sha256: string[]
      agreement_set_sha256_mcf: string
      genesis_payload: GenesisPayload
      genesis_root: string
    }
  | { kind: 'genesis_payload'; genesis_payload: GenesisPayload; genesis_root: string }
  | {
      kind: 'chain'
      genesis_root: string
      receipts_signed: JsonObject[]
      next_roots: string[]
      final_state_root: string
      mmr: { size: number; root: string; peaks: unknown[] }
    }
  | {
      kind: 'checkpoint'
      checkpoint: JsonObject
      checkpoint_digest_sha256: string
      head_commitment_digest_sha256: string
    }
  | {
      kind: 'digest_set_normalization'
      receipt_without_next_root: JsonObject
      next_root_python_raw: string
      normalized_set_coerced_to_hex: string[]
    }
  | {
      kind: 'append_rejected'
      receipt: JsonObject
      expected_error: string
      python_next_root: string
    }
)

const path = new URL('../../spec/vectors/receipts.json', import.meta.url)
const vectors: { keys: { did: string }[]; cases: Case[] } = JSON.parse(readFileSync(path, 'utf8'))
const dids = vectors.keys.map(({ did }) => did)

function ofKind<K extends Case['kind']>(kind: K): Extract<Case, { kind: K }>[] {
  const found = vectors.cases.filter((one): one is Extract<Case, { kind: K }> => one.kind === kind)
  expect(found.length).toBeGreaterThan(0)
  return found
}

describe('receipts.json', () => {
  test.each(ofKind('genesis'))('$id: payload digests and genesis root', (one) => {
    expect(documentDigest(one.definition_vc)).toBe(one.definition_payload_sha256)
    const agreements = one.agreement_vcs.map((vc) => documentDigest(vc)).sort()
    expect(agreements).toEqual(one.agreement_payload_sha256)
    const set = {
      corridor_id: one.genesis_payload.corridor_id,
      definition_payload_sha256: one.definition_payload_sha256,
      agreement_payload_sha256: agreements,
    }
    expect(digest(canonicalize(set))).toBe(one.agreement_set_sha256_mcf)
    expect(genesisRoot(one.genesis_payload)).toBe(one.genesis_root)
  })

  test.each(ofKind('genesis_payload'))('$id: genesis root', ({ genesis_payload, genesis_root }) => {
    expect(genesisRoot(genesis_payload)).toBe(genesis_root)
  })

  test.each(ofKind('chain'))('$id: every receipt links, is signed and verifies', (one) => {
    let previous = one.genesis_root
    for (const [sequence, receipt] of one.receipts_signed.entries()) {
      expect(receipt['prev_root']).toBe(previous)
      expect(receipt['sequence']).toBe(sequence)
      expect(nextRoot(receipt)).toBe(one.next_roots[sequence])
      expect(verifyReceipt(receipt, { keys: dids })).toMatchObject({ valid: true, problems: [] })
      previous = nextRoot(receipt)
    }
    expect(previous).toBe(one.final_state_root)
    const peaks = peaksOf(one.next_roots)
    expect({ size: one.next_roots.length, root: bagPeaks(peaks), peaks }).toEqual(one.mmr)
  })

  test.each(ofKind('checkpoint'))('$id: digest with peaks, and head commitment', (one) => {
    const { checkpoint } = one
    expect(documentDigest(checkpoint)).toBe(one.checkpoint_digest_sha256)
    expect(verifyProofs(checkpoint).map(({ valid }) => valid)).toEqual([true, true])
    const { corridor_id, genesis_root, receipt_count, final_state_root, mmr } = checkpoint
    const mmr_root = (mmr as JsonObject)['root']
    const head = { corridor_id, genesis_root, receipt_count, final_state_root, mmr_root }
    expect(digest(canonicalize(head))).toBe(one.head_commitment_digest_sha256)
  })

  test.each(ofKind('digest_set_normalization'))('$id: normalised, or refused', (one) => {
    const receipt = one.receipt_without_next_root
    const lawpacks = normalizeDigestSet(receipt['lawpack_digest_set'])
    expect(lawpacks).toEqual(one.normalized_set_coerced_to_hex)
    expect(() => nextRoot(receipt)).toThrow(
      expect.objectContaining({ code: 'DIGEST_SET_NOT_NORMALIZED' }),
    )
    expect(rootAsGiven(receipt)).toBe(one.next_root_python_raw)
    const signed = { ...receipt, next_root: rootAsGiven(receipt) }
    expect(verifyReceipt(signed, { keys: dids }).problems).toContain(
      'lawpack_digest_set must be sorted, unique, lower-case digests',
    )
  })

  test.each(ofKind('append_rejected'))('$id: the root that the receipt really has', (one) => {
    expect(nextRoot(one.receipt)).toBe(one.python_next_root)
    const { problems } = verifyReceipt(one.receipt, { keys: dids })
    const wrongRoot = problems.some((problem) => problem.startsWith('next_root must be the digest'))
    expect(wrongRoot).toBe(one.expected_error === 'next_root_mismatch')
  })
})
