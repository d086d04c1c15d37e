import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { BoundedCache } from './bounded-cache.ts'

test('the least recently used leaves first', () => {
  const cache = new BoundedCache<string, number>({ entriesMax: 2, bytesMax: 100 })
  cache.set('a', 1, 1)
  cache.set('b', 2, 1)
  cache.get('a')
  cache.set('c', 3, 1)
  expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([1, undefined, 3])
})

test('setting a key again replaces its size', () => {
  const cache = new BoundedCache<string, number>({ entriesMax: 5, bytesMax: 100 })
  cache.set('a', 1, 60)
  cache.set('a', 2, 30)
  expect([cache.get('a'), cache.bytes, cache.size]).toEqual([2, 30, 1])
})

test('a value above the whole budget is not kept and drives nothing out', () => {
  const cache = new BoundedCache<string, number>({ entriesMax: 5, bytesMax: 100 })
  cache.set('a', 1, 60)
  cache.set('b', 2, 101)
  expect([cache.get('a'), cache.get('b')]).toEqual([1, undefined])
})

test('a value is made once while it is kept', () => {
  const cache = new BoundedCache<string, number>({ entriesMax: 5, bytesMax: 100 })
  let made = 0
  const make = () => ({ value: ++made, bytes: 1 })
  expect([cache.getOrMake('a', make), cache.getOrMake('a', make)]).toEqual([1, 1])
})

test('neither bound is ever exceeded, and the last one set is there', () => {
  const step = fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 1, max: 40 }))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const cache = new BoundedCache<number, number>({ entriesMax: 4, bytesMax: 50 })
      for (const [key, bytes] of steps) {
        cache.set(key, bytes, bytes)
        expect(cache.size).toBeLessThanOrEqual(4)
        expect(cache.bytes).toBeLessThanOrEqual(50)
        expect(cache.get(key)).toBe(bytes)
      }
    }),
  )
})

test('tells how often it had what was asked for; a peek does not count', () => {
  const cache = new BoundedCache<string, number>({ entriesMax: 1, bytesMax: 10 })
  cache.get('a')
  cache.getOrMake('a', () => ({ value: 1, bytes: 1 }))
  cache.getOrMake('a', () => ({ value: 2, bytes: 1 }))
  expect([cache.peek('a'), cache.peek('b'), cache.hits, cache.misses]).toEqual([1, undefined, 1, 2])
})
