/** How many nodes an operation may return at most: the estimate that decides before execution. @module */
import { SezError } from '@sez/core/errors'
import { nestedListNodesDefault, pageRowsDefault, pageRowsMax } from '@sez/platform/limits'
import {
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLField,
  getNamedType,
  getNullableType,
  type GraphQLSchema,
  isCompositeType,
  isListType,
  isObjectType,
  isUnionType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'
import { own } from '../plan/merge.ts'
import type { Fragments, Variables } from '../plan/operation.ts'

export interface CostInput {
  readonly schema: GraphQLSchema
  readonly operation: OperationDefinitionNode
  readonly fragments: Fragments
}

/**
 * Counts nodes and answers how many: every object counts one, times the sizes of the lists it stands in. Edges, page
 * infos, connections and scalars cost nothing. A page gives `first` nodes, at most 500; without
 * `first` a page at the root gives 50 and any list below gives 10.
 *
 * @throws {SezError} `QUERY_TOO_COSTLY` with the estimate and the most that is allowed.
 */
export function checkCost(input: CostInput, variables: Variables, costMax: number): number {
  const cost = estimateCost(input, variables)
  if (cost > costMax) throw new SezError('QUERY_TOO_COSTLY', { field: 'query', cost, max: costMax })
  return cost
}

export function estimateCost(input: CostInput, variables: Variables): number {
  const root = input.schema.getRootType(input.operation.operation)
  if (!root) return 0
  const estimator = new Estimator(input, variables)
  return estimator.ofSet(input.operation.selectionSet, root, true).fixed
}

/** The variables that size a page; operations without any have one cost for all callers. */
export function sizingVariables(input: CostInput): readonly string[] {
  const names = new Set<string>()
  const seen = new Set<string>()
  function visitSet(set: SelectionSetNode): void {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const fragment = input.fragments.get(selection.name.value)
        if (fragment === undefined || seen.has(selection.name.value)) continue
        seen.add(selection.name.value)
        visitSet(fragment.selectionSet)
        continue
      }
      if (selection.kind === Kind.FIELD) {
        const value = sizeArgument(selection)?.value
        if (value?.kind === Kind.VARIABLE) names.add(value.name.value)
      }
      if (selection.selectionSet) visitSet(selection.selectionSet)
    }
  }
  visitSet(input.operation.selectionSet)
  return [...names]
}

function sizeArgument(field: FieldNode) {
  return field.arguments?.find(({ name }) => name.value === 'first' || name.value === 'last')
}

/**
 * The cost of a selection set: `fixed`, plus `perItem` times the size of the connection it stands in.
 * Splitting it so lets a fragment be counted once however often it is spread.
 */
interface Cost {
  readonly fixed: number
  readonly perItem: number
}

class Estimator {
  readonly #input: CostInput
  readonly #variables: Variables
  readonly #measured = new Map<string, Cost>()

  constructor(input: CostInput, variables: Variables) {
    this.#input = input
    this.#variables = variables
  }

  ofSet(set: SelectionSetNode, parent: GraphQLCompositeType, isRoot: boolean): Cost {
    let fixed = 0
    let perItem = 0
    for (const selection of set.selections) {
      let part: Cost
      if (selection.kind === Kind.FIELD) part = this.#ofField(selection, parent, isRoot)
      else if (selection.kind === Kind.FRAGMENT_SPREAD) {
        part = this.#ofFragment(selection.name.value, isRoot)
      } else {
        const condition = selection.typeCondition?.name.value
        const type = condition === undefined ? parent : this.#input.schema.getType(condition)
        part = isCompositeType(type) ? this.ofSet(selection.selectionSet, type, isRoot) : free
      }
      fixed += part.fixed
      perItem += part.perItem
    }
    return { fixed, perItem }
  }

  #ofFragment(name: string, isRoot: boolean): Cost {
    const key = `${isRoot}:${name}`
    const known = this.#measured.get(key)
    if (known !== undefined) return known
    const fragment = this.#input.fragments.get(name)
    const type = fragment && this.#input.schema.getType(fragment.typeCondition.name.value)
    if (fragment === undefined || !isCompositeType(type)) return free
    this.#measured.set(key, free)
    const cost = this.ofSet(fragment.selectionSet, type, isRoot)
    this.#measured.set(key, cost)
    return cost
  }

  #ofField(node: FieldNode, parent: GraphQLCompositeType, isRoot: boolean): Cost {
    if (node.selectionSet === undefined || isUnionType(parent)) return free
    const field = parent.getFields()[node.name.value]
    const type = field && getNamedType(field.type)
    if (field === undefined || !isCompositeType(type)) return free
    const below = this.ofSet(node.selectionSet, type, false)
    const isList = isListType(getNullableType(field.type))
    if (isConnection(type)) {
      // Only its items cost, and they are as many as the page is long.
      return { fixed: below.fixed + below.perItem * this.#pageSize(node, isRoot), perItem: 0 }
    }
    if (isConnection(parent) && isList) {
      return { fixed: 0, perItem: isEdge(type) ? below.fixed : 1 + below.fixed }
    }
    if (node.name.value === 'pageInfo') return below
    const one = 1 + below.fixed
    return { fixed: isList ? one * this.#listSize(node, field) : one, perItem: 0 }
  }

  #pageSize(node: FieldNode, isRoot: boolean): number {
    return this.#sizeOf(node) ?? (isRoot ? pageRowsDefault : nestedListNodesDefault)
  }

  #listSize(node: FieldNode, field: GraphQLField<unknown, unknown>): number {
    const isPage = field.args.some(({ name }) => name === 'first' || name === 'last')
    return (isPage ? this.#sizeOf(node) : undefined) ?? nestedListNodesDefault
  }

  /** What `first` or `last` says, as a number a page can have; a larger one is refused below. */
  #sizeOf(node: FieldNode): number | undefined {
    const value = sizeArgument(node)?.value
    let size: unknown
    if (value?.kind === Kind.INT) size = Number(value.value)
    else if (value?.kind === Kind.VARIABLE) {
      const name = value.name.value
      size = own(this.#variables, name) ?? this.#default(name)
    }
    return typeof size === 'number' ? Math.min(Math.max(size, 0), pageRowsMax) : undefined
  }

  #default(name: string): number | undefined {
    const definitions = this.#input.operation.variableDefinitions ?? []
    const value = definitions.find(({ variable }) => variable.name.value === name)?.defaultValue
    return value?.kind === Kind.INT ? Number(value.value) : undefined
  }
}

const free: Cost = { fixed: 0, perItem: 0 }

function isConnection(type: GraphQLCompositeType): boolean {
  return isObjectType(type) && type.name.endsWith('Connection') && 'pageInfo' in type.getFields()
}

function isEdge(type: GraphQLCompositeType): boolean {
  return isObjectType(type) && type.name.endsWith('Edge') && 'cursor' in type.getFields()
}
