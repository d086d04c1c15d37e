/** Waiting for a reader to take what was written to it. @module */
import type { ServerResponse } from 'node:http'
import { subscriberStallMs } from './limits.ts'

/**
 * Settles when the reader has taken enough for more, and when it is gone. One that takes nothing for
 * `stallMs` is cut off.
 */
export function written(response: ServerResponse, stallMs = subscriberStallMs): Promise<void> {
  if (response.destroyed || !response.writableNeedDrain) return Promise.resolve()
  const taken = Promise.withResolvers<void>()
  const timer = setTimeout(() => response.destroy(), stallMs)
  response.once('drain', taken.resolve).once('close', taken.resolve)
  return taken.promise.finally(() => {
    clearTimeout(timer)
    response.off('drain', taken.resolve).off('close', taken.resolve)
  })
}
