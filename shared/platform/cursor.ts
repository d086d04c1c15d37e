/**
 * Cursors of the zone log: opaque text that binds zone, stream, position and eight bytes of the
 * entry's hash (spec/20-events.md §6), so that a cursor from another history is noticed.
 *
 * @module
 */
import { bytesToHex, type Digest, digestOfBytes, hexToBytes } from '@sez/core/digest'
import { SezError } from '@sez/core/errors'
import type { ZoneId } from '@sez/core/ids'

/** What a cursor is good for: one zone, and one stream of it or (null) the whole log. */
export interface CursorScope {
  readonly zoneId: ZoneId
  readonly stream: string | null
  readonly zoneTag: Uint8Array
  readonly streamTag: Uint8Array
}

/** A place in the log: just behind the entry at `position`, which has `hash`. */
export interface CursorPlace {
  readonly position: bigint
  readonly hash: Digest
  /** Whether a checkpoint covering that entry has been given out as well. */
  readonly isCovered: boolean
  /**
   * The size of a checkpoint that was given out after that entry without covering it. It only keeps
   * the cursor behind that checkpoint apart from the one behind the entry.
   */
  readonly partlyCovered?: bigint
}

/** What a cursor says, to be compared with the log. */
export interface DecodedCursor {
  readonly position: bigint
  /** The first eight bytes of the entry's hash, as 16 lower hex digits. */
  readonly hashStart: string
  readonly isCovered: boolean
}

// Multiples of 3 bytes are whole base64url characters without spare bits: one text per cursor.
const cursorBytes = 33
const partialCursorBytes = 42
const cursorCharactersMax = 56
const tagBytes = 8
const entryKind = 1
const coveredKind = 2
const partialKind = 3

/** Prepares what all cursors of one stream share; make it once, not per item. */
export function cursorScope(zoneId: ZoneId, stream: string | null): CursorScope {
  return {
    zoneId,
    stream,
    zoneTag: tagOf(`sez-cursor-zone-v1\0${zoneId}`),
    streamTag:
      stream === null ? new Uint8Array(tagBytes) : tagOf(`sez-cursor-stream-v1\0${stream}`),
  }
}

/** The cursor of a place, 44 or 56 characters. */
export function encodeCursor(scope: CursorScope, place: CursorPlace): string {
  const { partlyCovered } = place
  const bytes = Buffer.alloc(partlyCovered === undefined ? cursorBytes : partialCursorBytes)
  bytes[0] = place.isCovered ? coveredKind : entryKind
  if (partlyCovered !== undefined) {
    bytes[0] = partialKind
    bytes.writeBigUInt64BE(partlyCovered, cursorBytes)
  }
  bytes.set(scope.zoneTag, 1)
  bytes.set(scope.streamTag, 9)
  bytes.writeBigUInt64BE(place.position, 17)
  bytes.set(hexToBytes(place.hash.slice(0, 2 * tagBytes)), 25)
  return bytes.toString('base64url')
}

/**
 * What a cursor says. Whether the log agrees is for `resolveCursor` (zone-log.ts) to find out.
 *
 * @throws {SezError} `CURSOR_INVALID` for what is no cursor or one of another stream, else
 *   `CURSOR_FORKED` for a cursor of another zone; details.field is `after`.
 */
export function decodeCursor(scope: CursorScope, text: string): DecodedCursor {
  const bytes = Buffer.from(text.length <= cursorCharactersMax ? text : '', 'base64url')
  if (!isWellFormed(bytes) || bytes.toString('base64url') !== text) {
    throw new SezError('CURSOR_INVALID', { field: 'after' })
  }
  const isHere = bytes.subarray(1, 9).equals(scope.zoneTag)
  const isThisStream = bytes.subarray(9, 17).equals(scope.streamTag)
  if (isHere && !isThisStream) {
    throw new SezError('CURSOR_INVALID', { field: 'after', reason: 'a cursor of another stream' })
  }
  if (!isHere) throw new SezError('CURSOR_FORKED', { field: 'after', reason: 'another zone' })
  return {
    position: bytes.readBigUInt64BE(17),
    hashStart: bytesToHex(bytes.subarray(25, 33)),
    isCovered: bytes[0] === coveredKind,
  }
}

function isWellFormed(bytes: Buffer): boolean {
  const [kind] = bytes
  if (kind === partialKind) {
    if (bytes.length !== partialCursorBytes || bytes[partialCursorBytes - 1] !== 0) return false
  } else if ((kind !== entryKind && kind !== coveredKind) || bytes.length !== cursorBytes) {
    return false
  }
  return bytes.readBigUInt64BE(17) > 0n
}

function tagOf(text: string): Uint8Array {
  return hexToBytes(digestOfBytes(Buffer.from(text, 'utf8'))).subarray(0, tagBytes)
}
