/** A supergraph ready to plan: schemas, planner, access rules. Immutable; a reload makes another. @module */
import {
  operationFromDocument,
  ROUTER_SUPPORTED_SUPERGRAPH_FEATURES,
  type Schema,
  Supergraph as FederatedSupergraph,
} from '@apollo/federation-internals'
import { type QueryPlan, QueryPlanner } from '@apollo/query-planner'
import { SezError } from '@sez/core/errors'
import { type DocumentNode, type GraphQLSchema, parse, visit } from 'graphql'
import type { ReservedNames } from './plan/operation.ts'
import { type AccessRules, readAccessRules } from './policy/access.ts'

export interface Supergraph {
  readonly sdl: string
  /** What clients see. */
  readonly apiSchema: GraphQLSchema
  /** With the types and directives that only the gateway may see. */
  readonly schema: GraphQLSchema
  readonly subgraphNames: readonly string[]
  readonly access: AccessRules
  readonly reservedNames: ReservedNames
  /** Plans a validated document. Costs milliseconds: keep the result. */
  plan(document: DocumentNode, operationName: string | undefined): QueryPlan
}

/** Bounds the planner's search on a hostile document; ordinary plans need a few dozen. */
const evaluatedPlansMax = 1_000

/**
 * Builds a supergraph from its SDL. Blocks for tens of milliseconds.
 *
 * @throws {SezError} `SUPERGRAPH_INVALID` with the reason.
 */
export function buildSupergraph(sdl: string): Supergraph {
  try {
    return readySupergraph(sdl)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new SezError('SUPERGRAPH_INVALID', { reason }, { cause })
  }
}

function readySupergraph(sdl: string): Supergraph {
  const supergraph = FederatedSupergraph.build(sdl, {
    validateSupergraph: false,
    // The features a router supports, security among them: policy/access.ts enforces what they ask.
    supportedFeatures: ROUTER_SUPPORTED_SUPERGRAPH_FEATURES,
  })
  const api = supergraph.apiSchema()
  const planner = new QueryPlanner(supergraph, {
    exposeDocumentNodeInFetchNode: true,
    debug: { maxEvaluatedPlans: evaluatedPlansMax },
  })
  const schema = supergraph.schema.toGraphQLJSSchema()
  return {
    sdl,
    apiSchema: api.toGraphQLJSSchema(),
    schema,
    subgraphNames: supergraph.subgraphsMetadata().map(({ name }) => name),
    access: readAccessRules(supergraph.schema),
    reservedNames: reservedNamesOf(supergraph.schema),
    plan(document, operationName) {
      const options = operationName === undefined ? {} : { operationName }
      return planner.buildQueryPlan(operationFromDocument(api, document, options))
    },
  }
}

/** Every name in a @key or @requires: the planner fetches those under their own names. */
function reservedNamesOf(schema: Schema): ReservedNames {
  const reserved = new Map<string, { withArguments: boolean }>()
  for (const selection of requiredSelections(schema)) {
    visit(parse(`{${selection}}`), {
      Field(field) {
        const name = field.name.value
        const withArguments = (field.arguments?.length ?? 0) > 0
        const known = reserved.get(name)?.withArguments ?? false
        reserved.set(name, { withArguments: known || withArguments })
      },
    })
  }
  return reserved
}

function* requiredSelections(schema: Schema): Iterable<string> {
  for (const type of schema.types()) {
    const fields = type.kind === 'ObjectType' || type.kind === 'InterfaceType' ? type.fields() : []
    for (const place of [type, ...fields]) {
      for (const directive of place.appliedDirectives) {
        const values: Record<string, unknown> = directive.arguments()
        for (const name of ['key', 'requires']) {
          const selection = values[name]
          if (typeof selection === 'string') yield selection
        }
      }
    }
  }
}
