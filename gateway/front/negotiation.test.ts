import { expect, test } from 'vitest'
import { answerType, statusOf } from './negotiation.ts'

const graphql = 'application/graphql-response+json'
const json = 'application/json'

test.for([
  [undefined, json],
  ['', json],
  ['*/*', json],
  ['application/*', json],
  [graphql, graphql],
  [`${graphql}; charset=utf-8`, graphql],
  [`${json}, ${graphql}`, json],
  [`${json};q=0.8, ${graphql}`, graphql],
  [`${graphql};q=0, ${json}`, json],
  ['TEXT/HTML, Application/JSON', json],
  [`${graphql};q=nonsense, ${json};q=0.1`, json],
] as const)('for Accept %s the answer is %s', ([accept, type]) => {
  expect(answerType(accept)).toBe(type)
})

test.for(['text/html', 'application/xml, image/*', `${json};q=0`])(
  'NOT_ACCEPTABLE for %s',
  (accept) => {
    expect(() => answerType(accept)).toThrow(expect.objectContaining({ code: 'NOT_ACCEPTABLE' }))
  },
)

test('a status follows the first error’s code, and 400 one that is not ours', () => {
  const answer = (code: string) => ({ errors: [{ message: 'm', extensions: { code } }] })
  expect(statusOf(answer('TOKEN_EXPIRED'), json)).toBe(401)
  expect(statusOf(answer('INTERNAL'), graphql)).toBe(500)
  expect(statusOf(answer('constructor'), json)).toBe(400)
  expect(statusOf({ ...answer('INTERNAL'), data: null }, graphql)).toBe(200)
})
