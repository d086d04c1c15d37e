/**
 * What the byte rules need of the language, taken once at load, so that a prototype patched later
 * cannot change what is hashed or signed (spec/01-canonical-bytes.md §7).
 *
 * @module
 */

/** A method as a function of its receiver, out of reach of later patches of its prototype. */
function uncurried<Owner extends object, Name extends keyof Owner>(
  prototype: Owner,
  name: Name,
): Owner[Name] extends (...args: infer Args) => infer Result
  ? (self: Owner, ...args: Args) => Result
  : never {
  const method: unknown = prototype[name]
  // `call.bind` is typed for single signatures only; the shape promised here is what it does.
  return Function.prototype.call.bind(method as never) as never
}

/** `text.charCodeAt(index)`. */
export const charCodeAt: (text: string, index: number) => number = uncurried(
  String.prototype,
  'charCodeAt',
)
/** `text.slice(start, end)`. */
export const sliceText: (text: string, start: number, end?: number) => string = uncurried(
  String.prototype,
  'slice',
)
/** `text.isWellFormed()`: no surrogate stands alone. */
export const isWellFormed: (text: string) => boolean = uncurried(String.prototype, 'isWellFormed')
/** `JSON.stringify` of one string: exactly the escapes of RFC 8785 §3.2.2.2. */
export const quote: (text: string) => string = JSON.stringify
/** `JSON.parse` of one string token, which decodes its escapes. */
export const unquote: (token: string) => unknown = JSON.parse
/** `keys.sort()`: by UTF-16 code units when no order is given, stable always. */
export const sortInPlace: <T>(items: T[], order?: (a: T, b: T) => number) => T[] = uncurried(
  Array.prototype,
  'sort',
) as <T>(items: T[], order?: (a: T, b: T) => number) => T[]
/** `Array.isArray`. */
export const isArray: (value: unknown) => value is readonly unknown[] = Array.isArray
/** `Array.prototype` as it was found, to compare with only. */
export const arrayPrototype: unknown = Array.prototype
/** `Number.isSafeInteger`. */
export const isSafeInteger: (value: number) => boolean = Number.isSafeInteger
/** `Number.isFinite`. */
export const isFiniteNumber: (value: number) => boolean = Number.isFinite
/** `Object.getOwnPropertyNames`: every own text key, hidden ones too. */
export const ownNames: (value: object) => string[] = Object.getOwnPropertyNames
/** `Object.getOwnPropertySymbols`. */
export const ownSymbols: (value: object) => symbol[] = Object.getOwnPropertySymbols
/** `Object.getOwnPropertyDescriptor`: what a property is, without running its getter. */
export const descriptorOf: (value: object, key: PropertyKey) => PropertyDescriptor | undefined =
  Object.getOwnPropertyDescriptor
/** `Object.getPrototypeOf`. */
export const prototypeOf: (value: object) => unknown = Object.getPrototypeOf
/** `date.toISOString()`; throws a `RangeError` for an invalid date, `TypeError` for no date. */
export const isoTextOf: (date: Date) => string = uncurried(Date.prototype, 'toISOString')

const typedArrayPrototype = Object(prototypeOf(Uint8Array.prototype))
/** The getter tells the kind of a typed array from inside, and nothing of a proxy. */
const typeOfBytes = uncurried(
  // The language has this getter.
  descriptorOf(typedArrayPrototype, Symbol.toStringTag) as { get: () => unknown },
  'get',
) as (value: unknown) => unknown

/** Whether a value is bytes: a Uint8Array, a Buffer among them, and no proxy of one. */
export function isBytes(value: unknown): value is Uint8Array {
  return typeOfBytes(value) === 'Uint8Array'
}

const encoder = new TextEncoder()
const encode = uncurried(TextEncoder.prototype, 'encode')
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const decode = uncurried(TextDecoder.prototype, 'decode')

/** UTF-8 of a text. */
export function utf8Of(text: string): Uint8Array {
  return encode(encoder, text)
}

/** The text of UTF-8 bytes; throws a `TypeError` for bytes that are no UTF-8. */
export function textOf(bytes: Uint8Array): string {
  return decode(decoder, bytes)
}
