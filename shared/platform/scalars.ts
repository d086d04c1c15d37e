/** The custom scalars of every subgraph: strict on the way in, one form on the way out. @module */
import { parseDid } from '@sez/core/did'
import { parseDigest } from '@sez/core/digest'
import { invalidInput, SezError } from '@sez/core/errors'
import { uuid } from '@sez/core/ids'
import { invariant } from '@sez/core/invariant'
import { Kind, type ValueNode, valueFromASTUntyped } from 'graphql'
import { inputStringCharactersMax, signedDocumentBytesMax } from './limits.ts'
import { dateText, instantOf } from './scalar-time.ts'
import { jsonProblem } from './scalar-json.ts'
import { problemsOf } from './validation.ts'

/** The three functions of a scalar; each is put on the schema's type of the same name. */
export interface ScalarRule {
  serialize(value: unknown): unknown
  parseValue(value: unknown): unknown
  parseLiteral(node: ValueNode, variables?: Record<string, unknown> | null): unknown
}

const didCharactersMax = 1_000
const decimalCharactersMax = 64
const int64Max = 2n ** 63n - 1n

/** Every scalar an SDL may declare beyond GraphQL's own. Each bounds its own input. */
export const scalarRules = {
  BigInt: {
    serialize: (value) => {
      invariant(
        typeof value === 'bigint' || Number.isSafeInteger(value),
        'a BigInt holds a bigint or a safe integer',
      )
      return String(value)
    },
    parseValue: parseBigInt,
    parseLiteral: (node) =>
      parseBigInt(node.kind === Kind.INT || node.kind === Kind.STRING ? node.value : null),
  },
  CountryCode: matching(/^[A-Z]{2}$/u, 'an ISO 3166-1 alpha-2 code, two capital letters'),
  Currency: matching(/^[A-Z]{3}$/u, 'an ISO 4217 code, three capital letters'),
  Date: texts(dateText),
  DateTime: {
    serialize: (value) => {
      const date = typeof value === 'string' ? instantOf(value) : value
      invariant(date instanceof Date && !Number.isNaN(date.getTime()), 'a DateTime holds a Date')
      return date.toISOString()
    },
    ...parsing((text) => instantOf(text)),
  },
  Decimal: matching(
    /^-?[0-9]+(\.[0-9]{1,10})?$/u,
    'a decimal number as text with at most 10 decimals, such as "12.50"',
    decimalCharactersMax,
  ),
  Did: texts((text) => {
    if (text.length > didCharactersMax) throw invalidInput(`at most ${didCharactersMax} characters`)
    return parseDid(text)
  }),
  Digest: texts(parseDigest),
  Json: {
    serialize: (value) => value,
    parseValue: parseJsonValue,
    parseLiteral: (node, variables) => parseJsonValue(valueFromASTUntyped(node, variables)),
  },
  SignedDocument: texts((text) => {
    // Kept as received: only canonicalizeJson reads it (spec/17-api.md §3).
    if (Buffer.byteLength(text) > signedDocumentBytesMax) {
      throw invalidInput(`a signed document holds at most ${signedDocumentBytesMax} bytes`)
    }
    if (text.includes('\0')) throw invalidInput('a signed document holds no NUL character')
    return text
  }),
  Uuid: texts(uuid),
} satisfies Record<string, ScalarRule>

/** GraphQL's own scalars that cannot hold text, beside ours: the argument walker skips them. */
export const boundedScalars: ReadonlySet<string> = new Set([
  ...Object.keys(scalarRules),
  'Boolean',
  'Float',
  'Int',
])

/** The rules of those scalars that an SDL declares, for its resolver map. */
export function scalarsOf(declared: Iterable<string>): Record<string, ScalarRule> {
  const rules: Record<string, ScalarRule> = scalarRules
  return Object.fromEntries(
    [...declared].flatMap((name) => {
      const rule = Object.hasOwn(rules, name) ? rules[name] : undefined
      return rule === undefined ? [] : [[name, rule]]
    }),
  )
}

/** A scalar that is text on both sides, refused when `parse` refuses it. */
function texts(parse: (text: string) => string): ScalarRule {
  return {
    serialize: (value) => {
      invariant(typeof value === 'string', 'a text scalar holds a string')
      return value
    },
    ...parsing(parse),
  }
}

function matching(
  pattern: RegExp,
  rule: string,
  charactersMax: number = inputStringCharactersMax,
): ScalarRule {
  return texts((text) => {
    if (text.length > charactersMax || !pattern.test(text)) throw invalidInput(`must be ${rule}`)
    return text
  })
}

function parsing(parse: (text: string) => unknown): Omit<ScalarRule, 'serialize'> {
  const parseValue = (value: unknown): unknown => {
    if (typeof value !== 'string') throw invalidInput('must be a string')
    return parse(value)
  }
  return {
    parseValue,
    parseLiteral: (node) => parseValue(node.kind === Kind.STRING ? node.value : null),
  }
}

function parseBigInt(value: unknown): bigint {
  const isWhole =
    typeof value === 'bigint' ||
    (typeof value === 'number' && Number.isSafeInteger(value)) ||
    (typeof value === 'string' && /^(0|-?[1-9][0-9]{0,18})$/u.test(value))
  if (!isWhole) throw invalidInput('must be a whole number, as text when beyond 2^53')
  const number = BigInt(value)
  if (number > int64Max || number < -int64Max) throw invalidInput('must lie within 64 bits')
  return number
}

function parseJsonValue(value: unknown): unknown {
  const problem = jsonProblem(value)
  if (problem !== null) throw invalidInput(problem)
  return value
}

/** Why a scalar refused its input, in one sentence; null when the error is not a refusal. */
export function scalarReason(error: unknown): string | null {
  if (!(error instanceof SezError) || error.code !== 'VALIDATION_ERROR') return null
  return problemsOf(error)[0]?.reason ?? error.message
}
