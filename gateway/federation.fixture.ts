/** Composes small subgraphs in the test and runs them three ways: ours, Apollo's, and as one schema. @module */
import { composeServices } from '@apollo/composition'
import { ApolloGateway, LocalGraphQLDataSource } from '@apollo/gateway'
import { ApolloServer } from '@apollo/server'
import { buildSubgraphSchema } from '@apollo/subgraph'
import { invariant } from '@sez/core/invariant'
import { anonymous, type Caller } from '@sez/platform/context'
import type { Stream } from '@sez/platform/stream'
import { execute, type GraphQLSchema, isObjectType, parse, subscribe, validate } from 'graphql'
import { Engine, type EngineOptions } from './engine.ts'
import { type Answer, answerText } from './plan/json-data.ts'
import {
  type CallScope,
  type Transport,
  type UpstreamCall,
  type UpstreamResult,
  variablesText,
} from './transport/transport.ts'

export interface Service {
  readonly name: string
  readonly sdl: string
  readonly resolvers?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

const header = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [
  "@key" "@requires" "@provides" "@external" "@shareable" "@override" "@inaccessible" "@interfaceObject"
  "@authenticated" "@requiresScopes" "@policy" "@tag"])\n`

export interface Federation {
  readonly supergraphSdl: string
  readonly schemas: ReadonlyMap<string, GraphQLSchema>
}

export function compose(services: readonly Service[]): Federation {
  const documents = services.map(({ name, sdl }) => ({
    name,
    url: `http://${name}.invalid`,
    typeDefs: parse(header + sdl),
  }))
  const { supergraphSdl, errors } = composeServices(documents)
  invariant(supergraphSdl, `does not compose: ${errors?.map(({ message }) => message).join('\n')}`)
  const schemas = new Map<string, GraphQLSchema>()
  for (const [index, { name, resolvers = {} }] of services.entries()) {
    const typeDefs = documents[index]?.typeDefs
    invariant(typeDefs, 'every service has its document')
    // The subgraph library types its resolver map for one schema; ours is any schema of a test.
    schemas.set(name, buildSubgraphSchema({ typeDefs, resolvers: resolvers as never }))
  }
  return { supergraphSdl, schemas }
}

/** What reached the subgraphs, in order. */
export interface Recorded {
  readonly service: string
  readonly query: string
  readonly variables: Record<string, unknown>
}

export interface TestTransport extends Transport {
  readonly calls: Recorded[]
}

/** Runs a subgraph schema in this process, noting every call. */
export function schemaTransport(schema: GraphQLSchema, calls: Recorded[] = []): TestTransport {
  const argumentsOf = (call: UpstreamCall, scope: CallScope) => {
    const variableValues = JSON.parse(variablesText(call)) as Record<string, unknown>
    calls.push({
      service: call.fetch.service,
      query: call.fetch.operation,
      variables: variableValues,
    })
    return { schema, document: call.fetch.document, variableValues, contextValue: scope }
  }
  return {
    calls,
    async send(call, scope) {
      const result = await execute(argumentsOf(call, scope))
      return JSON.parse(JSON.stringify(result)) as UpstreamResult
    },
    async subscribe(call, scope) {
      const result = await subscribe(argumentsOf(call, scope))
      if (!(Symbol.asyncIterator in result)) {
        return JSON.parse(JSON.stringify(result)) as UpstreamResult
      }
      return result as unknown as Stream<UpstreamResult>
    },
  }
}

export interface Harness {
  readonly engine: Engine
  readonly calls: Recorded[]
  readonly transports: Map<string, Transport>
  readonly run: (query: string, options?: RunOptions) => Promise<PlainAnswer>
  readonly subscribe: (query: string, options?: RunOptions) => Promise<Stream<Answer>>
}

export interface RunOptions {
  readonly variables?: Record<string, unknown>
  readonly operationName?: string
  readonly caller?: Caller
  readonly signal?: AbortSignal
}

export interface PlainAnswer {
  readonly data?: Record<string, unknown> | null
  readonly errors?: readonly {
    readonly message: string
    readonly path?: readonly (string | number)[]
    readonly extensions?: Readonly<Record<string, unknown>>
  }[]
}

export function harness(
  federation: Federation,
  overrides: Readonly<Record<string, Transport>> = {},
  options: Partial<EngineOptions> = {},
): Harness {
  const calls: Recorded[] = []
  const transports = new Map<string, Transport>()
  for (const [name, schema] of federation.schemas) {
    transports.set(name, overrides[name] ?? schemaTransport(schema, calls))
  }
  const engine = new Engine({ supergraphSdl: federation.supergraphSdl, transports, ...options })
  const admit = (query: string, operationName: string | undefined) => {
    const known = engine.find(query, operationName)
    if (known !== undefined) return known
    const document = parse(query)
    const errors = validate(engine.supergraph.apiSchema, document)
    invariant(errors.length === 0, errors.map(({ message }) => message).join('\n'))
    return engine.admit(query, document, operationName)
  }
  const scopeOf = ({ caller = anonymous, signal }: RunOptions): CallScope => ({
    caller,
    correlationId: 'test',
    signal: signal ?? new AbortController().signal,
  })
  return {
    engine,
    calls,
    transports,
    async run(query, options = {}) {
      const operation = admit(query, options.operationName)
      return plain(await engine.execute(operation, options.variables ?? {}, scopeOf(options)))
    },
    async subscribe(query, options = {}) {
      const operation = admit(query, options.operationName)
      const stream = await engine.subscribe(operation, options.variables ?? {}, scopeOf(options))
      invariant(Symbol.asyncIterator in stream, `no stream: ${JSON.stringify(stream)}`)
      return stream
    },
  }
}

export function plain(answer: Answer): PlainAnswer {
  return JSON.parse(answerText(answer)) as PlainAnswer
}

/** All services as one schema: entities are whole objects there, so nothing is fetched by key. */
export function monolith(federation: Federation, services: readonly Service[]): GraphQLSchema {
  const engine = new Engine({ supergraphSdl: federation.supergraphSdl, transports: new Map() })
  const schema = engine.supergraph.apiSchema
  for (const { resolvers = {} } of services) {
    for (const [typeName, fields] of Object.entries(resolvers)) {
      const type = schema.getType(typeName)
      if (type === undefined) continue
      for (const [fieldName, resolver] of Object.entries(fields)) attach(type, fieldName, resolver)
    }
  }
  return schema
}

function attach(type: unknown, fieldName: string, resolver: unknown): void {
  if (fieldName === '__resolveType') Object.assign(type as object, { resolveType: resolver })
  if (!isObjectType(type)) return
  const field = type.getFields()[fieldName]
  if (field === undefined) return
  const isFunction = typeof resolver === 'function'
  const { resolve, subscribe: open } = isFunction
    ? { resolve: resolver, subscribe: undefined }
    : (resolver as { resolve?: unknown; subscribe?: unknown })
  // The resolver maps of these tests are written for whatever parent they are given.
  if (resolve !== undefined) field.resolve = resolve as NonNullable<typeof field.resolve>
  if (open !== undefined) field.subscribe = open as NonNullable<typeof field.subscribe>
}

/** @apollo/gateway over the same subgraphs. */
export async function apolloPeer(federation: Federation) {
  const gateway = new ApolloGateway({
    supergraphSdl: federation.supergraphSdl,
    buildService: ({ name }) => {
      const schema = federation.schemas.get(name)
      invariant(schema, `a schema for ${name}`)
      return new LocalGraphQLDataSource(schema)
    },
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  })
  const server = new ApolloServer({ gateway, includeStacktraceInErrorResponses: false })
  await server.start()
  return {
    async run(query: string, options: RunOptions = {}): Promise<PlainAnswer> {
      const { body } = await server.executeOperation({
        query,
        variables: options.variables ?? {},
        ...(options.operationName === undefined ? {} : { operationName: options.operationName }),
      })
      invariant(body.kind === 'single', 'no incremental delivery was asked')
      return JSON.parse(JSON.stringify(body.singleResult)) as PlainAnswer
    },
    stop: () => server.stop(),
  }
}

/** graphql-js over the monolith. */
export async function runMonolith(
  schema: GraphQLSchema,
  query: string,
  options: RunOptions = {},
): Promise<PlainAnswer> {
  const result = await execute({
    schema,
    document: parse(query),
    variableValues: options.variables ?? {},
    ...(options.operationName === undefined ? {} : { operationName: options.operationName }),
  })
  return JSON.parse(JSON.stringify(result)) as PlainAnswer
}
