/**
 * A subgraph over HTTP: requests its gateway vouches for, one by one, in batches and as streams
 * (spec/27-subgraph-http.md).
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type ErrorCode, errorCodes, SezError } from '@sez/core/errors'
import { type FormattedExecutionResult, OperationTypeNode } from 'graphql'
import { type Asserted, assertionHeader, type AssertionVerifier } from './assertion.ts'
import { readBody } from './body.ts'
import { codedError, formatFailure } from './graphql-errors.ts'
import { correlationIdOf } from './http.ts'
import { streamPingMs, subgraphBatchLinesMax, subgraphRequestBytesMax } from './limits.ts'
import type { Logger } from './log.ts'
import type { RequestScope } from './operations.ts'
import type { Subgraph } from './subgraph.ts'
import { type BatchLine, batchLines } from './subgraph-batch.ts'
import { openRequestReader, type ReceivedRequest } from './subgraph-request.ts'
import { openEventStreams } from './subgraph-stream.ts'
import type { Tracing } from './tracing.ts'
import { written } from './written.ts'

export interface SubgraphFrontOptions {
  readonly subgraph: Pick<Subgraph, 'execute' | 'subscribe'>
  readonly verifier: AssertionVerifier
  readonly log: Logger
  readonly now: () => Date
  readonly pingMs?: number
  /** Null where nothing is traced. */
  readonly tracing?: Tracing | null
}

export interface SubgraphFront {
  /** Answers a request to the subgraph's one address. Never rejects. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>
  /** Ends every stream with an error that invites its reader back; requests at work go on. */
  closeStreams(): Promise<void>
}

/** An accepted request and whom it is answered for. */
interface Admitted extends ReceivedRequest {
  readonly asserted: Asserted
}

const mediaTypes = {
  answer: 'application/graphql-response+json',
  json: 'application/json',
  lines: 'application/x-ndjson',
  events: 'text/event-stream',
} as const

/** Opens the front of one subgraph. */
export function openSubgraphFront(options: SubgraphFrontOptions): SubgraphFront {
  const { subgraph, verifier, log, now, pingMs = streamPingMs } = options
  const reader = openRequestReader()
  const streams = openEventStreams({ log, now, pingMs })

  const admit = (assertion: string | undefined, bytes: Uint8Array): Admitted => {
    let received: ReceivedRequest | null = null
    const read = (): ReceivedRequest => (received ??= reader.read(bytes))
    const asserted = verifier.verify(assertion, bytes, {
      isMutation: () => read().kind === OperationTypeNode.MUTATION,
    })
    return { ...read(), asserted }
  }

  const answerOne = async (exchange: Exchange): Promise<void> => {
    const assertion = headerOf(exchange.request, assertionHeader)
    if (assertion === undefined) throw new SezError('ASSERTION_MISSING')
    const bytes = await readBody(exchange.request, { bytesMax: subgraphRequestBytesMax })
    const admitted = admit(assertion, bytes)
    const scope = scopeOf(admitted.asserted, exchange.signal)
    if (exchange.type === mediaTypes.events) {
      const opened = await subgraph.subscribe(admitted.request, scope)
      if (Symbol.asyncIterator in opened) await streams.send(exchange.response, opened, scope)
      else sendAnswer({ ...exchange, type: mediaTypes.answer }, opened)
      return
    }
    sendAnswer(exchange, await execute(options, admitted, exchange.signal))
  }

  const answerLine = async ({ assertion, bytes }: BatchLine, exchange: Exchange) => {
    try {
      const admitted = admit(assertion, bytes)
      // A batch may be sent again as a whole, which a mutation must never be.
      if (admitted.kind === OperationTypeNode.MUTATION) {
        throw new SezError('REQUEST_INVALID', { field: 'query' })
      }
      return await execute(options, admitted, exchange.signal)
    } catch (failure) {
      return { errors: [formatFailure(failure, { ...exchange, log })] }
    }
  }

  const answerBatch = async (exchange: Exchange): Promise<void> => {
    const body = await readBody(exchange.request, { bytesMax: subgraphRequestBytesMax })
    const lines = batchLines(body, subgraphBatchLinesMax)
    const answers = lines.map((line) => answerLine(line, exchange))
    const { response } = exchange
    response.writeHead(200, headersOf(mediaTypes.lines))
    for (const answer of answers) {
      const text = `${JSON.stringify(await answer)}\n`
      if (exchange.signal.aborted) return
      if (!response.write(text)) await written(response)
    }
    response.end()
  }

  return {
    async handle(request, response) {
      const exchange = exchangeOf(request, response)
      try {
        if (request.method !== 'POST') throw new SezError('METHOD_NOT_ALLOWED')
        const type = contentType(request)
        if (type === mediaTypes.lines) await answerBatch(exchange)
        else await answerOne(exchange)
      } catch (failure) {
        refuse(exchange, failure, log)
      }
    },
    closeStreams: () => streams.close(),
  }
}

/** Runs a request, as a part of the gateway's trace where there is one. */
async function execute(
  { subgraph, tracing = null }: SubgraphFrontOptions,
  { request, asserted }: Admitted,
  signal: AbortSignal,
): Promise<FormattedExecutionResult> {
  const { traceparent } = asserted
  const trace = traceparent === null ? null : (tracing?.resume('subgraph', traceparent) ?? null)
  try {
    const scope = scopeOf(asserted, signal)
    return await subgraph.execute(request, trace === null ? scope : { ...scope, trace })
  } finally {
    trace?.end()
  }
}

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly type: string
  /** Of the HTTP request: for what is refused before an assertion says another. */
  readonly correlationId: string
  readonly signal: AbortSignal
}

function exchangeOf(request: IncomingMessage, response: ServerResponse): Exchange {
  const gone = new AbortController()
  response.once('close', () => gone.abort(new SezError('REQUEST_ABORTED')))
  return {
    request,
    response,
    type: acceptedType(headerOf(request, 'accept')),
    correlationId: correlationIdOf(request),
    signal: gone.signal,
  }
}

function scopeOf({ caller, correlationId }: Asserted, signal: AbortSignal): RequestScope {
  return { caller, correlationId, signal }
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name]
  return typeof value === 'string' ? value : undefined
}

function typeOf(value: string): string {
  return (value.split(';', 1)[0] ?? '').trim().toLowerCase()
}

/** @throws {SezError} `CONTENT_TYPE_UNSUPPORTED`. */
function contentType(request: IncomingMessage): 'application/json' | 'application/x-ndjson' {
  const header = headerOf(request, 'content-type') ?? ''
  const type = typeOf(header)
  const charset = /;\s*charset="?([^";]*)/iu.exec(header)?.[1] ?? 'utf-8'
  if (/^utf-?8$/iu.test(charset.trim())) {
    if (type === mediaTypes.json) return mediaTypes.json
    if (type === mediaTypes.lines || type === 'application/jsonl') return mediaTypes.lines
  }
  throw new SezError('CONTENT_TYPE_UNSUPPORTED')
}

/** The first of the types asked for that a subgraph answers in. */
function acceptedType(accept = ''): string {
  const asked = accept.split(',').map(typeOf)
  const known: readonly string[] = [mediaTypes.events, mediaTypes.answer, mediaTypes.json]
  return asked.find((type) => known.includes(type)) ?? mediaTypes.answer
}

function headersOf(type: string): Readonly<Record<string, string>> {
  return {
    'content-type': `${type}; charset=utf-8`,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  }
}

/** 200 where execution began; before that, what the first error's code says. */
function statusOf(answer: FormattedExecutionResult, type: string): number {
  if (answer.data !== undefined || type === mediaTypes.json) return 200
  const code = answer.errors?.[0]?.extensions?.['code']
  if (typeof code !== 'string' || !Object.hasOwn(errorCodes, code)) return 400
  // Narrowed by the line above: the table has this code.
  return errorCodes[code as ErrorCode].http
}

function sendAnswer(exchange: Exchange, answer: FormattedExecutionResult): void {
  const { response, type } = exchange
  if (exchange.signal.aborted) return
  const body = Buffer.from(JSON.stringify(answer))
  response.writeHead(statusOf(answer, type), {
    ...headersOf(type),
    'content-length': body.byteLength,
  })
  response.end(body)
}

/** Says why a request got no answer; once an answer has begun, only its connection can say so. */
function refuse(exchange: Exchange, failure: unknown, log: Logger): void {
  const { response, signal } = exchange
  const error = codedError(failure, { ...exchange, log })
  if (response.headersSent || signal.aborted) {
    response.destroy()
    return
  }
  const { http } = errorCodes[error.code]
  const body = Buffer.from(JSON.stringify({ errors: [formatFailure(error, { ...exchange, log })] }))
  const isUnread = !exchange.request.complete
  response.writeHead(http, {
    ...headersOf(exchange.type === mediaTypes.json ? mediaTypes.json : mediaTypes.answer),
    'content-length': body.byteLength,
    ...(error.code === 'METHOD_NOT_ALLOWED' ? { allow: 'POST' } : {}),
    // What is left of a body that was refused unread would be taken for the next request.
    ...(isUnread ? { connection: 'close' } : {}),
  })
  response.end(body)
}
