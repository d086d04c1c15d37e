import { describe, expect, test } from 'vitest'
import { assign, collectPaths, collectTargets, type DataObject, mergeInto, own } from './merge.ts'

function merged(target: DataObject, source: DataObject): DataObject {
  mergeInto(target, source, new Set(['Media']))
  return target
}

test.for([
  ['new keys are added', { a: 1 }, { b: 2 }, { a: 1, b: 2 }],
  ['objects merge deeply', { a: { b: 1 } }, { a: { c: 2 } }, { a: { b: 1, c: 2 } }],
  [
    'lists of one length merge item by item',
    { a: [{ b: 1 }, null] },
    { a: [{ c: 2 }, { c: 3 }] },
    { a: [{ b: 1, c: 2 }, { c: 3 }] },
  ],
  ['lists of lists too', { a: [[{ b: 1 }]] }, { a: [[{ c: 2 }]] }, { a: [[{ b: 1, c: 2 }]] }],
  ['a list of another length replaces', { a: [1] }, { a: [2, 3] }, { a: [2, 3] }],
  ['a later scalar replaces', { a: 1 }, { a: 2 }, { a: 2 }],
  [
    'an interface’s name does not replace the object type’s',
    { __typename: 'Film' },
    { __typename: 'Media' },
    { __typename: 'Film' },
  ],
  [
    'an object type’s name replaces the interface’s',
    { __typename: 'Media' },
    { __typename: 'Film' },
    { __typename: 'Film' },
  ],
  ['null erases nothing', { a: { b: 1 }, c: [1] }, { a: null, c: null }, { a: { b: 1 }, c: [1] }],
  ['null fills what is absent', {}, { a: null }, { a: null }],
  ['undefined is nothing', { a: 1 }, { a: undefined }, { a: 1 }],
] as const)('%s', ([, target, source, result]) => {
  expect(
    merged(structuredClone(target) as DataObject, structuredClone(source) as DataObject),
  ).toEqual(result)
})

test('hostile names become own properties and reach no prototype', () => {
  const source = JSON.parse(
    '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
  )
  const target = merged({}, source)
  expect(own(target, '__proto__')).toEqual({ polluted: true })
  expect(Object.getPrototypeOf(target)).toBe(Object.prototype)
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  expect(({} as DataObject)['polluted']).toBeUndefined()
})

test('own sees no inherited property, assign sets every name', () => {
  const object: DataObject = {}
  expect([own(object, 'toString'), own(object, '__proto__')]).toEqual([undefined, undefined])
  assign(object, '__proto__', 1)
  expect(own(object, '__proto__')).toBe(1)
})

describe('targets of a path', () => {
  const data = {
    a: [{ b: [{ c: { id: 1 } }, null, { c: null }] }, null, { b: [{ c: { id: 2 } }] }],
    grid: [[{ id: 3 }], [{ id: 4 }]],
  }

  test('are found through lists, absent places skipped', () => {
    expect(collectTargets(data, ['a', '@', 'b', '@', 'c'])).toEqual([{ id: 1 }, { id: 2 }])
    expect(collectTargets(data, ['grid', '@', '@'])).toEqual([{ id: 3 }, { id: 4 }])
    expect(collectTargets(data, ['nothing', '@', 'c'])).toEqual([])
    expect(collectTargets(data, [])).toEqual([data])
  })

  test('have their concrete paths in the same order', () => {
    expect(collectPaths(data, ['a', '@', 'b', '@', 'c'])).toEqual([
      ['a', 0, 'b', 0, 'c'],
      ['a', 2, 'b', 0, 'c'],
    ])
    expect(collectPaths(data, ['grid', '@', '@'])).toEqual([
      ['grid', 0, 0],
      ['grid', 1, 0],
    ])
  })

  test('that are no list where one should be are taken as they are', () => {
    expect(collectTargets({ a: { id: 1 } }, ['a', '@'])).toEqual([{ id: 1 }])
    expect(collectTargets({ a: [{ id: 1 }] }, ['a'])).toEqual([{ id: 1 }])
    expect(collectTargets({ a: 'text' }, ['a', '@', 'b'])).toEqual([])
  })
})
