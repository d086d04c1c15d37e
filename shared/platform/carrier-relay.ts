/**
 * Relays the zone log to NATS JetStream, entry by entry in the order of positions
 * (spec/29-carrier.md §2). Nothing in the zone waits for it.
 *
 * @module
 */
import type { Digest } from '@sez/core/digest'
import { isDigest } from '@sez/core/digest'
import { SezError } from '@sez/core/errors'
import type { ZoneId } from '@sez/core/ids'
import { isJsonObject, type JsonObject, parseJson } from '@sez/core/json'
import { type Carrier, type CarrierEnd, openCarrier } from './carrier.ts'
import type { NatsSettings } from './config.ts'
import { type Database, type Db, mapDatabaseError } from './db.ts'
import type { FeedHub } from './feed.ts'
import { heartbeatOf } from './heartbeat.ts'
import type { Logger } from './log.ts'
import { startWorker } from './worker.ts'
import {
  findCheckpoint,
  latestCheckpoint,
  listEntries,
  type LogEntry,
  readHead,
} from './zone-log.ts'

/** The name of the relay's heartbeat, and so of its readiness check. */
export const carrierName = 'carrier'

const pollDefaultMs = 500
/** Entries in flight at once. */
const windowEntriesMax = 200
/** So many entries may wait before readiness says so. */
const lagEntriesMax = 1_000n

/** Where the carrier's streams end, as far as this relay knows. */
interface Place {
  readonly position: bigint
  /** Null when the stream is empty, so that there is nothing to compare. */
  readonly hash: Digest | null
  readonly checkpointSequence: number
  readonly checkpointSize: bigint
}

interface Step {
  /** Null: another relay has written meanwhile, so the ends must be read again. */
  readonly place: Place | null
  readonly isMore: boolean
}

/**
 * Starts relaying. Several may run: the fence lets each entry in once, whoever brings it.
 *
 * While NATS is away, full or holds another history, the heartbeat says so and how much waits.
 */
export function startCarrierRelay(
  database: Pick<Database, 'db'>,
  options: {
    readonly nats: NatsSettings
    readonly zoneId: ZoneId
    readonly log: Logger
    readonly now: () => Date
    readonly hub?: Pick<FeedHub, 'onAdvance'>
    readonly pollMs?: number
  },
): AsyncDisposable {
  const { nats, zoneId, log, now, hub, pollMs = pollDefaultMs } = options
  const { db } = database
  const beat = heartbeatOf(database, carrierName, now)
  let carrier: Carrier | null = null
  let place: Place | null = null
  const close = async (): Promise<void> => {
    const open = carrier
    carrier = null
    await open?.[Symbol.asyncDispose]()
  }
  const reportFailure = async (error: SezError): Promise<void> => {
    const waiting = (await readHead(db)).position - (place?.position ?? 0n)
    const { reason } = error.details
    const why = typeof reason === 'string' ? reason : error.message
    const isKnown = place !== null
    await beat(`${error.code}: ${why}${isKnown ? `; ${waiting} entries wait` : ''}`)
  }
  const worker = startWorker({
    name: carrierName,
    pollMs,
    log,
    async step() {
      try {
        const isReopened = carrier === null
        carrier ??= await openCarrier(nats, zoneId)
        if (isReopened || place === null) place = await readPlace(db, carrier)
        const step = await relay(db, carrier, place)
        place = step.place
        const waiting = place === null ? 0n : (await readHead(db)).position - place.position
        await beat(waiting > lagEntriesMax ? `${waiting} entries wait` : null)
        return step.isMore
      } catch (error) {
        // What was in flight may have arrived or not: only the stream itself can tell.
        await close()
        const known = mapDatabaseError(error)
        if (known instanceof SezError) await reportFailure(known)
        throw known
      }
    },
  })
  const wake = hub?.onAdvance(worker.wake)
  return {
    async [Symbol.asyncDispose]() {
      wake?.[Symbol.dispose]()
      const stopped = worker.stop()
      await close()
      await stopped
      await close()
    },
  }
}

/**
 * Where the streams end.
 *
 * @throws {SezError} `CARRIER_FORKED` when the last message of one is none of this log.
 */
async function readPlace(db: Db, carrier: Carrier): Promise<Place> {
  const { entries, checkpoints } = await carrier.readEnds()
  return {
    position: BigInt(entries.sequence),
    hash: hashIn(entries),
    checkpointSequence: checkpoints.sequence,
    checkpointSize: await sizeIn(db, checkpoints),
  }
}

function hashIn({ sequence, text }: CarrierEnd): Digest | null {
  if (text === null) return null
  const { position, hash } = objectIn(text)
  if (position !== String(sequence) || !isDigest(hash)) {
    throw forked(`the message at ${sequence} is no entry of the log`)
  }
  return hash
}

async function sizeIn(db: Db, { text }: CarrierEnd): Promise<bigint> {
  if (text === null) return 0n
  const { size } = objectIn(text)
  const isSize = typeof size === 'number' && Number.isSafeInteger(size)
  const own = isSize ? await findCheckpoint(db, BigInt(size)) : null
  if (own?.text !== text) throw forked('the last checkpoint is none of this zone')
  return own.size
}

function objectIn(text: string): JsonObject {
  try {
    const value = parseJson(text)
    return isJsonObject(value) ? value : {}
  } catch {
    return {}
  }
}

/** Writes what comes behind `place`: a window of entries, and the newest checkpoint of those. */
async function relay(db: Db, carrier: Carrier, place: Place): Promise<Step> {
  const entries = await entriesBehind(db, place)
  if (entries.length > 0 && (await carrier.writeEntries(entries)) === 'moved') {
    return { place: null, isMore: false }
  }
  const last = entries.at(-1) ?? place
  const { position, hash } = last
  const isMore = entries.length === windowEntriesMax
  const checkpoint = await latestCheckpoint(db, position)
  const after = { ...place, position, hash }
  if (checkpoint === null || checkpoint.size <= place.checkpointSize)
    return { place: after, isMore }
  const outcome = await carrier.writeCheckpoint(checkpoint, place.checkpointSequence)
  if (outcome === 'moved') return { place: null, isMore }
  return {
    place: {
      ...after,
      checkpointSequence: place.checkpointSequence + 1,
      checkpointSize: checkpoint.size,
    },
    isMore,
  }
}

/**
 * The next entries, once the log still has the carrier's last one as its own: a database that was
 * restored must not go on in the stream of another history.
 */
async function entriesBehind(db: Db, { position, hash }: Place): Promise<readonly LogEntry[]> {
  const head = await readHead(db)
  if (head.position < position) {
    throw forked(`the stream ends at ${position}, the log already at ${head.position}`)
  }
  const entries = await listEntries(db, {
    stream: null,
    after: position === 0n ? 0n : position - 1n,
    limit: windowEntriesMax + 1,
  })
  if (entries[0]?.position === position) {
    const own = entries.shift()
    if (hash !== null && own?.hash !== hash) throw forked(`the entry at ${position} is another one`)
  }
  const [next] = entries
  if (next !== undefined && next.position !== position + 1n) {
    const floor = next.position - 1n
    const reason = `the log is archived up to ${floor}: make the stream with that first sequence + 1`
    throw new SezError('EXPIRED_CURSOR', { floor: String(floor), reason })
  }
  return entries.slice(0, windowEntriesMax)
}

function forked(reason: string): SezError {
  return new SezError('CARRIER_FORKED', { reason })
}
