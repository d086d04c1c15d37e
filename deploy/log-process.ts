/** The process of a zone's log: sequencer, sealer and sweeper (spec/28-processes.md). @module */
import { selfTest } from '@sez/core/self-test'
import { systemClock } from '@sez/platform/clock'
import type { Config } from '@sez/platform/config'
import type { Database } from '@sez/platform/db'
import { openReadiness } from '@sez/platform/health'
import { logWorkers, openHub, startLogWork } from './ground.ts'
import { identityOf, openKeys, registerKey } from './identity.ts'
import { openProcessMetrics } from './metrics.ts'
import {
  carrierCheck,
  keyCheck,
  logHeadCheck,
  postgresCheck,
  processCheck,
  workerChecks,
} from './readiness.ts'
import { routesOf } from './routes.ts'
import { openFront, progressOf, type Running, type StartOptions } from './start.ts'
import { openProcessStorage } from './storage.ts'
import { whenStored } from './waiting.ts'

/**
 * Starts the log's work. The key it has is the one the zone signs with from here on.
 *
 * @throws {SezError} the codes of the process's storage, of the zone's key and of the listener.
 */
export async function startLog(config: Config, options: StartOptions): Promise<Running> {
  const { log, signal } = options
  const onProgress = progressOf(options)
  await using starting = new AsyncDisposableStack()
  selfTest()
  const now = systemClock
  const metrics = await openProcessMetrics(config, starting, log)
  const keys = starting.use(openKeys(config))
  const open = async (stack: AsyncDisposableStack): Promise<Database> => {
    const database = await openProcessStorage(config, stack, { name: 'platform', log })
    await registerKey(database, keys)
    return database
  }
  // The embedded server is its own, and nobody else will bring it up.
  const isOwn = config.databaseUrl === null
  const platform = isOwn ? await open(starting) : await whenStored(starting, options, open)
  onProgress('storage')
  metrics.watchPools(new Map([['platform', platform]]))
  metrics.watchLog(platform)
  const identity = identityOf(config, keys)
  const hub = await openHub(platform, starting, { identity, keys, log })
  metrics.watchFeed(hub)
  startLogWork(platform, starting, { identity, keys, log, hub, nats: config.nats })
  onProgress('sequencer and sealer')
  const readiness = openReadiness(
    [
      processCheck(signal),
      postgresCheck(platform),
      logHeadCheck(platform, hub),
      keyCheck(platform, { keys, now }),
      ...workerChecks(platform, { names: logWorkers, now }),
      ...carrierCheck(platform, { nats: config.nats, now }),
    ],
    { log, now },
  )
  const url = await openFront(config, starting, {
    onRequest: routesOf({
      graphql: null,
      readiness,
      metrics: metrics.page,
      desk: null,
      playground: null,
    }),
    endStreams: () => undefined,
    registry: metrics.registry,
    log,
  })
  signal?.throwIfAborted()
  const running = starting.move()
  return { url, metricsUrl: metrics.url, [Symbol.asyncDispose]: () => running.disposeAsync() }
}
