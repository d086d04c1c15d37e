/** A whole zone on a database of its own, and a caller for each role: what journeys stand on. @module */
import { createClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import { parseDid } from '@sez/core/did'
import { corridorId, entityId } from '@sez/core/ids'
import { invariant } from '@sez/core/invariant'
import type { Role } from '@sez/core/roles'
import { identityOf, openKeys } from '@sez/deploy/identity'
import { seedZone } from '@sez/deploy/seed/seed'
import { openGrounds, seedStorage } from '@sez/deploy/seed/storage'
import { openIssuer } from '@sez/deploy/tokens'
import { startZone } from '@sez/deploy/zone'
import { parseConfig } from '@sez/platform/config'
import type { ZoneIdentity } from '@sez/platform/context'
import { openTestDatabase } from '@sez/platform/database.fixture'
import type { DevelopmentIssuer } from '@sez/platform/dev-issuer'
import type { ZoneKeys } from '@sez/platform/keys'
import { type LogStream, openLog } from '@sez/platform/log'
import type { ReactionGround } from '@sez/platform/reactions'
import { type Environment, openWorkplace, type Workplace } from './process.fixture.ts'
import { openProcesses } from './processes.fixture.ts'

/** Who asks: roles, and the DID the token is for (a fixed one per first role unless named). */
export interface Who {
  readonly as: readonly Role[]
  readonly did?: string
  readonly entityIds?: readonly string[]
  readonly corridorIds?: readonly string[]
  readonly lifetimeS?: number
}

interface AnswerError {
  readonly message: string
  readonly path?: readonly (string | number)[]
  readonly extensions: {
    readonly code: string
    readonly class: string
    readonly retry: boolean
    readonly field?: string
    readonly details?: Readonly<Record<string, unknown>>
    readonly correlationId: string
  }
}

/** A GraphQL answer. `data` is loose on purpose: a journey asserts on what it asked for. */
export interface Answer {
  readonly status: number
  readonly data: Record<string, never> | null
  readonly errors: readonly AnswerError[]
}

export interface TestZone extends AsyncDisposable {
  readonly url: string
  readonly identity: ZoneIdentity
  /** The zone's own. */
  readonly keys: ZoneKeys
  /** Issues tokens that the zone accepts. */
  readonly issuer: DevelopmentIssuer
  /** Where the numbers are: the zone's own listener unless they have another. */
  readonly metricsUrl: string
  /** A superuser's address of its database. */
  readonly databaseUrl: string
  /** Where its issuer's key and the zone's own are. */
  readonly dataDir: string
  /** What work of a subgraph stands on, in this process whatever form the zone has. */
  groundOf(subgraph: string): Promise<ReactionGround>
  token(who: Who): Promise<string>
  ask(query: string, variables?: Record<string, unknown>, who?: Who): Promise<Answer>
  subscribe(
    query: string,
    variables: Record<string, unknown>,
    who: Who,
  ): AsyncIterableIterator<Answer>
}

const didOf = (who: Who): string =>
  who.did ?? `did:web:${(who.as[0] ?? 'nobody').toLowerCase()}.test`

/** What one form of a zone gives to stand on. */
interface Form {
  readonly url: string
  readonly identity: ZoneIdentity
  readonly keys: ZoneKeys
  readonly issuer: DevelopmentIssuer
  readonly metricsUrl: string
  groundOf(subgraph: string): Promise<ReactionGround>
}

/**
 * Starts a zone on a fresh copy of the template database: in this process, or with
 * SEZ_TEST_FORM=processes as one child process for each of its parts.
 */
export async function openTestZone(
  options: {
    readonly seed?: boolean
    readonly env?: Record<string, string>
    /** Takes the log of a zone in this process. */
    readonly stream?: LogStream
  } = {},
): Promise<TestZone> {
  const stack = new AsyncDisposableStack()
  try {
    return await openZone(stack, options)
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

async function openZone(
  stack: AsyncDisposableStack,
  options: NonNullable<Parameters<typeof openTestZone>[0]>,
): Promise<TestZone> {
  const { seed = false, env = {}, stream = null } = options
  const database = stack.use(await openTestDatabase())
  const place = stack.use(openWorkplace())
  const settings = {
    SEZ_MODE: 'development',
    SEZ_PORT: '0',
    SEZ_DATA_DIR: place.dataDir,
    DATABASE_URL: database.url,
    SEZ_LOG_LEVEL: process.env['SEZ_LOG_LEVEL'] ?? 'fatal',
    ...env,
  }
  const zone = await formOf(process.env['SEZ_TEST_FORM'])({ place, settings, seed, stream }, stack)
  const { url, issuer } = zone
  const token = (who: Who) =>
    issuer.token({
      sub: parseDid(didOf(who)),
      roles: who.as,
      ...(who.entityIds && { entityIds: who.entityIds.map((id) => entityId(id)) }),
      ...(who.corridorIds && { corridorIds: who.corridorIds.map((id) => corridorId(id)) }),
      ...(who.lifetimeS !== undefined && { lifetimeS: who.lifetimeS }),
    })
  return {
    ...zone,
    databaseUrl: settings.DATABASE_URL,
    dataDir: settings.SEZ_DATA_DIR,
    token,
    async ask(query, variables = {}, who) {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(who && { authorization: `Bearer ${await token(who)}` }),
        },
        body: JSON.stringify({ query, variables }),
      })
      const answer = (await response.json()) as Partial<Answer>
      return { status: response.status, data: answer.data ?? null, errors: answer.errors ?? [] }
    },
    subscribe(query, variables, who) {
      const client = createClient({
        url: `${url.replace('http', 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        connectionParams: async () => ({ authorization: `Bearer ${await token(who)}` }),
        retryAttempts: 0,
      })
      stack.defer(() => client.dispose())
      return client.iterate<Record<string, never>>({ query, variables }) as never
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

function formOf(name = 'zone') {
  invariant(name === 'zone' || name === 'processes', 'SEZ_TEST_FORM is zone or processes')
  return name === 'processes' ? openManyProcesses : openOneProcess
}

interface Setting {
  readonly place: Workplace
  readonly settings: Environment
  readonly seed: boolean
  readonly stream: LogStream | null
}

async function openOneProcess(
  { settings, seed, stream }: Setting,
  stack: AsyncDisposableStack,
): Promise<Form> {
  const config = parseConfig(settings)
  const log = openLog({ level: config.logLevel, pretty: false, ...(stream && { stream }) })
  const zone = stack.use(await startZone(config, { log }))
  if (seed) await seedZone(zone)
  const { url, identity, keys, issuer } = zone
  invariant(issuer !== null, 'a development zone issues its tokens')
  const metricsUrl = zone.metricsUrl ?? url
  return { url, metricsUrl, identity, keys, issuer, groundOf: async (name) => zone.groundOf(name) }
}

/** What only the zone holds is read as its processes read it, from the data folder. */
async function openManyProcesses(
  { place, settings, seed }: Setting,
  stack: AsyncDisposableStack,
): Promise<Form> {
  const config = parseConfig(settings)
  const { url } = stack.use(await openProcesses(place, settings))
  const log = openLog({ level: config.logLevel, pretty: false })
  if (seed) await seedStorage(config, log)
  const keys = stack.use(openKeys(config))
  const issuer = await openIssuer(config)
  invariant(issuer !== null, 'a development zone issues its tokens')
  let grounds: ReturnType<typeof openGrounds> | undefined
  const groundOf = async (name: string): Promise<ReactionGround> => {
    grounds ??= openGrounds(config, stack, log)
    return (await grounds)(name)
  }
  const identity = identityOf(config, keys)
  return { url, metricsUrl: url, identity, keys, issuer, groundOf }
}
