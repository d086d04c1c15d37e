import { expect, test } from 'vitest'
import { invariant, InvariantViolation } from './invariant.ts'

test('a broken promise of our own code crashes, a kept one does nothing', () => {
  expect(() => invariant(0, 'zero is false')).toThrow(InvariantViolation)
  expect(() => invariant('x', 'a text is true')).not.toThrow()
})
