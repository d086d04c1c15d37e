/** A part is asked for twice in its life, whatever the batches: ahead of it and at its beginning. @module */
import { expect, test } from 'vitest'
import { reachesPart } from './part.ts'

test('one by one, only three quarters and beginnings of parts ask', () => {
  const asking = Array.from({ length: 33 }, (_, sequence) => sequence).filter((sequence) =>
    reachesPart({ first: sequence, last: sequence }, 8),
  )
  expect(asking).toEqual([6, 8, 14, 16, 22, 24, 30, 32])
})

test.for([
  [0, 5, false],
  [0, 6, true],
  [0, 99, true],
  [5, 6, true],
  [7, 7, false],
  [7, 8, true],
  [9, 13, false],
  [13, 15, true],
] as const)('a batch from %i to %i: %s', ([first, last, asks]) => {
  expect(reachesPart({ first, last }, 8)).toBe(asks)
})
