/** Each number of the gateway moves when its thing happens, and no client can add a series. @module */
import { SezError } from '@sez/core/errors'
import { openRegistry } from '@sez/platform/metrics'
import { valuesOf } from '@sez/platform/metrics.fixture'
import { createClient } from 'graphql-ws'
import { afterEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { startGateway } from '../gateway.fixture.ts'
import { type Source, source } from '../stream.fixture.ts'
import type { Transport, UpstreamResult } from '../transport/transport.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

async function opened(options: Parameters<typeof startGateway>[0] = {}) {
  const registry = openRegistry()
  const running = await startGateway({ ...options, registry })
  closing.push(() => running[Symbol.asyncDispose]())
  const values = async () => valuesOf(await registry.metrics())
  return { running, values }
}

test('operations count by kind and outcome, and the caches by what they served', async () => {
  const { running, values } = await opened()
  const query = '{ book(upc: "p1") { upc } }'
  await running.post({ query })
  await running.post({ query })
  expect(await values()).toMatchObject({
    'sez_operations_total{kind="query",outcome="ok"}': 2,
    'sez_operation_duration_seconds_count{kind="query"}': 2,
    'sez_gateway_cache_entries{cache="operations"}': 1,
    'sez_gateway_cache_hits_total{cache="operations"}': 1,
    'sez_gateway_cache_misses_total{cache="operations"}': 1,
    'sez_gateway_cache_entries{cache="plans"}': 1,
    'sez_gateway_cache_hits_total{cache="plans"}': 1,
  })
  expect((await values())['sez_gateway_cache_bytes{cache="plans"}']).toBeGreaterThan(0)
})

test('a refusal counts by its code, before execution and at its door', async () => {
  const { running, values } = await opened()
  await running.post('{')
  await running.post({ query: '{ nothing }' })
  expect(await values()).toMatchObject({
    'sez_errors_total{code="BODY_NOT_JSON"}': 1,
    'sez_errors_total{code="GRAPHQL_INVALID"}': 1,
    'sez_operations_total{kind="query",outcome="failed"}': 1,
  })
})

test('RATE_LIMITED shows how many were sent away', async () => {
  const { running, values } = await opened({ config: { anonymousRate: { perS: 1, burst: 1 } } })
  await running.post({ query: '{ __typename }' })
  await running.post({ query: '{ __typename }' })
  expect(await values()).toHaveProperty(['sez_errors_total{code="RATE_LIMITED"}'], 1)
})

test('calls count by subgraph and by what they failed with, and are in flight meanwhile', async () => {
  const answers: PromiseWithResolvers<UpstreamResult>[] = []
  const catalogue: Transport = {
    send() {
      const answer = Promise.withResolvers<UpstreamResult>()
      answers.push(answer)
      return answer.promise
    },
    subscribe: () => Promise.reject(new SezError('UPSTREAM_FAILED')),
  }
  const { running, values } = await opened({ transports: { catalogue } })
  const query = '{ book(upc: "p1") { upc } }'
  const first = running.post({ query })
  await expect.poll(() => answers.length).toBe(1)
  expect(await values()).toHaveProperty(['sez_subgraph_calls_in_flight{subgraph="catalogue"}'], 1)
  answers[0]?.resolve({ data: { book: { upc: 'p1' } } })
  await first
  const second = running.post({ query })
  await expect.poll(() => answers.length).toBe(2)
  answers[1]?.reject(new TypeError('broken'))
  await second
  expect(await values()).toMatchObject({
    'sez_subgraph_calls_in_flight{subgraph="catalogue"}': 0,
    'sez_subgraph_calls_total{subgraph="catalogue",outcome="ok"}': 1,
    'sez_subgraph_calls_total{subgraph="catalogue",outcome="UPSTREAM_FAILED"}': 1,
    'sez_subgraph_call_duration_seconds_count{subgraph="catalogue"}': 2,
    'sez_errors_total{code="UPSTREAM_FAILED"}': 1,
  })
})

test('sockets and subscriptions are counted while they are open', async () => {
  const sources: Source<UpstreamResult>[] = []
  const opinions: Transport = {
    send: () => Promise.resolve({ data: {} }),
    subscribe() {
      const upstream = source<UpstreamResult>()
      sources.push(upstream)
      return Promise.resolve(upstream)
    },
  }
  const { running, values } = await opened({ transports: { opinions } })
  const client = createClient({
    url: running.socketUrl,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    lazyCloseTimeout: 0,
  })
  const stream = client.iterate({ query: 'subscription { reviewed { id } }' })
  const waiting = stream.next()
  await expect.poll(() => sources.length).toBe(1)
  await expect.poll(values).toMatchObject({ sez_sockets: 1, sez_subscriptions: 1 })
  await stream.return?.()
  await waiting
  await expect.poll(values).toMatchObject({
    sez_sockets: 0,
    sez_subscriptions: 0,
    'sez_sockets_closed_total{code="1000"}': 1,
    'sez_operations_total{kind="subscription",outcome="ok"}': 1,
  })
})

test('a subscription that its subgraph ends or breaks is open no longer', async () => {
  const sources: Source<UpstreamResult>[] = []
  const opinions: Transport = {
    send: () => Promise.resolve({ data: {} }),
    subscribe() {
      const upstream = source<UpstreamResult>()
      sources.push(upstream)
      return Promise.resolve(upstream)
    },
  }
  const { running, values } = await opened({ transports: { opinions } })
  const client = createClient({
    url: running.socketUrl,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
  })
  closing.push(() => client.dispose())
  const first = client.iterate({ query: 'subscription { reviewed { id } }' }).next()
  await expect.poll(() => sources.length).toBe(1)
  sources[0]?.end()
  await first
  await expect.poll(values).toMatchObject({ sez_subscriptions: 0 })
})

test('what a client chooses becomes no label: names, codes, fields, close codes', async () => {
  const { running, values } = await opened()
  const series = async () => new Set(Object.keys(await values()))
  const names = ['Aaaa', 'aLongName'.repeat(50), '__proto__', 'constructor', 'x'.repeat(200)]
  for (const name of names) await running.post({ query: `query ${name} { __typename }` })
  for (const name of names) await running.post({ query: `{ ${name} }`, operationName: name })
  const before = await series()
  for (let round = 0; round < 50; round += 1) {
    await running.post({ query: `query Hostile${round} { a${round}: __typename }` })
    await running.post({ query: `{ none${round} }`, operationName: `none${round}` })
    const socket = new WebSocket(running.socketUrl, 'graphql-transport-ws')
    await new Promise((resolve) => socket.once('open', resolve))
    socket.close(3_000 + round)
    await new Promise((resolve) => socket.once('close', resolve))
  }
  await expect.poll(values).toHaveProperty(['sez_sockets_closed_total{code="other"}'], 50)
  const added = [...(await series())].filter((each) => !before.has(each))
  expect(added).toEqual(['sez_sockets_closed_total{code="other"}'])
})

test('a code that a subgraph invents is OTHER', async () => {
  const catalogue: Transport = {
    send: () =>
      Promise.resolve({
        data: { book: null },
        errors: [{ message: 'no', path: ['book'], extensions: { code: 'INVENTED_BY_A_SUBGRAPH' } }],
      }),
    subscribe: () => Promise.reject(new SezError('UPSTREAM_FAILED')),
  }
  const { running, values } = await opened({ transports: { catalogue } })
  await running.post({ query: '{ book(upc: "p1") { upc } }' })
  expect(await values()).toMatchObject({
    'sez_errors_total{code="OTHER"}': 1,
    'sez_operations_total{kind="query",outcome="partial"}': 1,
  })
})
