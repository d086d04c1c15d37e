/**
 * Connections: a pool for drizzle, a raw client, and the one edge where database errors change.
 *
 * @module
 */
import { SezError } from '@sez/core/errors'
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js'
import type postgres from 'postgres'
import { credentialsOf } from './login.ts'
import { openPool, type PoolLoad } from './pool.ts'
import { preparing } from './prepared.ts'

export type Db = PostgresJsDatabase
export type Tx = Parameters<Parameters<Db['transaction']>[0]>[0]
export type Sql = postgres.Sql<{ bigint: bigint }>

/** Both clients of one role. Inside a transaction use its `tx` only: `db` is another connection. */
export interface Database extends AsyncDisposable {
  readonly db: Db
  /** For hand-written SQL: bigint in and out, real `Date`s; drizzle changes its own client. */
  readonly raw: Sql
  /** Who logs in: the user in the address, null where it names none. */
  readonly role: string | null
  /** What `write` found in its way; for metrics. */
  readonly collisions: { retried: number }
  /** How much both pools are used. */
  load(): Readonly<Record<'drizzle' | 'raw', PoolLoad>>
}

/**
 * Opens the pools without connecting: the first query does. They outlive restarts of the server.
 *
 * @param options `url` a postgres:// address with the login of the role that acts here ·
 *   `listenUrl` past the pooler that `url` is, for LISTEN ·
 *   `connectionsMax` for drizzle, half of them for transactions; the raw client may take four
 *   more, and LISTEN one ·
 *   `prepare` false behind a pooler in transaction mode, where named statements hang.
 */
export function openDatabase(options: {
  readonly url: string
  readonly listenUrl?: string
  readonly connectionsMax: number
  readonly applicationName: string
  readonly prepare?: boolean
}): Database {
  const { url, listenUrl = url, connectionsMax, applicationName, prepare = true } = options
  // A pooler refuses start-up parameters it does not know.
  const shared = { url, listenUrl, applicationName, prepare, limited: prepare }
  const half = Math.ceil(connectionsMax / 2)
  const pool = openPool({ ...shared, bigints: false, sharedMax: half, transactionsMax: half })
  const raw = openPool({ ...shared, bigints: true, sharedMax: 2, transactionsMax: 2 })
  const client = prepare ? preparing(pool.client) : pool.client
  return {
    db: drizzle({ client, casing: 'snake_case' }),
    // A client's type names its types of values; the pool passes any of them on.
    raw: raw.client as unknown as Sql,
    role: credentialsOf(url).user,
    collisions: { retried: 0 },
    load: () => ({ drizzle: pool.load(), raw: raw.load() }),
    async [Symbol.asyncDispose]() {
      await Promise.all([pool.close(), raw.close()])
    },
  }
}

/** A database error with its parameters taken out: fit for a log, still telling what failed. */
export class DatabaseFailure extends Error {
  override readonly name = 'DatabaseFailure'
  /** SQLSTATE, or the driver's own word. */
  readonly code: string
  readonly constraint: string | null
  readonly table: string | null
  /** The statement's text with `$1` in the place of values; null when it may hold values. */
  readonly statement: string | null

  constructor(
    message: string,
    facts: Pick<DatabaseFailure, 'code' | 'constraint' | 'table' | 'statement' | 'stack'>,
  ) {
    super(message)
    this.code = facts.code
    this.constraint = facts.constraint
    this.table = facts.table
    this.statement = facts.statement
    if (facts.stack !== undefined) this.stack = facts.stack
  }
}

/** The SQLSTATE (or driver word) of an error of drizzle, postgres.js or this file; else null. */
export function databaseCodeOf(error: unknown): string | null {
  return driverErrorOf(error)?.code ?? null
}

/**
 * What may leave the database edge in the place of `error`, to be thrown by the caller:
 * `STATEMENT_TIMEOUT`, `LOCK_TIMEOUT`, `STORAGE_FULL`, `DATABASE_REFUSED` or `DATABASE_UNAVAILABLE`
 * where the code says so, a {@link DatabaseFailure} without parameters for other failures of a query, else `error` itself.
 */
export function mapDatabaseError(error: unknown): unknown {
  if (error instanceof SezError || error instanceof DatabaseFailure) return error
  const driver = driverErrorOf(error)
  if (driver === null) return isOfDrizzle(error) ? unsent(error) : error
  const failure = redacted(error, driver)
  const { code } = driver
  if (code === '57014' && !driver.message.includes('user request')) {
    return new SezError('STATEMENT_TIMEOUT', {}, { cause: failure })
  }
  if (code === '25P03' || code === '25P04') {
    return new SezError('STATEMENT_TIMEOUT', {}, { cause: failure })
  }
  if (code === '55P03') return new SezError('LOCK_TIMEOUT', {}, { cause: failure })
  if (code === '53100') return new SezError('STORAGE_FULL', {}, { cause: failure })
  if (isRefusedLogin(driver)) return new SezError('DATABASE_REFUSED', {}, { cause: failure })
  if (isConnectionLoss(code) || isClosedForNow(driver)) {
    return new SezError('DATABASE_UNAVAILABLE', {}, { cause: failure })
  }
  return failure
}

interface DriverError extends Error {
  readonly code: string
  readonly constraint_name?: string
  readonly table_name?: string
  readonly schema_name?: string
  readonly query?: string
  readonly severity?: string
}

/**
 * A login that cannot succeed however often it is tried, told apart from a server that is away.
 * Class 28 is a failed login, 3D000 names a database that does not exist, and a privilege that is
 * fatal to lack is the one to connect.
 */
function isRefusedLogin({ code, severity }: DriverError): boolean {
  return code.startsWith('28') || code === '3D000' || (code === '42501' && severity === 'FATAL')
}

/** Codes of net sockets and of postgres.js for a connection that is not there. */
const connectionLossWords = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECTION_ENDED',
  'CONNECT_TIMEOUT',
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
])

/** An administrator keeps everybody out, as during a restore. Its code says other things too. */
function isClosedForNow({ code, message }: DriverError): boolean {
  return code === '55000' && message.endsWith('is not currently accepting connections')
}

/** Class 08 connection exceptions, too many clients, shutdown, crash, starting up. */
function isConnectionLoss(code: string): boolean {
  return (
    connectionLossWords.has(code) ||
    code.startsWith('08') ||
    ['53300', '57P01', '57P02', '57P03', '57P05'].includes(code)
  )
}

/** Drizzle hides the driver's error in `cause`, sometimes two deep. */
function driverErrorOf(error: unknown): DriverError | null {
  for (let each = error, depth = 0; each instanceof Error && depth < 4; depth += 1) {
    if (isDriverError(each)) return each
    each = each.cause
  }
  return null
}

function isDriverError(error: unknown): error is DriverError {
  return (
    error instanceof Error &&
    !(error instanceof SezError) &&
    'code' in error &&
    typeof error.code === 'string' &&
    (error.name === 'PostgresError' ||
      error.name === 'DatabaseFailure' ||
      isConnectionLoss(error.code))
  )
}

/** Drizzle's own error, whose message lists every parameter. */
function isOfDrizzle(error: unknown): error is Error & { readonly query: string } {
  return (
    error instanceof Error &&
    'params' in error &&
    'query' in error &&
    typeof error.query === 'string'
  )
}

/** A query that failed on this side, such as by a value that has no form in SQL. */
function unsent(error: Error & { readonly query: string }): DatabaseFailure {
  const cause = error.cause instanceof Error ? error.cause : error
  const message = `a query could not be sent: ${cause.name}`
  return new DatabaseFailure(message, {
    code: 'UNSENT',
    constraint: null,
    table: null,
    statement: error.query,
    stack: framesOf(cause, message),
  })
}

/** Classes whose message, not only their detail, may repeat a value that was sent. */
const tellingClasses = ['21', '22', '23']

function redacted(error: unknown, driver: DriverError): DatabaseFailure {
  const table = driver.table_name ?? null
  const constraint = driver.constraint_name ?? null
  const telling = tellingClasses.some((each) => driver.code.startsWith(each))
  const place = [table, constraint].filter((each) => each !== null).join(', ')
  const message = telling ? `SQLSTATE ${driver.code}` : `${driver.message} (${driver.code})`
  const text =
    error instanceof Error && 'query' in error && typeof error.query === 'string'
      ? error.query
      : (driver.query ?? null)
  return new DatabaseFailure(place === '' ? message : `${message} on ${place}`, {
    code: driver.code,
    constraint,
    table,
    statement: text !== null && text.includes('$1') ? text : null,
    stack: framesOf(driver, message),
  })
}

/** The frames of the original stack without its head, which repeats the original message. */
function framesOf(driver: Error, message: string): string {
  const frames = (driver.stack ?? '').split('\n').filter((line) => /^\s+at /u.test(line))
  return [`DatabaseFailure: ${message}`, ...frames].join('\n')
}
