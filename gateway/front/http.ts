/** GraphQL over HTTP: one request in, one answer out, in the order that costs an attacker most. @module */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { SezError } from '@sez/core/errors'
import type { Authenticator } from '@sez/platform/auth'
import { readJson } from '@sez/platform/body'
import type { Caller } from '@sez/platform/context'
import { correlationIdOf } from '@sez/platform/http'
import { requestBodyBytesMax } from '@sez/platform/limits'
import { OperationTypeNode } from 'graphql'
import { type Answer, answerText } from '../plan/json-data.ts'
import { own } from '../plan/merge.ts'
import type { CallScope } from '../transport/transport.ts'
import { answerPreflight, grantOrigin } from './cors.ts'
import { type AnswerType, answerType, statusOf } from './negotiation.ts'
import type { Reception, Screened } from './reception.ts'
import {
  type GraphqlRequest,
  parseQueryString,
  parseRequest,
  requireJson,
  requirePreflight,
  searchOf,
  streamTokenOf,
} from './request.ts'
import { streamForm } from './stream-form.ts'
import type { StreamFront } from './streams.ts'
import { isKnownTo } from './validator.ts'

export interface HttpFrontOptions {
  readonly reception: Reception
  readonly authenticator: Pick<Authenticator, 'callerOf'>
  /** 0 refuses lists of operations. */
  readonly batchMax: number
  /** Of whose pages answers may be read. */
  readonly corsOrigins: ReadonlySet<string>
  readonly streams: StreamFront
}

export interface HttpFront {
  /** Answers one request to the GraphQL path. Never rejects. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>
}

/** Headers of every answer: nothing may guess its type, frame it or run it. */
const safeHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly correlationId: string
  /** Aborts when the client leaves before its answer. */
  readonly signal: AbortSignal
}

export function openHttpFront(options: HttpFrontOptions): HttpFront {
  return {
    async handle(request, response) {
      const leaving = new AbortController()
      response.once('close', () => {
        if (!response.writableFinished) leaving.abort()
      })
      const isKnownPage = grantOrigin(options.corsOrigins, { request, response })
      if (isKnownPage && request.method === 'OPTIONS') return answerPreflight(response)
      const correlationId = correlationIdOf(request)
      await answer(options, { request, response, correlationId, signal: leaving.signal })
    },
  }
}

async function answer(options: HttpFrontOptions, exchange: Exchange): Promise<void> {
  const { accept } = exchange.request.headers
  const form = streamForm(accept)
  let type: AnswerType = 'application/json'
  try {
    if (await actOnReservation(options, exchange)) return
    if (form === null) type = answerType(accept)
    const received = await receive(exchange.request, options)
    const work = await admit(options, exchange, { ...received, isStreamRead: form !== null })
    const [first] = work.screened
    if (received.isBatch || first === undefined) {
      const answers = await performInOrder(options.reception, work)
      send(exchange, { type, status: 200, text: `[${answers.map(answerText).join(',')}]` })
    } else if (received.token !== null) {
      const { token, operationId } = received
      options.streams.add(exchange.response, { ...work, screened: first, token, operationId })
    } else if (form !== null && (form.name === 'sse' || isSubscription(first))) {
      const client = { ...clientOf(exchange), caller: work.scope.caller }
      await options.streams.serve(exchange.response, { ...work, screened: first, form, client })
    } else {
      const only = await options.reception.perform(first, work.scope)
      send(exchange, { type, status: statusOf(only, type), text: answerText(only), answer: only })
    }
  } catch (failure) {
    const refused = options.reception.refuse(failure, exchange)
    const status = statusOf(refused, type)
    send(exchange, { type, status, text: answerText(refused), answer: refused })
  }
}

const isSubscription = ({ kind }: Screened): boolean => kind === OperationTypeNode.SUBSCRIPTION

/** The acts of a client on its reserved stream that carry no operation; false where it is none. */
async function actOnReservation(options: HttpFrontOptions, exchange: Exchange): Promise<boolean> {
  const { request, response } = exchange
  const { streams, corsOrigins } = options
  const token = streamTokenOf(request)
  const isOpening = request.method === 'GET' && token !== null
  if (request.method !== 'PUT' && request.method !== 'DELETE' && !isOpening) return false
  requirePreflight(request, corsOrigins)
  const client = { ...clientOf(exchange), caller: await identify(options, exchange) }
  options.reception.admitCaller(client.caller, client.address, 1)
  if (request.method === 'PUT') streams.reserve(response, client)
  else if (token === null) throw new SezError('STREAM_UNKNOWN')
  else if (isOpening) streams.open(response, client, token)
  else {
    const operationId = searchOf(request).get('operationId') ?? ''
    streams.stop(response, { caller: client.caller, token, operationId })
  }
  return true
}

function clientOf({ request, correlationId }: Exchange) {
  return { address: addressOf(request), correlationId }
}

interface Received {
  readonly requests: readonly GraphqlRequest[]
  readonly isBatch: boolean
  readonly isGet: boolean
  /** Of the reserved stream that takes the answers; null where they are the answer. */
  readonly token: string | null
  readonly operationId: unknown
}

const alone = { isBatch: false, token: null, operationId: null }

/** Reads the body within its limit and checks the form of what it holds. */
async function receive(
  request: IncomingMessage,
  { batchMax, corsOrigins }: HttpFrontOptions,
): Promise<Received> {
  const { method = '' } = request
  switch (method) {
    case 'GET': {
      requirePreflight(request, corsOrigins)
      return { ...alone, requests: [parseQueryString(searchOf(request))], isGet: true }
    }
    case 'POST': {
      requireJson(request)
      const body = await readJson(request, { bytesMax: requestBodyBytesMax })
      if (!Array.isArray(body)) {
        const parsed = parseRequest(body)
        const operationId = own(parsed.extensions, 'operationId')
        const token = streamTokenOf(request)
        return { requests: [parsed], isBatch: false, isGet: false, token, operationId }
      }
      if (batchMax === 0 || body.length === 0)
        throw new SezError('REQUEST_INVALID', { field: 'body' })
      if (body.length > batchMax) {
        throw new SezError('BATCH_TOO_LARGE', { operations: body.length, max: batchMax })
      }
      return { ...alone, requests: body.map(parseRequest), isBatch: true, isGet: false }
    }
    default:
      throw new SezError('METHOD_NOT_ALLOWED')
  }
}

/** Token limits, then who it is, then how often; cost and the rest belong to each operation. */
async function admit(
  options: HttpFrontOptions,
  exchange: Exchange,
  received: Received & { readonly isStreamRead: boolean },
): Promise<{ readonly screened: readonly Screened[]; readonly scope: CallScope }> {
  const { reception } = options
  const screened = received.requests.map((request) => reception.screen(request))
  for (const each of screened) requireKind(each, received)
  const caller = await identify(options, exchange)
  reception.admitCaller(caller, addressOf(exchange.request), reception.weightOf(screened))
  const { correlationId, signal, request } = exchange
  const traceparent = traceparentOf(request)
  return { screened, scope: { caller, correlationId, signal, traceparent } }
}

function requireKind(
  { kind }: Screened,
  received: Received & { readonly isStreamRead: boolean },
): void {
  const { isGet, isBatch, isStreamRead, token } = received
  if (kind === OperationTypeNode.SUBSCRIPTION) {
    if (isBatch || !(isStreamRead || token !== null)) {
      throw new SezError('SUBSCRIPTION_NEEDS_SOCKET')
    }
  } else if (isGet && kind !== OperationTypeNode.QUERY) throw new SezError('METHOD_NOT_ALLOWED')
}

/** One after another: mutations of a batch keep their order, and a batch takes no more at once. */
async function performInOrder(
  reception: Reception,
  { screened, scope }: { readonly screened: readonly Screened[]; readonly scope: CallScope },
): Promise<readonly Answer[]> {
  const answers: Answer[] = []
  for (const each of screened) answers.push(await reception.perform(each, scope))
  return answers
}

/** Whoever sends a token that does not hold spends from the anonymous bucket of the address. */
async function identify(options: HttpFrontOptions, { request }: Exchange): Promise<Caller> {
  try {
    return await options.authenticator.callerOf(request.headers.authorization ?? null)
  } catch (failure) {
    options.reception.admitStranger(addressOf(request))
    throw failure
  }
}

function traceparentOf({ headers }: IncomingMessage): string | undefined {
  const given = headers['traceparent']
  return typeof given === 'string' ? given : undefined
}

export function addressOf(request: IncomingMessage): string {
  return request.socket.remoteAddress ?? 'unknown'
}

interface Sending {
  readonly type: AnswerType
  readonly status: number
  readonly text: string
  readonly answer?: Answer
}

function send({ request, response, correlationId }: Exchange, sending: Sending): void {
  if (response.destroyed || response.headersSent) return
  const body = Buffer.from(sending.text)
  if (request.method === 'GET' && sending.answer?.data !== undefined && !sending.answer.errors) {
    if (isKnownTo(request, response, body)) return
  }
  if (!response.hasHeader('cache-control')) response.setHeader('cache-control', 'no-store')
  const headers: Record<string, string | number> = {
    ...safeHeaders,
    'content-type': `${sending.type}; charset=utf-8`,
    'content-length': body.byteLength,
    'x-correlation-id': correlationId,
  }
  const extensions = sending.answer?.errors?.[0]?.extensions ?? {}
  const retryAfterMs = extensions['retryAfterMs']
  if (sending.status === 429 && typeof retryAfterMs === 'number') {
    headers['retry-after'] = Math.max(1, Math.ceil(retryAfterMs / 1_000))
  }
  if (sending.status === 401) headers['www-authenticate'] = 'Bearer'
  if (sending.status === 405) headers['allow'] = 'GET, POST, PUT, DELETE'
  // An unread body would be taken for the next request on this connection.
  if (!request.complete) headers['connection'] = 'close'
  response.writeHead(sending.status, headers)
  response.end(body)
}
