/** A client's subscription: upstream events, each completed by the rest of the plan. @module */
import { mapStream, type Stream } from '@sez/platform/stream'
import { callUpstream } from '../transport/deadline.ts'
import { type CallScope, isStream, type UpstreamResult } from '../transport/transport.ts'
import type { Answer } from './json-data.ts'

export interface SubscriptionWork {
  readonly subgraph: string
  readonly scope: CallScope
  readonly timeoutMs: number
  open(scope: CallScope): Promise<Stream<UpstreamResult> | UpstreamResult>
  /** Completes one event; also the answer of a subgraph that refused to open a stream. */
  answer(event: UpstreamResult, scope: CallScope): Promise<Answer>
  /** The last answer of a stream that failed. */
  failed(failure: unknown): Answer
}

/**
 * Opens the upstream and answers its events, in order and one at a time: the next is pulled only when
 * the consumer asks. Returning the stream closes the upstream and aborts the fetches of an event at
 * work, at once; so does the caller's signal.
 */
export async function openSubscription(work: SubscriptionWork): Promise<Stream<Answer> | Answer> {
  const controller = new AbortController()
  const scope: CallScope = { ...work.scope, signal: controller.signal }
  const onAbort = (): void => controller.abort(work.scope.signal.reason)
  if (work.scope.signal.aborted) onAbort()
  work.scope.signal.addEventListener('abort', onAbort, { once: true })
  const release = (): void => {
    work.scope.signal.removeEventListener('abort', onAbort)
    controller.abort()
  }
  try {
    const opened = await callUpstream(
      {
        subgraph: work.subgraph,
        // The stream lives on after this call, so it follows the subscription's signal, not the call's.
        send: () => work.open(scope),
        discard: closeLate,
      },
      scope,
      work.timeoutMs,
    )
    if (isStream(opened)) return answersOf(opened, work, { scope, release })
    const refusal = await work.answer(opened, scope)
    release()
    return refusal
  } catch (error) {
    release()
    throw error
  }
}

function closeLate(late: Stream<UpstreamResult> | UpstreamResult): void {
  // Nobody waits for this stream, so nobody can be told that closing it failed.
  if (isStream(late)) late.return().catch(() => undefined)
}

function answersOf(
  upstream: Stream<UpstreamResult>,
  work: SubscriptionWork,
  owned: { readonly scope: CallScope; readonly release: () => void },
): Stream<Answer> {
  const { scope, release } = owned
  const answers = mapStream(upstream, (event) => work.answer(event, scope))
  const close = (): Promise<IteratorReturnResult<undefined>> => {
    release()
    return answers.return()
  }
  // Covers both ways to end: the consumer's return() and the caller's own signal.
  scope.signal.addEventListener('abort', () => void answers.return().catch(() => undefined), {
    once: true,
  })
  const stream: Stream<Answer> = {
    async next() {
      try {
        const item = await answers.next()
        if (item.done === true) release()
        return item
      } catch (failure) {
        release()
        return { done: false, value: work.failed(failure) }
      }
    },
    return: close,
    [Symbol.asyncIterator]: () => stream,
  }
  return stream
}
