/**
 * A Merkle mountain range as such: hashes of leaves and nodes, peaks, root, and the nodes that an
 * append stores (spec/04-mmr.md §1–3).
 *
 * @module
 */
import { type Digest, digestOfBytes, isDigest, parseDigest, writeDigest } from './digest.ts'
import { invalidInput } from './errors.ts'
import type { Branded } from './ids.ts'
import { invariant } from './invariant.ts'
import { type NodeAddress, peakAddresses } from './mmr-address.ts'
import { itemsOf, memberOf } from './plain-data.ts'

/** The hash of a leaf, which is not the root it holds: only {@link leafHash} makes one. */
export type LeafHash = Digest & Branded<'LeafHash'>

/** The top of one perfect tree; a range is its peaks from left to right, heights falling. */
export interface Peak {
  readonly height: number
  readonly hash: Digest
}

/** Gives the stored hash of a node; every node asked for is one of the range. */
export type ReadNode = (address: NodeAddress) => Digest

/** A node with its place, as it is stored. */
export interface MmrNode extends NodeAddress {
  readonly hash: Digest
}

/**
 * The hash of a leaf: SHA-256 of 0x00 and the root's 32 bytes. Blanks around the root and upper
 * case are forgiven here and nowhere else, as in the original.
 *
 * @throws {SezError} `VALIDATION_ERROR`.
 */
export function leafHash(nextRoot: string): LeafHash {
  const text = typeof nextRoot === 'string' ? nextRoot.trim().toLowerCase() : nextRoot
  const bytes = new Uint8Array(33)
  writeDigest(text, bytes, 1, 'next_root')
  // A hash made here, with the leaf's prefix, is what a LeafHash is.
  return digestOfBytes(bytes) as LeafHash
}

/**
 * The hash of a node: SHA-256 of 0x01, the left and the right 32 bytes.
 *
 * @throws {SezError} `VALIDATION_ERROR`.
 */
export function nodeHash(left: string, right: string): Digest {
  const bytes = new Uint8Array(65)
  bytes[0] = 1
  writeDigest(left, bytes, 1, 'left')
  writeDigest(right, bytes, 33, 'right')
  return digestOfBytes(bytes)
}

/**
 * The peaks after one leaf more; the given ones are not changed. O(log n), amortised O(1).
 *
 * @param leaf The leaf's hash, of {@link leafHash}.
 * @throws {SezError} `VALIDATION_ERROR` when the heights of the peaks do not fall.
 */
export function appendLeaf(peaks: readonly Peak[], leaf: LeafHash): Peak[] {
  const next = [...readFalling(peaks)]
  let top: Peak = { height: 0, hash: parseDigest(leaf, 'leaf') }
  for (let left = next.at(-1); left?.height === top.height; left = next.at(-1)) {
    next.pop()
    top = { height: top.height + 1, hash: nodeHash(left.hash, top.hash) }
  }
  next.push(top)
  return next
}

/**
 * The root of a range: its peaks folded from the right. No peaks have no root: the empty text.
 *
 * @throws {SezError} `VALIDATION_ERROR` when the heights of the peaks do not fall.
 */
export function bagPeaks(peaks: readonly Peak[]): Digest | '' {
  let bag: Digest | '' = ''
  for (const { hash } of readFalling(peaks).toReversed()) {
    bag = bag === '' ? hash : nodeHash(hash, bag)
  }
  return bag
}

/**
 * The peaks over a chain's roots.
 *
 * @throws {SezError} `VALIDATION_ERROR`.
 */
export function peaksOf(nextRoots: readonly string[]): Peak[] {
  const roots = readRoots(nextRoots)
  return readPeaksFrom(roots.length, nodesOf(roots))
}

/**
 * The root over a chain's roots, the empty text when there are none.
 *
 * @throws {SezError} `VALIDATION_ERROR`.
 */
export function rootOf(nextRoots: readonly string[]): Digest | '' {
  return bagPeaks(peaksOf(nextRoots))
}

/**
 * Reads nodes of the range over a chain's roots, all computed once. O(n).
 *
 * @throws {SezError} `VALIDATION_ERROR` when one is no root, or there is no list.
 */
export function nodesOf(nextRoots: readonly string[]): ReadNode {
  return readerOf(levelsOf(nextRoots))
}

/**
 * A copy of a chain's roots, so that nothing foreign is asked while they are used.
 *
 * @throws {SezError} `VALIDATION_ERROR` when it is no list; each root is judged where it is used.
 */
export function readRoots(nextRoots: unknown): readonly string[] {
  const roots = itemsOf(nextRoots)
  if (roots === null) throw invalidInput('must be a list of roots', 'nextRoots')
  // What is no text, leafHash refuses.
  return roots as readonly string[]
}

/** The peaks of a range of `size` leaves, read from its nodes. */
export function readPeaksFrom(size: number, readNode: ReadNode): Peak[] {
  return peakAddresses(size).map((at) => ({ height: at.height, hash: readNode(at) }))
}

/**
 * The nodes that one leaf adds to the stored ones: the leaf, then each parent it completes.
 *
 * @param size Leaves before this one.
 * @param readNode Asked for peaks of the range of `size` only (`peakAddresses`).
 * @throws {SezError} `VALIDATION_ERROR` when the size is no count of leaves.
 */
export function nodesForAppend(size: number, leaf: LeafHash, readNode: ReadNode): MmrNode[] {
  if (!Number.isSafeInteger(size) || size < 0) throw invalidInput('must be a count', 'size')
  let node: MmrNode = { height: 0, index: size, hash: parseDigest(leaf, 'leaf') }
  const nodes = [node]
  while (node.index % 2 === 1) {
    const left = readNode({ height: node.height, index: node.index - 1 })
    const hash = nodeHash(left, node.hash)
    node = { height: node.height + 1, index: (node.index - 1) / 2, hash }
    nodes.push(node)
  }
  return nodes
}

/** Whether peaks have exactly the heights that a range of `size` leaves has. */
export function haveHeightsOf(peaks: readonly Peak[], size: number): boolean {
  const expected = peakAddresses(size)
  return (
    expected.length === peaks.length &&
    expected.every(({ height }, at) => peaks[at]?.height === height)
  )
}

/**
 * Reads a list of peaks out of a foreign document: objects of exactly `height` and `hash`.
 *
 * @returns A copy; `null` for anything else.
 */
export function readPeaks(value: unknown): readonly Peak[] | null {
  const peaks: Peak[] = []
  for (const item of itemsOf(value) ?? [null]) {
    const peak = readExactly(item, ['height', 'hash'])
    if (peak === null || !isCount(peak.height) || !isDigest(peak.hash)) return null
    peaks.push({ height: peak.height, hash: peak.hash })
  }
  return peaks
}

/**
 * Reads an object that has exactly these own members.
 *
 * @returns A copy, in which a getter is undefined; `null` for anything else.
 */
export function readExactly<Name extends string>(
  value: unknown,
  names: readonly Name[],
): Readonly<Record<Name, unknown>> | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  if (Reflect.ownKeys(value).length !== names.length) return null
  const copy: Partial<Record<Name, unknown>> = {}
  for (const name of names) {
    // As many members as names, and each name among them: exactly these.
    if (!Object.hasOwn(value, name)) return null
    copy[name] = memberOf(value, name)
  }
  // Every name was given its value.
  return copy as Record<Name, unknown>
}

/** Whether a value counts things: an integer from 0 on that number holds exactly. */
export function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

/** Level h holds the nodes of height h that are complete. */
function levelsOf(nextRoots: readonly string[]): readonly (readonly Digest[])[] {
  let level: Digest[] = readRoots(nextRoots).map((root) => leafHash(root))
  const levels = [level]
  while (level.length > 1) {
    const below = level
    level = Array.from({ length: Math.floor(below.length / 2) }, (_, index) =>
      nodeHash(below[2 * index] ?? '', below[2 * index + 1] ?? ''),
    )
    levels.push(level)
  }
  return levels
}

function readerOf(levels: readonly (readonly Digest[])[]): ReadNode {
  return ({ height, index }) => {
    const hash = levels[height]?.[index]
    invariant(hash !== undefined, `no node at height ${height}, index ${index}`)
    return hash
  }
}

/** A copy of peaks whose heights fall from left to right. */
function readFalling(value: unknown): readonly Peak[] {
  const peaks: Peak[] = []
  let before = Number.POSITIVE_INFINITY
  for (const item of itemsOf(value) ?? [null]) {
    const height = memberOf(Object(item), 'height')
    if (!isCount(height) || height >= before) {
      throw invalidInput('must be a list whose heights fall from left to right', 'peaks')
    }
    peaks.push({ height, hash: parseDigest(memberOf(Object(item), 'hash'), 'peaks') })
    before = height
  }
  return peaks
}
