/** Which fields an answer holds, in order, for one object type: what shaping walks. @module */
import {
  type FieldNode,
  getNamedType,
  type GraphQLCompositeType,
  type GraphQLInterfaceType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isAbstractType,
  isInterfaceType,
  isObjectType,
  isUnionType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'
import type { SezError } from '@sez/core/errors'
import { invariant } from '@sez/core/invariant'
import { type Fragments, isSelected, responseName } from './operation.ts'

/** Why a caller may not have a field, as the error to answer. */
export type Denial = SezError

export interface SelectionInput {
  readonly schema: GraphQLSchema
  readonly operation: OperationDefinitionNode
  readonly fragments: Fragments
  readonly conditionOf: (variable: string) => boolean
  /** The name under which merged data holds this field. */
  readonly sourceName: (field: FieldNode) => string
  /** Null for a field the caller may have. */
  readonly denialOf: (typeName: string, fieldName: string) => Denial | null
}

export type FieldPlan = {
  readonly responseName: string
} & (
  | { readonly role: 'typename' }
  | { readonly role: 'introspection'; readonly nodes: readonly FieldNode[] }
  | { readonly role: 'denied'; readonly type: GraphQLOutputType; readonly denial: Denial }
  | {
      readonly role: 'data'
      readonly sourceName: string
      readonly type: GraphQLOutputType
      /** Null for leaves. */
      readonly children: Children | null
    }
)

export interface ObjectPlan {
  /** An interface only where a subgraph could not say which object type it is. */
  readonly type: GraphQLObjectType | GraphQLInterfaceType
  readonly fields: readonly FieldPlan[]
}

/** The selections below a field; their plans depend on the runtime type and are made on first sight. */
export interface Children {
  readonly declared: GraphQLCompositeType
  /** Undefined for a `__typename` that cannot stand here. */
  planOf(typename: unknown): ObjectPlan | undefined
}

interface Collected {
  readonly node: FieldNode
  readonly nodes: FieldNode[]
  readonly sets: Set<SelectionSetNode>
}

export function planRoot(input: SelectionInput): ObjectPlan {
  const root = input.schema.getRootType(input.operation.operation)
  invariant(root, 'a validated operation has a root type')
  return planObject(input, [input.operation.selectionSet], root)
}

function planObject(
  input: SelectionInput,
  sets: Iterable<SelectionSetNode>,
  type: GraphQLObjectType | GraphQLInterfaceType,
): ObjectPlan {
  const fields: FieldPlan[] = []
  for (const [name, collected] of collectFields(input, sets, type)) {
    fields.push(planField(input, name, collected, type))
  }
  return { type, fields }
}

/** GraphQL's CollectFields; fragments and sets count once, so repeated spreads cannot multiply work. */
function collectFields(
  input: SelectionInput,
  sets: Iterable<SelectionSetNode>,
  type: GraphQLObjectType | GraphQLInterfaceType,
): Map<string, Collected> {
  const fields = new Map<string, Collected>()
  const seen = new Set<string>()
  function visitSet(set: SelectionSetNode): void {
    for (const selection of set.selections) {
      if (!isSelected(selection, input.conditionOf)) continue
      if (selection.kind === Kind.FIELD) {
        const name = responseName(selection)
        const known = fields.get(name)
        const collected = known ?? { node: selection, nodes: [], sets: new Set() }
        if (known === undefined) fields.set(name, collected)
        collected.nodes.push(selection)
        if (selection.selectionSet) collected.sets.add(selection.selectionSet)
        continue
      }
      let fragment: {
        typeCondition?: { name: { value: string } } | undefined
        selectionSet: SelectionSetNode
      }
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const name = selection.name.value
        const definition = input.fragments.get(name)
        if (definition === undefined || seen.has(name)) continue
        seen.add(name)
        fragment = definition
      } else fragment = selection
      if (applies(input.schema, fragment.typeCondition?.name.value, type)) {
        visitSet(fragment.selectionSet)
      }
    }
  }
  for (const set of sets) visitSet(set)
  return fields
}

function applies(
  schema: GraphQLSchema,
  condition: string | undefined,
  type: GraphQLObjectType | GraphQLInterfaceType,
): boolean {
  if (condition === undefined || condition === type.name) return true
  const wanted = schema.getType(condition)
  return isAbstractType(wanted) && schema.isSubType(wanted, type)
}

function planField(
  input: SelectionInput,
  name: string,
  collected: Collected,
  parent: GraphQLObjectType | GraphQLInterfaceType,
): FieldPlan {
  const { node, nodes, sets } = collected
  const fieldName = node.name.value
  if (fieldName === '__typename') return { responseName: name, role: 'typename' }
  const isMeta = fieldName === '__schema' || fieldName === '__type'
  if (isMeta && parent === input.schema.getQueryType()) {
    return { responseName: name, role: 'introspection', nodes }
  }
  const field = parent.getFields()[fieldName]
  invariant(field, `a validated operation selects only fields that exist, not ${fieldName}`)
  const denial = input.denialOf(parent.name, fieldName)
  if (denial !== null) return { responseName: name, role: 'denied', type: field.type, denial }
  return {
    responseName: name,
    role: 'data',
    sourceName: input.sourceName(node),
    type: field.type,
    children: sets.size === 0 ? null : childrenOf(input, sets, getNamedType(field.type)),
  }
}

function childrenOf(
  input: SelectionInput,
  sets: ReadonlySet<SelectionSetNode>,
  declared: GraphQLNamedType,
): Children {
  invariant(
    isObjectType(declared) || isAbstractType(declared),
    'only composite types have selections',
  )
  const plans = new Map<string | undefined, ObjectPlan | undefined>()
  return {
    declared,
    planOf(typename) {
      if (typename !== undefined && typeof typename !== 'string') return undefined
      if (plans.has(typename)) return plans.get(typename)
      const type = runtimeType(input.schema, declared, typename)
      // What a subgraph claims is remembered only when the schema knows it, which bounds this map.
      if (type === undefined) return undefined
      const plan = planObject(input, sets, type)
      plans.set(typename, plan)
      return plan
    },
  }
}

function runtimeType(
  schema: GraphQLSchema,
  declared: GraphQLCompositeType,
  typename: string | undefined,
): GraphQLObjectType | GraphQLInterfaceType | undefined {
  const type = typename === undefined ? declared : schema.getType(typename)
  if (type === undefined || isUnionType(type)) return undefined
  if (!isObjectType(type) && !isInterfaceType(type)) return undefined
  if (type === declared) return type
  return isAbstractType(declared) && schema.isSubType(declared, type) ? type : undefined
}
