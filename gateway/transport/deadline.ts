/** One call to a subgraph with an end: its own deadline, and the caller's leaving. @module */
import { SezError } from '@sez/core/errors'
import type { CallScope } from './transport.ts'

export interface UpstreamWork<T> {
  /** The subgraph's name, for the error. */
  readonly subgraph: string
  send(scope: CallScope): Promise<T>
  /** Told of a result that arrives after the call was given up. */
  discard?(late: T): void
}

/**
 * Calls a subgraph with a signal of its own, which aborts at the deadline and when the caller leaves.
 *
 * @throws {SezError} `UPSTREAM_TIMEOUT`, else `REQUEST_ABORTED`, else `UPSTREAM_FAILED` with the
 *   failure as its cause.
 */
export function callUpstream<T>(
  call: UpstreamWork<T>,
  scope: CallScope,
  timeoutMs: number,
): Promise<T> {
  const { signal } = scope
  if (signal.aborted) return Promise.reject(new SezError('REQUEST_ABORTED'))
  return new Promise<T>((resolve, reject) => {
    const controller = new AbortController()
    let isOver = false
    const stop = (): void => {
      isOver = true
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
    }
    const giveUp = (error: SezError): void => {
      stop()
      reject(error)
      controller.abort(error)
    }
    const onAbort = (): void => giveUp(new SezError('REQUEST_ABORTED'))
    const timer = setTimeout(
      () => giveUp(new SezError('UPSTREAM_TIMEOUT', { subgraph: call.subgraph, timeoutMs })),
      timeoutMs,
    )
    signal.addEventListener('abort', onAbort, { once: true })
    const settle = (result: T): void => {
      if (isOver) call.discard?.(result)
      else stop()
      resolve(result)
    }
    const fail = (cause: unknown): void => {
      stop()
      reject(upstreamFailure(cause, call.subgraph))
    }
    sent(call, { ...scope, signal: controller.signal }).then(settle, fail)
  })
}

/** A transport that throws before it returns a promise has failed like any other. */
async function sent<T>(call: UpstreamWork<T>, scope: CallScope): Promise<T> {
  return call.send(scope)
}

/** What a subgraph's failure is to callers: a coded one stays, anything else is UPSTREAM_FAILED. */
export function upstreamFailure(cause: unknown, subgraph: string): SezError {
  if (cause instanceof SezError) return cause
  return new SezError('UPSTREAM_FAILED', { subgraph }, { cause })
}
