/** The test supergraph's subgraphs as servers of their own, reached over HTTP. @module */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { anonymous } from '@sez/platform/context'
import { openAsserter, openAssertionVerifier } from '@sez/platform/assertion'
import { randomBytes, systemClock } from '@sez/platform/clock'
import { listen } from '@sez/platform/http'
import { openLog } from '@sez/platform/log'
import { mapStream, type Stream } from '@sez/platform/stream'
import type { Subgraph } from '@sez/platform/subgraph'
import type { Tracing } from '@sez/platform/tracing'
import { openSubgraphFront, type SubgraphFront } from '@sez/platform/subgraph-front'
import {
  execute,
  type FormattedExecutionResult,
  type GraphQLSchema,
  OperationTypeNode,
  parse,
  subscribe,
} from 'graphql'
import { type HttpLimits, httpTransport, type HttpTransportOptions } from './http.ts'
import type { CallScope, Transport, UpstreamCall } from './transport.ts'

export const testSecret = new Uint8Array(32).fill(7)
export const quiet = openLog({ level: 'error', pretty: false, stream: { write: () => undefined } })

/** A schema of a test as a subgraph. */
export function schemaSubgraph(schema: GraphQLSchema): Pick<Subgraph, 'execute' | 'subscribe'> {
  const argumentsOf = (request: Parameters<Subgraph['execute']>[0], scope: unknown) => ({
    schema,
    document: request.document,
    variableValues: request.variables ?? {},
    operationName: request.operationName ?? null,
    contextValue: scope,
  })
  const formatted = (result: unknown) =>
    JSON.parse(JSON.stringify(result)) as FormattedExecutionResult
  return {
    execute: async (request, scope) => formatted(await execute(argumentsOf(request, scope))),
    async subscribe(request, scope) {
      const answer = await subscribe(argumentsOf(request, scope))
      if (!(Symbol.asyncIterator in answer)) return formatted(answer)
      // A test's source is a generator or a Stream, which have the same methods.
      return mapStream(answer as unknown as Stream<unknown>, formatted)
    },
  }
}

export interface Served extends AsyncDisposable {
  readonly url: string
  readonly front: SubgraphFront
  readonly transport: Transport & AsyncDisposable
  /** Method, headers and body length of what arrived, in order. */
  readonly arrived: { readonly type: string | undefined }[]
}

/** Serves a subgraph on a free port and opens a transport to it. */
export async function serveSubgraph(
  name: string,
  subgraph: Pick<Subgraph, 'execute' | 'subscribe'>,
  options: {
    readonly limits?: Partial<HttpLimits>
    readonly now?: () => Date
    readonly pingMs?: number
    readonly tracing?: Tracing
  } = {},
): Promise<Served> {
  const { now = systemClock, limits = {} } = options
  const verifier = openAssertionVerifier({ secret: testSecret, subgraph: name, now: systemClock })
  const front = openSubgraphFront({
    subgraph,
    verifier,
    log: quiet,
    now,
    pingMs: options.pingMs ?? 10_000,
    tracing: options.tracing ?? null,
  })
  const arrived: { readonly type: string | undefined }[] = []
  const listener = await listen({
    host: '127.0.0.1',
    port: 0,
    log: quiet,
    onRequest(request, response) {
      arrived.push({ type: request.headers['content-type'] })
      return front.handle(request, response)
    },
  })
  const url = `${listener.url}/graphql`
  const transport = openTransport({ subgraph: name, url, limits })
  return {
    url,
    front,
    transport,
    arrived,
    async [Symbol.asyncDispose]() {
      await transport[Symbol.asyncDispose]()
      await front.closeStreams()
      await listener.close(0)
    },
  }
}

/** A transport that signs with the tests' secret. */
export function openTransport(
  options: Partial<HttpTransportOptions> & Pick<HttpTransportOptions, 'url'>,
): Transport & AsyncDisposable {
  return httpTransport({
    subgraph: 'shop',
    asserter: openAsserter({ secret: testSecret, now: systemClock, random: randomBytes }),
    log: quiet,
    now: systemClock,
    ...options,
  })
}

/** A server that answers as a test says, however wrong. */
export async function serveRaw(
  onRequest: (request: IncomingMessage, response: ServerResponse) => Promise<void> | void,
) {
  const listener = await listen({ host: '127.0.0.1', port: 0, log: quiet, onRequest })
  return {
    url: `${listener.url}/graphql`,
    port: listener.port,
    [Symbol.asyncDispose]: () => listener.close(0),
  }
}

export function callOf(operation: string, variables = ''): UpstreamCall {
  const kind = operation.startsWith('mutation')
    ? OperationTypeNode.MUTATION
    : operation.startsWith('subscription')
      ? OperationTypeNode.SUBSCRIPTION
      : OperationTypeNode.QUERY
  return {
    fetch: {
      service: 'shop',
      operation,
      operationName: undefined,
      kind,
      document: parse(operation),
      variableNames: [],
    },
    variables,
    representations: null,
  }
}

export function scopeOf(options: Partial<CallScope> = {}): CallScope {
  return {
    caller: anonymous,
    correlationId: 'test-correlation',
    signal: new AbortController().signal,
    ...options,
  }
}
