/** The process of a zone's gateway: no database, the subgraphs by address (spec/28-processes.md). @module */
import { bytesToHex, hmac } from '@sez/core/digest'
import { selfTest } from '@sez/core/self-test'
import { graphqlPath } from '@sez/gateway/gateway'
import { httpTransport } from '@sez/gateway/transport/http'
import { probe } from '@sez/gateway/transport/probe'
import type { Transport } from '@sez/gateway/transport/transport'
import { openAsserter } from '@sez/platform/assertion'
import { randomBytes, systemClock } from '@sez/platform/clock'
import type { Config } from '@sez/platform/config'
import { type HealthCheck, openReadiness } from '@sez/platform/health'
import { openAssertionSecret } from './assertion.ts'
import { openGatewayFront, openZoneGateway } from './gateway.ts'
import { openProcessMetrics } from './metrics.ts'
import { subgraphUrlsOf } from './ports.ts'
import { pseudonymDigits, pseudonymText } from './pseudonym.ts'
import { processCheck, tokenCheck } from './readiness.ts'
import { progressOf, type Running, type StartOptions } from './start.ts'
import { openIssuer, openTokens } from './tokens.ts'
import { openTraces } from './traces.ts'

/**
 * Starts the gateway. It needs no subgraph to start: until one answers, its part of the data is
 * missing with a code.
 *
 * @throws {SezError} `CONFIG_INVALID`, the codes of the assertion secret's file and of the listener.
 */
export async function startGateway(config: Config, options: StartOptions): Promise<Running> {
  const { log, signal } = options
  const onProgress = progressOf(options)
  await using starting = new AsyncDisposableStack()
  selfTest()
  const now = systemClock
  const metrics = await openProcessMetrics(config, starting, log)
  const urls = subgraphUrlsOf(config)
  const secret = openAssertionSecret(config, starting)
  const asserter = openAsserter({ secret, now, random: randomBytes })
  const transports = new Map(
    [...urls].map(([subgraph, url]) => [
      subgraph,
      starting.use(httpTransport({ subgraph, url: `${url}${graphqlPath}`, asserter, log, now })),
    ]),
  )
  const issuer = await openIssuer(config)
  const authenticator = openTokens(config, issuer)
  onProgress('configuration')
  const gateway = await openZoneGateway(config, starting, {
    transports,
    authenticator,
    log,
    registry: metrics.registry,
    tracing: await openTraces(config, starting),
    // It has no key of the zone; its replicas share this secret.
    pseudonymOf: (did) => bytesToHex(hmac(secret, pseudonymText(did))).slice(0, pseudonymDigits),
  })
  onProgress('gateway')
  const readiness = openReadiness(
    [
      processCheck(signal),
      { name: 'gateway', run: () => gateway.ready() },
      tokenCheck(authenticator),
      ...[...transports].map(([name, transport]) => subgraphCheck(name, transport)),
    ],
    { log, now },
  )
  const url = await openGatewayFront(config, starting, {
    gateway,
    readiness,
    issuer,
    log,
    metrics,
  })
  signal?.throwIfAborted()
  const running = starting.move()
  return { url, metricsUrl: metrics.url, [Symbol.asyncDispose]: () => running.disposeAsync() }
}

/**
 * A gateway with some of its subgraphs is ready, since partial data is what it promises then; taken
 * out of service by each of them, all gateways would turn one loss into the loss of everything.
 */
function subgraphCheck(name: string, transport: Transport): HealthCheck {
  return {
    name: `subgraph ${name}`,
    anyOf: 'subgraph',
    run: (signal) => probe(name, transport, signal),
  }
}
