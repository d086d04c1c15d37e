/** Stops asking a subgraph that keeps failing, and tries it again one request at a time. @module */
import { SezError } from '@sez/core/errors'

export interface Breaker {
  /**
   * Lets a request through; after a pause exactly one, whose outcome decides.
   *
   * @throws {SezError} `UPSTREAM_FAILED` with `retryAfterMs` while the subgraph rests.
   */
  enter(): void
  /** The subgraph answered, whatever it said. */
  succeeded(): void
  /** It did not answer, or not in time. */
  failed(): void
  /** Nobody waited for the answer: no verdict. */
  abandoned(): void
}

const failuresMax = 5
const pauseMsMin = 1_000
const pauseMsMax = 30_000

/** @param options `jitter` gives a number from 0 to 1, so that gateways do not return in step. */
export function openBreaker(options: {
  readonly subgraph: string
  readonly now: () => Date
  readonly jitter: () => number
}): Breaker {
  const { subgraph, now, jitter } = options
  let failures = 0
  let pauseMs = pauseMsMin
  let rest: { readonly fromMs: number; readonly forMs: number } | null = null
  let isTrying = false
  const begin = (): void => {
    rest = { fromMs: now().getTime(), forMs: pauseMs / 2 + (pauseMs / 2) * jitter() }
    pauseMs = Math.min(pauseMs * 2, pauseMsMax)
    isTrying = false
  }
  return {
    enter() {
      if (rest === null) return
      const passedMs = now().getTime() - rest.fromMs
      // A clock set back ends the pause, rather than to prolong it by as much.
      const waitMs = passedMs < 0 ? 0 : rest.forMs - passedMs
      if (waitMs > 0 || isTrying) {
        const retryAfterMs = Math.ceil(Math.max(waitMs, 1))
        throw new SezError('UPSTREAM_FAILED', { subgraph, retryAfterMs })
      }
      isTrying = true
    },
    succeeded() {
      failures = 0
      pauseMs = pauseMsMin
      rest = null
      isTrying = false
    },
    failed() {
      failures += 1
      if (isTrying || (rest === null && failures >= failuresMax)) begin()
    },
    abandoned() {
      isTrying = false
    },
  }
}
