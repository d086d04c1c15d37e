/** What other people's graphs answer about themselves. @module */
import { SezError } from '@sez/core/errors'

const timeoutMs = 10_000
const answerBytesMax = 16 * 1024 * 1024

/**
 * The text at an address.
 *
 * @throws {SezError} `UPSTREAM_FAILED` that names the host, never more of the address.
 */
export async function fetchText(address: string, init: RequestInit = {}): Promise<string> {
  const host = URL.parse(address)?.host ?? 'an unknown host'
  try {
    const signal = AbortSignal.timeout(timeoutMs)
    const response = await fetch(address, { ...init, signal, redirect: 'error' })
    if (!response.ok) throw failed(host, `it answers ${response.status}`)
    const parts: Uint8Array[] = []
    let bytes = 0
    for await (const part of response.body ?? []) {
      bytes += part.byteLength
      if (bytes > answerBytesMax) throw failed(host, `it answers more than ${answerBytesMax} bytes`)
      parts.push(part)
    }
    return Buffer.concat(parts).toString('utf8')
  } catch (cause) {
    if (cause instanceof SezError) throw cause
    throw failed(host, 'it cannot be reached', cause)
  }
}

/**
 * The data that a graph answers to a query.
 *
 * @throws {SezError} `UPSTREAM_FAILED`.
 */
export async function askGraph(address: string, query: string): Promise<object> {
  const text = await fetchText(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ query }),
  })
  const data = dataIn(text)
  if (typeof data === 'object' && data !== null) return data
  throw failed(
    URL.parse(address)?.host ?? '',
    'it answers no data; it may refuse to tell its schema',
  )
}

function dataIn(text: string): unknown {
  try {
    const { data }: { data?: unknown } = Object(JSON.parse(text))
    return data
  } catch {
    return null
  }
}

function failed(host: string, reason: string, cause?: unknown): SezError {
  const message = `${host} does not tell its graph: ${reason}. Check the address.`
  return new SezError('UPSTREAM_FAILED', { host }, { message, cause })
}
