/** What the doctor asks of the configuration, the zone's key, its tokens, its port, its Postgres. @module */
import { once } from 'node:events'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { get, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { SezError } from '@sez/core/errors'
import { type Config, parseConfig, settings, type TokenIssuer } from '@sez/platform/config'
import { loadZoneKeys } from '@sez/platform/keys'
import { findPostmaster } from '@sez/platform/postmaster'
import type { CommandIo } from './command.ts'
import { type Check, fail, type Finding, ok, warn } from './examination.ts'
import { nearestName } from './suggestion.ts'

const skewMaxMs = 60_000

/** The configuration, or null with the finding that says why there is none. */
export function readConfig({ env }: Pick<CommandIo, 'env'>): {
  readonly config: Config | null
  readonly check: Check
} {
  const name = 'configuration'
  try {
    const config = parseConfig(env)
    return { config, check: { name, run: () => configFinding(config) } }
  } catch (error) {
    if (!(error instanceof SezError)) throw error
    const { problems } = error.details
    const told = Array.isArray(problems)
      ? problems.map(({ path, reason }: { path: string; reason: string }) => `${path} ${reason}`)
      : [error.message]
    const finding = fail(told.join('; '), 'Correct these settings; the checks that need them wait.')
    return { config: null, check: { name, run: () => finding } }
  }
}

function configFinding({ unknownSettings, mode, zoneId }: Config): Finding {
  const found = `zone ${zoneId} in ${mode}`
  if (unknownSettings.length === 0) return ok(found)
  const told = unknownSettings.map((name) => {
    const near = nearestName(name, settings)
    return near === null ? name : `${name} (did you mean ${near}?)`
  })
  return warn(`${found}; nobody reads ${told.join(', ')}`, 'Correct or remove these settings.')
}

/** Every text of the environment that must not be shown: passwords of addresses, as written and as meant. */
export function secretsOf({ env }: Pick<CommandIo, 'env'>): readonly string[] {
  const addresses = Object.entries(env).flatMap(([name, value = '']) =>
    /^DATABASE_|^SEZ_/u.test(name) ? value.split(',') : [],
  )
  const passwords = addresses.flatMap((text) => {
    const written = /:\/\/[^/@]*?:(.*)@/u.exec(text)?.[1] ?? ''
    const queried = /[?&]password=([^&]*)/u.exec(text)?.[1] ?? ''
    return [written, queried, decoded(written), decoded(queried)]
  })
  return [...new Set(passwords)].filter((text) => text !== '').sort((a, b) => b.length - a.length)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The DID of the key on disk; null when there is no key yet and development makes one. */
export function readKeyDid(config: Config): string | null {
  const file = keyFileOf(config)
  if (config.zoneKeyFile === null && !existsSync(file)) return null
  // Read as production reads it: nothing is made.
  using keys = loadZoneKeys({ file, mode: 'production' })
  return keys.did
}

export function keyFileOf({ zoneKeyFile, dataDir }: Config): string {
  return zoneKeyFile ?? join(dataDir, 'zone-key.json')
}

/** Mode and form of the zone's key file. */
export function checkKey(config: Config): Finding {
  const did = readKeyDid(config)
  const file = keyFileOf(config)
  return ok(did === null ? `${file} is made at the first start` : `${did} in ${file}`)
}

/** Whose Postgres runs on the data folder; asked only where the zone has no other. */
export function checkEmbedded({ dataDir }: Config): Finding {
  const data = join(dataDir, 'postgres', 'data')
  if (!existsSync(data)) return ok('not made yet; the first start makes it')
  const made = readFileSync(join(data, 'PG_VERSION'), 'utf8').trim()
  const running = findPostmaster(data)
  const what = `Postgres ${made} in ${data}`
  if (running === null) return ok(`${what}, not running; the zone starts it`)
  const { pid, port, ready } = running
  const owner = statSync(data).uid
  const found = `${what}, running as user ${owner}, pid ${pid}, port ${port}`
  return ready
    ? ok(found)
    : warn(`${found}, not ready`, 'Wait, then read server.log beside its data.')
}

/** Whether the port is free or the zone's own. */
export async function checkPort({ host, port }: Config, signal: AbortSignal): Promise<Finding> {
  if (port === 0) return ok('any free port')
  const name = ['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host
  const address = `http://${name.includes(':') ? `[${name}]` : name}:${port}/health/live`
  const taken = fail(
    `port ${port} on ${host} is taken by another program`,
    'Stop that program, or set SEZ_PORT to another port.',
  )
  try {
    // Not fetch, which refuses to ask some ports that a zone may listen on.
    const request = get(address, { signal, agent: false })
    // What the event 'response' comes with.
    const [response] = (await once(request, 'response', { signal })) as [IncomingMessage]
    const { status }: { status?: unknown } = Object(JSON.parse(await text(response)))
    return status === 'live' ? ok(`a zone answers at port ${port}`) : taken
  } catch (error) {
    const isFree = error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED'
    return isFree ? ok(`port ${port} on ${host} is free`) : taken
  }
}

/** One check for each issuer: its key set can be read, and its clock is ours. */
export function issuerChecks({ tokenIssuers }: Config, now: () => Date): readonly Check[] {
  return tokenIssuers.map((issuer, index) => ({
    name: tokenIssuers.length === 1 ? 'token keys' : `token keys ${index + 1}`,
    run: (signal) => checkIssuer(issuer, now, signal),
  }))
}

async function checkIssuer(
  { jwksUrl }: TokenIssuer,
  now: () => Date,
  signal: AbortSignal,
): Promise<Finding> {
  const { origin, pathname } = new URL(jwksUrl)
  const place = `${origin}${pathname}`
  const advice = 'See that SEZ_JWKS_URL is right and can be reached from this machine.'
  let response: Response
  try {
    response = await fetch(jwksUrl, { signal, redirect: 'error' })
  } catch {
    return fail(`${place} cannot be reached`, advice)
  }
  const { keys }: { keys?: unknown } = Object(await response.json().catch(() => null))
  if (!response.ok || !Array.isArray(keys)) {
    return fail(`${place} answers ${response.status} and no key set`, advice)
  }
  if (keys.length === 0) return fail(`${place} holds no key`, advice)
  const theirs = Date.parse(response.headers.get('date') ?? '')
  const skewMs = Number.isNaN(theirs) ? 0 : now().getTime() - theirs
  if (Math.abs(skewMs) > skewMaxMs) {
    const found = `the clock of ${origin} is ${Math.round(-skewMs / 1_000)} s from ours`
    return fail(
      found,
      'Set the clock and keep it by NTP: its tokens count as expired or not yet valid.',
    )
  }
  return ok(`${keys.length} keys at ${place}`)
}
