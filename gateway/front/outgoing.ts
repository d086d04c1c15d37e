/** One answer without an end: back-pressure for the sender, an end for a reader who stalls. @module */
import type { ServerResponse } from 'node:http'

/** What may wait unsent; below it text is written without waiting for the reader. */
const unsentBytesMax = 64 * 1024

export class OutgoingStream {
  readonly #response: ServerResponse
  readonly #stallMs: number
  readonly #ending = new AbortController()
  readonly #pinging: NodeJS.Timeout
  #isStalled = false

  /** @param options `ping` is written every `pingMs`, so that no balancer takes quiet for death. */
  constructor(
    response: ServerResponse,
    options: { readonly stallMs: number; readonly pingMs: number; readonly ping: string },
  ) {
    this.#response = response
    this.#stallMs = options.stallMs
    this.#pinging = setInterval(() => {
      if (!this.#isStalled) this.#write(options.ping)
    }, options.pingMs)
    this.#pinging.unref()
    response.once('close', () => this.#over())
  }

  /** Aborts as soon as the answer begins to end, and with it everything it was made of. */
  get ended(): AbortSignal {
    return this.#ending.signal
  }

  /**
   * Sends text. The promise holds back whoever produces more while too much is unsent, so that a slow
   * reader costs a bounded amount of memory; one who takes nothing for the stall time is cut.
   */
  async send(text: string): Promise<void> {
    if (this.ended.aborted || this.#write(text)) return
    this.#isStalled = true
    const moved = Promise.withResolvers<void>()
    const go = (): void => moved.resolve()
    this.#response.once('drain', go)
    this.ended.addEventListener('abort', go, { once: true })
    const timer = setTimeout(() => this.cut(), this.#stallMs)
    await moved.promise
    clearTimeout(timer)
    this.#response.off('drain', go)
    this.ended.removeEventListener('abort', go)
    this.#isStalled = false
  }

  /** Ends in order, with a last text. */
  end(text: string): void {
    if (this.ended.aborted) return
    const response = this.#response
    this.#over()
    // Someone who reads nothing would keep an orderly end waiting for ever.
    const timer = setTimeout(() => response.destroy(), this.#stallMs)
    response.once('close', () => clearTimeout(timer))
    response.end(text)
  }

  /** Ends by force. */
  cut(): void {
    this.#over()
    this.#response.destroy()
  }

  /** False while more waits than may. */
  #write(text: string): boolean {
    const response = this.#response
    if (!response.writable) return true
    return response.write(text) || response.writableLength <= unsentBytesMax
  }

  #over(): void {
    clearInterval(this.#pinging)
    this.#ending.abort()
  }
}
