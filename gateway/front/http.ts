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
} from './request.ts'
import { isKnownTo } from './validator.ts'

export interface HttpFrontOptions {
  readonly reception: Reception
  readonly authenticator: Pick<Authenticator, 'callerOf'>
  /** 0 refuses lists of operations. */
  readonly batchMax: number
  /** Of whose pages answers may be read. */
  readonly corsOrigins: ReadonlySet<string>
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
  let type: AnswerType = 'application/json'
  try {
    type = answerType(exchange.request.headers.accept)
    const received = await receive(exchange.request, options)
    const answers = await performAll(options, exchange, received)
    const [only] = answers
    if (received.isBatch || only === undefined) {
      send(exchange, { type, status: 200, text: `[${answers.map(answerText).join(',')}]` })
    } else
      send(exchange, { type, status: statusOf(only, type), text: answerText(only), answer: only })
  } catch (failure) {
    const refused = options.reception.refuse(failure, exchange)
    const status = statusOf(refused, type)
    send(exchange, { type, status, text: answerText(refused), answer: refused })
  }
}

interface Received {
  readonly requests: readonly GraphqlRequest[]
  readonly isBatch: boolean
  readonly isGet: boolean
}

/** Reads the body within its limit and checks the form of what it holds. */
async function receive(
  request: IncomingMessage,
  { batchMax, corsOrigins }: HttpFrontOptions,
): Promise<Received> {
  const { method = '' } = request
  switch (method) {
    case 'GET': {
      requirePreflight(request, corsOrigins)
      // Only the first question mark parts path and query; one in a value may stand as it is.
      const search = new URLSearchParams(/\?(.*)$/su.exec(request.url ?? '')?.[1] ?? '')
      return { requests: [parseQueryString(search)], isBatch: false, isGet: true }
    }
    case 'POST': {
      requireJson(request)
      const body = await readJson(request, { bytesMax: requestBodyBytesMax })
      if (!Array.isArray(body)) {
        return { requests: [parseRequest(body)], isBatch: false, isGet: false }
      }
      if (batchMax === 0 || body.length === 0)
        throw new SezError('REQUEST_INVALID', { field: 'body' })
      if (body.length > batchMax) {
        throw new SezError('BATCH_TOO_LARGE', { operations: body.length, max: batchMax })
      }
      return { requests: body.map(parseRequest), isBatch: true, isGet: false }
    }
    default:
      throw new SezError('METHOD_NOT_ALLOWED')
  }
}

/** Token limits, then who it is, then how often; cost and the rest belong to each operation. */
async function performAll(
  options: HttpFrontOptions,
  exchange: Exchange,
  { requests, isGet }: Received,
): Promise<readonly Answer[]> {
  const { reception } = options
  const screened = requests.map((request) => reception.screen(request))
  for (const { kind } of screened) requireKind(kind, isGet)
  const caller = await identify(options, exchange)
  reception.admitCaller(caller, addressOf(exchange.request), screened)
  const scope: CallScope = {
    caller,
    correlationId: exchange.correlationId,
    signal: exchange.signal,
  }
  return performInOrder(reception, screened, scope)
}

function requireKind(kind: OperationTypeNode, isGet: boolean): void {
  if (kind === OperationTypeNode.SUBSCRIPTION) throw new SezError('SUBSCRIPTION_NEEDS_SOCKET')
  if (isGet && kind !== OperationTypeNode.QUERY) throw new SezError('METHOD_NOT_ALLOWED')
}

/** One after another: mutations of a batch keep their order, and a batch takes no more at once. */
async function performInOrder(
  reception: Reception,
  screened: readonly Screened[],
  scope: CallScope,
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
  if (sending.status === 405) headers['allow'] = 'GET, POST'
  // An unread body would be taken for the next request on this connection.
  if (!request.complete) headers['connection'] = 'close'
  response.writeHead(sending.status, headers)
  response.end(body)
}
