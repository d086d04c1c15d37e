/** The process of one subgraph: plain Federation over HTTP, for the gateway alone (spec/28-processes.md). @module */
import { SezError } from '@sez/core/errors'
import { selfTest } from '@sez/core/self-test'
import { openAssertionVerifier } from '@sez/platform/assertion'
import { systemClock } from '@sez/platform/clock'
import type { Config } from '@sez/platform/config'
import { openReadiness } from '@sez/platform/health'
import { startOwnSequencer } from '@sez/platform/sequencer'
import { openSubgraph } from '@sez/platform/subgraph'
import { openSubgraphFront } from '@sez/platform/subgraph-front'
import { openAssertionSecret } from './assertion.ts'
import { groundOf, openHub, startSubgraphWork } from './ground.ts'
import { identityOf, openKeys, requireKey } from './identity.ts'
import { openProcessMetrics } from './metrics.ts'
import { keyCheck, logHeadCheck, postgresCheck, processCheck, workerChecks } from './readiness.ts'
import { routesOf } from './routes.ts'
import { openFront, progressOf, type Running, type StartOptions } from './start.ts'
import { openProcessStorage } from './storage.ts'
import { subgraphs } from './subgraphs.ts'
import { openTraces } from './traces.ts'
import { whenStored } from './waiting.ts'

/**
 * Starts a subgraph.
 *
 * @throws {SezError} `NOT_FOUND` for a name that is none, the codes of the process's storage, of the
 *   zone's key, of the assertion secret's file and of the listener.
 */
export async function startSubgraph(
  name: string,
  config: Config,
  options: StartOptions,
): Promise<Running> {
  const { log, signal } = options
  const onProgress = progressOf(options)
  const definition = subgraphs.find((each) => each.name === name)
  if (definition === undefined) throw new SezError('NOT_FOUND', { subgraph: name })
  await using starting = new AsyncDisposableStack()
  selfTest()
  const now = systemClock
  const metrics = await openProcessMetrics(config, starting, log)
  const keys = starting.use(openKeys(config))
  const secret = openAssertionSecret(config, starting)
  const verifier = openAssertionVerifier({ secret, subgraph: name, now })
  if (config.databaseUrl === null) onProgress('joining the Postgres of the process of the log')
  const scope = { name, log, ...(signal === undefined ? {} : { signal }) }
  const database = await whenStored(starting, options, async (stack) => {
    const opened = await openProcessStorage(config, stack, scope)
    await requireKey(opened, keys)
    return opened
  })
  onProgress('storage')
  metrics.watchPools(new Map([[name, database]]))
  const identity = identityOf(config, keys)
  const hub = await openHub(database, starting, { identity, keys, log })
  metrics.watchFeed(hub)
  const sequencer = starting.use(startOwnSequencer(database, { log }))
  const ground = groundOf(name, database, { identity, keys, log, hub, sequencer })
  const subgraph = openSubgraph(definition, ground)
  onProgress('subgraph')
  const workers = startSubgraphWork(definition, starting, { ground, hub })
  const readiness = openReadiness(
    [
      processCheck(signal),
      postgresCheck(database),
      logHeadCheck(database, hub),
      keyCheck(database, { keys, now }),
      ...workerChecks(database, { names: workers, now }),
    ],
    { log, now },
  )
  const tracing = await openTraces(config, starting)
  const front = openSubgraphFront({ subgraph, verifier, log: ground.log, now, tracing })
  const url = await openFront(config, starting, {
    onRequest: routesOf({
      graphql: (request, response) => front.handle(request, response),
      readiness,
      metrics: metrics.page,
      desk: null,
      playground: null,
    }),
    endStreams: () => front.closeStreams(),
    registry: metrics.registry,
    log,
  })
  signal?.throwIfAborted()
  const running = starting.move()
  return { url, metricsUrl: metrics.url, [Symbol.asyncDispose]: () => running.disposeAsync() }
}
