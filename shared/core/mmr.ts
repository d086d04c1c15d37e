/**
 * The Merkle mountain range over a chain's roots: appending, roots, and proofs that lie about
 * nothing (spec/04-mmr.md).
 *
 * @module
 */
import { type Digest, isDigest, parseDigest } from './digest.ts'
import { invalidInput } from './errors.ts'
import { invariant } from './invariant.ts'
import { peakOf, siblingsTo } from './mmr-address.ts'
import { itemsOf, readOrNull } from './plain-data.ts'
import {
  bagPeaks,
  haveHeightsOf,
  isCount,
  leafHash,
  nodeHash,
  nodesOf,
  type Peak,
  type ReadNode,
  readExactly,
  readPeaks,
  readPeaksFrom,
  readRoots,
} from './mmr-range.ts'

// One import path for all of the range: these names are a contract (spec/04-mmr.md §6).
export { consistencyPath, inclusionPath, type NodeAddress, peakAddresses } from './mmr-address.ts'
export {
  type ConsistencyProof,
  consistencyProof,
  consistencyProofFromNodes,
  verifyConsistency,
} from './mmr-consistency.ts'
export {
  appendLeaf,
  bagPeaks,
  type LeafHash,
  leafHash,
  type MmrNode,
  nodeHash,
  nodesForAppend,
  type Peak,
  peaksOf,
  type ReadNode,
  rootOf,
} from './mmr-range.ts'

/** A sibling on the way up, and on which side it stands. */
export interface PathStep {
  readonly side: 'left' | 'right'
  readonly hash: Digest
}

/** That `receipt_next_root` is leaf `leaf_index` of the range of `size` leaves with that root. */
export interface InclusionProof {
  readonly size: number
  readonly root: Digest
  readonly leaf_index: number
  readonly receipt_next_root: Digest
  readonly leaf_hash: Digest
  readonly peak_index: number
  readonly peak_height: number
  /** From the leaf upwards. */
  readonly path: readonly PathStep[]
  readonly peaks: readonly Peak[]
  readonly computed_peak_root: Digest
}

/**
 * The proof of one leaf from all roots of the chain. O(n); {@link inclusionProofFromNodes} is
 * O(log n) where nodes are stored.
 *
 * @throws {SezError} `VALIDATION_ERROR`, for an index that is no leaf too.
 */
export function inclusionProof(nextRoots: readonly string[], index: number): InclusionProof {
  const roots = readRoots(nextRoots)
  const size = roots.length
  requireIndex(size, index)
  return inclusionProofFromNodes({ size, index, nextRoot: roots[index] ?? '' }, nodesOf(roots))
}

/**
 * The proof of one leaf from stored nodes: those of `inclusionPath` and `peakAddresses`.
 *
 * @throws {SezError} `VALIDATION_ERROR`, for an index that is no leaf too.
 */
export function inclusionProofFromNodes(
  leaf: { readonly size: number; readonly index: number; readonly nextRoot: string },
  readNode: ReadNode,
): InclusionProof {
  const { size, index } = leaf
  requireIndex(size, index)
  const peaks = readPeaksFrom(size, readNode)
  const { peakIndex, address } = peakOf(size, index)
  const path = siblingsTo({ height: 0, index }, address.height).map(
    (sibling): PathStep => ({
      side: sibling.index % 2 === 0 ? 'left' : 'right',
      hash: readNode(sibling),
    }),
  )
  const leaf_hash = leafHash(leaf.nextRoot)
  const computed_peak_root = fold(leaf_hash, path)
  const root = bagPeaks(peaks)
  invariant(root !== '' && computed_peak_root === peaks[peakIndex]?.hash, 'stored nodes disagree')
  return {
    size,
    root,
    leaf_index: index,
    receipt_next_root: parseDigest(leaf.nextRoot.trim().toLowerCase()),
    leaf_hash,
    peak_index: peakIndex,
    peak_height: address.height,
    path,
    peaks,
    computed_peak_root,
  }
}

/**
 * Whether an inclusion proof holds in every field: the path's sides are those of the index, the
 * peaks' heights those of the size, every declared hash the computed one. Whoever relies on it
 * compares `size` and `root` with a signed checkpoint. Hostile input is `false`.
 *
 * @see spec/04-mmr.md §4; spec/vectors/mmr.json
 */
export function verifyInclusion(proof: unknown): boolean {
  const read = readOrNull(() => readInclusionProof(proof))
  if (read === null) return false
  const { peakIndex, address } = peakOf(read.size, read.leaf_index)
  if (read.peak_index !== peakIndex || read.peak_height !== address.height) return false
  if (!haveHeightsOf(read.peaks, read.size)) return false
  const siblings = siblingsTo({ height: 0, index: read.leaf_index }, address.height)
  if (siblings.length !== read.path.length) return false
  const sidesFit = siblings.every(
    (sibling, level) => read.path[level]?.side === (sibling.index % 2 === 0 ? 'left' : 'right'),
  )
  if (!sidesFit || leafHash(read.receipt_next_root) !== read.leaf_hash) return false
  const peakRoot = fold(read.leaf_hash, read.path)
  if (peakRoot !== read.computed_peak_root || peakRoot !== read.peaks[peakIndex]?.hash) return false
  return bagPeaks(read.peaks) === read.root
}

const inclusionFields = [
  'size',
  'root',
  'leaf_index',
  'receipt_next_root',
  'leaf_hash',
  'peak_index',
  'peak_height',
  'path',
  'peaks',
  'computed_peak_root',
] as const

function readInclusionProof(value: unknown): InclusionProof | null {
  const members = readExactly(value, inclusionFields)
  if (members === null) return null
  const { size, root, leaf_index, receipt_next_root, leaf_hash, computed_peak_root } = members
  const { peak_index, peak_height } = members
  if (!isCount(size) || !isCount(leaf_index) || leaf_index >= size) return null
  if (!isCount(peak_index) || !isCount(peak_height)) return null
  if (!isDigest(root) || !isDigest(receipt_next_root) || !isDigest(leaf_hash)) return null
  const peaks = readPeaks(members.peaks)
  const path = readPath(members.path)
  if (!isDigest(computed_peak_root) || peaks === null || path === null) return null
  return {
    size,
    root,
    leaf_index,
    receipt_next_root,
    leaf_hash,
    peak_index,
    peak_height,
    path,
    peaks,
    computed_peak_root,
  }
}

function readPath(value: unknown): readonly PathStep[] | null {
  const path: PathStep[] = []
  for (const item of itemsOf(value) ?? [null]) {
    const step = readExactly(item, ['side', 'hash'])
    if (step === null || !isDigest(step.hash)) return null
    if (step.side !== 'left' && step.side !== 'right') return null
    path.push({ side: step.side, hash: step.hash })
  }
  return path
}

function fold(leaf: Digest, path: readonly PathStep[]): Digest {
  let hash = leaf
  for (const step of path) {
    hash = step.side === 'left' ? nodeHash(step.hash, hash) : nodeHash(hash, step.hash)
  }
  return hash
}

function requireIndex(size: number, index: number): void {
  if (!isCount(size) || !isCount(index) || index >= size) {
    throw invalidInput(`must be a leaf of a range of ${size}`, 'index')
  }
}
