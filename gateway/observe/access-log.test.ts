/** The access log tells what happened and holds nothing of what was sent. @module */
import { digestOfBytes } from '@sez/core/digest'
import { SezError } from '@sez/core/errors'
import { afterEach, expect, test } from 'vitest'
import { startGateway, testDid } from '../gateway.fixture.ts'
import type { Transport } from '../transport/transport.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

async function opened(options: Parameters<typeof startGateway>[0] = {}) {
  const access = { pseudonymOf: () => 'somebody', lines: 'all' } as const
  const running = await startGateway({ access, ...options })
  closing.push(() => running[Symbol.asyncDispose]())
  const lines = () =>
    running.logged
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
      .filter(({ message }) => message === 'operation')
  return { running, lines }
}

const query = 'query Titles($u: ID!) { book(upc: $u) { upc } }'

test('a line says what was asked, at what cost, of whom, and how it went', async () => {
  const { running, lines } = await opened()
  const variables = { u: 'p1' }
  const response = await running.post({ query, variables }, { authorization: 'Bearer REGISTRAR' })
  const { data } = (await response.json()) as { data: unknown }
  expect(lines()).toEqual([
    {
      level: 'info',
      time: expect.any(String),
      message: 'operation',
      operation: 'Titles',
      kind: 'query',
      document: digestOfBytes(Buffer.from(query)),
      caller: 'somebody',
      roles: ['REGISTRAR'],
      cost: 1,
      tookMs: expect.any(Number),
      fetches: { catalogue: 1 },
      dataBytes: Buffer.byteLength(JSON.stringify(data)),
      correlationId: response.headers.get('x-correlation-id'),
    },
  ])
})

test('a refusal has its code and no cost; the anonymous are null', async () => {
  const { running, lines } = await opened()
  await running.post({ query: '{ nothing }' })
  expect(lines()).toMatchObject([
    { operation: null, caller: null, cost: null, codes: ['GRAPHQL_INVALID'], fetches: {} },
  ])
})

test('nothing that a client sends gets into any line', async () => {
  const secret = 'Zaubermaus'
  const failing: Transport = {
    send: () => Promise.reject(new SezError('UPSTREAM_FAILED')),
    subscribe: () => Promise.reject(new SezError('UPSTREAM_FAILED')),
  }
  for (const transports of [{}, { catalogue: failing }]) {
    const { running, lines } = await opened({ transports })
    const headers = { authorization: `Bearer REGISTRAR,${secret}`, cookie: secret }
    const requests: unknown[] = [
      { query, variables: { u: secret } },
      { query: `{ book(upc: "${secret}") { upc } }` },
      { query: `{ ${secret}: book(upc: "p1") { upc } }` },
      { query: `{ ${secret} }` },
      { query: `{ book(upc: "p1") { upc } } # ${secret}` },
      { query: `query A($${secret}: ID!) { book(upc: $${secret}) { upc } }` },
      { query, variables: { u: { [secret]: secret } }, extensions: { [secret]: secret } },
      { query, operationName: secret },
      `{"query": "${secret}`,
    ]
    for (const request of requests) await running.post(request, headers)
    await fetch(`${running.url}?query={${secret}}`, {
      headers: { 'apollo-require-preflight': '1' },
    })
    expect(lines().length).toBeGreaterThan(5)
    expect(running.logged.filter((line) => line.includes(secret))).toEqual([])
    expect(running.logged.filter((line) => line.includes(testDid))).toEqual([])
  }
})

test('a name is short, and a number in it is not shown', async () => {
  const { running, lines } = await opened()
  await running.post({ query: 'query Card3520212345671of_1 { __typename }' })
  await running.post({ query: `query ${'n'.repeat(5_000)} { __typename }` })
  expect(lines().map(({ operation }) => operation)).toEqual(['Card#of_1', 'n'.repeat(64)])
})

test('for a person only what failed by our fault has a line', async () => {
  const failing: Transport = {
    send: () => Promise.reject(new SezError('UPSTREAM_FAILED')),
    subscribe: () => Promise.reject(new SezError('UPSTREAM_FAILED')),
  }
  const access = { pseudonymOf: () => 'somebody', lines: 'notable' } as const
  const { running, lines } = await opened({ access, transports: { catalogue: failing } })
  await running.post({ query: 'query Fine { __typename }' })
  await running.post({ query: 'query Theirs { nothing }' })
  await running.post({ query: 'query Ours { book(upc: "p1") { upc } }' })
  expect(lines().map(({ operation, codes }) => [operation, codes])).toEqual([
    ['Ours', ['UPSTREAM_FAILED']],
  ])
})

const explained = {
  queryPlan: expect.stringMatching(/^QueryPlan \{[^]*Fetch\(service: "catalogue"\)/u),
  cost: { estimated: 1 },
  fetches: { catalogue: 1 },
}

test.each([
  ['an ADMIN', 'ADMIN', false, true],
  ['a REGISTRAR', 'REGISTRAR', false, false],
  ['anyone in development', 'REGISTRAR', true, true],
])('the plan is shown to %s', async (_who, role, introspection, isShown) => {
  const { running } = await opened({ config: { introspection } })
  const request = { query, variables: { u: 'p1' }, extensions: { queryPlan: true } }
  // The first goes through the pipeline, the second does not.
  for (let round = 0; round < 2; round += 1) {
    const response = await running.post(request, { authorization: `Bearer ${role}` })
    const answer = (await response.json()) as Readonly<Record<string, unknown>>
    expect(answer['data']).toEqual({ book: { upc: 'p1' } })
    expect(answer['extensions']).toEqual(isShown ? explained : undefined)
  }
})

test('without the wish there is no plan, and any other value is no wish', async () => {
  const { running } = await opened()
  for (const extensions of [undefined, {}, { queryPlan: 'true' }, { queryPlan: 1 }]) {
    const response = await running.post({ query: '{ __typename }', extensions })
    expect(await response.json()).toEqual({ data: { __typename: 'Query' } })
  }
})
