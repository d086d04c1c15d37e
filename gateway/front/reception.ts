/** The way of every operation, whatever it came by: limits, rate, validation, execution. @module */
import { codedError } from '@sez/platform/graphql-errors'
import type { Caller } from '@sez/platform/context'
import type { Logger } from '@sez/platform/log'
import type { RateLimit } from '@sez/platform/rate'
import type { Stream } from '@sez/platform/stream'
import { type DocumentNode, GraphQLError, OperationTypeNode, validate } from 'graphql'
import type { Pipeline, PipelineRequest } from '../apollo.ts'
import type { Engine } from '../engine.ts'
import { invalidDocument, refusalErrors, withoutSuggestions } from '../plan/answer-error.ts'
import type { Operation } from '../plan/compile.ts'
import type { Answer } from '../plan/json-data.ts'
import { conditionalRoots, fragmentsOf, selectOperation } from '../plan/operation.ts'
import { checkDocument, type DocumentLimits, parseQuery } from '../policy/limits.ts'
import { own } from '../plan/merge.ts'
import { openPersistedQueries } from '../policy/persisted.ts'
import type { CallScope } from '../transport/transport.ts'
import type { GraphqlRequest } from './request.ts'

export interface ReceptionOptions {
  readonly engine: Engine
  readonly pipeline: Pipeline
  readonly limits: DocumentLimits
  readonly introspection: boolean
  readonly callerRate: RateLimit
  readonly anonymousRate: RateLimit
  readonly log: Pick<Logger, 'error' | 'warn'>
}

/** A request whose text is short enough, and the kind of its operation. */
export interface Screened {
  readonly request: PipelineRequest
  readonly kind: OperationTypeNode
  /** Seen before, so its document needs no second look. */
  readonly known: Operation | undefined
  readonly document: DocumentNode
}

export interface Reception {
  /**
   * Parses within the token limit; the first step, before anybody is asked who they are.
   *
   * @throws {SezError} `REQUEST_INVALID`, `PERSISTED_QUERY_MISMATCH`, `PERSISTED_QUERY_NOT_FOUND`,
   *   else `QUERY_TOO_LONG`, `QUERY_TOO_DEEP`, else `GRAPHQL_INVALID`, else `OPERATION_UNKNOWN`.
   */
  screen(request: GraphqlRequest): Screened
  /**
   * Takes from the caller's bucket; the anonymous have smaller ones, by address.
   *
   * @throws {SezError} `RATE_LIMITED`.
   */
  admitCaller(caller: Caller, address: string, weight: number): void
  /**
   * What operations take of a bucket: one each, and more for one that must be validated and planned
   * first, the longer its document is.
   */
  weightOf(operations: readonly Screened[]): number
  /**
   * Takes from the bucket of an address whose token was refused.
   *
   * @throws {SezError} `RATE_LIMITED`.
   */
  admitStranger(address: string): void
  /** Answers a query or mutation. Never rejects. */
  perform(screened: Screened, scope: CallScope): Promise<Answer>
  /** A stream of answers, or the one answer that refuses. Never rejects. */
  subscribe(screened: Screened, scope: CallScope): Promise<Stream<Answer> | Answer>
  /** The answer to a request that failed before execution. */
  refuse(failure: unknown, scope: Pick<CallScope, 'correlationId' | 'signal'>): Answer
}

export function openReception(options: ReceptionOptions): Reception {
  const { engine, pipeline, limits, introspection, log } = options
  const persisted = openPersistedQueries()
  const refuse: Reception['refuse'] = (failure, { correlationId, signal }) => {
    const error = codedError(failure, { correlationId, signal, log })
    const shown = introspection ? error : withoutSuggestions(error)
    return { errors: refusalErrors(shown, correlationId) }
  }
  const check = ({ known, document, request }: Screened): void => {
    if (known !== undefined) return
    const operation = selectOperation(document, request.operationName)
    checkDocument(operation, fragmentsOf(document), { limits, introspection })
    const nodes = conditionalRoots(document)
    if (nodes.length > 0) {
      const message = 'No variable can skip or include the root field of a subscription.'
      throw invalidDocument([new GraphQLError(message, { nodes })])
    }
  }
  return {
    screen({ query: given, operationName, variables, extensions }) {
      const query = persisted.textOf(given, extensions)
      const isExplained = own(extensions, 'queryPlan') === true
      const request = { query, operationName, variables, ...(isExplained && { isExplained }) }
      const known = engine.find(request.query, request.operationName)
      const document = known?.document ?? parseQuery(request.query, limits)
      const { operation: kind } =
        known?.operation ?? selectOperation(document, request.operationName)
      persisted.keep(query, extensions)
      return { request, kind, known, document }
    },
    admitCaller(caller, address, weight) {
      if (caller.did === null) options.anonymousRate.take(address, weight)
      else options.callerRate.take(caller.did, weight)
    },
    weightOf: (operations) => operations.reduce((sum, each) => sum + weightOf(each), 0),
    admitStranger: (address) => options.anonymousRate.take(address),
    async perform(screened, scope) {
      try {
        check(screened)
        const { known, request } = screened
        return known === undefined
          ? await pipeline.run(request, scope)
          : await engine.execute(known, request.variables, scope)
      } catch (failure) {
        return refuse(failure, scope)
      }
    },
    async subscribe(screened, scope) {
      try {
        check(screened)
        const operation = screened.known ?? admitSubscription(engine, screened)
        return await engine.subscribe(operation, screened.request.variables, scope)
      } catch (failure) {
        return refuse(failure, scope)
      }
    },
    refuse,
  }
}

/** Up to here validation and planning cost about what a request does; beyond, validation compares. */
const cheapTokens = 300

/** A request is one. Validation compares fields with fields, so its cost grows by the square. */
function weightOf({ known, document }: Screened): number {
  if (known !== undefined) return 1
  return 1 + Math.floor(((document.tokenCount ?? 0) / cheapTokens) ** 2)
}

/** ApolloServer has no subscriptions, so these are validated here. */
function admitSubscription(engine: Engine, { document, request }: Screened): Operation {
  const errors = validate(engine.supergraph.apiSchema, document)
  if (errors.length > 0) throw invalidDocument(errors)
  return engine.admit(request.query, document, request.operationName)
}
