import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Digest, digestOfBytes, parseDigest } from './digest.ts'
import {
  appendLeaf,
  bagPeaks,
  type ConsistencyProof,
  consistencyPath,
  consistencyProof,
  consistencyProofFromNodes,
  type InclusionProof,
  inclusionPath,
  inclusionProof,
  inclusionProofFromNodes,
  leafHash,
  type MmrNode,
  nodeHash,
  nodesForAppend,
  type Peak,
  peakAddresses,
  peaksOf,
  type ReadNode,
  rootOf,
  verifyConsistency,
  verifyInclusion,
} from './mmr.ts'
import { peakOf, siblingsTo } from './mmr-address.ts'
import {
  haveHeightsOf,
  isCount,
  nodesOf,
  readExactly,
  readPeaks,
  readPeaksFrom,
  readRoots,
} from './mmr-range.ts'

const sizeMax = 256
const roots = Array.from({ length: sizeMax }, (_, at) =>
  digestOfBytes(new TextEncoder().encode(`root ${at}`)),
)
const validationError = expect.objectContaining({ code: 'VALIDATION_ERROR' })

/** Nodes as a table would hold them, one append after another. */
const stored = new Map<string, Digest>()
const addressOf = ({ height, index }: { height: number; index: number }): string =>
  `${height}/${index}`
const readNode: ReadNode = (address) => parseDigest(stored.get(addressOf(address)))
const appended: readonly MmrNode[][] = roots.map((root, size) => {
  const nodes = nodesForAppend(size, leafHash(root), readNode)
  for (const node of nodes) stored.set(addressOf(node), node.hash)
  return nodes
})

describe('appending', () => {
  test('one leaf after another gives what all at once give, for every size up to 256', () => {
    let peaks: Peak[] = []
    for (let size = 1; size <= sizeMax; size += 1) {
      peaks = appendLeaf(peaks, leafHash(roots[size - 1] ?? ''))
      expect(peaks).toEqual(readPeaksFrom(size, readNode))
      expect(haveHeightsOf(peaks, size)).toBe(true)
    }
    for (const size of [1, 2, 3, 7, 8, 9, 63, 64, 65, 100, 127, 200, 255, 256]) {
      expect(peaksOf(roots.slice(0, size))).toEqual(readPeaksFrom(size, readNode))
      expect(rootOf(roots.slice(0, size))).toBe(bagPeaks(readPeaksFrom(size, readNode)))
    }
  })

  test('stored nodes are each written once and never again', () => {
    const all = appended.flat().map(addressOf)
    expect(new Set(all).size).toBe(all.length)
    expect(all.length).toBe(2 * sizeMax - 1)
    const computed = nodesOf(roots)
    for (const node of appended.flat()) expect(computed(node)).toBe(node.hash)
  })

  test('an append asks for peaks only', () => {
    for (let size = 0; size < sizeMax; size += 1) {
      const peaks = new Set(peakAddresses(size).map(addressOf))
      nodesForAppend(size, leafHash(roots[size] ?? ''), (address) => {
        expect(peaks.has(addressOf(address))).toBe(true)
        return readNode(address)
      })
    }
  })

  test('no leaves have no root; one leaf is its own', () => {
    expect(rootOf([])).toBe('')
    expect(bagPeaks([])).toBe('')
    expect(rootOf(roots.slice(0, 1))).toBe(leafHash(roots[0] ?? ''))
  })

  test('VALIDATION_ERROR for peaks that do not fall, sizes that are none, hashes that are none', () => {
    const leaf = leafHash(roots[0] ?? '')
    const peak = (height: number): Peak => ({ height, hash: leaf })
    for (const peaks of [[peak(0), peak(0)], [peak(0), peak(1)], [peak(-1)], [peak(0.5)]]) {
      expect(() => appendLeaf(peaks, leaf)).toThrow(validationError)
      expect(() => bagPeaks(peaks)).toThrow(validationError)
    }
    for (const size of [-1, 0.5, Number.NaN, 2 ** 53]) {
      expect(() => nodesForAppend(size, leaf, readNode)).toThrow(validationError)
      expect(() => peakAddresses(size)).toThrow(validationError)
    }
    expect(() => nodeHash(leaf.toUpperCase(), leaf)).toThrow(validationError)
    expect(() => nodeHash(leaf, '')).toThrow(validationError)
    expect(() => leafHash('xyz')).toThrow(validationError)
  })
})

describe('addresses', () => {
  test('stand right for sizes that no 32-bit arithmetic holds', () => {
    const size = 2 ** 40 + 2 ** 33 + 1
    expect(peakAddresses(size)).toEqual([
      { height: 40, index: 0 },
      { height: 33, index: 2 ** 7 },
      { height: 0, index: 2 ** 40 + 2 ** 33 },
    ])
    expect(inclusionPath(size, 2 ** 40 + 5)).toHaveLength(33)
    expect(peakOf(size, size - 1)).toEqual({
      peakIndex: 2,
      address: { height: 0, index: 2 ** 40 + 2 ** 33 },
    })
  })

  test('siblings climb to the height asked for', () => {
    expect(siblingsTo({ height: 0, index: 5 }, 3)).toEqual([
      { height: 0, index: 4 },
      { height: 1, index: 3 },
      { height: 2, index: 0 },
    ])
  })

  test('VALIDATION_ERROR for a leaf outside the range', () => {
    for (const index of [-1, 4, 1.5, Number.NaN]) {
      expect(() => inclusionPath(4, index)).toThrow(validationError)
      expect(() => inclusionProof(roots.slice(0, 4), index)).toThrow(validationError)
      expect(() => peakOf(4, index)).toThrow(validationError)
    }
    for (const [from, to] of [
      [0, 4],
      [5, 4],
    ] as const) {
      expect(() => consistencyPath(from, to)).toThrow(validationError)
      expect(() => consistencyProof(roots.slice(0, to), from)).toThrow(validationError)
    }
  })
})

/** Every way to change one thing in a value: numbers, texts, lists and objects at any depth. */
function* mutations(value: unknown): Generator {
  if (typeof value === 'number') {
    yield* [value + 1, value - 1, value + 0.5, -1, value * 2 + 3, `${value}`, null, 2 ** 53]
  } else if (typeof value === 'string') {
    const first = value.startsWith('0') ? '1' : '0'
    yield* [first + value.slice(1), value.slice(0, -1), `${value}0`, value.toUpperCase(), '', null]
    yield* [` ${value}`, value === 'left' ? 'right' : 'left']
  } else if (Array.isArray(value)) {
    yield* [[], null, [...value, ...value.slice(-1)], value.slice(1), value.slice(0, -1)]
    yield* [value.toReversed(), [...value.slice(0, 1), ...value], Object.assign({}, value)]
    for (const [at, item] of value.entries()) {
      for (const changed of mutations(item)) yield value.with(at, changed)
    }
  } else if (typeof value === 'object' && value !== null) {
    yield { ...value, extra: 1 }
    for (const [name, item] of Object.entries(value)) {
      const { [name]: _, ...rest } = value as Record<string, unknown>
      yield rest
      for (const changed of mutations(item)) yield { ...value, [name]: changed }
    }
  }
}

function realMutations(proof: unknown): unknown[] {
  const same = JSON.stringify(proof)
  return [...mutations(proof)].filter((one) => JSON.stringify(one) !== same)
}

describe('inclusion', () => {
  test('the proof of every leaf of every tree up to 256 verifies', () => {
    const failures: string[] = []
    for (let size = 1; size <= sizeMax; size += 1) {
      for (let index = 0; index < size; index += 1) {
        const nextRoot = roots[index] ?? ''
        const proof = inclusionProofFromNodes({ size, index, nextRoot }, readNode)
        if (!verifyInclusion(proof)) failures.push(`leaf ${index} of ${size}`)
      }
    }
    expect(failures).toEqual([])
  })

  test('stored nodes prove what computed ones prove, by the addresses named', () => {
    for (const size of [1, 2, 3, 7, 8, 21, 64, 65, 100, 255, 256]) {
      for (let index = 0; index < size; index += 7) {
        const allowed = new Set(
          [...inclusionPath(size, index), ...peakAddresses(size)].map(addressOf),
        )
        const fromNodes = inclusionProofFromNodes(
          { size, index, nextRoot: roots[index] ?? '' },
          (address) => {
            expect(allowed.has(addressOf(address))).toBe(true)
            return readNode(address)
          },
        )
        expect(fromNodes).toEqual(inclusionProof(roots.slice(0, size), index))
      }
    }
  })

  test('no single change of any proof verifies, in every tree up to 16', () => {
    const accepted: unknown[] = []
    for (let size = 1; size <= 16; size += 1) {
      for (let index = 0; index < size; index += 1) {
        const nextRoot = roots[index] ?? ''
        const proof = inclusionProofFromNodes({ size, index, nextRoot }, readNode)
        accepted.push(...realMutations(proof).filter((changed) => verifyInclusion(changed)))
      }
    }
    expect(accepted).toEqual([])
  })

  test('no single change of a proof verifies, in trees up to 256', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: sizeMax }), fc.nat(), (size, at) => {
        const index = at % size
        const nextRoot = roots[index] ?? ''
        const proof = inclusionProofFromNodes({ size, index, nextRoot }, readNode)
        for (const changed of realMutations(proof)) expect(verifyInclusion(changed)).toBe(false)
      }),
      { numRuns: 25 },
    )
  })

  test('every other index and every other size is a lie that is seen', () => {
    const proof = inclusionProof(roots.slice(0, 21), 9)
    for (let other = 0; other < 64; other += 1) {
      expect(verifyInclusion({ ...proof, leaf_index: other })).toBe(other === 9)
      expect(verifyInclusion({ ...proof, size: other })).toBe(other === 21)
    }
  })

  test('hostile values are false, never thrown', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withNullPrototype: true }), (value) => {
        expect(verifyInclusion(value)).toBe(false)
        expect(verifyConsistency(value)).toBe(false)
      }),
    )
    const proof: InclusionProof = inclusionProof(roots.slice(0, 5), 2)
    for (const name of Object.keys(proof)) {
      for (const value of [Symbol('x'), 1n, undefined, new Date(0), Number.NaN]) {
        expect(verifyInclusion({ ...proof, [name]: value })).toBe(false)
      }
    }
  })

  test('blanks and upper case are forgiven in a leaf’s root when it is made, not in a proof', () => {
    const [first = ''] = roots
    expect(leafHash(` ${first.toUpperCase()}\n`)).toBe(leafHash(first))
    const proof = inclusionProof([` ${first.toUpperCase()}`], 0)
    expect(proof.receipt_next_root).toBe(first)
    expect(verifyInclusion({ ...proof, receipt_next_root: first.toUpperCase() })).toBe(false)
  })
})

describe('consistency', () => {
  test('every pair of sizes up to 64 is proved, and no single change of a proof verifies', () => {
    const wrong: unknown[] = []
    for (let to = 1; to <= 64; to += 1) {
      for (let from = 1; from <= to; from += 1) {
        const proof: ConsistencyProof = consistencyProofFromNodes({ from, to }, readNode)
        if (!verifyConsistency(proof)) wrong.push(proof)
        const changes = realMutations(proof)
        // All changes for small pairs, a spread of them for the rest.
        const step = to <= 12 ? 1 : 17
        for (let at = (from * 7 + to) % step; at < changes.length; at += step) {
          if (verifyConsistency(changes[at])) wrong.push(changes[at])
        }
      }
    }
    expect(wrong).toEqual([])
  })

  test('stored nodes prove what computed ones prove, by the addresses named', () => {
    for (const [from, to] of [
      [1, 1],
      [3, 7],
      [4, 8],
      [5, 200],
      [127, 256],
      [200, 201],
    ] as const) {
      const allowed = [...consistencyPath(from, to), ...peakAddresses(from), ...peakAddresses(to)]
      const names = new Set(allowed.map(addressOf))
      const fromNodes = consistencyProofFromNodes({ from, to }, (address) => {
        expect(names.has(addressOf(address))).toBe(true)
        return readNode(address)
      })
      expect(fromNodes).toEqual(consistencyProof(roots.slice(0, to), from))
      expect(fromNodes.from_root).toBe(rootOf(roots.slice(0, from)))
    }
  })

  test('a history with one old leaf replaced is not consistent', () => {
    const forged = roots.with(3, roots[200] ?? roots[0] ?? parseDigest('0'.repeat(64)))
    for (const [from, to] of [
      [4, 8],
      [5, 21],
      [16, 17],
      [40, 256],
    ] as const) {
      const honest = consistencyProof(roots.slice(0, to), from)
      const other = consistencyProof(forged.slice(0, to), from)
      const { from_root, from_peaks } = honest
      expect(verifyConsistency({ ...other, from_root, from_peaks })).toBe(false)
    }
  })
})

describe('reading foreign proofs', () => {
  test('forms are closed', () => {
    expect(readExactly({ a: 1 }, ['a'])).toEqual({ a: 1 })
    expect(readExactly({ a: 1, b: 2 }, ['a'])).toBeNull()
    expect(readExactly({ a: 1, [Symbol('b')]: 2 }, ['a'])).toBeNull()
    expect(readExactly([1], ['0'])).toBeNull()
    expect([0, 1.5, -1, '1', 2 ** 53].map(isCount)).toEqual([true, false, false, false, false])
    expect(readPeaks([{ height: 0, hash: roots[0] }])).toHaveLength(1)
    expect(readPeaks([{ height: 0, hash: roots[0], more: 1 }])).toBeNull()
    expect(readPeaks('x')).toBeNull()
    expect(readRoots(roots)).toEqual(roots)
  })

  test('a proof that fails when looked at, or answers for itself, is false', () => {
    const { path, ...rest } = inclusionProof(roots, 2)
    const throwing = { get: () => expect.unreachable(), enumerable: true }
    const hostile: unknown[] = [
      Object.defineProperty({ ...rest }, 'path', throwing),
      new Proxy({ ...rest, path }, { ownKeys: () => expect.unreachable() }),
      { ...rest, path: Object.assign([{ side: 'left', hash: 'zz' }], { every: () => true }) },
      { ...rest, path: Object.assign([], { length: 2 ** 32 - 1 }) },
    ]
    for (const proof of hostile) {
      expect(verifyInclusion(proof)).toBe(false)
      expect(verifyConsistency(proof)).toBe(false)
    }
    const { from_peaks, ...others } = consistencyProof(roots, 3)
    expect(verifyConsistency(Object.defineProperty({ ...others }, 'from_peaks', throwing))).toBe(
      false,
    )
    expect(verifyConsistency({ ...others, from_peaks })).toBe(true)
  })

  test('what is no list is refused by every function that takes one', () => {
    for (const value of [
      null,
      undefined,
      'text',
      { length: 0 },
      Object.assign([], { 1: 1 }),
      Object.assign([], { length: 2 ** 32 - 1 }),
    ]) {
      // Callers without types can hand in anything.
      const list = value as never
      const calls = [
        () => peaksOf(list),
        () => rootOf(list),
        () => bagPeaks(list),
        () => appendLeaf(list, leafHash('0'.repeat(64))),
        () => inclusionProof(list, 0),
        () => consistencyProof(list, 1),
      ]
      for (const call of calls) {
        expect(call).toThrow(expect.objectContaining({ code: 'VALIDATION_ERROR' }))
      }
    }
  })
})
