/** One entry of the zone log out of NATS, and that it follows the one before. @module */
import { canonicalizeJson, canonicalText } from '@sez/core/canonical'
import { type CursorScope, encodeCursor } from '@sez/core/cursor'
import { chainHash, type Digest, digest, hexToBytes, isDigest } from '@sez/core/digest'
import { SezError } from '@sez/core/errors'
import type { ZoneId } from '@sez/core/ids'
import { isJsonObject, type JsonObject, parseJson } from '@sez/core/json'

/** An entry as `verifyZoneLog` takes it, with its event parsed. */
export interface CarriedEntry {
  /** Decimal digits, dense from 1. */
  readonly position: string
  readonly eventId: string
  readonly stream: string
  readonly streamSequence: number
  readonly digest: Digest
  readonly hash: Digest
  /** The event's canonical text. */
  readonly document: string
  readonly event: JsonObject
  /** The place behind this entry: the same cursor as the zone's own feed gives. */
  readonly cursor: string
}

/** What the next entry must follow. Null stands for what a cursor does not tell. */
export interface CarrierPlace {
  readonly position: bigint
  readonly hash: Digest | null
  readonly streamSequence: number | null
  readonly streamHead: Digest | null
}

/** Before the first entry of the zone and of each of its streams. */
export function origin(zoneId: ZoneId): CarrierPlace {
  const hash = chainHash('sez-log-genesis-v1', new TextEncoder().encode(zoneId))
  return { position: 0n, hash, streamSequence: 0, streamHead: null }
}

/** The place behind `entry`, for a follower of `stream` or (null) of all. */
export function placeBehind(entry: CarriedEntry, stream: string | null): CarrierPlace {
  const isOwn = stream === null || entry.stream === stream
  return {
    position: BigInt(entry.position),
    hash: entry.hash,
    streamSequence: isOwn ? entry.streamSequence : null,
    streamHead: isOwn ? entry.digest : null,
  }
}

/** Rows are JSON around a text of at most 64 KiB, which escaping at most doubles. */
const rowBytesMax = 256 * 1024

/**
 * The entry in a message, once it holds together in itself.
 *
 * @param sequence Of the message in its stream: the position the entry must have.
 * @throws {SezError} `EVENT_CHAIN_BROKEN`.
 */
export function readEntry(scope: CursorScope, sequence: number, text: string): CarriedEntry {
  const row = objectIn(text, sequence)
  const { position, eventId, digest: stated, hash, document } = row
  if (position !== String(sequence)) throw chainBroken('the message is at another place', sequence)
  if (typeof document !== 'string' || !isDigest(hash)) {
    throw chainBroken('the message is no entry', sequence)
  }
  const found = digestOf(document, sequence)
  if (found !== stated) throw chainBroken('the digest is not that of the text', sequence)
  const event = objectIn(document, sequence)
  const { stream, streamSeq, zoneId } = event
  if (typeof eventId !== 'string' || event['eventId'] !== eventId) {
    throw chainBroken('the event id is not that of the text', sequence)
  }
  if (typeof stream !== 'string' || typeof streamSeq !== 'number') {
    throw chainBroken('the text is no event', sequence)
  }
  if (zoneId !== scope.zoneId) throw chainBroken('the entry is of another zone', sequence)
  const place = { position: BigInt(sequence), hash, isCovered: false }
  return {
    position,
    eventId,
    stream,
    streamSequence: streamSeq,
    digest: found,
    hash,
    document,
    event,
    cursor: encodeCursor(scope, place),
  }
}

/**
 * That `entry` comes right after `place`: in the whole log by position and hash, in one stream by
 * its own sequence and predecessor.
 *
 * @throws {SezError} `EVENT_CHAIN_BROKEN`.
 */
export function requireNext(place: CarrierPlace, entry: CarriedEntry, stream: string | null): void {
  const sequence = Number(entry.position)
  if (stream === null) {
    if (BigInt(entry.position) !== place.position + 1n) {
      throw chainBroken('entries are missing or came twice', sequence)
    }
    const next = chainHash('sez-log-v1', hexToBytes(place.hash ?? ''), hexToBytes(entry.digest))
    if (entry.hash !== next)
      throw chainBroken('the hash does not continue the one before', sequence)
    return
  }
  if (entry.stream !== stream) throw chainBroken('the entry is of another stream', sequence)
  if (place.streamSequence === null) return
  if (entry.streamSequence !== place.streamSequence + 1) {
    throw chainBroken('events of the stream are missing or came twice', sequence)
  }
  if ((entry.event['streamPrev'] ?? null) !== place.streamHead) {
    throw chainBroken('the event names another predecessor', sequence)
  }
}

function objectIn(text: string, sequence: number): JsonObject {
  try {
    const value = parseJson(text, { bytesMax: rowBytesMax })
    if (isJsonObject(value)) return value
  } catch (error) {
    if (!(error instanceof SezError)) throw error
  }
  throw chainBroken('the message is no entry', sequence)
}

function digestOf(document: string, sequence: number): Digest {
  try {
    const bytes = canonicalizeJson(document, { duplicateKeys: 'reject' })
    if (canonicalText(bytes) === document) return digest(bytes)
  } catch (error) {
    if (!(error instanceof SezError)) throw error
  }
  throw chainBroken('the text is not canonical', sequence)
}

function chainBroken(what: string, position: number): SezError {
  const message = `The history does not hold together: ${what}.`
  return new SezError('EVENT_CHAIN_BROKEN', { what, position: String(position) }, { message })
}
