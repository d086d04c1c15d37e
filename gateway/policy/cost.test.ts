import { buildSchema, parse } from 'graphql'
import { describe, expect, test } from 'vitest'
import { fragmentsOf, selectOperation } from '../plan/operation.ts'
import { checkCost, estimateCost, sizingVariables } from './cost.ts'

const schema = buildSchema(`
  type Query {
    entity(id: ID): Entity
    entities(first: Int, last: Int): EntityConnection
    plain: [Entity!]!
    paged(first: Int): [Entity!]!
    anything: Anything
    count: Int
  }
  type EntityConnection { edges: [EntityEdge!]! nodes: [Entity!]! pageInfo: PageInfo! totalCount: Int }
  type EntityEdge { cursor: String! node: Entity! }
  type PageInfo { endCursor: String hasNextPage: Boolean! }
  type Entity { id: ID! name: String tags: [String!]! owner: Entity members(first: Int): EntityConnection list: [Entity!]! }
  union Anything = Entity
`)

function costOf(query: string, variables: Record<string, unknown> = {}): number {
  return estimateCost(inputOf(query), variables)
}

function inputOf(query: string) {
  const document = parse(query)
  return {
    schema,
    operation: selectOperation(document, undefined),
    fragments: fragmentsOf(document),
  }
}

test.for([
  ['scalars cost nothing', '{ count }', 0],
  ['an object costs one', '{ entity { id name tags } }', 1],
  ['objects add up', '{ entity { owner { owner { id } } } }', 3],
  ['a page costs its nodes', '{ entities(first: 20) { nodes { id } } }', 20],
  [
    'edges and page infos cost nothing',
    '{ entities(first: 20) { edges { cursor node { id } } pageInfo { endCursor } } }',
    20,
  ],
  ['a connection asked for no nodes costs nothing', '{ entities(first: 500) { totalCount } }', 0],
  ['last sizes a page as well', '{ entities(last: 7) { nodes { id } } }', 7],
  ['a page at the root without first gives 50', '{ entities { nodes { id } } }', 50],
  ['a page below without first gives 10', '{ entity { members { nodes { id } } } }', 11],
  ['a list without first gives 10', '{ plain { id } }', 10],
  ['a list with first gives that', '{ paged(first: 3) { id } }', 3],
  ['nested lists multiply', '{ entities(first: 5) { nodes { list { id } } } }', 55],
  [
    'nested pages multiply',
    '{ entities(first: 5) { nodes { members(first: 4) { nodes { owner { id } } } } } }',
    45,
  ],
  [
    'a page above what is allowed counts as the most allowed',
    '{ entities(first: 100000) { nodes { id } } }',
    500,
  ],
  ['a negative page costs nothing', '{ entities(first: -5) { nodes { id } } }', 0],
  [
    'fragments count where they are spread',
    '{ a: entity { ...F } b: entity { ...F } } fragment F on Entity { owner { id } }',
    4,
  ],
  [
    'a fragment on a connection takes its size',
    '{ entities(first: 6) { ...C } } fragment C on EntityConnection { nodes { id } }',
    6,
  ],
  ['types of a union add up', '{ anything { ... on Entity { owner { id } } } }', 2],
  [
    'a fragment that spreads itself ends',
    '{ entity { ...F } } fragment F on Entity { owner { ...F } }',
    2,
  ],
  ['introspection costs nothing', '{ __schema { types { name } } }', 0],
] as const)('%s', ([, query, cost]) => {
  expect(costOf(query)).toBe(cost)
})

describe('variables', () => {
  const query =
    'query Q($n: Int = 8, $m: Int) { entities(first: $n) { nodes { members(first: $m) { nodes { id } } } } }'

  test('size pages by value, by default, and as if absent', () => {
    expect(costOf(query, { n: 2, m: 3 })).toBe(8)
    expect(costOf(query, { m: 1 })).toBe(16)
    expect(costOf(query, { n: 1 })).toBe(11)
  })

  test('that size pages are named, others are not', () => {
    expect(sizingVariables(inputOf(query))).toEqual(['n', 'm'])
    expect(sizingVariables(inputOf('query Q($id: ID) { entity(id: $id) { id } }'))).toEqual([])
  })
})

test('QUERY_TOO_COSTLY says how much it is and how much may be', () => {
  const query = '{ entities(first: 500) { nodes { members(first: 500) { nodes { id } } } } }'
  expect(() => checkCost(inputOf(query), {}, 5_000)).toThrow(
    expect.objectContaining({
      code: 'QUERY_TOO_COSTLY',
      details: { field: 'query', cost: 250_500, max: 5_000 },
    }),
  )
})

test('fragments that double at every level are counted, not walked', () => {
  const chain = Array.from(
    { length: 40 },
    (_, level) => `fragment F${level} on Entity { ...F${level + 1} owner { ...F${level + 1} } }`,
  )
  const started = performance.now()
  const query = `{ entity { ...F0 } } ${chain.join(' ')} fragment F40 on Entity { id }`
  expect(costOf(query)).toBeGreaterThan(2 ** 39)
  expect(performance.now() - started).toBeLessThan(200)
})
