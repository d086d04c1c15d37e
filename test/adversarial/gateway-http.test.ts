/** Hostile input to the gateway's HTTP front: a coded answer each, quickly, and the next caller served. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { errorCodes } from '@sez/core/errors'
import { invariant } from '@sez/core/invariant'
import { type Running, startGateway } from '@sez/gateway/gateway.fixture'
import * as fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'

let running: Running
beforeAll(async () => {
  running = await startGateway()
})
afterAll(() => running[Symbol.asyncDispose]())

afterEach(async () => {
  const response = await running.post({ query: '{ book(upc: "p1") { upc } }' })
  invariant((await response.text()) === '{"data":{"book":{"upc":"p1"}}}', 'the next is served')
})

async function refusalOf(response: Response): Promise<[number, unknown]> {
  const text = await response.text()
  const body: unknown = JSON.parse(text)
  const { errors = [] } = (Array.isArray(body) ? body[0] : body) as {
    errors?: { extensions?: { code?: unknown } }[]
  }
  return [response.status, errors[0]?.extensions?.code]
}

const graphql = { accept: 'application/graphql-response+json' }
const ask = (query: string, variables: unknown = {}) => running.post({ query, variables }, graphql)

describe('a hostile document is refused', () => {
  const aliases = Array.from({ length: 10_000 }, (_, index) => `a${index}:fails`).join(' ')
  test.for([
    ['10,000 aliases', 400, 'QUERY_TOO_LONG', `{${aliases}}`],
    ['31 aliases', 400, 'TOO_MANY_ROOT_FIELDS', `{${aliases.split(' ').slice(0, 31).join(' ')}}`],
    ['depth 100', 400, 'QUERY_TOO_DEEP', `${'{a'.repeat(100)}${'}'.repeat(100)}`],
    ['a NUL in a name', 400, 'GRAPHQL_INVALID', '{ fai\u0000ls }'],
    ['a lone surrogate', 400, 'GRAPHQL_INVALID', '{ fails \ud800 }'],
    ['a hundred thousand braces', 400, 'QUERY_TOO_DEEP', '{'.repeat(100_000)],
    ['a hundred thousand brackets', 400, 'QUERY_TOO_DEEP', `{ book(upc: ${'['.repeat(100_000)}`],
    ['an unclosed block string', 400, 'GRAPHQL_INVALID', `{ book(upc: """${'x'.repeat(100_000)}`],
    [
      'a fragment that spreads itself',
      400,
      'GRAPHQL_INVALID',
      '{ ...F } fragment F on Query { ...F fails }',
    ],
    [
      'two fragments that spread each other',
      400,
      'GRAPHQL_INVALID',
      '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }',
    ],
    [
      'the subgraphs’ own entry',
      400,
      'GRAPHQL_INVALID',
      '{ _entities(representations: []) { __typename } }',
    ],
    ['the subgraphs’ own schema', 400, 'GRAPHQL_INVALID', '{ _service { sdl } }'],
    ['a hidden field', 400, 'GRAPHQL_INVALID', '{ book(upc: "p1") { internal } }'],
    ['nothing', 400, 'GRAPHQL_INVALID', '   # only a comment'],
  ] as const)('%s: %i %s', async ([, status, code, query]) => {
    expect(await refusalOf(await ask(query))).toEqual([status, code])
  })

  const growing = (count: number, last = '') =>
    Array.from({ length: count }, (_, level) => {
      const spreads = [1, 2].map((step) => (level + step < count ? `...F${level + step}` : last))
      return `fragment F${level} on Book { upc ${spreads.join(' ')} }`
    }).join(' ')

  test.for([
    ['a million selections when written out', 'QUERY_TOO_LONG', growing(30)],
    ['more than ApolloServer would count', 'QUERY_TOO_LONG', growing(60)],
    ['as deep as the stack', 'QUERY_TOO_DEEP', growing(140)],
    ['a cycle as long as the stack', 'GRAPHQL_INVALID', growing(140, '...F0')],
  ] as const)('whose fragments are %s: %s', async ([, code, fragments]) => {
    const started = performance.now()
    expect(await refusalOf(await ask(`{ book(upc: "p1") { ...F0 } } ${fragments}`))).toEqual([
      400,
      code,
    ])
    expect(performance.now() - started).toBeLessThan(1_000)
    expect(running.logged).toEqual([])
  })

  test('whose introspection multiplies itself', async () => {
    const deep = `${'fields { type { '.repeat(8)} name ${'} }'.repeat(8)}`
    expect(await refusalOf(await ask(`{ __schema { types { ${deep} } } }`))).toEqual([
      400,
      'GRAPHQL_INVALID',
    ])
  })

  test('whose fragments double at every level', async () => {
    const chain = Array.from(
      { length: 60 },
      (_, level) =>
        `fragment F${level} on Book { ...F${level + 1} ...F${level + 1} a${level}: upc }`,
    ).join(' ')
    const query = `{ book(upc: "p1") { ...F0 } } ${chain} fragment F60 on Book { upc }`
    const started = performance.now()
    expect(await refusalOf(await ask(query))).toEqual([400, 'TOO_MANY_ALIASES'])
    expect(performance.now() - started).toBeLessThan(2_000)
  })
})

describe('hostile variables', () => {
  const query = 'query Q($u: ID!) { book(upc: $u) { upc } }'
  test.for([
    ['an object for an id', { u: { a: 1 } }],
    ['a list', { u: ['p1'] }],
    ['null', { u: null }],
    ['the name on the prototype', JSON.parse('{"__proto__":{"u":"p1"}}')],
    ['the constructor', { constructor: { u: 'p1' } }],
  ] as const)('%s: VALIDATION_ERROR', async ([, variables]) => {
    expect(await refusalOf(await ask(query, variables))).toEqual([400, 'VALIDATION_ERROR'])
  })

  test('a hundred thousand levels deep: REQUEST_INVALID', async () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    const response = await running.post(`{"query":"{ fails }","variables":{"u":${deep}}}`, graphql)
    expect(await refusalOf(response)).toEqual([400, 'REQUEST_INVALID'])
  })

  test('under the name __proto__ are answered like any other', async () => {
    const response = await ask(
      'query Q($__proto__: ID!) { __proto__: book(upc: $__proto__) { constructor: upc } }',
      JSON.parse('{"__proto__":"p2"}'),
    )
    expect(await response.text()).toBe('{"data":{"__proto__":{"constructor":"p2"}}}')
    expect(Object.hasOwn(Object.prototype, 'constructor')).toBe(true)
    expect(({} as { upc?: unknown }).upc).toBeUndefined()
  })
})

describe('a hostile body is refused', () => {
  const post = (body: string | Uint8Array<ArrayBuffer>) =>
    fetch(running.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...graphql },
      body,
    })
  test.for([
    ['1 MiB', 413, 'BODY_TOO_LARGE', JSON.stringify({ query: 'x'.repeat(1_048_576) })],
    ['nothing', 400, 'BODY_NOT_JSON', ''],
    ['half of JSON', 400, 'BODY_NOT_JSON', '{"query":"{ fails'],
    ['JavaScript', 400, 'BODY_NOT_JSON', '{query: "{ fails }"}'],
    ['invalid UTF-8', 400, 'BODY_NOT_UTF8', new Uint8Array([0x7b, 0xff, 0xfe, 0x7d])],
    ['a query on the prototype', 400, 'REQUEST_INVALID', '{"__proto__":{"query":"{ fails }"}}'],
    ['lists in lists', 400, 'REQUEST_INVALID', '[[{"query":"{ fails }"}]]'],
    [
      'eleven operations',
      413,
      'BATCH_TOO_LARGE',
      JSON.stringify(Array.from({ length: 11 }, () => ({ query: '{ fails }' }))),
    ],
    ['a hundred thousand brackets', 400, 'BODY_NOT_JSON', '['.repeat(100_000)],
  ] as const)('%s: %i %s', async ([, status, code, body]) => {
    expect(await refusalOf(await post(body))).toEqual([status, code])
  })

  test('whatever bytes it holds, with a code of ours and no 500', async () => {
    const known = new Set(Object.keys(errorCodes))
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array({ maxLength: 200 }).map((bytes) => new Uint8Array(bytes)),
          fc.json().map((text) => new TextEncoder().encode(text)),
          fc
            .record(
              {
                query: fc.string({ unit: 'binary', maxLength: 60 }),
                variables: fc.jsonValue(),
                operationName: fc.jsonValue(),
              },
              { requiredKeys: [] },
            )
            .map((value) => new TextEncoder().encode(JSON.stringify(value))),
        ),
        async (bytes) => {
          const [status, code] = await refusalOf(await post(bytes))
          expect(status).toBeLessThan(500)
          expect(known).toContain(code)
        },
      ),
      { numRuns: 300 },
    )
  })
})

describe('a hostile connection', () => {
  const raw = async (text: string): Promise<string> => {
    const { hostname, port } = new URL(running.url)
    const socket = connect(Number(port), hostname)
    socket.end(text)
    let received = ''
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString()
    })
    socket.on('error', () => undefined)
    await once(socket, 'close')
    return received
  }

  test('with a flood of headers is refused', async () => {
    const headers = Array.from({ length: 2_000 }, (_, index) => `x-${index}: ${'y'.repeat(50)}`)
    expect(
      await raw(`POST /graphql HTTP/1.1\r\nhost: x\r\n${headers.join('\r\n')}\r\n\r\n`),
    ).toMatch(/^HTTP\/1\.1 431/)
  })

  test('with an address beyond all measure is refused', async () => {
    expect(
      await raw(`GET /graphql?query=${'x'.repeat(100_000)} HTTP/1.1\r\nhost: x\r\n\r\n`),
    ).toMatch(/^HTTP\/1\.1 431/)
  })

  test('that is no HTTP is refused', async () => {
    expect(await raw('\u0016\u0003\u0001 hello\r\n\r\n')).toMatch(/^HTTP\/1\.1 400/)
  })

  test('that ends in the middle of its body is forgotten', async () => {
    const head =
      'POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n'
    expect(await raw(`${head}{"query":`)).toMatch(/^$|^HTTP\/1\.1 4/)
  })

  test('with a correlation id that could forge a log line gets a new one', async () => {
    const response = await running.post(
      { query: '{ fails }' },
      { 'x-correlation-id': 'a b","level":"fatal' },
    )
    expect(response.headers.get('x-correlation-id')).toMatch(/^[0-9a-f-]{36}$/)
  })
})

test('fifty callers with hostile documents do not keep a fifty-first waiting', async () => {
  const hostile = Array.from({ length: 50 }, (_, index) =>
    ask(
      `{ a${index}: reviews { author { reviews { product { ... on Book { reviews { author { reviews { id } } } } } } } } }`,
    ),
  )
  const started = performance.now()
  const served = await running.post({ query: '{ book(upc: "p1") { upc } }' })
  expect(served.status).toBe(200)
  expect(performance.now() - started).toBeLessThan(5_000)
  for (const response of await Promise.all(hostile)) expect(response.status).toBeLessThan(500)
})
