/** Compiled shaping: from merged data straight to the answer's JSON text, in the client's order. @module */
import {
  type GraphQLLeafType,
  type GraphQLOutputType,
  isCompositeType,
  isEnumType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql'
import { invariant } from '@sez/core/invariant'
import { generateFunction, literal } from './generate.ts'
import { isIntegerNumber, leafKind, leafText, quote } from './leaf.ts'
import type { DataObject } from './merge.ts'
import type { Children, FieldPlan, ObjectPlan } from './selection.ts'

/** JSON text of an introspection field. */
export type Introspect = (responseName: string) => string

/**
 * Merged data as JSON text, or undefined at the first value the schema forbids: a null that must not
 * be, a wrong leaf, an unknown type. Then the interpreter (complete.ts) does it again with null
 * bubbling and errors, so that this code carries no error logic at all.
 */
export type Shape = (data: DataObject, introspect: Introspect) => string | undefined

/** Writes code for one object type; nested objects get theirs on first sight of their runtime type. */
export function compileShape(plan: ObjectPlan): Shape {
  if (plan.fields.some(({ role }) => role === 'denied')) return () => undefined
  const writer = new ShapeWriter()
  const lines = plan.fields.map((field, index) => fieldCode(writer, plan, field, index === 0))
  const empty = plan.fields.length === 0 ? `text = '{';` : ''
  const shape = generateFunction({
    scope: { constants: writer.constants, quote, isIntegerNumber, leafText, hasOwn: Object.hasOwn },
    parameters: ['data', 'introspect'],
    body: `let text = ''; ${empty}\n${lines.join('\n')}\nreturn text + '}';`,
  })
  // The text above is a function of this type by construction.
  return shape as Shape
}

/** Hands out constants and fresh variable names to the code being written. */
class ShapeWriter {
  readonly constants: unknown[] = []
  #count = 0

  constant(value: unknown): string {
    this.constants.push(value)
    return `constants[${this.constants.length - 1}]`
  }

  variable(): string {
    this.#count += 1
    return `v${this.#count}`
  }
}

function fieldCode(
  writer: ShapeWriter,
  plan: ObjectPlan,
  field: FieldPlan,
  isFirst: boolean,
): string {
  const label = `${isFirst ? '{' : ','}${quote(field.responseName)}:`
  switch (field.role) {
    case 'typename':
      // The plan is already that of the runtime type, so the name is known when the code is written.
      return isObjectType(plan.type)
        ? `text += ${literal(label + quote(plan.type.name))};`
        : 'return undefined;'
    case 'introspection':
      return `text += ${literal(label)} + introspect(${literal(field.responseName)});`
    case 'denied':
      return 'return undefined;'
    case 'data': {
      const value = writer.variable()
      const code = valueCode(writer, field, field.type, value)
      return `const ${value} = ${readCode(field.sourceName)}; text += ${literal(label)}; ${code}`
    }
  }
}

/** Names that every object inherits must be read as own properties; others by a plain, fast access. */
const inheritedNames: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype))

function readCode(name: string): string {
  const key = literal(name)
  return inheritedNames.has(name)
    ? `(hasOwn(data, ${key}) ? data[${key}] : undefined)`
    : `data[${key}]`
}

type DataField = Extract<FieldPlan, { role: 'data' }>

/** Code that appends the value in `variable`, of type `type`, to `text`. */
function valueCode(
  writer: ShapeWriter,
  field: DataField,
  type: GraphQLOutputType,
  variable: string,
): string {
  const isNull = `${variable} === null || ${variable} === undefined`
  return isNonNullType(type)
    ? `if (${isNull}) return undefined; ${presentCode(writer, field, type.ofType, variable)}`
    : `if (${isNull}) text += 'null'; else { ${presentCode(writer, field, type, variable)} }`
}

function presentCode(
  writer: ShapeWriter,
  field: DataField,
  type: GraphQLOutputType,
  variable: string,
): string {
  if (isListType(type)) {
    const index = writer.variable()
    const item = writer.variable()
    return (
      `if (!Array.isArray(${variable})) return undefined; text += '[';` +
      `for (let ${index} = 0; ${index} < ${variable}.length; ${index} += 1) {` +
      `const ${item} = ${variable}[${index}]; if (${index} > 0) text += ',';` +
      `${valueCode(writer, field, type.ofType, item)} } text += ']';`
    )
  }
  if (isCompositeType(type)) return objectCode(writer, field, variable)
  invariant(isLeafType(type), 'an output type is a list, a composite or a leaf')
  return leafCode(writer, type, variable)
}

function objectCode(writer: ShapeWriter, field: DataField, variable: string): string {
  invariant(field.children, 'a composite field has selections')
  const shapes = writer.constant(new ShapeByType(field.children))
  const result = writer.variable()
  return (
    `if (typeof ${variable} !== 'object' || Array.isArray(${variable})) return undefined;` +
    `const ${result} = ${shapes}.shape(${variable}, introspect);` +
    `if (${result} === undefined) return undefined; text += ${result};`
  )
}

/** Remembers the last runtime type, because the objects of one list nearly always share it. */
class ShapeByType {
  readonly #children: Children
  readonly #shapes = new Map<unknown, Shape>()
  #lastTypename: unknown = this
  #lastShape: Shape = () => undefined

  constructor(children: Children) {
    this.#children = children
  }

  shape(data: DataObject, introspect: Introspect): string | undefined {
    // Reading `__typename` plainly is safe: no object inherits a property of that name.
    const typename = data['__typename']
    if (typename !== this.#lastTypename) {
      const shape = this.#shapeOf(typename)
      if (shape === undefined) return undefined
      this.#lastTypename = typename
      this.#lastShape = shape
    }
    return this.#lastShape(data, introspect)
  }

  #shapeOf(typename: unknown): Shape | undefined {
    const known = this.#shapes.get(typename)
    if (known !== undefined) return known
    const plan = this.#children.planOf(typename)
    if (plan === undefined) return undefined
    const shape = compileShape(plan)
    this.#shapes.set(typename, shape)
    return shape
  }
}

function leafCode(writer: ShapeWriter, type: GraphQLLeafType, variable: string): string {
  switch (leafKind(type)) {
    case 'String':
      return `if (typeof ${variable} !== 'string') return undefined; text += quote(${variable});`
    case 'ID':
      return (
        `if (typeof ${variable} === 'string') text += quote(${variable});` +
        `else if (isIntegerNumber(${variable})) text += '"' + ${variable} + '"'; else return undefined;`
      )
    case 'Int':
      return `if (!isIntegerNumber(${variable})) return undefined; text += ${variable};`
    case 'Float':
      return (
        `if (typeof ${variable} !== 'number' || !Number.isFinite(${variable})) return undefined;` +
        `text += ${variable};`
      )
    case 'Boolean':
      return `if (typeof ${variable} !== 'boolean') return undefined; text += ${variable};`
    case 'Enum': {
      const names = isEnumType(type) ? type.getValues().map(({ name }) => name) : []
      const texts = writer.constant(new Map(names.map((name) => [name, quote(name)])))
      const text = writer.variable()
      return (
        `const ${text} = ${texts}.get(${variable});` +
        `if (${text} === undefined) return undefined; text += ${text};`
      )
    }
    case 'Custom': {
      const text = writer.variable()
      return (
        `const ${text} = leafText(${variable});` +
        `if (${text} === undefined) return undefined; text += ${text};`
      )
    }
  }
}
