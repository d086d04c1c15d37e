/** When a subgraph is left alone, and when it is tried again. @module */
import { refusalOf } from '@sez/platform/database.fixture'
import { expect, test } from 'vitest'
import { openBreaker } from './breaker.ts'

function opened() {
  const clock = { ms: 10_000_000 }
  const breaker = openBreaker({
    subgraph: 'corridor',
    now: () => new Date(clock.ms),
    jitter: () => 1,
  })
  for (let count = 0; count < 5; count += 1) {
    breaker.enter()
    breaker.failed()
  }
  const refused = () => refusalOf(Promise.try(() => breaker.enter()))
  return { clock, breaker, refused }
}

test('UPSTREAM_FAILED after five failures until the pause is over, then one is let through', async () => {
  const { clock, breaker, refused } = opened()
  expect(await refused()).toMatchObject({
    code: 'UPSTREAM_FAILED',
    details: { subgraph: 'corridor', retryAfterMs: 1_000 },
  })
  clock.ms += 1_000
  breaker.enter()
  expect(await refused()).toMatchObject({ code: 'UPSTREAM_FAILED' })
  breaker.succeeded()
  breaker.enter()
  breaker.enter()
})

test('the pause doubles while it keeps failing', async () => {
  const { clock, breaker, refused } = opened()
  clock.ms += 1_000
  breaker.enter()
  breaker.failed()
  expect((await refused()).details).toMatchObject({ retryAfterMs: 2_000 })
})

test('a clock set back does not prolong the pause', () => {
  const { clock, breaker } = opened()
  clock.ms -= 3_600_000
  expect(() => breaker.enter()).not.toThrow()
  breaker.succeeded()
  expect(() => breaker.enter()).not.toThrow()
})
