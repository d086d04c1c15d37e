/** Runs operations against a subgraph's schema, each with a Context of its own. @module */
import { SezError } from '@sez/core/errors'
import { invariant } from '@sez/core/invariant'
import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionResult,
  execute,
  type FormattedExecutionResult,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  OperationTypeNode,
  validate,
} from 'graphql'
import { type Caller, type Context, isExpired } from './context.ts'
import { formatError, formatFailure } from './graphql-errors.ts'
import { ownField } from './guards.ts'
import { correlated, type Logger } from './log.ts'
import { mapStream, type Stream } from './stream.ts'
import type { Trace } from './tracing.ts'
import { invalid } from './validation.ts'
import { variableProblems } from './variables.ts'

/** The ground every request of a subgraph stands on. */
export type SubgraphGround = Pick<
  Context,
  'database' | 'feed' | 'zone' | 'keys' | 'log' | 'now' | 'random' | 'afterCommit'
>

export interface RequestScope {
  readonly caller: Caller
  readonly correlationId: string
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal
  /** The work this belongs to, of an operation that is traced. */
  readonly trace?: Trace
}

export interface SubgraphRequest {
  readonly document: DocumentNode
  readonly variables?: Readonly<Record<string, unknown>>
  readonly operationName?: string
}

export interface Operations {
  /** Answers a query or mutation. Never rejects: every failure is a formatted error. */
  execute(request: SubgraphRequest, scope: RequestScope): Promise<FormattedExecutionResult>
  /** A stream that closes at once, or the formatted errors that prevent it. */
  subscribe(
    request: SubgraphRequest,
    scope: RequestScope,
  ): Promise<Stream<FormattedExecutionResult> | FormattedExecutionResult>
}

/** The operations of one schema on one ground. */
export function openOperations(schema: GraphQLSchema, ground: SubgraphGround): Operations {
  const check = operationChecker(schema)
  return {
    async execute(request, outer) {
      const trace = outer.trace?.part('subgraph request')
      const scope = trace === undefined ? outer : { ...outer, trace }
      const ctx = contextOf(ground, scope)
      try {
        throwIfAborted(scope.signal)
        const refusal = check(request, 'request')
        if (refusal !== null) return formatted({ errors: refusal }, ctx)
        const answer = execute(argumentsOf(schema, request, ctx))
        const result = isPromise(answer) ? await untilAborted(answer, scope.signal) : answer
        return explained(schema, request, result, ctx)
      } catch (failure) {
        return { errors: [formatFailure(failure, ctx)] }
      } finally {
        trace?.end()
      }
    },
    async subscribe(request, scope) {
      const ctx = contextOf(ground, scope)
      try {
        throwIfAborted(scope.signal)
        const refusal = check(request, 'subscription')
        if (refusal !== null) return formatted({ errors: refusal }, ctx)
        const source = await createSourceEventStream({
          ...argumentsOf(schema, request, ctx),
          subscribeFieldResolver: ownField,
        })
        if (!(Symbol.asyncIterator in source)) return explained(schema, request, source, ctx)
        return eventStream(streamOf(source), scope, ctx, async (event) => {
          const eventCtx = contextOf(ground, scope)
          if (isExpired(scope.caller, eventCtx.now())) throw new SezError('TOKEN_EXPIRED')
          const args = { ...argumentsOf(schema, request, eventCtx), rootValue: event }
          return formatted(await execute(args), eventCtx)
        })
      } catch (failure) {
        return { errors: [formatFailure(failure, ctx)] }
      }
    },
  }
}

function contextOf(ground: SubgraphGround, scope: RequestScope): Context {
  let log: Logger | null = null
  return {
    ...ground,
    ...scope,
    loaders: new Map(),
    /** Made when something is logged, which most requests never do. */
    get log() {
      log ??= correlated(ground.log, scope.correlationId)
      return log
    },
  }
}

function argumentsOf(schema: GraphQLSchema, request: SubgraphRequest, ctx: Context) {
  return {
    schema,
    document: request.document,
    contextValue: ctx,
    variableValues: request.variables ?? {},
    operationName: request.operationName ?? null,
    fieldResolver: ownField,
  }
}

/** Validates each document once: the gateway sends the same parsed document again and again. */
function operationChecker(schema: GraphQLSchema) {
  const checked = new WeakMap<DocumentNode, readonly GraphQLError[]>()
  return (
    { document, operationName }: SubgraphRequest,
    kind: 'request' | 'subscription',
  ): readonly GraphQLError[] | null => {
    let errors = checked.get(document)
    if (errors === undefined) checked.set(document, (errors = validate(schema, document)))
    if (errors.length > 0) return errors
    const operation = getOperationAST(document, operationName)
    if (!operation) return [new GraphQLError('The document has no single operation of that name.')]
    const isSubscription = operation.operation === OperationTypeNode.SUBSCRIPTION
    if (isSubscription === (kind === 'subscription')) return null
    const rule = isSubscription
      ? 'A subscription needs a connection that can stream.'
      : 'Only a subscription can be subscribed to.'
    return [new GraphQLError(rule)]
  }
}

/**
 * Refused variables as one VALIDATION_ERROR with a path each, where graphql-js has a sentence each.
 */
function explained(
  schema: GraphQLSchema,
  request: SubgraphRequest,
  result: ExecutionResult,
  ctx: Context,
): FormattedExecutionResult {
  if (result.errors === undefined || result.data !== undefined) return formatted(result, ctx)
  const operation = getOperationAST(request.document, request.operationName)
  const problems = operation ? variableProblems(schema, operation, request.variables ?? {}) : []
  if (problems.length === 0) return formatted(result, ctx)
  return { errors: [formatFailure(invalid(problems), ctx)] }
}

function formatted({ data, errors }: ExecutionResult, ctx: Context): FormattedExecutionResult {
  return {
    ...(errors === undefined ? {} : { errors: errors.map((error) => formatError(error, ctx)) }),
    ...(data === undefined ? {} : { data }),
  }
}

/**
 * A failing source ends the stream with one last item that says why. So does an event that could not
 * be told for a passing reason: were it given without its parts, with the next one behind it, whoever
 * reads only data would lose it; asking again behind the last cursor tells it whole.
 */
function eventStream(
  source: Stream<unknown>,
  scope: RequestScope,
  ctx: Context,
  respond: (event: unknown) => Promise<FormattedExecutionResult>,
): Stream<FormattedExecutionResult> {
  const answers = mapStream(source, respond)
  const close = (): Promise<IteratorReturnResult<undefined>> => {
    scope.signal.removeEventListener('abort', onAbort)
    return answers.return()
  }
  const onAbort = (): void => {
    close().catch((failure: unknown) => ctx.log.warn({ err: failure }, 'a stream closed badly'))
  }
  const last = async ({ errors = [] }: FormattedExecutionResult) => {
    await close().catch((err: unknown) => ctx.log.warn({ err }, 'a stream closed badly'))
    return { done: false as const, value: { errors } }
  }
  scope.signal.addEventListener('abort', onAbort, { once: true })
  const stream: Stream<FormattedExecutionResult> = {
    async next() {
      try {
        const item = await answers.next()
        if (item.done === true) scope.signal.removeEventListener('abort', onAbort)
        else if (isInterrupted(item.value)) return await last(item.value)
        return item
      } catch (failure) {
        scope.signal.removeEventListener('abort', onAbort)
        return { done: false, value: { errors: [formatFailure(failure, ctx)] } }
      }
    },
    return: close,
    [Symbol.asyncIterator]: () => stream,
  }
  if (scope.signal.aborted) onAbort()
  return stream
}

function isInterrupted({ errors = [] }: FormattedExecutionResult): boolean {
  return errors.some(({ extensions }) => extensions?.['retry'] === true)
}

/** The house rule that a subscribe resolver returns a Stream, checked where it would leak. */
function streamOf(source: AsyncIterable<unknown>): Stream<unknown> {
  invariant(
    'next' in source && 'return' in source && typeof source.return === 'function',
    'a subscribe resolver returns a Stream, which closes at once',
  )
  // What has next and return is a Stream as far as mapStream uses it.
  return source as Stream<unknown>
}

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw abortError(signal)
}

function abortError(signal: AbortSignal): SezError {
  return signal.reason instanceof SezError ? signal.reason : new SezError('REQUEST_ABORTED')
}

/**
 * The answer, or the abort if that comes first; the work itself ends by its own look at the signal.
 */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const first = Promise.withResolvers<T>()
  const onAbort = (): void => first.reject(abortError(signal))
  signal.addEventListener('abort', onAbort, { once: true })
  work.then(first.resolve, first.reject)
  return first.promise.finally(() => signal.removeEventListener('abort', onAbort))
}

function isPromise<T>(value: T | PromiseLike<T>): value is Promise<T> {
  return value instanceof Promise
}
