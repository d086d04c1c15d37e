/** A small zone for playground tests: a schema, its socket, and a token issuer. @module */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buildSchema, graphql, subscribe, validate } from 'graphql'
import { useServer } from 'graphql-ws/use/ws'
import { WebSocketServer } from 'ws'
import { openPlayground, type PlaygroundExample } from './playground.ts'

export interface FakeZone extends AsyncDisposable {
  readonly url: string
  /** The Authorization of each operation that came over HTTP. */
  readonly authorizations: (string | null)[]
  /** The connection parameters of each socket. */
  readonly connections: unknown[]
}

const schema = buildSchema(`
  "A special economic zone."
  type Query {
    "The corridors of this zone."
    corridors(first: Int): [Corridor!]!
    "Who is asking."
    viewer: Viewer
  }
  type Viewer { did: String roles: [String!]! }
  "A bilateral corridor."
  type Corridor { id: ID! state: String! headSequence: Int! parties: [String!]! }
  type Subscription {
    "Every event of a corridor, in order."
    corridorEvents(corridorId: ID!, after: String): CorridorEvent!
  }
  type CorridorEvent { cursor: String! kind: String! streamSeq: Int! }
`)

export const fakeExamples: readonly PlaygroundExample[] = [
  {
    title: 'Regulator: the corridors and where they stand',
    query:
      'query Corridors($first: Int) {\n  corridors(first: $first) {\n    id\n    state\n    headSequence\n    parties\n  }\n}',
    variables: { first: 3 },
    role: 'REGULATOR',
  },
  {
    title: 'Partner: follow one corridor',
    query:
      'subscription Follow($corridorId: ID!) {\n  corridorEvents(corridorId: $corridorId) {\n    cursor\n    kind\n    streamSeq\n  }\n}',
    variables: { corridorId: 'pak-uae' },
    role: 'PARTNER',
  },
  {
    title: 'Developer: who am I',
    query: 'query Viewer {\n  viewer {\n    did\n    roles\n  }\n}',
    variables: null,
    role: 'CITIZEN',
  },
]

const rootValue = {
  corridors: ({ first = 3 }: { first?: number }) =>
    ['pak-ksa', 'pak-uae', 'pak-chn'].slice(0, first).map((id, index) => ({
      id,
      state: 'ACTIVE',
      headSequence: 33 + index,
      parties: ['PAK', id.slice(4).toUpperCase()],
    })),
  viewer: () => ({ did: 'did:key:z6MkViewer', roles: ['CITIZEN'] }),
  async *corridorEvents() {
    for (let streamSeq = 1; streamSeq <= 5; streamSeq += 1) {
      const event = { cursor: `c${streamSeq}`, kind: 'RECEIPT', streamSeq }
      yield { corridorEvents: event }
    }
  },
}

export async function openFakeZone(options: { readonly dist?: string } = {}): Promise<FakeZone> {
  const authorizations: (string | null)[] = []
  const connections: unknown[] = []
  const playground = openPlayground({
    ...options,
    examples: () => fakeExamples,
    log: { warn: () => undefined },
  })
  const server = createServer((request, response) => {
    if (playground.handle(request, response)) return
    if (request.url?.startsWith('/dev/token') === true) return grant(request, response)
    if (request.url !== '/graphql') return reply(response, 404, { missing: request.url })
    authorizations.push(request.headers.authorization ?? null)
    void execute(request, response)
  })
  const sockets = new WebSocketServer({ server, path: '/graphql' })
  const socketServer = useServer(
    {
      schema,
      roots: { subscription: rootValue },
      validate,
      subscribe,
      onConnect: ({ connectionParams }) => {
        connections.push(connectionParams)
      },
    },
    sockets,
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    authorizations,
    connections,
    async [Symbol.asyncDispose]() {
      await socketServer.dispose()
      server.closeAllConnections()
      server.close()
    },
  }
}

function grant(request: IncomingMessage, response: ServerResponse): void {
  const role = new URL(request.url ?? '/', 'http://zone').searchParams.get('role') ?? ''
  const did = `did:key:z6Mk${role.toLowerCase()}Bh4n1tHzJxkVnUyGgJqYvGqz2n7hK7c3w9pQ`
  reply(response, 200, { token: `token-of-${role}`, did, role, lifetimeS: 3_600 })
}

async function execute(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Uint8Array[] = []
  for await (const chunk of request) chunks.push(chunk as Uint8Array)
  const { query, variables, operationName } = JSON.parse(
    Buffer.concat(chunks).toString('utf8'),
  ) as {
    query: string
    variables: Record<string, unknown> | null
    operationName: string | null
  }
  const result = await graphql({
    schema,
    source: query,
    rootValue,
    variableValues: variables,
    operationName,
  })
  reply(response, 200, result)
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}
