/** The reception with a witness: what passes it is counted, logged and, for operators, explained. @module */
import { hasRole } from '@sez/platform/context'
import type { Stream } from '@sez/platform/stream'
import type { Trace, Tracing } from '@sez/platform/tracing'
import type { Reception, Screened } from '../front/reception.ts'
import type { Answer } from '../plan/json-data.ts'
import type { CallScope } from '../transport/transport.ts'
import { type AccessLog, codesOf } from './access-log.ts'
import type { GatewayMetrics } from './metrics.ts'
import { OperationWatch } from './watch.ts'

export interface Witness {
  readonly metrics: GatewayMetrics
  readonly accessLog: AccessLog
  /** Null where nothing is traced. */
  readonly tracing: Pick<Tracing, 'begin'> | null
  /** Whether everyone may see plans, or only an ADMIN. */
  readonly plansForAll: boolean
}

/** A reception that does what `reception` does, and tells the witness. */
export function observedReception(reception: Reception, witness: Witness): Reception {
  const { metrics, accessLog, tracing } = witness
  return {
    ...reception,
    async perform(screened, outer) {
      const startedMs = performance.now()
      const trace = tracing?.begin(`graphql ${screened.kind}`, outer.traceparent) ?? null
      const watch = new OperationWatch(trace)
      const scope: CallScope = { ...outer, watch, ...(trace && { trace }) }
      const answer = await reception.perform(screened, scope)
      const tookS = secondsSince(startedMs)
      metrics.operated(screened.kind, answer, tookS)
      accessLog({ screened, scope, watch, tookS, answer })
      if (trace !== null) endTrace(trace, scope, { watch, answer })
      return isExplained(screened, scope, witness) ? explained(answer, watch) : answer
    },
    async subscribe(screened, outer) {
      const startedMs = performance.now()
      const watch = new OperationWatch()
      const scope: CallScope = { ...outer, watch }
      const result = await reception.subscribe(screened, scope)
      const tookS = secondsSince(startedMs)
      if (!(Symbol.asyncIterator in result)) {
        metrics.operated(screened.kind, result, tookS)
        accessLog({ screened, scope, watch, tookS, answer: result })
        return result
      }
      metrics.operated(screened.kind, null, tookS)
      return observedStream(result, metrics, (events) => {
        const end = { screened, scope, watch, answer: null, events }
        accessLog({ ...end, tookS: secondsSince(startedMs) })
      })
    },
    refuse(failure, scope) {
      const answer = reception.refuse(failure, scope)
      metrics.failed(answer.errors ?? [])
      return answer
    },
  }
}

function endTrace(
  trace: Trace,
  { correlationId }: CallScope,
  { watch, answer }: { readonly watch: OperationWatch; readonly answer: Answer },
): void {
  trace.note({
    'sez.correlation_id': correlationId,
    ...(watch.cost !== null && { 'sez.cost': watch.cost }),
  })
  trace.end(codesOf(answer)[0])
}

function secondsSince(startedMs: number): number {
  return (performance.now() - startedMs) / 1_000
}

/** A plan shows how the zone is made: for its operators, and for everyone in development. */
function isExplained({ request }: Screened, { caller }: CallScope, witness: Witness): boolean {
  return request.isExplained === true && (witness.plansForAll || hasRole(caller, 'ADMIN'))
}

function explained(answer: Answer, { plan, cost, fetches }: OperationWatch): Answer {
  if (plan === null) return answer
  const extensions = {
    queryPlan: plan.describe(),
    cost: { estimated: cost },
    fetches: Object.fromEntries(fetches),
  }
  return { ...answer, extensions: { ...answer.extensions, ...extensions } }
}

/** Counts a stream while it is open, and its events and their errors. */
function observedStream(
  source: Stream<Answer>,
  metrics: GatewayMetrics,
  ended: (events: number) => void,
): Stream<Answer> {
  let isOpen = true
  let events = 0
  metrics.subscribed(1)
  const end = (): void => {
    if (!isOpen) return
    isOpen = false
    metrics.subscribed(-1)
    ended(events)
  }
  const watched: Stream<Answer> = {
    async next() {
      try {
        const item = await source.next()
        if (item.done === true) end()
        else {
          events += 1
          metrics.failed(item.value.errors ?? [])
        }
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
