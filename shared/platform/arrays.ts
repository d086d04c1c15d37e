/**
 * Postgres arrays of built-in types for postgres.js, which would otherwise ask each new connection
 * for them: a query of its own that no caller awaits, so that its failure ends the process.
 *
 * @module
 */
import { invariant } from '@sez/core/invariant'
import type { PostgresType } from 'postgres'

type Element = (text: string) => unknown

const asText: Element = (text) => text

interface ArrayType {
  readonly oid: number
  readonly element: number
  readonly parse: Element
}

/** The array type of each element type; their numbers are the same in every Postgres. */
const arrayTypes: Readonly<Record<string, ArrayType>> = {
  bool: { oid: 1000, element: 16, parse: (text) => text === 't' },
  bytea: { oid: 1001, element: 17, parse: (text) => Buffer.from(text.slice('\\x'.length), 'hex') },
  name: { oid: 1003, element: 19, parse: asText },
  int2: { oid: 1005, element: 21, parse: Number },
  int4: { oid: 1007, element: 23, parse: Number },
  text: { oid: 1009, element: 25, parse: asText },
  varchar: { oid: 1015, element: 1043, parse: asText },
  int8: { oid: 1016, element: 20, parse: asText },
  date: { oid: 1182, element: 1082, parse: asText },
  timestamptz: { oid: 1185, element: 1184, parse: (text) => new Date(text) },
  numeric: { oid: 1231, element: 1700, parse: asText },
  uuid: { oid: 2951, element: 2950, parse: asText },
  jsonb: { oid: 3807, element: 3802, parse: (text) => JSON.parse(text) },
}

/** The option `types` of postgres.js; int8 elements are bigints where `bigints`. */
export function arrayTypesOf(bigints: boolean): Record<string, PostgresType> {
  return Object.fromEntries(
    Object.entries(arrayTypes).map(([name, { oid, parse }]) => {
      const element: Element = name === 'int8' && bigints ? BigInt : parse
      return [
        `${name}s`,
        {
          to: oid,
          from: [oid],
          serialize: (values: unknown) => printArray(values),
          parse: (text: string) => parseArray(text, element),
        },
      ]
    }),
  )
}

/** Tells the driver's `sql.array` the array type that goes with the type of the elements. */
export const arrayTypeByElement: Readonly<Record<number, number>> = Object.fromEntries(
  Object.values(arrayTypes).map(({ element, oid }) => [element, oid]),
)

/** `{"a","b",NULL}`; text that is an array already passes. */
export function printArray(values: unknown): string {
  if (typeof values === 'string') return values
  invariant(Array.isArray(values), 'an array parameter is a list')
  const parts = values.map((value: unknown) =>
    Array.isArray(value) ? printArray(value) : printElement(value),
  )
  return `{${parts.join(',')}}`
}

function printElement(value: unknown): string {
  if (value === null || value === undefined) return 'NULL'
  return `"${textOf(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`
  return typeof value === 'bigint' ? value.toString() : JSON.stringify(value)
}

/** Reads what Postgres prints for an array, of any depth, without the lower bounds it may state. */
export function parseArray(text: string, element: Element): unknown[] {
  const lists: unknown[][] = [[]]
  const tokens = text.matchAll(/([{}])|"((?:[^"\\]|\\.)*)"|([^{},"]+)/gsu)
  for (const [, brace, quoted, plain] of tokens) {
    if (brace === '{') lists.push([])
    else if (brace === '}') {
      const list = lists.pop()
      lists.at(-1)?.push(list)
    } else if (quoted !== undefined)
      lists.at(-1)?.push(element(quoted.replaceAll(/\\(.)/gsu, '$1')))
    else if (plain !== undefined) lists.at(-1)?.push(plain === 'NULL' ? null : element(plain))
  }
  const result = lists[0]?.at(-1)
  invariant(Array.isArray(result), 'Postgres printed an array')
  return result
}
