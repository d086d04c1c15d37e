/**
 * Answers without an end over HTTP: GraphQL over SSE in both its modes, and multipart subscriptions
 * (spec/22-gateway.md §6).
 *
 * @module
 */
import type { ServerResponse } from 'node:http'
import { SezError } from '@sez/core/errors'
import type { Caller } from '@sez/platform/context'
import { subscriberStallMs, subscriptionsPerSocketMax } from '@sez/platform/limits'
import type { Stream } from '@sez/platform/stream'
import { OperationTypeNode } from 'graphql'
import { type Answer, answerText } from '../plan/json-data.ts'
import type { CallScope } from '../transport/transport.ts'
import type { ConnectionCounts } from './counts.ts'
import { endAtExpiry } from './expiry.ts'
import { OutgoingStream } from './outgoing.ts'
import type { Reception, Screened } from './reception.ts'
import { acknowledge, openReservations, type Reservation } from './sse-reservation.ts'
import { sse, sseEvent, type StreamForm } from './stream-form.ts'

export interface StreamFrontOptions {
  readonly reception: Reception
  /** Shared with WebSockets. */
  readonly counts: ConnectionCounts
  readonly now: () => Date
  readonly stallMs?: number
  readonly pingMs?: number
  readonly initMs?: number
}

/** An operation that was admitted, and for whom. */
export interface StreamWork {
  readonly screened: Screened
  readonly scope: CallScope
}

/** Who asks: the caller, and the network address for those without a name. */
export interface Client {
  readonly caller: Caller
  readonly address: string
  readonly correlationId: string
}

export interface StreamFront {
  /**
   * Writes the answers of one operation and ends.
   *
   * @throws {SezError} `TOO_MANY_SOCKETS` before anything was written.
   */
  serve(
    response: ServerResponse,
    work: StreamWork & { readonly form: StreamForm; readonly client: Client },
  ): Promise<void>
  /**
   * Reserves a single connection: answers 201 with its token.
   *
   * @throws {SezError} `TOO_MANY_SOCKETS`.
   */
  reserve(response: ServerResponse, client: Client): void
  /**
   * Opens a reserved connection; it lasts until the client leaves.
   *
   * @throws {SezError} `STREAM_UNKNOWN`, `STREAM_TAKEN` when it is open already.
   */
  open(response: ServerResponse, client: Client, token: string): void
  /**
   * Answers 202 and writes the operation's answers onto the reserved connection.
   *
   * @throws {SezError} `STREAM_UNKNOWN`, `REQUEST_INVALID` for an id that is missing or at work,
   *   `TOO_MANY_SUBSCRIPTIONS`.
   */
  add(
    response: ServerResponse,
    work: StreamWork & { readonly token: string; readonly operationId: unknown },
  ): void
  /**
   * Ends one operation of a reserved connection, known or not; answers 200.
   *
   * @throws {SezError} `STREAM_UNKNOWN`.
   */
  stop(
    response: ServerResponse,
    at: { readonly caller: Caller; readonly token: string; readonly operationId: string },
  ): void
  readonly streamCount: number
  /** Ends every stream; a client that comes back finds the next process. */
  close(): void
}

const pingMsDefault = 12_000
const initMsDefault = 10_000
const operationIdCharactersMax = 200

export function openStreamFront(options: StreamFrontOptions): StreamFront {
  const { reception, counts, now } = options
  const open = new Set<{ readonly outgoing: OutgoingStream; readonly end: string }>()
  const reservations = openReservations(options.initMs ?? initMsDefault, ({ countedAs }) =>
    counts.release(countedAs),
  )

  /** Begins an answer without an end, counted and known until it is over. */
  const begin = (response: ServerResponse, form: StreamForm, client: Client): OutgoingStream => {
    writeStart(response, form, client)
    const { stallMs = subscriberStallMs, pingMs = pingMsDefault } = options
    const outgoing = new OutgoingStream(response, { stallMs, pingMs, ping: form.ping })
    const kept = { outgoing, end: form.end }
    open.add(kept)
    outgoing.ended.addEventListener('abort', () => open.delete(kept), { once: true })
    const { caller, correlationId } = client
    endAtExpiry({ caller, now }, outgoing.ended, () => {
      const signal = outgoing.ended
      const refusal = reception.refuse(new SezError('TOKEN_EXPIRED'), { correlationId, signal })
      outgoing.end(`${form.next(refusal)}${form.end}`)
    })
    return outgoing
  }

  return {
    get streamCount() {
      return open.size
    },
    async serve(response, { form, client, screened, scope }) {
      const key = take(counts, client)
      const outgoing = begin(response, form, client)
      outgoing.ended.addEventListener('abort', () => counts.release(key), { once: true })
      const answers = await perform(reception, { screened, scope: within(scope, outgoing.ended) })
      await pump(answers, outgoing, (answer) => form.next(answer))
      outgoing.end(form.end)
    },
    reserve(response, client) {
      const { token } = reservations.reserve(client.caller, take(counts, client))
      acknowledge(response, 201, token)
    },
    open(response, client, token) {
      const place = reservations.find(token, client.caller)
      if (place.outgoing !== null) throw new SezError('STREAM_TAKEN')
      const outgoing = begin(response, sse, client)
      place.outgoing = outgoing
      outgoing.ended.addEventListener('abort', () => reservations.release(place), { once: true })
    },
    add(response, { token, operationId, screened, scope }) {
      const place = reservations.find(token, scope.caller)
      const id = requireFree(place, operationId)
      const stopping = new AbortController()
      place.operations.set(id, stopping)
      acknowledge(response, 202)
      void answerOn(reception, place, { id, screened, scope: within(scope, stopping.signal) })
    },
    stop(response, { caller, token, operationId }) {
      const place = reservations.find(token, caller)
      place.operations.get(operationId)?.abort()
      place.operations.delete(operationId)
      acknowledge(response, 200)
    },
    close() {
      for (const place of reservations.all) reservations.release(place)
      for (const { outgoing, end } of open) outgoing.end(end)
    },
  }
}

function writeStart(response: ServerResponse, form: StreamForm, client: Client): void {
  response.writeHead(200, {
    'content-type': form.contentType,
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    'x-content-type-options': 'nosniff',
    'x-correlation-id': client.correlationId,
  })
  response.write(form.start)
}

/** @throws {SezError} `TOO_MANY_SOCKETS`. */
function take(counts: ConnectionCounts, { caller, address }: Client): string {
  const key = caller.did === null ? `address ${address}` : `caller ${caller.did}`
  if (!counts.take(key)) throw new SezError('TOO_MANY_SOCKETS')
  return key
}

function requireFree({ operations }: Reservation, operationId: unknown): string {
  const isName =
    typeof operationId === 'string' &&
    operationId !== '' &&
    operationId.length <= operationIdCharactersMax
  if (!isName || operations.has(operationId)) {
    throw new SezError('REQUEST_INVALID', { field: 'extensions.operationId' })
  }
  if (operations.size >= subscriptionsPerSocketMax) {
    throw new SezError('TOO_MANY_SUBSCRIPTIONS', { max: subscriptionsPerSocketMax })
  }
  return operationId
}

/** The same scope, ended by the stream as well as by the request it came with. */
function within(scope: CallScope, ended: AbortSignal): CallScope {
  return { ...scope, signal: ended }
}

/** Writes one operation's answers onto a shared connection, each with the operation's id. */
async function answerOn(
  reception: Reception,
  place: Reservation,
  { id, screened, scope }: StreamWork & { readonly id: string },
): Promise<void> {
  const answers = await perform(reception, { screened, scope })
  const { outgoing } = place
  const name = JSON.stringify(id)
  // Without its stream the client could not read a word; the place ends soon.
  if (outgoing === null || scope.signal.aborted) return closeQuietly(answers)
  const onAbort = (): void => void closeQuietly(answers)
  scope.signal.addEventListener('abort', onAbort, { once: true })
  await pump(answers, outgoing, (answer) =>
    sseEvent('next', `{"id":${name},"payload":${answerText(answer)}}`),
  )
  scope.signal.removeEventListener('abort', onAbort)
  if (!scope.signal.aborted) {
    place.operations.delete(id)
    await outgoing.send(sseEvent('complete', `{"id":${name}}`))
  }
}

function perform(
  reception: Reception,
  { screened, scope }: StreamWork,
): Promise<Stream<Answer> | Answer> {
  return screened.kind === OperationTypeNode.SUBSCRIPTION
    ? reception.subscribe(screened, scope)
    : reception.perform(screened, scope)
}

/** Writes answers as they come, at the reader's pace, until there are no more or it is over. */
async function pump(
  answers: Stream<Answer> | Answer,
  outgoing: OutgoingStream,
  text: (answer: Answer) => string,
): Promise<void> {
  if (!(Symbol.asyncIterator in answers)) return outgoing.send(text(answers))
  const onEnd = (): void => void closeQuietly(answers)
  outgoing.ended.addEventListener('abort', onEnd, { once: true })
  if (outgoing.ended.aborted) onEnd()
  for await (const answer of answers) await outgoing.send(text(answer))
  outgoing.ended.removeEventListener('abort', onEnd)
}

/** Nobody is left who could be told that closing failed. */
async function closeQuietly(answers: Stream<Answer> | Answer): Promise<void> {
  if (Symbol.asyncIterator in answers) await answers.return().catch(() => undefined)
}
