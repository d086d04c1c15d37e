/**
 * Turns a schema file, a resolver map and row policies into a running subgraph: access rules,
 * argument bounds and policies are compiled into its fields once, when it opens.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { buildSubgraphSchema } from '@apollo/subgraph'
import { invariant } from '@sez/core/invariant'
import {
  type DocumentNode,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
  Kind,
  parse,
} from 'graphql'
import { accessRules, requireRootRules } from './access.ts'
import { guardFields } from './guards.ts'
import {
  openOperations,
  type Operations,
  type RequestScope,
  type SubgraphGround,
  type SubgraphRequest,
} from './operations.ts'
import { type Policies, rowPolicy, type TypePolicy } from './policy.ts'
import type { Reaction, ReactionGround } from './reactions.ts'
import { referenceResolvers } from './references.ts'
import { scalarsOf } from './scalars.ts'

export type { RequestScope, SubgraphGround, SubgraphRequest, TypePolicy }

/** What a subgraph does by itself beside its reactions. Several processes may run it at once. */
export interface BackgroundWork {
  /** Unique in the zone: the name of its heartbeat. */
  readonly name: string
  start(ground: ReactionGround): AsyncDisposable
}

/** What a subgraph says of itself, in its subgraph.ts. */
export interface SubgraphDefinition {
  readonly name: string
  /** Its schema.graphql. */
  readonly schema: URL
  readonly resolvers: object
  /** One per type with a `@key` that this subgraph resolves, at least. */
  readonly policies: Policies
  readonly reactions: readonly Reaction[]
  readonly background?: readonly BackgroundWork[]
}

export interface Subgraph extends Operations {
  readonly name: string
  /** The text of its schema.graphql. */
  readonly sdl: string
  readonly schema: GraphQLSchema
}

/** Opens a subgraph. A schema, resolver or policy that does not fit stops the start. */
export function openSubgraph(definition: SubgraphDefinition, ground: SubgraphGround): Subgraph {
  const sdl = readFileSync(definition.schema, 'utf8')
  const document = parse(sdl)
  const schema = executableSchema(document, definition.resolvers)
  const rules = accessRules(document)
  requireRootRules(schema, rules)
  requirePolicies(document, definition)
  guardFields(schema, rules, rowPolicy(schema, definition.policies))
  return { ...openOperations(schema, ground), name: definition.name, sdl, schema }
}

function executableSchema(document: DocumentNode, resolvers: object): GraphQLSchema {
  const declared = document.definitions.flatMap((node) =>
    node.kind === Kind.SCALAR_TYPE_DEFINITION ? [node.name.value] : [],
  )
  const map = { ...scalarsOf(declared), ...resolvers }
  // The library's type wants graphql-tools' shape, of which ours is a part.
  const schema = buildSubgraphSchema({ typeDefs: document, resolvers: map as never })
  requireResolversFit(schema, map, declared)
  const references = referenceResolvers(schema)
  const entities = schema.getQueryType()?.getFields()['_entities']
  if (entities !== undefined) {
    entities.resolve = references.entities as GraphQLFieldResolver<unknown, unknown>
    const union = schema.getType('_Entity')
    invariant(union !== undefined && 'resolveType' in union, 'a schema with _entities has _Entity')
    union.resolveType = references.typeOf
  }
  return schema
}

/** The library skips names it does not know; a misspelt resolver must not be skipped. */
function requireResolversFit(
  schema: GraphQLSchema,
  resolvers: Readonly<Record<string, unknown>>,
  scalars: readonly string[],
): void {
  for (const [typeName, fields] of Object.entries(resolvers)) {
    const type = schema.getType(typeName)
    invariant(type !== undefined, `resolvers name a type ${typeName} that the schema lacks`)
    if (!isObjectType(type)) continue
    for (const field of Object.keys(Object(fields))) {
      invariant(
        field in type.getFields() || field === '__resolveReference' || field === '__isTypeOf',
        `resolvers name a field ${typeName}.${field} that the schema lacks`,
      )
    }
  }
  for (const name of scalars) {
    const type = schema.getType(name)
    if (type === undefined || !isScalarType(type) || isSpecifiedScalarType(type)) continue
    invariant(Object.hasOwn(resolvers, name), `scalar ${name} has no rule in scalars.ts`)
  }
}

/** A type others may refer to says who sees its rows, or everyone would by omission. */
function requirePolicies(
  document: DocumentNode,
  { policies, resolvers }: SubgraphDefinition,
): void {
  for (const [name, fields] of Object.entries(resolvers)) {
    if (!Object.hasOwn(Object(fields), '__resolveReference')) continue
    invariant(
      Object.hasOwn(policies, name),
      `${name} can be referred to and has no policy: add one to policies, everyRow if it is public`,
    )
  }
  for (const node of document.definitions) {
    if (node.kind !== Kind.OBJECT_TYPE_DEFINITION) continue
    const isRoot = ['Query', 'Mutation', 'Subscription'].includes(node.name.value)
    invariant(!isRoot || !Object.hasOwn(policies, node.name.value), 'a root type has no rows')
  }
}
