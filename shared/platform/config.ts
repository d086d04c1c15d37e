/** The environment, read once into a frozen configuration; nothing else reads it. @module */
import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { SezError } from '@sez/core/errors'
import { type ZoneId, zoneId } from '@sez/core/ids'
import { defaultDataDir } from './data-dir.ts'
import type { LogLevel } from './log.ts'

export type Mode = 'development' | 'production'

/** What a process is of a zone: all of it, or one part. What production must name depends on it. */
export type Part = 'zone' | 'gateway' | 'subgraph' | 'log'

/** Whose tokens are accepted, and where its public keys are. */
export interface TokenIssuer {
  readonly issuer: string
  readonly jwksUrl: string
}

/** The NATS server that carries the log, and the file that says who the zone is there. */
export interface NatsSettings {
  /** `nats://` or, encrypted, `tls://`; may hold user and password, or a token as the user. */
  readonly url: string
  readonly credentialsFile: string | null
}

export interface Config {
  readonly mode: Mode
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  readonly dataDir: string
  /** Null: the embedded Postgres of the data folder. */
  readonly databaseUrl: string | null
  /**
   * For migrations and LISTEN, which do not pass a pooler; else they use `databaseUrl`. Where both
   * are named, `databaseUrl` is a pooler in transaction mode: no named statements.
   */
  readonly databaseDirectUrl: string | null
  /** Connections of one pool of one process. */
  readonly databaseConnectionsMax: number
  readonly zoneId: ZoneId
  readonly zoneName: string
  /** Null in development: a file in the data folder, made on first use. */
  readonly zoneKeyFile: string | null
  /** Empty in development without one: the built-in issuer. Never empty in production. */
  readonly tokenIssuers: readonly TokenIssuer[]
  readonly tokenAudience: string
  /** Where the gateway reaches each subgraph, by name. Empty in development: on this machine. */
  readonly subgraphUrls: ReadonlyMap<string, string>
  /** Null in development: a file in the data folder, made on first use. */
  readonly assertionSecretFile: string | null
  /** Origins of dashboards on other hosts, such as `https://console.example`. */
  readonly corsOrigins: readonly string[]
  /** Where /metrics is; null: in development on the zone's own listener, in production nowhere. */
  readonly metrics: { readonly host: string; readonly port: number } | null
  /** Where traces are sent, and how many of a thousand operations; null for none. */
  readonly traces: { readonly url: string; readonly per1000: number } | null
  /** Null: the log is not carried to NATS (spec/29-carrier.md). */
  readonly nats: NatsSettings | null
  readonly logLevel: LogLevel
  readonly logPretty: boolean
  /** `SEZ_…` names that mean nothing: most likely misspelt, worth a warning. */
  readonly unknownSettings: readonly string[]
}

type Environment = Readonly<Record<string, string | undefined>>

/** The zone of a fresh checkout. */
export const developmentZone = { id: 'pk-rsez', name: 'Rashakai Special Economic Zone' }

const logLevels: readonly LogLevel[] = ['fatal', 'error', 'warn', 'info', 'debug', 'silent']
/** The names of the settings of our own. */
export const settings: readonly string[] = [
  'SEZ_ASSERTION_SECRET_FILE',
  'SEZ_CORS_ORIGINS',
  'SEZ_DATABASE_CONNECTIONS',
  'SEZ_DATA_DIR',
  'SEZ_HOST',
  'SEZ_JWKS_URL',
  'SEZ_LOG_FORMAT',
  'SEZ_LOG_LEVEL',
  'SEZ_METRICS_HOST',
  'SEZ_METRICS_PORT',
  'SEZ_MODE',
  'SEZ_NATS_CREDENTIALS_FILE',
  'SEZ_NATS_URL',
  'SEZ_OTLP_URL',
  'SEZ_PORT',
  'SEZ_SUBGRAPHS',
  'SEZ_TOKEN_AUDIENCE',
  'SEZ_TOKEN_ISSUER',
  'SEZ_TRACES_PER_1000',
  'SEZ_ZONE_ID',
  'SEZ_ZONE_KEY_FILE',
  'SEZ_ZONE_NAME',
]
/** Read by the tests and the migration generator. */
const otherSettings = /^SEZ_TEST_|^SEZ_(?:SCHEMA|MIGRATIONS_OUT)$/u

/**
 * Reads the configuration. Production refuses what only development may have, and development
 * refuses to be reached from outside (DESIGN §1): its tokens are free for the asking.
 *
 * @param as Which process it is for, the whole zone unless told, and the port it takes unless the
 *   environment names one.
 * @throws {SezError} `CONFIG_INVALID` with every problem at once in details.problems, never a
 *   value; `DATA_DIR_UNWRITABLE` when there is no safe default for the data folder.
 */
export function parseConfig(
  env: Environment,
  as: { readonly part: Part; readonly portDefault: number } = { part: 'zone', portDefault: 4000 },
): Config {
  const reader = new Reader(env)
  const mode = reader.choice('SEZ_MODE', ['development', 'production'], 'development')
  const production = mode === 'production'
  if (production) requireSettings(reader, as.part)
  const config = {
    mode,
    host: parseHost(reader, mode),
    port: reader.integer('SEZ_PORT', { min: 0, max: 65_535, byDefault: as.portDefault }),
    ...parseDatabase(reader, production),
    zoneId: parseZoneId(reader),
    zoneName: reader.text('SEZ_ZONE_NAME') ?? zoneNameOf(reader.text('SEZ_ZONE_ID')),
    zoneKeyFile: parseFile(reader, 'SEZ_ZONE_KEY_FILE'),
    tokenIssuers: parseTokenIssuers(reader),
    tokenAudience: reader.text('SEZ_TOKEN_AUDIENCE') ?? 'sez',
    subgraphUrls: parseSubgraphs(reader),
    assertionSecretFile: parseFile(reader, 'SEZ_ASSERTION_SECRET_FILE'),
    corsOrigins: parseOrigins(reader),
    metrics: parseMetrics(reader, mode),
    traces: parseTraces(reader),
    nats: parseNats(reader),
    logLevel: reader.choice('SEZ_LOG_LEVEL', logLevels, 'info'),
    logPretty:
      reader.choice('SEZ_LOG_FORMAT', ['json', 'pretty'], production ? 'json' : 'pretty') ===
      'pretty',
    unknownSettings: unknownSettingsOf(env),
  } as const
  reader.refuseProblems()
  const dataDir = reader.text('SEZ_DATA_DIR')
  return Object.freeze({
    ...config,
    dataDir: dataDir === null ? defaultDataDir(process.cwd()) : resolve(dataDir),
  })
}

/** What production needs, and who needs it: no process is given a secret that it has no use for. */
const needs: readonly (readonly [name: string, reason: string, parts: readonly Part[]])[] = [
  ['SEZ_ZONE_ID', 'the id of its zone', ['zone', 'gateway', 'subgraph', 'log']],
  ['DATABASE_URL', 'a Postgres of its own', ['zone', 'subgraph', 'log']],
  [
    'SEZ_ZONE_KEY_FILE',
    "the file of the zone's signing key (sez keygen makes one)",
    ['zone', 'subgraph', 'log'],
  ],
  ['SEZ_JWKS_URL', 'the key set of its token issuer', ['zone', 'gateway']],
  ['SEZ_TOKEN_ISSUER', 'the name of its token issuer', ['zone', 'gateway']],
  ['SEZ_SUBGRAPHS', 'the address of each subgraph', ['gateway']],
  [
    'SEZ_ASSERTION_SECRET_FILE',
    'the secret that gateway and subgraphs share (sez keygen --assertion makes one)',
    ['gateway', 'subgraph'],
  ],
]

function requireSettings(reader: Reader, part: Part): void {
  for (const [name, reason, parts] of needs) {
    if (parts.includes(part)) reader.require(name, `production needs ${reason}`)
  }
}

function parseHost(reader: Reader, mode: Mode): string {
  const host = reader.text('SEZ_HOST') ?? (mode === 'production' ? '0.0.0.0' : '127.0.0.1')
  if (mode === 'development' && !isLoopback(host)) {
    const reason = 'development listens on this machine only: use 127.0.0.1, or SEZ_MODE=production'
    reader.refuse('SEZ_HOST', reason)
  }
  return host
}

/** Whoever reaches the port may read: only this machine, unless the operator names more. */
function parseMetrics(reader: Reader, mode: Mode): Config['metrics'] {
  const host = reader.text('SEZ_METRICS_HOST') ?? '127.0.0.1'
  if (mode === 'development' && !isLoopback(host)) {
    reader.refuse('SEZ_METRICS_HOST', 'development listens on this machine only: use 127.0.0.1')
  }
  const port = reader.integer('SEZ_METRICS_PORT', { min: 0, max: 65_535, byDefault: 0 })
  if (reader.text('SEZ_METRICS_PORT') !== null) return { host, port }
  if (reader.text('SEZ_METRICS_HOST') !== null) {
    reader.refuse('SEZ_METRICS_HOST', 'means nothing without SEZ_METRICS_PORT')
  }
  return null
}

function parseTraces(reader: Reader): Config['traces'] {
  const url = reader.text('SEZ_OTLP_URL')
  const per1000 = reader.integer('SEZ_TRACES_PER_1000', { min: 1, max: 1_000, byDefault: 10 })
  if (url === null) return null
  if (!['http:', 'https:'].includes(URL.parse(url)?.protocol ?? '')) {
    reader.refuse('SEZ_OTLP_URL', 'must be an address such as http://127.0.0.1:4318/v1/traces')
  }
  return { url, per1000 }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

function parseDatabase(reader: Reader, production: boolean) {
  const databaseUrl = reader.url('DATABASE_URL', ['postgres:', 'postgresql:'])
  return {
    databaseUrl,
    databaseDirectUrl: reader.url('DATABASE_DIRECT_URL', ['postgres:', 'postgresql:']),
    databaseConnectionsMax: reader.integer('SEZ_DATABASE_CONNECTIONS', {
      min: 1,
      max: 100,
      byDefault: production ? 8 : 4,
    }),
  }
}

function parseZoneId(reader: Reader): ZoneId {
  try {
    return zoneId(reader.text('SEZ_ZONE_ID') ?? developmentZone.id)
  } catch {
    reader.refuse('SEZ_ZONE_ID', 'must be 1 to 64 lower-case letters, digits, dots or hyphens')
    return zoneId(developmentZone.id)
  }
}

function zoneNameOf(id: string | null): string {
  return id === null || id === developmentZone.id ? developmentZone.name : id
}

function parseFile(reader: Reader, name: string): string | null {
  const file = reader.text(name)
  return file === null ? null : resolve(file)
}

/** `name=address` pairs with commas between; http only where the network itself is private. */
function parseSubgraphs(reader: Reader): ReadonlyMap<string, string> {
  const urls = new Map<string, string>()
  for (const pair of reader.list('SEZ_SUBGRAPHS')) {
    const at = pair.indexOf('=')
    const [name, url] = [pair.slice(0, at).trim(), URL.parse(pair.slice(at + 1).trim())]
    if (at < 1 || url === null || !isBareWebAddress(url) || urls.has(name)) {
      const reason = 'must be pairs such as entities=http://10.0.0.5:4001, each name once'
      reader.refuse('SEZ_SUBGRAPHS', reason)
    } else urls.set(name, url.href.replace(/\/$/u, ''))
  }
  return urls
}

/** Without credentials, which belong in no setting that is shown, and without what a path ends. */
function isBareWebAddress(url: URL): boolean {
  const { protocol, username, password, search, hash } = url
  const isWeb = protocol === 'http:' || protocol === 'https:'
  return isWeb && username + password + search + hash === ''
}

/** Both settings may list several, in the same order, with commas between. */
function parseTokenIssuers(reader: Reader): TokenIssuer[] {
  const urls = reader.list('SEZ_JWKS_URL')
  const issuers = reader.list('SEZ_TOKEN_ISSUER')
  if (urls.length !== issuers.length) {
    reader.refuse('SEZ_JWKS_URL', 'must name one key set for each issuer in SEZ_TOKEN_ISSUER')
  }
  return issuers.map((issuer, index) => ({ issuer, jwksUrl: parseJwksUrl(reader, urls[index]) }))
}

function parseJwksUrl(reader: Reader, text = ''): string {
  const url = URL.parse(text)
  const safe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname))
  if (text !== '' && !safe) {
    reader.refuse('SEZ_JWKS_URL', 'must be an https address, or an http one of this machine')
  }
  return text
}

function parseOrigins(reader: Reader): readonly string[] {
  const origins = reader.list('SEZ_CORS_ORIGINS')
  for (const origin of origins) {
    const url = URL.parse(origin)
    const safe =
      url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname))
    // An origin is compared as text, so it must stand as browsers write it.
    if (safe && url.origin === origin) continue
    const reason = 'must list origins such as https://console.example, without a path'
    reader.refuse('SEZ_CORS_ORIGINS', reason)
  }
  return origins
}

function parseNats(reader: Reader): NatsSettings | null {
  const url = reader.text('SEZ_NATS_URL')
  const credentialsFile = reader.text('SEZ_NATS_CREDENTIALS_FILE')
  if (credentialsFile !== null) reader.require('SEZ_NATS_URL', 'the credentials are for it')
  if (url === null) return null
  const address = URL.parse(url)
  const isNats = address?.protocol === 'nats:' || address?.protocol === 'tls:'
  if (address === null || !isNats || address.hostname === '' || address.pathname.length > 1) {
    reader.refuse('SEZ_NATS_URL', 'must be an address such as nats://user:password@host:4222')
  }
  return { url, credentialsFile: credentialsFile === null ? null : resolve(credentialsFile) }
}

function unknownSettingsOf(env: Environment): readonly string[] {
  const names = Object.keys(env).filter((name) => name.startsWith('SEZ_'))
  return Object.freeze(
    names.filter((name) => !settings.includes(name) && !otherSettings.test(name)).sort(),
  )
}

/** Reads settings one by one and keeps every problem for the end. An empty setting is absent. */
class Reader {
  readonly #env: Environment
  readonly #problems: { readonly path: string; readonly reason: string }[] = []

  constructor(env: Environment) {
    this.#env = env
  }

  refuse(path: string, reason: string): void {
    const known = this.#problems.some((each) => each.path === path && each.reason === reason)
    if (!known) this.#problems.push({ path, reason })
  }

  require(name: string, reason: string): void {
    if (this.text(name) === null) this.refuse(name, `is missing: ${reason}`)
  }

  text(name: string): string | null {
    const text = this.#env[name]?.trim() ?? ''
    return text === '' ? null : text
  }

  list(name: string): string[] {
    const parts = this.text(name)?.split(',') ?? []
    return parts.map((part) => part.trim()).filter((part) => part !== '')
  }

  choice<T extends string>(name: string, choices: readonly T[], byDefault: T): T {
    const text = this.text(name)
    if (text === null) return byDefault
    const found = choices.find((choice) => choice === text)
    if (found === undefined) this.refuse(name, `must be ${choices.join(' or ')}`)
    return found ?? byDefault
  }

  integer(
    name: string,
    { min, max, byDefault }: { readonly min: number; readonly max: number; byDefault: number },
  ): number {
    const text = this.text(name)
    if (text === null) return byDefault
    const value = /^\d{1,9}$/u.test(text) ? Number(text) : Number.NaN
    if (value >= min && value <= max) return value
    this.refuse(name, `must be a whole number from ${min} to ${max}`)
    return byDefault
  }

  /** The text as it is, so that nothing in a password is re-encoded. */
  url(name: string, protocols: readonly string[]): string | null {
    const text = this.text(name)
    if (text === null) return null
    const url = URL.parse(text)
    if (url === null || !protocols.includes(url.protocol) || url.hostname === '') {
      this.refuse(name, `must be an address such as ${protocols[0]}//user:password@host:5432/name`)
    } else if (url.pathname.length < 2) {
      this.refuse(name, 'must name a database after the host, as in …:5432/name')
    }
    return text
  }

  refuseProblems(): void {
    const problems = this.#problems
    const [first] = problems
    if (first === undefined) return
    const sentences = problems.map(({ path, reason }) => `${path} ${reason}`)
    const message = `The configuration is not usable. ${sentences.join('. ')}.`
    throw new SezError('CONFIG_INVALID', { field: first.path, problems }, { message })
  }
}
