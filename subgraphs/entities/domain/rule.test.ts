import { invalidInput, SezError } from '@sez/core/errors'
import { describe, expect, test } from 'vitest'
import {
  distinctRules,
  listRules,
  optionalTextRules,
  parsed,
  problemsOf,
  refuse,
  rule,
  textRules,
} from './rule.ts'

const limits = { charactersMax: 3 }

describe('refuse', () => {
  test('returns when nothing is wrong', () => {
    expect(() => refuse([])).not.toThrow()
  })

  test('VALIDATION_ERROR with every problem, the first as its field', () => {
    const problems = [
      ...rule(false, 'a', 'is wrong'),
      ...rule(true, 'b', 'is right'),
      ...rule(false, 'c', 'too'),
    ]
    expect(() => refuse(problems)).toThrow(
      expect.objectContaining({
        code: 'VALIDATION_ERROR',
        details: {
          field: 'a',
          problems: [
            { path: 'a', reason: 'is wrong' },
            { path: 'c', reason: 'too' },
          ],
        },
      }),
    )
  })
})

test('problemsOf tells what a parser finds wrong, and leaves other errors alone', () => {
  expect(problemsOf(() => 7)).toEqual([])
  const fail = (error: SezError) => () => {
    throw error
  }
  const problem = { path: 'input.id', reason: 'must be an id' }
  expect(problemsOf(fail(invalidInput(problem.reason, problem.path)))).toEqual([problem])
  const other = new SezError('NOT_FOUND')
  expect(() => problemsOf(fail(other))).toThrow(other)
})

test('a text of which nothing is drawn is blank', () => {
  for (const text of ['', ' \t', '\u{200b}\u{fe0f}', '\u{3164}\u{a0}']) {
    expect(textRules('a', text, { charactersMax: 9 })).toEqual([
      { path: 'a', reason: 'must not be blank' },
    ])
  }
})

describe('parsed', () => {
  const fail = () => {
    throw invalidInput('must be an id', 'input.id')
  }

  test('gives the value when nothing is wrong', () => {
    expect(parsed(() => 7)).toBe(7)
  })

  test('tells the parser\u{2019}s problem and the others at once', () => {
    expect(() => parsed(fail, rule(false, 'input.reason', 'must not be blank'))).toThrow(
      expect.objectContaining({
        details: {
          field: 'input.id',
          problems: [
            { path: 'input.id', reason: 'must be an id' },
            { path: 'input.reason', reason: 'must not be blank' },
          ],
        },
      }),
    )
  })

  test('tells the others alone when the parser is content', () => {
    const problems = rule(false, 'a', 'is wrong')
    expect(() => parsed(() => 7, problems)).toThrow(
      expect.objectContaining({ details: { field: 'a', problems } }),
    )
  })

  test('leaves other errors alone', () => {
    const other = new SezError('NOT_FOUND')
    expect(() =>
      parsed(
        () => {
          throw other
        },
        rule(false, 'a', 'is wrong'),
      ),
    ).toThrow(other)
  })
})

test('a text is bounded, readable and not blank unless it may be', () => {
  expect(textRules('a', 'abc', limits)).toEqual([])
  expect(textRules('a', ' ', { ...limits, blank: 'allowed' })).toEqual([])
  for (const text of ['abcd', ' ', 'a\u{1}', '\u{dc00}a']) {
    expect(textRules('a', text, limits)).toHaveLength(1)
  }
  expect(optionalTextRules('a', null, limits)).toEqual([])
  expect(optionalTextRules('a', '', limits)).toHaveLength(1)
})

test('a list is bounded, and looked through only when it is not too long', () => {
  const item = (path: string, value: number) => rule(value > 0, path, 'must be positive')
  expect(listRules('a', [1, 0], { itemsMax: 2, item })).toEqual([
    { path: 'a[1]', reason: 'must be positive' },
  ])
  expect(listRules('a', [0, 0, 0], { itemsMax: 2, item })).toHaveLength(1)
  expect(listRules('a', [], { itemsMax: 2, itemsMin: 1 })).toHaveLength(1)
  expect(distinctRules('a', ['x', 'y'])).toEqual([])
  expect(distinctRules('a', ['x', 'x'])).toHaveLength(1)
})
