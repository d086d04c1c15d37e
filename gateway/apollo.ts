/** ApolloServer's pipeline over our executor: it validates an operation on first sight. @module */
import { ApolloServer, type ApolloServerOptionsWithGateway } from '@apollo/server'
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled'
import { SezError } from '@sez/core/errors'
import { invariant } from '@sez/core/invariant'
import type { Logger } from '@sez/platform/log'
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  validate,
} from 'graphql'
import type { Engine } from './engine.ts'
import { invalidDocument } from './plan/answer-error.ts'
import { type Answer, answerText, JsonData } from './plan/json-data.ts'
import type { Variables } from './plan/operation.ts'
import type { Supergraph } from './supergraph.ts'
import type { CallScope } from './transport/transport.ts'

export interface PipelineRequest {
  readonly query: string
  readonly operationName: string | undefined
  readonly variables: Variables
  /** Whether the plan is asked for beside the answer. */
  readonly isExplained?: boolean
}

/** What one request carries through ApolloServer: who asks and, on the way back, what came of it. */
export interface PipelineContext {
  readonly scope: CallScope
  /** A box, because ApolloServer hands the executor a copy of this context. */
  readonly carried: {
    /** Set by the executor; absent when the pipeline refused the operation before it. */
    outcome?: Promise<Answer>
  }
}

export interface Pipeline extends AsyncDisposable {
  /**
   * Validates and executes a query or mutation that was not seen before.
   *
   * @throws {SezError} `GRAPHQL_INVALID` with every place, else as `Engine.execute`.
   */
  run(request: PipelineRequest, scope: CallScope): Promise<Answer>
}

type Gateway = ApolloServerOptionsWithGateway<PipelineContext>['gateway']
type Executor = NonNullable<Awaited<ReturnType<Gateway['load']>>['executor']>

/** The object ApolloServer takes as its gateway. */
export function apolloGateway(engine: Engine): Gateway {
  const tellers = new Set<(supergraph: Supergraph) => void>()
  return {
    onSchemaLoadOrUpdate(listener) {
      const tell = ({ apiSchema, sdl }: Supergraph): void =>
        listener({ apiSchema, coreSupergraphSdl: sdl })
      tellers.add(tell)
      const stop = engine.onLoad(tell)
      return () => {
        tellers.delete(tell)
        stop()
      }
    },
    load() {
      for (const tell of tellers) tell(engine.supergraph)
      return Promise.resolve({ executor: executorOf(engine) })
    },
    stop: () => Promise.resolve(),
  }
}

/** Runs what ApolloServer has validated. The answer also travels in the context, as it is. */
function executorOf(engine: Engine): Executor {
  return async ({ source, document, schema, request, context }) => {
    const { operationName, variables = {} } = request
    requireFit(document, schema, engine.supergraph.apiSchema)
    const operation = engine.admit(source, document, operationName)
    const { scope, carried } = contextOf(context)
    carried.outcome = engine.execute(operation, variables, scope)
    const { data = null, errors = [] } = await carried.outcome
    return {
      // ApolloServer never looks into data; `stringifyResult` writes its text.
      data: data as Record<string, unknown> | null,
      ...(errors.length === 0 ? {} : { errors: errors.map(graphqlError) }),
    }
  }
}

/** Validates once more when the supergraph was replaced since ApolloServer looked. */
function requireFit(document: DocumentNode, seen: GraphQLSchema, current: GraphQLSchema): void {
  const errors = seen === current ? [] : validate(current, document)
  if (errors.length > 0) throw invalidDocument(errors)
}

function contextOf(context: object): PipelineContext {
  invariant('scope' in context, 'the pipeline is given its context by openPipeline alone')
  // Made by `run` below and by nobody else.
  return context as PipelineContext
}

export function graphqlError({
  message,
  path,
  extensions,
}: {
  readonly message: string
  readonly path?: readonly (string | number)[]
  readonly extensions?: Readonly<Record<string, unknown>>
}): GraphQLError {
  return new GraphQLError(message, { path: path ?? null, extensions: { ...extensions } })
}

/** ApolloServer's option of that name: writes data that is JSON text already as it is. */
export function stringifyResult(result: {
  readonly data?: unknown
  readonly errors?: readonly GraphQLFormattedError[]
  readonly extensions?: Readonly<Record<string, unknown>>
}): string {
  const { data } = result
  if (!(data instanceof JsonData)) return JSON.stringify(result)
  const { errors, extensions } = result
  return answerText({
    data,
    ...(errors === undefined ? {} : { errors }),
    ...(extensions === undefined ? {} : { extensions }),
  })
}

/** Starts ApolloServer over the engine. It listens nowhere, reports nowhere and keeps no timers. */
export async function openPipeline(
  engine: Engine,
  options: {
    readonly introspection: boolean
    readonly log: Pick<Logger, 'debug' | 'warn' | 'error'>
  },
): Promise<Pipeline> {
  const { log } = options
  const server = new ApolloServer<PipelineContext>({
    gateway: apolloGateway(engine),
    stringifyResult: (result) => stringifyResult(result),
    introspection: options.introspection,
    // A refused query must not teach the schema that introspection does not show.
    hideSchemaDetailsFromClientErrors: !options.introspection,
    includeStacktraceInErrorResponses: false,
    persistedQueries: false,
    stopOnTerminationSignals: false,
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
    ],
    logger: {
      debug: (message) => log.debug(String(message)),
      info: (message) => log.debug(String(message)),
      warn: (message) => log.warn(String(message)),
      error: (message) => log.error(String(message)),
    },
  })
  await server.start()
  return {
    async run(request, scope) {
      const contextValue: PipelineContext = { scope, carried: {} }
      const { body } = await server.executeOperation(
        {
          query: request.query,
          variables: { ...request.variables },
          ...(request.operationName === undefined ? {} : { operationName: request.operationName }),
        },
        { contextValue },
      )
      const { outcome } = contextValue.carried
      if (outcome !== undefined) return outcome
      invariant(body.kind === 'single', 'this gateway delivers nothing incrementally')
      throw refusal(body.singleResult.errors ?? [])
    },
    [Symbol.asyncDispose]: () => server.stop(),
  }
}

/** Why ApolloServer did not reach the executor: the document does not fit the schema. */
function refusal(errors: readonly GraphQLFormattedError[]): SezError {
  const [first] = errors
  invariant(first, 'a refusal has errors')
  const code = first.extensions?.['code']
  if (code === 'OPERATION_RESOLUTION_FAILURE') return new SezError('OPERATION_UNKNOWN')
  invariant(code !== 'INTERNAL_SERVER_ERROR', first.message)
  return invalidDocument(errors)
}
