import { request } from 'node:http'
import { once } from 'node:events'
import { until } from '@sez/platform/database.fixture'
import { createClient } from 'graphql-sse'
import { afterEach, describe, expect, test } from 'vitest'
import { type Running, startGateway } from '../gateway.fixture.ts'
import { type Source, source } from '../stream.fixture.ts'
import type { Transport, UpstreamResult } from '../transport/transport.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

type Config = NonNullable<Parameters<typeof startGateway>[0]>

/** A gateway whose opinions subgraph streams what the test pushes, one source per subscription. */
async function opened(options: Config = {}) {
  const sources: Source<UpstreamResult>[] = []
  const opinions: Transport = {
    send: () => Promise.resolve({ data: { me: { id: 'u1' } } }),
    subscribe() {
      const upstream = source<UpstreamResult>()
      sources.push(upstream)
      return Promise.resolve(upstream)
    },
  }
  const running = await startGateway({ transports: { opinions }, ...options })
  closing.push(() => running[Symbol.asyncDispose]())
  return { running, sources }
}

const reviewed = 'subscription { reviewed { id author { name } } }'
const review = (id: string, text = 'u1'): UpstreamResult => ({
  data: { reviewed: { __typename: 'Review', id, author: { __typename: 'User', id: text } } },
})
const asOperator = { authorization: 'Bearer OPERATOR' }

function clientOf(running: Running, singleConnection: boolean, headers = {}) {
  const client = createClient({ url: running.url, singleConnection, headers, retryAttempts: 0 })
  closing.push(() => client.dispose())
  return client
}

interface Reading {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: () => string
  readonly ended: Promise<unknown>
  leave(): void
}

/** An answer that is read as it comes. */
async function read(
  running: Running,
  accept: string,
  options: { readonly query?: string; readonly headers?: object; readonly method?: string } = {},
): Promise<Reading> {
  const { query = reviewed, headers = {}, method = 'POST' } = options
  const sending = request(running.url, {
    method,
    agent: false,
    headers: { accept, 'content-type': 'application/json', ...headers },
  })
  sending.end(JSON.stringify({ query }))
  const [response] = await once(sending, 'response')
  let text = ''
  response.setEncoding('utf8').on('data', (part: string) => (text += part))
  closing.push(() => sending.destroy())
  return {
    status: response.statusCode,
    headers: response.headers,
    text: () => text,
    ended: new Promise((resolve) => response.once('close', resolve)),
    leave: () => sending.destroy(),
  }
}

const apolloMultipart = 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0,application/json'

describe.each([false, true])('graphql-sse’s own client, single connection: %s', (single) => {
  test('hears each event, completed by the rest of the plan, then the end', async () => {
    const { running, sources } = await opened()
    const events = clientOf(running, single).iterate({ query: reviewed })
    const first = events.next()
    await until('it has an upstream', () => sources.length === 1)
    sources[0]?.push(review('r1'))
    expect((await first).value).toEqual({
      data: { reviewed: { id: 'r1', author: { name: 'Ann' } } },
    })
    sources[0]?.push(review('r2', 'u2'))
    expect((await events.next()).value).toMatchObject({ data: { reviewed: { id: 'r2' } } })
    sources[0]?.end()
    expect((await events.next()).done).toBe(true)
  })

  test('that stops closes the upstream at once', async () => {
    const { running, sources } = await opened()
    const events = clientOf(running, single).iterate({ query: reviewed })
    const first = events.next()
    await until('it has an upstream', () => sources.length === 1)
    sources[0]?.push(review('r1'))
    await first
    await events.return?.()
    await until('the upstream is closed', () => sources[0]?.isClosed === true)
    await until('nothing is open', () => single || running.gateway.socketCount === 0)
    expect(sources).toHaveLength(1)
  })

  test('gets queries and coded refusals the same way', async () => {
    const { running } = await opened()
    const client = clientOf(running, single)
    const ask = async (query: string) => (await client.iterate({ query }).next()).value
    expect(await ask('{ book(upc: "p1") { upc } }')).toEqual({ data: { book: { upc: 'p1' } } })
    expect(await ask('subscription { nothing }')).toMatchObject({
      errors: [{ extensions: { code: 'GRAPHQL_INVALID' } }],
    })
  })
})

test('two operations share one reserved connection, and each ends alone', async () => {
  const { running, sources } = await opened()
  const client = clientOf(running, true)
  const one = client.iterate({ query: reviewed })
  const two = client.iterate({ query: reviewed })
  const firsts = [one.next(), two.next()]
  await until('both have an upstream', () => sources.length === 2)
  for (const each of sources) each.push(review('r1'))
  await Promise.all(firsts)
  expect(running.gateway.socketCount).toBe(1)
  await one.return?.()
  await until('one upstream is closed', () => sources.filter((each) => each.isClosed).length === 1)
  sources.find((each) => !each.isClosed)?.push(review('r2', 'u2'))
  expect((await two.next()).value).toMatchObject({ data: { reviewed: { id: 'r2' } } })
})

describe('multipart', () => {
  test('each event is a part, and the end is told', async () => {
    const { running, sources } = await opened()
    const answer = await read(running, apolloMultipart)
    expect(answer.headers['content-type']).toBe(
      'multipart/mixed;boundary="graphql";subscriptionSpec=1.0',
    )
    sources[0]?.push(review('r1'))
    const part =
      '\r\n--graphql\r\ncontent-type: application/json\r\n\r\n' +
      '{"payload":{"data":{"reviewed":{"id":"r1","author":{"name":"Ann"}}}}}'
    await until('the part is there', () => answer.text() === part)
    sources[0]?.end()
    await answer.ended
    expect(answer.text()).toBe(`${part}\r\n--graphql--\r\n`)
  })

  test('a refused operation is a part without payload', async () => {
    const { running } = await opened()
    const answer = await read(running, apolloMultipart, { query: 'subscription { nothing }' })
    await answer.ended
    expect(answer.text()).toContain('{"payload":null,"errors":[{"message":')
    expect(answer.text()).toContain('GRAPHQL_INVALID')
  })

  test('a query of the same client is answered as JSON', async () => {
    const { running } = await opened()
    const response = await running.post(
      { query: '{ book(upc: "p1") { upc } }' },
      { accept: apolloMultipart },
    )
    expect(await response.json()).toEqual({ data: { book: { upc: 'p1' } } })
  })
})

describe.each(['text/event-stream', apolloMultipart])('a stream of %s', (accept) => {
  test('says that it lives while nothing happens', async () => {
    const { running } = await opened({ config: { pingMs: 5 } })
    const answer = await read(running, accept)
    const pings = (): number => answer.text().split(/\n:|\r\n\{\}/u).length
    await until('it has heard some', () => pings() > 3)
    expect(answer.text()).not.toContain('payload')
  })

  test('ends when the gateway closes its sockets', async () => {
    const { running, sources } = await opened()
    const answer = await read(running, accept)
    await running.gateway.closeSockets()
    await answer.ended
    expect(answer.text()).toMatch(/(?:event: complete\ndata: \n\n|--graphql--\r\n)$/u)
    await until('the upstream is closed', () => sources[0]?.isClosed === true)
  })

  test('TOKEN_EXPIRED ends it with the token', async () => {
    const start = Date.now()
    const clock = { now: new Date(start) }
    const { running } = await opened({ now: () => clock.now })
    // The clock skew of a minute has all but passed.
    const authorization = `Bearer OPERATOR@${start - 60_000 + 50}`
    const answer = await read(running, accept, { headers: { authorization } })
    clock.now = new Date(start + 60)
    await answer.ended
    expect(answer.text()).toContain('TOKEN_EXPIRED')
  })

  test('who leaves is forgotten at once', async () => {
    const { running, sources } = await opened()
    const answer = await read(running, accept)
    answer.leave()
    await until('the upstream is closed', () => sources[0]?.isClosed === true)
    await until('nothing is counted', () => running.gateway.socketCount === 0)
    expect(sources).toHaveLength(1)
  })

  test('TOO_MANY_SOCKETS beyond a caller’s share, which every kind of connection uses', async () => {
    const { running } = await opened({ config: { socketsPerCallerMax: 1 } })
    const first = await read(running, accept, { headers: asOperator })
    const second = await read(running, accept, { headers: asOperator })
    await second.ended
    expect([second.status, second.text()]).toEqual([
      429,
      expect.stringContaining('TOO_MANY_SOCKETS'),
    ])
    const other = await read(running, accept)
    expect(other.status).toBe(200)
    first.leave()
    await until('there is room again', async () => {
      const again = await read(running, accept, { headers: asOperator })
      again.leave()
      return again.status === 200
    })
  })

  test('one who reads nothing is cut, and holds little until then', async () => {
    const { running, sources } = await opened({ config: { stallMs: 200 } })
    const sending = request(running.url, {
      method: 'POST',
      agent: false,
      headers: { accept, 'content-type': 'application/json' },
    })
    closing.push(() => sending.destroy())
    sending.end(JSON.stringify({ query: reviewed }))
    const [response] = await once(sending, 'response')
    response.pause()
    const long = 'x'.repeat(100_000)
    for (let index = 0; index < 200; index += 1) sources[0]?.push(review(long))
    await until('it is cut', () => running.gateway.socketCount === 0)
    expect(sources[0]?.queued).toBeGreaterThan(50)
    expect(sources[0]?.isClosed).toBe(true)
  })
})

describe('a reserved stream', () => {
  const reserve = async (running: Running, headers = {}): Promise<string> => {
    const response = await fetch(running.url, { method: 'PUT', headers })
    expect(response.status).toBe(201)
    return response.text()
  }
  const codeOf = async (response: Response) =>
    ((await response.json()) as { errors: { extensions: { code: string } }[] }).errors[0]
      ?.extensions.code
  const named = (token: string) => ({ 'x-graphql-event-stream-token': token })

  test('STREAM_UNKNOWN for a token of nobody or of somebody else', async () => {
    const { running } = await opened()
    const token = await reserve(running, asOperator)
    for (const headers of [named('nothing'), named(token)]) {
      for (const method of ['GET', 'DELETE']) {
        const response = await fetch(running.url, { method, headers })
        expect([response.status, await codeOf(response)]).toEqual([404, 'STREAM_UNKNOWN'])
      }
      const body = { query: reviewed, extensions: { operationId: '1' } }
      expect(await codeOf(await running.post(body, headers))).toBe('STREAM_UNKNOWN')
    }
  })

  test('STREAM_TAKEN for a second reader', async () => {
    const { running } = await opened()
    const token = await reserve(running)
    const first = await fetch(`${running.url}?token=${token}`)
    expect(first.status).toBe(200)
    expect(await codeOf(await fetch(running.url, { headers: named(token) }))).toBe('STREAM_TAKEN')
    await first.body?.cancel()
  })

  test.for([undefined, '', 7, 'x'.repeat(201)])('REQUEST_INVALID for operation %s', async (id) => {
    const { running } = await opened()
    const token = await reserve(running)
    const body = { query: reviewed, extensions: { operationId: id } }
    expect(await codeOf(await running.post(body, named(token)))).toBe('REQUEST_INVALID')
  })

  test('REQUEST_INVALID for an id at work, TOO_MANY_SUBSCRIPTIONS beyond its share', async () => {
    const { running } = await opened({
      config: { anonymousRate: { perS: 1_000, burst: 1_000 } },
    })
    const token = await reserve(running)
    const stream = await fetch(running.url, { headers: named(token) })
    const add = (operationId: string) =>
      running.post({ query: reviewed, extensions: { operationId } }, named(token))
    expect((await add('0')).status).toBe(202)
    expect(await codeOf(await add('0'))).toBe('REQUEST_INVALID')
    for (let index = 1; index < 50; index += 1) expect((await add(`${index}`)).status).toBe(202)
    expect(await codeOf(await add('50'))).toBe('TOO_MANY_SUBSCRIPTIONS')
    await stream.body?.cancel()
  })

  test('is free again when nobody opens it', async () => {
    const { running } = await opened({ config: { initMs: 10, socketsPerCallerMax: 1 } })
    expect(await reserve(running, asOperator)).toMatch(/^[\w-]{32}$/u)
    await until('another can be had', async () => {
      const { status } = await fetch(running.url, { method: 'PUT', headers: asOperator })
      return status === 201
    })
  })
})

test('a foreign page opens nothing', async () => {
  const { running } = await opened()
  const headers = { accept: 'text/event-stream', 'sec-fetch-site': 'cross-site' }
  for (const method of ['GET', 'PUT', 'DELETE']) {
    const response = await fetch(`${running.url}?query=${encodeURIComponent(reviewed)}`, {
      method,
      headers,
    })
    expect([method, response.status]).toEqual([method, 400])
  }
})

test('a mutation is not asked for by GET, whatever reads the answer', async () => {
  const { running } = await opened()
  const search = new URLSearchParams({ query: 'mutation { nothing }' })
  const response = await fetch(`${running.url}?${search.toString()}`, {
    headers: { accept: 'text/event-stream' },
  })
  expect(response.status).toBe(405)
})
