/** GraphQL over WebSocket on the path of the HTTP front: connections, their limits and their ends. @module */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { anonymous } from '@sez/platform/context'
import { correlationIdOf } from '@sez/platform/http'
import { requestBodyBytesMax, subscriberStallMs } from '@sez/platform/limits'
import { handleProtocols, type Server } from 'graphql-ws'
import { type RawData, WebSocketServer } from 'ws'
import type { GatewayMetrics } from '../observe/metrics.ts'
import type { ConnectionCounts } from './counts.ts'
import { addressOf } from './http.ts'
import { closeCodes, OutgoingSocket } from './socket.ts'
import {
  type Connection,
  type Extra,
  openSocketProtocol,
  type SocketProtocolOptions,
} from './socket-protocol.ts'

export interface WsFrontOptions extends SocketProtocolOptions {
  /** Shared with the streams over HTTP. */
  readonly counts: ConnectionCounts
  readonly stallMs?: number
  readonly pingMs?: number
  readonly metrics: Pick<GatewayMetrics, 'closed'>
}

export interface WsFront extends AsyncDisposable {
  /** Takes over a connection that asks for this protocol. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  readonly socketCount: number
}

const pingMsDefault = 15_000

export function openWsFront(options: WsFrontOptions): WsFront {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: requestBodyBytesMax,
    // Compression keeps a context of its own for every idle socket.
    perMessageDeflate: false,
    // The library would keep a pong for every ping of a peer that reads none.
    autoPong: false,
    handleProtocols: (protocols) => handleProtocols(protocols),
  })
  const connections = new Set<Connection>()
  const { counts } = options
  const protocol = openSocketProtocol(options, counts)
  const pinging = setInterval(() => pingAll(connections), options.pingMs ?? pingMsDefault)
  pinging.unref()
  return {
    get socketCount() {
      return connections.size
    },
    upgrade(request, stream, head) {
      const address = addressOf(request)
      const countedAs = `address ${address}`
      // A peer that resets the connection now would otherwise end the process.
      stream.on('error', () => stream.destroy())
      let isUpgraded = false
      if (!counts.take(countedAs)) {
        options.metrics.closed(429)
        // Ended alone, it would stay open for as long as the peer likes.
        stream.end(
          'HTTP/1.1 429 Too Many Requests\r\nconnection: close\r\ncontent-length: 0\r\n\r\n',
          () => stream.destroy(),
        )
        return
      }
      stream.once('close', () => {
        if (!isUpgraded) counts.release(countedAs)
      })
      server.handleUpgrade(request, stream, head, (socket) => {
        isUpgraded = true
        const connection: Connection = {
          request,
          socket,
          outgoing: new OutgoingSocket(socket, options.stallMs ?? subscriberStallMs),
          address,
          correlationId: correlationIdOf(request),
          caller: anonymous,
          countedAs,
          isAlive: true,
          opening: new Set(),
        }
        connections.add(connection)
        socket.once('close', (code) => {
          options.metrics.closed(code)
          connections.delete(connection)
          counts.release(connection.countedAs)
        })
        connect(connection, protocol, options.log)
      })
    },
    async [Symbol.asyncDispose]() {
      clearInterval(pinging)
      const closing = [...connections].map(({ socket, outgoing }) => {
        const closed = new Promise<void>((resolve) => {
          socket.once('close', () => resolve())
        })
        outgoing.close(closeCodes.goingAway, 'GOING_AWAY')
        return closed
      })
      await Promise.all(closing)
      server.close()
    },
  }
}

/** Hands a connection's text frames to the protocol, and tells it of the end. */
function connect(
  connection: Connection,
  protocol: Server<Extra>,
  log: WsFrontOptions['log'],
): void {
  const { socket, outgoing, correlationId } = connection
  const failed = (error: unknown): void => {
    if (isServersOwnMessage(error)) {
      outgoing.close(closeCodes.badRequest, 'Invalid message received')
      return
    }
    log.error({ err: error, correlationId }, 'a socket failed')
    outgoing.close(closeCodes.internal, 'INTERNAL')
  }
  // Broken frames and oversized messages: ws has closed the socket with their code already.
  socket.on('error', () => undefined)
  socket.on('ping', (payload) => outgoing.pong(payload))
  socket.on('pong', () => {
    connection.isAlive = true
  })
  const closed = protocol.opened(
    {
      protocol: socket.protocol,
      send: (text) => outgoing.send(text),
      close: (code, reason) => outgoing.close(code ?? closeCodes.internal, reason ?? ''),
      onMessage(listener) {
        socket.on('message', (data, isBinary) => {
          if (isBinary) outgoing.close(closeCodes.badRequest, 'Binary frames are not understood')
          else listener(textOf(data)).catch(failed)
        })
      },
    },
    { connection },
  )
  socket.once('close', (code, reason) => {
    closed(code, String(reason)).catch(failed)
  })
}

/** The protocol library throws when a client sends what only a server may say. */
function isServersOwnMessage(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('Unexpected message of type ')
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString()
  return data instanceof ArrayBuffer ? Buffer.from(data).toString() : data.toString()
}

/** Cuts whoever did not answer the last ping; a stalled reader has its own, longer time. */
function pingAll(connections: ReadonlySet<Connection>): void {
  for (const connection of connections) {
    const { socket, outgoing } = connection
    if (outgoing.isStalled) continue
    if (!connection.isAlive) socket.terminate()
    else {
      connection.isAlive = false
      socket.ping()
    }
  }
}
