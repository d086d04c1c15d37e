/**
 * Token buckets, one per caller (spec/17-api.md §6). Memory is bounded, no timer runs, and the
 * clock is the caller's, so that a test needs no wait.
 *
 * @module
 */
import { SezError } from '@sez/core/errors'
import { invariant } from '@sez/core/invariant'
import { rateCallersMax } from './limits.ts'

export interface RateLimit {
  /**
   * Takes `cost` from the bucket called `key`.
   *
   * @throws {SezError} `RATE_LIMITED` with `retryAfterMs`; then nothing was taken.
   */
  take(key: string, cost?: number): void
}

interface Bucket {
  readonly level: number
  readonly atMs: number
}

/**
 * Opens a set of buckets that hold `burst` and refill at `perS` a second.
 *
 * @param options `keysMax` buckets are kept; the one longest unused is forgotten, which fills it.
 */
export function openRateLimit(options: {
  readonly perS: number
  readonly burst: number
  readonly now: () => Date
  readonly keysMax?: number
}): RateLimit {
  const { perS, burst, now, keysMax = rateCallersMax } = options
  invariant(perS > 0 && burst >= 1 && keysMax >= 1, 'a rate limit lets something through')
  // A Map iterates in insertion order and a used bucket is inserted anew: the first is the oldest.
  const buckets = new Map<string, Bucket>()
  return {
    take(key, cost = 1) {
      const atMs = now().getTime()
      const last = buckets.get(key)
      // A clock set back must not drain a bucket.
      const passedMs = last === undefined ? 0 : Math.max(0, atMs - last.atMs)
      const level =
        last === undefined ? burst : Math.min(burst, last.level + (passedMs * perS) / 1_000)
      if (level < cost) {
        // From here on it fills by the clock as it is set now.
        if (last !== undefined && atMs < last.atMs) buckets.set(key, { level, atMs })
        const retryAfterMs = Math.ceil(((Math.min(cost, burst) - level) * 1_000) / perS)
        throw new SezError('RATE_LIMITED', { retryAfterMs })
      }
      buckets.delete(key)
      const [oldest] = buckets.keys()
      if (buckets.size >= keysMax && oldest !== undefined) buckets.delete(oldest)
      buckets.set(key, { level: level - cost, atMs })
    },
  }
}
