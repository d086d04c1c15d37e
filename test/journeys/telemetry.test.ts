/** An operator looks into a whole zone: numbers that follow what happens, lines that name nobody. @module */
import { text } from 'node:stream/consumers'
import { invariant } from '@sez/core/invariant'
import { listen, type Listener } from '@sez/platform/http'
import { openLog } from '@sez/platform/log'
import { valuesOf } from '@sez/platform/metrics.fixture'
import { createClient } from 'graphql-ws'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { openTestZone, type TestZone } from '../zone.fixture.ts'
import { applied, change, documentOf, draftOf } from './company.fixture.ts'

let zone: TestZone
let other: TestZone
let collector: Listener
/** What the collector of the other zone's traces was sent. */
const exported: string[] = []
/** What the other zone logged. */
const lines: string[] = []

beforeAll(async () => {
  zone = await openTestZone()
  collector = await listen({
    host: '127.0.0.1',
    port: 0,
    async onRequest(request, response) {
      exported.push(await text(request))
      response.end('{}')
    },
    log: openLog({ level: 'silent', pretty: false }),
  })
  other = await openTestZone({
    env: {
      SEZ_METRICS_PORT: '0',
      SEZ_LOG_FORMAT: 'json',
      SEZ_LOG_LEVEL: 'debug',
      SEZ_OTLP_URL: `${collector.url}/v1/traces`,
      SEZ_TRACES_PER_1000: '1000',
    },
    stream: { write: (line) => lines.push(line) },
  })
})
afterAll(async () => {
  await zone[Symbol.asyncDispose]()
  await other[Symbol.asyncDispose]()
  await collector.close()
})

async function scrape(url: string): Promise<Record<string, number>> {
  const response = await fetch(url)
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/u)
  return valuesOf(await response.text())
}

/** The machine that runs the tests may be busy. */
const patience = { timeout: 15_000 }

const values = () => scrape(`${zone.url}/metrics`)
const otherValues = () => scrape(`${other.metricsUrl}/metrics`)

/** Every number that is there before anything has happened. */
const always = [
  'sez_build_info',
  'sez_sockets',
  'sez_subscriptions',
  'sez_gateway_cache_entries',
  'sez_gateway_cache_bytes',
  'sez_gateway_cache_hits_total',
  'sez_gateway_cache_misses_total',
  'sez_feed_position_entries',
  'sez_feed_followers',
  'sez_feed_queued_entries',
  'sez_feed_overflows_total',
  'sez_feed_too_slow_total',
  'sez_feed_alarm',
  'sez_pool_connections',
  'sez_pool_waiting',
  'sez_pool_refused_total',
  'sez_write_retries_total',
  'sez_database_up',
  'sez_log_head_entries',
  'sez_log_sealed_entries',
  'sez_outbox_entries',
  'sez_outbox_oldest_age_seconds',
  'sez_worker_heartbeat_age_seconds',
  'process_cpu_seconds_total',
  'process_resident_memory_bytes',
  'process_start_time_seconds',
  'nodejs_heap_size_used_bytes',
  'nodejs_eventloop_delay_seconds',
]

test('a zone at rest shows every standing number', async () => {
  const missing = async (): Promise<string[]> => {
    const shown = new Set(Object.keys(await values()).map((key) => key.split('{', 1)[0]))
    return always.filter((name) => !shown.has(name))
  }
  await expect.poll(missing, patience).toEqual([])
})

test('an act moves the log, the feed, the seal, requests and operations', async () => {
  const before = await values()
  await change(zone, 'createEntity', draftOf(), { as: ['REGISTRAR'] })
  const grown = (after: Record<string, number>, name: string) =>
    (after[name] ?? 0) - (before[name] ?? 0)
  await expect
    .poll(async () => {
      const after = await values()
      return {
        head: grown(after, 'sez_log_head_entries'),
        feed: grown(after, 'sez_feed_position_entries'),
        sealed: grown(after, 'sez_log_sealed_entries'),
        outbox: after['sez_outbox_entries'],
        requests: grown(after, 'sez_http_requests_total{route="graphql",status="200"}'),
        mutations: grown(after, 'sez_operations_total{kind="mutation",outcome="ok"}'),
        calls: grown(after, 'sez_subgraph_calls_total{subgraph="entities",outcome="ok"}'),
      }
    }, patience)
    .toMatchObject({ head: 1, feed: 1, sealed: 1, outbox: 0, requests: 1, mutations: 1 })
  const after = await values()
  expect(after['sez_log_checkpoint_age_seconds']).toBeLessThan(60)
  expect(
    after['sez_pool_connections{pool="entities",client="drizzle",state="idle"}'],
  ).toBeGreaterThan(0)
})

test('a stream is a follower while it is open', async () => {
  const client = createClient({
    url: `${zone.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { token: await zone.token({ as: ['REGULATOR'] }) },
    retryAttempts: 0,
    lazyCloseTimeout: 0,
  })
  const stream = client.iterate({
    query: 'subscription { entityStatusChanged { __typename } }',
  })
  const first = stream.next()
  await expect.poll(values, patience).toMatchObject({ sez_feed_followers: 1, sez_subscriptions: 1 })
  await stream.return?.()
  await first
  await expect.poll(values, patience).toMatchObject({ sez_feed_followers: 0, sez_sockets: 0 })
})

test('two zones of one process have numbers of their own', async () => {
  const before = await otherValues()
  await change(zone, 'createEntity', draftOf(), { as: ['REGISTRAR'] })
  const after = await otherValues()
  expect(after['sez_log_head_entries']).toBe(before['sez_log_head_entries'])
  expect(Object.keys(after).filter((key) => key.startsWith('sez_operations_total'))).toEqual([])
})

test('a listener of its own answers /metrics alone, and the zone’s then does not', async () => {
  const url = other.metricsUrl
  invariant(url !== null, 'the zone was given a port for its metrics')
  expect(new URL(url).hostname).toBe('127.0.0.1')
  for (const path of ['/', '/graphql', '/health/live', '/metrics/', '/metrics?x=1']) {
    expect([path, (await fetch(url + path)).status]).toEqual([path, 404])
  }
  expect((await fetch(`${url}/metrics`, { method: 'POST' })).status).toBe(405)
  expect((await fetch(`${other.url}/metrics`)).status).toBe(404)
})

test('no path makes a series: every unknown one is other', async () => {
  for (const path of ['/a', '/b', '/metricsx', '/errors/NOPE', '/health/no']) {
    await fetch(zone.url + path)
  }
  const routes = new Set(
    Object.keys(await values()).flatMap((key) => /route="([^"]*)"/u.exec(key)?.[1] ?? []),
  )
  expect([...routes].toSorted()).toEqual(['errors', 'graphql', 'metrics', 'other'])
})

test('no line names a person, a company, a DID, a token or a value, whatever is sent', async () => {
  const who = { as: ['OPERATOR'], did: 'did:web:fatima.test' } as const
  const company = await applied(other, who)
  const token = await other.token(who)
  const query = 'query Card3520212345671($id: ID!) { entity(id: $id) { legalName } }'
  const hostile = ["'; drop table platform.log; --", '\u0000\u001b[31m', '__proto__', '${jndi:x}']
  for (const id of [company.id, ...hostile]) await other.ask(query, { id }, who)
  await other.ask(`{ entity(id: "${token}") { id } }`, {}, who)
  await other.ask('mutation { createEntity(input: {}) { entity { id } } }', {}, who)
  const stream = other.subscribe(
    'subscription Moves($id: ID!) { entityStatusChanged(entityId: $id) { __typename } }',
    { id: company.id },
    who,
  )
  await stream.next()
  await stream.return?.()
  const operations = () =>
    lines
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
      .filter(({ message }) => message === 'operation')
  await expect.poll(operations, patience).toContainEqual(
    expect.objectContaining({
      operation: 'Moves',
      kind: 'subscription',
      events: expect.any(Number),
    }),
  )
  expect(operations().filter(({ operation }) => operation === 'Card#')).toHaveLength(5)
  const callers = new Set(operations().map(({ caller }) => caller))
  expect([...callers]).toEqual([expect.stringMatching(/^[0-9a-f]{16}$/u)])
  const written = lines.join('')
  const told = ['Ayesha', 'ayesha', 'fatima', company.legalName, company.id, token, '35202', 'jndi']
  expect(told.filter((each) => written.includes(each) || exported.join('').includes(each))).toEqual(
    [],
  )
  expect(written + exported.join('')).not.toMatch(/did:web|drop table platform|Bearer/u)
})

interface ExportedSpan {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
}

const spansIn = (body: string): readonly ExportedSpan[] =>
  (
    JSON.parse(body) as {
      resourceSpans: readonly { scopeSpans: readonly { spans: readonly ExportedSpan[] }[] }[]
    }
  ).resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))

test('the collector is sent the whole way of an act, from the gateway to its transaction', async () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c'
  const response = await fetch(`${other.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${await other.token({ as: ['REGISTRAR'] })}`,
      traceparent: `00-${traceId}-b7ad6b7169203331-01`,
    },
    body: JSON.stringify({
      query: documentOf('createEntity'),
      variables: { input: draftOf() },
    }),
  })
  expect(await response.json()).not.toHaveProperty('errors')
  const spans = () => exported.flatMap(spansIn).filter((each) => each.traceId === traceId)
  await expect.poll(() => spans().map(({ name }) => name), patience).toContain('graphql mutation')
  const all = spans()
  const wayTo = (span: ExportedSpan | undefined): string[] =>
    span === undefined
      ? []
      : [...wayTo(all.find(({ spanId }) => spanId === span.parentSpanId)), span.name]
  expect(wayTo(all.find(({ name }) => name.startsWith('write')))).toEqual([
    'graphql mutation',
    'fetch entities',
    'subgraph request',
    'write createEntity',
  ])
})
