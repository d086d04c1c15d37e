/** How often and how soon a failed query is sent again, so that repeats never become the load. @module */

export interface Retries {
  /** How long to wait before the next attempt; null when there is to be none. */
  delayMs(attempts: number): number | null
  /** A query was sent for the first time: it earns a part of a repeat. */
  earn(): void
}

const attemptsMax = 3
const delayMsFirst = 40
const budgetMax = 20
/** One repeat for ten queries, once the budget is spent. */
const budgetPerQuery = 0.1

/** @param jitter A number from 0 to 1. */
export function openRetries(jitter: () => number): Retries {
  let budget = budgetMax
  return {
    delayMs(attempts) {
      if (attempts >= attemptsMax || budget < 1) return null
      budget -= 1
      const longestMs = delayMsFirst * 2 ** attempts
      return longestMs / 2 + (longestMs / 2) * jitter()
    },
    earn() {
      budget = Math.min(budgetMax, budget + budgetPerQuery)
    },
  }
}
