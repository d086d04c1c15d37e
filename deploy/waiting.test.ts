/** Who starts before what it needs waits and says so; a fault that stays ends it at once. @module */
import { SezError } from '@sez/core/errors'
import { refusalOf } from '@sez/platform/database.fixture'
import { expect, test } from 'vitest'
import { whenStored } from './waiting.ts'

const resource = (closed: string[], name: string): AsyncDisposable => ({
  async [Symbol.asyncDispose]() {
    closed.push(name)
  },
})

test('it tries again while storage is missing, closing what each attempt opened', async () => {
  const told: string[] = []
  const closed: string[] = []
  const outcomes = [new SezError('SCHEMA_BEHIND'), new SezError('SCHEMA_BEHIND'), null]
  let attempts = 0
  const stack = new AsyncDisposableStack()
  const result = await whenStored(stack, { onProgress: (step) => told.push(step) }, async (own) => {
    attempts += 1
    own.use(resource(closed, `attempt ${attempts}`))
    const failure = outcomes[attempts - 1]
    if (failure) throw failure
    return attempts
  })
  expect(result).toBe(3)
  expect(told).toEqual([expect.stringMatching(/^waiting: /u)])
  expect(closed).toEqual(['attempt 1', 'attempt 2'])
  await stack.disposeAsync()
  expect(closed).toEqual(['attempt 1', 'attempt 2', 'attempt 3'])
})

test.each(['CONFIG_INVALID', 'ZONE_MISMATCH', 'DATABASE_REFUSED'] as const)(
  '%s is final',
  async (code) => {
    let attempts = 0
    await using stack = new AsyncDisposableStack()
    const attempt = async (): Promise<never> => {
      attempts += 1
      throw new SezError(code)
    }
    expect((await refusalOf(whenStored(stack, {}, attempt))).code).toBe(code)
    expect(attempts).toBe(1)
  },
)

test('a start that is given up waits no longer', async () => {
  const ending = new AbortController()
  await using stack = new AsyncDisposableStack()
  const waiting = whenStored(stack, { signal: ending.signal }, async () => {
    throw new SezError('DATABASE_UNAVAILABLE')
  })
  ending.abort()
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' })
})
