import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compose } from '../federation.fixture.ts'
import { type Running, startGateway } from '../gateway.fixture.ts'
import { media } from '../shop.fixture.ts'
import { openReception } from './reception.ts'

const preferred = { accept: 'application/graphql-response+json' }
const name = { query: '{ book(upc: "p1") { upc } }' }

interface Body {
  readonly data?: unknown
  readonly errors?: readonly {
    readonly message: string
    readonly path?: unknown
    readonly locations?: unknown
    readonly extensions: Readonly<Record<string, unknown>>
  }[]
}

async function bodyOf(response: Response): Promise<Body> {
  return (await response.json()) as Body
}

async function codeOf(response: Response): Promise<[number, unknown]> {
  const { errors } = await bodyOf(response)
  return [response.status, errors?.[0]?.extensions['code']]
}

async function getStatus(url: string, headers: Record<string, string>): Promise<number> {
  return (await fetch(url, { headers })).status
}

describe('the HTTP front', () => {
  let running: Running
  beforeAll(async () => {
    running = await startGateway()
  })
  afterAll(() => running[Symbol.asyncDispose]())

  test('answers a POST, the second time without the pipeline, alike', async () => {
    const first = await running.post(name)
    const second = await running.post(name)
    expect(first.status).toBe(200)
    expect(await first.text()).toBe('{"data":{"book":{"upc":"p1"}}}')
    expect(await second.text()).toBe('{"data":{"book":{"upc":"p1"}}}')
  })

  test('reads a GET whose values hold question marks as they are', async () => {
    const response = await fetch(`${running.url}?query={book(upc:"why?"){upc}}`, {
      headers: { 'content-type': 'application/json' },
    })
    expect(await response.json()).toEqual({ data: { book: null } })
  })

  test('answers a GET of a query with variables', async () => {
    const search = new URLSearchParams({
      query: 'query Q($u: ID!) { book(upc: $u) { upc } }',
      variables: '{"u":"p3"}',
      operationName: 'Q',
    })
    const response = await fetch(`${running.url}?${search.toString()}`, {
      headers: { 'apollo-require-preflight': '1' },
    })
    expect(await bodyOf(response)).toEqual({ data: { book: { upc: 'p3' } } })
  })

  test('says what the client likes to read', async () => {
    const type = async (accept: string) =>
      (await running.post(name, { accept })).headers.get('content-type')
    const json = 'application/json; charset=utf-8'
    const graphql = 'application/graphql-response+json; charset=utf-8'
    expect(await type('*/*')).toBe(json)
    expect(await type('application/json')).toBe(json)
    expect(await type('application/graphql-response+json')).toBe(graphql)
    expect(await type('application/json;q=0.5, application/graphql-response+json')).toBe(graphql)
    expect(await type('text/html, application/graphql-response+json;q=0.1, */*;q=0.9')).toBe(json)
  })

  test('every answer has a correlation id, the caller’s where it gave one', async () => {
    const own = await running.post(name)
    expect(own.headers.get('x-correlation-id')).toMatch(/^[0-9a-f-]{36}$/)
    const given = await running.post({ query: '{' }, { 'x-correlation-id': 'trace-12345678' })
    expect(given.headers.get('x-correlation-id')).toBe('trace-12345678')
    expect((await bodyOf(given)).errors?.[0]?.extensions['correlationId']).toBe('trace-12345678')
  })

  test('every answer forbids caching, sniffing and framing', async () => {
    const { headers } = await running.post({ query: '{' })
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(headers.get('access-control-allow-origin')).toBeNull()
  })

  test('a subgraph’s error arrives unchanged', async () => {
    expect(await bodyOf(await running.post({ query: '{ why: fails }' }))).toEqual({
      errors: [
        {
          message: 'Cannot say',
          path: ['why'],
          extensions: {
            code: 'TEAPOT',
            class: 'CONFLICT',
            retry: false,
            details: { hint: 'rest' },
          },
        },
      ],
      data: { why: null },
    })
  })

  test('null data is an answer with status 200', async () => {
    const response = await running.post({ query: '{ failsHard }' }, preferred)
    expect([response.status, (await bodyOf(response)).data]).toEqual([200, null])
  })

  test.for([
    [400, 'BODY_NOT_JSON', '{'],
    [400, 'REQUEST_INVALID', 'null'],
    [400, 'REQUEST_INVALID', '[]'],
    [400, 'REQUEST_INVALID', '{"query":7}'],
    [400, 'REQUEST_INVALID', '{"variables":{}}'],
    [400, 'REQUEST_INVALID', '{"query":"{a}","variables":[]}'],
    [400, 'REQUEST_INVALID', '{"query":"{a}","operationName":1}'],
    [400, 'REQUEST_INVALID', '{"query":"{a}","extensions":"x"}'],
    [400, 'GRAPHQL_INVALID', '{"query":"{ a( }"}'],
    [400, 'GRAPHQL_INVALID', '{"query":"{ nothing }"}'],
    [400, 'OPERATION_UNKNOWN', '{"query":"query A { me { id } } query B { me { id } }"}'],
    [400, 'OPERATION_UNKNOWN', '{"query":"query A { me { id } }","operationName":"B"}'],
    [400, 'VALIDATION_ERROR', '{"query":"query Q($u: ID!) { book(upc: $u) { upc } }"}'],
    [400, 'SUBSCRIPTION_NEEDS_SOCKET', '{"query":"subscription { reviewed { id } }"}'],
    [400, 'QUERY_TOO_DEEP', `{"query":"${'{a'.repeat(13)}${'}'.repeat(13)}"}`],
    [413, 'BATCH_TOO_LARGE', JSON.stringify(Array.from({ length: 11 }, () => name))],
    [413, 'BODY_TOO_LARGE', JSON.stringify({ query: `{ a } # ${'x'.repeat(300_000)}` })],
  ] as const)('%i %s for %s', async ([status, code, body]) => {
    expect(await codeOf(await running.post(body, preferred))).toEqual([status, code])
  })

  test.for(['GRAPHQL_INVALID', 'OPERATION_UNKNOWN', 'VALIDATION_ERROR'] as const)(
    '%s has status 200 for a client that reads application/json',
    async (code) => {
      const bodies = {
        GRAPHQL_INVALID: { query: '{ nothing }' },
        OPERATION_UNKNOWN: { query: 'query A { me { id } } query B { me { id } }' },
        VALIDATION_ERROR: { query: 'query Q($u: ID!) { book(upc: $u) { upc } }' },
      }
      const response = await running.post(bodies[code], { accept: 'application/json' })
      expect(await codeOf(response)).toEqual([200, code])
    },
  )

  test('GRAPHQL_INVALID has one error for each place, with its location', async () => {
    const { errors } = await bodyOf(await running.post({ query: '{ nothing\n me { nobody } }' }))
    expect(errors).toMatchObject([
      {
        locations: [{ line: 1, column: 3 }],
        extensions: { code: 'GRAPHQL_INVALID', field: 'query' },
      },
      { locations: [{ line: 2, column: 7 }] },
    ])
  })

  test('405 METHOD_NOT_ALLOWED for a mutation by GET, and for other methods', async () => {
    const headers = { 'apollo-require-preflight': '1' }
    const search = new URLSearchParams({ query: 'mutation { count }' })
    const calls = running.calls.length
    const response = await fetch(`${running.url}?${search.toString()}`, { headers })
    expect(response.headers.get('allow')).toBe('GET, POST, PUT, DELETE')
    expect(await codeOf(response)).toEqual([405, 'METHOD_NOT_ALLOWED'])
    expect(await codeOf(await fetch(running.url, { method: 'PATCH', body: '{}' }))).toEqual([
      405,
      'METHOD_NOT_ALLOWED',
    ])
    expect(running.calls).toHaveLength(calls)
  })

  test.for<Record<string, string>>([
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'something-else' },
    { origin: 'https://other.test' },
    { origin: 'null' },
  ])('400 PREFLIGHT_REQUIRED for a GET of a foreign page: %o', async (headers) => {
    const search = new URLSearchParams(name)
    const url = `${running.url}?${search.toString()}`
    expect(await codeOf(await fetch(url, { headers }))).toEqual([400, 'PREFLIGHT_REQUIRED'])
    expect(await getStatus(url, { ...headers, 'apollo-require-preflight': '1' })).toBe(200)
  })

  test.for<Record<string, string>>([
    {},
    { 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'none' },
  ])('a GET of a program, the own page or the address bar is answered: %o', async (headers) => {
    const search = new URLSearchParams(name)
    expect(await getStatus(`${running.url}?${search.toString()}`, headers)).toBe(200)
  })

  test('a GET has an etag, and 304 says that its client has the answer', async () => {
    const url = `${running.url}?${new URLSearchParams(name).toString()}`
    const first = await fetch(url)
    const tag = first.headers.get('etag') ?? ''
    expect(tag).toMatch(/^"[0-9a-f]{32}"$/u)
    expect(first.headers.get('cache-control')).toBe('private, no-cache')
    expect(first.headers.get('vary')).toContain('authorization')
    const again = await fetch(url, { headers: { 'if-none-match': `"x", W/${tag}` } })
    expect([again.status, await again.text()]).toEqual([304, ''])
    const other = await fetch(url, { headers: { 'if-none-match': '"x"' } })
    expect(other.status).toBe(200)
  })

  test('no etag for a POST, a mutation or an answer with errors', async () => {
    expect((await running.post(name)).headers.get('etag')).toBeNull()
    const refused = await fetch(`${running.url}?query={nothing}`)
    expect(refused.headers.get('etag')).toBeNull()
    expect(refused.headers.get('cache-control')).toBe('no-store')
  })

  test.for(['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=latin1'])(
    '415 CONTENT_TYPE_UNSUPPORTED for %s',
    async (type) => {
      const response = await running.post(name, { 'content-type': type })
      expect(await codeOf(response)).toEqual([415, 'CONTENT_TYPE_UNSUPPORTED'])
    },
  )

  test('406 NOT_ACCEPTABLE for a client that reads neither type', async () => {
    const response = await running.post(name, { accept: 'text/html' })
    expect(await codeOf(response)).toEqual([406, 'NOT_ACCEPTABLE'])
  })

  test('401 for a token that does not hold, and nothing is executed', async () => {
    const calls = running.calls.length
    const response = await running.post(name, { authorization: 'Bearer bad' })
    expect(response.headers.get('www-authenticate')).toBe('Bearer')
    expect(await codeOf(response)).toEqual([401, 'TOKEN_INVALID'])
    expect(running.calls).toHaveLength(calls)
  })

  test('answers a batch in order, each operation for itself', async () => {
    const response = await running.post([
      name,
      { query: '{ nothing }' },
      { query: '{ me { id } }' },
    ])
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject([
      { data: { book: { upc: 'p1' } } },
      { errors: [{ extensions: { code: 'GRAPHQL_INVALID' } }] },
      { data: { me: { id: 'u1' } } },
    ])
  })

  test('a new supergraph is served at once, and the old operations are forgotten', async () => {
    await using fresh = await startGateway()
    await fresh.post(name)
    fresh.gateway.load(compose(media).supergraphSdl)
    expect(await codeOf(await fresh.post(name))).toEqual([200, 'GRAPHQL_INVALID'])
    expect(() => fresh.gateway.ready()).toThrow(
      expect.objectContaining({ code: 'UPSTREAM_FAILED' }),
    )
  })
})

describe('limits of rate', () => {
  test('an unseen document costs more the longer it is, and one request once it is known', async () => {
    const anonymousRate = { perS: 1, burst: 6 }
    await using running = await startGateway({ config: { anonymousRate }, now: () => new Date(0) })
    const query = `{ book(upc: "p1") { ${'upc '.repeat(520)} } }`
    const statuses: number[] = []
    for (let round = 0; round < 4; round += 1) {
      statuses.push((await running.post({ query })).status)
    }
    expect(statuses).toEqual([200, 200, 200, 429])
  })

  const rates = { callerRate: { perS: 1, burst: 3 }, anonymousRate: { perS: 1, burst: 2 } }

  test('429 RATE_LIMITED says when to come back; others are not touched', async () => {
    await using running = await startGateway({ config: rates, now: () => new Date(0) })
    await running.post(name)
    await running.post(name)
    const refused = await running.post(name)
    expect(refused.headers.get('retry-after')).toBe('1')
    expect(await codeOf(refused)).toEqual([429, 'RATE_LIMITED'])
    const known = await running.post(name, { authorization: 'Bearer CITIZEN' })
    expect(known.status).toBe(200)
  })

  test('a batch costs as much as its operations', async () => {
    await using running = await startGateway({ config: rates, now: () => new Date(0) })
    const headers = { authorization: 'Bearer CITIZEN' }
    expect((await running.post([name, name, name], headers)).status).toBe(200)
    expect(await codeOf(await running.post(name, headers))).toEqual([429, 'RATE_LIMITED'])
  })

  test('guessing tokens spends the bucket of the address', async () => {
    await using running = await startGateway({ config: rates, now: () => new Date(0) })
    const guess = () => running.post(name, { authorization: 'Bearer bad' })
    await guess()
    await guess()
    expect(await codeOf(await guess())).toEqual([429, 'RATE_LIMITED'])
  })
})

test('INTROSPECTION_DISABLED where it is switched off, and refusals teach no names', async () => {
  await using running = await startGateway({ config: { introspection: false } })
  expect(
    await codeOf(await running.post({ query: '{ __schema { types { name } } }' }, preferred)),
  ).toEqual([400, 'INTROSPECTION_DISABLED'])
  const { errors } = await bodyOf(await running.post({ query: '{ boook(upc: "p1") { upc } }' }))
  expect(errors?.[0]?.message).not.toContain('Did you mean')
})

test('a list of operations is refused where batching is off', async () => {
  await using running = await startGateway({ config: { batching: false } })
  expect(await codeOf(await running.post([name]))).toEqual([400, 'REQUEST_INVALID'])
})

test('a client that leaves aborts what was fetched for it', async () => {
  let signal: AbortSignal | undefined
  const opinions = {
    send: (_call: unknown, scope: { signal: AbortSignal }) => {
      signal = scope.signal
      return new Promise<never>(() => {})
    },
    subscribe: () => new Promise<never>(() => {}),
  }
  await using running = await startGateway({ transports: { opinions } })
  const leaving = new AbortController()
  const answer = fetch(running.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ me { id } }' }),
    signal: leaving.signal,
  })
  await expect.poll(() => signal !== undefined).toBe(true)
  leaving.abort()
  await expect(answer).rejects.toThrow('aborted')
  await expect.poll(() => signal?.aborted).toBe(true)
})

test('a fault of our own is INTERNAL, logged with its id and hidden', () => {
  const logged: unknown[] = []
  const log = { error: (...facts: unknown[]) => logged.push(facts), warn: () => undefined }
  const free = { take: () => undefined }
  const reception = openReception({
    // A broken engine: every use of it is a fault of ours.
    engine: null as never,
    pipeline: null as never,
    limits: { tokensMax: 1, depthMax: 1, aliasesMax: 1, rootFieldsMax: 1 },
    introspection: true,
    callerRate: free,
    anonymousRate: free,
    log: log as never,
  })
  const signal = new AbortController().signal
  const answer = reception.refuse(new TypeError('secret detail'), { correlationId: 'c', signal })
  expect(answer).toMatchObject({
    errors: [{ extensions: { code: 'INTERNAL', correlationId: 'c' } }],
  })
  expect(JSON.stringify(answer)).not.toContain('secret detail')
  expect(logged).toHaveLength(1)
})
