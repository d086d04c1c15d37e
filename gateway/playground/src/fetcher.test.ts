import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { buildSchema, subscribe, validate } from 'graphql'
import { useServer } from 'graphql-ws/use/ws'
import { expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { openFetcher } from './fetcher.ts'
import { anonymousRole } from './roles.ts'
import type { Session } from './session.ts'

function sessionOf(role: string): Session & { role: string; renewals: number } {
  const session = {
    role,
    renewals: 0,
    current: () => ({ role: session.role, did: null, problem: null }),
    choose: (next: string) => void (session.role = next),
    authorization: () =>
      Promise.resolve(
        session.role === anonymousRole ? null : `Bearer ${session.role}-${session.renewals}`,
      ),
    renew: () => void (session.renewals += 1),
    follow: () => () => undefined,
  }
  return session
}

function posting(session: Session, answers: unknown[] = [{ data: {} }]) {
  const sent: { headers: Headers; body: unknown }[] = []
  const fetcher = openFetcher({
    url: '/graphql',
    socketUrl: 'ws://127.0.0.1:1/graphql',
    session,
    fetch: (_url, init) => {
      const body: unknown = typeof init?.body === 'string' ? JSON.parse(init.body) : null
      sent.push({ headers: new Headers(init?.headers), body })
      return Promise.resolve(Response.json(answers[sent.length - 1] ?? answers.at(-1)))
    },
  })
  return { sent, fetcher }
}

test('a query is posted with the token of the role', async () => {
  const { sent, fetcher } = posting(sessionOf('TAX'))
  expect(await fetcher({ query: '{ a }', variables: { b: 1 } })).toEqual({ data: {} })
  expect(sent[0]?.headers.get('authorization')).toBe('Bearer TAX-0')
  expect(sent[0]?.body).toEqual({ query: '{ a }', operationName: null, variables: { b: 1 } })
})

test('a typed Authorization wins over the role', async () => {
  const { sent, fetcher } = posting(sessionOf('TAX'))
  await fetcher({ query: '{ a }' }, { headers: { Authorization: 'Bearer mine' } })
  expect(sent[0]?.headers.get('authorization')).toBe('Bearer mine')
})

test('the anonymous role sends no Authorization', async () => {
  const { sent, fetcher } = posting(sessionOf(anonymousRole))
  await fetcher({ query: 'not graphql' })
  expect(sent[0]?.headers.has('authorization')).toBe(false)
})

test('a name of the text before is replaced by that of the only operation', async () => {
  const { sent, fetcher } = posting(sessionOf('TAX'))
  await fetcher({ query: 'query New { a }', operationName: 'Old' })
  await fetcher({ query: '{ a }', operationName: 'Old' })
  await fetcher({ query: 'query A { a } query B { a }', operationName: 'B' })
  await fetcher({ query: 'query A { a } query B { a }', operationName: 'Old' })
  expect(sent.map(({ body }) => body)).toEqual([
    expect.objectContaining({ operationName: 'New' }),
    expect.objectContaining({ operationName: null }),
    expect.objectContaining({ operationName: 'B' }),
    expect.objectContaining({ operationName: 'Old' }),
  ])
})

test('TOKEN_EXPIRED is answered once with a new token', async () => {
  const session = sessionOf('TAX')
  const expired = { errors: [{ message: 'old', extensions: { code: 'TOKEN_EXPIRED' } }] }
  const { sent, fetcher } = posting(session, [expired, { data: { a: 1 } }])
  expect(await fetcher({ query: '{ a }' })).toEqual({ data: { a: 1 } })
  expect(sent.map(({ headers }) => headers.get('authorization'))).toEqual([
    'Bearer TAX-0',
    'Bearer TAX-1',
  ])
  const { sent: twice, fetcher: stubborn } = posting(session, [expired])
  expect(await stubborn({ query: '{ a }' })).toEqual(expired)
  expect(twice.length).toBe(2)
})

test('a subscription streams over one socket for each role', async () => {
  const connections: unknown[] = []
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', path: '/graphql' })
  const zone = useServer(
    {
      schema: buildSchema('type Query { a: Int } type Subscription { count: Int }'),
      roots: {
        subscription: {
          async *count() {
            yield { count: 1 }
            yield { count: 2 }
          },
        },
      },
      validate,
      subscribe,
      onConnect: ({ connectionParams }) => void connections.push(connectionParams),
    },
    server,
  )
  await once(server, 'listening')
  const session = sessionOf('PARTNER')
  const fetcher = openFetcher({
    url: '/graphql',
    socketUrl: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    session,
    fetch,
    webSocketImpl: WebSocket,
  })
  const collect = async () => {
    const stream = (await fetcher({ query: 'subscription S { count }' })) as AsyncIterable<unknown>
    const results: unknown[] = []
    for await (const result of stream) results.push(result)
    return results
  }
  expect(await collect()).toEqual([{ data: { count: 1 } }, { data: { count: 2 } }])
  session.choose('REGULATOR')
  await collect()
  expect(connections).toEqual([
    { authorization: 'Bearer PARTNER-0' },
    { authorization: 'Bearer REGULATOR-0' },
  ])
  await zone.dispose()
  server.close()
})
