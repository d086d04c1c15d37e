/** One handler behind a real listener, and requests with whatever headers a stranger may send. @module */
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { type OnRequest, listen } from '@sez/platform/http'
import { openLog } from '@sez/platform/log'

/** What came back; `body` is parsed where it is JSON. */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: unknown
  /** The code of the refusal, or null. */
  readonly code: string | null
}

export interface TestListener extends AsyncDisposable {
  readonly port: number
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Reply>
}

export async function openTestListener(onRequest: OnRequest): Promise<TestListener> {
  const log = openLog({ level: 'silent', pretty: false })
  const listener = await listen({ host: '127.0.0.1', port: 0, onRequest, log })
  return {
    port: listener.port,
    get: (path, headers = {}) => get(listener.port, path, headers),
    [Symbol.asyncDispose]: () => listener.close(),
  }
}

/** fetch() would set Host and Origin itself, and make every path a proper one. */
async function get(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<Reply> {
  const asking = request({ host: '127.0.0.1', port, path, headers, agent: false }).end()
  const [response] = (await once(asking, 'response')) as [IncomingMessage]
  const raw = await text(response)
  const isJson = response.headers['content-type']?.startsWith('application/json') === true
  const body: unknown = isJson ? JSON.parse(raw) : raw
  const code: string | null = Object(body).errors?.[0]?.extensions?.code ?? null
  return { status: response.statusCode ?? 0, headers: response.headers, body, code }
}
