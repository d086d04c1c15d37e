import { SezError } from '@sez/core/errors'
import { anonymous } from '@sez/platform/context'
import { describe, expect, test } from 'vitest'
import { compose, harness, monolith, plain, runMonolith } from './federation.fixture.ts'
import { media, mutations, shop } from './shop.fixture.ts'
import type { Transport, UpstreamResult } from './transport/transport.ts'

const shopGraph = compose(shop)
const mediaGraph = compose(media)

/** A subgraph that answers every call the same way. */
function answering(answer: () => Promise<UpstreamResult>): Transport {
  return { send: answer, subscribe: answer }
}

describe('fetches', () => {
  test('an entity met many times is fetched once and merged everywhere', async () => {
    const { run, calls } = harness(shopGraph)
    const { data } = await run('{ reviews { id author { id visits } } }')
    const [entities, ...others] = calls.filter(({ service }) => service === 'warehouse')
    expect(others).toEqual([])
    expect(entities?.variables['representations']).toEqual([
      { __typename: 'User', id: 'u2' },
      { __typename: 'User', id: 'u1' },
    ])
    expect(data).toMatchObject({
      reviews: Array.from({ length: 6 }, () => ({ author: { visits: 7 } })),
    })
  })

  test('only the variables a subgraph uses are sent to it', async () => {
    const { run, calls } = harness(shopGraph)
    const query =
      'query Q($n: Int, $c: String) { products(first: $n) { ... on Book { price(currency: $c) reviews { id } } } }'
    await run(query, { variables: { n: 1, c: 'USD' } })
    expect(calls.map(({ service, variables }) => [service, Object.keys(variables)])).toEqual([
      ['catalogue', ['n', 'c']],
      ['opinions', ['representations']],
    ])
  })

  test('a skipped branch is not fetched', async () => {
    const { run, calls } = harness(shopGraph)
    const query =
      'query Q($on: Boolean!) { products(first: 1) { upc ... on Book @include(if: $on) { reviews { id } } } }'
    await run(query, { variables: { on: false } })
    expect(calls.map(({ service }) => service)).toEqual(['catalogue'])
    await run(query, { variables: { on: true } })
    expect(calls.map(({ service }) => service)).toEqual(['catalogue', 'catalogue', 'opinions'])
  })

  test('independent fetches run at the same time', async () => {
    const gate = Promise.withResolvers<UpstreamResult>()
    const waiting: string[] = []
    const wait = (name: string) =>
      answering(() => {
        waiting.push(name)
        return gate.promise
      })
    const { run } = harness(shopGraph, { catalogue: wait('catalogue'), opinions: wait('opinions') })
    const answer = run('{ products { upc } me { id } }')
    await expect.poll(() => waiting.toSorted()).toEqual(['catalogue', 'opinions'])
    gate.resolve({ data: { products: [], me: null } })
    expect(await answer).toEqual({ data: { products: [], me: null } })
  })

  test('mutations run in the order the client wrote them, across subgraphs', async () => {
    const { run } = harness(shopGraph)
    mutations.length = 0
    expect(await run('mutation { a: note b: count c: note d: note }')).toEqual({
      data: { a: 1, b: 2, c: 3, d: 4 },
    })
    expect(mutations).toEqual(['opinions', 'catalogue', 'opinions', 'opinions'])
  })
})

describe('errors', () => {
  test('a subgraph error keeps its message and extensions; only its path is the client’s', async () => {
    const error = {
      message: 'Somebody was faster.',
      path: ['_entities', 0, 'reviews', 1, 'stars'],
      locations: [{ line: 1, column: 2 }],
      extensions: { code: 'STALE_HEAD', class: 'CONFLICT', retry: true, details: { head: 'abc' } },
    }
    const opinions = answering(() =>
      Promise.resolve({
        data: { _entities: [{ mine: [{ stars: 1 }, { stars: null }] }] },
        errors: [error],
      }),
    )
    const { run } = harness(shopGraph, { opinions })
    const { errors } = await run(
      '{ shelf: products(first: 1) { ... on Book { reviews { stars } } } }',
    )
    expect(errors).toEqual([
      {
        message: error.message,
        path: ['shelf', 0, 'reviews', 1, 'stars'],
        extensions: error.extensions,
      },
    ])
  })

  test('an error of a deduplicated entity is told at every place of it', async () => {
    const warehouse = answering(() =>
      Promise.resolve({
        data: { _entities: [null, { visits: 1 }] },
        errors: [{ message: 'no', path: ['_entities', 0, 'visits'] }],
      }),
    )
    const { run } = harness(shopGraph, { warehouse })
    const { errors } = await run('{ reviews { author { visits } } }')
    expect(errors?.map(({ path }) => path)).toEqual([
      ['reviews', 0, 'author', 'visits'],
      ['reviews', 2, 'author', 'visits'],
      ['reviews', 4, 'author', 'visits'],
    ])
  })

  test('an error under a protected alias is told under the client’s name', async () => {
    const { run } = harness(shopGraph)
    const { errors } = await run('{ book(upc: "p3") { upc: strict reviews { id } } }')
    expect(errors?.map(({ path }) => path)).toEqual([['book', 'upc']])
  })

  test('a root field that took others of its subgraph with it explains them', async () => {
    const { run } = harness(shopGraph)
    expect(await run('{ products(first: 1) { upc } failsHard }')).toEqual({
      data: null,
      errors: [{ message: 'Cannot at all', path: ['failsHard'], extensions: { code: 'HARD' } }],
    })
  })

  test('a null that must not be without any error is UPSTREAM_INVALID at its place', async () => {
    const { run } = harness(mediaGraph)
    expect(await run('{ missing { title mustRate } }')).toMatchObject({
      data: { missing: null },
      errors: [{ path: ['missing', 'mustRate'], extensions: { code: 'UPSTREAM_INVALID' } }],
    })
  })

  test('fields of an entity that its subgraph gave up for one error are told by that error', async () => {
    const { run } = harness(mediaGraph)
    const { data, errors } = await run('{ film(id: "m3") { tags mustRate } }')
    expect(data).toEqual({ film: null })
    expect(errors?.map(({ path }) => path)).toEqual([['film', 'mustRate']])
  })

  test.for([
    ['a wrong leaf', { upc: 'p1', weight: 'heavy' }, ['products', 0, 'weight']],
    ['an object where a leaf should be', { upc: 'p1', name: { a: 1 } }, ['products', 0, 'name']],
    ['an unknown type', { __typename: 'Spy', upc: 'p1' }, ['products', 0]],
    ['a fraction as an Int', { upc: 'p1', weight: 1.5 }, ['products', 0, 'weight']],
    ['a value hidden from the API', { upc: 'p1', kind: 'SECRET' }, ['products', 0, 'kind']],
  ] as const)('%s is UPSTREAM_INVALID', async ([, product, path]) => {
    const catalogue = answering(() =>
      Promise.resolve({ data: { products: [{ __typename: 'Book', ...product }] } }),
    )
    const { run } = harness(shopGraph, { catalogue })
    const { errors } = await run('{ products { upc name weight kind } }')
    expect(errors).toMatchObject([{ path, extensions: { code: 'UPSTREAM_INVALID' } }])
  })
})

describe('a subgraph that fails', () => {
  const query = '{ products(first: 2) { upc ... on Book { reviews { id } } } me { name } }'

  test('costs only its own part of the data: UPSTREAM_FAILED', async () => {
    const warehouse = answering(() => Promise.reject(new TypeError('socket hang up')))
    const { run } = harness(shopGraph, { warehouse })
    const { data, errors } = await run('{ reviews { id author { visits } } fails }')
    expect(data).toMatchObject({
      reviews: [{ id: 'r1', author: { visits: null } }, {}, {}, {}, {}, {}],
    })
    expect(errors).toMatchObject([
      { message: 'Cannot say' },
      {
        path: ['reviews'],
        extensions: { code: 'UPSTREAM_FAILED', retry: true, correlationId: 'test' },
      },
    ])
  })

  test('hides what it said from the caller', async () => {
    const opinions = answering(() => Promise.reject(new TypeError('password=hunter2')))
    const { run } = harness(shopGraph, { opinions })
    expect(JSON.stringify(await run(query))).not.toContain('hunter2')
  })

  test('by throwing at once is no different', async () => {
    const opinions = answering(() => {
      throw new RangeError('at once')
    })
    const { run } = harness(shopGraph, { opinions })
    expect(await run('{ me { id } products(first: 1) { upc } }')).toMatchObject({
      data: { me: null, products: [{ upc: 'p1' }] },
      errors: [{ extensions: { code: 'UPSTREAM_FAILED' } }],
    })
  })

  test('by silence is UPSTREAM_TIMEOUT, and is told to stop', async () => {
    let signal: AbortSignal | undefined
    const opinions: Transport = {
      send: (_call, scope) => {
        signal = scope.signal
        return new Promise(() => {})
      },
      subscribe: () => new Promise(() => {}),
    }
    const { run } = harness(shopGraph, { opinions }, { upstreamTimeoutMs: 20 })
    expect(await run('{ me { id } products(first: 1) { upc } }')).toMatchObject({
      data: { me: null, products: [{ upc: 'p1' }] },
      errors: [{ extensions: { code: 'UPSTREAM_TIMEOUT', details: { timeoutMs: 20 } } }],
    })
    expect(signal?.aborted).toBe(true)
  })

  test.for([
    ['nothing', {}],
    ['a list', []],
    ['text', 'oops'],
    ['null', null],
    ['data that is a list', { data: [] }],
    ['errors that are no list', { data: {}, errors: 'no' }],
  ] as const)('by answering %s is UPSTREAM_INVALID', async ([, lie]) => {
    // A transport may hand over anything the other side sent.
    const opinions = answering(() => Promise.resolve(lie as unknown as UpstreamResult))
    const { run } = harness(shopGraph, { opinions })
    expect(await run('{ me { id } }')).toMatchObject({
      data: { me: null },
      errors: [{ extensions: { code: 'UPSTREAM_INVALID' } }],
    })
  })

  test('by answering another number of entities is UPSTREAM_INVALID', async () => {
    const opinions = answering(() => Promise.resolve({ data: { _entities: [null, null, null] } }))
    const { run } = harness(shopGraph, { opinions })
    const { errors } = await run('{ products(first: 1) { ... on Book { reviews { id } } } }')
    expect(errors).toMatchObject([
      { extensions: { code: 'UPSTREAM_INVALID', details: { expected: 1 } } },
    ])
  })

  test('by errors of no known form still answers errors', async () => {
    const opinions = answering(() =>
      Promise.resolve({
        data: null,
        errors: [null, 7, { message: 3, path: 'x', extensions: 'y' }],
      }),
    )
    const { run } = harness(shopGraph, { opinions })
    const { data, errors } = await run('{ me { id } }')
    expect(data).toEqual({ me: null })
    expect(errors).toHaveLength(3)
  })

  test('for a caller who left is given up: REQUEST_ABORTED', async () => {
    const leaving = new AbortController()
    const opinions = answering(() => new Promise(() => {}))
    const { run } = harness(shopGraph, { opinions })
    const answer = run('{ me { id } }', { signal: leaving.signal })
    leaving.abort()
    expect(await answer).toMatchObject({ errors: [{ extensions: { code: 'REQUEST_ABORTED' } }] })
  })

  test('a subgraph nobody runs is UPSTREAM_FAILED', async () => {
    const { run, transports } = harness(shopGraph)
    transports.delete('opinions')
    expect(await run('{ me { id } }')).toMatchObject({
      errors: [{ extensions: { code: 'UPSTREAM_FAILED', details: { subgraph: 'opinions' } } }],
    })
  })
})

describe('variables', () => {
  const query =
    'query Q($upc: ID!, $n: Int) { book(upc: $upc) { upc } products(first: $n) { upc } }'
  const problemsOf = async (variables: Record<string, unknown>, text = query) => {
    try {
      await harness(shopGraph).run(text, { variables })
    } catch (error) {
      if (error instanceof SezError) return [error.code, error.details['problems']]
      throw error
    }
    return []
  }

  test('VALIDATION_ERROR lists every variable that does not fit, and nothing is fetched', async () => {
    const [code, problems] = await problemsOf({ n: 'x' })
    expect(code).toBe('VALIDATION_ERROR')
    expect(problems).toMatchObject([{ path: 'upc' }, { path: 'n' }])
  })

  test('null for a condition is refused although its type allows it', async () => {
    const text = 'query Q($on: Boolean = true) { products { upc @include(if: $on) } }'
    expect(await problemsOf({ on: null }, text)).toMatchObject([
      'VALIDATION_ERROR',
      [{ path: 'on' }],
    ])
  })

  test('an inherited name is not a value', async () => {
    const text = 'query Q($constructor: ID!) { book(upc: $constructor) { upc } }'
    expect(await problemsOf({}, text)).toMatchObject([
      'VALIDATION_ERROR',
      [{ path: 'constructor' }],
    ])
  })
})

describe('the supergraph', () => {
  test('is swapped at once; a request at work finishes on the old one', async () => {
    const { engine, run, transports } = harness(shopGraph)
    const inner = transports.get('catalogue')
    const gate = Promise.withResolvers<void>()
    transports.set('catalogue', {
      ...answering(() => Promise.resolve({})),
      send: async (call, scope) => {
        await gate.promise
        return (await inner?.send(call, scope)) ?? {}
      },
    })
    const before = engine.supergraph
    const answer = run('{ products(first: 1) { upc } }')
    engine.load(mediaGraph.supergraphSdl)
    gate.resolve()
    expect(await answer).toEqual({ data: { products: [{ upc: 'p1' }] } })
    expect(engine.supergraph).not.toBe(before)
    expect(engine.find('{ products(first: 1) { upc } }', undefined)).toBeUndefined()
  })

  test('an operation found before the swap runs on what it was compiled for', async () => {
    const { engine, run } = harness(shopGraph)
    const query = '{ products(first: 1) { upc } }'
    await run(query)
    const found = engine.find(query, undefined)
    engine.load(mediaGraph.supergraphSdl)
    const scope = { caller: anonymous, correlationId: 'c', signal: new AbortController().signal }
    expect(found && plain(await engine.execute(found, {}, scope))).toEqual({
      data: { products: [{ upc: 'p1' }] },
    })
  })

  test('a broken one is refused and the old one stays', () => {
    const { engine } = harness(shopGraph)
    const before = engine.supergraph
    expect(() => engine.load('type Query { a: Int }')).toThrow(
      expect.objectContaining({ code: 'SUPERGRAPH_INVALID' }),
    )
    expect(engine.supergraph).toBe(before)
  })
})

test('QUERY_TOO_COSTLY before anything is fetched, by the values of this request', async () => {
  const { run, calls } = harness(shopGraph, {}, { costMax: 50 })
  const query = 'query Q($n: Int) { products(first: $n) { upc } }'
  await run(query, { variables: { n: 50 } })
  await expect(run(query, { variables: { n: 51 } })).rejects.toMatchObject({
    code: 'QUERY_TOO_COSTLY',
    details: { cost: 51, max: 50 },
  })
  expect(calls).toHaveLength(1)
})

test('the answer has the client’s order, whatever order subgraphs answer in', async () => {
  const { run } = harness(shopGraph)
  const query = '{ me { visits name id } products(first: 1) { weight upc name } }'
  const expected = await runMonolith(monolith(shopGraph, shop), query)
  const answer = await run(query, { caller: anonymous })
  expect(JSON.stringify(answer)).toBe(JSON.stringify(expected))
})
