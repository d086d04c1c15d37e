/** A whole zone in one process: every subgraph, the log's workers and the gateway. @module */
import { selfTest } from '@sez/core/self-test'
import { SezError } from '@sez/core/errors'
import type { Gateway } from '@sez/gateway/gateway'
import { localTransport } from '@sez/gateway/transport/local'
import type { Transport } from '@sez/gateway/transport/transport'
import type { Authenticator } from '@sez/platform/auth'
import { systemClock } from '@sez/platform/clock'
import type { Config } from '@sez/platform/config'
import type { ZoneIdentity } from '@sez/platform/context'
import type { DevelopmentIssuer } from '@sez/platform/dev-issuer'
import type { FeedHub } from '@sez/platform/feed'
import { type HealthReport, openReadiness } from '@sez/platform/health'
import type { ZoneKeys } from '@sez/platform/keys'
import type { ReactionGround } from '@sez/platform/reactions'
import { openSubgraph } from '@sez/platform/subgraph'
import { openGatewayFront, openZoneGateway } from './gateway.ts'
import { groundOf, logWorkers, openHub, startLogWork, startSubgraphWork } from './ground.ts'
import { identityOf, openKeys, registerKey } from './identity.ts'
import { openProcessMetrics } from './metrics.ts'
import { pseudonymDigits, pseudonymText } from './pseudonym.ts'
import {
  carrierCheck,
  diskCheck,
  keyCheck,
  logHeadCheck,
  postgresCheck,
  processCheck,
  tokenCheck,
  workerChecks,
} from './readiness.ts'
import { progressOf, type Running, type StartOptions } from './start.ts'
import { openStorage, type Storage } from './storage.ts'
import { subgraphs } from './subgraphs.ts'
import { openIssuer, openTokens } from './tokens.ts'
import { openTraces } from './traces.ts'

export interface Zone extends Running {
  readonly identity: ZoneIdentity
  readonly keys: ZoneKeys
  /** Null where tokens come from elsewhere. */
  readonly issuer: DevelopmentIssuer | null
  /**
   * The ground of one subgraph: what seeding stands on.
   *
   * @throws {SezError} `NOT_FOUND` when the zone has no such subgraph.
   */
  groundOf(subgraph: string): ReactionGround
}

/**
 * Starts a zone. Whatever fails, everything opened before is closed again.
 *
 * @throws {SezError} what a person can mend: the codes of configuration, embedded Postgres,
 *   migrations, keys and the listener; `SELF_TEST_FAILED` when this machine computes wrong bytes.
 */
export async function startZone(config: Config, options: StartOptions): Promise<Zone> {
  const { log, signal } = options
  const { nats } = config
  const onProgress = progressOf(options)
  await using starting = new AsyncDisposableStack()
  // Nothing is served by a machine on which the canonical form or a signature comes out wrong.
  selfTest()
  const metrics = await openProcessMetrics(config, starting, log)
  const storage = await openStorage(config, starting, { log, onProgress })
  const { platform } = storage
  metrics.watchPools(new Map([['platform', platform], ...storage.bySubgraph]))
  metrics.watchLog(platform)
  const keys = starting.use(openKeys(config))
  await registerKey(platform, keys)
  const identity = identityOf(config, keys)
  const hub = await openHub(platform, starting, { identity, keys, log })
  metrics.watchFeed(hub)
  const sequencer = startLogWork(platform, starting, { identity, keys, log, hub, nats })
  const grounds = new Map(
    [...storage.bySubgraph].map(([name, database]) => [
      name,
      groundOf(name, database, { identity, keys, log, hub, sequencer }),
    ]),
  )
  const issuer = await openIssuer(config)
  const authenticator = openTokens(config, issuer)
  const transports = localTransports(grounds)
  onProgress('subgraphs')
  const gateway = await openZoneGateway(config, starting, {
    transports,
    authenticator,
    log,
    registry: metrics.registry,
    tracing: await openTraces(config, starting),
    pseudonymOf: (did) => keys.hmac(pseudonymText(did)).slice(0, pseudonymDigits),
  })
  onProgress('gateway')
  const workers = subgraphs.flatMap((definition) =>
    startSubgraphWork(definition, starting, { ground: groundIn(grounds, definition.name), hub }),
  )
  const readiness = readinessOf(storage, {
    options,
    config,
    hub,
    gateway,
    authenticator,
    keys,
    workers: [...logWorkers, ...workers],
  })
  const url = await openGatewayFront(config, starting, {
    gateway,
    readiness,
    issuer,
    log,
    metrics,
  })
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

/** Every subgraph of the zone, opened on its ground, by name. */
function localTransports(
  grounds: ReadonlyMap<string, ReactionGround>,
): ReadonlyMap<string, Transport> {
  return new Map(
    subgraphs.map((definition) => {
      const ground = groundIn(grounds, definition.name)
      return [definition.name, localTransport(openSubgraph(definition, ground))]
    }),
  )
}

function readinessOf(
  { platform, bySubgraph }: Storage,
  parts: {
    readonly options: StartOptions
    readonly config: Config
    readonly hub: FeedHub
    readonly gateway: Gateway
    readonly authenticator: Authenticator
    readonly keys: ZoneKeys
    /** Names of the heartbeats that must be fresh. */
    readonly workers: readonly string[]
  },
): () => Promise<HealthReport> {
  const { options, config, hub, gateway, authenticator, keys, workers } = parts
  const { log, signal } = options
  const now = systemClock
  return openReadiness(
    [
      processCheck(signal),
      postgresCheck(platform),
      ...(config.databaseUrl === null ? [diskCheck(config.dataDir)] : []),
      ...[...bySubgraph].map(([name, database]) => postgresCheck(database, name)),
      logHeadCheck(platform, hub),
      { name: 'gateway', run: () => gateway.ready() },
      tokenCheck(authenticator),
      keyCheck(platform, { keys, now }),
      ...workerChecks(platform, { names: workers, now }),
      ...carrierCheck(platform, { nats: config.nats, now }),
    ],
    { log, now },
  )
}

function groundIn(grounds: ReadonlyMap<string, ReactionGround>, name: string): ReactionGround {
  const ground = grounds.get(name)
  if (ground === undefined) throw new SezError('NOT_FOUND', { subgraph: name })
  return ground
}
