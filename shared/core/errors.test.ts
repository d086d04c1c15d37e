import { expect, test } from 'vitest'
import { errorCodes, invalidInput, SezError } from './errors.ts'

test('every code has its facts and a sentence that says what to do', () => {
  for (const [code, { http, about, retry }] of Object.entries(errorCodes)) {
    expect(code).toMatch(/^[A-Z][A-Z0-9_]*$/)
    expect(http).toBeGreaterThanOrEqual(400)
    expect(`${code} ${about}`).toMatch(/^[A-Z0-9_]+ \S.{20,}\.$/)
    expect(typeof retry).toBe('boolean')
  }
})

test('an error carries its code, its details and the reason behind it', () => {
  const cause = new TypeError('below')
  const error = new SezError('NOT_FOUND', { field: 'id' }, { cause })
  expect(error).toMatchObject({
    name: 'SezError',
    code: 'NOT_FOUND',
    details: { field: 'id' },
    cause,
  })
  expect(error.message).toBe(errorCodes.NOT_FOUND.about)
  expect(new SezError('INTERNAL', {}, { message: 'said otherwise' }).message).toBe('said otherwise')
})

test('one input at fault is one problem', () => {
  expect(invalidInput('must be there', 'name')).toMatchObject({
    code: 'VALIDATION_ERROR',
    details: { field: 'name', problems: [{ path: 'name', reason: 'must be there' }] },
  })
  expect(invalidInput('must be there').details).toEqual({
    problems: [{ path: '', reason: 'must be there' }],
  })
})
