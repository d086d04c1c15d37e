/** A whole zone on a database of its own, and a caller for each role: what journeys stand on. @module */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import { parseDid } from '@sez/core/did'
import { corridorId, entityId } from '@sez/core/ids'
import { invariant } from '@sez/core/invariant'
import type { Role } from '@sez/core/roles'
import { seedZone } from '@sez/deploy/seed/seed'
import { startZone } from '@sez/deploy/zone'
import { parseConfig } from '@sez/platform/config'
import type { ZoneIdentity } from '@sez/platform/context'
import { openTestDatabase } from '@sez/platform/database.fixture'
import type { DevelopmentIssuer } from '@sez/platform/dev-issuer'
import type { ZoneKeys } from '@sez/platform/keys'
import { openLog } from '@sez/platform/log'

/** Who asks: roles, and the DID the token is for (a fixed one per first role unless named). */
export interface Who {
  readonly as: readonly Role[]
  readonly did?: string
  readonly entityIds?: readonly string[]
  readonly corridorIds?: readonly string[]
  readonly lifetimeS?: number
}

interface AnswerError {
  readonly message: string
  readonly path?: readonly (string | number)[]
  readonly extensions: {
    readonly code: string
    readonly class: string
    readonly retry: boolean
    readonly field?: string
    readonly details?: Readonly<Record<string, unknown>>
    readonly correlationId: string
  }
}

/** A GraphQL answer. `data` is loose on purpose: a journey asserts on what it asked for. */
export interface Answer {
  readonly status: number
  readonly data: Record<string, never> | null
  readonly errors: readonly AnswerError[]
}

export interface TestZone extends AsyncDisposable {
  readonly url: string
  readonly identity: ZoneIdentity
  /** The zone's own. */
  readonly keys: ZoneKeys
  /** Issues tokens that the zone accepts. */
  readonly issuer: DevelopmentIssuer
  /** A superuser's address of its database. */
  readonly databaseUrl: string
  /** Where its issuer's key and the zone's own are. */
  readonly dataDir: string
  token(who: Who): Promise<string>
  ask(query: string, variables?: Record<string, unknown>, who?: Who): Promise<Answer>
  subscribe(
    query: string,
    variables: Record<string, unknown>,
    who: Who,
  ): AsyncIterableIterator<Answer>
}

const didOf = (who: Who): string =>
  who.did ?? `did:web:${(who.as[0] ?? 'nobody').toLowerCase()}.test`

/** Starts a zone in this process on a fresh copy of the template database. */
export async function openTestZone(
  options: { readonly seed?: boolean; readonly env?: Record<string, string> } = {},
): Promise<TestZone> {
  const stack = new AsyncDisposableStack()
  const database = stack.use(await openTestDatabase())
  const dataDir = mkdtempSync(join(tmpdir(), 'sez-zone-'))
  stack.defer(() => rmSync(dataDir, { recursive: true, force: true }))
  const config = parseConfig({
    SEZ_MODE: 'development',
    SEZ_PORT: '0',
    SEZ_DATA_DIR: dataDir,
    DATABASE_URL: database.url,
    SEZ_LOG_LEVEL: process.env['SEZ_LOG_LEVEL'] ?? 'fatal',
    ...options.env,
  })
  const log = openLog({ level: config.logLevel, pretty: false })
  const zone = stack.use(await startZone(config, { log }))
  if (options.seed === true) await seedZone(zone)
  const { issuer } = zone
  invariant(issuer !== null, 'a development zone issues its tokens')
  const token = (who: Who) =>
    issuer.token({
      sub: parseDid(didOf(who)),
      roles: who.as,
      ...(who.entityIds && { entityIds: who.entityIds.map((id) => entityId(id)) }),
      ...(who.corridorIds && { corridorIds: who.corridorIds.map((id) => corridorId(id)) }),
      ...(who.lifetimeS !== undefined && { lifetimeS: who.lifetimeS }),
    })
  return {
    url: zone.url,
    identity: zone.identity,
    keys: zone.keys,
    issuer,
    databaseUrl: database.url,
    dataDir,
    token,
    async ask(query, variables = {}, who) {
      const response = await fetch(`${zone.url}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(who && { authorization: `Bearer ${await token(who)}` }),
        },
        body: JSON.stringify({ query, variables }),
      })
      const answer = (await response.json()) as Partial<Answer>
      return { status: response.status, data: answer.data ?? null, errors: answer.errors ?? [] }
    },
    subscribe(query, variables, who) {
      const client = createClient({
        url: `${zone.url.replace('http', 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        connectionParams: async () => ({ authorization: `Bearer ${await token(who)}` }),
        retryAttempts: 0,
      })
      stack.defer(() => client.dispose())
      return client.iterate<Record<string, never>>({ query, variables }) as never
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}
