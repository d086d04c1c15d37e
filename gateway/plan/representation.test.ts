import { buildSchema } from 'graphql'
import { describe, expect, test } from 'vitest'
import type { DataObject } from './merge.ts'
import { compileRepresentation } from './representation.ts'
import { applyRewrites, matchesType, renamePath } from './rewrite.ts'

const schema = buildSchema(`
  interface Node { id: ID! }
  type A implements Node { id: ID! part: Part parts: [Part] }
  type B implements Node { id: ID! }
  type Part { code: String site: String }
  type Query { node: Node }
`)
const field = (name: string) => ({ kind: 'Field' as const, name })
const on = (
  typeCondition: string,
  ...selections: (ReturnType<typeof field> & { selections?: never[] })[]
) => ({
  kind: 'InlineFragment' as const,
  typeCondition,
  selections,
})
const key = on('A', field('__typename'), field('id'))

describe('a representation', () => {
  const represent = compileRepresentation(schema, [key, on('B', field('__typename'), field('id'))])

  test('holds the key as JSON, in the order asked', () => {
    expect(represent({ id: 'a"\n', __typename: 'A', more: 1 })).toBe(
      '{"__typename":"A","id":"a\\"\\n"}',
    )
    expect(represent({ id: 7, __typename: 'B' })).toBe('{"__typename":"B","id":7}')
  })

  test.for([
    ['a missing field', { __typename: 'A' }],
    ['no type', { id: 'a' }],
    ['another type', { __typename: 'Part', id: 'a' }],
    ['an inherited name', Object.create({ __typename: 'A', id: 'a' })],
  ] as const)('is none for %s', ([, entity]) => {
    expect(represent(entity as DataObject)).toBeUndefined()
  })

  test('of nested and listed fields keeps their shape and positions', () => {
    const part = { ...field('part'), selections: [field('code')] }
    const parts = { ...field('parts'), selections: [field('code')] }
    const nested = compileRepresentation(schema, [
      {
        kind: 'InlineFragment',
        typeCondition: 'A',
        selections: [field('__typename'), part, parts],
      },
    ])
    const entity = {
      __typename: 'A',
      part: { code: 'x', site: 'y' },
      parts: [{ code: 1 }, null, {}],
    }
    expect(nested(entity)).toBe(
      '{"__typename":"A","part":{"code":"x"},"parts":[{"code":1},null,null]}',
    )
    expect(nested({ __typename: 'A', part: null, parts: null })).toBe(
      '{"__typename":"A","part":null,"parts":null}',
    )
    expect(nested({ __typename: 'A', part: {}, parts: null })).toBeUndefined()
  })

  test('asked on an interface is made for its object types', () => {
    const byInterface = compileRepresentation(schema, [
      on('Node', field('__typename'), field('id')),
    ])
    expect(byInterface({ __typename: 'B', id: 'b' })).toBe('{"__typename":"B","id":"b"}')
    expect(byInterface({ __typename: 'Part', id: 'b' })).toBeUndefined()
  })
})

describe('rewrites', () => {
  test('set values and rename keys where the type condition holds', () => {
    const data = {
      list: [
        { __typename: 'A', x: 1 },
        { __typename: 'B', x: 2 },
      ],
    }
    applyRewrites(
      schema,
      [
        { kind: 'KeyRenamer', path: ['list', '... on A', 'x'], renameKeyTo: '__proto__' },
        { kind: 'ValueSetter', path: ['list', '... on Node', '__typename'], setValueTo: 'Node' },
      ],
      data,
    )
    expect(JSON.stringify(data)).toBe(
      '{"list":[{"__typename":"Node","__proto__":1},{"__typename":"Node","x":2}]}',
    )
  })

  test('leave null, absent and scalar places alone', () => {
    const data = { a: null, b: 1 }
    const rename = { kind: 'KeyRenamer' as const, renameKeyTo: 'z' }
    applyRewrites(
      schema,
      [
        { ...rename, path: ['a', 'x'] },
        { ...rename, path: ['b', 'x'] },
        { ...rename, path: ['c'] },
      ],
      data,
    )
    expect(data).toEqual({ a: null, b: 1 })
  })

  test('rename the steps of an error’s path', () => {
    const rewrites = [{ kind: 'KeyRenamer' as const, path: ['a', 'x__alias_0'], renameKeyTo: 'x' }]
    expect(renamePath(rewrites, ['a', 0, 'x__alias_0'])).toEqual(['a', 0, 'x'])
    expect(renamePath(undefined, ['a'])).toEqual(['a'])
  })
})

test('a type matches itself and the abstract types it belongs to', () => {
  expect(matchesType(schema, 'A', 'A')).toBe(true)
  expect(matchesType(schema, 'A', 'Node')).toBe(true)
  expect(matchesType(schema, 'Part', 'Node')).toBe(false)
  expect(matchesType(schema, 'A', 'Ghost')).toBe(false)
})
