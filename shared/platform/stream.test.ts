/** Streams close while they wait, keep order, and end on a failing map. @module */
import { expect, test } from 'vitest'
import { mapStream, type Stream } from './stream.ts'

/** A source that gives `items` and then waits until it is closed. */
function sourceOf<T>(items: readonly T[]) {
  const left = [...items]
  const closed = Promise.withResolvers<IteratorReturnResult<undefined>>()
  const facts = { closes: 0 }
  const stream: Stream<T> = {
    async next() {
      const value = left.shift()
      return value === undefined ? closed.promise : { done: false, value }
    },
    async return() {
      facts.closes += 1
      closed.resolve({ done: true, value: undefined })
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]: () => stream,
  }
  return { stream, facts }
}

test('mapStream replaces items in order and drops those mapped to undefined', async () => {
  const { stream } = sourceOf([1, 2, 3, 4])
  const even = mapStream(stream, async (n) => (n % 2 === 0 ? n * 10 : undefined))
  expect(await Promise.all([even.next(), even.next()])).toEqual([
    { done: false, value: 20 },
    { done: false, value: 40 },
  ])
})

test('return answers a waiting next at once and closes the source', async () => {
  const { stream, facts } = sourceOf<number>([])
  const mapped = mapStream(stream, (n) => n)
  const waiting = mapped.next()
  expect(await mapped.return()).toEqual({ done: true, value: undefined })
  expect(await waiting).toEqual({ done: true, value: undefined })
  expect(await mapped.next()).toEqual({ done: true, value: undefined })
  expect(facts.closes).toBe(1)
})

test('return does not wait for a map that never settles', async () => {
  const { stream } = sourceOf([1])
  const mapped = mapStream(stream, () => new Promise<number>(() => {}))
  const waiting = mapped.next()
  await mapped.return()
  expect(await waiting).toEqual({ done: true, value: undefined })
})

test('a map that throws ends the stream with its error and closes the source', async () => {
  const { stream, facts } = sourceOf([1, 2])
  const mapped = mapStream(stream, (n) => {
    if (n === 1) throw new RangeError('one')
    return n
  })
  await expect(mapped.next()).rejects.toThrow('one')
  expect(await mapped.next()).toEqual({ done: true, value: undefined })
  expect(facts.closes).toBe(1)
})

test('for await leaves the source closed on break', async () => {
  const { stream, facts } = sourceOf([1, 2, 3])
  for await (const item of mapStream(stream, (n) => n)) if (item === 2) break
  expect(facts.closes).toBe(1)
})
