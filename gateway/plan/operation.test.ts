import { parse, print } from 'graphql'
import { describe, expect, test } from 'vitest'
import {
  conditionsOf,
  conditionValue,
  fragmentsOf,
  isSelected,
  protectResponseNames,
  selectOperation,
} from './operation.ts'

const reserved = new Map([
  ['id', { withArguments: false }],
  ['price', { withArguments: true }],
])
const protect = (query: string) => protectResponseNames(parse(query), reserved)
const printed = (query: string) => print(protect(query).document).replaceAll(/\s+/gu, ' ')

describe('response names', () => {
  test.for([
    ['a key under its own name', '{ id name }', '{ id name }'],
    ['another alias', '{ x: id y: name }', '{ x: id y: name }'],
    ['an alias that takes a key’s name', '{ id: name }', '{ id__client: name }'],
    ['a key asked with arguments', '{ id(form: LONG) }', '{ id__client: id(form: LONG) }'],
    ['a field that some @requires asks with arguments', '{ price }', '{ price__client: price }'],
    ['an alias that takes __typename', '{ __typename: name }', '{ __typename__client: name }'],
    [
      'a name like the planner’s own aliases',
      '{ a__alias_0: name }',
      '{ a__alias_0__client: name }',
    ],
    [
      'a name that ends like our suffix',
      '{ id: name x__client: name }',
      '{ id__client1: name x__client: name }',
    ],
  ] as const)('%s', ([, query, expected]) => {
    expect(printed(query)).toBe(expected)
  })

  test('are the client’s again in paths', () => {
    const { clientName } = protect('{ id: name }')
    expect([clientName('id__client'), clientName('name')]).toEqual(['id', 'name'])
  })
})

describe('conditions', () => {
  const conditions = (query: string) => {
    const document = parse(query)
    return conditionsOf(selectOperation(document, undefined), fragmentsOf(document))
  }

  test('are the variables of @skip and @include, also in fragments, with their defaults', () => {
    const found = conditions(
      'query Q($a: Boolean!, $b: Boolean = true, $c: Int) { x @skip(if: $a) ...F y(c: $c) @include(if: true) } fragment F on Query { z @include(if: $b) ...F }',
    )
    expect(found.names).toEqual(['a', 'b'])
    expect(conditionValue(found, {}, 'b')).toBe(true)
    expect(conditionValue(found, { b: false }, 'b')).toBe(false)
    expect(conditionValue(found, { a: true }, 'a')).toBe(true)
    expect(conditionValue(found, {}, 'constructor')).toBe(false)
  })

  test.for([
    ['{ a }', true],
    ['{ a @skip(if: true) }', false],
    ['{ a @skip(if: false) @include(if: true) }', true],
    ['{ a @include(if: true) @skip(if: true) }', false],
    ['{ a @include(if: $off) }', false],
    ['{ a @other(if: false) }', true],
  ] as const)('%s takes part: %s', ([query, expected]) => {
    const [selection] = selectOperation(parse(query), undefined).selectionSet.selections
    expect(selection && isSelected(selection, () => false)).toBe(expected)
  })
})

test('OPERATION_UNKNOWN lists the names there are', () => {
  const document = parse('query A { a } query B { a }')
  expect(() => selectOperation(document, undefined)).toThrow(
    expect.objectContaining({
      code: 'OPERATION_UNKNOWN',
      details: { field: 'operationName', names: ['A', 'B'] },
    }),
  )
})
