/** Calls a subgraph over HTTP: pooled, batched, bounded, and given up in time (spec/27-subgraph-http.md). @module */
import { SezError } from '@sez/core/errors'
import { invariant } from '@sez/core/invariant'
import { type Asserter, assertionHeader } from '@sez/platform/assertion'
import { randomBytes } from '@sez/platform/clock'
import type { Caller } from '@sez/platform/context'
import {
  streamIdleMs,
  streamsPerSubgraphMax,
  subgraphBatchLinesMax,
  subgraphRequestBytesMax,
  upstreamBatchBytesMax,
  upstreamConnectionsMax,
  upstreamQueueMax,
  upstreamResponseBytesMax,
  upstreamTimeoutMs,
} from '@sez/platform/limits'
import type { Logger } from '@sez/platform/log'
import { batchLine } from '@sez/platform/subgraph-batch'
import { OperationTypeNode } from 'graphql'
import type { Pool } from 'undici'
import { openBreaker } from './breaker.ts'
import { upstreamFailure } from './deadline.ts'
import { batchDelivery, singleDelivery, StatusFailure } from './delivery.ts'
import { Flight } from './flight.ts'
import { openRetries } from './retry.ts'
import { openUpstreamStream } from './stream.ts'
import { type Fetch, type Transport, type UpstreamCall, variablesText } from './transport.ts'
import { ConnectionFailure, openPool, post, type PostExchange } from './wire.ts'

export interface HttpLimits {
  /** From the call to its answer, waiting and repeating included. */
  readonly timeoutMs: number
  readonly connectionsMax: number
  /** Calls that wait for a connection. */
  readonly queueMax: number
  readonly batchLinesMax: number
  readonly requestBytesMax: number
  readonly responseBytesMax: number
  readonly batchBytesMax: number
  readonly streamsMax: number
  readonly streamIdleMs: number
}

export interface HttpTransportOptions {
  readonly subgraph: string
  /** The subgraph's one address; http or https. */
  readonly url: string | URL
  /** Null for a foreign subgraph, which gets neither an assertion nor batches. */
  readonly asserter: Asserter | null
  readonly log: Pick<Logger, 'warn'>
  readonly now: () => Date
  /** Sent with every request to a foreign subgraph. */
  readonly headers?: Readonly<Record<string, string>>
  readonly limits?: Partial<HttpLimits>
}

const defaults: HttpLimits = {
  timeoutMs: upstreamTimeoutMs,
  connectionsMax: upstreamConnectionsMax,
  queueMax: upstreamQueueMax,
  batchLinesMax: subgraphBatchLinesMax,
  requestBytesMax: subgraphRequestBytesMax,
  responseBytesMax: upstreamResponseBytesMax,
  batchBytesMax: upstreamBatchBytesMax,
  streamsMax: streamsPerSubgraphMax,
  streamIdleMs,
}
/** Enough for the assertion around a request in a batch. */
const lineOverheadBytes = 12 * 1024
/** A longer request is sent on its own account: comparing such texts costs more than it saves. */
const sharedBytesMax = 16 * 1024
const busyRetryAfterMs = 250

/** Opens the way to one subgraph. Disposing it fails what is under way. */
export function httpTransport(options: HttpTransportOptions): Transport & AsyncDisposable {
  return new HttpTransport(options)
}

class HttpTransport implements Transport, AsyncDisposable {
  readonly #options: HttpTransportOptions
  readonly #limits: HttpLimits
  readonly #url: URL
  readonly #pool: Pool
  readonly #streamPool: Pool
  readonly #breaker
  readonly #retries
  /** Not yet sent, in order. */
  readonly #queue = new Set<Flight>()
  /** The unsent queries of a caller by their text. */
  readonly #shared = new Map<Caller, Map<string, Flight>>()
  readonly #prefixes = new WeakMap<Fetch, string>()
  readonly #flying = new Set<(failure: SezError) => void>()
  /** Failed once and about to be sent again. */
  readonly #waiting = new Set<(failure: SezError) => void>()
  readonly #streams = new Set<() => void>()
  #isArmed = false
  #isDisposed = false

  constructor(options: HttpTransportOptions) {
    const { subgraph, now } = options
    this.#options = options
    this.#limits = { ...defaults, ...options.limits }
    this.#url = new URL(options.url)
    invariant(/^https?:$/.test(this.#url.protocol), 'a subgraph is reached by http or https')
    this.#pool = openPool(this.#url, this.#limits.connectionsMax)
    this.#streamPool = openPool(this.#url, this.#limits.streamsMax)
    this.#breaker = openBreaker({ subgraph, now, jitter })
    this.#retries = openRetries(jitter)
  }

  async send(call: UpstreamCall, scope: Parameters<Transport['send']>[1]) {
    const { subgraph } = this.#options
    const { timeoutMs, queueMax } = this.#limits
    if (this.#isDisposed) throw new SezError('UPSTREAM_FAILED', { subgraph })
    const text = this.#bodyText(call)
    const { kind } = call.fetch
    const isShared = kind === OperationTypeNode.QUERY && text.length <= sharedBytesMax
    const known = isShared ? this.#shared.get(scope.caller)?.get(text) : undefined
    if (known !== undefined) return known.join(scope, timeoutMs)
    if (this.#queue.size >= queueMax) {
      throw new SezError('UPSTREAM_BUSY', { subgraph, retryAfterMs: busyRetryAfterMs })
    }
    const body = Buffer.from(text)
    const flight = new Flight({ subgraph, body, kind, scope, timeoutMs })
    const answer = flight.join(scope, timeoutMs)
    if (!flight.isDeserted) {
      if (isShared) this.#share(flight, text)
      this.#enqueue(flight)
    }
    return answer
  }

  subscribe(call: UpstreamCall, scope: Parameters<Transport['subscribe']>[1]) {
    const { subgraph } = this.#options
    if (this.#isDisposed) return Promise.reject(new SezError('UPSTREAM_FAILED', { subgraph }))
    if (this.#streams.size >= this.#limits.streamsMax) {
      const busy = new SezError('UPSTREAM_BUSY', { subgraph, retryAfterMs: busyRetryAfterMs })
      return Promise.reject(busy)
    }
    const body = Buffer.from(this.#bodyText(call))
    return openUpstreamStream({
      subgraph,
      pool: this.#streamPool,
      request: {
        path: this.#path,
        headers: {
          ...this.#headers({ ...scope, traceparent: scope.trace?.traceparent }, body),
          accept: 'text/event-stream, application/graphql-response+json',
        },
        body,
      },
      signal: scope.signal,
      timeoutMs: this.#limits.timeoutMs,
      idleMs: this.#limits.streamIdleMs,
      bytesMax: this.#limits.responseBytesMax,
      open: this.#streams,
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isDisposed) return
    this.#isDisposed = true
    const failure = new SezError('UPSTREAM_FAILED', { subgraph: this.#options.subgraph })
    for (const flight of this.#queue) flight.fail(failure)
    this.#queue.clear()
    this.#shared.clear()
    for (const stop of this.#flying) stop(failure)
    for (const stop of this.#waiting) stop(failure)
    this.#waiting.clear()
    for (const stop of this.#streams) stop()
    await Promise.all([this.#pool.destroy(), this.#streamPool.destroy()])
  }

  get #path(): string {
    return this.#url.pathname + this.#url.search
  }

  /** The request as JSON; what a plan's fetch says of itself is written once. */
  #bodyText(call: UpstreamCall): string {
    const { fetch } = call
    let prefix = this.#prefixes.get(fetch)
    if (prefix === undefined) {
      const { operation: query, operationName } = fetch
      prefix = `${JSON.stringify({ query, operationName }).slice(0, -1)},"variables":`
      this.#prefixes.set(fetch, prefix)
    }
    return `${prefix}${variablesText(call)}}`
  }

  /** All that is ever sent: nothing of the client's own headers goes through. */
  #headers(
    {
      caller,
      correlationId,
      traceparent,
    }: Pick<Flight, 'caller' | 'correlationId' | 'traceparent'>,
    line: Buffer,
  ): Record<string, string> {
    const { asserter, subgraph, headers = {} } = this.#options
    const asserted = { caller, correlationId, ...(traceparent && { traceparent }) }
    const own = {
      accept: 'application/graphql-response+json, application/json;q=0.9',
      'content-type': 'application/json',
      'x-correlation-id': correlationId,
    }
    if (asserter === null) return { ...headers, ...own, ...(traceparent && { traceparent }) }
    const assertion = asserter.assert({ subgraph, ...asserted, line })
    return { ...own, [assertionHeader]: assertion }
  }

  /**
   * Lets equal queries of one caller share an answer until they are sent. Not longer: a query already
   * answered by the subgraph may have missed what its caller wrote before asking again.
   */
  #share(flight: Flight, text: string): void {
    const ofCaller = this.#shared.get(flight.caller) ?? new Map<string, Flight>()
    ofCaller.set(text, flight)
    this.#shared.set(flight.caller, ofCaller)
  }

  #enqueue(flight: Flight): void {
    flight.onDeserted = () => this.#drop(flight)
    this.#queue.add(flight)
    this.#arm()
  }

  /** Takes a flight out of the queue; nobody can join it any more. */
  #drop(flight: Flight): void {
    this.#queue.delete(flight)
    const ofCaller = this.#shared.get(flight.caller)
    if (ofCaller === undefined) return
    const text = flight.body.length <= 3 * sharedBytesMax ? flight.body.toString() : ''
    if (ofCaller.get(text) === flight) ofCaller.delete(text)
    if (ofCaller.size === 0) this.#shared.delete(flight.caller)
  }

  /** What one turn of the event loop asks for goes out together. */
  #arm(): void {
    if (this.#isArmed || this.#isDisposed) return
    this.#isArmed = true
    setImmediate(() => {
      this.#isArmed = false
      this.#pump()
    })
  }

  #pump(): void {
    while (this.#queue.size > 0 && this.#flying.size < this.#limits.connectionsMax) {
      const flights = this.#nextBatch()
      try {
        this.#breaker.enter()
      } catch (failure) {
        this.#fail(flights, failure)
        continue
      }
      try {
        this.#fly(flights)
      } catch (failure) {
        this.#breaker.abandoned()
        this.#fail(flights, failure)
      }
    }
  }

  #fail(flights: readonly Flight[], failure: unknown): void {
    const error = upstreamFailure(failure, this.#options.subgraph)
    for (const flight of flights) flight.fail(error)
  }

  /** The next flights that go in one POST: a mutation alone, queries together. */
  #nextBatch(): readonly Flight[] {
    const { batchLinesMax, requestBytesMax } = this.#limits
    const flights: Flight[] = []
    let bytes = 0
    for (const flight of this.#queue) {
      const isAlone = flight.isMutation || this.#options.asserter === null
      bytes += flight.body.length + lineOverheadBytes
      if (flights.length > 0 && (isAlone || bytes > requestBytesMax)) break
      this.#drop(flight)
      flights.push(flight)
      if (isAlone || flights.length === batchLinesMax) break
    }
    return flights
  }

  #fly(flights: readonly Flight[]): void {
    const { subgraph } = this.#options
    let isOver = false
    let deserted = 0
    const land = (): boolean => {
      if (isOver) return false
      isOver = true
      this.#flying.delete(stop)
      if (this.#queue.size > 0) this.#arm()
      return true
    }
    const onDone = (failure: unknown): void => {
      if (!land()) return
      this.#judge(failure)
      if (failure !== null) this.#failed(flights, failure)
    }
    const delivery = { subgraph, limits: this.#limits, onDone }
    const [only] = flights
    const isSingle = flights.length === 1 && only !== undefined
    const sink = isSingle ? singleDelivery(only, delivery) : batchDelivery(flights, delivery)
    const request = isSingle ? this.#singleRequest(only) : this.#batchRequest(flights)
    const exchange: PostExchange = post(this.#pool, request, sink)
    const stop = (failure: SezError): void => {
      if (!land()) return
      exchange.cancel()
      for (const flight of flights) flight.fail(failure)
    }
    this.#flying.add(stop)
    for (const flight of flights) {
      flight.attempts += 1
      if (flight.attempts === 1) this.#retries.earn()
      flight.onDeserted = (why) => {
        deserted += 1
        if (!flights.every(({ isDeserted }) => isDeserted) || !land()) return
        exchange.cancel()
        // Lines that came before the deadline show that somebody is there.
        if (why === 'late' && deserted === flights.length) this.#breaker.failed()
        else this.#breaker.abandoned()
      }
    }
  }

  #singleRequest(flight: Flight) {
    return { path: this.#path, headers: this.#headers(flight, flight.body), body: flight.body }
  }

  #batchRequest(flights: readonly Flight[]) {
    const { asserter, subgraph } = this.#options
    invariant(asserter !== null, 'only our own subgraphs take batches')
    const lines: Buffer[] = []
    for (const { caller, correlationId, traceparent, body: line } of flights) {
      const asserted = { caller, correlationId, ...(traceparent && { traceparent }) }
      const assertion = asserter.assert({ subgraph, ...asserted, line })
      lines.push(batchLine(assertion, line), newline)
    }
    const headers = { accept: 'application/x-ndjson', 'content-type': 'application/x-ndjson' }
    return { path: this.#path, headers, body: Buffer.concat(lines) }
  }

  #judge(failure: unknown): void {
    const isAbsent =
      failure instanceof ConnectionFailure ||
      (failure instanceof StatusFailure && failure.status >= 500)
    if (isAbsent) this.#breaker.failed()
    else this.#breaker.succeeded()
  }

  /** Sends queries again where that may help, and tells the others. */
  #failed(flights: readonly Flight[], failure: unknown): void {
    const error = upstreamFailure(failure, this.#options.subgraph)
    const mayRepeat =
      failure instanceof ConnectionFailure ||
      (failure instanceof StatusFailure && [502, 503, 504].includes(failure.status))
    for (const flight of flights) {
      if (flight.isDeserted) continue
      const delayMs =
        mayRepeat && !flight.isMutation ? this.#retries.delayMs(flight.attempts) : null
      if (delayMs === null) flight.fail(error)
      else this.#again(flight, delayMs)
    }
  }

  #again(flight: Flight, delayMs: number): void {
    const stop = (failure: SezError): void => {
      clearTimeout(timer)
      flight.fail(failure)
    }
    const timer = setTimeout(() => {
      this.#waiting.delete(stop)
      this.#enqueue(flight)
    }, delayMs)
    this.#waiting.add(stop)
    flight.onDeserted = () => {
      clearTimeout(timer)
      this.#waiting.delete(stop)
    }
  }
}

const newline = Buffer.of(0x0a)

/** A number from 0 to 1. */
function jitter(): number {
  return (randomBytes(1)[0] ?? 0) / 255
}
