/**
 * The zone's two streams in NATS JetStream, written under the fence of expected sequences
 * (spec/29-carrier.md §2). Every failure becomes one of the `CARRIER_…` codes.
 *
 * @module
 */
import { readFile } from 'node:fs/promises'
import {
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamClient,
  type JetStreamManager,
  jetstream,
  jetstreamManager,
  type StreamInfo,
} from '@nats-io/jetstream'
import { connect, credsAuthenticator, type NatsConnection } from '@nats-io/transport-node'
import { carrierStreams, checkpointSubject, entrySubject } from '@sez/core/carrier'
import { SezError } from '@sez/core/errors'
import type { ZoneId } from '@sez/core/ids'
import type { NatsSettings } from './config.ts'
import { eventBytesMax } from './limits.ts'
import type { LogCheckpoint, LogEntry } from './zone-log.ts'

/** How a write ended: taken, or refused because the stream does not end where it was thought to. */
export type CarrierOutcome = 'taken' | 'moved'

/** The end of one stream: its sequence, 0 when nothing was ever written; null text when empty. */
export interface CarrierEnd {
  readonly sequence: number
  readonly text: string | null
}

/** One connection to the carrier. It never reconnects: who lost it opens another and looks again. */
export interface Carrier extends AsyncDisposable {
  /**
   * @throws {SezError} `CARRIER_UNAVAILABLE`.
   */
  readEnds(): Promise<{ readonly entries: CarrierEnd; readonly checkpoints: CarrierEnd }>
  /**
   * Writes entries that follow one another, all in flight at once, each only behind the one before.
   *
   * @throws {SezError} `CARRIER_FULL`, `CARRIER_UNAVAILABLE`; a part of them may be written.
   */
  writeEntries(entries: readonly LogEntry[]): Promise<CarrierOutcome>
  /** Writes a checkpoint behind the message at `after`; throws as `writeEntries`. */
  writeCheckpoint(checkpoint: LogCheckpoint, after: number): Promise<CarrierOutcome>
}

const connectTimeoutMs = 2_000
const answerTimeoutMs = 5_000
/** A text inside JSON doubles at most: a canonical text holds no control characters. */
const messageBytesMax = 2 * eventBytesMax + 1_024
/** Codes of JetStream for a stream, an account or a disk that is full. */
const fullCodes: readonly number[] = [10_023, 10_047, 10_077]

/**
 * Connects, and makes the zone's streams where they are missing.
 *
 * @throws {SezError} `CARRIER_UNAVAILABLE`, also for a server that takes no messages of this size.
 */
export async function openCarrier(settings: NatsSettings, zoneId: ZoneId): Promise<Carrier> {
  const connection = await asked(connectTo(settings))
  try {
    const manager = await asked(jetstreamManager(connection, { timeout: answerTimeoutMs }))
    const sizeMax = connection.info?.max_payload ?? 0
    if (sizeMax < messageBytesMax) {
      throw unavailable(`max_payload of the server must be at least ${messageBytesMax} bytes`)
    }
    return new JetStreamCarrier(connection, manager, zoneId)
  } catch (error) {
    await connection.close()
    throw error
  }
}

async function connectTo({ url, credentialsFile }: NatsSettings): Promise<NatsConnection> {
  const { protocol, hostname, port, username, password } = new URL(url)
  const [user, pass] = [decodeURIComponent(username), decodeURIComponent(password)]
  const login = pass === '' ? { token: user } : { user, pass }
  return connect({
    servers: `${hostname}:${port === '' ? '4222' : port}`,
    name: 'sez carrier',
    reconnect: false,
    timeout: connectTimeoutMs,
    ...(user === '' ? {} : login),
    ...(protocol === 'tls:' ? { tls: {} } : {}),
    ...(credentialsFile === null
      ? {}
      : { authenticator: credsAuthenticator(await readFile(credentialsFile)) }),
  })
}

class JetStreamCarrier implements Carrier {
  readonly #connection: NatsConnection
  readonly #manager: JetStreamManager
  readonly #client: JetStreamClient
  readonly #zoneId: ZoneId

  constructor(connection: NatsConnection, manager: JetStreamManager, zoneId: ZoneId) {
    this.#connection = connection
    this.#manager = manager
    this.#client = jetstream(connection, { timeout: answerTimeoutMs })
    this.#zoneId = zoneId
  }

  async readEnds() {
    const { entries, checkpoints } = carrierStreams(this.#zoneId)
    return {
      entries: await this.#readEnd(entries, entrySubject(this.#zoneId, null)),
      checkpoints: await this.#readEnd(checkpoints, checkpointSubject(this.#zoneId)),
    }
  }

  writeEntries(entries: readonly LogEntry[]): Promise<CarrierOutcome> {
    const stream = carrierStreams(this.#zoneId).entries
    return this.#write(
      entries.map((entry, at) => ({
        stream,
        subject: entrySubject(this.#zoneId, entry.stream),
        text: messageOf(entry),
        after: Number(entry.position) - 1,
        id: entry.hash,
        // A stranger's message in the place of one would let the next ones in by their sequence.
        ...(at === 0 ? {} : { behind: entries[at - 1]?.hash }),
      })),
    )
  }

  writeCheckpoint(checkpoint: LogCheckpoint, after: number): Promise<CarrierOutcome> {
    const stream = carrierStreams(this.#zoneId).checkpoints
    const subject = checkpointSubject(this.#zoneId)
    return this.#write([{ stream, subject, text: checkpoint.text, after }])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection.close()
  }

  async #readEnd(name: string, subject: string): Promise<CarrierEnd> {
    const { state } = await asked(this.#ensure(name, subject))
    const sequence = state.last_seq
    if (state.messages === 0) return { sequence, text: null }
    const last = await asked(this.#manager.streams.getMessage(name, { seq: sequence }))
    return { sequence, text: last?.string() ?? null }
  }

  async #ensure(name: string, subject: string): Promise<StreamInfo> {
    try {
      return await this.#manager.streams.info(name)
    } catch (error) {
      if (codeOf(error) !== JetStreamApiCodes.StreamNotFound) throw error
      // A full stream refuses what is new: it never gives up its front in silence.
      const limits = { discard: DiscardPolicy.New, deny_delete: true }
      return this.#manager.streams.add({ name, subjects: [subject], ...limits })
    }
  }

  async #write(
    messages: readonly {
      readonly stream: string
      readonly subject: string
      readonly text: string
      /** The sequence before it. */
      readonly after: number
      readonly id?: string
      /** The id of the message before it; the server knows only that of the last minutes. */
      readonly behind?: string | undefined
    }[],
  ): Promise<CarrierOutcome> {
    const outcomes = await Promise.allSettled(
      messages.map(({ stream, subject, text, after, id, behind }) =>
        this.#client.publish(subject, text, {
          timeout: answerTimeoutMs,
          ...(id === undefined ? {} : { msgID: id }),
          expect: {
            streamName: stream,
            lastSequence: after,
            ...(behind === undefined ? {} : { lastMsgID: behind }),
          },
        }),
      ),
    )
    const failed = outcomes.find((each) => each.status === 'rejected')
    // The server answers for a known id with the sequence it already has.
    const isInPlace = outcomes.every(
      (each, at) => each.status === 'rejected' || each.value.seq - 1 === messages[at]?.after,
    )
    if (failed === undefined) return isInPlace ? 'taken' : 'moved'
    if (codeOf(failed.reason) === JetStreamApiCodes.StreamWrongLastSequence) return 'moved'
    throw carrierError(failed.reason)
  }
}

/** An entry as the verifiers of exports read it (spec/29-carrier.md §1). */
function messageOf({ position, eventId, digest, hash, canonical }: LogEntry): string {
  return JSON.stringify({ position: String(position), eventId, digest, hash, document: canonical })
}

async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    throw carrierError(error)
  }
}

function codeOf(error: unknown): number | null {
  return error instanceof JetStreamApiError ? error.code : null
}

function carrierError(error: unknown): SezError {
  if (error instanceof SezError) return error
  const code = codeOf(error)
  const reason = error instanceof Error ? error.message : 'no reason given'
  return code !== null && fullCodes.includes(code)
    ? new SezError('CARRIER_FULL', { reason }, { cause: error })
    : unavailable(reason, error)
}

function unavailable(reason: string, cause?: unknown): SezError {
  return new SezError('CARRIER_UNAVAILABLE', { reason }, { cause })
}
