/**
 * A corridor's mountain range as its row keeps it: the peaks, from which the next append takes all it
 * needs, so that nothing is read and about two nodes are written for a receipt (spec/04-mmr.md §2).
 *
 * @module
 */
import type { Digest } from '@sez/core/digest'
import { invariant } from '@sez/core/invariant'
import { bagPeaks, leafHash, type MmrNode, nodesForAppend, type Peak } from '@sez/core/mmr'
import { peakAddresses } from '@sez/core/mmr-address'

/** The range's end: its leaves and the hashes of its peaks from the left. */
export interface Range {
  readonly size: number
  readonly peaks: readonly Digest[]
}

/** A range with one leaf more, and the nodes that the leaf completed. */
export interface Growth extends Range {
  readonly nodes: readonly MmrNode[]
}

/** The range after appending a receipt's root. */
export function growRange({ size, peaks }: Range, nextRoot: Digest): Growth {
  const left = [...peaks]
  // The left siblings on the way up are the last peaks, lowest first.
  const nodes = nodesForAppend(size, leafHash(nextRoot), () => {
    const peak = left.pop()
    invariant(peak !== undefined, 'a range has a peak for every bit of its size')
    return peak
  })
  const top = nodes.at(-1)
  invariant(top !== undefined, 'an append gives at least the leaf')
  return { size: size + 1, peaks: [...left, top.hash], nodes }
}

/** The peaks with their heights, which are the bits of the size. */
export function peaksWithHeights({ size, peaks }: Range): readonly Peak[] {
  return peakAddresses(size).map(({ height }, index) => {
    const hash = peaks[index]
    invariant(hash !== undefined, 'a range has a peak for every bit of its size')
    return { height, hash }
  })
}

/** The root of a range with at least one leaf. */
export function rangeRoot(range: Range): Digest {
  const root = bagPeaks(peaksWithHeights(range))
  invariant(root !== '', 'an empty range has no root')
  return root
}
