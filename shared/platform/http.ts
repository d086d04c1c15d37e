/**
 * The one HTTP listener: timeouts, coded refusals, and a close that lets requests finish.
 *
 * @module
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { errorCodes, SezError } from '@sez/core/errors'
import { invariant } from '@sez/core/invariant'
import { uuidv7 } from '@sez/core/ids'
import { randomBytes, systemClock } from './clock.ts'
import { codedError, extensionsOf } from './graphql-errors.ts'
import {
  keepAliveTimeoutMs,
  requestHeaderBytesMax,
  requestHeadersTimeoutMs,
  requestTimeoutMs,
  shutdownDeadlineMs,
} from './limits.ts'
import type { Logger } from './log.ts'

export type OnRequest = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void
export type OnUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void

export interface ListenOptions {
  readonly host: string
  /** 0 for any free port. */
  readonly port: number
  /** The setting that names the port, for whoever finds it taken. */
  readonly setting?: string
  readonly onRequest: OnRequest
  /** Without it, requests to upgrade are answered as ordinary ones. */
  readonly onUpgrade?: OnUpgrade
  readonly log: Logger
}

export interface Listener extends AsyncDisposable {
  /** With the port that was taken. */
  readonly url: string
  readonly port: number
  /**
   * Accepts no more, lets requests in flight finish until the deadline, then cuts every socket,
   * upgraded ones too. Calling it again waits for the same close.
   */
  close(deadlineMs?: number): Promise<void>
}

/**
 * Listens.
 *
 * @throws {SezError} `PORT_TAKEN`, else `ADDRESS_UNAVAILABLE`.
 */
export async function listen(options: ListenOptions): Promise<Listener> {
  const { host, log } = options
  const server = createServer({
    headersTimeout: requestHeadersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    connectionsCheckingInterval: checkingIntervalMs,
    maxHeaderSize: requestHeaderBytesMax,
    // Some clients offer HTTP/2 with every first request; that wish is passed over, as RFC 9110
    // §7.8 lets a server do, and the request is answered.
    shouldUpgradeCallback: ({ headers }) =>
      options.onUpgrade !== undefined && headers.upgrade?.toLowerCase() === 'websocket',
  })
  const sockets = trackSockets(server)
  const answering = new Set<ServerResponse>()
  let isClosing = false
  server.on('request', (request, response) => {
    if (isClosing) response.setHeader('connection', 'close')
    answering.add(response)
    response.once('close', () => {
      answering.delete(response)
      // A kept-alive connection that becomes idle now would hold the close to its deadline.
      if (isClosing) setImmediate(() => server.closeIdleConnections())
    })
    answer(options, request, response)
  })
  if (options.onUpgrade !== undefined) server.on('upgrade', upgrading(options.onUpgrade, log))
  server.on('clientError', refuseClient)
  await bind(server, options)
  server.on('error', (error) => log.error({ err: error }, 'the listener failed'))
  const address = server.address()
  invariant(typeof address === 'object' && address !== null, 'a bound listener has an address')
  let closed: Promise<void> | null = null
  const close = (deadlineMs = shutdownDeadlineMs): Promise<void> => {
    isClosing = true
    for (const response of answering) {
      if (!response.headersSent) response.setHeader('connection', 'close')
    }
    closed ??= closeServer(server, sockets, deadlineMs)
    return closed
  }
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    port: address.port,
    close,
    [Symbol.asyncDispose]: () => close(),
  }
}

/** The caller's `x-correlation-id` where it is well formed, else a new one. */
export function correlationIdOf(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-correlation-id']
  return typeof given === 'string' && correlationForm.test(given)
    ? given
    : uuidv7(systemClock(), randomBytes(10))
}

/** Sends a value as JSON. Text that is already JSON goes through `sendText`. */
export function sendJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = Buffer.from(JSON.stringify(value))
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': body.byteLength,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
  })
  response.end(body)
}

/**
 * Sends a failure outside GraphQL: `{errors: [{message, extensions}]}` under the code's HTTP
 * status. When the answer has begun, only the connection can still say that it failed.
 */
export function sendError(
  response: ServerResponse,
  failure: unknown,
  scope: { readonly correlationId: string; readonly log: Pick<Logger, 'error' | 'warn'> },
): void {
  const error = codedError(failure, { ...scope, signal: neverAborted })
  if (response.headersSent) {
    response.destroy()
    return
  }
  const extensions = extensionsOf(error, scope.correlationId)
  const { retryAfterMs } = extensions
  sendJson(
    response,
    errorCodes[error.code].http,
    { errors: [{ message: error.message, extensions }] },
    {
      'x-correlation-id': scope.correlationId,
      ...(retryAfterMs === undefined ? {} : { 'retry-after': secondsOf(retryAfterMs) }),
      ...(error.code === 'BODY_TOO_LARGE' || error.code === 'REQUEST_TIMEOUT'
        ? { connection: 'close' }
        : {}),
      ...(errorCodes[error.code].http === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    },
  )
}

const neverAborted = new AbortController().signal
const correlationForm = /^[A-Za-z0-9][A-Za-z0-9._:-]{7,127}$/u
const checkingIntervalMs = 1_000

function secondsOf(milliseconds: number): string {
  return String(Math.max(1, Math.ceil(milliseconds / 1_000)))
}

function answer(options: ListenOptions, request: IncomingMessage, response: ServerResponse): void {
  const fail = (failure: unknown): void =>
    sendError(response, failure, { correlationId: correlationIdOf(request), log: options.log })
  response.on('error', (error) => options.log.warn({ err: error }, 'an answer was not delivered'))
  try {
    options.onRequest(request, response)?.catch(fail)
  } catch (failure) {
    fail(failure)
  }
}

/** Node watches an upgraded socket no more: a failure of it or its handler would end the process. */
function upgrading(onUpgrade: OnUpgrade, log: Logger): OnUpgrade {
  return (request, socket, head) => {
    // A broken connection is told by close.
    socket.on('error', () => undefined)
    try {
      onUpgrade(request, socket, head)
    } catch (error) {
      log.error({ err: error }, 'an upgrade failed')
      socket.destroy()
    }
  }
}

async function bind(
  server: Server,
  { host, port, setting = 'SEZ_PORT' }: ListenOptions,
): Promise<void> {
  const bound = Promise.withResolvers<void>()
  server.once('listening', bound.resolve)
  server.once('error', bound.reject)
  server.listen({ host, port, exclusive: true })
  try {
    await bound.promise
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : null
    if (code === 'EADDRINUSE') {
      const message = `Port ${port} on ${host} is taken. Stop the other program or set ${setting}.`
      throw new SezError('PORT_TAKEN', { host, port }, { message, cause })
    }
    throw new SezError('ADDRESS_UNAVAILABLE', { host, port }, { cause })
  } finally {
    server.off('listening', bound.resolve)
    server.off('error', bound.reject)
  }
}

/** Node forgets sockets once they are upgraded; a close must still reach them. */
function trackSockets(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  return sockets
}

async function closeServer(
  server: Server,
  sockets: ReadonlySet<Socket>,
  deadlineMs: number,
): Promise<void> {
  const closed = Promise.withResolvers<void>()
  server.close(() => closed.resolve())
  server.closeIdleConnections()
  const deadline = setTimeout(() => {
    for (const socket of sockets) socket.destroy()
  }, deadlineMs)
  await closed.promise
  clearTimeout(deadline)
  for (const socket of sockets) socket.destroy()
}

const refusals: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
}

/** What is no HTTP gets one status line; there is no request to answer. */
function refuseClient(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const status = refusals[error.code ?? ''] ?? '400 Bad Request'
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
}
