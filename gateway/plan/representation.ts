/** Entity representations: what a subgraph needs to find an object again, as JSON text. @module */
import type { QueryPlanSelectionNode } from '@apollo/query-planner'
import type { GraphQLSchema } from 'graphql'
import { leafText, quote } from './leaf.ts'
import { assign, type DataObject, isDataObject, mergeInto, own } from './merge.ts'
import { matchesType } from './rewrite.ts'

/**
 * The representation of one object, or undefined when a required field is missing: such an object is
 * left out of the fetch, because whatever failed to deliver the field has reported its own error.
 */
export type Represent = (entity: DataObject) => string | undefined

/**
 * Compiles a fetch's `requires`. Every runtime type gets its own function on first sight; flat lists
 * of leaves, which nearly all keys are, become text directly and never an object to serialise.
 */
export function compileRepresentation(
  schema: GraphQLSchema,
  requires: readonly QueryPlanSelectionNode[],
): Represent {
  const byType = new Map<string, Represent>()
  return (entity) => {
    const typename = own(entity, '__typename')
    if (typeof typename !== 'string') return undefined
    let represent = byType.get(typename)
    if (represent === undefined) {
      represent = representType(schema, requires, typename)
      byType.set(typename, represent)
    }
    return represent(entity)
  }
}

function representType(
  schema: GraphQLSchema,
  requires: readonly QueryPlanSelectionNode[],
  typename: string,
): Represent {
  const flat = flatNames(schema, requires, typename)
  if (flat !== undefined) {
    return flat.includes('__typename') ? representFlat(flat) : () => undefined
  }
  return (entity) => {
    const picked = pick(schema, entity, requires)
    return picked !== undefined && own(picked, '__typename') !== undefined
      ? JSON.stringify(picked)
      : undefined
  }
}

/** The names of a requirement that is one list of leaves for this type; undefined otherwise. */
function flatNames(
  schema: GraphQLSchema,
  requires: readonly QueryPlanSelectionNode[],
  typename: string,
): readonly string[] | undefined {
  const matching: QueryPlanSelectionNode[][] = []
  for (const selection of requires) {
    if (selection.kind !== 'InlineFragment' || selection.typeCondition === undefined)
      return undefined
    if (matchesType(schema, typename, selection.typeCondition)) matching.push(selection.selections)
  }
  const [only, ...others] = matching
  if (only === undefined || others.length > 0) return undefined
  const names: string[] = []
  for (const selection of only) {
    if (selection.kind !== 'Field' || selection.selections !== undefined) return undefined
    names.push(selection.alias ?? selection.name)
  }
  return names
}

function representFlat(names: readonly string[]): Represent {
  const members = names.map((name, index) => ({
    name,
    label: `${index === 0 ? '{' : ','}${quote(name)}:`,
  }))
  return (entity) => {
    let text = ''
    for (const { name, label } of members) {
      const value = leafText(own(entity, name))
      if (value === undefined) return undefined
      text += label + value
    }
    return `${text}}`
  }
}

/** Both parts are of one object, so they agree on its type. */
const noInterfaces: ReadonlySet<string> = new Set()

/** The parts of `source` that `selections` name; undefined when one of them is missing. */
function pick(
  schema: GraphQLSchema,
  source: DataObject,
  selections: readonly QueryPlanSelectionNode[],
): DataObject | undefined {
  const picked: DataObject = {}
  for (const selection of selections) {
    if (selection.kind === 'Field') {
      const name = selection.alias ?? selection.name
      const value = pickValue(schema, own(source, name), selection.selections)
      if (value === undefined) return undefined
      assign(picked, name, value)
    } else if (selection.typeCondition !== undefined) {
      const typename = own(source, '__typename')
      if (typeof typename !== 'string') continue
      if (!matchesType(schema, typename, selection.typeCondition)) continue
      const part = pick(schema, source, selection.selections)
      if (part !== undefined) mergeInto(picked, part, noInterfaces)
    }
  }
  return picked
}

function pickValue(
  schema: GraphQLSchema,
  value: unknown,
  selections: readonly QueryPlanSelectionNode[] | undefined,
): unknown {
  if (value === undefined || value === null || selections === undefined) return value
  if (Array.isArray(value)) {
    // A list element that lacks a required part is null, so that positions stay what they were.
    return value.map((item: unknown) => pickValue(schema, item, selections) ?? null)
  }
  return isDataObject(value) ? pick(schema, value, selections) : undefined
}
