/** GraphQL over HTTP: what arrives, checked for its form alone. @module */
import type { IncomingMessage } from 'node:http'
import { SezError } from '@sez/core/errors'
import { jsonOf } from '@sez/platform/body'
import { jsonDepthMax } from '@sez/platform/limits'
import type { Variables } from '../plan/operation.ts'
import { isDataObject, own } from '../plan/merge.ts'

/** A request as it came; its document may be named by `extensions` alone. */
export interface GraphqlRequest {
  readonly query: string | null
  readonly operationName: string | undefined
  readonly variables: Variables
  readonly extensions: Readonly<Record<string, unknown>>
}

/**
 * A GraphQL request from JSON: `query`, `operationName`, `variables`, `extensions`, each optional.
 *
 * @throws {SezError} `REQUEST_INVALID` naming the field at fault.
 */
export function parseRequest(value: unknown): GraphqlRequest {
  if (!isDataObject(value)) throw new SezError('REQUEST_INVALID', { field: 'body' })
  const query = own(value, 'query') ?? null
  if (query !== null && (typeof query !== 'string' || query === '')) {
    throw new SezError('REQUEST_INVALID', { field: 'query' })
  }
  const operationName = own(value, 'operationName') ?? undefined
  if (operationName !== undefined && typeof operationName !== 'string') {
    throw new SezError('REQUEST_INVALID', { field: 'operationName' })
  }
  const variables = own(value, 'variables') ?? {}
  if (!isDataObject(variables) || isDeeperThan(variables, jsonDepthMax)) {
    throw new SezError('REQUEST_INVALID', { field: 'variables' })
  }
  const extensions = own(value, 'extensions') ?? {}
  if (!isDataObject(extensions)) throw new SezError('REQUEST_INVALID', { field: 'extensions' })
  const name = operationName === '' ? undefined : operationName
  return { query, operationName: name, variables, extensions }
}

/**
 * Whether a value nests beyond what later steps, which recurse, can be given. Goes level by level
 * itself, so that no depth can exhaust the stack.
 */
function isDeeperThan(value: object, depthMax: number): boolean {
  let level: object[] = [value]
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > depthMax) return true
    level = level.flatMap((parent) =>
      Object.values(parent).filter(
        (child): child is object => typeof child === 'object' && child !== null,
      ),
    )
  }
  return false
}

/**
 * A query from the address of a GET.
 *
 * @throws {SezError} `REQUEST_INVALID` naming the field at fault, `BODY_NOT_JSON` for its variables.
 */
export function parseQueryString(search: URLSearchParams): GraphqlRequest {
  const text = (name: string): string | undefined => search.get(name) ?? undefined
  const json = (name: string): unknown => {
    const value = text(name)
    return value === undefined || value === '' ? undefined : jsonOf(value)
  }
  return parseRequest({
    query: text('query'),
    operationName: text('operationName'),
    variables: json('variables'),
    extensions: json('extensions'),
  })
}

/** The query of the address. Only the first question mark parts it; one in a value may stand as is. */
export function searchOf(request: IncomingMessage): URLSearchParams {
  return new URLSearchParams(/\?(.*)$/su.exec(request.url ?? '')?.[1] ?? '')
}

/** The token of a reserved stream, in a header or (an EventSource sends none) in the address. */
export function streamTokenOf(request: IncomingMessage): string | null {
  const header = request.headers['x-graphql-event-stream-token']
  if (typeof header === 'string') return header
  return request.method === 'GET' ? searchOf(request).get('token') : null
}

/** @throws {SezError} `CONTENT_TYPE_UNSUPPORTED` for anything but JSON in UTF-8. */
export function requireJson(request: IncomingMessage): void {
  const [type = '', ...parameters] = (request.headers['content-type'] ?? '')
    .split(';')
    .map((part) => part.trim().toLowerCase())
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))
  const isUtf8 = charset === undefined || /^charset="?utf-?8"?$/u.test(charset)
  if (type !== 'application/json' || !isUtf8) throw new SezError('CONTENT_TYPE_UNSUPPORTED')
}

/**
 * Refuses what a browser says a foreign page made it send. A JSON content type or one of our headers
 * is let pass, since the browser asks before it sends those, and we grant no foreign page anything.
 * A browser too old to say so gives nothing away: tokens never travel by themselves, as cookies do,
 * so what its page has it send is an anonymous query whose answer the page may not read.
 *
 * @throws {SezError} `PREFLIGHT_REQUIRED`.
 */
export function requirePreflight(
  { headers }: IncomingMessage,
  corsOrigins: ReadonlySet<string>,
): void {
  if (corsOrigins.has(headers.origin ?? '')) return
  const isAsked =
    headers['apollo-require-preflight'] !== undefined ||
    headers['x-apollo-operation-name'] !== undefined ||
    (headers['content-type'] ?? '').toLowerCase().startsWith('application/json')
  const site = headers['sec-fetch-site']
  const isForeign =
    (site !== undefined && site !== 'same-origin' && site !== 'none') ||
    (headers.origin !== undefined && URL.parse(headers.origin)?.host !== headers.host)
  if (isForeign && !isAsked) throw new SezError('PREFLIGHT_REQUIRED')
}
