/** One client operation: its fragments, its conditions, and response names kept clear of the planner's. @module */
import { SezError } from '@sez/core/errors'
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from 'graphql'
import { own } from './merge.ts'

export type Fragments = ReadonlyMap<string, FragmentDefinitionNode>
export type Variables = Readonly<Record<string, unknown>>

/** @throws {SezError} `OPERATION_UNKNOWN` when no single operation is meant. */
export function selectOperation(
  document: DocumentNode,
  operationName: string | undefined,
): OperationDefinitionNode {
  const operation = getOperationAST(document, operationName)
  if (operation) return operation
  const names = document.definitions.flatMap((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION && definition.name ? [definition.name.value] : [],
  )
  throw new SezError('OPERATION_UNKNOWN', { field: 'operationName', names })
}

export function fragmentsOf(document: DocumentNode): Fragments {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) {
      fragments.set(definition.name.value, definition)
    }
  }
  return fragments
}

export function responseName(field: FieldNode): string {
  return field.alias?.value ?? field.name.value
}

/** What decides which selections take part: the boolean variables of @skip and @include. */
export interface Conditions {
  readonly names: readonly string[]
  /** Defaults of those variables, by name. */
  readonly defaults: ReadonlyMap<string, boolean>
}

export function conditionsOf(operation: OperationDefinitionNode, fragments: Fragments): Conditions {
  const names = new Set<string>()
  const seen = new Set<string>()
  function visitSet(set: SelectionSetNode): void {
    for (const selection of set.selections) {
      for (const variable of conditionVariables(selection)) names.add(variable)
      if (selection.kind !== Kind.FRAGMENT_SPREAD) {
        if (selection.selectionSet) visitSet(selection.selectionSet)
        continue
      }
      const fragment = fragments.get(selection.name.value)
      if (fragment === undefined || seen.has(selection.name.value)) continue
      seen.add(selection.name.value)
      visitSet(fragment.selectionSet)
    }
  }
  visitSet(operation.selectionSet)
  const defaults = new Map<string, boolean>()
  for (const { variable, defaultValue } of operation.variableDefinitions ?? []) {
    if (defaultValue?.kind === Kind.BOOLEAN) defaults.set(variable.name.value, defaultValue.value)
  }
  return { names: [...names], defaults }
}

function* conditionVariables(selection: SelectionNode): Generator<string, void> {
  for (const directive of selection.directives ?? []) {
    if (directive.name.value !== 'skip' && directive.name.value !== 'include') continue
    const value = directive.arguments?.find(({ name }) => name.value === 'if')?.value
    if (value?.kind === Kind.VARIABLE) yield value.name.value
  }
}

/**
 * What a variable could skip at the root of a subscription. graphql-js collects its root field while it
 * validates, without variables, and would throw instead of saying what is wrong.
 */
export function conditionalRoots(document: DocumentNode): readonly SelectionNode[] {
  const fragments = fragmentsOf(document)
  const seen = new Set<string>()
  const rootsOf = (set: SelectionSetNode): readonly SelectionNode[] =>
    set.selections.flatMap((selection) => {
      if (!conditionVariables(selection).next().done) return [selection]
      if (selection.kind === Kind.INLINE_FRAGMENT) return rootsOf(selection.selectionSet)
      if (selection.kind === Kind.FIELD || seen.has(selection.name.value)) return []
      seen.add(selection.name.value)
      const fragment = fragments.get(selection.name.value)
      return fragment === undefined ? [] : rootsOf(fragment.selectionSet)
    })
  return document.definitions.flatMap((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION &&
    definition.operation === OperationTypeNode.SUBSCRIPTION
      ? rootsOf(definition.selectionSet)
      : [],
  )
}

/** The value of one condition variable, the default where the client sent none. */
export function conditionValue(
  conditions: Conditions,
  variables: Variables,
  name: string,
): boolean {
  const sent = own(variables, name)
  return sent === undefined ? conditions.defaults.get(name) === true : sent === true
}

/** Whether @skip and @include let a selection take part. */
export function isSelected(
  selection: SelectionNode,
  valueOf: (variable: string) => boolean,
): boolean {
  for (const directive of selection.directives ?? []) {
    const name = directive.name.value
    if (name !== 'skip' && name !== 'include') continue
    const argument = directive.arguments?.find((one) => one.name.value === 'if')?.value
    const value =
      argument?.kind === Kind.VARIABLE
        ? valueOf(argument.name.value)
        : argument?.kind === Kind.BOOLEAN && argument.value
    if (value === (name === 'skip')) return false
  }
  return true
}

/**
 * Gives every selection set that conditions may empty a `__typename` to ask for. The planner drops a
 * field all of whose selections are skipped, and with it the object, which must be answered as `{}`.
 */
export function anchorConditionalSets(document: DocumentNode): DocumentNode {
  const fragments = fragmentsOf(document)
  const mayBeEmpty = (set: SelectionSetNode): boolean =>
    set.selections.every((selection) => {
      if (!conditionVariables(selection).next().done) return true
      if (selection.kind === Kind.FIELD) return false
      const body =
        selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value)
      return body !== undefined && mayBeEmpty(body.selectionSet)
    })
  return visit(document, {
    Field(field): FieldNode | undefined {
      const { selectionSet } = field
      if (selectionSet === undefined || !mayBeEmpty(selectionSet)) return undefined
      const selections = [...selectionSet.selections, typenameField]
      return { ...field, selectionSet: { ...selectionSet, selections } }
    },
  })
}

export const typenameField: FieldNode = {
  kind: Kind.FIELD,
  name: { kind: Kind.NAME, value: '__typename' },
}

/** Response names the planner itself writes into fetches, and whether it does so with arguments. */
export type ReservedNames = ReadonlyMap<string, { readonly withArguments: boolean }>

export interface ProtectedDocument {
  readonly document: DocumentNode
  /** The name under which the merged data holds a field of the client's. */
  readonly sourceName: (field: FieldNode) => string
  /** The client's name for a step of a path in the merged data. */
  readonly clientName: (step: string) => string
}

/** Aliases the planner makes up when two fields of one name differ. */
const plannerAlias = /__alias_\d+$/

/**
 * Renames the client's response names that would collide with names the planner puts into fetches
 * (keys and required fields under their own names). Without it `{ product { upc: name reviews { id } } }`
 * sends the product's name as its key and answers another product's reviews.
 */
export function protectResponseNames(
  document: DocumentNode,
  reserved: ReservedNames,
): ProtectedDocument {
  const collides = (field: FieldNode): boolean => {
    const name = responseName(field)
    if (name === '__typename') return field.name.value !== '__typename'
    if (plannerAlias.test(name)) return true
    const reservation = reserved.get(name)
    if (reservation === undefined) return false
    const isAnotherField = field.name.value !== name || (field.arguments?.length ?? 0) > 0
    return isAnotherField || reservation.withArguments
  }
  const names = new Set<string>()
  let anyCollides = false
  visit(document, {
    Field(field) {
      names.add(responseName(field))
      anyCollides ||= collides(field)
    },
  })
  if (!anyCollides) return { document, sourceName: responseName, clientName: (step) => step }
  const suffix = unusedSuffix(names)
  const sourceName = (field: FieldNode): string =>
    collides(field) ? responseName(field) + suffix : responseName(field)
  const renamed = visit(document, {
    Field(field): FieldNode | undefined {
      if (!collides(field)) return undefined
      return { ...field, alias: { kind: Kind.NAME, value: sourceName(field) } }
    },
  })
  const clientName = (step: string): string =>
    step.endsWith(suffix) ? step.slice(0, -suffix.length) : step
  return { document: renamed, sourceName, clientName }
}

/** A suffix that no name ends with, so that stripping it can never touch a client's own name. */
function unusedSuffix(names: ReadonlySet<string>): string {
  for (let count = 0; ; count += 1) {
    const suffix = `__client${count === 0 ? '' : count}`
    if (![...names].some((name) => name.endsWith(suffix))) return suffix
  }
}
