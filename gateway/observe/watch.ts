/** What is seen of one operation on its way: its cost, its plan, whom it asked. @module */
import type { Trace } from '@sez/platform/tracing'
import type { Plan } from '../plan/compile.ts'

/** Filled by the engine, read once the operation is answered. */
export class OperationWatch {
  /** Nodes as estimated before execution; null when it was refused before that. */
  cost: number | null = null
  plan: Plan | null = null
  /** Fetches by subgraph. */
  readonly fetches = new Map<string, number>()

  /** What goes before execution, of an operation that is traced. */
  readonly #preparing: Trace | undefined

  constructor(trace: Trace | null = null) {
    this.#preparing = trace?.part('prepare')
  }

  prepared(plan: Plan, cost: number): void {
    this.#preparing?.end()
    this.plan = plan
    this.cost = cost
  }

  fetched(subgraph: string): void {
    this.fetches.set(subgraph, (this.fetches.get(subgraph) ?? 0) + 1)
  }
}
