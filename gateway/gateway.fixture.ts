/** A gateway over the test supergraph, listening on a free port. @module */
import { parseDid } from '@sez/core/did'
import { SezError } from '@sez/core/errors'
import { isRole, type Role } from '@sez/core/roles'
import { anonymous, type Caller } from '@sez/platform/context'
import { listen } from '@sez/platform/http'
import { type Logger, openLog } from '@sez/platform/log'
import type { Registry } from '@sez/platform/metrics'
import { compose, type Recorded, schemaTransport, type Service } from './federation.fixture.ts'
import {
  type Gateway,
  type GatewayConfig,
  type GatewayOptions,
  graphqlPath,
  openGateway,
} from './gateway.ts'
import { shop } from './shop.fixture.ts'
import type { Transport } from './transport/transport.ts'

export const testDid = 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK'

/** Tokens of these tests: `ROLE,ROLE` or `ROLE@<expiry in ms>`; `bad` is refused. */
export const testAuthenticator = {
  async callerOf(authorization: string | null): Promise<Caller> {
    if (authorization === null) return anonymous
    const token = authorization.replace(/^bearer /iu, '')
    if (token === 'bad') throw new SezError('TOKEN_INVALID', { reason: 'signature' })
    const [names = '', expiry] = token.split('@')
    const roles = names.split(',').filter((name): name is Role => isRole(name))
    const expiresAt = expiry === undefined ? null : new Date(Number(expiry))
    return { ...anonymous, did: parseDid(testDid), roles: new Set(roles), expiresAt }
  },
}

export interface Running extends AsyncDisposable {
  readonly gateway: Gateway
  readonly url: string
  readonly socketUrl: string
  readonly calls: Recorded[]
  readonly logged: string[]
  post(body: unknown, headers?: Record<string, string>): Promise<Response>
}

export async function startGateway(
  options: {
    readonly services?: readonly Service[]
    readonly transports?: Readonly<Record<string, Transport>>
    readonly config?: Partial<GatewayConfig>
    readonly now?: () => Date
    readonly authenticator?: typeof testAuthenticator
    readonly registry?: Registry
    readonly tracing?: GatewayOptions['tracing']
    /** Given, the log also holds lines of level info. */
    readonly access?: GatewayOptions['access']
  } = {},
): Promise<Running> {
  const federation = compose(options.services ?? shop)
  const calls: Recorded[] = []
  const subgraphs = new Map<string, Transport>()
  for (const [name, schema] of federation.schemas) {
    subgraphs.set(name, options.transports?.[name] ?? schemaTransport(schema, calls))
  }
  const logged: string[] = []
  const log: Logger = openLog({
    level: options.access === undefined ? 'warn' : 'info',
    pretty: false,
    stream: { write: (line) => logged.push(line) },
  })
  const gateway = await openGateway({
    supergraphSdl: federation.supergraphSdl,
    subgraphs,
    authenticator: options.authenticator ?? testAuthenticator,
    config: {
      introspection: true,
      batching: true,
      anonymousRate: { perS: 10_000, burst: 10_000 },
      ...options.config,
    },
    log,
    now: options.now ?? (() => new Date()),
    ...(options.registry && { registry: options.registry }),
    ...(options.access && { access: options.access }),
    ...(options.tracing && { tracing: options.tracing }),
  })
  const server = await listen({
    host: '127.0.0.1',
    port: 0,
    onRequest: (request, response) => gateway.handle(request, response),
    onUpgrade: (request, socket, head) => gateway.upgrade(request, socket, head),
    log,
  })
  const url = `${server.url}${graphqlPath}`
  return {
    gateway,
    url,
    socketUrl: url.replace('http', 'ws'),
    calls,
    logged,
    post: (body, headers = {}) =>
      fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]()
      await server.close(0)
    },
  }
}
