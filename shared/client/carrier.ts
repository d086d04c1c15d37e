/**
 * Following the zone log through NATS JetStream: every entry once, in order, verified, from any
 * cursor on (spec/29-carrier.md §3). NATS may stop, restart and lose connections; a gap never passes.
 *
 * @module
 */
import {
  DeliverPolicy,
  type JetStreamManager,
  jetstream,
  jetstreamManager,
  type StreamInfo,
} from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import { carrierStreams, entrySubject } from '@sez/core/carrier'
import { type CursorScope, cursorScope, decodeCursor } from '@sez/core/cursor'
import { SezError } from '@sez/core/errors'
import { zoneId } from '@sez/core/ids'
import type { JsonObject } from '@sez/core/json'
import { backoffMs, pause } from './backoff.ts'
import {
  type CarriedEntry,
  type CarrierPlace,
  origin,
  placeBehind,
  readEntry,
  requireNext,
} from './carrier-entry.ts'
import { signerOf } from './checkpoint.ts'
import { parseDocument } from './corridor-event.ts'
import type { FollowBehaviour } from './events.ts'

export interface CarrierOptions {
  /** Opens a connection; called again after each one that is lost. The follower closes it. */
  readonly connect: () => Promise<NatsConnection>
  readonly zoneId: string
  /** One stream such as `corridor/<id>`; the whole log when absent. */
  readonly stream?: string
  /** Cursor to begin behind, from here or from the zone's own feed; else the first entry. */
  readonly after?: string
  readonly behaviour?: Pick<FollowBehaviour, 'signal' | 'failuresMax' | 'random' | 'onFailure'>
}

/** Ends when `return` is called, also while waiting for an entry. */
export type CarriedEntries = AsyncIterableIterator<CarriedEntry, undefined, undefined>

/**
 * Follows the log, or one stream of it, as it stands in NATS.
 *
 * The chain shows that nothing was left out or changed since it was signed, not who wrote it:
 * compare with a checkpoint of the zone, such as {@link latestCheckpoint} gives.
 *
 * @throws {SezError} (on iteration) `CURSOR_INVALID`; `CURSOR_FORKED` when NATS holds another
 *   history; `EXPIRED_CURSOR` when its first entry is above the cursor; `EVENT_CHAIN_BROKEN`. A
 *   carrier that is away or behind the cursor is waited for.
 */
export function followCarrier(options: CarrierOptions): CarriedEntries {
  const closing = new AbortController()
  const given = options.behaviour?.signal
  const signal = given === undefined ? closing.signal : AbortSignal.any([closing.signal, given])
  const entries = verifiedEntries(options, signal)
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    next: () => entries.next(),
    async return() {
      // A generator that waits ignores return(); ending its wait first lets it hear.
      closing.abort(ended)
      await entries.return(undefined)
      return { done: true, value: undefined }
    },
  }
}

/**
 * The newest checkpoint in NATS, a signed document; null while there is none.
 *
 * @param zoneDid Who must have signed it.
 * @throws {SezError} `EVENT_CHAIN_BROKEN` when it is not the zone's.
 */
export async function latestCheckpoint(
  connection: NatsConnection,
  trusted: { readonly zoneId: string; readonly zoneDid: string },
): Promise<JsonObject | null> {
  const manager = await jetstreamManager(connection)
  const name = carrierStreams(zoneId(trusted.zoneId)).checkpoints
  const { state } = await manager.streams.info(name)
  if (state.messages === 0) return null
  const last = await manager.streams.getMessage(name, { seq: state.last_seq })
  const checkpoint = last === null ? null : parseDocument(last.string())
  const isTheirs =
    checkpoint !== null &&
    checkpoint['type'] === 'SezLogCheckpoint' &&
    checkpoint['zoneId'] === trusted.zoneId &&
    signerOf(checkpoint, trusted.zoneDid) !== null
  if (!isTheirs) {
    throw new SezError('EVENT_CHAIN_BROKEN', { what: 'the checkpoint is not signed by the zone' })
  }
  return checkpoint
}

/** Half of it is the beat of the server's signs of life; a lost request is repeated after two. */
const pullExpiresMs = 4_000

const ended = new DOMException('The follower has left.', 'AbortError')

interface Following {
  readonly scope: CursorScope
  readonly stream: string | null
  readonly signal: AbortSignal
}

/** A place, and for a cursor the first bytes of the hash there until the entry itself is read. */
interface Start {
  readonly place: CarrierPlace
  readonly hashStart: string
}

async function* verifiedEntries(
  options: CarrierOptions,
  signal: AbortSignal,
): AsyncGenerator<CarriedEntry, undefined, undefined> {
  const { behaviour = {}, stream = null } = options
  const scope = cursorScope(zoneId(options.zoneId), stream)
  let start = startOf(scope, options.after)
  let failures = 0
  for (;;) {
    try {
      for await (const entry of carriedEntries(options, { scope, stream, signal }, start)) {
        start = { place: placeBehind(entry, stream), hashStart: entry.hash }
        failures = 0
        yield entry
      }
      failures += 1
    } catch (error) {
      if (!signal.aborted) {
        failures += 1
        if (failures >= (behaviour.failuresMax ?? Infinity) || isFinal(error)) throw error
        behaviour.onFailure?.(error, failures)
      }
    }
    try {
      await pause(backoffMs(failures, { random: behaviour.random ?? Math.random }), signal)
    } catch {
      // The caller's own signal ends with its reason; a `return` ends silently.
      if (signal.reason !== ended) signal.throwIfAborted()
      return undefined
    }
  }
}

/** A carrier behind the cursor is being filled: only what it holds can be wrong for good. */
function isFinal(error: unknown): boolean {
  return error instanceof SezError && error.code !== 'FUTURE_CURSOR'
}

function startOf(scope: CursorScope, after: string | undefined): Start {
  if (after === undefined) return { place: origin(scope.zoneId), hashStart: '' }
  const { position, hashStart } = decodeCursor(scope, after)
  return { place: { position, hash: null, streamSequence: null, streamHead: null }, hashStart }
}

/** The entries of one connection, until it is lost. */
async function* carriedEntries(
  { connect }: CarrierOptions,
  following: Following,
  start: Start,
): AsyncGenerator<CarriedEntry, undefined, undefined> {
  const { scope, stream, signal } = following
  const connection = await connect()
  const close = (): void => void connection.close()
  signal.addEventListener('abort', close, { once: true })
  try {
    const manager = await jetstreamManager(connection)
    let place = await confirm(manager, following, start)
    const name = carrierStreams(scope.zoneId).entries
    const consumer = await jetstream(connection).consumers.get(name, {
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: Number(place.position) + 1,
      ...(stream === null ? {} : { filter_subjects: entrySubject(scope.zoneId, stream) }),
    })
    const messages = await consumer.consume({
      abort_on_missing_resource: true,
      expires: pullExpiresMs,
    })
    // Also when the connection was lost before the consumer began to listen for that.
    void connection.closed().then(() => messages.stop())
    for await (const message of messages) {
      signal.throwIfAborted()
      const entry = readEntry(scope, message.seq, message.string())
      try {
        requireNext(place, entry, stream)
      } catch (error) {
        // What is missing may have left at the front meanwhile.
        requireKept(await manager.streams.info(name), place, stream)
        throw error
      }
      place = placeBehind(entry, stream)
      yield entry
    }
  } finally {
    signal.removeEventListener('abort', close)
    await connection.close()
  }
}

/** The place to go on from, once NATS agrees that it holds that history. */
async function confirm(
  manager: JetStreamManager,
  { scope, stream }: Following,
  { place, hashStart }: Start,
): Promise<CarrierPlace> {
  const { position } = place
  const info = await manager.streams.info(carrierStreams(scope.zoneId).entries)
  const { first_seq: first, last_seq: last, messages } = info.state
  if (BigInt(last) < position) {
    throw new SezError('FUTURE_CURSOR', { field: 'after', head: String(last) })
  }
  requireKept(info, place, stream)
  if (position === 0n || messages === 0 || BigInt(first) > position) return place
  const name = carrierStreams(scope.zoneId).entries
  const stored = await manager.streams.getMessage(name, { seq: Number(position) })
  const entry = stored === null ? null : readEntry(scope, stored.seq, stored.string())
  if (entry === null || !entry.hash.startsWith(hashStart)) {
    throw new SezError('CURSOR_FORKED', { field: 'after', reason: 'another history' })
  }
  return place.hash === null ? placeBehind(entry, stream) : place
}

/** That what comes behind the place is still there, and so is what a cursor alone cannot tell. */
function requireKept(
  { state }: StreamInfo,
  { position, hash, streamSequence }: CarrierPlace,
  stream: string | null,
): void {
  const floor = BigInt(state.messages === 0 ? state.last_seq : state.first_seq - 1)
  // Entries of other streams may be gone: the stream's own sequence shows whether one of it is.
  if (stream !== null && streamSequence !== null && position > 0n) return
  if (floor > position || (floor === position && hash === null)) {
    throw new SezError('EXPIRED_CURSOR', { field: 'after', floor: String(floor) })
  }
}
