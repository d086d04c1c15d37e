/** The range a corridor's row keeps is the range over its receipts' roots. @module */
import { type Digest, digestOfBytes } from '@sez/core/digest'
import { peaksOf, rootOf } from '@sez/core/mmr'
import { expect, test } from 'vitest'
import { growRange, peaksWithHeights, rangeRoot } from './mountain.ts'

const rootAt = (index: number): Digest => digestOfBytes(new TextEncoder().encode(`root ${index}`))

test('growing leaf by leaf gives the peaks and root of every size up to 256', () => {
  const roots: Digest[] = []
  let range = { size: 0, peaks: [] as readonly Digest[] }
  for (let index = 0; index < 256; index += 1) {
    roots.push(rootAt(index))
    range = growRange(range, rootAt(index))
    expect(range.size).toBe(index + 1)
    expect(peaksWithHeights(range)).toEqual(peaksOf(roots))
    expect(rangeRoot(range)).toBe(rootOf(roots))
  }
})

test('the nodes of all appends are every full node of the range, once each', () => {
  const names: string[] = []
  let range = { size: 0, peaks: [] as readonly Digest[] }
  for (let index = 0; index < 64; index += 1) {
    const grown = growRange(range, rootAt(index))
    names.push(...grown.nodes.map(({ height, index: at }) => `${height}/${at}`))
    range = grown
  }
  expect(new Set(names).size).toBe(names.length)
  expect(names).toHaveLength(2 * 64 - 1)
})

test('an empty range has no root', () => {
  expect(() => rangeRoot({ size: 0, peaks: [] })).toThrow('no root')
})
