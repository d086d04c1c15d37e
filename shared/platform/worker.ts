/** Background work that repeats: woken or on a timer, never twice at once, never fatal. @module */
import { mapDatabaseError } from './db.ts'
import type { Logger } from './log.ts'

/** A running loop. `stop` waits for the step under way; no step begins after it. */
export interface Worker extends AsyncDisposable {
  /** Asks for a step soon: one at most runs, one at most is owed. */
  readonly wake: () => void
  readonly stop: () => Promise<void>
}

const retryDelayMs = 50

/**
 * Repeats `step` every `pollMs`, when woken, and at once while it answers true.
 *
 * A step that throws is logged, once for a row of equal failures, and tried again after a delay
 * that doubles up to `pollMs`, so that the loop outlives a restart of the database.
 */
export function startWorker(options: {
  readonly name: string
  readonly pollMs: number
  readonly log: Pick<Logger, 'warn' | 'info'>
  step(): Promise<boolean>
}): Worker {
  const { name, pollMs, log } = options
  const state = { isOwed: false, isStopped: false, failures: 0 }
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | null = null

  const attempt = async (): Promise<void> => {
    try {
      if (await options.step()) state.isOwed = true
      if (state.failures > 0) {
        log.info({ worker: name, failures: state.failures }, 'background work goes on')
      }
      state.failures = 0
    } catch (error) {
      state.failures += 1
      if (state.failures === 1) {
        log.warn({ worker: name, err: mapDatabaseError(error) }, 'background work failed, retrying')
      }
    }
  }
  const run = async (): Promise<void> => {
    do {
      state.isOwed = false
      await attempt()
    } while (state.isOwed && !state.isStopped && state.failures === 0)
    running = null
    if (state.isStopped) return
    const { failures } = state
    const delayMs = failures === 0 ? pollMs : Math.min(pollMs, retryDelayMs * 2 ** failures)
    timer = setTimeout(wake, delayMs)
    timer.unref()
  }
  const wake = (): void => {
    if (state.isStopped) return
    if (running === null) {
      clearTimeout(timer)
      running = run()
    } else state.isOwed = true
  }
  const stop = async (): Promise<void> => {
    state.isStopped = true
    clearTimeout(timer)
    await running
  }
  wake()
  return { wake, stop, [Symbol.asyncDispose]: stop }
}
