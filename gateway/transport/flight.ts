/** One request on its way to a subgraph, and everyone who waits for its answer. @module */
import { SezError } from '@sez/core/errors'
import type { Caller } from '@sez/platform/context'
import { OperationTypeNode } from 'graphql'
import type { CallScope, UpstreamResult } from './transport.ts'

export interface Boarding {
  readonly subgraph: string
  readonly body: Buffer
  readonly kind: OperationTypeNode
  readonly scope: CallScope
  readonly timeoutMs: number
}

/** Why nobody waits any more: all left, or the time is up. */
export type Desertion = 'left' | 'late'

/** Each waiter has a deadline of its own and parses a copy of its own: the executor changes results. */
export class Flight {
  readonly subgraph: string
  readonly body: Buffer
  readonly caller: Caller
  readonly traceparent: string | undefined
  readonly correlationId: string
  readonly isMutation: boolean
  attempts = 0
  /** Told once, when nobody waits any more. */
  onDeserted: (why: Desertion) => void = () => undefined
  readonly #waiters = new Set<Waiter>()

  constructor({ subgraph, body, kind, scope }: Boarding) {
    this.subgraph = subgraph
    this.body = body
    this.caller = scope.caller
    this.traceparent = scope.trace?.traceparent
    this.correlationId = scope.correlationId
    this.isMutation = kind === OperationTypeNode.MUTATION
  }

  get isDeserted(): boolean {
    return this.#waiters.size === 0
  }

  /** The answer, or why there is none for this waiter. */
  join({ signal }: CallScope, timeoutMs: number): Promise<UpstreamResult> {
    if (signal.aborted) return Promise.reject(new SezError('REQUEST_ABORTED'))
    const answer = Promise.withResolvers<UpstreamResult>()
    const leave = (error: SezError, why: Desertion): void => {
      this.#remove(waiter)
      answer.reject(error)
      if (this.isDeserted) this.onDeserted(why)
    }
    const onAbort = (): void => leave(new SezError('REQUEST_ABORTED'), 'left')
    const timer = setTimeout(
      () => leave(new SezError('UPSTREAM_TIMEOUT', { subgraph: this.subgraph, timeoutMs }), 'late'),
      timeoutMs,
    )
    const waiter: Waiter = { answer, timer, signal, onAbort }
    signal.addEventListener('abort', onAbort, { once: true })
    this.#waiters.add(waiter)
    return answer.promise
  }

  /** Hands the text of the answer to everyone. */
  land(text: string): void {
    for (const waiter of this.#waiters) {
      this.#remove(waiter)
      try {
        waiter.answer.resolve(parsedResult(text, this.subgraph))
      } catch (failure) {
        waiter.answer.reject(failure)
      }
    }
  }

  fail(failure: SezError): void {
    for (const waiter of this.#waiters) {
      this.#remove(waiter)
      waiter.answer.reject(failure)
    }
  }

  #remove(waiter: Waiter): void {
    clearTimeout(waiter.timer)
    waiter.signal.removeEventListener('abort', waiter.onAbort)
    this.#waiters.delete(waiter)
  }
}

interface Waiter {
  readonly answer: PromiseWithResolvers<UpstreamResult>
  readonly timer: NodeJS.Timeout
  readonly signal: AbortSignal
  readonly onAbort: () => void
}

/**
 * The result in a text. A subgraph that does not believe the gateway is a fault of the zone, not of
 * the caller, who would take its code for one of the caller's own token.
 *
 * @throws {SezError} `UPSTREAM_INVALID` for what is no JSON, `UPSTREAM_FAILED`.
 */
export function parsedResult(text: string, subgraph: string): UpstreamResult {
  let result: UpstreamResult | null
  try {
    result = JSON.parse(text) as UpstreamResult | null
  } catch (cause) {
    throw new SezError('UPSTREAM_INVALID', { subgraph }, { cause })
  }
  const refusal = text.includes('"ASSERTION_') ? assertionRefusal(result) : null
  if (refusal === null) return result as UpstreamResult
  throw new SezError('UPSTREAM_FAILED', { subgraph }, { cause: refusal })
}

function assertionRefusal(result: UpstreamResult | null): unknown {
  if (result === null || (result.data ?? null) !== null || !Array.isArray(result.errors))
    return null
  const [error] = result.errors as readonly { extensions?: { code?: unknown } | null }[]
  const code = error?.extensions?.code
  return typeof code === 'string' && code.startsWith('ASSERTION_') ? error : null
}
