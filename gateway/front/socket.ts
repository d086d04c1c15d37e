/** One WebSocket's sending side: back-pressure for the sender, an end for a reader who stalls. @module */
import { WebSocket } from 'ws'

/** Close codes beyond those of graphql-transport-ws; the reason is the code of the error. */
export const closeCodes = {
  badRequest: 4400,
  unauthorized: 4401,
  tooMany: 4429,
  alreadyExists: 4409,
  tooSlow: 4490,
  internal: 4500,
  goingAway: 1001,
} as const

/** What may wait unsent; below it messages are written without waiting for the reader. */
const unsentBytesMax = 64 * 1024
/** How long a stalled reader may take to acknowledge the close before the connection is cut. */
const closeGraceMs = 1_000
/** A close frame holds no longer reason. */
const reasonBytesMax = 123

export class OutgoingSocket {
  readonly #socket: WebSocket
  readonly #stallMs: number
  readonly #ending = new AbortController()
  #isStalled = false

  constructor(socket: WebSocket, stallMs: number) {
    this.#socket = socket
    this.#stallMs = stallMs
    socket.once('close', () => this.#ending.abort())
  }

  /** Aborts as soon as the connection begins to end, and with it everything it asked for. */
  get ended(): AbortSignal {
    return this.#ending.signal
  }

  /** Whether the reader is behind; nothing is read from it meanwhile. */
  get isStalled(): boolean {
    return this.#isStalled
  }

  /**
   * Sends one message. The promise holds back whoever produces the next one while too much is unsent,
   * so that a slow reader costs a bounded amount of memory; one who takes nothing for the whole
   * stall time is closed with SUBSCRIBER_TOO_SLOW.
   */
  async send(text: string): Promise<void> {
    const socket = this.#socket
    if (socket.readyState !== WebSocket.OPEN) return
    const written = Promise.withResolvers<void>()
    // The callback also comes, with an error, when the connection ends first.
    socket.send(text, () => written.resolve())
    if (socket.bufferedAmount <= unsentBytesMax) return
    // Answers to what the client sends must not pile up either.
    this.#isStalled = true
    socket.pause()
    const timer = setTimeout(
      () => this.close(closeCodes.tooSlow, 'SUBSCRIBER_TOO_SLOW'),
      this.#stallMs,
    )
    await written.promise
    clearTimeout(timer)
    this.#isStalled = false
    socket.resume()
  }

  /** Answers a ping, unless so much waits that its sender does not read; pings need not be answered. */
  pong(payload: Buffer): void {
    if (this.#socket.bufferedAmount <= unsentBytesMax) this.#socket.pong(payload)
  }

  /** Closes in order, then by force: a peer that reads nothing never acknowledges a close. */
  close(code: number, reason: string): void {
    const socket = this.#socket
    if (socket.readyState === WebSocket.CLOSED) return
    this.#ending.abort()
    socket.resume()
    socket.close(code, shortened(reason))
    const timer = setTimeout(() => socket.terminate(), closeGraceMs)
    socket.once('close', () => clearTimeout(timer))
  }
}

/** The protocol library quotes the client's own names in its reasons. */
function shortened(reason: string): string {
  const bytes = new Uint8Array(reasonBytesMax)
  const { read } = new TextEncoder().encodeInto(reason, bytes)
  return reason.slice(0, read)
}
