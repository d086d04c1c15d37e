/**
 * Cursors of the zone log: opaque text that binds zone, stream, position and eight bytes of the
 * entry's hash (spec/20-events.md §6), so that a cursor from another history is noticed.
 *
 * @module
 */
import { bytesToHex, type Digest, digestOfBytes, hexToBytes } from './digest.ts'
import { SezError } from './errors.ts'
import type { ZoneId } from './ids.ts'
import { decodeBase64url, encodeBase64url } from './multibase.ts'

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
  const bytes = new Uint8Array(partlyCovered === undefined ? cursorBytes : partialCursorBytes)
  const numbers = new DataView(bytes.buffer)
  bytes[0] = place.isCovered ? coveredKind : entryKind
  if (partlyCovered !== undefined) {
    bytes[0] = partialKind
    numbers.setBigUint64(cursorBytes, partlyCovered)
  }
  bytes.set(scope.zoneTag, 1)
  bytes.set(scope.streamTag, 9)
  numbers.setBigUint64(17, place.position)
  bytes.set(hexToBytes(place.hash.slice(0, 2 * tagBytes)), 25)
  return encodeBase64url(bytes)
}

/**
 * What a cursor says. Whether the log agrees is for its reader to find out.
 *
 * @throws {SezError} `CURSOR_INVALID` for what is no cursor or one of another stream, else
 *   `CURSOR_FORKED` for a cursor of another zone; details.field is `after`.
 */
export function decodeCursor(scope: CursorScope, text: string): DecodedCursor {
  const bytes = bytesOf(text)
  if (bytes === null || !isWellFormed(bytes)) {
    throw new SezError('CURSOR_INVALID', { field: 'after' })
  }
  const isHere = isSame(bytes.subarray(1, 9), scope.zoneTag)
  const isThisStream = isSame(bytes.subarray(9, 17), scope.streamTag)
  if (isHere && !isThisStream) {
    throw new SezError('CURSOR_INVALID', { field: 'after', reason: 'a cursor of another stream' })
  }
  if (!isHere) throw new SezError('CURSOR_FORKED', { field: 'after', reason: 'another zone' })
  return {
    position: positionIn(bytes),
    hashStart: bytesToHex(bytes.subarray(25, 33)),
    isCovered: bytes[0] === coveredKind,
  }
}

function isWellFormed(bytes: Uint8Array): boolean {
  const [kind] = bytes
  if (kind === partialKind) {
    if (bytes.length !== partialCursorBytes || bytes[partialCursorBytes - 1] !== 0) return false
  } else if ((kind !== entryKind && kind !== coveredKind) || bytes.length !== cursorBytes) {
    return false
  }
  return positionIn(bytes) > 0n
}

function bytesOf(text: string): Uint8Array | null {
  if (text.length > cursorCharactersMax) return null
  try {
    // Refuses whatever is not the one text of its bytes.
    return decodeBase64url(text)
  } catch {
    return null
  }
}

function positionIn(bytes: Uint8Array): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(17)
}

function isSame(left: Uint8Array, right: Uint8Array): boolean {
  return left.every((byte, at) => byte === right[at])
}

function tagOf(text: string): Uint8Array {
  return hexToBytes(digestOfBytes(new TextEncoder().encode(text))).subarray(0, tagBytes)
}
