import { expect, test } from 'vitest'
import { compose, harness, monolith, runMonolith } from '../federation.fixture.ts'
import { mutations, shop } from '../shop.fixture.ts'
import { collected } from '../stream.fixture.ts'
import { plain } from '../federation.fixture.ts'
import { callOf, schemaSubgraph, scopeOf, type Served, serveSubgraph } from './http.fixture.ts'

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
