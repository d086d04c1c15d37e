import { SezError } from '@sez/core/errors'
import { getIntrospectionQuery } from 'graphql'
import { describe, expect, test } from 'vitest'
import { fragmentsOf, selectOperation } from '../plan/operation.ts'
import { checkDocument, documentLimits, parseQuery } from './limits.ts'

function refusalOf(query: string, introspection = true): [string, unknown] {
  try {
    const document = parseQuery(query, documentLimits)
    const operation = selectOperation(document, undefined)
    checkDocument(operation, fragmentsOf(document), { limits: documentLimits, introspection })
  } catch (error) {
    if (error instanceof SezError) return [error.code, error.details]
    throw error
  }
  return ['none', {}]
}

const nested = (depth: number): string => `${'{a'.repeat(depth)}${'}'.repeat(depth)}`
const aliases = (count: number): string =>
  `{x{${Array.from({ length: count }, (_, index) => `a${index}:b`).join(' ')}}}`
const roots = (count: number): string =>
  `{${Array.from({ length: count }, (_, index) => `f${index}`).join(' ')}}`

test.for([
  ['QUERY_TOO_LONG', `{${' a'.repeat(2_000)}}`, { max: 2_000 }],
  ['QUERY_TOO_DEEP', nested(13), { depth: 13, max: 12 }],
  ['TOO_MANY_ALIASES', aliases(31), { aliases: 31, max: 30 }],
  ['TOO_MANY_ROOT_FIELDS', roots(21), { rootFields: 21, max: 20 }],
] as const)('%s one above its limit, with numbers', ([code, query, numbers]) => {
  expect(refusalOf(query)).toEqual([code, { field: 'query', ...numbers }])
})

test.for([
  ['tokens', `{${' a'.repeat(1_000)}`.slice(0, -2) + '}', 'TOO_MANY_ROOT_FIELDS'],
  ['depth', nested(12), 'none'],
  ['aliases', aliases(30), 'none'],
  ['root fields', roots(20), 'none'],
] as const)('the limit of %s itself is allowed', ([, query, code]) => {
  expect(refusalOf(query)[0]).toBe(code)
})

test('the parser stops at the first token too many, however long the rest is', () => {
  const started = performance.now()
  expect(refusalOf(`{${' a'.repeat(120_000)}}`)[0]).toBe('QUERY_TOO_LONG')
  expect(performance.now() - started).toBeLessThan(200)
})

test('QUERY_TOO_DEEP before the parser recurses, for brackets of any kind', () => {
  const nested = (open: string) => `query Q { a(b: ${open.repeat(900)}`
  for (const open of ['[', '{c:', '[{c:']) {
    expect(refusalOf(nested(open))).toEqual(['QUERY_TOO_DEEP', { field: 'query', max: 12 }])
  }
  expect(refusalOf(`query Q($a: ${'['.repeat(900)}Int`)[0]).toBe('QUERY_TOO_DEEP')
  // Brackets in strings and comments nest nothing.
  expect(refusalOf(`{ a(b: "${'['.repeat(900)}") } # ${'{'.repeat(900)}`)[0]).toBe('none')
})

test('GRAPHQL_INVALID names the place of a syntax error', () => {
  expect(refusalOf('{ a(')).toEqual([
    'GRAPHQL_INVALID',
    {
      field: 'query',
      problems: [
        { message: expect.stringContaining('Syntax Error'), locations: [{ line: 1, column: 5 }] },
      ],
    },
  ])
})

describe('fragments', () => {
  test('count wherever they are spread', () => {
    const spread = '...F '.repeat(16)
    const query = `{ x { ${spread} } } fragment F on T { a: b c: d }`
    expect(refusalOf(query)).toEqual(['TOO_MANY_ALIASES', { field: 'query', aliases: 32, max: 30 }])
  })

  test('add their depth, inline ones too', () => {
    const query = `{ a { ... { ...F } } } fragment F on T ${nested(12)}`
    expect(refusalOf(query)).toEqual(['QUERY_TOO_DEEP', { field: 'query', depth: 13, max: 12 }])
  })

  test('that double at every level are measured, not walked', () => {
    const chain = Array.from(
      { length: 60 },
      (_, level) => `fragment F${level} on T { ...F${level + 1} ...F${level + 1} a: b }`,
    )
    const started = performance.now()
    const query = `{ x { ...F0 } } ${chain.join(' ')} fragment F60 on T { c }`
    expect(refusalOf(query)[0]).toBe('TOO_MANY_ALIASES')
    expect(performance.now() - started).toBeLessThan(200)
  })

  test('that spread themselves are GRAPHQL_INVALID, before anything walks them', () => {
    expect(
      refusalOf('{ ...A } fragment A on Query { a ...B } fragment B on Query { ...A }'),
    ).toEqual([
      'GRAPHQL_INVALID',
      {
        field: 'query',
        problems: [
          {
            message: 'Cannot spread fragment "A" within itself.',
            locations: [{ line: 1, column: 66 }],
          },
        ],
      },
    ])
  })

  const fragments = (count: number, spreads: (index: number) => string): string =>
    Array.from({ length: count }, (_, index) => `fragment F${index} on T { a ${spreads(index)} }`)
      .concat(`fragment F${count} on T { a }`)
      .join(' ')

  test('written out may be as long as a query without any: QUERY_TOO_LONG', () => {
    const doubling = (count: number) =>
      `{ x { ...F0 } } ${fragments(count, (index) => `...F${index + 1} ...F${index + 1}`)}`
    expect(refusalOf(doubling(8))[0]).toBe('none')
    expect(refusalOf(doubling(9))).toEqual(['QUERY_TOO_LONG', { field: 'query', max: 2_000 }])
    // Validation walks them whichever operation is meant.
    expect(refusalOf(doubling(30).replace('...F0', 'a'))[0]).toBe('QUERY_TOO_LONG')
  })

  test('nest as brackets do: QUERY_TOO_DEEP', () => {
    const chain = (count: number) =>
      `{ x { ...F0 } } ${fragments(count, (index) => `...F${index + 1}`)}`
    expect(refusalOf(chain(61))[0]).toBe('none')
    expect(refusalOf(chain(62))).toEqual(['QUERY_TOO_DEEP', { field: 'query', max: 12 }])
  })
})

describe('introspection', () => {
  test('alone is measured by tokens and validation only', () => {
    expect(refusalOf(getIntrospectionQuery())[0]).toBe('none')
  })

  test('beside data spares nothing of the data', () => {
    expect(refusalOf(`{ __schema { types { name } } ${nested(13).slice(1)}`)[0]).toBe(
      'QUERY_TOO_DEEP',
    )
  })

  test('INTROSPECTION_DISABLED where it is switched off, however it is hidden', () => {
    expect(
      refusalOf(
        '{ a ...F } fragment F on Query { ... { x: __type(name: "A") { name } } }',
        false,
      )[0],
    ).toBe('INTROSPECTION_DISABLED')
    expect(refusalOf('{ a { __typename } }', false)[0]).toBe('none')
  })
})

test('only the chosen operation of a document is measured', () => {
  const document = parseQuery(`query A { a } query B ${nested(13)}`, documentLimits)
  const options = { limits: documentLimits, introspection: true }
  const check = (name: string) => () =>
    checkDocument(selectOperation(document, name), fragmentsOf(document), options)
  expect(check('A')).not.toThrow()
  expect(check('B')).toThrow(expect.objectContaining({ code: 'QUERY_TOO_DEEP' }))
  expect(check('C')).toThrow(expect.objectContaining({ code: 'OPERATION_UNKNOWN' }))
})
