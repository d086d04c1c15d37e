/**
 * Where the nodes of a range stand: node (h, i) covers the leaves from i·2^h up to (i+1)·2^h, so a
 * stored node never moves (spec/04-mmr.md §2). Plain arithmetic, exact for sizes up to 2^53.
 *
 * @module
 */
import { invalidInput } from './errors.ts'

/** The place of one node. */
export interface NodeAddress {
  readonly height: number
  readonly index: number
}

/**
 * The peaks of a range of `size` leaves, left to right: one for each 1 in the size's binary digits.
 *
 * @throws {SezError} `VALIDATION_ERROR` when the size is no count of leaves.
 */
export function peakAddresses(size: number): NodeAddress[] {
  if (!Number.isSafeInteger(size) || size < 0) throw invalidInput('must be a count', 'size')
  const addresses: NodeAddress[] = []
  let start = 0
  for (let height = 52; height >= 0; height -= 1) {
    const width = 2 ** height
    if (size - start < width) continue
    addresses.push({ height, index: start / width })
    start += width
  }
  return addresses
}

/**
 * The peak above a leaf, and its number from the left.
 *
 * @throws {SezError} `VALIDATION_ERROR` when the leaf is not in the range.
 */
export function peakOf(size: number, index: number): { peakIndex: number; address: NodeAddress } {
  const peaks = peakAddresses(size)
  const peakIndex = peaks.findIndex((peak) => (peak.index + 1) * 2 ** peak.height > index)
  const address = peaks[peakIndex]
  if (address === undefined || !Number.isSafeInteger(index) || index < 0) {
    throw invalidInput(`must be a leaf of a range of ${size}`, 'index')
  }
  return { peakIndex, address }
}

/** The siblings on the way from a node up to the height given, lowest first. */
export function siblingsTo(from: NodeAddress, height: number): NodeAddress[] {
  const siblings: NodeAddress[] = []
  let { index } = from
  for (let level = from.height; level < height; level += 1) {
    siblings.push({ height: level, index: index % 2 === 0 ? index + 1 : index - 1 })
    index = Math.floor(index / 2)
  }
  return siblings
}

/**
 * The stored nodes that prove a leaf, from the leaf up to its peak; the peaks come on top.
 *
 * @throws {SezError} `VALIDATION_ERROR` when the leaf is not in the range.
 */
export function inclusionPath(size: number, index: number): NodeAddress[] {
  const { address } = peakOf(size, index)
  return siblingsTo({ height: 0, index }, address.height)
}

/**
 * The stored nodes that prove a range of `fromSize` leaves to be the beginning of one of `toSize`:
 * the right-hand siblings on the way from its last peak up to the peak that swallowed it.
 *
 * @throws {SezError} `VALIDATION_ERROR` unless 1 ≤ fromSize ≤ toSize.
 */
export function consistencyPath(fromSize: number, toSize: number): NodeAddress[] {
  const last = peakAddresses(fromSize).at(-1)
  if (last === undefined || fromSize > toSize) {
    throw invalidInput(`must be from 1 to ${toSize}`, 'from_size')
  }
  const { address } = peakOf(toSize, fromSize - 1)
  return siblingsTo(last, address.height).filter((sibling) => sibling.index % 2 === 1)
}
