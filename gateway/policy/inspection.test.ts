import { describe, expect, test } from 'vitest'
import { compose } from '../federation.fixture.ts'
import { buildSupergraph } from '../supergraph.ts'
import { listRootFields } from './catalogue.ts'
import { inspectText } from './inspection.ts'
import { rolesNeeded, rolesText, suffices } from './roles-needed.ts'

const { supergraphSdl } = compose([
  {
    name: 'shop',
    sdl: `
      "Everything."
      type Query {
        item: Item
        items(first: Int): ItemConnection
        old: Int @deprecated(reason: "ask item")
        secret: Int @requiresScopes(scopes: [["ADMIN"], ["TAX", "AUDITOR"]])
        known: Int @authenticated
      }
      type Mutation { "Sells one." sell(id: ID!): Item @requiresScopes(scopes: [["ADMIN"]]) }
      type Subscription { sold: Item never: Int @policy(policies: [["x"]]) }
      type ItemConnection { nodes: [Item!]! pageInfo: PageInfo! }
      type PageInfo { hasNextPage: Boolean! }
      type Item { id: ID! item: Item price: Int @requiresScopes(scopes: [["TAX"], ["REGULATOR"]]) }`,
  },
])
const supergraph = buildSupergraph(supergraphSdl)
const inspect = (text: string) => inspectText(text, supergraph)
const codes = (text: string) => inspect(text).problems.map(({ code }) => code)

describe('inspectText', () => {
  test('gives each operation with the fragments it uses, its roles, its cost', () => {
    const { operations, problems } = inspect(
      'query A { item { ...P } } fragment P on Item { price }\nquery B($n: Int) { items(first: $n) { nodes { id } } }',
    )
    expect(problems).toEqual([])
    const [a, b] = operations
    expect(a).toMatchObject({ name: 'A', kind: 'query', line: 1, cost: 1, costMax: 1 })
    expect(a?.roles).toEqual([['REGULATOR'], ['TAX']])
    expect(a?.document).toBe(
      'query A {\n  item {\n    ...P\n  }\n}\n\nfragment P on Item {\n  price\n}',
    )
    expect(b).toMatchObject({ name: 'B', line: 2, cost: 50, costMax: 500, roles: null })
  })

  test('roles are of all fields together', () => {
    const [both] = inspect('{ secret item { price } }').operations
    expect(both?.roles).toEqual([
      ['ADMIN', 'REGULATOR'],
      ['ADMIN', 'TAX'],
      ['AUDITOR', 'TAX'],
    ])
    expect(inspect('{ known }').operations[0]?.roles).toEqual([[]])
    expect(inspect('subscription { never }').operations[0]?.roles).toEqual([])
  })

  test('says where the text goes wrong', () => {
    expect(inspect('query A {\n  item { nam }\n}').problems).toMatchObject([
      { code: 'GRAPHQL_INVALID', line: 2, column: 10 },
    ])
    expect(inspect('query {').problems).toMatchObject([{ code: 'GRAPHQL_INVALID', line: 1 }])
    expect(codes('{ item { ...F } } fragment F on Item { ...F }')).toContain('GRAPHQL_INVALID')
  })

  test('DEPRECATED at the field that goes', () => {
    expect(inspect('{\n  old\n}').problems).toMatchObject([
      { code: 'DEPRECATED', line: 2, column: 3, message: expect.stringContaining('ask item') },
    ])
  })

  test.each([
    ['QUERY_TOO_DEEP', `{ ${'item { '.repeat(13)} id ${'}'.repeat(13)} }`],
    [
      'TOO_MANY_ALIASES',
      `{ item { ${Array.from({ length: 31 }, (_, n) => `a${n}: id`).join(' ')} } }`,
    ],
    ['TOO_MANY_ROOT_FIELDS', `{ ${'item { id } '.repeat(21)} }`],
    ['QUERY_TOO_LONG', `{ item { ${'id '.repeat(2_001)} } }`],
    ['INTROSPECTION_DISABLED', '{ __schema { types { name } } }'],
    [
      'QUERY_TOO_COSTLY',
      `{ ${Array.from({ length: 11 }, (_, n) => `a${n}: items(first: 500) { nodes { id } }`).join(' ')} }`,
    ],
    ['GRAPHQL_INVALID', 'subscription S($v: Boolean!) { sold @skip(if: $v) { id } }'],
  ])('%s as a request would be refused', (code, text) => {
    expect(codes(text)).toContain(code)
  })

  test('each operation of a long file is measured by itself', () => {
    const long = Array.from({ length: 300 }, (_, n) => `query Q${n} { item { id item { id } } }`)
    expect(codes(long.join('\n'))).toEqual([])
  })
})

test('listRootFields tells kind, arguments, roles and description', () => {
  const fields = new Map(listRootFields(supergraph).map((each) => [each.name, each]))
  expect(fields.get('sell')).toEqual({
    name: 'sell',
    kind: 'mutation',
    roles: [['ADMIN']],
    arguments: [{ name: 'id', type: 'ID!', description: null }],
    type: 'Item',
    description: 'Sells one.',
    deprecated: null,
  })
  expect(fields.get('old')?.deprecated).toBe('ask item')
  expect([...fields.values()].at(-1)).toMatchObject({
    name: 'never',
    kind: 'subscription',
    roles: [],
  })
})

test('roles in words, and whether one is enough', () => {
  expect(rolesNeeded([])).toBeNull()
  expect([null, [], [[]], [['A'], ['B', 'C']]].map(rolesText)).toEqual([
    'anybody',
    'nobody',
    'anybody known',
    'A, B + C',
  ])
  expect([null, [[]], [['A']], [['A', 'B']], []].map((one) => suffices(one, 'A'))).toEqual([
    true,
    true,
    true,
    false,
    false,
  ])
})
