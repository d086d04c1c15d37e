/** Token buckets: bursts, refills, and nobody spends another's. @module */
import { SezError } from '@sez/core/errors'
import { describe, expect, it } from 'vitest'
import { openRateLimit } from './rate.ts'

function bucket(options: { perS: number; burst: number; keysMax?: number }) {
  const clock = { ms: 1_000_000 }
  const limit = openRateLimit({ ...options, now: () => new Date(clock.ms) })
  const take = (key: string, cost?: number): number | 'taken' => {
    try {
      limit.take(key, cost)
      return 'taken'
    } catch (error) {
      if (error instanceof SezError && error.code === 'RATE_LIMITED') {
        return Number(error.details['retryAfterMs'])
      }
      throw error
    }
  }
  return { clock, take }
}

describe('a rate limit', () => {
  it('RATE_LIMITED after the burst, with the time to the next token', () => {
    const { take } = bucket({ perS: 2, burst: 3 })
    expect([take('a'), take('a'), take('a'), take('a')]).toEqual(['taken', 'taken', 'taken', 500])
  })

  it('lets pass what it said it would, when it said it would', () => {
    const { take, clock } = bucket({ perS: 3, burst: 1 })
    take('a')
    const wait = Number(take('a'))
    clock.ms += wait - 1
    expect(take('a')).toBe(1)
    clock.ms += 1
    expect(take('a')).toBe('taken')
  })

  it('refills to the burst and no further', () => {
    const { take, clock } = bucket({ perS: 10, burst: 2 })
    take('a')
    clock.ms += 3_600_000
    expect([take('a'), take('a'), take('a')]).toEqual(['taken', 'taken', 100])
  })

  it('keeps callers apart', () => {
    const { take } = bucket({ perS: 1, burst: 1 })
    expect([take('a'), take('b'), take('a'), take('b')]).toEqual(['taken', 'taken', 1_000, 1_000])
  })

  it('takes nothing when it refuses, and takes a cost whole', () => {
    const { take } = bucket({ perS: 1, burst: 10 })
    expect([take('a', 8), take('a', 3), take('a', 2)]).toEqual(['taken', 1_000, 'taken'])
  })

  it('is not drained by a clock set back', () => {
    const { take, clock } = bucket({ perS: 1, burst: 2 })
    take('a')
    clock.ms -= 60_000
    expect(take('a')).toBe('taken')
  })

  it('fills again in its own time when the clock is set back while it is empty', () => {
    const { take, clock } = bucket({ perS: 1, burst: 1 })
    take('a')
    clock.ms -= 3_600_000
    expect(take('a')).toBe(1_000)
    clock.ms += 1_000
    expect(take('a')).toBe('taken')
  })

  it('forgets the caller longest unused when it is full', () => {
    const { take } = bucket({ perS: 1, burst: 1, keysMax: 2 })
    for (const key of ['a', 'b', 'c']) take(key)
    expect([take('c'), take('b'), take('a')]).toEqual([1_000, 1_000, 'taken'])
  })
})
