/** The executor: runs validated operations over one supergraph, and swaps supergraphs atomically. @module */
import { SezError } from '@sez/core/errors'
import { invariant } from '@sez/core/invariant'
import { queryCostMax, upstreamTimeoutMs } from '@sez/platform/limits'
import type { Logger } from '@sez/platform/log'
import type { Stream } from '@sez/platform/stream'
import { type DocumentNode, isNonNullType } from 'graphql'
import type { CacheLoad, GatewayMetrics } from './observe/metrics.ts'
import { type AnswerError, codedAnswer, isRelatedPath, passedOn } from './plan/answer-error.ts'
import { BoundedCache } from '@sez/platform/bounded-cache'
import {
  type AnswerShape,
  compileAnswerShape,
  compileOperation,
  compilePlan,
  type Operation,
  type Plan,
} from './plan/compile.ts'
import { complete, type Problem } from './plan/complete.ts'
import { type Execution, variableMembers } from './plan/execute.ts'
import { introspector } from './plan/introspection.ts'
import { type Answer, JsonData } from './plan/json-data.ts'
import { type DataObject, isDataObject, own } from './plan/merge.ts'
import { conditionValue, type Variables } from './plan/operation.ts'
import { openSubscription } from './plan/subscription.ts'
import { type Rights, rightsOf } from './policy/access.ts'
import { checkCost } from './policy/cost.ts'
import { buildSupergraph, type Supergraph } from './supergraph.ts'
import {
  type CallScope,
  type Transport,
  type UpstreamCall,
  type UpstreamResult,
} from './transport/transport.ts'
import { callUpstream, upstreamFailure } from './transport/deadline.ts'

export interface EngineOptions {
  readonly supergraphSdl: string
  readonly transports: ReadonlyMap<string, Transport>
  readonly costMax?: number
  readonly upstreamTimeoutMs?: number
  readonly log?: Pick<Logger, 'warn'>
  readonly metrics?: Pick<GatewayMetrics, 'calling'>
}

const cacheBounds = {
  operations: { entriesMax: 5_000, bytesMax: 64 * 1024 * 1024 },
  plans: { entriesMax: 10_000, bytesMax: 64 * 1024 * 1024 },
  shapes: { entriesMax: 20_000, bytesMax: 64 * 1024 * 1024 },
  costs: { entriesMax: 20_000, bytesMax: 8 * 1024 * 1024 },
}

/** A supergraph and all that was compiled for it; a reload replaces the whole. */
interface Generation {
  readonly supergraph: Supergraph
  /** By query text, then by operation name: equal texts need no second key of the same length. */
  readonly operations: BoundedCache<string, Map<string, Operation>>
  readonly plans: BoundedCache<string, Plan>
  readonly shapes: BoundedCache<string, AnswerShape>
  /** Costs that were found acceptable, by operation and the values that size its pages. */
  readonly costs: BoundedCache<string, number>
}

interface Prepared {
  readonly generation: Generation
  readonly operation: Operation
  readonly variables: Variables
  readonly rights: Rights
  readonly plan: Plan
  readonly scope: CallScope
}

export class Engine {
  #generation: Generation
  #operationCount = 0
  readonly #options: EngineOptions
  /** An operation runs on what it was compiled for, also after a reload. */
  readonly #generations = new WeakMap<Operation, Generation>()
  readonly #listeners = new Set<(supergraph: Supergraph) => void>()

  constructor(options: EngineOptions) {
    this.#options = options
    this.#generation = newGeneration(options.supergraphSdl)
  }

  get supergraph(): Supergraph {
    return this.#generation.supergraph
  }

  /** Replaces the supergraph; requests at work finish on the one they began with. */
  load(supergraphSdl: string): void {
    this.#generation = newGeneration(supergraphSdl)
    for (const listener of this.#listeners) listener(this.supergraph)
  }

  /** Tells of every later supergraph; returns how to stop. */
  onLoad(listener: (supergraph: Supergraph) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** What the caches of the present supergraph hold, by their names. */
  caches(): Readonly<Record<string, CacheLoad>> {
    const { operations, plans, shapes, costs } = this.#generation
    return { operations, plans, shapes, costs }
  }

  /** An operation admitted before, by its exact text; undefined on first sight. */
  find(query: string, operationName: string | undefined): Operation | undefined {
    return this.#generation.operations.get(query)?.get(operationName ?? '')
  }

  /**
   * Keeps a document that limits and validation have passed.
   *
   * @throws {SezError} `OPERATION_UNKNOWN` when no single operation is meant.
   */
  admit(query: string, document: DocumentNode, operationName: string | undefined): Operation {
    const generation = this.#generation
    const { operations, supergraph } = generation
    this.#operationCount += 1
    const id = this.#operationCount
    const operation = compileOperation(supergraph, { id, document, operationName })
    this.#generations.set(operation, generation)
    const byName = operations.peek(query) ?? new Map<string, Operation>()
    byName.set(operationName ?? '', operation)
    operations.set(query, byName, operation.bytes * byName.size)
    return operation
  }

  /**
   * Runs a query or mutation.
   *
   * @throws {SezError} `VALIDATION_ERROR`, else `QUERY_TOO_COSTLY`: nothing was executed then.
   *   Failures during execution are errors of the answer.
   */
  async execute(operation: Operation, variables: Variables, scope: CallScope): Promise<Answer> {
    const prepared = this.#prepare(operation, variables, scope)
    const execution = this.#execution(prepared)
    const data: DataObject = {}
    if (prepared.plan.run !== null) await prepared.plan.run(execution, data)
    const shaping = scope.trace?.part('shape')
    const answer = this.#answer(prepared, execution.errors, data)
    shaping?.end()
    return answer
  }

  /**
   * Opens a subscription: a stream of answers, or one answer when the owning subgraph refuses.
   * Returning the stream cancels the upstream and all fetches at work at once.
   *
   * @throws {SezError} as `execute`, else `UPSTREAM_FAILED` or `UPSTREAM_TIMEOUT`.
   */
  async subscribe(
    operation: Operation,
    variables: Variables,
    scope: CallScope,
  ): Promise<Stream<Answer> | Answer> {
    const prepared = this.#prepare(operation, variables, scope)
    const { primary } = prepared.plan
    if (primary === null) return this.#answer(prepared, [], {})
    const call = {
      fetch: primary,
      variables: variableMembers(primary, variables),
      representations: null,
    }
    return openSubscription({
      subgraph: primary.service,
      scope,
      timeoutMs: this.#timeoutMs,
      open: (inner) => this.#transportOf(call).subscribe(call, inner),
      answer: (event, inner) => this.#event({ ...prepared, scope: inner }, event),
      failed: (failure) => ({
        errors: [codedAnswer(this.#logged(failure, primary.service, scope), scope)],
        data: null,
      }),
    })
  }

  #prepare(operation: Operation, variables: Variables, scope: CallScope): Prepared {
    const generation = this.#generations.get(operation)
    invariant(generation, 'an operation is run by the engine that admitted it')
    const { supergraph } = generation
    operation.checkVariables(variables)
    const cost = this.#checkCost(generation, operation, variables)
    const { apiSchema: schema, access } = supergraph
    const rights = rightsOf({ schema, access }, operation.rules, scope.caller)
    const plan = generation.plans.getOrMake(`${operation.id}/${rights.key}`, () => ({
      value: compilePlan(supergraph, operation, rights),
      bytes: operation.bytes,
    }))
    scope.watch?.prepared(plan, cost)
    return { generation, operation, variables, rights, plan, scope }
  }

  #checkCost(generation: Generation, operation: Operation, variables: Variables): number {
    const sizes = operation.sizing.map((name) => String(own(variables, name)))
    const key = `${operation.id}/${sizes.join()}`
    return generation.costs.getOrMake(key, () => ({
      value: checkCost(operation.cost, variables, this.#options.costMax ?? queryCostMax),
      bytes: key.length,
    }))
  }

  #execution(prepared: Prepared): Execution {
    const { operation, variables, scope } = prepared
    return {
      variables,
      errors: [],
      correlationId: scope.correlationId,
      conditionOf: (name) => conditionValue(operation.conditions, variables, name),
      send: async (call) => {
        const subgraph = call.fetch.service
        const send = (own: CallScope) => this.#transportOf(call).send(call, own)
        const trace = scope.trace?.part(`fetch ${subgraph}`, factsOf(call), 'client')
        const inner = trace === undefined ? scope : { ...scope, trace }
        scope.watch?.fetched(subgraph)
        const ended = this.#options.metrics?.calling(subgraph)
        try {
          const answer = await callUpstream({ subgraph, send }, inner, this.#timeoutMs)
          const result = checkedResult(answer)
          ended?.(null)
          trace?.end()
          return result
        } catch (failure) {
          const error = this.#logged(failure, subgraph, scope)
          ended?.(error)
          trace?.end(error.code)
          throw error
        }
      },
    }
  }

  /** Callers learn only the code, so the operator's log keeps what really happened. */
  #logged(failure: unknown, subgraph: string, { correlationId, signal }: CallScope): SezError {
    const error = upstreamFailure(failure, subgraph)
    const facts = { err: error, subgraph, correlationId }
    if (!signal.aborted) this.#options.log?.warn(facts, 'a subgraph failed')
    return error
  }

  get #timeoutMs(): number {
    return this.#options.upstreamTimeoutMs ?? upstreamTimeoutMs
  }

  #transportOf(call: UpstreamCall): Transport {
    const transport = this.#options.transports.get(call.fetch.service)
    if (transport === undefined)
      throw new SezError('UPSTREAM_FAILED', { subgraph: call.fetch.service })
    return transport
  }

  /** One event of a subscription: the rest of the plan runs over what the upstream sent. */
  async #event(prepared: Prepared, event: UpstreamResult): Promise<Answer> {
    const { data, errors: upstreamErrors = [] } = checkedResult(event)
    const execution = this.#execution(prepared)
    for (const error of upstreamErrors) execution.errors.push(passedOn(error, pathOf(error)))
    if (!data) return this.#answer(prepared, execution.errors, null)
    if (prepared.plan.run !== null) await prepared.plan.run(execution, data)
    return this.#answer(prepared, execution.errors, data)
  }

  #answer(prepared: Prepared, found: readonly AnswerError[], data: DataObject | null): Answer {
    const { plan } = prepared
    const errors = found.map((error) =>
      error.path === undefined ? error : { ...error, path: plan.clientPath(error.path) },
    )
    if (data === null) return { errors, data: null }
    const { root, shape, introspects } = this.#shapeFor(prepared)
    const introspect = introspects ? this.#introspector(prepared, root) : () => undefined
    const text = shape(data, (name) => JSON.stringify(introspect(name)))
    if (text !== undefined) {
      const json = new JsonData(text)
      return errors.length === 0 ? { data: json } : { errors, data: json }
    }
    const completed = complete(root, data, introspect)
    const problems = unexplained(completed.problems, errors, absentRoots(root, data))
    const all = [...errors, ...problems.map((problem) => problemError(problem, prepared))]
    const json = completed.data === null ? null : new JsonData(JSON.stringify(completed.data))
    return all.length === 0 ? { data: json } : { errors: all, data: json }
  }

  #introspector(prepared: Prepared, root: AnswerShape['root']) {
    const { operation, fragments } = prepared.operation
    const schema = prepared.generation.supergraph.apiSchema
    return introspector({ schema, operation, fragments, root }, prepared.variables)
  }

  #shapeFor({ generation, operation, variables, rights, plan }: Prepared): AnswerShape {
    const conditionOf = (name: string): boolean =>
      conditionValue(operation.conditions, variables, name)
    const values = operation.conditions.names
      .map((name) => (conditionOf(name) ? '1' : '0'))
      .join('')
    return generation.shapes.getOrMake(`${operation.id}/${rights.key}/${values}`, () => ({
      value: compileAnswerShape(generation.supergraph, operation, { plan, rights, conditionOf }),
      bytes: operation.bytes,
    }))
  }
}

function newGeneration(sdl: string): Generation {
  return {
    supergraph: buildSupergraph(sdl),
    operations: new BoundedCache(cacheBounds.operations),
    plans: new BoundedCache(cacheBounds.plans),
    shapes: new BoundedCache(cacheBounds.shapes),
    costs: new BoundedCache(cacheBounds.costs),
  }
}

/** What a trace tells of a fetch; counted only for those that are traced. */
function factsOf({ representations }: UpstreamCall): Readonly<Record<string, number>> {
  if (representations === null) return {}
  const { length } = JSON.parse(`[${representations}]`) as readonly unknown[]
  return { 'sez.representations': length }
}

/** A transport hands over whatever the other side said; this is where it becomes a result. */
function checkedResult(result: unknown): UpstreamResult {
  if (!isDataObject(result)) throw new SezError('UPSTREAM_INVALID')
  const data = own(result, 'data') ?? null
  const errors = own(result, 'errors') ?? []
  const isResult = (data === null || isDataObject(data)) && Array.isArray(errors)
  if (!isResult || (data === null && errors.length === 0)) throw new SezError('UPSTREAM_INVALID')
  return { data, errors }
}

function pathOf(error: unknown): readonly (string | number)[] | undefined {
  const path = isDataObject(error) ? own(error, 'path') : undefined
  const isPath =
    Array.isArray(path) &&
    path.every((step) => typeof step === 'string' || typeof step === 'number')
  return isPath ? path : undefined
}

/**
 * Denials are always told; an invalid value only where no error explains it: one at its place, or one
 * of the same object, for a subgraph that fails on one field of an entity may answer none of the others.
 * At the root that is so where the field it failed on must not be null.
 */
function unexplained(
  problems: readonly Problem[],
  errors: readonly AnswerError[],
  roots: ReadonlySet<unknown>,
): readonly Problem[] {
  return problems.filter(({ kind, path }) => {
    if (kind === 'denied') return true
    const isRoot = path.length === 1
    const object = isRoot ? path : path.slice(0, -1)
    return !errors.some(
      (error) =>
        error.path === undefined ||
        isRelatedPath(error.path, object) ||
        (isRoot && roots.has(error.path[0])),
    )
  })
}

/** The response names of root fields that must not be null and have no answer. */
function absentRoots(root: AnswerShape['root'], data: DataObject): ReadonlySet<unknown> {
  const absent = root.fields.filter(
    (field) =>
      field.role === 'data' &&
      isNonNullType(field.type) &&
      (own(data, field.sourceName) ?? null) === null,
  )
  return new Set(absent.map(({ responseName }) => responseName))
}

function problemError(problem: Problem, { scope }: Prepared): AnswerError {
  const { path } = problem
  const { correlationId } = scope
  const error =
    problem.kind === 'denied'
      ? problem.denial
      : new SezError('UPSTREAM_INVALID', {}, { message: problem.reason })
  return codedAnswer(error, { correlationId, path })
}
