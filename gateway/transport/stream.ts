/** A subscription to a subgraph over server-sent events (spec/27-subgraph-http.md §5). @module */
import { SezError } from '@sez/core/errors'
import type { Stream } from '@sez/platform/stream'
import type { Pool } from 'undici'
import { upstreamFailure } from './deadline.ts'
import { requireAnswer } from './delivery.ts'
import { EventQueue } from './events.ts'
import { parsedResult } from './flight.ts'
import type { UpstreamResult } from './transport.ts'
import { type AnswerSink, post, type PostExchange, type PostRequest } from './wire.ts'

export interface StreamWork {
  readonly subgraph: string
  readonly pool: Pool
  readonly request: PostRequest
  readonly signal: AbortSignal
  /** To the first byte of the answer. */
  readonly timeoutMs: number
  /** Between bytes, pings included. */
  readonly idleMs: number
  readonly bytesMax: number
  /** Every open stream adds how to cut it off, and takes it out again. */
  readonly open: Set<() => void>
}

const eventType = 'text/event-stream'
const types: ReadonlySet<string> = new Set([eventType, 'application/graphql-response+json'])

/**
 * Opens the stream, or gives the one answer that refuses it.
 *
 * @throws {SezError} `REQUEST_ABORTED`, `UPSTREAM_TIMEOUT`, `UPSTREAM_INVALID`, `UPSTREAM_TOO_LARGE`,
 *   `UPSTREAM_FAILED`; the stream rejects with the same when it fails later.
 */
export function openUpstreamStream(
  work: StreamWork,
): Promise<Stream<UpstreamResult> | UpstreamResult> {
  if (work.signal.aborted) return Promise.reject(new SezError('REQUEST_ABORTED'))
  return new UpstreamStream(work).opened
}

class UpstreamStream implements AnswerSink {
  readonly #work: StreamWork
  readonly #opened = Promise.withResolvers<Stream<UpstreamResult> | UpstreamResult>()
  readonly #queue: EventQueue
  /** Null while the request is handed over, which may fail at once. */
  #exchange: PostExchange | null = null
  /** The parts of an answer that is no stream. */
  readonly #chunks: Buffer[] = []
  readonly #onAbort = (): void => this.#giveUp(new SezError('REQUEST_ABORTED'))
  readonly #cut = (): void =>
    this.#giveUp(new SezError('UPSTREAM_FAILED', { subgraph: this.#work.subgraph }))
  #bytes = 0
  #isStream = false
  #isPaused = false
  #timer: NodeJS.Timeout | undefined

  constructor(work: StreamWork) {
    this.#work = work
    this.#queue = new EventQueue({
      subgraph: work.subgraph,
      bytesMax: work.bytesMax,
      onPressure: (isHigh) => this.#press(isHigh),
      onClose: () => this.#release(),
    })
    work.signal.addEventListener('abort', this.#onAbort, { once: true })
    work.open.add(this.#cut)
    this.#wait(work.timeoutMs)
    this.#exchange = post(work.pool, work.request, this)
  }

  get opened(): Promise<Stream<UpstreamResult> | UpstreamResult> {
    return this.#opened.promise
  }

  start(status: number, mediaType: string): void {
    requireAnswer(status, mediaType, types, this.#work.subgraph)
    this.#isStream = status === 200 && mediaType === eventType
    if (!this.#isStream) return
    this.#wait(this.#work.idleMs)
    this.#opened.resolve(this.#queue)
  }

  data(chunk: Buffer): void {
    if (this.#isStream) {
      if (!this.#isPaused) this.#timer?.refresh()
      this.#queue.push(chunk)
      return
    }
    const { subgraph, bytesMax } = this.#work
    this.#bytes += chunk.length
    if (this.#bytes > bytesMax) throw new SezError('UPSTREAM_TOO_LARGE', { subgraph, bytesMax })
    this.#chunks.push(chunk)
  }

  end(): void {
    if (this.#isStream) {
      this.#queue.end()
      return
    }
    const text = Buffer.concat(this.#chunks).toString()
    this.#opened.resolve(parsedResult(text, this.#work.subgraph))
    this.#release()
  }

  fail(failure: unknown): void {
    this.#giveUp(upstreamFailure(failure, this.#work.subgraph))
  }

  #giveUp(error: SezError): void {
    this.#opened.reject(error)
    this.#queue.fail(error)
  }

  #press(isHigh: boolean): void {
    this.#isPaused = isHigh
    if (isHigh) {
      // While we do not read, silence is ours and not the subgraph's.
      clearTimeout(this.#timer)
      this.#exchange?.pause()
    } else {
      this.#wait(this.#work.idleMs)
      this.#exchange?.resume()
    }
  }

  #wait(timeoutMs: number): void {
    const { subgraph } = this.#work
    clearTimeout(this.#timer)
    this.#timer = setTimeout(
      () => this.#giveUp(new SezError('UPSTREAM_TIMEOUT', { subgraph, timeoutMs })),
      timeoutMs,
    )
  }

  #release(): void {
    clearTimeout(this.#timer)
    this.#work.signal.removeEventListener('abort', this.#onAbort)
    this.#work.open.delete(this.#cut)
    this.#exchange?.cancel()
  }
}
