/** Problems are collected and thrown once. @module */
import { SezError } from '@sez/core/errors'
import { uuid } from '@sez/core/ids'
import { describe, expect, it } from 'vitest'
import { invalid, openProblems, problemsOf } from './validation.ts'

describe('problems', () => {
  it('are all in one VALIDATION_ERROR, its field the first', () => {
    const problems = openProblems()
    problems.require(true, 'input.a', 'never')
    problems.require(false, 'input.b', 'must be odd')
    problems.add('input.c', 'must be even')
    expect(() => problems.refuse()).toThrow(
      expect.objectContaining({
        code: 'VALIDATION_ERROR',
        details: {
          field: 'input.b',
          problems: [
            { path: 'input.b', reason: 'must be odd' },
            { path: 'input.c', reason: 'must be even' },
          ],
        },
      }),
    )
  })

  it('pass when there are none', () => {
    const problems = openProblems()
    expect(() => problems.refuse()).not.toThrow()
    expect(problems.list).toEqual([])
  })

  it('come from parsers as well, under the path of their input', () => {
    const problems = openProblems()
    expect(problems.parse('input.key', uuid, 'no')).toBeNull()
    expect(problems.list).toMatchObject([{ path: 'input.key' }])
    const text = '01890a5d-ac96-774b-bcce-b302099a8057'
    expect(problems.parse('input.key', uuid, text)).toBe(text)
  })

  it('leave other failures alone', () => {
    const failing = (): never => {
      throw new SezError('NOT_FOUND')
    }
    expect(() => openProblems().parse('input', failing, null)).toThrow(SezError)
  })

  it('stop at fifty', () => {
    const problems = openProblems()
    for (let index = 0; index < 60; index += 1) problems.add(`[${index}]`, 'wrong')
    expect(problems.list).toHaveLength(50)
  })

  it('are read back from an error, or are its message', () => {
    const listed = [{ path: 'a', reason: 'b' }]
    expect(problemsOf(invalid(listed))).toEqual(listed)
    const bare = new SezError('VALIDATION_ERROR', { field: 'f' }, { message: 'm' })
    expect(problemsOf(bare)).toEqual([{ path: 'f', reason: 'm' }])
    const odd = new SezError('VALIDATION_ERROR', { problems: [null, 1, { path: 1 }] })
    expect(problemsOf(odd)).toHaveLength(1)
  })
})
