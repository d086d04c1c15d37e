/**
 * One POST over a pooled connection, through undici's raw dispatch: no stream and no promise per
 * chunk, which is where an HTTP client's time goes.
 *
 * @module
 */
import { SezError } from '@sez/core/errors'
import { requestHeaderBytesMax } from '@sez/platform/limits'
import { type Dispatcher, Pool } from 'undici'

/** What an answer's bytes are handed to, in order. A throw gives the exchange up with that error. */
export interface AnswerSink {
  /** Status and media type, in lower case without parameters. */
  start(status: number, mediaType: string): void
  data(chunk: Buffer): void
  end(): void
  /** Told once, when the exchange failed before `end`; not after `cancel`. */
  fail(failure: unknown): void
}

export interface PostRequest {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

export interface PostExchange {
  /** Gives up at once and closes the connection; the sink hears nothing more. */
  cancel(): void
  pause(): void
  resume(): void
}

/** A failure of the connection rather than of what came over it: the same query may be sent again. */
export class ConnectionFailure extends Error {
  override readonly name = 'ConnectionFailure'
}

/** Failures that leave no doubt that the other side sent no answer. */
const connectionCodes: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_SOCKET',
])

/** Connections are closed by us before the other side would, so that none dies under a request. */
const keepAliveMs = 30_000
const connectTimeoutMs = 3_000

/** Deadlines are the caller's, so the pool has none of its own but for connecting. */
export function openPool(url: URL, connections: number): Pool {
  return new Pool(url.origin, {
    connections,
    pipelining: 1,
    keepAliveTimeout: keepAliveMs,
    keepAliveMaxTimeout: keepAliveMs,
    connectTimeout: connectTimeoutMs,
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: requestHeaderBytesMax,
  })
}

export function post(pool: Pool, request: PostRequest, sink: AnswerSink): PostExchange {
  const exchange = new Exchange(sink)
  pool.dispatch({ method: 'POST', ...request }, exchange)
  return exchange
}

class Exchange implements Dispatcher.DispatchHandler, PostExchange {
  readonly #sink: AnswerSink
  #controller: Dispatcher.DispatchController | null = null
  #isOver = false

  constructor(sink: AnswerSink) {
    this.#sink = sink
  }

  cancel(): void {
    this.#isOver = true
    this.#controller?.abort(new SezError('REQUEST_ABORTED'))
  }

  pause(): void {
    this.#controller?.pause()
  }

  resume(): void {
    this.#controller?.resume()
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#isOver) controller.abort(new SezError('REQUEST_ABORTED'))
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    // An interim answer is followed by the one that counts.
    if (status >= 200) this.#guarded(() => this.#sink.start(status, mediaTypeOf(headers)))
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#guarded(() => this.#sink.data(chunk))
  }

  onResponseEnd(): void {
    this.#guarded(() => this.#sink.end())
    this.#isOver = true
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#sink.fail(failureOf(error))
  }

  /** What a sink throws must not reach undici, which would take it for its own. */
  #guarded(work: () => void): void {
    if (this.#isOver) return
    try {
      work()
    } catch (failure) {
      this.cancel()
      this.#sink.fail(failure)
    }
  }
}

function mediaTypeOf(headers: Readonly<Record<string, string | string[] | undefined>>): string {
  const header = headers['content-type']
  const value = (Array.isArray(header) ? header[0] : header) ?? ''
  return (value.split(';', 1)[0] ?? '').trim().toLowerCase()
}

function failureOf(error: Error): unknown {
  const code: unknown = 'code' in error ? error.code : undefined
  return connectionCodes.has(code)
    ? new ConnectionFailure('the connection failed', { cause: error })
    : error
}
