/**
 * A pool over postgres.js in which no connection is used again once it closed.
 *
 * postgres.js 3.4 keeps state across a reconnect: after a killed backend its `begin` writes to a
 * socket that is gone (an uncaught exception), unsent bytes spoil the next login, and statements of
 * a dead transaction can run on the new connection outside of any. Here each connection is a client
 * of its own that is thrown away when it closes, and a transaction owns one until it ends.
 *
 * @module
 */
import { SezError } from '@sez/core/errors'
import { invariant } from '@sez/core/invariant'
import {
  type Client,
  Connection,
  type ConnectionOptions,
  Listener,
  openClient,
} from './connection.ts'
import { isTemplate, transact, unsafe } from './transaction.ts'

export interface Pool {
  /** Queries go to shared pipelined connections, `begin` takes one of its own. */
  readonly client: Client
  /** How much it is used at this moment. */
  load(): PoolLoad
  close(): Promise<void>
}

/** Use of a pool: connections that work or stand idle, and transactions that found none. */
export interface PoolLoad {
  readonly busy: number
  readonly idle: number
  readonly waiting: number
  /** Since the start: those that waited in vain. */
  readonly refused: number
}

export interface PoolOptions extends ConnectionOptions {
  /** Where to LISTEN: past a pooler, whose connections hear nothing between two transactions. */
  readonly listenUrl: string
  /** Connections shared by queries outside transactions. */
  readonly sharedMax: number
  /** Connections for transactions; more of them wait for their turn. */
  readonly transactionsMax: number
}

const closeTimeoutS = 5
const turnTimeoutMs = 5_000
const sweepMs = 15_000

/** Opens a pool without connecting: the first query does. */
export function openPool(options: PoolOptions): Pool {
  const pool = new ConnectionPool(options)
  return { client: pool.client, load: () => pool.load(), close: () => pool.close() }
}

class ConnectionPool {
  readonly client: Client
  /** Refuses every query: what a closed pool, connection or transaction answers with. */
  readonly #refusing: Client
  readonly #options: PoolOptions
  readonly #listener: Listener
  readonly #base: Client
  readonly #sweeper: NodeJS.Timeout
  #shared: Connection[] = []
  #idle: Connection[] = []
  #waiting: ((connection: Connection) => void)[] = []
  readonly #owned = new Set<Connection>()
  #turn = 0
  #refused = 0
  #closing = false

  constructor(options: PoolOptions) {
    this.#options = options
    this.#listener = new Listener({ ...options, url: options.listenUrl })
    this.#base = openClient(options)
    this.#refusing = openClient(options)
    void this.#refusing.end()
    this.client = this.#facade()
    this.#sweeper = setInterval(() => this.#sweep(), sweepMs).unref()
  }

  load(): PoolLoad {
    const open = [...this.#shared, ...this.#idle].filter((connection) => !connection.closed)
    const working = open.filter((connection) => connection.pending > 0).length
    return {
      busy: this.#owned.size + working,
      idle: open.length - working,
      waiting: this.#waiting.length,
      refused: this.#refused,
    }
  }

  async close(): Promise<void> {
    this.#closing = true
    clearInterval(this.#sweeper)
    const deadline = performance.now() + closeTimeoutS * 1000
    while (this.#owned.size > 0 && performance.now() < deadline) {
      await new Promise((done) => setTimeout(done, 10))
    }
    // What a transaction still holds by now stands still: its next statement is refused.
    for (const connection of this.#owned) connection.discard()
    const connections = [...this.#shared, ...this.#idle]
    await Promise.all([
      this.#listener.end(closeTimeoutS),
      ...connections.map((connection) => connection.end(closeTimeoutS)),
    ])
  }

  /** The base client, which is never connected itself, with its queries sent elsewhere. */
  #facade(): Client {
    return new Proxy(this.#base, {
      apply: (base, self, values: unknown[]): unknown =>
        isTemplate(values) ? this.#templated(self, values) : Reflect.apply(base, self, values),
      get: (base, key): unknown => {
        if (key === 'unsafe') return (...values: unknown[]) => this.#counted(values)
        if (key === 'begin') return (...values: unknown[]) => this.#begin(values)
        if (key === 'listen') return this.#listener.client.listen.bind(this.#listener.client)
        if (key === 'notify') {
          return (channel: string, text: string) => this.#nextShared().client.notify(channel, text)
        }
        invariant(
          key !== 'reserve' && key !== 'file',
          'this pool has begin and unsafe in its place',
        )
        const member: unknown = Reflect.get(base, key)
        return typeof member === 'function' ? member.bind(base) : member
      },
    })
  }

  #templated(self: unknown, values: unknown[]): unknown {
    const connection = this.#nextShared()
    connection.usedAt = performance.now()
    const query: object = Reflect.apply(connection.client, self, values)
    return connection.watch(query)
  }

  #counted(values: unknown[]): unknown {
    const connection = this.#nextShared()
    connection.usedAt = performance.now()
    const query: Promise<unknown> = connection.watch(unsafe(connection.client, values))
    connection.pending += 1
    const done = (): void => {
      connection.pending -= 1
    }
    // A query begins when somebody asks for its result; this listens without asking.
    void Promise.prototype.then.call(query, done, done)
    return query
  }

  async #begin(values: unknown[]): Promise<unknown> {
    const connection = await this.#take()
    try {
      return await transact(connection, this.#refusing, values)
    } finally {
      this.#giveBack(connection)
    }
  }

  /** The least busy shared connection, by turns; a new one while all are busy and there is room. */
  #nextShared(): Pick<Connection, 'client' | 'pending' | 'usedAt' | 'watch'> {
    if (this.#closing) {
      return { client: this.#refusing, pending: 0, usedAt: 0, watch: (query) => query }
    }
    this.#shared = this.#shared.filter((connection) => !connection.closed)
    const count = this.#shared.length
    this.#turn += 1
    let best: Connection | undefined
    for (let index = 0; index < count; index += 1) {
      const candidate = this.#shared[(this.#turn + index) % count]
      if (candidate !== undefined && candidate.pending < (best?.pending ?? Infinity)) {
        best = candidate
      }
    }
    if (best !== undefined && (best.pending === 0 || count >= this.#options.sharedMax)) return best
    const opened = this.#open()
    this.#shared.push(opened)
    return opened
  }

  async #take(): Promise<Connection> {
    if (this.#closing) throw new SezError('DATABASE_UNAVAILABLE')
    if (this.#owned.size < this.#options.transactionsMax) return this.#own(this.#freshest())
    return await new Promise((resolve, reject) => {
      const turn = (connection: Connection): void => {
        clearTimeout(timer)
        resolve(connection)
      }
      const timer = setTimeout(() => {
        this.#waiting = this.#waiting.filter((each) => each !== turn)
        this.#refused += 1
        const message = 'Every database connection is busy. Try again.'
        reject(new SezError('DATABASE_UNAVAILABLE', {}, { message }))
      }, turnTimeoutMs)
      this.#waiting.push(turn)
    })
  }

  #giveBack(connection: Connection): void {
    connection.usedAt = performance.now()
    this.#owned.delete(connection)
    const next = this.#waiting.shift()
    if (next !== undefined) next(this.#own(connection.closed ? this.#open() : connection))
    else if (!connection.closed) this.#idle.push(connection)
  }

  #own(connection: Connection): Connection {
    this.#owned.add(connection)
    return connection
  }

  #freshest(): Connection {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (!idle.closed) return idle
    }
    return this.#open()
  }

  #open(): Connection {
    return new Connection(this.#options, this.#base)
  }

  #sweep(): void {
    const now = performance.now()
    const isStale = (connection: Connection): boolean => connection.isStale(now)
    const stale = [...this.#shared.filter(isStale), ...this.#idle.filter(isStale)]
    this.#shared = this.#shared.filter((connection) => !isStale(connection))
    this.#idle = this.#idle.filter((connection) => !isStale(connection))
    for (const connection of stale) void connection.end(closeTimeoutS)
  }
}
