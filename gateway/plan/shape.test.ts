import * as fc from 'fast-check'
import { buildSchema, parse } from 'graphql'
import { expect, test } from 'vitest'
import { complete } from './complete.ts'
import { isIntegerNumber, leafText, quote } from './leaf.ts'
import type { DataObject } from './merge.ts'
import { fragmentsOf, responseName, selectOperation } from './operation.ts'
import { planRoot } from './selection.ts'
import { compileShape } from './shape.ts'

const schema = buildSchema(`
  scalar Any
  enum Color { RED GREEN }
  interface Node { id: ID! }
  type Leaf implements Node { id: ID! int: Int float: Float text: String flag: Boolean color: Color any: Any
    ints: [Int!] grid: [[Int]!] must: Int! }
  type Branch implements Node { id: ID! leaf: Leaf must: Leaf! leaves: [Leaf!]! maybe: [Leaf] node: Node }
  type Query { branch: Branch node: Node nodes: [Node] }
`)

function shaped(query: string, data: DataObject) {
  const document = parse(query)
  const root = planRoot({
    schema,
    operation: selectOperation(document, undefined),
    fragments: fragmentsOf(document),
    conditionOf: () => false,
    sourceName: responseName,
    denialOf: () => null,
  })
  return {
    text: compileShape(root)(data, () => 'null'),
    completed: complete(root, data, () => null),
  }
}

/** Whatever a subgraph might answer in place of a value. */
const anything = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(
      null,
      undefined,
      true,
      1.5,
      -0,
      2 ** 40,
      1e300,
      Number.NaN,
      'RED',
      'BLUE',
      '',
      'a"\\\u2028\ud800',
    ),
    fc.integer(),
    fc.string({ unit: 'binary' }),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.record(
      {
        __typename: fc.constantFrom('Leaf', 'Branch', 'Node', 'Ghost', 'Query', 7),
        id: fc.constantFrom('x', 1, 1.5, null),
        int: tie('value'),
        float: tie('value'),
        text: tie('value'),
        flag: tie('value'),
        color: tie('value'),
        any: tie('value'),
        ints: tie('value'),
        grid: tie('value'),
        must: tie('value'),
        leaf: tie('value'),
        leaves: tie('value'),
        maybe: tie('value'),
        node: tie('value'),
      },
      { requiredKeys: [] },
    ),
  ),
})).value

const query = `{
  branch { __typename id leaf { ...L } must2: must { id } leaves { id int } maybe { id must } node { id ...L } }
  node { __typename id ... on Branch { leaves { ...L } } ...L }
  nodes { id ... on Leaf { grid ints } }
} fragment L on Leaf { id int float text flag color any ints grid }`

test('compiled code and interpreter agree on any data, and compiled text is its JSON', () => {
  const property = fc.property(
    fc.record({ branch: anything, node: anything, nodes: anything }, { requiredKeys: [] }),
    (data) => {
      const { text, completed } = shaped(query, data)
      const isClean = completed.problems.length === 0
      expect(text !== undefined).toBe(isClean)
      expect(text ?? JSON.stringify(completed.data)).toBe(JSON.stringify(completed.data))
    },
  )
  fc.assert(property, { numRuns: 2_000 })
})

test('a null bubbles to the nearest place that may hold it, and later siblings survive', () => {
  const data = {
    branch: {
      id: 'b',
      leaves: [{ id: 'l', int: 1 }, null],
      maybe: [
        { id: 'm', must: null },
        { id: 'n', must: 2 },
      ],
    },
  }
  const { completed } = shaped('{ branch { id maybe { id must } } }', data)
  expect(completed.data).toEqual({ branch: { id: 'b', maybe: [null, { id: 'n', must: 2 }] } })
  expect(completed.problems.map(({ path }) => path)).toEqual([['branch', 'maybe', 0, 'must']])
  expect(shaped('{ branch { id leaves { id } } }', data).completed.data).toEqual({ branch: null })
})

test('names of Object.prototype are read as own properties only', () => {
  expect(
    shaped('{ branch { constructor: id __proto__: id } }', { branch: {} }).text,
  ).toBeUndefined()
  const data = { branch: JSON.parse('{"constructor":"c","__proto__":"p"}') }
  expect(shaped('{ branch { constructor: id __proto__: id } }', data).text).toBe(
    '{"branch":{"constructor":"c","__proto__":"p"}}',
  )
})

test('an operation of which nothing is selected answers an empty object', () => {
  expect(shaped('{ branch @include(if: false) { id } }', {}).text).toBe('{}')
})

test('quote is JSON.stringify for every string', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 90 }),
      (text) => quote(text) === JSON.stringify(text),
    ),
  )
  expect(quote('\ud800')).toBe(JSON.stringify('\ud800'))
  expect(quote(`${'x'.repeat(60)}\udfff`)).toBe(JSON.stringify(`${'x'.repeat(60)}\udfff`))
})

test('leafText refuses what JSON cannot say', () => {
  const circle: Record<string, unknown> = {}
  circle['self'] = circle
  for (const value of [
    1n,
    () => 1,
    Symbol('s'),
    undefined,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    circle,
    { big: 1n },
  ]) {
    expect(leafText(value)).toBeUndefined()
  }
})

test('an integer is a number whose text is digits', () => {
  expect([0, -1, 2 ** 31, 2 ** 53].every(isIntegerNumber)).toBe(true)
  expect([1.5, 1e21, Number.NaN, '1', null].some(isIntegerNumber)).toBe(false)
})
