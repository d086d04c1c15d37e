/** A whole zone in one process: every subgraph, the log's workers and the gateway. @module */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Did } from '@sez/core/did'
import { selfTest } from '@sez/core/self-test'
import { type Gateway, openGateway } from '@sez/gateway/gateway'
import { openPlayground } from '@sez/gateway/playground'
import { localTransport } from '@sez/gateway/transport/local'
import { systemClock } from '@sez/platform/clock'
import type { Config } from '@sez/platform/config'
import type { ZoneIdentity } from '@sez/platform/context'
import type { Database } from '@sez/platform/db'
import type { DevelopmentIssuer } from '@sez/platform/dev-issuer'
import type { HealthReport } from '@sez/platform/health'
import { listen } from '@sez/platform/http'
import { loadZoneKeys, type ZoneKeys } from '@sez/platform/keys'
import { shutdownDeadlineMs } from '@sez/platform/limits'
import type { Logger } from '@sez/platform/log'
import { measureRequests } from '@sez/platform/request-metrics'
import type { ReactionGround } from '@sez/platform/reactions'
import { openSubgraph } from '@sez/platform/subgraph'
import { registerZoneKey } from '@sez/platform/zone-key'
import { openDevelopmentDesk } from './development.ts'
import { groundIn, logWorkers, openGrounds, startSubgraphWork, startWorkers } from './ground.ts'
import { openProcessMetrics, type ProcessMetrics, stackVersion } from './metrics.ts'
import { openZoneReadiness } from './readiness.ts'
import { isGraphql, routeOf, zoneRoutes } from './routes.ts'
import { examples } from './seed/examples.ts'
import { personOf } from './seed/persons.ts'
import { openStorage } from './storage.ts'
import { subgraphs } from './subgraphs.ts'
import { openIssuer, openTokens } from './tokens.ts'
import { openTraces } from './traces.ts'

export interface Zone extends AsyncDisposable {
  /** Where it listens, with the port that was taken. */
  readonly url: string
  /** Where only its numbers are; null where they have no listener of their own. */
  readonly metricsUrl: string | null
  readonly identity: ZoneIdentity
  readonly keys: ZoneKeys
  /** Null where tokens come from elsewhere. */
  readonly issuer: DevelopmentIssuer | null
  /** The ground of one subgraph: what seeding stands on. */
  groundOf(subgraph: string): ReactionGround
}

/** Told between the steps of a start: what is done, for whoever waits. */
export type Progress = (step: string) => void

/** For answers in flight, of the time an end may take: the rest is for the workers and Postgres. */
const drainMs = shutdownDeadlineMs * 0.6

const supergraphFile = fileURLToPath(new URL('../schemas/supergraph.graphql', import.meta.url))

/**
 * Starts a zone. Whatever fails, everything opened before is closed again.
 *
 * @param options `signal` gives the start up before its next step.
 * @throws {SezError} what a person can mend: the codes of configuration, embedded Postgres,
 *   migrations, keys and the listener; `SELF_TEST_FAILED` when this machine computes wrong bytes.
 */
export async function startZone(
  config: Config,
  options: { readonly log: Logger; readonly onProgress?: Progress; readonly signal?: AbortSignal },
): Promise<Zone> {
  const { log, signal } = options
  const onProgress: Progress = (step) => {
    signal?.throwIfAborted()
    options.onProgress?.(step)
  }
  await using starting = new AsyncDisposableStack()
  // Nothing is served by a machine on which the canonical form or a signature comes out wrong.
  selfTest()
  const metrics = await openProcessMetrics(config, starting, log)
  const storage = await openStorage(config, starting, { log, onProgress })
  metrics.watchStorage(storage)
  const keys = starting.use(openKeys(config))
  const identity = await identify(storage.platform, { config, keys })
  const { feed, sequencer } = await startWorkers(storage, starting, { identity, keys, log })
  metrics.watchFeed(feed)
  const grounds = openGrounds(storage, { identity, keys, log, feed, sequencer })
  const issuer = await openIssuer(config)
  const authenticator = openTokens(config, issuer)
  const transports = Object.fromEntries(
    subgraphs.map((definition) => {
      const ground = groundIn(grounds, definition.name)
      return [definition.name, localTransport(openSubgraph(definition, ground))]
    }),
  )
  onProgress('subgraphs')
  const gateway = starting.use(
    await openGateway({
      supergraphSdl: readFileSync(supergraphFile, 'utf8'),
      subgraphs: transports,
      authenticator,
      config: {
        introspection: config.mode === 'development',
        batching: true,
        corsOrigins: config.corsOrigins,
      },
      log: log.child({ room: 'gateway' }),
      now: systemClock,
      registry: metrics.registry,
      tracing: await openTraces(config, starting, stackVersion),
      access: {
        pseudonymOf: (did) => pseudonym(keys, did),
        lines: config.logPretty ? 'notable' : 'all',
      },
    }),
  )
  onProgress('gateway')
  const subgraphWorkers = startSubgraphWork(grounds, starting, feed)
  const readiness = openZoneReadiness({
    database: storage.platform,
    bySubgraph: storage.bySubgraph,
    feed,
    gateway,
    authenticator,
    keys,
    workers: [...logWorkers, ...subgraphWorkers],
    log,
    now: systemClock,
  })
  const url = await openFront(config, starting, { gateway, readiness, issuer, log, metrics })
  signal?.throwIfAborted()
  const running = starting.move()
  return {
    url,
    metricsUrl: metrics.url,
    identity,
    keys,
    issuer,
    groundOf: (name) => groundIn(grounds, name),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** The listener in front of everything; answers its address. */
async function openFront(
  config: Config,
  stack: AsyncDisposableStack,
  parts: {
    readonly gateway: Gateway
    readonly readiness: () => Promise<HealthReport>
    readonly issuer: DevelopmentIssuer | null
    readonly log: Logger
    readonly metrics: ProcessMetrics
  },
): Promise<string> {
  const { gateway, readiness, issuer, log, metrics } = parts
  const isDevelopment = config.mode === 'development'
  const listener = await listen({
    host: config.host,
    port: config.port,
    onRequest: measureRequests(metrics.registry, {
      routeOf,
      onRequest: zoneRoutes({
        graphql: (request, response) => gateway.handle(request, response),
        readiness,
        metrics: metrics.page,
        desk: issuer === null ? null : openDevelopmentDesk({ issuer, didOf: personOf }),
        playground: isDevelopment ? openPlayground({ examples: () => examples, log }) : null,
      }),
    }),
    onUpgrade: (request, socket, head) => {
      if (isGraphql(request)) gateway.upgrade(request, socket, head)
      else socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
    },
    log,
  })
  stack.defer(async () => {
    // Subscriptions have no end of their own to wait for; they are told, requests are answered.
    await Promise.all([listener.close(drainMs), gateway.closeSockets()])
  })
  return listener.url
}

/** Who knows the zone's key can tell whether a DID is this one, and nobody else can. */
function pseudonym(keys: ZoneKeys, did: Did): string {
  return keys.hmac(`access-log ${did}`).slice(0, 16)
}

const openKeys = (config: Config): ZoneKeys =>
  loadZoneKeys({
    file: config.zoneKeyFile ?? join(config.dataDir, 'zone-key.json'),
    mode: config.mode,
  })

async function identify(
  database: Database,
  { config, keys }: { readonly config: Config; readonly keys: ZoneKeys },
): Promise<ZoneIdentity> {
  await database.db.transaction((tx) => registerZoneKey(tx, keys.did))
  return { zoneId: config.zoneId, name: config.zoneName, did: keys.did, mode: config.mode }
}
