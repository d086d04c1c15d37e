/** The federation gateway: one object that answers HTTP requests and takes over WebSockets. @module */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { SezError } from '@sez/core/errors'
import type { Authenticator } from '@sez/platform/auth'
import {
  anonymousRequestsBurst,
  anonymousRequestsPerS,
  callerRequestsBurst,
  callerRequestsPerS,
  operationBatchMax,
  socketsPerCallerMax,
} from '@sez/platform/limits'
import type { Logger } from '@sez/platform/log'
import { openRegistry, type Registry } from '@sez/platform/metrics'
import { openRateLimit } from '@sez/platform/rate'
import type { Tracing } from '@sez/platform/tracing'
import { openPipeline, type Pipeline } from './apollo.ts'
import { Engine } from './engine.ts'
import { openCounts } from './front/counts.ts'
import { openHttpFront } from './front/http.ts'
import { openReception, type Reception } from './front/reception.ts'
import { openStreamFront } from './front/streams.ts'
import { openWsFront } from './front/ws.ts'
import { type AccessLogOptions, openAccessLog } from './observe/access-log.ts'
import { GatewayMetrics } from './observe/metrics.ts'
import { observedReception } from './observe/reception.ts'
import { type DocumentLimits, documentLimits } from './policy/limits.ts'
import type { Transport } from './transport/transport.ts'

export const graphqlPath = '/graphql'

/** What an operator may set; every limit has a default and none can be switched off. */
export interface GatewayConfig {
  readonly introspection: boolean
  /** Whether a request may be a list of operations. */
  readonly batching: boolean
  /** Origins of the pages that may read answers, none by default. */
  readonly corsOrigins?: readonly string[]
  readonly limits?: Partial<DocumentLimits>
  readonly costMax?: number
  readonly upstreamTimeoutMs?: number
  readonly callerRate?: { readonly perS: number; readonly burst: number }
  readonly anonymousRate?: { readonly perS: number; readonly burst: number }
  readonly socketsPerCallerMax?: number
  readonly subscriptionsPerSocketMax?: number
  readonly stallMs?: number
  readonly pingMs?: number
  readonly initMs?: number
}

export interface GatewayOptions {
  readonly supergraphSdl: string
  /** By subgraph name; each subgraph of the supergraph has one. */
  readonly subgraphs: Readonly<Record<string, Transport>> | ReadonlyMap<string, Transport>
  readonly authenticator: Pick<Authenticator, 'callerOf'>
  readonly config: GatewayConfig
  readonly log: Logger
  readonly now: () => Date
  /** Where its numbers go. */
  readonly registry?: Registry
  /** Where its traces go; without it nothing is traced. */
  readonly tracing?: Pick<Tracing, 'begin'> | null
  readonly access?: Pick<AccessLogOptions, 'pseudonymOf' | 'lines'>
}

export interface Gateway extends AsyncDisposable {
  /** Answers a request to `graphqlPath`. Never rejects. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>
  /** Takes over a connection that asks for graphql-transport-ws. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Replaces the supergraph at once; requests at work finish on the old one. */
  load(supergraphSdl: string): void
  /**
   * Whether it can answer: every subgraph of the supergraph has a transport.
   *
   * @throws {SezError} `UPSTREAM_FAILED` naming those without one.
   */
  ready(): void
  /** Closes every WebSocket with 1001 GOING_AWAY and ends every stream; requests at work go on. */
  closeSockets(): Promise<void>
  readonly socketCount: number
}

/** Opens the gateway over a composed supergraph. Nothing listens yet: that is the caller's. */
export async function openGateway(options: GatewayOptions): Promise<Gateway> {
  const { config, log, now, authenticator } = options
  const transports = new Map(
    options.subgraphs instanceof Map ? options.subgraphs : Object.entries(options.subgraphs),
  )
  const metrics = new GatewayMetrics(options.registry ?? openRegistry())
  const engine = new Engine({
    supergraphSdl: options.supergraphSdl,
    transports,
    log,
    metrics,
    ...(config.costMax === undefined ? {} : { costMax: config.costMax }),
    ...(config.upstreamTimeoutMs === undefined
      ? {}
      : { upstreamTimeoutMs: config.upstreamTimeoutMs }),
  })
  const pipeline = await openPipeline(engine, { introspection: config.introspection, log })
  const reception = receptionOf(options, { engine, pipeline, metrics })
  const batchMax = config.batching ? operationBatchMax : 0
  const counts = openCounts(config.socketsPerCallerMax ?? socketsPerCallerMax)
  const streams = openStreamFront({ ...config, reception, counts, now })
  const http = openHttpFront({
    reception,
    authenticator,
    batchMax,
    corsOrigins: new Set(config.corsOrigins),
    streams,
  })
  const ws = openWsFront({ ...config, counts, engine, reception, authenticator, metrics, log, now })
  metrics.watch({
    caches: () => engine.caches(),
    get socketCount() {
      return ws.socketCount + streams.streamCount
    },
  })
  return {
    handle: (request, response) => http.handle(request, response),
    upgrade: (request, socket, head) => ws.upgrade(request, socket, head),
    load: (supergraphSdl) => engine.load(supergraphSdl),
    ready: () => requireTransports(engine, transports),
    async closeSockets() {
      streams.close()
      await ws[Symbol.asyncDispose]()
    },
    get socketCount() {
      return ws.socketCount + streams.streamCount
    },
    async [Symbol.asyncDispose]() {
      streams.close()
      await ws[Symbol.asyncDispose]()
      await pipeline[Symbol.asyncDispose]()
    },
  }
}

function receptionOf(
  options: GatewayOptions,
  parts: {
    readonly engine: Engine
    readonly pipeline: Pipeline
    readonly metrics: GatewayMetrics
  },
): Reception {
  const { config, log, now } = options
  const { engine, pipeline, metrics } = parts
  const callerRate = config.callerRate ?? { perS: callerRequestsPerS, burst: callerRequestsBurst }
  const anonymousRate = config.anonymousRate ?? {
    perS: anonymousRequestsPerS,
    burst: anonymousRequestsBurst,
  }
  const plain = openReception({
    engine,
    pipeline,
    limits: { ...documentLimits, ...config.limits },
    introspection: config.introspection,
    callerRate: openRateLimit({ ...callerRate, now }),
    anonymousRate: openRateLimit({ ...anonymousRate, now }),
    log,
  })
  return observedReception(plain, {
    metrics,
    accessLog:
      options.access === undefined ? () => undefined : openAccessLog({ log, ...options.access }),
    tracing: options.tracing ?? null,
    plansForAll: config.introspection,
  })
}

function requireTransports(engine: Engine, transports: ReadonlyMap<string, Transport>): void {
  const missing = engine.supergraph.subgraphNames.filter((name) => !transports.has(name))
  if (missing.length > 0) throw new SezError('UPSTREAM_FAILED', { subgraphs: missing })
}
