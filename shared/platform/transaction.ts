/**
 * One transaction on one connection: nothing runs in it before its begin or after its end.
 *
 * @module
 */
import { SezError } from '@sez/core/errors'
import { invariant } from '@sez/core/invariant'
import { type Client, type Connection, ConnectionLost, isUnsent } from './connection.ts'

/** Whether a call of a postgres.js client is a query, and not a helper such as `sql('name')`. */
export function isTemplate(values: readonly unknown[]): boolean {
  const [strings] = values
  return Array.isArray(strings) && 'raw' in strings
}

/** `client.unsafe` with whatever it was called with. */
export function unsafe(client: Client, values: readonly unknown[]): Promise<unknown> {
  return Reflect.apply(Reflect.get(client, 'unsafe'), client, values)
}

type Work = (client: Client) => unknown

/**
 * Runs `begin` as postgres.js has it: `(work)` or `(characteristics, work)`.
 *
 * @param refusing A closed client: answers queries that come after the end, or after the loss of
 *   the connection.
 */
export async function transact(
  connection: Connection,
  refusing: Client,
  values: readonly unknown[],
): Promise<unknown> {
  const work = values.at(-1)
  invariant(isWork(work), 'begin is given what to do')
  const characteristics = typeof values[0] === 'string' ? values[0].replace(/[^a-z ]/giu, '') : ''
  const transaction = new Transaction(connection, refusing)
  try {
    await connection.watch(connection.client.unsafe(`begin ${characteristics}`))
    const result = await settled(work(transaction.client))
    await transaction.commit()
    return result
  } catch (error) {
    transaction.end()
    await rollback(connection, 'rollback')
    throw error
  }
}

class Transaction {
  readonly client: Client
  readonly #connection: Connection
  readonly #refusing: Client
  #savepoints = 0
  #over = false
  #failure: unknown

  constructor(connection: Connection, refusing: Client) {
    this.#connection = connection
    this.#refusing = refusing
    this.client = this.#facade()
  }

  /** Postgres answers the commit of a failed transaction with a rollback, and not with an error. */
  async commit(): Promise<void> {
    const source = this.#source()
    this.end()
    const { command } = await this.#connection.watch(source.unsafe('commit'))
    if (command === 'COMMIT') return
    throw this.#failure ?? new SezError('DATABASE_UNAVAILABLE')
  }

  /** Before the last statement is sent: work that strays on must not be queued behind it. */
  end(): void {
    this.#over = true
  }

  #source(): Client {
    return this.#over || this.#connection.closed ? this.#refusing : this.#connection.client
  }

  #facade(): Client {
    return new Proxy(this.#connection.client, {
      apply: (client, self, values: unknown[]): unknown =>
        isTemplate(values)
          ? this.#watched(Reflect.apply(this.#source(), self, values))
          : Reflect.apply(client, self, values),
      get: (client, key): unknown => {
        if (key === 'unsafe') {
          return (...values: unknown[]) => this.#watched(unsafe(this.#source(), values))
        }
        if (key === 'savepoint') return (...values: unknown[]) => this.#savepoint(values)
        const member: unknown = Reflect.get(client, key)
        return typeof member === 'function' ? member.bind(client) : member
      },
    })
  }

  /**
   * Remembers the first failure without starting the query. That happens when it is awaited, which
   * may be after the end: so the driver's hook that sends it asks again.
   */
  #watched(query: Promise<unknown>): Promise<unknown> {
    void this.#connection.watch(query)
    if (isUnsent(query)) {
      const { handler } = query
      query.handler = (sent) => {
        if (this.#over) query.reject(new ConnectionLost('the transaction is over'))
        else handler(sent)
      }
    }
    void Promise.prototype.then.call(query, undefined, (error: unknown) => {
      this.#failure ??= error
    })
    return query
  }

  async #savepoint(values: readonly unknown[]): Promise<unknown> {
    const work = values.at(-1)
    invariant(isWork(work), 'a savepoint is given what to do')
    this.#savepoints += 1
    const name = `s${this.#savepoints}`
    await this.#connection.watch(this.#source().unsafe(`savepoint ${name}`))
    const failureBefore = this.#failure
    try {
      const result = await settled(work(this.client))
      await this.#release(name)
      return result
    } catch (error) {
      if (!this.#over) await rollback(this.#connection, `rollback to ${name}`)
      this.#failure = failureBefore
      throw error
    }
  }

  /** Refused when the work swallowed a statement's failure, which is then the one to show. */
  async #release(name: string): Promise<void> {
    try {
      await this.#connection.watch(this.#source().unsafe(`release ${name}`))
    } catch (error) {
      throw this.#failure ?? error
    }
  }
}

function isWork(value: unknown): value is Work {
  return typeof value === 'function'
}

/** Work may return a list of queries, as with postgres.js. */
async function settled(result: unknown): Promise<unknown> {
  return Array.isArray(result) ? await Promise.all(result) : await result
}

/** Never throws over the error that led here; a connection it fails on is not used again. */
async function rollback(connection: Connection, statement: string): Promise<void> {
  if (connection.closed) return
  try {
    await connection.watch(connection.client.unsafe(statement))
  } catch {
    connection.discard()
  }
}
