/** What every process of a zone has in common: how it starts, what runs then, and its front. @module */
import { type ListenOptions, listen } from '@sez/platform/http'
import { shutdownDeadlineMs } from '@sez/platform/limits'
import type { Config } from '@sez/platform/config'
import type { Logger } from '@sez/platform/log'
import type { Registry } from '@sez/platform/metrics'
import { measureRequests } from '@sez/platform/request-metrics'
import { routeOf } from './routes.ts'

/** A process that serves, until it is disposed of: requests at work finish first. */
export interface Running extends AsyncDisposable {
  /** Where it listens, with the port that was taken. */
  readonly url: string
  /** Where its numbers have a listener of their own, else null. */
  readonly metricsUrl: string | null
}

/** Told between the steps of a start: what is done, for whoever waits. */
export type Progress = (step: string) => void

export interface StartOptions {
  readonly log: Logger
  readonly onProgress?: Progress
  /** Gives a start up before its next step, and makes a running process say that it is not ready. */
  readonly signal?: AbortSignal
}

/** Tells of a step that is done, and goes no further when the start is given up. */
export function progressOf({ onProgress, signal }: StartOptions): Progress {
  return (step) => {
    signal?.throwIfAborted()
    onProgress?.(step)
  }
}

/** For answers in flight, of the time an end may take: the rest is for the workers and Postgres. */
const drainMs = shutdownDeadlineMs * 0.6

/**
 * Listens on `stack`; answers its address. At the end requests are answered, while `endStreams` ends
 * what has no end of its own to wait for.
 *
 * @throws {SezError} the codes of `listen`.
 */
export async function openFront(
  { host, port }: Config,
  stack: AsyncDisposableStack,
  front: Pick<ListenOptions, 'onRequest' | 'onUpgrade' | 'log'> & {
    readonly endStreams: () => Promise<void> | void
    readonly registry: Registry
  },
): Promise<string> {
  const { endStreams, registry, onRequest, ...handlers } = front
  const measured = measureRequests(registry, { routeOf, onRequest })
  const listener = await listen({ host, port, onRequest: measured, ...handlers })
  stack.defer(async () => {
    await Promise.all([listener.close(drainMs), endStreams()])
  })
  return listener.url
}
