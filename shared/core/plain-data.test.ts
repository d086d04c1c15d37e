import { describe, expect, test } from 'vitest'
import { arrayPrototype } from './intrinsics.ts'
import { itemsOf, memberOf, readOrNull } from './plain-data.ts'

const trap = (): never => expect.unreachable()

describe('reading foreign values', () => {
  test('own members are read, getters never run', () => {
    expect(memberOf({ a: 1 }, 'a')).toBe(1)
    expect(memberOf({}, 'toString')).toBeUndefined()
    const value = Object.defineProperty({}, 'a', { get: trap, enumerable: true })
    expect(memberOf(value, 'a')).toBeUndefined()
  })

  test('plain lists are copied, all others refused', () => {
    const items = [1, undefined, { a: 2 }]
    expect(itemsOf(items)).toEqual(items)
    expect(itemsOf(items)).not.toBe(items)
    expect(itemsOf([])).toEqual([])
    expect(Object.getPrototypeOf(items)).toBe(arrayPrototype)
    class Odd extends Array<number> {}
    const lists = [
      Odd.from([1]),
      Object.assign([1], { every: () => true }),
      Object.defineProperty([1], '0', { get: trap }),
      Object.assign([], { 1: 1 }),
      'text',
      { length: 1, 0: 1 },
      null,
    ]
    for (const list of lists) expect(itemsOf(list)).toBeNull()
  })

  test('a list that claims a great length costs nothing', () => {
    // The time limit of the test is the assertion.
    expect(itemsOf(Object.assign([], { length: 2 ** 32 - 1 }))).toBeNull()
    expect(itemsOf(new Proxy([], { get: () => Number.MAX_SAFE_INTEGER }))).toEqual([])
  })

  test('a trap is as good as nothing there', () => {
    const trapped = new Proxy([1], { getOwnPropertyDescriptor: trap, getPrototypeOf: trap })
    expect(memberOf(trapped, '0')).toBeUndefined()
    expect(itemsOf(trapped)).toBeNull()
  })

  test('what cannot be looked at is null', () => {
    expect(readOrNull(() => 1)).toBe(1)
    expect(
      readOrNull(() => {
        throw new TypeError('trap')
      }),
    ).toBeNull()
  })
})
