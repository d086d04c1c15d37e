/**
 * JSON text read strictly: integers keep every digit, and what JSON.parse would hide is refused
 * (spec/01-canonical-bytes.md §3, §6).
 *
 * @module
 */
import { charCodeAt, isWellFormed, sliceText, unquote, utf8Of } from './intrinsics.ts'
import { notCanonical } from './json-path.ts'

/** What a document may hold. A bigint is an integer beyond the safe range of number. */
export type Json = null | boolean | number | bigint | string | readonly Json[] | JsonObject

/** An object of a document. Those that {@link parseJson} makes have no prototype. */
export interface JsonObject {
  readonly [key: string]: Json
}

/** How deep arrays and objects may nest, the outermost counted (spec/01-canonical-bytes.md §6). */
export const jsonDepthMax = 128

/**
 * Reads JSON text (RFC 8259) without losing anything: integers outside the safe range come as
 * bigint; fractions, exponents, integers outside [-2^63, 2^64-1], duplicate keys, lone surrogates
 * and nesting beyond the limit are refused.
 *
 * @param limits `bytesMax` counts UTF-8 bytes; `depthMax` is {@link jsonDepthMax} unless lowered.
 * @throws {SezError} `NOT_CANONICAL` with `{path, reason}`.
 */
export function parseJson(
  text: string,
  limits: { readonly bytesMax?: number; readonly depthMax?: number } = {},
): Json {
  const { bytesMax = Number.POSITIVE_INFINITY, depthMax = jsonDepthMax } = limits
  if (typeof text === 'string' && text.length * 3 > bytesMax && utf8Of(text).length > bytesMax) {
    throw notCanonical([], `longer than ${bytesMax} bytes`)
  }
  return readJson(text, valueBuilder, Math.min(depthMax, jsonDepthMax))
}

/** Whether a value is an object of a document rather than an array or a scalar. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Where the reader stands; handed to builders so that they can refuse with the place. */
export interface JsonCursor {
  readonly text: string
  readonly depthMax: number
  /** The keys and indexes entered so far; only the first `depth` count. */
  readonly path: (string | number)[]
  at: number
  depth: number
  /** The last string's token with its quotes when it holds no escape, else `null`. */
  plainToken: string | null
}

/** What is made of a document while it is read: the value, or its canonical text at once. */
export interface JsonBuilder<Node> {
  literal(value: null | boolean): Node
  /** `token` is a JSON integer in [-2^63, 2^64-1], never `-0`. */
  integer(token: string): Node
  string(value: string, cursor: JsonCursor): Node
  array(items: Node[]): Node
  object(members: JsonMembers<Node>, cursor: JsonCursor): Node
}

/** An object's members as three columns in the order of the text, duplicate keys among them. */
export interface JsonMembers<Node> {
  readonly keys: string[]
  /** Each key's token with its quotes when it holds no escape, else `null`. */
  readonly plainTokens: (string | null)[]
  readonly values: Node[]
}

/**
 * Reads JSON text once, from left to right, giving each part to the builder.
 *
 * @throws {SezError} `NOT_CANONICAL` with `{path, reason}`.
 */
export function readJson<Node>(text: string, builder: JsonBuilder<Node>, depthMax: number): Node {
  if (typeof text !== 'string') throw notCanonical([], 'not a text')
  const cursor: JsonCursor = { text, depthMax, path: [], at: 0, depth: 0, plainToken: null }
  const node = readValue(cursor, builder)
  if (skipBlanks(cursor) === cursor.text.length) return node
  return refuse(cursor, 'not valid JSON')
}

/**
 * Ends the reading where the cursor stands.
 *
 * @throws {SezError} `NOT_CANONICAL`, always.
 */
export function refuse(cursor: JsonCursor, reason: string): never {
  throw notCanonical(cursor.path.slice(0, cursor.depth), `${reason} at character ${cursor.at}`)
}

const valueBuilder: JsonBuilder<Json> = {
  literal: (value) => value,
  integer(token) {
    const value = Number(token)
    return Number.isSafeInteger(value) ? value : BigInt(token)
  },
  string: (value) => value,
  array: (items) => items,
  object({ keys, values }, cursor) {
    // Without a prototype no key is special and no lookup finds what the text did not say.
    const object: Record<string, Json> = Object.create(null)
    for (let at = 0; at < keys.length; at += 1) {
      const key = keys[at] ?? ''
      if (key in object) refuse(cursor, 'duplicate key')
      object[key] = values[at] ?? null
    }
    return object
  },
}

const quotationMark = 0x22
const comma = 0x2c
const hyphen = 0x2d
const dot = 0x2e
const zero = 0x30
const nine = 0x39
const colon = 0x3a
const upperE = 0x45
const bracketOpen = 0x5b
const backslash = 0x5c
const bracketClose = 0x5d
const lowerE = 0x65
const lowerF = 0x66
const lowerN = 0x6e
const lowerT = 0x74
const braceOpen = 0x7b
const braceClose = 0x7d

function readValue<Node>(cursor: JsonCursor, builder: JsonBuilder<Node>): Node {
  skipBlanks(cursor)
  const code = charCodeAt(cursor.text, cursor.at)
  if (code === quotationMark) return builder.string(readString(cursor), cursor)
  if (code === braceOpen) return readObject(cursor, builder)
  if (code === bracketOpen) return readArray(cursor, builder)
  if (code === lowerT) return readLiteral(cursor, builder, 'true', true)
  if (code === lowerF) return readLiteral(cursor, builder, 'false', false)
  if (code === lowerN) return readLiteral(cursor, builder, 'null', null)
  if (code === hyphen || isDigit(code)) return builder.integer(readInteger(cursor))
  return refuse(cursor, 'not valid JSON')
}

function readObject<Node>(cursor: JsonCursor, builder: JsonBuilder<Node>): Node {
  const members: JsonMembers<Node> = { keys: [], plainTokens: [], values: [] }
  enter(cursor)
  if (nextCode(cursor) !== braceClose) {
    do {
      if (nextCode(cursor) !== quotationMark) refuse(cursor, 'not valid JSON')
      const key = readString(cursor)
      const { plainToken } = cursor
      cursor.path[cursor.depth - 1] = key
      if (nextCode(cursor) !== colon) refuse(cursor, 'not valid JSON')
      cursor.at += 1
      const index = members.keys.length
      members.keys[index] = key
      members.plainTokens[index] = plainToken
      members.values[index] = readValue(cursor, builder)
    } while (anotherFollows(cursor, braceClose))
  }
  cursor.depth -= 1
  cursor.at += 1
  return builder.object(members, cursor)
}

function readArray<Node>(cursor: JsonCursor, builder: JsonBuilder<Node>): Node {
  const items: Node[] = []
  enter(cursor)
  if (nextCode(cursor) !== bracketClose) {
    do {
      cursor.path[cursor.depth - 1] = items.length
      items[items.length] = readValue(cursor, builder)
    } while (anotherFollows(cursor, bracketClose))
  }
  cursor.depth -= 1
  cursor.at += 1
  return builder.array(items)
}

function enter(cursor: JsonCursor): void {
  if (cursor.depth >= cursor.depthMax) refuse(cursor, `nested deeper than ${cursor.depthMax}`)
  cursor.path[cursor.depth] = ''
  cursor.depth += 1
  cursor.at += 1
}

/** Whether a comma follows; stands on the closing character when not. */
function anotherFollows(cursor: JsonCursor, close: number): boolean {
  const code = nextCode(cursor)
  if (code === close) return false
  if (code !== comma) refuse(cursor, 'not valid JSON')
  cursor.at += 1
  return true
}

function readLiteral<Node>(
  cursor: JsonCursor,
  builder: JsonBuilder<Node>,
  word: string,
  value: null | boolean,
): Node {
  if (sliceText(cursor.text, cursor.at, cursor.at + word.length) !== word) {
    refuse(cursor, 'not valid JSON')
  }
  cursor.at += word.length
  return builder.literal(value)
}

function readString(cursor: JsonCursor): string {
  const { text } = cursor
  const start = cursor.at
  let at = start + 1
  let escaped = false
  let surrogates = false
  for (;;) {
    const code = charCodeAt(text, at)
    if (code === quotationMark) break
    if (code === backslash) {
      escaped = true
      at += 1
    } else if (!(code >= 0x20)) {
      // A raw control character, or NaN beyond the end.
      refuse(cursor, 'not valid JSON')
    } else if (code >= 0xd800 && code <= 0xdfff) {
      surrogates = true
    }
    at += 1
  }
  const token = sliceText(text, start, at + 1)
  const value = escaped ? unescape(cursor, token) : sliceText(token, 1, token.length - 1)
  if ((escaped || surrogates) && !isWellFormed(value)) refuse(cursor, 'lone surrogate')
  cursor.plainToken = escaped ? null : token
  cursor.at = at + 1
  return value
}

function unescape(cursor: JsonCursor, token: string): string {
  try {
    // One string token decodes to a string.
    return unquote(token) as string
  } catch {
    return refuse(cursor, 'not valid JSON: bad escape')
  }
}

const positiveMax = '18446744073709551615'
const negativeMax = '9223372036854775808'

function readInteger(cursor: JsonCursor): string {
  const { text } = cursor
  const negative = charCodeAt(text, cursor.at) === hyphen
  const start = negative ? cursor.at + 1 : cursor.at
  let at = start
  while (isDigit(charCodeAt(text, at))) at += 1
  const length = at - start
  if (length === 0 || (length > 1 && charCodeAt(text, start) === zero)) {
    refuse(cursor, 'not valid JSON')
  }
  const next = charCodeAt(text, at)
  if (next === dot || next === lowerE || next === upperE) refuse(cursor, 'a number not an integer')
  const digits = sliceText(text, start, at)
  const max = negative ? negativeMax : positiveMax
  if (length > max.length || (length === max.length && digits > max)) {
    refuse(cursor, 'an integer outside [-2^63, 2^64-1]')
  }
  cursor.at = at
  return negative && digits !== '0' ? `-${digits}` : digits
}

/** Moves over blanks; returns the place. */
function skipBlanks(cursor: JsonCursor): number {
  const { text } = cursor
  let { at } = cursor
  for (;;) {
    const code = charCodeAt(text, at)
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) break
    at += 1
  }
  cursor.at = at
  return at
}

function nextCode(cursor: JsonCursor): number {
  return charCodeAt(cursor.text, skipBlanks(cursor))
}

function isDigit(code: number): boolean {
  return code >= zero && code <= nine
}
