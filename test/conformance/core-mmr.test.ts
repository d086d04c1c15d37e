/** spec/vectors/mmr.json, every case in its strict column. @module */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { SezError } from '@sez/core/errors'
import {
  appendLeaf,
  bagPeaks,
  inclusionProof,
  leafHash,
  nodeHash,
  type Peak,
  peaksOf,
  rootOf,
  verifyInclusion,
} from '@sez/core/mmr'
import { describe, expect, test } from 'vitest'

type Case = { readonly id: string } & (
  | { kind: 'leaf_hash'; next_root: string; leaf_hash?: string; rejected?: boolean }
  | { kind: 'node_hash'; left: string; right: string; node_hash: string }
  | { kind: 'root'; size: number; root: string; peaks: Peak[] }
  | { kind: 'proof'; proof: { size: number; leaf_index: number }; expected: boolean }
  | { kind: 'tampered_proof'; proof: unknown; expected: boolean | null }
  | {
      kind: 'append'
      checkpoint_size: number
      checkpoint_peaks: Peak[]
      append_count: number
      root: string
      peaks: Peak[]
      must_not_equal_root: string
    }
)

const path = new URL('../../spec/vectors/mmr.json', import.meta.url)
const { cases }: { readonly cases: readonly Case[] } = JSON.parse(readFileSync(path, 'utf8'))

function nextRoots(from: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) =>
    createHash('sha256')
      .update(`sez-main:next_root:${from + index}`)
      .digest('hex'),
  )
}

function ofKind<K extends Case['kind']>(kind: K): Extract<Case, { kind: K }>[] {
  return cases.filter((one): one is Extract<Case, { kind: K }> => one.kind === kind)
}

describe('mmr.json', () => {
  test('holds all of its cases', () => {
    expect(cases.length).toBe(222)
  })

  test.each(ofKind('leaf_hash').filter(({ rejected }) => rejected !== true))(
    'leaf hash $id',
    ({ next_root, leaf_hash }) => {
      expect(leafHash(next_root)).toBe(leaf_hash)
    },
  )

  test.each(ofKind('leaf_hash').filter(({ rejected }) => rejected === true))(
    'VALIDATION_ERROR for leaf $id',
    ({ next_root }) => {
      expect(() => leafHash(next_root)).toThrow(SezError)
    },
  )

  test.each(ofKind('node_hash'))('node hash $id', ({ left, right, node_hash }) => {
    expect(nodeHash(left, right)).toBe(node_hash)
  })

  test.each(ofKind('root'))('peaks and root of $size leaves', ({ size, root, peaks }) => {
    const roots = nextRoots(0, size)
    expect(peaksOf(roots)).toEqual(peaks)
    expect(rootOf(roots)).toBe(root)
  })

  test.each(ofKind('proof'))('proof $id is made and verified', ({ proof, expected }) => {
    expect(inclusionProof(nextRoots(0, proof.size), proof.leaf_index)).toEqual(proof)
    expect(verifyInclusion(proof)).toBe(expected)
  })

  test.each(ofKind('tampered_proof'))('$id is refused', ({ proof }) => {
    // Where the vectors leave the choice open (a wrong computed_peak_root), we refuse as well.
    expect(verifyInclusion(proof)).toBe(false)
  })

  test.each(ofKind('append'))('$id grows the checkpoint by leaf hashes', (one) => {
    let peaks: readonly Peak[] = one.checkpoint_peaks
    for (const root of nextRoots(one.checkpoint_size, one.append_count)) {
      peaks = appendLeaf(peaks, leafHash(root))
    }
    expect(peaks).toEqual(one.peaks)
    expect(bagPeaks(peaks)).toBe(one.root)
    expect(bagPeaks(peaks)).not.toBe(one.must_not_equal_root)
  })
})
