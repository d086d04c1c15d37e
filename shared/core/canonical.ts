/**
 * The mission's canonical form: the only way to bytes that are hashed or signed
 * (spec/01-canonical-bytes.md). `jcs` is plain RFC 8785, for documents of others.
 *
 * @module
 */
import { SezError } from './errors.ts'
import {
  arrayPrototype,
  descriptorOf,
  isArray,
  isFiniteNumber,
  isSafeInteger,
  isWellFormed,
  isoTextOf,
  ownNames,
  ownSymbols,
  prototypeOf,
  quote,
  sliceText,
  sortInPlace,
  textOf,
  utf8Of,
} from './intrinsics.ts'
import { type JsonBuilder, type JsonMembers, jsonDepthMax, readJson, refuse } from './json.ts'
import { notCanonical } from './json-path.ts'
import { normalizeTimestampText } from './timestamp.ts'

declare const canonical: unique symbol

/** UTF-8 that a canonicalizer of this file made; `digest` and `sign` accept nothing else. */
export type CanonicalBytes = Uint8Array & { readonly [canonical]: true }

/** The longest canonical text, in UTF-16 units: a bound for values that share parts many times. */
export const canonicalLengthMax = 64 * 1024 * 1024

/**
 * The canonical form of a value: keys in UTF-16 order, integers only, RFC 3339 texts in UTC
 * seconds. Takes null, booleans, safe integers, bigints in [-2^63, 2^64-1], well-formed strings,
 * dates, dense arrays and plain objects, nested at most 128 deep; everything else is refused.
 * Getters are refused, never run; `toJSON` and patched prototypes have no effect.
 *
 * Values that differ only so have the same bytes: a date and its text, texts of one moment, number
 * and bigint, 0 and -0.
 *
 * @throws {SezError} `NOT_CANONICAL` with `{path, reason}`.
 * @see spec/01-canonical-bytes.md §2; spec/vectors/canonicalization.json
 */
export function canonicalize(value: unknown): CanonicalBytes {
  return bytesOf(value, missionForm, null)
}

/**
 * The canonical form of an object without some of its own members: of what a proof or a root
 * covers. The members left out are not looked at.
 *
 * @throws {SezError} `NOT_CANONICAL` with `{path, reason}`, for anything but a plain object too.
 */
export function canonicalizeWithout(object: object, omitted: readonly string[]): CanonicalBytes {
  return bytesOf(object, missionForm, omitted)
}

/**
 * The canonical form of a JSON text, which sees what a parsed value no longer shows: `1.0` and
 * `1e2` are refused, and large integers keep every digit.
 *
 * @param options `duplicateKeys: 'reject'` at the API's edge; the rule of the form itself is that
 *   the last one wins.
 * @throws {SezError} `NOT_CANONICAL` with `{path, reason}`.
 * @see spec/01-canonical-bytes.md §3
 */
export function canonicalizeJson(
  text: string,
  options: { readonly duplicateKeys?: 'last' | 'reject' } = {},
): CanonicalBytes {
  const builder = options.duplicateKeys === 'reject' ? strictTextBuilder : textBuilder
  return encodeText(readJson(text, builder, jsonDepthMax))
}

/**
 * Strict RFC 8785 of a JSON value, for documents whose rules are others' (W3C proofs): fractions
 * are printed as ECMAScript does and no text is rewritten. Never used for our own digests.
 *
 * @throws {SezError} `NOT_CANONICAL` with `{path, reason}`, for a bigint or a date too.
 */
export function jcs(value: unknown): CanonicalBytes {
  return bytesOf(value, foreignForm, null)
}

/** Canonical bytes as the text they encode. */
export function canonicalText(bytes: CanonicalBytes): string {
  return textOf(bytes)
}

/** The two forms differ in these four kinds of scalar only. */
interface Form {
  text(value: string): string
  number(value: number, walk: Walk): string
  bigint(value: bigint, walk: Walk): string
  date(value: Date, walk: Walk): string
}

interface Walk {
  readonly form: Form
  /** Keys and indexes entered, and the objects they lead through; the first `depth` count. */
  readonly path: (string | number)[]
  readonly trail: object[]
  depth: number
  length: number
}

const missionForm: Form = {
  text: normalizeTimestampText,
  number(value, walk) {
    if (!isSafeInteger(value)) return deny(walk, 'a number that is no safe integer')
    return `${value}`
  },
  bigint(value, walk) {
    if (value < -(2n ** 63n) || value >= 2n ** 64n) {
      return deny(walk, 'an integer outside [-2^63, 2^64-1]')
    }
    return `${value}`
  },
  date(value, walk) {
    let text = ''
    try {
      text = isoTextOf(value)
    } catch {
      return deny(walk, 'an invalid date')
    }
    if (text.length !== 24) return deny(walk, 'a date outside the years 0000 to 9999')
    return `"${sliceText(text, 0, 19)}Z"`
  },
}

const foreignForm: Form = {
  text: (value) => value,
  number(value, walk) {
    if (!isFiniteNumber(value)) return deny(walk, 'a number that is not finite')
    return `${value}`
  },
  bigint: (_, walk) => deny(walk, 'a bigint'),
  date: (_, walk) => deny(walk, 'an object that is not plain'),
}

function bytesOf(value: unknown, form: Form, omitted: readonly string[] | null): CanonicalBytes {
  const walk: Walk = { form, path: [], trail: [], depth: 0, length: 0 }
  let text: string
  try {
    text = omitted === null ? write(walk, value) : writeWithout(walk, value, omitted)
  } catch (error) {
    if (error instanceof SezError) throw error
    // Only a proxy's trap can throw here: nothing of the value's own code is run.
    throw notCanonical(walk.path.slice(0, walk.depth), 'an object that cannot be read', error)
  }
  return encodeText(text)
}

function encodeText(text: string): CanonicalBytes {
  return utf8Of(text) as CanonicalBytes
}

function write(walk: Walk, value: unknown): string {
  switch (typeof value) {
    case 'string':
      return count(walk, writeText(walk, value))
    case 'number':
      return count(walk, walk.form.number(value, walk))
    case 'bigint':
      return count(walk, walk.form.bigint(value, walk))
    case 'boolean':
      return count(walk, value ? 'true' : 'false')
    case 'object':
      return value === null ? count(walk, 'null') : writeObject(walk, value)
    case 'undefined':
    case 'function':
    case 'symbol':
      return deny(walk, `a value of type ${typeof value}`)
  }
}

function writeText(walk: Walk, value: string): string {
  if (!isWellFormed(value)) deny(walk, 'lone surrogate')
  return quote(walk.form.text(value))
}

const objectPrototype = Object.prototype
const datePrototype = Date.prototype

function writeObject(walk: Walk, value: object): string {
  const prototype = prototypeOf(value)
  if (isArray(value)) {
    if (prototype !== arrayPrototype) deny(walk, 'an array of a class')
    return writeArray(walk, value)
  }
  if (prototype === null || prototype === objectPrototype) {
    return writeMembers(walk, value, ownNames(value))
  }
  if (prototype === datePrototype && isBare(value)) {
    // Whether it has a date's inside is found by reading it.
    return count(walk, walk.form.date(value as Date, walk))
  }
  return deny(walk, 'an object that is not plain')
}

/** Whether an object has no properties of its own that its bytes would leave out. */
function isBare(value: object): boolean {
  return ownNames(value).length === 0 && ownSymbols(value).length === 0
}

function writeArray(walk: Walk, items: readonly unknown[]): string {
  const { length } = items
  // Every index and `length`: anything more or less is a hole or a property that would get lost.
  if (ownNames(items).length !== length + 1 || ownSymbols(items).length > 0) {
    deny(walk, 'an array with holes or extra properties')
  }
  enter(walk, items)
  let text = '['
  for (let index = 0; index < length; index += 1) {
    walk.path[walk.depth - 1] = index
    if (index > 0) text += ','
    text += write(walk, dataOf(walk, items, `${index}`))
  }
  walk.depth -= 1
  return `${text}]`
}

function writeWithout(walk: Walk, value: unknown, omitted: readonly string[]): string {
  if (typeof value !== 'object' || value === null || isArray(value)) deny(walk, 'not an object')
  const prototype = prototypeOf(value)
  if (prototype !== null && prototype !== objectPrototype) deny(walk, 'an object that is not plain')
  const own = ownNames(value)
  const names: string[] = []
  for (let at = 0; at < own.length; at += 1) {
    const name = own[at] ?? ''
    if (!isAmong(omitted, name)) names[names.length] = name
  }
  return writeMembers(walk, value, names)
}

function isAmong(names: readonly string[], name: string): boolean {
  for (let at = 0; at < names.length; at += 1) if (names[at] === name) return true
  return false
}

/** Takes over `names`, which it sorts. */
function writeMembers(walk: Walk, object: object, names: string[]): string {
  if (ownSymbols(object).length > 0) deny(walk, 'a symbol key')
  sortNames(names)
  enter(walk, object)
  let text = '{'
  for (let at = 0; at < names.length; at += 1) {
    const name = names[at] ?? ''
    walk.path[walk.depth - 1] = name
    if (!isWellFormed(name)) deny(walk, 'lone surrogate in a key')
    if (at > 0) text += ','
    text += count(walk, quote(name))
    text += ':'
    text += write(walk, dataOf(walk, object, name))
  }
  walk.depth -= 1
  return `${text}}`
}

function enter(walk: Walk, value: object): void {
  if (walk.depth >= jsonDepthMax) {
    for (let at = 0; at < walk.depth; at += 1) if (walk.trail[at] === value) deny(walk, 'a cycle')
    deny(walk, `nested deeper than ${jsonDepthMax}`)
  }
  // Brackets count as well: parts shared many times may hold nothing else.
  count(walk, '[]')
  walk.trail[walk.depth] = value
  walk.path[walk.depth] = ''
  walk.depth += 1
}

/** A property's value without running code; refuses getters, holes and hidden properties. */
function dataOf(walk: Walk, object: object, key: string): unknown {
  const descriptor = descriptorOf(object, key)
  if (descriptor === undefined || !descriptor.enumerable) deny(walk, 'a hidden property')
  if (descriptor.get !== undefined || descriptor.set !== undefined) deny(walk, 'a getter')
  return descriptor.value
}

function count(walk: Walk, text: string): string {
  walk.length += text.length
  if (walk.length > canonicalLengthMax) deny(walk, `longer than ${canonicalLengthMax} characters`)
  return text
}

function deny(walk: Walk, reason: string): never {
  throw notCanonical(walk.path.slice(0, walk.depth), reason)
}

const textBuilder: JsonBuilder<string> = {
  literal: (value) => `${value}`,
  integer: (token) => token,
  string(value, cursor) {
    const normalized = normalizeTimestampText(value)
    if (normalized !== value) return quote(normalized)
    return cursor.plainToken ?? quote(value)
  },
  array(items) {
    let text = '['
    for (let at = 0; at < items.length; at += 1) text += at > 0 ? `,${items[at]}` : items[at]
    return `${text}]`
  },
  object(members) {
    return printMembers(members, areRising(members.keys) ? null : sortedIndexes(members.keys))
  },
}

const strictTextBuilder: JsonBuilder<string> = {
  ...textBuilder,
  object(members, cursor) {
    const { keys } = members
    if (areRising(keys)) return printMembers(members, null)
    const order = sortedIndexes(keys)
    for (let at = 1; at < order.length; at += 1) {
      if (keys[order[at] ?? 0] === keys[order[at - 1] ?? 0]) refuse(cursor, 'duplicate key')
    }
    return printMembers(members, order)
  },
}

/** Members in the given order; of equal keys, which are neighbours then, the last one. */
function printMembers(members: JsonMembers<string>, order: readonly number[] | null): string {
  const { keys, plainTokens, values } = members
  let text = ''
  for (let at = 0; at < keys.length; at += 1) {
    const index = order === null ? at : (order[at] ?? 0)
    if (order !== null && at + 1 < order.length && keys[order[at + 1] ?? 0] === keys[index]) {
      continue
    }
    text += text === '' ? '{' : ','
    text += plainTokens[index] ?? quote(keys[index] ?? '')
    text += ':'
    text += values[index]
  }
  return text === '' ? '{}' : `${text}}`
}

/** Whether each key comes after the one before it, in UTF-16 code units as RFC 8785 §3.2.3 asks. */
function areRising(keys: readonly string[]): boolean {
  for (let at = 1; at < keys.length; at += 1) {
    if (!((keys[at - 1] ?? '') < (keys[at] ?? ''))) return false
  }
  return true
}

/** Below this many names, insertion beats a call into the engine's sort. */
const fewNames = 24

function sortNames(names: string[]): void {
  if (names.length > fewNames) {
    if (!areRising(names)) sortInPlace(names)
    return
  }
  for (let at = 1; at < names.length; at += 1) {
    const name = names[at] ?? ''
    let place = at
    while (place > 0 && (names[place - 1] ?? '') > name) {
      names[place] = names[place - 1] ?? ''
      place -= 1
    }
    names[place] = name
  }
}

function sortedIndexes(keys: readonly string[]): number[] {
  const order: number[] = []
  for (let at = 0; at < keys.length; at += 1) order[at] = at
  return sortInPlace(order, (a, b) => {
    const left = keys[a] ?? ''
    const right = keys[b] ?? ''
    if (left === right) return a - b
    return left < right ? -1 : 1
  })
}
