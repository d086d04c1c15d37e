/** A traced operation shows where its time went; who asks decides nothing about how many there are. @module */
import { openTestTracing } from '@sez/platform/tracing.fixture'
import { afterEach, expect, test } from 'vitest'
import { startGateway } from '../gateway.fixture.ts'
import type { CallScope, Transport } from '../transport/transport.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

async function opened(options: Parameters<typeof startGateway>[0] = {}) {
  const running = await startGateway(options)
  closing.push(() => running[Symbol.asyncDispose]())
  return running
}

const query = '{ book(upc: "p1") { upc reviews { id author { name } } } }'
const remote = '0af7651916cd43dd8448eb211c80319c'
const parent = (flags: string) => ({ traceparent: `00-${remote}-b7ad6b7169203331-${flags}` })

test('the tree of an operation: preparing, each fetch with its representations, shaping', async () => {
  const { tracing, spans } = openTestTracing()
  const running = await opened({ tracing })
  await running.post({ query })
  const seen = spans()
  expect(new Set(seen.map(({ traceId }) => traceId)).size).toBe(1)
  const root = seen.find(({ parent: above }) => above === null)
  expect(root).toMatchObject({ name: 'graphql query', facts: { 'sez.cost': expect.any(Number) } })
  const below = seen.filter(({ name }) => name !== 'graphql query')
  expect(below.every(({ parent: above }) => above === 'graphql query')).toBe(true)
  expect(below[0]?.name).toBe('prepare')
  expect(below.at(-1)?.name).toBe('shape')
  const fetches = below.filter(({ name }) => name.startsWith('fetch '))
  expect(fetches.length).toBe(running.calls.length)
  expect(fetches[0]?.name).toBe('fetch catalogue')
  expect(fetches.some(({ facts }) => Number(facts['sez.representations']) > 0)).toBe(true)
})

test('a refused operation ends its trace with the code', async () => {
  const { tracing, spans } = openTestTracing()
  const running = await opened({ tracing })
  await running.post({ query: '{ nothing }' })
  const [root] = spans().filter(({ name }) => name === 'graphql query')
  expect(root?.facts).toMatchObject({ 'error.type': 'GRAPHQL_INVALID' })
})

test('a well-formed traceparent is the parent, and reaches the subgraph as its own', async () => {
  const { tracing, spans } = openTestTracing()
  const scopes: CallScope[] = []
  const catalogue: Transport = {
    send(_call, scope) {
      scopes.push(scope)
      return Promise.resolve({ data: { book: { upc: 'p1' } } })
    },
    subscribe: () => Promise.resolve({ data: null }),
  }
  const running = await opened({ tracing, transports: { catalogue } })
  await running.post({ query: '{ book(upc: "p1") { upc } }' }, parent('01'))
  expect(new Set(spans().map(({ traceId }) => traceId))).toEqual(new Set([remote]))
  expect(scopes[0]?.trace?.traceparent).toMatch(new RegExp(`^00-${remote}-[0-9a-f]{16}-01$`, 'u'))
  expect(scopes[0]?.trace?.traceparent).not.toContain('b7ad6b7169203331')
})

test.each(['x', '00-0-0-01', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`, 'a'.repeat(9_000)])(
  'what is no traceparent begins a trace of its own: %.40s',
  async (traceparent) => {
    const { tracing, spans } = openTestTracing()
    const running = await opened({ tracing })
    await running.post({ query: '{ __typename }' }, { traceparent })
    const [root] = spans().filter(({ name }) => name === 'graphql query')
    expect(root).toMatchObject({ parent: null, traceId: expect.stringMatching(/^(?!0{32})/u) })
  },
)

test('callers may ask for fewer traces and never for more', async () => {
  const { tracing, spans } = openTestTracing({ ratio: 0.5, draws: [0.7, 0.7, 0.2, 0.2] })
  const running = await opened({ tracing })
  const roots = () => spans().filter(({ name }) => name === 'graphql query').length
  await running.post({ query: '{ __typename }' })
  await running.post({ query: '{ __typename }' }, parent('01'))
  expect(roots()).toBe(0)
  await running.post({ query: '{ __typename }' }, parent('00'))
  expect(roots()).toBe(0)
  await running.post({ query: '{ __typename }' }, parent('01'))
  expect(roots()).toBe(1)
})

test('the access log names the trace; no span holds what a client sent', async () => {
  const { tracing, spans } = openTestTracing()
  const access = { pseudonymOf: () => 'somebody', lines: 'all' } as const
  const running = await opened({ tracing, access })
  const secret = 'Zaubermaus'
  await running.post({
    query: `query ${secret}($${secret}: ID!) { ${secret}: book(upc: $${secret}) { upc } }`,
    variables: { [secret]: secret },
  })
  expect(JSON.stringify(spans())).not.toContain(secret)
  const lines = running.logged.filter((line) => line.includes('"message":"operation"'))
  expect(lines).toHaveLength(1)
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ traceId: spans()[0]?.traceId })
})

test('without traces an operation begins none', async () => {
  const scopes: CallScope[] = []
  const catalogue: Transport = {
    send(_call, scope) {
      scopes.push(scope)
      return Promise.resolve({ data: { book: { upc: 'p1' } } })
    },
    subscribe: () => Promise.resolve({ data: null }),
  }
  const running = await opened({ transports: { catalogue } })
  await running.post({ query: '{ book(upc: "p1") { upc } }' }, parent('01'))
  expect(scopes[0]).not.toHaveProperty('trace')
})
