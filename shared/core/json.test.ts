import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { SezError } from './errors.ts'
import {
  isJsonObject,
  type JsonBuilder,
  jsonDepthMax,
  parseJson,
  readJson,
  refuse,
} from './json.ts'
import { notCanonical, pathText } from './json-path.ts'

function notCanonicalBecause(reason: string): unknown {
  const details = expect.objectContaining({ reason: expect.stringContaining(reason) })
  return expect.objectContaining({ code: 'NOT_CANONICAL', details })
}

describe('parseJson', () => {
  test('integers keep every digit', () => {
    expect(parseJson('[0,-0,9007199254740991,9007199254740992,-9223372036854775808]')).toEqual([
      0,
      0,
      9007199254740991,
      9007199254740992n,
      -9223372036854775808n,
    ])
    expect(Object.is(parseJson('-0'), 0)).toBe(true)
  })

  test.each([
    ['1.0', 'a number not an integer'],
    ['1e2', 'a number not an integer'],
    ['-1E0', 'a number not an integer'],
    ['18446744073709551616', 'an integer outside'],
    ['-9223372036854775809', 'an integer outside'],
    ['9'.repeat(100_000), 'an integer outside'],
    ['{"a":1,"\\u0061":2}', 'duplicate key'],
    ['{"a":{"__proto__":1,"__proto__":2}}', 'duplicate key'],
    ['"\\ud800"', 'lone surrogate'],
    ['{"\\udfff":1}', 'lone surrogate'],
    ['"\ud800"', 'lone surrogate'],
    ['"\t"', 'not valid JSON'],
    ['"\\x"', 'bad escape'],
    [`${'['.repeat(129)}${']'.repeat(129)}`, 'nested deeper than 128'],
  ])('NOT_CANONICAL for %.40s', (text, reason) => {
    expect(() => parseJson(text)).toThrow(notCanonicalBecause(reason))
  })

  test('limits are in UTF-8 bytes and in levels', () => {
    expect(parseJson('"é"', { bytesMax: 4 })).toBe('é')
    expect(() => parseJson('"é"', { bytesMax: 3 })).toThrow(notCanonicalBecause('longer than 3'))
    expect(parseJson('[[1]]', { depthMax: 2 })).toEqual([[1]])
    expect(() => parseJson('[[1]]', { depthMax: 1 })).toThrow(notCanonicalBecause('deeper than 1'))
    const deep = `${'['.repeat(jsonDepthMax + 1)}${']'.repeat(jsonDepthMax + 1)}`
    expect(() => parseJson(deep, { depthMax: 1000 })).toThrow(
      notCanonicalBecause('deeper than 128'),
    )
  })

  test('objects have no prototype, so every key is data', () => {
    const object = parseJson('{"__proto__":{"a":1},"constructor":2}')
    expect(isJsonObject(object) && Object.keys(object)).toEqual(['__proto__', 'constructor'])
    expect(isJsonObject(object) && object['toString']).toBeUndefined()
    expect(Object.getPrototypeOf(object)).toBeNull()
  })

  test('reads what JSON.parse reads, wherever it reads at all', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        // Beyond 2^53 JSON.parse no longer gives the integer that the text says.
        fc.pre(!/\d{16}/.test(text))
        let value: unknown
        let code = 'read'
        try {
          value = parseJson(text)
        } catch (error) {
          code = (error as SezError).code
        }
        expect(['read', 'NOT_CANONICAL']).toContain(code)
        fc.pre(code === 'read')
        expect(value).toEqual(JSON.parse(text.replaceAll(/(?<=[[,:\s])-0(?=[\],}\s])/g, '0')))
      }),
      { numRuns: 500 },
    )
  })

  test('isJsonObject tells objects from lists and scalars', () => {
    expect([{}, [], null, 'x', 1, undefined].map(isJsonObject)).toEqual([
      true,
      false,
      false,
      false,
      false,
      false,
    ])
  })
})

describe('readJson', () => {
  test('a builder sees every part once, in the order of the text, and may refuse', () => {
    const seen: string[] = []
    const builder: JsonBuilder<string> = {
      literal: (value) => `${value}`,
      integer: (token) => token,
      string: (value, cursor) => `${value}|${cursor.plainToken}`,
      array: (items) => `[${items.join()}]`,
      object({ keys, plainTokens, values }, cursor) {
        seen.push(...keys)
        if (keys.includes('bad')) refuse(cursor, 'a bad key')
        return `${plainTokens.join()}=${values.join()}`
      },
    }
    expect(readJson('{"a":[1,true],"\\u0062":"x"}', builder, 128)).toBe('"a",=[1,true],x|"x"')
    expect(seen).toEqual(['a', 'b'])
    expect(() => readJson('[{"bad":null}]', builder, 128)).toThrow(notCanonicalBecause('a bad key'))
  })
})

describe('paths', () => {
  test('keys are quoted where they must be and cut where they are long', () => {
    expect(pathText([])).toBe('$')
    expect(pathText(['a', 0, 'b_1', 'c d', '\ud800'])).toBe('$.a[0].b_1["c d"]["\\ud800"]')
    expect(pathText(['x'.repeat(100)]).length).toBeLessThan(80)
    expect(notCanonical(['a'], 'why').details).toEqual({ path: '$.a', reason: 'why' })
  })
})
