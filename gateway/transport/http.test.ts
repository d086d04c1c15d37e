import type { ServerResponse } from 'node:http'
import { SezError } from '@sez/core/errors'
import { invariant } from '@sez/core/invariant'
import { randomBytes, systemClock } from '@sez/platform/clock'
import { anonymous } from '@sez/platform/context'
import { refusalOf, until } from '@sez/platform/database.fixture'
import type { RequestScope } from '@sez/platform/operations'
import { openTestTracing } from '@sez/platform/tracing.fixture'
import { expect, test } from 'vitest'
import { compose, harness, monolith, plain, runMonolith } from '../federation.fixture.ts'
import { mutations, shop } from '../shop.fixture.ts'
import { collected } from '../stream.fixture.ts'
import { openBreaker } from './breaker.ts'
import {
  callOf,
  openTransport,
  quiet,
  schemaSubgraph,
  scopeOf,
  type Served,
  serveRaw,
  serveSubgraph,
  testSecret,
} from './http.fixture.ts'
import { fetchSubgraphSdl } from './sdl.ts'

const graph = compose(shop)

async function served() {
  const stack = new AsyncDisposableStack()
  const all: Record<string, Served> = {}
  for (const [name, schema] of graph.schemas) {
    all[name] = stack.use(await serveSubgraph(name, schemaSubgraph(schema)))
  }
  const transports = Object.fromEntries(Object.entries(all).map(([k, v]) => [k, v.transport]))
  return { all, ...harness(graph, transports), [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

test('a plan over three subgraphs answers over HTTP as one schema would', async () => {
  await using zone = await served()
  const query = `{ products(first: 3) { upc name ... on Book { reviews { id author { id name visits } } shipping stock { at } } } }`
  const expected = await runMonolith(monolith(graph, shop), query)
  expect(await zone.run(query)).toEqual(expected)
})

test('mutations and errors cross', async () => {
  await using zone = await served()
  mutations.length = 0
  expect(await zone.run('mutation { a: note b: count }')).toEqual({ data: { a: 1, b: 2 } })
  const { data, errors } = await zone.run('{ fails products(first: 1) { upc } }')
  expect(data).toEqual({ fails: null, products: [{ upc: 'p1' }] })
  expect(errors?.[0]).toMatchObject({ message: 'Cannot say', path: ['fails'] })
})

test('a subscription crosses, with the rest of its plan per event', async () => {
  await using zone = await served()
  const stream = await zone.subscribe(
    'subscription { reviewed(count: 2) { id author { visits } } }',
  )
  expect(await collected(stream, plain)).toEqual([
    { data: { reviewed: { id: 'r1', author: { visits: 7 } } } },
    { data: { reviewed: { id: 'r2', author: { visits: 7 } } } },
  ])
})

test('queries of one turn are one POST, a mutation has its own', async () => {
  await using zone = await served()
  const catalogue = zone.all['catalogue']
  const send = (operation: string) => catalogue?.transport.send(callOf(operation), scopeOf())
  await Promise.all([
    send('{ product(upc: "p1") { name } }'),
    send('{ product(upc: "p2") { name } }'),
    send('mutation { count }'),
  ])
  expect(catalogue?.arrived.map(({ type }) => type).toSorted()).toEqual([
    'application/json',
    'application/x-ndjson',
  ])
})

const answerType = { 'content-type': 'application/graphql-response+json' }

test('equal unsent queries of one caller are one request, and each gets an answer of its own', async () => {
  await using zone = await served()
  const catalogue = zone.all['catalogue']
  invariant(catalogue, 'the catalogue is served')
  const ask = (caller = anonymous) =>
    catalogue.transport.send(callOf('{ product(upc: "p1") { name } }'), scopeOf({ caller }))
  const [one, two] = await Promise.all([ask(), ask()])
  expect(one).toEqual(two)
  expect(one).not.toBe(two)
  expect(one.data).not.toBe(two.data)
  expect(catalogue.arrived.map(({ type }) => type)).toEqual(['application/json'])
  await Promise.all([ask(), ask({ ...anonymous })])
  expect(catalogue.arrived.at(-1)?.type).toBe('application/x-ndjson')
})

test('a query asked while an equal one is under way is asked again', async () => {
  const answers: ServerResponse[] = []
  await using server = await serveRaw((_request, response) => {
    answers.push(response)
  })
  await using transport = openTransport({ url: server.url })
  const work = [transport.send(callOf('{ a }'), scopeOf())]
  await until('the first arrived', () => answers.length === 1)
  work.push(transport.send(callOf('{ a }'), scopeOf()))
  await until('the second arrived', () => answers.length === 2)
  for (const [n, response] of answers.entries()) {
    response.writeHead(200, answerType).end(JSON.stringify({ data: { n } }))
  }
  expect(await Promise.all(work)).toEqual([{ data: { n: 0 } }, { data: { n: 1 } }])
})

test('a full queue refuses at once', async () => {
  await using server = await serveRaw(() => undefined)
  await using transport = openTransport({
    url: server.url,
    limits: { connectionsMax: 1, queueMax: 1 },
  })
  const first = refusalOf(transport.send(callOf('mutation { a }'), scopeOf()))
  await new Promise((resolve) => setImmediate(resolve))
  const second = refusalOf(transport.send(callOf('mutation { a }'), scopeOf()))
  expect(await refusalOf(transport.send(callOf('{ a }'), scopeOf()))).toMatchObject({
    code: 'UPSTREAM_BUSY',
    details: { subgraph: 'shop', retryAfterMs: expect.any(Number) },
  })
  await transport[Symbol.asyncDispose]()
  expect((await Promise.all([first, second])).map(({ code }) => code)).toEqual([
    'UPSTREAM_FAILED',
    'UPSTREAM_FAILED',
  ])
})

test('only our own headers are sent; a foreign subgraph gets the operator’s and no assertion', async () => {
  const seen: string[][] = []
  await using server = await serveRaw((request, response) => {
    seen.push(Object.keys(request.headers).toSorted())
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":{}}')
  })
  const common = ['accept', 'connection', 'content-length', 'content-type', 'host']
  await using own = openTransport({ url: server.url })
  await own.send(callOf('{ a }'), scopeOf())
  await using foreign = openTransport({
    url: server.url,
    asserter: null,
    headers: { 'x-api-key': 'k' },
  })
  await Promise.all(['{ a }', '{ b }'].map((text) => foreign.send(callOf(text), scopeOf())))
  expect(seen).toEqual([
    [...common, 'sez-assertion', 'x-correlation-id'],
    [...common, 'x-api-key', 'x-correlation-id'],
    [...common, 'x-api-key', 'x-correlation-id'],
  ])
})

test.for(['{ a }', 'mutation { a }'])('the trace of %s goes on in the subgraph', async (text) => {
  const { tracing, spans } = openTestTracing()
  const subgraph = {
    execute: (_: unknown, { trace }: RequestScope) => {
      trace?.part('work').end()
      return Promise.resolve({ data: { a: 1 } })
    },
    subscribe: () => Promise.resolve({}),
  }
  await using served = await serveSubgraph('shop', subgraph, { tracing })
  const trace = tracing.begin('fetch', undefined)
  invariant(trace !== null, 'every operation is sampled here')
  await served.transport.send(callOf(text), scopeOf({ trace }))
  await served.transport.send(callOf(text), scopeOf())
  trace.end()
  await until('all is told', () => spans().length === 3)
  expect(spans().map(({ name, parent }) => [name, parent])).toEqual([
    ['work', 'subgraph'],
    ['subgraph', 'fetch'],
    ['fetch', null],
  ])
})

test('the SDL of a running subgraph is read with its secret only', async () => {
  await using zone = await served()
  const options = {
    subgraph: 'catalogue',
    url: zone.all['catalogue']?.url ?? '',
    secret: testSecret,
    correlationId: 'sdl-request',
    log: quiet,
    now: systemClock,
    random: randomBytes,
  }
  expect(await fetchSubgraphSdl(options)).toContain('type Query')
  const wrong = fetchSubgraphSdl({ ...options, secret: new Uint8Array(32) })
  expect((await refusalOf(wrong)).code).toBe('UPSTREAM_FAILED')
})

test('after five failures a subgraph rests, then one request decides', () => {
  const clock = { ms: 0 }
  const breaker = openBreaker({ subgraph: 'shop', now: () => new Date(clock.ms), jitter: () => 1 })
  const isOpen = (): boolean => {
    try {
      breaker.enter()
      return false
    } catch (failure) {
      return failure instanceof SezError && failure.code === 'UPSTREAM_FAILED'
    }
  }
  for (let n = 0; n < 4; n += 1) breaker.failed()
  breaker.succeeded()
  for (let n = 0; n < 4; n += 1) breaker.failed()
  expect(isOpen()).toBe(false)
  breaker.failed()
  expect(isOpen()).toBe(true)
  clock.ms = 1_000
  expect([isOpen(), isOpen()]).toEqual([false, true])
  breaker.failed()
  clock.ms = 2_999
  expect(isOpen()).toBe(true)
  clock.ms = 3_000
  expect(isOpen()).toBe(false)
  breaker.abandoned()
  expect(isOpen()).toBe(false)
  breaker.succeeded()
  expect([isOpen(), isOpen()]).toEqual([false, false])
})
