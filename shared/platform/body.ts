/** Reads a request's body within limits of size and time, as UTF-8 and as JSON. @module */
import type { IncomingMessage } from 'node:http'
import { SezError } from '@sez/core/errors'
import { requestBodyBytesMax, requestBodyTimeoutMs } from './limits.ts'

export interface BodyLimits {
  readonly bytesMax?: number
  /** From the call to the last byte. */
  readonly timeoutMs?: number
}

/**
 * The whole body. A longer one is refused at the byte that exceeds, or at once where its declared
 * length does; the rest is not kept.
 *
 * @throws {SezError} `BODY_TOO_LARGE`, `REQUEST_TIMEOUT`, `REQUEST_ABORTED` when the client leaves.
 */
export function readBody(request: IncomingMessage, limits: BodyLimits = {}): Promise<Buffer> {
  const { bytesMax = requestBodyBytesMax, timeoutMs = requestBodyTimeoutMs } = limits
  const tooLarge = new SezError('BODY_TOO_LARGE', { bytesMax })
  if (Number(request.headers['content-length'] ?? 0) > bytesMax) {
    request.resume()
    return Promise.reject(tooLarge)
  }
  const body = Promise.withResolvers<Buffer>()
  const chunks: Buffer[] = []
  let bytes = 0
  const onData = (chunk: Buffer): void => {
    bytes += chunk.byteLength
    if (bytes > bytesMax) finish(() => body.reject(tooLarge))
    else chunks.push(chunk)
  }
  const onEnd = (): void => finish(() => body.resolve(Buffer.concat(chunks, bytes)))
  const onClose = (): void => finish(() => body.reject(new SezError('REQUEST_ABORTED')))
  const timer = setTimeout(
    () => finish(() => body.reject(new SezError('REQUEST_TIMEOUT', { timeoutMs }))),
    timeoutMs,
  )
  const finish = (settle: () => void): void => {
    clearTimeout(timer)
    request.off('data', onData).off('end', onEnd).off('close', onClose)
    settle()
  }
  request.on('data', onData).on('end', onEnd).on('close', onClose)
  // A broken connection is told by close; without a listener here it would end the process.
  request.on('error', () => undefined)
  return body.promise
}

/**
 * The body as text.
 *
 * @throws {SezError} as {@link readBody}, else `BODY_NOT_UTF8`.
 */
export async function readText(request: IncomingMessage, limits?: BodyLimits): Promise<string> {
  return textOf(await readBody(request, limits))
}

/**
 * The body as JSON, for GraphQL requests: signed documents travel in it as text.
 *
 * @throws {SezError} as {@link readText}, else `BODY_NOT_JSON`.
 */
export async function readJson(request: IncomingMessage, limits?: BodyLimits): Promise<unknown> {
  return jsonOf(await readText(request, limits))
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** @throws {SezError} `BODY_NOT_UTF8`. */
export function textOf(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch (cause) {
    throw new SezError('BODY_NOT_UTF8', {}, { cause })
  }
}

/** @throws {SezError} `BODY_NOT_JSON`. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's message quotes the body, which may hold secrets: it is not kept.
    throw new SezError('BODY_NOT_JSON')
  }
}
