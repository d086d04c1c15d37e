/** The gateway's numbers: operations, errors, calls to subgraphs, caches, sockets (spec/34-telemetry.md §3). @module */
import { errorCodes, type SezError } from '@sez/core/errors'
import { durationBucketsS, measure, type Reading, type Registry } from '@sez/platform/metrics'
import { Counter, Gauge, Histogram } from 'prom-client'
import type { AnswerError } from '../plan/answer-error.ts'
import type { Answer } from '../plan/json-data.ts'
import { closeCodes } from '../front/socket.ts'

/** What a cache holds and how it serves. */
export interface CacheLoad {
  readonly size: number
  readonly bytes: number
  readonly hits: number
  readonly misses: number
}

/** What is read at a scrape. */
export interface GatewayLoad {
  caches(): Readonly<Record<string, CacheLoad>>
  readonly socketCount: number
}

/** The calls to one subgraph. */
interface CallTally {
  inFlight: number
  readonly outcomes: Map<string, number>
}

/** Close codes that are counted each by itself: those of our own and of an orderly end. */
const knownCloses = new Set<number>([1000, 1005, 1006, 1007, 1009, 4400, 4408]).union(
  new Set<number>(Object.values(closeCodes)),
)

/** Counts what the gateway does. Labels are codes and names of this zone, never a client's text. */
export class GatewayMetrics {
  readonly #registry: Registry
  readonly #operations: Counter<'kind' | 'outcome'>
  readonly #durations: Histogram<'kind'>
  readonly #errors: Counter<'code'>
  readonly #callDurations: Histogram<'subgraph'>
  /** Plain numbers, read at a scrape: an operation has many calls, and the library's cost more. */
  readonly #calls = new Map<string, CallTally>()
  readonly #subscriptions: Gauge
  readonly #closes: Counter<'code'>

  constructor(registry: Registry) {
    this.#registry = registry
    const registers = [registry]
    this.#operations = new Counter({
      name: 'sez_operations_total',
      help: 'GraphQL operations by what came of them.',
      labelNames: ['kind', 'outcome'],
      registers,
    })
    this.#durations = new Histogram({
      name: 'sez_operation_duration_seconds',
      help: 'From admission to the answer; of a subscription until it is open.',
      labelNames: ['kind'],
      buckets: durationBucketsS,
      registers,
    })
    this.#errors = new Counter({
      name: 'sez_errors_total',
      help: 'Errors in answers, by code.',
      labelNames: ['code'],
      registers,
    })
    this.#callDurations = new Histogram({
      name: 'sez_subgraph_call_duration_seconds',
      help: 'From sending a fetch to its result.',
      labelNames: ['subgraph'],
      buckets: durationBucketsS,
      registers,
    })
    measure(registry, 'counter', {
      name: 'sez_subgraph_calls_total',
      help: 'Fetches sent to subgraphs, by ok or the code they failed with.',
      labelNames: ['subgraph', 'outcome'],
      read: () =>
        [...this.#calls].flatMap(([subgraph, { outcomes }]) =>
          [...outcomes].map(([outcome, count]): Reading => [{ subgraph, outcome }, count]),
        ),
    })
    measure(registry, 'gauge', {
      name: 'sez_subgraph_calls_in_flight',
      help: 'Fetches without a result yet.',
      labelNames: ['subgraph'],
      read: () =>
        [...this.#calls].map(([subgraph, { inFlight }]): Reading => [{ subgraph }, inFlight]),
    })
    this.#subscriptions = new Gauge({
      name: 'sez_subscriptions',
      help: 'Open subscriptions.',
      registers,
    })
    this.#closes = new Counter({
      name: 'sez_sockets_closed_total',
      help: 'WebSockets that ended, by close code; 429 before they were one.',
      labelNames: ['code'],
      registers,
    })
  }

  /** Adds the numbers that are read at each scrape. */
  watch(load: GatewayLoad): void {
    measure(this.#registry, 'gauge', {
      name: 'sez_sockets',
      help: 'Open WebSockets.',
      read: () => [[{}, load.socketCount]],
    })
    const caches = (kind: 'gauge' | 'counter', name: string, key: keyof CacheLoad): void =>
      measure(this.#registry, kind, {
        name: `sez_gateway_cache_${name}`,
        help: 'Of what was compiled for operations seen before.',
        labelNames: ['cache'],
        read: () =>
          Object.entries(load.caches()).map(([cache, facts]): Reading => [{ cache }, facts[key]]),
      })
    caches('gauge', 'entries', 'size')
    caches('gauge', 'bytes', 'bytes')
    caches('counter', 'hits_total', 'hits')
    caches('counter', 'misses_total', 'misses')
  }

  /** One operation that was answered, or whose subscription is open (`answer` null). */
  operated(kind: string, answer: Answer | null, tookS: number): void {
    this.#operations.inc({ kind, outcome: outcomeOf(answer) })
    this.#durations.observe({ kind }, tookS)
    if (answer?.errors !== undefined) this.failed(answer.errors)
  }

  /** Errors that a client was answered. */
  failed(errors: readonly AnswerError[]): void {
    for (const { extensions } of errors) this.#errors.inc({ code: codeOf(extensions?.['code']) })
  }

  /** A fetch begins; call what this answers once it ends, with its failure or null. */
  calling(subgraph: string): (failure: SezError | null) => void {
    const startedMs = performance.now()
    const calls = this.#tallyOf(subgraph)
    const { outcomes } = calls
    calls.inFlight += 1
    return (failure) => {
      calls.inFlight -= 1
      const outcome = failure?.code ?? 'ok'
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      this.#callDurations.observe({ subgraph }, (performance.now() - startedMs) / 1_000)
    }
  }

  #tallyOf(subgraph: string): CallTally {
    const known = this.#calls.get(subgraph)
    if (known !== undefined) return known
    const tally: CallTally = { inFlight: 0, outcomes: new Map() }
    this.#calls.set(subgraph, tally)
    return tally
  }

  /** A subscription opened (1) or ended (-1). */
  subscribed(change: 1 | -1): void {
    this.#subscriptions.inc(change)
  }

  /** A socket ended. Clients may choose the code, so only known ones are told apart. */
  closed(code: number): void {
    this.#closes.inc({ code: knownCloses.has(code) || code === 429 ? String(code) : 'other' })
  }
}

function outcomeOf(answer: Answer | null): string {
  if (answer === null || (answer.errors ?? []).length === 0) return 'ok'
  return (answer.data ?? null) === null ? 'failed' : 'partial'
}

/** Subgraphs elsewhere may answer any code; a label is one of the table. */
function codeOf(code: unknown): string {
  return typeof code === 'string' && Object.hasOwn(errorCodes, code) ? code : 'OTHER'
}
