/** A cable between two processes that can be cut, silenced, slowed and bitten through. @module */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { invariant } from '@sez/core/invariant'

export interface Cable extends AsyncDisposable {
  readonly port: number
  /** `url` with this cable's near end in the place of its host and port. */
  through(url: string): string
  /** What it does to each piece of bytes, from the next piece on. */
  state: CableState
  /** How many connections were asked for since the start. */
  readonly calls: number
  /** Ends what is open: with a reset, or as a server does that is done. */
  cut(how?: 'reset' | 'end'): void
  /**
   * Once: bites through a connection that has sent `mark`, at the next piece with `text` in it: before
   * it arrives, or when it has arrived and its answer has not.
   */
  biteAt(mark: string, text: string, how: 'before' | 'after'): Promise<void>
}

export interface CableState {
  /** Refuses connections by closing what it accepted. */
  readonly isRefusing?: boolean
  /** Holds back bytes and closes nothing: all of them, only the answers, or where `marker` was sent. */
  readonly silent?: 'both' | 'answers' | { readonly marker: string }
  readonly latencyMs?: number
  /** So many bytes at once, this long apart. */
  readonly trickle?: { readonly bytes: number; readonly everyMs: number }
}

interface Bite {
  readonly mark: string
  readonly text: string
  readonly how: 'before' | 'after'
  readonly done: () => void
}

/** Between whoever connects to it and the host and port of `target`. */
export async function openCable(target: string): Promise<Cable> {
  const { hostname, port } = new URL(target)
  const cable = new Wire({ hostname, port: Number(port) })
  return cable.open()
}

interface Target {
  readonly hostname: string
  readonly port: number
}

class Wire implements Cable {
  state: CableState = {}
  port = 0
  calls = 0
  readonly #target: Target
  readonly #lines = new Set<Line>()
  readonly #server = createServer({ allowHalfOpen: true }, (near) => this.#accept(near))
  #bite: Bite | null = null

  constructor(target: Target) {
    this.#target = target
  }

  async open(): Promise<this> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    const address = this.#server.address()
    invariant(typeof address === 'object' && address !== null, 'a TCP server has a port')
    this.port = address.port
    return this
  }

  through(url: string): string {
    const address = new URL(url)
    address.port = String(this.port)
    return address.href
  }

  cut(how: 'reset' | 'end' = 'reset'): void {
    for (const line of this.#lines) line.cut(how)
  }

  biteAt(mark: string, text: string, how: 'before' | 'after'): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#bite = { mark, text, how, done: resolve }
    return promise
  }

  /** Whether this piece is where it is to be bitten through; then never again. */
  bitten(piece: Buffer, sent: string): Bite | null {
    const bite = this.#bite
    if (bite === null || !sent.includes(bite.mark) || !piece.includes(bite.text)) return null
    this.#bite = null
    return bite
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    this.cut()
    await once(this.#server, 'close')
  }

  #accept(near: Socket): void {
    this.calls += 1
    if (this.state.isRefusing === true) {
      near.resetAndDestroy()
      return
    }
    const far = connect({ ...this.#target, host: this.#target.hostname, allowHalfOpen: true })
    const line = new Line(this, near, far)
    this.#lines.add(line)
    line.onEnd = () => this.#lines.delete(line)
  }
}

const lookAgainMs = 20
const sentKeptCharacters = 65_536

/** One connection. What is held back while it is silent arrives late, as TCP has it. */
class Line {
  onEnd: () => void = () => undefined
  readonly #wire: Wire
  readonly #near: Socket
  readonly #far: Socket
  #sent = ''
  #isOver = false

  constructor(wire: Wire, near: Socket, far: Socket) {
    this.#wire = wire
    this.#near = near
    this.#far = far
    for (const socket of [near, far]) {
      socket.setNoDelay(true).on('error', () => this.cut('reset'))
      socket.on('close', () => this.cut('end'))
    }
    this.#carry(near, far, 'questions')
    this.#carry(far, near, 'answers')
  }

  cut(how: 'reset' | 'end'): void {
    if (this.#isOver) return
    this.#isOver = true
    for (const socket of [this.#near, this.#far]) {
      if (how === 'reset') socket.resetAndDestroy()
      else socket.destroySoon()
    }
    this.onEnd()
  }

  #carry(from: Socket, to: Socket, what: 'questions' | 'answers'): void {
    let turn: Promise<void> = Promise.resolve()
    from.on('data', (piece: Buffer) => {
      if (what === 'questions')
        this.#sent = `${this.#sent}${piece.toString('latin1')}`.slice(-sentKeptCharacters)
      turn = turn.then(() => this.#pass(piece, to, what))
    })
    from.on('end', () => {
      turn = turn.then(() => this.#close(to, what))
    })
  }

  async #close(to: Socket, what: 'questions' | 'answers'): Promise<void> {
    await this.#heard(what)
    to.end()
  }

  async #pass(piece: Buffer, to: Socket, what: 'questions' | 'answers'): Promise<void> {
    const bite = what === 'questions' ? this.#wire.bitten(piece, this.#sent) : null
    if (bite?.how === 'before') {
      this.cut('reset')
      bite.done()
      return
    }
    const { latencyMs = 0, trickle } = this.#wire.state
    if (latencyMs > 0) await delay(latencyMs)
    const bytes = trickle?.bytes ?? piece.length
    for (let at = 0; at < piece.length && !this.#isOver; at += bytes) {
      await this.#heard(what)
      to.write(piece.subarray(at, at + bytes))
      if (trickle !== undefined) await delay(trickle.everyMs)
    }
    if (bite === null) return
    // The server has it; its answer finds nobody.
    this.#near.resetAndDestroy()
    await delay(lookAgainMs)
    this.cut('end')
    bite.done()
  }

  /** Waits while this direction is silent. */
  async #heard(what: 'questions' | 'answers'): Promise<void> {
    while (!this.#isOver && this.#isSilent(what)) await delay(lookAgainMs)
  }

  #isSilent(what: 'questions' | 'answers'): boolean {
    const { silent } = this.#wire.state
    if (silent === undefined) return false
    if (typeof silent === 'object') return this.#sent.includes(silent.marker)
    return silent === 'both' || what === 'answers'
  }
}
