/**
 * One connection of postgres.js, as a client of its own that is not asked again once it closed.
 *
 * @module
 */
import { connect, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import postgres, { type PostgresType } from 'postgres'
import { arrayTypeByElement, arrayTypesOf } from './arrays.ts'
import {
  databaseAnswerTimeoutMs,
  idleInTransactionTimeoutMs,
  lockTimeoutMs,
  statementTimeoutMs,
} from './limits.ts'

/** postgres.js, whatever types of values it was given. */
export type Client = postgres.Sql

export interface ConnectionOptions {
  /** The address; who is in it logs in, and is nobody else afterwards. */
  readonly url: string
  readonly applicationName: string
  /**
   * Whether statements are named on the server, and sent while others wait for their answers. Behind
   * a pooler in transaction mode neither: see {@link unpipelined}.
   */
  readonly prepare: boolean
  /** Whether int8 is a bigint here, rather than text. */
  readonly bigints: boolean
  /** Whether statements, locks and idle transactions end at the limits of DESIGN §10. */
  readonly limited: boolean
  /** Gives the password when the server asks for one, in the place of that in `url`. */
  readonly password?: () => string
}

const connectTimeoutS = 5
const reopenMs = 1_000
const idleMaxMs = 120_000
/** Long-lived backends grow; a balancer in between forgets them. */
const ageMaxMs = 45 * 60_000

/**
 * For queries outside transactions; a transaction sets its own (write.ts). The same limits are
 * settings of a zone's roles (drizzle/roles.ts), which hold where a pooler takes no start-up parameter.
 */
const startLimits = {
  statement_timeout: statementTimeoutMs,
  lock_timeout: lockTimeoutMs,
  idle_in_transaction_session_timeout: idleInTransactionTimeoutMs,
}

/**
 * One statement at a time. The driver asks for a statement's parameters with a Flush and sends the
 * rest when it knows them. When it does so while another statement waits, pgbouncer (1.18) takes the
 * server away with that one's answer, and the parameters reach nobody: the connection stands still.
 */
const unpipelined = { max_pipeline: 0 }

/** A client of at most one connection, not connected yet. */
export function openClient(options: ConnectionOptions, extras: object = {}): Client {
  const { url, applicationName, prepare, bigints, limited, password } = options
  const types: Record<string, PostgresType> = {
    ...arrayTypesOf(bigints),
    ...(bigints ? { bigint: postgres.BigInt } : {}),
  }
  const client = postgres(url, {
    prepare,
    max: 1,
    types,
    fetch_types: false,
    connect_timeout: connectTimeoutS,
    // None: the pool sees to both, so that no query meets a connection that is going away.
    idle_timeout: 0,
    max_lifetime: null,
    backoff: () => 0,
    // The default prints to stdout, which belongs to whoever pipes the command line.
    onnotice: () => {},
    connection: {
      application_name: applicationName,
      ...(limited ? startLimits : {}),
    },
    ...(prepare ? {} : unpipelined),
    ...(password === undefined ? {} : { pass: password }),
    ...extras,
  })
  // Not in the driver's types: what it would have asked each new connection for.
  const { shared } = client.options as unknown as { readonly shared: { typeArrayMap: object } }
  Object.assign(shared.typeArrayMap, arrayTypeByElement)
  return client
}

/** A connection for one program alone, such as one that holds a lock of the session. */
export function openConnection(options: ConnectionOptions): Connection {
  return new Connection(options, openClient(options))
}

/** One connection; its client is never asked again once `closed`. */
export class Connection {
  readonly client: Client
  /** Queries that were sent and have no answer yet, as far as they were counted. */
  pending = 0
  usedAt = performance.now()
  readonly #openedAt = performance.now()
  #socket: Socket | null = null
  #closed = false
  /** Statements that were sent and have no answer yet. */
  #unanswered = 0
  #deadline: NodeJS.Timeout | undefined

  /** @param base Gives its address and its parsers, which drizzle changes on the client it gets. */
  constructor(options: ConnectionOptions, base: Client) {
    const onclose = (): void => this.discard()
    const onOpen = (socket: Socket): void => {
      this.#socket = socket
    }
    this.client = openClient(options, {
      onclose,
      ...oneSocket(base, { onOpen, onSecond: onclose }),
    })
    Object.assign(this.client.options.parsers, base.options.parsers)
    Object.assign(this.client.options.serializers, base.options.serializers)
  }

  get closed(): boolean {
    return this.#closed
  }

  isStale(now: number): boolean {
    return now - this.usedAt > idleMaxMs || now - this.#openedAt > ageMaxMs
  }

  /**
   * Gives up the connection when nothing it was sent is answered for longer than the server lets a
   * statement run: a peer that vanished without a word is noticed no other way within minutes.
   *
   * @param query One of `client`, counted from when it is sent.
   */
  watch<T extends object>(query: T): T {
    if (!isUnsent(query)) return query
    const { handler } = query
    query.handler = (sent) => {
      this.#await(query)
      handler(sent)
    }
    return query
  }

  #await(query: object): void {
    this.#unanswered += 1
    this.#deadline ??= setTimeout(() => this.discard(), databaseAnswerTimeoutMs).unref()
    const answered = (): void => {
      this.#unanswered -= 1
      if (this.#unanswered > 0) this.#deadline?.refresh()
      else {
        clearTimeout(this.#deadline)
        this.#deadline = undefined
      }
    }
    // A query begins when somebody asks for its result; this listens without asking.
    void Promise.prototype.then.call(query, answered, answered)
  }

  /** Ends it after its running queries, at most `timeoutS` from now. */
  async end(timeoutS: number): Promise<void> {
    this.#closed = true
    await this.client.end({ timeout: timeoutS })
    // The driver says goodbye, which a peer that is gone never takes.
    this.#socket?.destroySoon()
  }

  /** Ends it now; whatever still waits in it is rejected. */
  discard(): void {
    if (!this.#closed) void this.end(0)
  }
}

/** In the words of the driver, as which mapDatabaseError knows it. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost'
  readonly code = 'CONNECTION_CLOSED'
}

/** The socket postgres.js would open itself. */
function openSocket({ options: { host, port, path } }: Client): Socket {
  if (typeof path === 'string') return connect({ path })
  const name = host[0] ?? '127.0.0.1'
  // TLS takes the name to verify from the socket.
  return Object.assign(connect({ host: name, port: port[0] ?? 5432 }), { host: name })
}

/**
 * The option by which postgres.js gets its socket (its types do not have it): one, and never a
 * second. The driver asks again when a connection closed, and does so without an end or a pause
 * where something accepts connections and closes them, as a balancer without a server does.
 */
function oneSocket(
  base: Client,
  owner: { readonly onOpen: (socket: Socket) => void; readonly onSecond: () => void },
): { socket: () => Socket } {
  let isOpened = false
  return {
    socket: () => {
      if (isOpened) {
        // Told to whoever owns the connection as well: no query may be given to it any more.
        owner.onSecond()
        throw new ConnectionLost('the connection was closed')
      }
      isOpened = true
      const socket = openSocket(base)
      owner.onOpen(socket)
      return socket
    },
  }
}

/** A query of postgres.js before it is sent; its types leave these members out. */
export interface Unsent {
  handler: (query: unknown) => void
  readonly reject: (failure: unknown) => void
}

export function isUnsent(query: object): query is Unsent {
  return 'handler' in query && 'reject' in query
}

/**
 * A client to LISTEN with. Its connection the driver opens anew for ever and at once, in which it is
 * held back here: at most once a second, and never after the end.
 */
export class Listener {
  readonly client: Client
  #isOver = false

  constructor(options: ConnectionOptions) {
    const base = openClient(options)
    let openedAt = Number.NEGATIVE_INFINITY
    const socket = async (): Promise<Socket> => {
      const waitMs = openedAt + reopenMs - performance.now()
      if (waitMs > 0) await delay(waitMs, undefined, { ref: false })
      if (this.#isOver) throw new ConnectionLost('the pool is closed')
      openedAt = performance.now()
      return openSocket(base)
    }
    this.client = openClient(options, { socket })
  }

  async end(timeoutS: number): Promise<void> {
    this.#isOver = true
    await this.client.end({ timeout: timeoutS })
  }
}
