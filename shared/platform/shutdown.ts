/**
 * An orderly end: what opened last closes first, each step named, all within a deadline.
 *
 * @module
 */
import { SezError } from '@sez/core/errors'
import { shutdownDeadlineMs } from './limits.ts'
import type { Logger } from './log.ts'

export interface ShutdownReport {
  /** Whether every step ended well and in time. */
  readonly isClean: boolean
  readonly failed: readonly string[]
  /** Steps that had not ended at the deadline. */
  readonly unfinished: readonly string[]
}

export interface Shutdown extends AsyncDisposable {
  /** Aborts when the end begins: loops and streams stop. */
  readonly signal: AbortSignal
  /** Settles with the first reason to end: a signal's name, or what `begin` was told. */
  readonly requested: Promise<string>
  /** Adds a step; the last added runs first, and no step waits for a failed one. */
  defer(name: string, close: () => Promise<void> | void): void
  /** Adds a disposable as a step and gives it back. */
  use<T extends AsyncDisposable>(name: string, resource: T): T
  /** Asks for the end, as a signal does. */
  begin(reason: string): void
  /** Runs the steps. Calling it again waits for the same end. */
  close(): Promise<ShutdownReport>
}

/**
 * Opens the list of steps. Nothing here ends the process: the command line reads the report and
 * decides on the exit code.
 *
 * @param options `signals` to listen to, none in tests.
 */
export function openShutdown(options: {
  readonly log: Pick<Logger, 'error' | 'info' | 'warn'>
  readonly signals?: readonly NodeJS.Signals[]
  readonly deadlineMs?: number
}): Shutdown {
  const { log, signals = [], deadlineMs = shutdownDeadlineMs } = options
  const stack = new AsyncDisposableStack()
  const ending = new AbortController()
  const requested = Promise.withResolvers<string>()
  const pending = new Set<string>()
  const failed: string[] = []
  const begin = (reason: string): void => {
    requested.resolve(reason)
    ending.abort(new SezError('REQUEST_ABORTED'))
  }
  const handlers = signals.map((signal) => ({ signal, handle: (): void => begin(signal) }))
  for (const { signal, handle } of handlers) process.on(signal, handle)
  const forget = (): void => {
    for (const { signal, handle } of handlers) process.off(signal, handle)
  }
  const defer = (name: string, close: () => Promise<void> | void): void => {
    pending.add(name)
    stack.defer(async () => {
      try {
        await close()
      } catch (failure) {
        failed.push(name)
        log.error({ err: failure, step: name }, 'a shutdown step failed')
      } finally {
        pending.delete(name)
      }
    })
  }
  const run = async (): Promise<ShutdownReport> => {
    begin('close')
    const isInTime = await within(stack.disposeAsync(), deadlineMs)
    forget()
    const unfinished = isInTime ? [] : [...pending]
    if (!isInTime) log.warn({ unfinished, deadlineMs }, 'shutdown reached its deadline')
    return { isClean: isInTime && failed.length === 0, failed, unfinished }
  }
  let report: Promise<ShutdownReport> | null = null
  const close = (): Promise<ShutdownReport> => {
    report ??= run()
    return report
  }
  return {
    signal: ending.signal,
    requested: requested.promise,
    defer,
    use(name, resource) {
      defer(name, async () => resource[Symbol.asyncDispose]())
      return resource
    },
    begin,
    close,
    async [Symbol.asyncDispose]() {
      await close()
    },
  }
}

async function within(work: Promise<void>, deadlineMs: number): Promise<boolean> {
  const late = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => late.resolve(false), deadlineMs)
  try {
    return await Promise.race([work.then(() => true), late.promise])
  } finally {
    clearTimeout(timer)
  }
}
