/** Tells a GET answer that its client has already from one it has not. @module */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { digestOfBytes } from '@sez/core/digest'

/**
 * Gives the answer its `etag`; answers 304 and says true where the client holds these very bytes.
 * What is answered depends on who asks, so no shared cache may keep it.
 */
export function isKnownTo(
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
): boolean {
  const tag = `"${digestOfBytes(body).slice(0, 32)}"`
  const held = (request.headers['if-none-match'] ?? '').split(',').map((part) => part.trim())
  const headers = { etag: tag, 'cache-control': 'private, no-cache' }
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  response.appendHeader('vary', 'accept, authorization')
  if (!held.includes(tag) && !held.includes(`W/${tag}`)) return false
  response.writeHead(304)
  response.end()
  return true
}
