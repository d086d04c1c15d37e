import { describe, expect, test } from 'vitest'
import {
  charCodeAt,
  descriptorOf,
  isArray,
  isFiniteNumber,
  isoTextOf,
  isSafeInteger,
  isWellFormed,
  ownNames,
  ownSymbols,
  prototypeOf,
  quote,
  sliceText,
  sortInPlace,
  textOf,
  unquote,
  utf8Of,
} from './intrinsics.ts'

describe('what is taken of the language', () => {
  test('texts are measured, cut and quoted as RFC 8785 asks', () => {
    expect(charCodeAt('ab', 1)).toBe(98)
    expect(charCodeAt('ab', 2)).toBeNaN()
    expect(sliceText('abc', 1)).toBe('bc')
    expect([isWellFormed('\u{1f600}'), isWellFormed('\ud83d')]).toEqual([true, false])
    expect(quote('"\\/\u0001\u2028')).toBe('"\\"\\\\/\\u0001\u2028"')
    expect(unquote('"\\u0041"')).toBe('A')
    expect(textOf(utf8Of('é\ufeff'))).toBe('é\ufeff')
    expect(textOf(utf8Of('\ufeffx'))).toBe('\ufeffx')
    expect(() => textOf(Uint8Array.of(0xff))).toThrow(TypeError)
  })

  test('values are told apart without running their code', () => {
    const value = Object.defineProperty({ b: 1 }, 'a', { get: () => expect.unreachable() })
    expect(ownNames(value)).toEqual(['b', 'a'])
    expect(ownSymbols({ [Symbol.iterator]: 1 })).toEqual([Symbol.iterator])
    expect(descriptorOf(value, 'a')).toMatchObject({ get: expect.any(Function) })
    expect(prototypeOf([])).toBe(Array.prototype)
    expect([isArray([]), isArray({})]).toEqual([true, false])
    expect([isSafeInteger(2 ** 53), isFiniteNumber(2 ** 53)]).toEqual([false, true])
    expect(isoTextOf(new Date(0))).toBe('1970-01-01T00:00:00.000Z')
    expect(sortInPlace(['b', 'a'])).toEqual(['a', 'b'])
  })
})
