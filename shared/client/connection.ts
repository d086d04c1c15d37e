/** A connection to one zone: queries and mutations over HTTP, with its errors as they are. @module */
import { backoffMs, pause } from './backoff.ts'
import { parseZoneError, recordOf, ZoneError, zoneError } from './zone-error.ts'

export interface RequestOptions {
  readonly signal?: AbortSignal
  /**
   * Whether a repetition does no harm. Queries are; a mutation is when its input carries an
   * `idempotencyKey`.
   */
  readonly idempotent?: boolean
}

export interface Connection {
  /** The GraphQL address, such as http://127.0.0.1:4000/graphql. */
  readonly url: string
  readonly token: () => Promise<string | null>
  /**
   * @typeParam Data The shape of `data`, by the caller's word: it is not checked here.
   * @throws {ZoneError} with the code of the zone, or `ZONE_UNREACHABLE`, `ZONE_ANSWER_INVALID`.
   */
  query<Data>(document: string, variables?: object, options?: RequestOptions): Promise<Data>
  /** As {@link Connection.query}; repeated only where that is idempotent. */
  mutate<Data>(document: string, variables?: object, options?: RequestOptions): Promise<Data>
}

export interface ConnectOptions {
  readonly url: string
  /** Asked before every request, so that it may renew; null acts as nobody. */
  readonly token: () => Promise<string | null>
  readonly fetch?: typeof globalThis.fetch
  readonly attemptsMax?: number
  readonly requestTimeoutMs?: number
  /** 0 up to 1, for the spread of repetitions. */
  readonly random?: () => number
}

const attemptsDefaultMax = 6
const requestTimeoutDefaultMs = 15_000

/** Opens nothing yet: a connection is where to ask and as whom. */
export function connect(options: ConnectOptions): Connection {
  return {
    url: options.url,
    token: options.token,
    query: <Data>(document: string, variables: object = {}, request: RequestOptions = {}) =>
      // The caller names the shape of its own selection.
      ask(options, { document, variables, ...request, idempotent: true }) as Promise<Data>,
    mutate: <Data>(document: string, variables: object = {}, request: RequestOptions = {}) => {
      const idempotent = request.idempotent ?? isKeyed(variables)
      return ask(options, { document, variables, ...request, idempotent }) as Promise<Data>
    },
  }
}

interface Request extends RequestOptions {
  readonly document: string
  readonly variables: object
  readonly idempotent: boolean
}

function isKeyed(variables: object): boolean {
  return typeof recordOf(recordOf(variables)['input'])['idempotencyKey'] === 'string'
}

async function ask(options: ConnectOptions, request: Request): Promise<unknown> {
  const attemptsMax = options.attemptsMax ?? attemptsDefaultMax
  const random = options.random ?? Math.random
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await askOnce(options, request)
    } catch (error) {
      request.signal?.throwIfAborted()
      if (!(error instanceof ZoneError && error.retry) || !request.idempotent) throw error
      if (attempt >= attemptsMax) throw error
      const delayMs = backoffMs(attempt, { random, retryAfterMs: error.retryAfterMs })
      await pause(delayMs, request.signal ?? null)
    }
  }
}

async function askOnce(options: ConnectOptions, request: Request): Promise<unknown> {
  const token = await options.token()
  const timeout = AbortSignal.timeout(options.requestTimeoutMs ?? requestTimeoutDefaultMs)
  const signal = request.signal === undefined ? timeout : AbortSignal.any([request.signal, timeout])
  const { status, text } = await send(options, {
    method: 'POST',
    headers: {
      accept: 'application/graphql-response+json, application/json;q=0.9',
      'content-type': 'application/json',
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ query: request.document, variables: request.variables }),
    signal,
  })
  return dataOf(status, text)
}

async function send(
  options: ConnectOptions,
  init: RequestInit,
): Promise<{ readonly status: number; readonly text: string }> {
  try {
    const response = await (options.fetch ?? globalThis.fetch)(options.url, init)
    return { status: response.status, text: await readText(response) }
  } catch (error) {
    if (error instanceof ZoneError) throw error
    throw zoneError('ZONE_UNREACHABLE', { url: options.url }, error)
  }
}

/** More than any page of events comes to. */
const answerBytesMax = 64 * 1024 * 1024

async function readText(response: Response): Promise<string> {
  const reader = response.body?.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for (;;) {
    const part = await reader?.read()
    if (part === undefined || part.done) return text + decoder.decode()
    bytes += part.value.length
    if (bytes > answerBytesMax) {
      await reader?.cancel()
      throw zoneError('ZONE_ANSWER_INVALID', { bytesMax: answerBytesMax })
    }
    text += decoder.decode(part.value, { stream: true })
  }
}

/** Statuses of proxies and overloaded servers, after which the same request may go well. */
const passingStatuses = new Set([408, 425, 429, 500, 502, 503, 504])

function dataOf(status: number, text: string): unknown {
  const result = recordOf(parseOrNull(text))
  const { errors, data } = result
  if (Array.isArray(errors) && errors.length > 0) throw parseZoneError(errors[0])
  if (status >= 200 && status < 300 && typeof data === 'object' && data !== null) return data
  if (passingStatuses.has(status)) throw zoneError('ZONE_UNREACHABLE', { status })
  throw zoneError('ZONE_ANSWER_INVALID', { status })
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
