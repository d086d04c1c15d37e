/** Server-sent events read from a subgraph, pulled by whoever reads them. @module */
import { SezError } from '@sez/core/errors'
import type { Stream } from '@sez/platform/stream'
import type { UpstreamResult } from './transport.ts'

export interface EventQueueOptions {
  readonly subgraph: string
  /** One event may have no more bytes. */
  readonly bytesMax: number
  /** Whether enough waits: bytes then stop coming until it is false. */
  onPressure(isHigh: boolean): void
  /** The reader left, or the stream ended. Called once. */
  onClose(): void
}

type Item = IteratorResult<UpstreamResult, undefined>
type Ending = { readonly failure: unknown } | 'complete'

const queuedBytesMax = 256 * 1024
const over: IteratorReturnResult<undefined> = { done: true, value: undefined }

/** Events wait as text and are parsed when they are read, so what waits is bounded in bytes. */
export class EventQueue implements Stream<UpstreamResult> {
  /** Takes bytes as they arrive. Throws what the bytes get wrong. */
  readonly push: (chunk: Buffer) => void
  readonly #options: EventQueueOptions
  readonly #queue: string[] = []
  readonly #waiting: PromiseWithResolvers<Item>[] = []
  #queuedBytes = 0
  #ending: Ending | null = null
  #isClosed = false
  #isHigh = false

  constructor(options: EventQueueOptions) {
    this.#options = options
    const { bytesMax, subgraph } = options
    this.push = eventReader(bytesMax, subgraph, (event, data) => this.#take(event, data))
  }

  /** The connection ended, before the subgraph said that the stream is complete. */
  end(): void {
    this.fail(new SezError('UPSTREAM_FAILED', { subgraph: this.#options.subgraph }))
  }

  /** What came before is still read; then the reader learns of the failure. */
  fail(failure: unknown): void {
    this.#finish({ failure })
  }

  next(): Promise<Item> {
    const item = this.#waiting.length === 0 ? this.#give() : null
    if (item !== null) return item
    const asked = Promise.withResolvers<Item>()
    this.#waiting.push(asked)
    return asked.promise
  }

  return(): Promise<IteratorReturnResult<undefined>> {
    this.#queue.length = 0
    this.#ending = 'complete'
    this.#close()
    for (const asked of this.#waiting.splice(0)) asked.resolve(over)
    return Promise.resolve(over)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #take(event: string, data: string): void {
    if (this.#ending !== null) return
    if (event === 'complete') this.#finish('complete')
    if (event !== 'next') return
    this.#queue.push(data)
    this.#queuedBytes += data.length
    this.#settle()
    this.#press()
  }

  #give(): Promise<Item> | null {
    const text = this.#queue.shift()
    if (text !== undefined) {
      this.#queuedBytes -= text.length
      this.#press()
      return this.#parsed(text)
    }
    const ending = this.#ending
    if (ending === null) return null
    this.#ending = 'complete'
    return ending === 'complete' ? Promise.resolve(over) : Promise.reject(ending.failure)
  }

  async #parsed(text: string): Promise<Item> {
    try {
      return { done: false, value: JSON.parse(text) as UpstreamResult }
    } catch (cause) {
      await this.return()
      throw new SezError('UPSTREAM_INVALID', { subgraph: this.#options.subgraph }, { cause })
    }
  }

  #settle(): void {
    for (let asked = this.#waiting[0]; asked !== undefined; asked = this.#waiting[0]) {
      const item = this.#give()
      if (item === null) return
      this.#waiting.shift()
      item.then(asked.resolve, asked.reject)
    }
  }

  #finish(ending: Ending): void {
    if (this.#ending !== null) return
    this.#ending = ending
    this.#close()
    this.#settle()
  }

  #press(): void {
    const isHigh = this.#queuedBytes > (this.#isHigh ? queuedBytesMax / 2 : queuedBytesMax)
    if (isHigh === this.#isHigh) return
    this.#isHigh = isHigh
    if (!this.#isClosed) this.#options.onPressure(isHigh)
  }

  #close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#options.onClose()
  }
}

/** Cuts bytes into events as the HTML standard says; comments and unknown fields are passed over. */
function eventReader(
  bytesMax: number,
  subgraph: string,
  onEvent: (event: string, data: string) => void,
): (chunk: Buffer) => void {
  let rest: Buffer[] = []
  let restBytes = 0
  let event = ''
  let data: string[] = []
  let dataBytes = 0
  const refuseAbove = (bytes: number): void => {
    if (bytes > bytesMax) throw new SezError('UPSTREAM_TOO_LARGE', { subgraph, bytesMax })
  }
  const onLine = (line: string): void => {
    if (line === '') {
      if (event !== '') onEvent(event, data.join('\n'))
      event = ''
      data = []
      dataBytes = 0
      return
    }
    const colon = line.indexOf(':')
    const name = colon === -1 ? line : line.slice(0, colon)
    const value = colon === -1 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1)
    if (name === 'event') event = value
    else if (name === 'data') {
      data.push(value)
      dataBytes += value.length + 1
      refuseAbove(dataBytes)
    }
  }
  return (chunk) => {
    let from = 0
    for (let at = chunk.indexOf(0x0a); at !== -1; at = chunk.indexOf(0x0a, from)) {
      const piece = chunk.subarray(from, at)
      const line = rest.length === 0 ? piece : Buffer.concat([...rest, piece])
      rest = []
      restBytes = 0
      from = at + 1
      onLine(line.toString('utf8', 0, line.at(-1) === 0x0d ? line.length - 1 : line.length))
    }
    if (from === chunk.length) return
    restBytes += chunk.length - from
    refuseAbove(restBytes)
    rest.push(Buffer.from(chunk.subarray(from)))
  }
}
