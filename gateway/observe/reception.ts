/** The reception with a witness: everything that passes it is counted. @module */
import type { Stream } from '@sez/platform/stream'
import type { Reception } from '../front/reception.ts'
import type { Answer } from '../plan/json-data.ts'
import type { GatewayMetrics } from './metrics.ts'

/** A reception that does what `reception` does, and counts it. */
export function observedReception(reception: Reception, metrics: GatewayMetrics): Reception {
  return {
    ...reception,
    async perform(screened, scope) {
      const startedMs = performance.now()
      const answer = await reception.perform(screened, scope)
      metrics.operated(screened.kind, answer, (performance.now() - startedMs) / 1_000)
      return answer
    },
    async subscribe(screened, scope) {
      const startedMs = performance.now()
      const result = await reception.subscribe(screened, scope)
      const isOpen = Symbol.asyncIterator in result
      const tookS = (performance.now() - startedMs) / 1_000
      metrics.operated(screened.kind, isOpen ? null : result, tookS)
      return isOpen ? observedStream(result, metrics) : result
    },
    refuse(failure, scope) {
      const answer = reception.refuse(failure, scope)
      metrics.failed(answer.errors ?? [])
      return answer
    },
  }
}

/** Counts a stream while it is open, and the errors of its events. */
function observedStream(source: Stream<Answer>, metrics: GatewayMetrics): Stream<Answer> {
  let isOpen = true
  metrics.subscribed(1)
  const end = (): void => {
    if (isOpen) metrics.subscribed(-1)
    isOpen = false
  }
  const watched: Stream<Answer> = {
    async next() {
      try {
        const item = await source.next()
        if (item.done === true) end()
        else metrics.failed(item.value.errors ?? [])
        return item
      } catch (error) {
        end()
        throw error
      }
    },
    return() {
      end()
      return source.return()
    },
    [Symbol.asyncIterator]: () => watched,
  }
  return watched
}
