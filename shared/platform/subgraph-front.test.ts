import { connect } from 'node:net'
import type { FormattedExecutionResult } from 'graphql'
import { beforeAll, afterAll, expect, test } from 'vitest'
import { openAsserter, openAssertionVerifier } from './assertion.ts'
import { randomBytes, systemClock } from './clock.ts'
import { anonymous, type Caller } from './context.ts'
import { until } from './database.fixture.ts'
import { type Listener, listen } from './http.ts'
import { callerOf, openLibrary, owner } from './library.fixture.ts'
import { subgraphBatchLinesMax, subgraphRequestBytesMax } from './limits.ts'
import { openLog } from './log.ts'
import type { Stream } from './stream.ts'
import { batchLine } from './subgraph-batch.ts'
import { openSubgraphFront, type SubgraphFront } from './subgraph-front.ts'

const secret = new Uint8Array(32).fill(5)
const log = openLog({ level: 'fatal', pretty: false, stream: { write: () => undefined } })
const asserter = openAsserter({ secret, now: systemClock, random: randomBytes })
const library = openLibrary()
let events: Stream<FormattedExecutionResult> & { isClosed: boolean } = silent()
let front: SubgraphFront
let listener: Listener

beforeAll(async () => {
  front = openSubgraphFront({
    subgraph: {
      execute: (request, scope) => library.subgraph.execute(request, scope),
      subscribe: async () => events,
    },
    verifier: openAssertionVerifier({ secret, subgraph: 'library', now: systemClock }),
    log,
    now: systemClock,
    pingMs: 20,
  })
  listener = await listen({
    host: '127.0.0.1',
    port: 0,
    log,
    onRequest: (request, response) => front.handle(request, response),
  })
})
afterAll(() => listener.close(0))

function assertionOf(body: string, caller: Caller = anonymous, subgraph = 'library'): string {
  const line = Buffer.from(body)
  return asserter.assert({ subgraph, caller, correlationId: 'asserted-id', line })
}

function post(body: string, headers: Record<string, string> = {}, caller?: Caller) {
  return fetch(listener.url, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'sez-assertion': assertionOf(body, caller),
      ...headers,
    },
  })
}

const bodyOf = (query: string, rest: object = {}) => JSON.stringify({ query, ...rest })
const codeIn = async (response: Response) => {
  const { errors } = (await response.json()) as FormattedExecutionResult
  return errors?.[0]?.extensions?.['code']
}

test('a request is answered for the caller its assertion names', async () => {
  const response = await post(bodyOf('{ hello whoami }'), {}, callerOf(owner, 'CITIZEN'))
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toBe(
    'application/graphql-response+json; charset=utf-8',
  )
  expect(await response.json()).toMatchObject({ data: { whoami: owner } })
})

test('nobody else is answered, not even about the schema', async () => {
  for (const query of ['{ __schema { types { name } } }', '{ _service { sdl } }', '{ hello }']) {
    const response = await fetch(listener.url, {
      method: 'POST',
      body: bodyOf(query),
      headers: { 'content-type': 'application/json', authorization: 'Bearer x' },
    })
    expect(response.status).toBe(401)
    expect(await codeIn(response)).toBe('ASSERTION_MISSING')
  }
  const body = bodyOf('{ hello }')
  const foreign = await post(body, { 'sez-assertion': assertionOf(body, anonymous, 'other') })
  expect([foreign.status, await codeIn(foreign)]).toEqual([401, 'ASSERTION_INVALID'])
})

test('an operator’s assertion reads the schema', async () => {
  const admin: Caller = { ...anonymous, roles: new Set(['ADMIN']) }
  const response = await post(bodyOf('{ _service { sdl } }'), {}, admin)
  expect(await response.json()).toMatchObject({
    data: { _service: { sdl: expect.stringContaining('type Query') } },
  })
})

const deep = `{"query":"{ hello }","variables":{"a":${'['.repeat(200)}${']'.repeat(200)}}}`
const refusals: readonly (readonly [string, string, number, string])[] = [
  ['no JSON', '{', 400, 'BODY_NOT_JSON'],
  ['a list', '[]', 400, 'REQUEST_INVALID'],
  ['no query', '{}', 400, 'REQUEST_INVALID'],
  ['variables that are a list', '{"query":"{ hello }","variables":[]}', 400, 'REQUEST_INVALID'],
  [
    'an operation name that is none',
    '{"query":"{ hello }","operationName":1}',
    400,
    'REQUEST_INVALID',
  ],
  ['variables without end', deep, 400, 'REQUEST_INVALID'],
  ['a document that is none', bodyOf('{'), 400, 'GRAPHQL_INVALID'],
  ['a field that is none', bodyOf('{ nothing }'), 400, 'GRAPHQL_INVALID'],
  ['too many tokens', bodyOf(`{ ${'a '.repeat(20_001)} }`), 400, 'QUERY_TOO_LONG'],
  [
    'too many bytes',
    bodyOf('{ hello }', { x: 'x'.repeat(subgraphRequestBytesMax) }),
    413,
    'BODY_TOO_LARGE',
  ],
]

test.each(refusals)('%s is refused with its code', async (_name, body, status, code) => {
  const response = await post(body)
  expect([response.status, await codeIn(response)]).toEqual([status, code])
})

test('only POST with JSON or lines is understood', async () => {
  const got = await fetch(`${listener.url}/graphql?query={hello}`)
  expect([got.status, got.headers.get('allow')]).toEqual([405, 'POST'])
  const body = bodyOf('{ hello }')
  for (const type of ['text/plain', 'application/json; charset=latin1', '']) {
    expect((await post(body, { 'content-type': type })).status).toBe(415)
  }
})

test('a batch is answered line by line, each for its own caller', async () => {
  const line = (query: string, caller: Caller) =>
    batchLine(assertionOf(bodyOf(query), caller), Buffer.from(bodyOf(query))).toString()
  const response = await post(
    [
      line('{ whoami }', callerOf(owner)),
      line('{ whoami }', anonymous),
      line('{', anonymous),
      '{}',
    ].join('\n'),
    { 'content-type': 'application/x-ndjson' },
  )
  expect(response.headers.get('content-type')).toContain('application/x-ndjson')
  const lines = (await response.text()).trimEnd().split('\n')
  const answers = lines.map((text) => JSON.parse(text) as FormattedExecutionResult)
  expect(answers[0]).toEqual({ data: { whoami: owner } })
  expect(answers.slice(1).map(({ errors }) => errors?.[0]?.extensions?.['code'])).toEqual([
    'UNAUTHENTICATED',
    'GRAPHQL_INVALID',
    'ASSERTION_MISSING',
  ])
})

test('two lines that swap their requests are both refused', async () => {
  const one = bodyOf('{ hello }')
  const two = bodyOf('{ constructor }')
  const body = [
    batchLine(assertionOf(one), Buffer.from(two)),
    batchLine(assertionOf(two), Buffer.from(one)),
  ].join('\n')
  const text = await (await post(body, { 'content-type': 'application/jsonl' })).text()
  expect(text.match(/ASSERTION_INVALID/g)).toHaveLength(2)
})

test('a batch has an end, and holds no mutation', async () => {
  const headers = { 'content-type': 'application/x-ndjson' }
  const tooMany = await post('[]\n'.repeat(subgraphBatchLinesMax + 1), headers)
  expect([tooMany.status, await codeIn(tooMany)]).toEqual([413, 'BATCH_TOO_LARGE'])
  const empty = await post('', headers)
  expect([empty.status, await codeIn(empty)]).toEqual([400, 'REQUEST_INVALID'])
  const mutation = bodyOf('mutation { any }')
  const line = batchLine(assertionOf(mutation), Buffer.from(mutation)).toString()
  expect(await (await post(line, headers)).text()).toContain('REQUEST_INVALID')
})

const subscription = bodyOf('subscription { any }')
const streaming = { accept: 'text/event-stream' }

/** A source that ends behind its items. */
function finite(items: readonly FormattedExecutionResult[]) {
  const left = [...items]
  const source = {
    isClosed: false,
    next() {
      const value = left.shift()
      return Promise.resolve(
        value === undefined
          ? { done: true as const, value: undefined }
          : { done: false as const, value },
      )
    },
    return() {
      source.isClosed = true
      return Promise.resolve({ done: true as const, value: undefined })
    },
    [Symbol.asyncIterator]: () => source,
  }
  return source
}

test('a subscription is a stream of events with an end', async () => {
  events = finite([{ data: { n: 1 } }, { data: { n: 2 } }])
  const text = await (await post(subscription, streaming)).text()
  expect(text.replaceAll(/^:\n\n/gmu, '')).toBe(
    'event: next\ndata: {"data":{"n":1}}\n\nevent: next\ndata: {"data":{"n":2}}\n\nevent: complete\ndata:\n\n',
  )
})

/** A source that never ends, counting what is taken from it. */
function endless() {
  const source = {
    taken: 0,
    isClosed: false,
    next() {
      if (source.isClosed) return Promise.resolve({ done: true as const, value: undefined })
      source.taken += 1
      return Promise.resolve({
        done: false as const,
        value: { data: { text: 'x'.repeat(10_000) } },
      })
    },
    return() {
      source.isClosed = true
      return Promise.resolve({ done: true as const, value: undefined })
    },
    [Symbol.asyncIterator]: () => source,
  }
  return source
}

test('a reader that takes nothing stops the source, and one that leaves releases it', async () => {
  const source = endless()
  events = source
  const socket = connect(listener.port, '127.0.0.1')
  socket.pause()
  const assertion = assertionOf(subscription)
  socket.write(
    `POST / HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\ncontent-type: application/json\r\n` +
      `sez-assertion: ${assertion}\r\ncontent-length: ${subscription.length}\r\n\r\n${subscription}`,
  )
  let before = -1
  await until('nothing more is taken', async () => {
    const isStill = source.taken > 0 && source.taken === before
    before = source.taken
    await new Promise((resolve) => setImmediate(resolve))
    return isStill
  })
  expect(source.taken).toBeLessThan(5_000)
  expect(source.isClosed).toBe(false)
  socket.destroy()
  await until('it is released', () => source.isClosed)
})

/** A source that is silent until it is closed. */
function silent() {
  const asked = Promise.withResolvers<IteratorReturnResult<undefined>>()
  const source = {
    isClosed: false,
    next: () => asked.promise,
    return() {
      source.isClosed = true
      asked.resolve({ done: true, value: undefined })
      return asked.promise
    },
    [Symbol.asyncIterator]: () => source,
  }
  return source
}

test('a silent stream is kept alive by pings and ends with the caller’s token', async () => {
  const source = silent()
  events = source
  const expiresAt = new Date(systemClock().getTime() - 59_900)
  const response = await post(subscription, streaming, { ...anonymous, expiresAt })
  const text = await response.text()
  expect(text).toMatch(/^(:\n\n)+event: next\n.*TOKEN_EXPIRED.*\n\nevent: complete/)
  expect(source.isClosed).toBe(true)
})

test('closing ends streams with an invitation to come back', async () => {
  const source = silent()
  events = source
  const response = await post(subscription, streaming)
  await front.closeStreams()
  expect(await response.text()).toMatch(/REQUEST_ABORTED.*"retry":true.*\n\nevent: complete/)
  expect(source.isClosed).toBe(true)
})
