/** The gateway of a zone over transports to its subgraphs, and the front that clients reach. @module */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Did } from '@sez/core/did'
import { type Gateway, openGateway } from '@sez/gateway/gateway'
import { openPlayground } from '@sez/gateway/playground'
import type { Transport } from '@sez/gateway/transport/transport'
import type { Authenticator } from '@sez/platform/auth'
import { systemClock } from '@sez/platform/clock'
import type { Config } from '@sez/platform/config'
import type { DevelopmentIssuer } from '@sez/platform/dev-issuer'
import type { HealthReport } from '@sez/platform/health'
import type { Logger } from '@sez/platform/log'
import type { Registry } from '@sez/platform/metrics'
import type { Tracing } from '@sez/platform/tracing'
import { openDevelopmentDesk } from './development.ts'
import type { ProcessMetrics } from './metrics.ts'
import { isGraphql, routesOf } from './routes.ts'
import { examples } from './seed/examples.ts'
import { personOf } from './seed/persons.ts'
import { openFront } from './start.ts'

const supergraphFile = fileURLToPath(new URL('../schemas/supergraph.graphql', import.meta.url))

/** Opens the gateway over the committed supergraph on `stack`. */
export async function openZoneGateway(
  config: Config,
  stack: AsyncDisposableStack,
  parts: {
    readonly transports: ReadonlyMap<string, Transport>
    readonly authenticator: Authenticator
    readonly log: Logger
    readonly registry: Registry
    readonly tracing: Tracing | null
    /** What an access log calls a caller. */
    readonly pseudonymOf: (did: Did) => string
  },
): Promise<Gateway> {
  const { pseudonymOf, registry, tracing } = parts
  return stack.use(
    await openGateway({
      supergraphSdl: readFileSync(supergraphFile, 'utf8'),
      subgraphs: parts.transports,
      authenticator: parts.authenticator,
      config: {
        introspection: config.mode === 'development',
        batching: true,
        corsOrigins: config.corsOrigins,
      },
      log: parts.log.child({ room: 'gateway' }),
      now: systemClock,
      registry,
      tracing,
      access: { pseudonymOf, lines: config.logPretty ? 'notable' : 'all' },
    }),
  )
}

/** Listens in front of a gateway; answers the address. Development adds its desk and playground. */
export async function openGatewayFront(
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
  return openFront(config, stack, {
    onRequest: routesOf({
      graphql: (request, response) => gateway.handle(request, response),
      readiness,
      metrics: metrics.page,
      desk: issuer === null ? null : openDevelopmentDesk({ issuer, didOf: personOf }),
      playground: isDevelopment ? openPlayground({ examples: () => examples, log }) : null,
    }),
    onUpgrade: (request, socket, head) => {
      if (isGraphql(request)) gateway.upgrade(request, socket, head)
      else socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
    },
    // Subscribers are told to come back.
    endStreams: () => gateway.closeSockets(),
    registry: metrics.registry,
    log,
  })
}
