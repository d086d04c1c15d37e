/**
 * The one logger: JSON lines, secrets and personal fields taken out before they are written.
 *
 * @module
 */
import { type Logger as PinoLogger, pino } from 'pino'

export type Logger = PinoLogger

/** Anything a log line can be written to. */
export interface LogStream {
  write(line: string): unknown
}

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'silent'

/** Keys whose values never reach a log, at any depth: credentials, and what identifies a person. */
const secretKeys = new Set([
  'assertion',
  'authorization',
  'birthdate',
  'cnic',
  'cookie',
  'dateofbirth',
  'displayname',
  'email',
  'familyname',
  'firstname',
  'fullname',
  'givenname',
  'homeaddress',
  'iban',
  'idempotencykey',
  'lastname',
  'legalname',
  'middlename',
  'mobile',
  'nationalid',
  'ntn',
  'parameters',
  'params',
  'passport',
  'passportnumber',
  'password',
  'personname',
  'phone',
  'phonenumber',
  'pin',
  'postaladdress',
  'privatekey',
  'proof',
  'proofvalue',
  'secret',
  'seed',
  'setcookie',
  'signature',
  'surname',
  'token',
  'variables',
])
const secretEndings = ['password', 'secret', 'token']
const depthMax = 8
const censored = '[redacted]'

/**
 * Opens the log.
 *
 * @param options `pretty` writes one readable line per entry, for a person at a terminal;
 *   `stream` defaults to standard output.
 */
export function openLog(options: {
  readonly level: LogLevel
  readonly pretty: boolean
  readonly stream?: LogStream
}): Logger {
  const stream = options.stream ?? process.stdout
  const log = pino(
    {
      level: options.level,
      base: null,
      messageKey: 'message',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: (entry) => redactedObject(entry, depthMax),
      },
      // Errors are plain objects by now; pino's own serializer would merge their causes.
      serializers: { err: (error: unknown) => error },
    },
    options.pretty ? { write: (line: string) => stream.write(prettyLine(line)) } : stream,
  )
  // Bindings of children pass no formatter. Children inherit this method.
  const child = Reflect.get(log, 'child')
  Object.defineProperty(log, 'child', {
    value(this: Logger, bindings: object, childOptions?: object): unknown {
      return Reflect.apply(child, this, [redactedObject(bindings, depthMax), childOptions])
    },
  })
  return log
}

/** The logger of one request: every line carries its correlation id. */
export function correlated(log: Logger, correlationId: string): Logger {
  return log.child({ correlationId })
}

/** A DATABASE_URL or other address without its password. */
export function withoutPassword(url: string): string {
  return url.replace(/(\/\/[^:/@\s]*):[^@/\s]*@/gu, '$1:***@')
}

function isSecretKey(key: string): boolean {
  const plain = key.replace(/[-_\s]/gu, '').toLowerCase()
  return secretKeys.has(plain) || secretEndings.some((ending) => plain.endsWith(ending))
}

function redactedObject(entry: object, depth: number): Record<string, unknown> {
  const result: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(entry)) {
    result[key] = isSecretKey(key) ? censored : redacted(value, depth - 1)
  }
  return result
}

function redacted(value: unknown, depth: number): unknown {
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'string') return withoutPassword(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth <= 0) return '[deep]'
  if (Array.isArray(value)) return value.map((each: unknown) => redacted(each, depth - 1))
  if (value instanceof Error) return redactedError(value, depth)
  if (value instanceof Date) return Number.isNaN(value.valueOf()) ? null : value.toISOString()
  if (value instanceof Uint8Array) return `[${value.byteLength} bytes]`
  if (value instanceof Map || value instanceof Set) return `[${value.size} entries]`
  return redactedObject(value, depth)
}

/** What helps to find the fault. Other own fields of an error may hold what was sent. */
function redactedError(error: Error, depth: number): Record<string, unknown> {
  const result: Record<string, unknown> = {
    type: error.name,
    message: withoutPassword(error.message),
  }
  if ('code' in error) result['code'] = error.code
  if ('statement' in error) result['statement'] = error.statement
  result['stack'] = error.stack === undefined ? undefined : withoutPassword(error.stack)
  if (error.cause !== undefined) result['cause'] = redacted(error.cause, depth - 1)
  return result
}

/** `12:00:00.000 warn  message key=value …`, an error's stack below. */
function prettyLine(line: string): string {
  const { time, level, message = '', err, ...rest } = parsedLine(line)
  const facts = Object.entries(rest).map(([key, value]) => `${key}=${textOf(value)}`)
  const head = [String(time).slice(11, 23), String(level).padEnd(5), String(message), ...facts]
  const stack =
    typeof err === 'object' && err !== null && 'stack' in err ? `\n${String(err.stack)}` : ''
  return `${head.join(' ')}${stack}\n`
}

function parsedLine(line: string): Record<string, unknown> {
  return JSON.parse(line)
}

function textOf(value: unknown): string {
  return typeof value === 'string' && !value.includes(' ') ? value : JSON.stringify(value)
}
