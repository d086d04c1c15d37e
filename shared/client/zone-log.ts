/** Offline verification of an export of a zone's whole log (spec/20-events.md §4–5). @module */
import { canonicalizeJson, canonicalText } from '@sez/core/canonical'
import { chainHash, digest, hexToBytes, isDigest } from '@sez/core/digest'
import { SezError } from '@sez/core/errors'
import type { JsonObject } from '@sez/core/json'
import { appendLeaf, bagPeaks, leafHash, type Peak } from '@sez/core/mmr'
import { signerOf, sizeOf } from './checkpoint.ts'
import { parseDocument } from './corridor-event.ts'
import type { LogVerdict } from './verification.ts'
import { recordOf } from './zone-error.ts'

/** What the log says of itself when all of it holds. */
export interface ZoneLogVerdict extends LogVerdict {
  readonly entries: number
  readonly checkpoints: number
  readonly head: { readonly position: string; readonly hash: string } | null
  /** Whether the export begins with the first entry, so that nothing before it is left out. */
  readonly isWhole: boolean
  /** The last entry that a checkpoint among the rows covers; what follows nobody has signed yet. */
  readonly sealedTo: string | null
}

interface Progress {
  readonly zoneDid: string | null
  readonly zoneId: string | null
  readonly position: bigint | null
  readonly hash: string | null
  /** Over all entries; null when the export begins in the middle. */
  readonly peaks: readonly Peak[] | null
  readonly entries: number
  readonly checkpoints: number
  /** The last position at which a checkpoint was compared. */
  readonly sealedTo: bigint | null
}

/** What does not hold together at one row; becomes the verdict. */
interface Mismatch {
  readonly what: string
  readonly details: Readonly<Record<string, unknown>>
}

function mismatch(what: string, details: Readonly<Record<string, unknown>> = {}): Mismatch {
  return { what, details }
}

interface SealedRow {
  readonly row: number
  readonly checkpoint: JsonObject
}

type Streams = Map<string, { readonly seq: number; readonly head: string }>

/**
 * Verifies entries in the order of their positions, with zone checkpoints anywhere between them.
 * An entry is `{position, digest, hash, document}` (or `canonical`), a checkpoint its signed document.
 *
 * A checkpoint that states more entries than there are shows that the end was cut off.
 *
 * @param trusted Without `zoneDid` the signer of the first checkpoint is taken for the zone, and a
 *   log without any holds together as well; with it, entries that no checkpoint covers do not pass.
 */
export function verifyZoneLog(
  rows: Iterable<unknown>,
  trusted: { readonly zoneDid?: string } = {},
): ZoneLogVerdict {
  const all = [...rows]
  const sealed = sealsBySize(all)
  const streams: Streams = new Map()
  let progress: Progress = {
    zoneDid: trusted.zoneDid ?? null,
    zoneId: null,
    position: null,
    hash: null,
    peaks: [],
    entries: 0,
    checkpoints: 0,
    sealedTo: null,
  }
  for (const [index, row] of all.entries()) {
    const outcome = step(progress, row, streams)
    if ('what' in outcome) return verdictOf(progress, { ...outcome, row: index }, index)
    const due = outcome.entries > progress.entries ? sealed.get(String(outcome.position)) : []
    progress = outcome
    for (const seal of due ?? []) {
      const problem = disagreement(progress, seal.checkpoint)
      if (problem !== null) return verdictOf(progress, { ...problem, row: seal.row }, index)
      progress = { ...progress, sealedTo: progress.position }
    }
  }
  const cut = cutOff(progress, sealed)
  if (cut !== null) return verdictOf(progress, cut, all.length)
  const isUnsigned = trusted.zoneDid !== undefined && progress.entries > 0
  return isUnsigned && progress.sealedTo === null
    ? { ...verdictOf(progress, null, all.length), valid: false, problems: [unsigned] }
    : verdictOf(progress, null, all.length)
}

const unsigned =
  'The zone has signed none of these entries: there is no checkpoint that covers one.'

/** The checkpoint that tells of entries behind the last one. */
function cutOff(
  { position }: Progress,
  sealed: ReadonlyMap<string, readonly SealedRow[]>,
): (Mismatch & { readonly row: number }) | null {
  for (const [size, [seal]] of sealed) {
    if (seal === undefined || BigInt(size) <= (position ?? 0n)) continue
    return {
      ...mismatch('the checkpoint covers entries that are missing', { size }),
      row: seal.row,
    }
  }
  return null
}

/** Checkpoints come before or behind the entries they cover; each is due at its last entry. */
function sealsBySize(rows: readonly unknown[]): ReadonlyMap<string, readonly SealedRow[]> {
  const sealed = new Map<string, SealedRow[]>()
  for (const [row, value] of rows.entries()) {
    const checkpoint = checkpointIn(value)
    if (checkpoint === null) continue
    const size = String(sizeOf(checkpoint))
    sealed.set(size, [...(sealed.get(size) ?? []), { row, checkpoint }])
  }
  return sealed
}

function verdictOf(
  progress: Progress,
  found: (Mismatch & { readonly row: number }) | null,
  verified: number,
): ZoneLogVerdict {
  const { position, hash, entries, checkpoints, peaks, sealedTo } = progress
  return {
    valid: found === null,
    problems: found === null ? [] : [`The log does not hold together: ${found.what}.`],
    verified,
    brokenRow: found?.row ?? null,
    details: found === null ? null : { what: found.what, ...found.details },
    entries,
    checkpoints,
    head: position === null || hash === null ? null : { position: String(position), hash },
    isWhole: peaks !== null && entries > 0,
    sealedTo: sealedTo === null ? null : String(sealedTo),
  }
}

/** The zone checkpoint that a row is or carries. */
function checkpointIn(row: unknown): JsonObject | null {
  const { type, logCheckpoint, document } = recordOf(row)
  // A bare signed document; everything in it was parsed from JSON.
  if (type === 'SezLogCheckpoint') return row as JsonObject
  if (typeof logCheckpoint === 'string') return parseDocument(logCheckpoint)
  const parsed = typeof document === 'string' ? parseDocument(document) : null
  return parsed?.['type'] === 'SezLogCheckpoint' ? parsed : null
}

function step(progress: Progress, row: unknown, streams: Streams): Progress | Mismatch {
  const checkpoint = checkpointIn(row)
  if (checkpoint === null) return enter(progress, recordOf(row), streams)
  const zoneDid = signerOf(checkpoint, progress.zoneDid)
  if (zoneDid === null) return mismatch('the checkpoint is not signed by the zone')
  const { zoneId } = checkpoint
  if (checkpoint['type'] !== 'SezLogCheckpoint' || sizeOf(checkpoint) === null) {
    return mismatch('the checkpoint has another form')
  }
  if (progress.zoneId !== null && zoneId !== progress.zoneId) {
    return mismatch('the checkpoint is of another zone', { zoneId })
  }
  return { ...progress, zoneDid, checkpoints: progress.checkpoints + 1 }
}

function enter(
  progress: Progress,
  row: Readonly<Record<string, unknown>>,
  streams: Streams,
): Progress | Mismatch {
  const text = row['document'] ?? row['canonical']
  const position = positionOf(row['position'])
  const place = { position: row['position'], eventId: row['eventId'] }
  if (typeof text !== 'string' || position === null) {
    return mismatch('the row is neither entry nor checkpoint', place)
  }
  const found = digestOf(text)
  if (found === null) return mismatch('the text is not canonical', place)
  if (found !== row['digest']) return mismatch('the digest is not that of the text', place)
  const event = parseDocument(text) ?? {}
  if (event['eventId'] !== row['eventId']) {
    return mismatch('the event id is not that of the text', place)
  }
  if (typeof event['zoneId'] !== 'string') return mismatch('the text is no event', place)
  const zoneId = progress.zoneId ?? event['zoneId']
  if (event['zoneId'] !== zoneId) return mismatch('the entry is of another zone', place)
  if (progress.position !== null && position !== progress.position + 1n) {
    return mismatch('positions are not dense', {
      ...place,
      previous: String(progress.position),
    })
  }
  const hash = isDigest(row['hash']) ? row['hash'] : null
  const previous = progress.hash ?? previousOf(row, position, zoneId)
  if (hash === null || (previous !== null && hash !== linkHash(previous, found))) {
    return mismatch('the hash does not continue the one before', place)
  }
  const isWhole = progress.entries === 0 ? position === 1n : progress.peaks !== null
  const broken = linkStream(event, found, streams, isWhole)
  if (broken !== null) return mismatch(broken, { ...place, stream: event['stream'] })
  const peaks = isWhole ? appendLeaf(progress.peaks ?? [], leafHash(hash)) : null
  return { ...progress, zoneId, position, hash, peaks, entries: progress.entries + 1 }
}

/** The hash the first entry of an export must continue; null when it stands in the middle. */
function previousOf(
  row: Readonly<Record<string, unknown>>,
  position: bigint,
  zoneId: string,
): string | null {
  if (position === 1n) return chainHash('sez-log-genesis-v1', new TextEncoder().encode(zoneId))
  return isDigest(row['previousHash']) ? row['previousHash'] : null
}

function linkHash(previous: string, digest: string): string {
  return chainHash('sez-log-v1', hexToBytes(previous), hexToBytes(digest))
}

function linkStream(
  event: JsonObject,
  digest: string,
  streams: Streams,
  isWhole: boolean,
): string | null {
  const { stream, streamSeq, streamPrev } = event
  if (typeof stream !== 'string' || typeof streamSeq !== 'number') return 'the text is no event'
  const last = streams.get(stream) ?? null
  if (last !== null || isWhole) {
    if (streamSeq !== (last?.seq ?? 0) + 1) return 'the stream has a gap or a repetition'
    if ((streamPrev ?? null) !== (last?.head ?? null)) return 'the stream names another predecessor'
  }
  streams.set(stream, { seq: streamSeq, head: digest })
  return null
}

function digestOf(text: string): string | null {
  try {
    const bytes = canonicalizeJson(text, { duplicateKeys: 'reject' })
    return canonicalText(bytes) === text ? digest(bytes) : null
  } catch (error) {
    if (error instanceof SezError) return null
    throw error
  }
}

function disagreement({ hash, peaks }: Progress, checkpoint: JsonObject): Mismatch | null {
  if (checkpoint['headHash'] !== hash) return mismatch('the checkpoint has another head')
  if (peaks !== null && bagPeaks(peaks) !== checkpoint['root']) {
    return mismatch('the checkpoint has another root')
  }
  return null
}

function positionOf(value: unknown): bigint | null {
  if (typeof value === 'string' && /^[1-9]\d{0,18}$/.test(value)) return BigInt(value)
  return Number.isSafeInteger(value) && Number(value) > 0 ? BigInt(Number(value)) : null
}
