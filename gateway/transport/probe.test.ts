/** A probe takes an answer for an answer, and nothing else. @module */
import { SezError } from '@sez/core/errors'
import { refusalOf } from '@sez/platform/database.fixture'
import { expect, test } from 'vitest'
import { probe } from './probe.ts'
import type { UpstreamResult } from './transport.ts'

const { signal } = new AbortController()
const answering = (answer: Promise<UpstreamResult>) => ({ send: () => answer })

test('a subgraph that answers the query is there', async () => {
  const answer = Promise.resolve({ data: { __typename: 'Query' } })
  await expect(probe('corridor', answering(answer), signal)).resolves.toBeUndefined()
})

test('UPSTREAM_FAILED for any other answer, and the code of whatever fails', async () => {
  for (const answer of [{}, { data: null }, { errors: [{}] }, { data: { __typename: 'X' } }]) {
    const { code } = await refusalOf(probe('corridor', answering(Promise.resolve(answer)), signal))
    expect(code).toBe('UPSTREAM_FAILED')
  }
  const refusal = Promise.reject(new SezError('ASSERTION_INVALID'))
  const { code } = await refusalOf(probe('corridor', answering(refusal), signal))
  expect(code).toBe('ASSERTION_INVALID')
})
