/** Which foreign pages may read answers: those of the origins an operator named, and no others. @module */
import type { IncomingMessage, ServerResponse } from 'node:http'

const readableHeaders = 'etag, retry-after, x-correlation-id'
const sentHeaders = [
  'apollo-require-preflight',
  'authorization',
  'content-type',
  'if-none-match',
  'x-apollo-operation-name',
  'x-correlation-id',
].join(', ')
const preflightKeptS = '600'

/**
 * Marks the answer as readable for the page that asks, if its origin is one of these, and says
 * whether it is. Tokens are sent by the page itself, so credentials are never allowed.
 */
export function grantOrigin(
  origins: ReadonlySet<string>,
  { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
): boolean {
  if (origins.size === 0) return false
  response.setHeader('vary', 'origin')
  const { origin } = request.headers
  if (origin === undefined || !origins.has(origin)) return false
  response.setHeader('access-control-allow-origin', origin)
  response.setHeader('access-control-expose-headers', readableHeaders)
  return true
}

/** Answers what a browser asks before it sends a page's request. */
export function answerPreflight(response: ServerResponse): void {
  response.writeHead(204, {
    'access-control-allow-methods': 'GET, POST',
    'access-control-allow-headers': sentHeaders,
    'access-control-max-age': preflightKeptS,
    'content-length': '0',
  })
  response.end()
}
