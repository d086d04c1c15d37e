/**
 * Following a corridor: every event once, in order, verified, from any stored state on. The socket
 * may break, the token may expire, the zone may restart; a gap never passes.
 *
 * @module
 */
import { type ErrorCode, errorCodes, SezError } from '@sez/core/errors'
import { type Client, createClient, type FormattedExecutionResult } from 'graphql-ws'
import { openBacklog } from './backlog.ts'
import { backoffMs, pause } from './backoff.ts'
import type { Connection } from './connection.ts'
import { corridorEventFields, parseEventRow } from './corridor-event.ts'
import { type CorridorState, initialState } from './corridor-state.ts'
import { advance, type VerifiedEvent } from './event-chain.ts'
import { parseZoneError, recordOf, ZoneError, zoneError } from './zone-error.ts'

export interface FollowOptions {
  readonly connection: Connection
  readonly corridorId: string
  /** Cursor to begin behind; from the corridor's first event when absent. */
  readonly after?: string
  /** Who must have signed checkpoints; else whoever signed the first one. */
  readonly zoneDid?: string
  /** Who may sign receipts; else the participants the corridor's first event names. */
  readonly signers?: readonly string[]
  readonly behaviour?: FollowBehaviour
}

export interface FollowBehaviour {
  readonly signal?: AbortSignal
  /** The WebSocket class where there is no global one; `ws` is taken when there is neither. */
  readonly webSocket?: unknown
  /** Failures in a row, without one event between, before giving up; endless when absent. */
  readonly failuresMax?: number
  /** How long nothing may come, answers to pings neither, before a socket is given up. */
  readonly silenceMaxMs?: number
  /** 0 up to 1, for the spread of repetitions. */
  readonly random?: () => number
  /** Told of every failure that is followed by another attempt. */
  readonly onFailure?: (error: unknown, attempt: number) => void
}

/** Ends when `return` is called, at once, also while waiting for an event. */
export type CorridorEvents = AsyncIterableIterator<VerifiedEvent, undefined, undefined>

/**
 * Follows a corridor from its first event, or from behind `after`.
 *
 * @throws {SezError} (on iteration) `EVENT_CHAIN_BROKEN` when the zone's history does not hold
 *   together, or {ZoneError} when the zone refuses for good, such as `FORBIDDEN`, `CURSOR_FORKED`.
 */
export function followCorridor(options: FollowOptions): CorridorEvents {
  return followFrom(options.connection, initialState(options), options.behaviour ?? {})
}

/** Goes on exactly behind the event that a stored state came with; throws as `followCorridor`. */
export function resume(
  connection: Connection,
  state: CorridorState,
  behaviour: FollowBehaviour = {},
): CorridorEvents {
  return followFrom(connection, state, behaviour)
}

function followFrom(
  connection: Connection,
  state: CorridorState,
  behaviour: FollowBehaviour,
): CorridorEvents {
  const closing = new AbortController()
  const signal =
    behaviour.signal === undefined
      ? closing.signal
      : AbortSignal.any([closing.signal, behaviour.signal])
  const events = verifiedEvents({ connection, behaviour, signal }, state)
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    next: () => events.next(),
    async return() {
      // A generator that waits ignores return(); ending its wait first lets it hear.
      closing.abort(ended)
      await events.return(undefined)
      return { done: true, value: undefined }
    },
  }
}

interface Following {
  readonly connection: Connection
  readonly behaviour: FollowBehaviour
  readonly signal: AbortSignal
}

const ended = new DOMException('The follower has left.', 'AbortError')

async function* verifiedEvents(
  following: Following,
  start: CorridorState,
): AsyncGenerator<VerifiedEvent, undefined, undefined> {
  const { behaviour, signal } = following
  let state = start
  let failures = 0
  let tokenFailures = 0
  let socketRefusals = 0
  for (;;) {
    const source = socketRefusals >= socketRefusalsMax ? pagedRows : socketRows
    const isSocket = source === socketRows
    try {
      for await (const row of source(following, state)) {
        const event = advance(state, parseEventRow(row))
        const isNew = event.kind !== 'CHECKPOINT' || !isSameSeal(event.state, state)
        state = event.state
        failures = 0
        socketRefusals = isSocket ? 0 : socketRefusals
        // A new socket begins with the newest checkpoint, which may be the one already given out.
        if (isNew) yield event
      }
      // The pages are at their end: look whether the socket is open again.
      socketRefusals = socketRefusalsMax - 1
      failures = 0
    } catch (error) {
      if (signal.aborted) return endOf(signal)
      failures += 1
      tokenFailures = isTokenFailure(error) ? tokenFailures + 1 : 0
      const isEnough = failures >= (behaviour.failuresMax ?? Infinity)
      if (isEnough || isFinal(error) || tokenFailures >= tokenFailuresMax) throw error
      socketRefusals += isSocket && isRefusal(error) ? 1 : 0
      behaviour.onFailure?.(error, failures)
    }
    try {
      await pause(waitMs(behaviour, failures), signal)
    } catch {
      return endOf(signal)
    }
  }
}

function isSameSeal(after: CorridorState, before: CorridorState): boolean {
  return after.logCheckpoint?.size === before.logCheckpoint?.size
}

/** The caller's own signal ends with its reason; a `return` ends silently. */
function endOf(signal: AbortSignal): undefined {
  if (signal.reason !== ended) signal.throwIfAborted()
  return undefined
}

/** After so many refused sockets in a row the paged log is read instead. */
const socketRefusalsMax = 2
/** Between two readings of the paged log's end. */
const pollMs = 1_000

function waitMs(behaviour: FollowBehaviour, failures: number): number {
  const random = behaviour.random ?? Math.random
  return failures === 0 ? pollMs : backoffMs(failures, { random })
}

/** Refusals that a new token may end. One may be a token that ran out on its way; two are not. */
const tokenCodes = new Set(['TOKEN_EXPIRED', 'UNAUTHENTICATED'])
const tokenFailuresMax = 2

function isTokenFailure(error: unknown): boolean {
  return error instanceof ZoneError && tokenCodes.has(error.code)
}

function isFinal(error: unknown): boolean {
  if (error instanceof SezError) return true
  return error instanceof ZoneError && !error.retry && !tokenCodes.has(error.code)
}

function isRefusal(error: unknown): boolean {
  return error instanceof ZoneError && error.code === 'ZONE_UNREACHABLE'
}

const subscription = `subscription Follow($corridorId: ID!, $after: String) {
  corridorEvents(corridorId: $corridorId, after: $after) {${corridorEventFields}}
}`

async function* socketRows(
  following: Following,
  state: CorridorState,
): AsyncGenerator<unknown, undefined, undefined> {
  const { connection, signal } = following
  const { client, stopWatching } = await openSocket(following)
  const { corridorId } = state
  let { cursor } = state
  const backlog =
    openBacklog<FormattedExecutionResult<Record<string, unknown>, unknown>>(backlogRowsMax)
  const variables = { corridorId, ...(cursor === null ? {} : { after: cursor }) }
  const unsubscribe = client.subscribe(
    { query: subscription, variables },
    {
      next(result) {
        backlog.put(result)
        if (backlog.isFull) unsubscribe()
      },
      error: (error) => backlog.end(error),
      complete: () => backlog.end(),
    },
  )
  const leave = (): void => backlog.end()
  signal.addEventListener('abort', leave, { once: true })
  try {
    signal.throwIfAborted()
    for await (const result of backlog.take()) {
      const row = rowOf(result)
      cursor = parseEventRow(row).cursor
      yield row
    }
  } catch (error) {
    throw socketError(error, connection.url)
  } finally {
    signal.removeEventListener('abort', leave)
    stopWatching()
    await client.dispose()
  }
  signal.throwIfAborted()
  // Pages come when they are asked for, so whoever is slower than the zone catches up by them.
  if (backlog.isFull) return yield* pagedRows(following, { ...state, cursor })
  throw zoneError('ZONE_UNREACHABLE', { what: 'the zone ended the subscription' })
}

/** Rows that a socket may be ahead of whoever takes them; a socket itself knows no bound. */
const backlogRowsMax = 1_000

async function openSocket({
  connection,
  behaviour,
}: Following): Promise<{ readonly client: Client; readonly stopWatching: () => void }> {
  const silenceMaxMs = behaviour.silenceMaxMs ?? silenceDefaultMaxMs
  let isHeard = true
  const client = createClient({
    url: connection.url.replace(/^http/, 'ws'),
    webSocketImpl: quiet(
      behaviour.webSocket ?? globalThis.WebSocket ?? (await import('ws')).WebSocket,
    ),
    connectionParams: async () => {
      const token = await connection.token()
      return token === null ? {} : { authorization: `Bearer ${token}` }
    },
    // Repetition is decided here, where the cursor is known.
    retryAttempts: 0,
    keepAlive: silenceMaxMs / 2,
    on: {
      message: () => {
        isHeard = true
      },
    },
  })
  // graphql-ws asks for signs of life but waits for them without end, as it does for a greeting.
  const watch = setInterval(() => {
    if (!isHeard) client.terminate()
    isHeard = false
  }, silenceMaxMs)
  return { client, stopWatching: () => clearInterval(watch) }
}

interface Failing {
  addEventListener(type: 'error', listener: () => void): void
}

/** A socket that was given up may still fail; what nobody hears, the sockets of `ws` throw. */
function quiet(webSocket: unknown): unknown {
  if (typeof webSocket !== 'function') return webSocket
  return new Proxy(webSocket, {
    construct(target, args, newTarget) {
      // What graphql-ws takes for a WebSocket class makes sockets with the methods of one.
      const socket = Reflect.construct(target, args, newTarget) as Failing
      socket.addEventListener('error', () => undefined)
      return socket
    },
  })
}

/** A zone that vanished without a word is noticed after once to twice this long. */
const silenceDefaultMaxMs = 20_000

function rowOf(result: FormattedExecutionResult<Record<string, unknown>, unknown>): unknown {
  const [error] = result.errors ?? []
  if (error !== undefined) throw parseZoneError(error)
  return result.data?.['corridorEvents']
}

/** graphql-ws throws errors of the operation as a list, and the socket's end as a close event. */
function socketError(error: unknown, url: string): unknown {
  if (error instanceof ZoneError || error instanceof SezError) return error
  if (Array.isArray(error)) return parseZoneError(error[0])
  const { code: close, reason } = recordOf(error)
  if (typeof close !== 'number') return zoneError('ZONE_UNREACHABLE', { url }, error)
  // A zone closes with the code of the error as the reason.
  if (isErrorCode(reason)) return zoneError(reason, { close }, error)
  const code = close === 4401 || close === 4403 ? 'UNAUTHENTICATED' : 'ZONE_UNREACHABLE'
  return zoneError(code, { close, reason }, error)
}

function isErrorCode(text: unknown): text is ErrorCode {
  return typeof text === 'string' && Object.hasOwn(errorCodes, text)
}

const page = `query Page($corridorId: ID!, $after: String) {
  corridorEventLog(corridorId: $corridorId, after: $after, first: 200) {
    nodes {${corridorEventFields}}
    pageInfo { hasNextPage }
  }
}`

async function* pagedRows(
  { connection, signal }: Following,
  state: CorridorState,
): AsyncGenerator<unknown, undefined, undefined> {
  const { corridorId } = state
  let after = state.cursor
  for (;;) {
    const variables = { corridorId, ...(after === null ? {} : { after }) }
    const { corridorEventLog } = await connection.query<{ corridorEventLog: unknown }>(
      page,
      variables,
      { signal },
    )
    if (corridorEventLog === null) throw zoneError('NOT_FOUND', { corridorId })
    const { nodes, pageInfo } = recordOf(corridorEventLog)
    if (!Array.isArray(nodes)) throw zoneError('ZONE_ANSWER_INVALID', { corridorId })
    for (const node of nodes) {
      after = parseEventRow(node).cursor
      yield node
    }
    // A page without events leads nowhere, whatever is said of the next one.
    if (nodes.length === 0 || recordOf(pageInfo)['hasNextPage'] !== true) return undefined
  }
}
