/** How GraphiQL's requests leave: POST for one answer, graphql-ws for a stream. @module */
import type { Fetcher, FetcherOpts, FetcherParams } from '@graphiql/toolkit'
import { Kind, type OperationDefinitionNode, OperationTypeNode, parse } from 'graphql'
import { type Client, type ClientOptions, createClient, type ExecutionResult } from 'graphql-ws'
import type { Session } from './session.ts'

/**
 * A fetcher that acts as the session's role. A header the developer typed wins over it.
 *
 * A change of role closes the socket, because its connection was opened as somebody else.
 */
export function openFetcher(options: {
  readonly url: string
  readonly socketUrl: string
  readonly session: Session
  readonly fetch: typeof globalThis.fetch
  readonly webSocketImpl?: unknown
}): Fetcher {
  let client: { readonly key: string; readonly client: Client } | null = null

  const socket = (headers: Readonly<Record<string, string>>): Client => {
    const key = JSON.stringify([options.session.current().role, headers])
    if (client?.key === key) return client.client
    void client?.client.dispose()
    const opened = openSocket(options, headers)
    client = { key, client: opened }
    return opened
  }

  return (params: FetcherParams, fetcherOptions?: FetcherOpts) => {
    const headers = textHeaders(fetcherOptions?.headers)
    if (isSubscription(params)) return socket(headers).iterate(requestOf(params)) as Stream
    return post(options, requestOf(params), headers)
  }
}

type Stream = AsyncIterableIterator<ExecutionResult>

interface GraphQLRequest {
  readonly query: string
  readonly operationName: string | null
  readonly variables: Record<string, unknown> | null
}

function openSocket(
  options: {
    readonly socketUrl: string
    readonly session: Session
    readonly webSocketImpl?: unknown
  },
  headers: Readonly<Record<string, string>>,
): Client {
  const clientOptions: ClientOptions = {
    url: options.socketUrl,
    webSocketImpl: options.webSocketImpl,
    connectionParams: async () => {
      const authorization = await options.session.authorization()
      return { ...(authorization === null ? {} : { authorization }), ...headers }
    },
  }
  return createClient(clientOptions)
}

async function post(
  options: { readonly url: string; readonly session: Session; readonly fetch: typeof fetch },
  body: GraphQLRequest,
  headers: Readonly<Record<string, string>>,
): Promise<ExecutionResult> {
  const result = await postOnce(options, body, headers)
  if (!isExpired(result)) return result
  // The zone's clock decides when a token has run out, and a paused laptop can miss that moment.
  options.session.renew()
  return postOnce(options, body, headers)
}

async function postOnce(
  options: { readonly url: string; readonly session: Session; readonly fetch: typeof fetch },
  body: GraphQLRequest,
  headers: Readonly<Record<string, string>>,
): Promise<ExecutionResult> {
  const authorization = await options.session.authorization()
  const response = await options.fetch(options.url, {
    method: 'POST',
    headers: {
      accept: 'application/graphql-response+json, application/json;q=0.9',
      'content-type': 'application/json',
      ...(authorization === null ? {} : { authorization }),
      ...headers,
    },
    body: JSON.stringify(body),
  })
  const result: ExecutionResult = await response.json()
  return result
}

function requestOf(params: FetcherParams): GraphQLRequest {
  return {
    query: params.query,
    operationName: operationNameOf(params),
    variables: params.variables ?? null,
  }
}

/**
 * The operation to run. The editor tells its operations a moment after its text, so one who is quick
 * would ask for the operation that was there before.
 */
function operationNameOf({ query, operationName }: FetcherParams): string | null {
  const names = operationsOf(query).map(({ name }) => name?.value ?? null)
  const wanted = operationName ?? null
  return names.length === 1 && !names.includes(wanted) ? (names[0] ?? null) : wanted
}

function isSubscription(params: FetcherParams): boolean {
  const wanted = operationNameOf(params)
  const operations = operationsOf(params.query)
  const found =
    wanted === null ? operations[0] : operations.find(({ name }) => name?.value === wanted)
  return found?.operation === OperationTypeNode.SUBSCRIPTION
}

/** None for text that does not parse: the gateway's own answer names the mistake. */
function operationsOf(query: string): readonly OperationDefinitionNode[] {
  try {
    return parse(query).definitions.filter(
      (definition) => definition.kind === Kind.OPERATION_DEFINITION,
    )
  } catch {
    return []
  }
}

function isExpired(result: ExecutionResult): boolean {
  return result.errors?.some(({ extensions }) => extensions?.['code'] === 'TOKEN_EXPIRED') ?? false
}

/** Header names in lower case, so that a typed `Authorization` replaces the session's. */
function textHeaders(headers: Readonly<Record<string, unknown>> = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
  )
}
