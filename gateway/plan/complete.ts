/** Interpreted shaping: null bubbling, denied fields and errors, for data the compiled code refused. @module */
import {
  type GraphQLNullableType,
  type GraphQLOutputType,
  isCompositeType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql'
import { invariant } from '@sez/core/invariant'
import { isLeafValue } from './leaf.ts'
import { assign, type DataObject, own, type ResponsePath } from './merge.ts'
import type { Denial, FieldPlan, ObjectPlan } from './selection.ts'

/** Something the answer cannot hold, and why. */
export type Problem = { readonly path: ResponsePath } & (
  | { readonly kind: 'denied'; readonly denial: Denial }
  /** A value a subgraph should not have answered. */
  | { readonly kind: 'invalid'; readonly reason: string }
)

export interface Completed {
  readonly data: DataObject | null
  readonly problems: readonly Problem[]
}

/** Stands for a null that its parent may not hold either. */
const bubbling = Symbol('bubbling')
type Bubbling = typeof bubbling

/** Completes `data` by GraphQL's CompleteValue (spec October 2021 §6.4.3). */
export function complete(
  plan: ObjectPlan,
  data: DataObject,
  introspect: (responseName: string) => unknown,
): Completed {
  const completer = new Completer(introspect)
  const completed = completer.object(plan, data)
  return { data: completed === bubbling ? null : completed, problems: completer.problems }
}

class Completer {
  readonly problems: Problem[] = []
  readonly #introspect: (responseName: string) => unknown
  /** The path of the value at work; pushed and popped around each step. */
  readonly #path: (string | number)[] = []

  constructor(introspect: (responseName: string) => unknown) {
    this.#introspect = introspect
  }

  object(plan: ObjectPlan, data: DataObject): DataObject | Bubbling {
    const completed: DataObject = {}
    for (const field of plan.fields) {
      this.#path.push(field.responseName)
      const value = this.#field(plan, field, data)
      this.#path.pop()
      if (value === bubbling) return bubbling
      assign(completed, field.responseName, value)
    }
    return completed
  }

  #field(plan: ObjectPlan, field: FieldPlan, data: DataObject): unknown {
    switch (field.role) {
      case 'typename':
        if (isObjectType(plan.type)) return plan.type.name
        return this.#invalid(`Nobody could say which object type this ${plan.type.name} is.`)
      case 'introspection':
        return this.#introspect(field.responseName)
      case 'denied':
        this.problems.push({ kind: 'denied', denial: field.denial, path: [...this.#path] })
        return isNonNullType(field.type) ? bubbling : null
      case 'data':
        return this.#value(field, field.type, own(data, field.sourceName))
    }
  }

  #value(field: DataField, type: GraphQLOutputType, value: unknown): unknown {
    const problemsBefore = this.problems.length
    const isRequired = isNonNullType(type)
    const completed = this.#nullable(field, isRequired ? type.ofType : type, value ?? null)
    if (completed !== null && completed !== bubbling) return completed
    if (!isRequired) return null
    if (this.problems.length > problemsBefore) return bubbling
    return this.#invalid(`Nothing was answered for a place that must not be null.`)
  }

  #nullable(
    field: DataField,
    type: GraphQLNullableType & GraphQLOutputType,
    value: unknown,
  ): unknown {
    if (value === null) return null
    if (isListType(type)) return this.#list(field, type.ofType, value)
    if (isCompositeType(type)) {
      const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
      // Narrowed to a plain object on this line; its members are read through `own`.
      const data = isObject ? (value as DataObject) : undefined
      const plan = data && field.children?.planOf(own(data, '__typename'))
      if (data !== undefined && plan !== undefined) return this.object(plan, data)
      return this.#invalid(`The object answered is not a ${type.name}.`)
    }
    invariant(isLeafType(type), 'an output type is a list, a composite or a leaf')
    if (!isLeafValue(type, value)) return this.#invalid(`The value answered is not a ${type.name}.`)
    // An ID may be answered as a number but is always shown as a string.
    return type.name === 'ID' && typeof value === 'number' ? String(value) : value
  }

  #list(field: DataField, type: GraphQLOutputType, value: unknown): unknown {
    if (!Array.isArray(value)) return this.#invalid('The value answered is not a list.')
    const items: unknown[] = []
    let isBroken = false
    for (const [index, item] of value.entries()) {
      this.#path.push(index)
      const completed = this.#value(field, type, item)
      this.#path.pop()
      if (completed === bubbling) isBroken = true
      items.push(completed)
    }
    return isBroken ? bubbling : items
  }

  #invalid(reason: string): Bubbling {
    this.problems.push({ kind: 'invalid', reason, path: [...this.#path] })
    return bubbling
  }
}

type DataField = Extract<FieldPlan, { role: 'data' }>
