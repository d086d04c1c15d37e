/**
 * What every entry and checkpoint of a zone log must fulfil, wherever it was read from
 * (spec/20-events.md §9). Pure: a walk knows what came before and is taken one entry further.
 *
 * @module
 */
import { canonicalizeJson, canonicalText } from '@sez/core/canonical'
import { chainHash, type Digest, digestOfBytes, hexToBytes } from '@sez/core/digest'
import { SezError } from '@sez/core/errors'
import { isJsonObject, type JsonObject, parseJson } from '@sez/core/json'
import { verifyProofs } from '@sez/core/proof'

/** What is wrong with an entry, in the order in which it is looked for. */
export type LogProblem =
  /** What was archived is not what the log's record of it says, or does not continue it. */
  | 'archive'
  /** A line of a file is neither entry nor checkpoint. */
  | 'row'
  /** A position is missing. */
  | 'gap'
  /** The text does not have the stored digest. */
  | 'digest'
  /** The stored hash does not follow from the one before. */
  | 'hash'
  /** The text is no canonical event, or says something else than its columns. */
  | 'event'
  /** It is not linked to the event of its stream before it. */
  | 'stream'
  /** A stored node of the range is missing or wrong. */
  | 'node'
  /** A checkpoint here is wrong, not signed by the zone, or states more than the log holds. */
  | 'checkpoint'
  /** The log ends elsewhere than its head says. */
  | 'head'

/** Ends a walk; whoever walks catches it. */
export class Flaw extends Error {
  readonly position: bigint
  readonly what: LogProblem

  constructor(position: bigint, what: LogProblem) {
    super(what)
    this.position = position
    this.what = what
  }
}

/** The last event of a stream that a walk has seen. */
export interface StreamEnd {
  readonly seq: number
  readonly digest: Digest
}

/** What is known of the log up to `position`. */
export interface Walk {
  readonly zoneId: string
  readonly streams: Map<string, StreamEnd>
  /** False when it began in the middle, where nothing is known of the streams before. */
  readonly knowsStreams: boolean
  position: bigint
  /** Null where it began at a place whose hash is unknown. */
  hash: Digest | null
}

/** An entry as a row or a line states it; what is not stated is null. */
export interface StatedEntry {
  readonly position: bigint
  readonly eventId: string
  readonly stream: string | null
  readonly streamSeq: number | null
  readonly canonical: string
  readonly digest: Digest
  readonly hash: Digest
}

/** The hash before the first entry. */
export function genesisHash(zoneId: string): Digest {
  return chainHash('sez-log-genesis-v1', Buffer.from(zoneId, 'utf8'))
}

/** Takes the walk one entry further, or throws the {@link Flaw} of that entry. */
export function checkEntry(walk: Walk, entry: StatedEntry): void {
  const position = walk.position + 1n
  if (entry.position !== position) throw new Flaw(position, 'gap')
  if (digestOfBytes(Buffer.from(entry.canonical, 'utf8')) !== entry.digest) {
    throw new Flaw(position, 'digest')
  }
  if (walk.hash !== null && linkHash(walk.hash, entry.digest) !== entry.hash) {
    throw new Flaw(position, 'hash')
  }
  const event = readCanonical(entry.canonical)
  if (event === null || !isWhatIsStated(event, entry) || event['zoneId'] !== walk.zoneId) {
    throw new Flaw(position, 'event')
  }
  const { stream, streamSeq, streamPrev } = event
  if (typeof stream !== 'string' || typeof streamSeq !== 'number') throw new Flaw(position, 'event')
  const before = walk.streams.get(stream)
  const isLinked =
    before === undefined && !walk.knowsStreams
      ? (streamPrev === null) === (streamSeq === 1)
      : streamSeq === (before?.seq ?? 0) + 1 && streamPrev === (before?.digest ?? null)
  if (!isLinked) throw new Flaw(position, 'stream')
  walk.streams.set(stream, { seq: streamSeq, digest: entry.digest })
  walk.position = position
  walk.hash = entry.hash
}

function isWhatIsStated(event: JsonObject, entry: StatedEntry): boolean {
  return (
    event['event'] === 'sez.event.v1' &&
    event['eventId'] === entry.eventId &&
    (entry.stream === null || event['stream'] === entry.stream) &&
    (entry.streamSeq === null || event['streamSeq'] === entry.streamSeq)
  )
}

function linkHash(previous: Digest, digest: Digest): Digest {
  return chainHash('sez-log-v1', hexToBytes(previous), hexToBytes(digest))
}

/** What a signed checkpoint states; null for another document. */
export interface Stated {
  readonly zoneId: string
  readonly size: bigint
  readonly root: string
  readonly headHash: string
}

/** What a checkpoint states, whoever signed it; null for what is none. */
export function readCheckpoint(document: JsonObject): Stated | null {
  const { type, zoneId, size, root, headHash } = document
  if (type !== 'SezLogCheckpoint' || typeof zoneId !== 'string' || typeof size !== 'number') {
    return null
  }
  if (!Number.isSafeInteger(size) || size < 1) return null
  if (typeof root !== 'string' || typeof headHash !== 'string') return null
  return { zoneId, size: BigInt(size), root, headHash }
}

/** Which of these keys signed a document: the first whose proof is good; null for none. */
export function signerAmong(document: JsonObject, dids: readonly string[]): string | null {
  const good = verifyProofs(document).filter((proof) => proof.valid)
  return good.find(({ did }) => did !== null && dids.includes(did))?.did ?? null
}

/** The object a canonical text holds; null when it holds none or is not canonical. */
export function readCanonical(text: string): JsonObject | null {
  const value = readObject(text)
  return value !== null && canonicalText(canonicalizeJson(text)) === text ? value : null
}

/** The object a text holds as JSON; null when it holds none. */
export function readObject(text: string): JsonObject | null {
  try {
    const value = parseJson(text)
    return isJsonObject(value) ? value : null
  } catch (error) {
    if (error instanceof SezError) return null
    throw error
  }
}
