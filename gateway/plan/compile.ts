/** A client's operation compiled: its plan for callers of some rights, and its shape. @module */
import { prettyFormatQueryPlan } from '@apollo/query-planner'
import type { DocumentNode, OperationDefinitionNode } from 'graphql'
import type { Supergraph } from '../supergraph.ts'
import { type AccessRule, filterOperation, type Rights, rulesTouched } from '../policy/access.ts'
import { type CostInput, sizingVariables } from '../policy/cost.ts'
import type { Fetch } from '../transport/transport.ts'
import { compileNode, fetchOf, type Run } from './execute.ts'
import type { ResponsePath } from './merge.ts'
import {
  anchorConditionalSets,
  conditionsOf,
  type Conditions,
  type Fragments,
  fragmentsOf,
  protectResponseNames,
  responseName,
  selectOperation,
} from './operation.ts'
import { type ObjectPlan, planRoot } from './selection.ts'
import { compileShape, type Shape } from './shape.ts'
import { type CheckVariables, compileVariables } from './variables.ts'
import type { FieldNode } from 'graphql'

/** A validated operation, with everything about it that does not depend on the caller. */
export interface Operation {
  readonly id: number
  readonly document: DocumentNode
  readonly operationName: string | undefined
  readonly operation: OperationDefinitionNode
  readonly fragments: Fragments
  readonly conditions: Conditions
  readonly checkVariables: CheckVariables
  readonly rules: readonly AccessRule[]
  readonly cost: CostInput
  readonly sizing: readonly string[]
  /** Stated to the caches; compiled code weighs a small multiple of the text it came from. */
  readonly bytes: number
}

/** @throws {SezError} `OPERATION_UNKNOWN` when no single operation is meant. */
export function compileOperation(
  supergraph: Supergraph,
  source: {
    readonly id: number
    readonly document: DocumentNode
    readonly operationName: string | undefined
  },
): Operation {
  const { document, operationName } = source
  const operation = selectOperation(document, operationName)
  const fragments = fragmentsOf(document)
  const conditions = conditionsOf(operation, fragments)
  const schema = supergraph.apiSchema
  const cost = { schema, operation, fragments }
  return {
    id: source.id,
    document,
    operationName,
    operation,
    fragments,
    conditions,
    checkVariables: compileVariables(schema, operation, conditions.names),
    rules: rulesTouched({ schema, access: supergraph.access, document, operation, fragments }),
    cost,
    sizing: sizingVariables(cost),
    bytes: 1_000 + 20 * (document.loc?.end ?? 1_000),
  }
}

/** The plan of an operation for callers of one set of rights. */
export interface Plan {
  /** Null when nothing needs fetching, or for a subscription without entity hops. */
  readonly run: Run | null
  /** The upstream subscription; null for queries and mutations, or when its field is denied. */
  readonly primary: Fetch | null
  readonly sourceName: (field: FieldNode) => string
  /** A path in merged data as the client knows it. */
  readonly clientPath: (path: ResponsePath) => ResponsePath
  /** The plan as a text for operators. */
  readonly describe: () => string
}

const nothingToFetch: Plan = {
  run: null,
  primary: null,
  sourceName: responseName,
  clientPath: (path) => path,
  describe: () => 'QueryPlan {}',
}

export function compilePlan(supergraph: Supergraph, source: Operation, rights: Rights): Plan {
  const { document, operationName } = source
  const allowed =
    rights.key === ''
      ? document
      : filterOperation(
          { ...source, schema: supergraph.apiSchema, access: supergraph.access },
          (typeName, fieldName) => rights.denialOf(typeName, fieldName) !== null,
        )
  if (allowed === null) return nothingToFetch
  const anchored = anchorConditionalSets(allowed)
  const names = protectResponseNames(anchored, supergraph.reservedNames)
  const plan = supergraph.plan(names.document, operationName)
  const { node } = plan
  const clientPath = (path: ResponsePath): ResponsePath =>
    path.map((step) => (typeof step === 'string' ? names.clientName(step) : step))
  const describe = (): string => prettyFormatQueryPlan(plan)
  const shared = { sourceName: names.sourceName, clientPath, describe }
  if (node === undefined) return { ...nothingToFetch, ...shared }
  if (node.kind !== 'Subscription') {
    return { ...shared, run: compileNode(node, supergraph.schema), primary: null }
  }
  const run = node.rest ? compileNode(node.rest, supergraph.schema) : null
  return { ...shared, run, primary: fetchOf(node.primary) }
}

/** How to write answers, for one set of values of the @skip and @include variables. */
export interface AnswerShape {
  readonly root: ObjectPlan
  readonly shape: Shape
  readonly introspects: boolean
}

export function compileAnswerShape(
  supergraph: Supergraph,
  source: Operation,
  options: {
    readonly plan: Plan
    readonly rights: Rights
    readonly conditionOf: (variable: string) => boolean
  },
): AnswerShape {
  const root = planRoot({
    schema: supergraph.apiSchema,
    operation: source.operation,
    fragments: source.fragments,
    conditionOf: options.conditionOf,
    sourceName: options.plan.sourceName,
    denialOf: options.rights.denialOf,
  })
  return {
    root,
    shape: compileShape(root),
    introspects: root.fields.some(({ role }) => role === 'introspection'),
  }
}
