/** Leaf values: what the API schema allows, and their JSON text. @module */
import { type GraphQLLeafType, isEnumType, isSpecifiedScalarType } from 'graphql'

export type LeafKind = 'String' | 'ID' | 'Int' | 'Float' | 'Boolean' | 'Enum' | 'Custom'

const integer = /^-?\d+$/
// JSON escapes control characters, quotes and backslashes; a lone surrogate half needs it too.
// oxlint-disable-next-line no-control-regex
const needsEscape = /["\\\u0000-\u001f\ud800-\udfff]/
const shortTextCharacters = 48

export function leafKind(type: GraphQLLeafType): LeafKind {
  if (isEnumType(type)) return 'Enum'
  if (!isSpecifiedScalarType(type)) return 'Custom'
  switch (type.name) {
    case 'String':
    case 'ID':
    case 'Int':
    case 'Float':
    case 'Boolean':
      return type.name
    default:
      return 'Custom'
  }
}

/** Whether a non-null value may stand for a leaf of this type in an answer. */
export function isLeafValue(type: GraphQLLeafType, value: unknown): boolean {
  switch (leafKind(type)) {
    case 'Custom':
      return leafText(value) !== undefined
    case 'Boolean':
      return typeof value === 'boolean'
    case 'Int':
      return isIntegerNumber(value)
    case 'Float':
      return typeof value === 'number' && Number.isFinite(value)
    case 'ID':
      return typeof value === 'string' || isIntegerNumber(value)
    case 'String':
      return typeof value === 'string'
    case 'Enum':
      return isEnumType(type) && typeof value === 'string' && type.getValue(value) !== undefined
  }
}

/** A number whose JSON text is a plain integer, so no exponent and no fraction. */
export function isIntegerNumber(value: unknown): value is number {
  return typeof value === 'number' && ((value | 0) === value || integer.test(String(value)))
}

/**
 * A string as JSON. Short strings are scanned by hand and long ones by one regular expression, which
 * is cheaper than JSON.stringify for the common case that nothing needs escaping.
 */
export function quote(text: string): string {
  if (text.length >= shortTextCharacters) {
    return needsEscape.test(text) ? JSON.stringify(text) : `"${text}"`
  }
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index)
    const isPlain = unit >= 32 && unit !== 34 && unit !== 92 && (unit < 0xd800 || unit > 0xdfff)
    if (!isPlain) return JSON.stringify(text)
  }
  return `"${text}"`
}

/** Any value as JSON text; undefined for what JSON cannot say (a bigint, a function). */
export function leafText(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return quote(value)
    case 'boolean':
      return String(value)
    case 'number':
      return Number.isFinite(value) ? String(value) : undefined
    case 'object':
      return value === null ? 'null' : objectText(value)
    case 'bigint':
    case 'function':
    case 'symbol':
    case 'undefined':
      return undefined
  }
}

function objectText(value: object): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    // A cycle or a bigint within; to the caller it is a value the schema does not allow.
    return undefined
  }
}
