/**
 * Proofs that a range only grew: an earlier root's leaves are the first leaves under a later root
 * (spec/04-mmr.md §5).
 *
 * @module
 */
import { type Digest, isDigest } from './digest.ts'
import { invalidInput } from './errors.ts'
import { consistencyPath, type NodeAddress, peakAddresses, peakOf } from './mmr-address.ts'
import {
  bagPeaks,
  haveHeightsOf,
  isCount,
  nodeHash,
  nodesOf,
  type Peak,
  type ReadNode,
  readExactly,
  readPeaks,
  readPeaksFrom,
  readRoots,
} from './mmr-range.ts'
import { itemsOf, readOrNull } from './plain-data.ts'

/** That the range of `from_size` leaves is the beginning of the one of `to_size`. */
export interface ConsistencyProof {
  readonly from_size: number
  readonly from_root: Digest
  readonly from_peaks: readonly Peak[]
  readonly to_size: number
  readonly to_root: Digest
  readonly to_peaks: readonly Peak[]
  /** Right-hand siblings, lowest first, above the earlier range's last peak. */
  readonly path: readonly Digest[]
}

/**
 * The proof from all roots of the later chain. O(n); {@link consistencyProofFromNodes} is O(log n)
 * where nodes are stored.
 *
 * @throws {SezError} `VALIDATION_ERROR` unless 1 ≤ fromSize ≤ the number of roots.
 */
export function consistencyProof(nextRoots: readonly string[], fromSize: number): ConsistencyProof {
  const roots = readRoots(nextRoots)
  return consistencyProofFromNodes({ from: fromSize, to: roots.length }, nodesOf(roots))
}

/**
 * The proof from stored nodes: the peaks of both sizes and those of `consistencyPath`.
 *
 * @throws {SezError} `VALIDATION_ERROR` unless 1 ≤ from ≤ to.
 */
export function consistencyProofFromNodes(
  sizes: { readonly from: number; readonly to: number },
  readNode: ReadNode,
): ConsistencyProof {
  const path = consistencyPath(sizes.from, sizes.to).map(readNode)
  const from_peaks = readPeaksFrom(sizes.from, readNode)
  const to_peaks = readPeaksFrom(sizes.to, readNode)
  const from_root = bagPeaks(from_peaks)
  const to_root = bagPeaks(to_peaks)
  if (from_root === '' || to_root === '') throw invalidInput('must not be empty', 'size')
  const { from: from_size, to: to_size } = sizes
  return { from_size, from_root, from_peaks, to_size, to_root, to_peaks, path }
}

/**
 * Whether a consistency proof holds in every field. Whoever relies on it compares both sizes and
 * roots with signed checkpoints. Hostile input is `false`.
 *
 * @see spec/04-mmr.md §5
 */
export function verifyConsistency(proof: unknown): boolean {
  const read = readOrNull(() => readProof(proof))
  if (read === null) return false
  const { from_size, from_peaks, to_size, to_peaks } = read
  if (!haveHeightsOf(from_peaks, from_size) || !haveHeightsOf(to_peaks, to_size)) return false
  if (bagPeaks(from_peaks) !== read.from_root || bagPeaks(to_peaks) !== read.to_root) return false
  const { peakIndex, address } = peakOf(to_size, from_size - 1)
  // Peaks left of the one that swallowed the rest are the same in both ranges.
  const kept = from_peaks.slice(0, peakIndex)
  if (!kept.every(({ hash }, at) => to_peaks[at]?.hash === hash)) return false
  const swallowed = from_peaks.slice(peakIndex)
  return climb(read, swallowed, address) === to_peaks[peakIndex]?.hash
}

/** The swallowing peak's hash from the earlier peaks under it and the path, `null` if it misfits. */
function climb(
  proof: ConsistencyProof,
  swallowed: readonly Peak[],
  target: NodeAddress,
): Digest | null {
  const lefts = [...swallowed]
  const rights = proof.path.toReversed()
  const last = lefts.pop()
  const start = peakAddresses(proof.from_size).at(-1)
  if (last === undefined || start === undefined) return null
  let { hash } = last
  let { index } = start
  for (let height = start.height; height < target.height; height += 1) {
    const sibling = index % 2 === 0 ? rights.pop() : lefts.pop()?.hash
    if (sibling === undefined) return null
    hash = index % 2 === 0 ? nodeHash(hash, sibling) : nodeHash(sibling, hash)
    index = Math.floor(index / 2)
  }
  return lefts.length === 0 && rights.length === 0 ? hash : null
}

const consistencyFields = [
  'from_size',
  'from_root',
  'from_peaks',
  'to_size',
  'to_root',
  'to_peaks',
  'path',
] as const

function readProof(value: unknown): ConsistencyProof | null {
  const members = readExactly(value, consistencyFields)
  if (members === null) return null
  const { from_size, from_root, to_size, to_root } = members
  const from_peaks = readPeaks(members.from_peaks)
  const to_peaks = readPeaks(members.to_peaks)
  const path = itemsOf(members.path)
  if (!isCount(from_size) || !isCount(to_size)) return null
  if (from_size < 1 || from_size > to_size) return null
  if (!isDigest(from_root) || !isDigest(to_root)) return null
  if (from_peaks === null || to_peaks === null) return null
  if (path === null || !path.every(isDigest)) return null
  return { from_size, from_root, from_peaks, to_size, to_root, to_peaks, path }
}
