import * as fc from 'fast-check'
import { canonicalize as foreignCanonicalize } from 'json-canonicalize'
import { describe, expect, test } from 'vitest'
import {
  canonicalize,
  canonicalizeJson,
  canonicalizeWithout,
  canonicalLengthMax,
  canonicalText,
  jcs,
} from './canonical.ts'
import type { SezError } from './errors.ts'
import { jsonDepthMax, parseJson } from './json.ts'
import { normalizeTimestampText } from './timestamp.ts'

function textOf(value: unknown): string {
  return canonicalText(canonicalize(value))
}

/** What `act` throws, `null` when it does not. */
function errorOf(act: () => unknown): SezError | null {
  try {
    act()
    return null
  } catch (error) {
    return error as SezError
  }
}

function refusal(act: () => unknown): { path: unknown; reason: unknown } {
  const { code, details } = errorOf(act) ?? {}
  expect(code).toBe('NOT_CANONICAL')
  return { path: details?.['path'], reason: details?.['reason'] }
}

function argumentsObject(): object {
  // The one plain-looking object with a symbol inside that programs meet.
  return (function () {
    return arguments
  })()
}

describe('what is refused', () => {
  class Point {
    x = 1
  }
  const hole: number[] = [1]
  hole[2] = 3
  const named = Object.assign([1], { extra: 2 })
  const hidden = Object.defineProperty({ a: 1 }, 'b', { value: 2, enumerable: false })
  const cases: readonly (readonly [name: string, value: unknown])[] = [
    ['a fraction', 1.5],
    ['an unsafe integer', 2 ** 53],
    ['a negative unsafe integer', -(2 ** 53)],
    ['NaN', Number.NaN],
    ['an infinity', Number.NEGATIVE_INFINITY],
    ['a bigint of 2^64', 2n ** 64n],
    ['a bigint below -2^63', -(2n ** 63n) - 1n],
    ['undefined', undefined],
    ['an undefined member', { a: undefined }],
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['a symbol key', { [Symbol('x')]: 1 }],
    ['a Map', new Map()],
    ['a Set', new Set()],
    ['bytes', new Uint8Array(1)],
    ['a class instance', new Point()],
    ['an Error', new TypeError('x')],
    ['a RegExp', /x/],
    ['a boxed number', Object(1)],
    ['a boxed string', Object('x')],
    ['an array of a class', new (class extends Array {})()],
    ['an array with a hole', hole],
    ['a sparse array', Array.from({ length: 3 }).fill(0, 1)],
    ['a vast sparse array', Object.assign([], { length: 2 ** 32 - 1 })],
    ['an array with properties', named],
    ['a hidden property', hidden],
    ['an arguments object', argumentsObject()],
    ['an invalid date', new Date(Number.NaN)],
    ['a date of the year 10000', new Date(Date.UTC(10_000, 0))],
    ['a date before the year 0', new Date(-1e14)],
    ['a date in name only', Object.create(Date.prototype)],
    ['a date with properties', Object.assign(new Date(0), { a: 1 })],
    ['a lone high surrogate', '\ud800'],
    ['a lone low surrogate', 'x\udc00'],
    ['a reversed pair', '\udc00\ud800'],
    ['a lone surrogate in a key', { '\ud83d': 1 }],
    ['a promise', Promise.resolve(1)],
    ['a weak map', new WeakMap()],
  ]
  test.each(cases)('NOT_CANONICAL for %s', (_, value) => {
    expect(refusal(() => canonicalize({ deep: [value] })).path).toMatch(/^\$\.deep\[0\]/)
  })

  test('the place and the reason are named', () => {
    expect(refusal(() => canonicalize({ a: [{ 'b c': 1 }, { d: 1.5 }] }))).toEqual({
      path: '$.a[1].d',
      reason: 'a number that is no safe integer',
    })
    expect(refusal(() => canonicalizeJson('{"a":[1,2.5]}'))).toEqual({
      path: '$.a[1]',
      reason: 'a number not an integer at character 8',
    })
  })

  test('a getter is refused and never run', () => {
    let runs = 0
    const value = {
      get a() {
        runs += 1
        return runs
      },
    }
    expect(refusal(() => canonicalize(value)).reason).toBe('a getter')
    const list = Object.defineProperty([0], '0', { get: () => (runs += 1), enumerable: true })
    expect(refusal(() => canonicalize(list)).reason).toBe('a getter')
    expect(runs).toBe(0)
  })

  test('a proxy that throws is refused, its error kept as the cause', () => {
    const value = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new RangeError('mine')
        },
      },
    )
    expect(() => canonicalize(value)).toThrow(
      expect.objectContaining({ code: 'NOT_CANONICAL', cause: expect.any(RangeError) }),
    )
  })

  test('cycles are refused by name', () => {
    const value: Record<string, unknown> = {}
    value['self'] = { value }
    expect(refusal(() => canonicalize(value)).reason).toBe('a cycle')
    const list: unknown[] = []
    list.push(list)
    expect(refusal(() => jcs(list)).reason).toBe('a cycle')
  })

  test('what is shared without a cycle is written each time', () => {
    const shared = { x: 1 }
    expect(textOf({ a: shared, ab: shared })).toBe('{"a":{"x":1},"ab":{"x":1}}')
  })

  test('a value that shares itself into a vast text is refused in time', () => {
    let value: unknown = 'x'.repeat(1000)
    for (let level = 0; level < 60; level += 1) value = [value, value]
    const limit = `longer than ${canonicalLengthMax} characters`
    expect(refusal(() => canonicalize(value)).reason).toBe(limit)
  })

  test('nesting of 128 passes and 129 is refused, for values and texts of any depth', () => {
    const nested = (depth: number): unknown => {
      let value: unknown = []
      for (let level = 1; level < depth; level += 1)
        value = level % 2 === 0 ? [value] : { a: value }
      return value
    }
    const nestedText = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)
    expect(textOf(nested(jsonDepthMax)).length).toBeGreaterThan(jsonDepthMax)
    expect(canonicalText(canonicalizeJson(nestedText(128)))).toBe(nestedText(128))
    const reason = 'nested deeper than 128'
    for (const depth of [129, 1000, 100_000]) {
      expect(refusal(() => canonicalize(nested(depth))).reason).toBe(reason)
      expect(refusal(() => jcs(nested(depth))).reason).toBe(reason)
      expect(refusal(() => canonicalizeJson(nestedText(depth))).reason).toContain(reason)
      expect(refusal(() => canonicalizeJson('{"a":'.repeat(depth))).reason).toContain(reason)
    }
  })

  test.each(['', ' ', '{', '[1', '"', '"\\', '"\\u12', '{"a"}', '{"a":1,}', '[1,]', '[,]', '{,}'])(
    'NOT_CANONICAL for the broken text %s',
    (text) => {
      expect(refusal(() => canonicalizeJson(text)).reason).toContain('not valid JSON')
    },
  )

  test.each([
    '1 2',
    'nul',
    'truefalse',
    '-',
    '-a',
    '01',
    '-01',
    '+1',
    '.5',
    '1.',
    '\ufeff1',
    '\u00a01',
  ])('NOT_CANONICAL for the broken text %s', (text) => {
    expect(refusal(() => canonicalizeJson(text)).path).toBe('$')
  })

  test('NOT_CANONICAL for what is no text', () => {
    // A caller without types may hand over anything.
    expect(refusal(() => canonicalizeJson(1 as unknown as string)).reason).toBe('not a text')
  })
})

describe('what is written', () => {
  test('keys stand in UTF-16 order, integer-like and special ones too', () => {
    const value = Object.fromEntries(
      ['\ue000', '\u{10000}', '10', '9', 'é', 'e', ''].map((k) => [k, 1]),
    )
    expect(textOf(value)).toBe('{"":1,"10":1,"9":1,"e":1,"é":1,"\u{10000}":1,"\ue000":1}')
    const special = JSON.parse('{"toJSON":1,"__proto__":{"b":1,"a":2},"constructor":3}')
    expect(textOf(special)).toBe('{"__proto__":{"a":2,"b":1},"constructor":3,"toJSON":1}')
  })

  test('many keys are sorted like few', () => {
    const keys = Array.from({ length: 500 }, (_, index) => `k${(index * 7919) % 500}`)
    const value = Object.fromEntries(keys.map((key) => [key, 0]))
    const expected = `{${[...keys]
      .sort()
      .map((key) => `"${key}":0`)
      .join()}}`
    expect(textOf(value)).toBe(expected)
    expect(canonicalText(canonicalizeJson(JSON.stringify(value)))).toBe(expected)
  })

  test('the stated coercions, and only they, give one form to two values', () => {
    expect(textOf(-0)).toBe('0')
    expect(textOf(5n)).toBe(textOf(5))
    expect(textOf(2n ** 64n - 1n)).toBe('18446744073709551615')
    expect(textOf(-(2n ** 63n))).toBe('-9223372036854775808')
    expect(textOf(new Date(-1))).toBe('"1969-12-31T23:59:59Z"')
    expect(textOf(new Date('2026-01-15T12:00:00.999Z'))).toBe(textOf('2026-01-15T13:00:00+01:00'))
    expect(textOf(Object.assign(Object.create(null), { a: 1 }))).toBe(textOf({ a: 1 }))
  })

  test('the last of equal keys wins in a text, and the API edge refuses them', () => {
    const text = '{"b":0,"a":{"x":1},"\\u0061":2,"a":3}'
    expect(canonicalText(canonicalizeJson(text))).toBe('{"a":3,"b":0}')
    expect(refusal(() => canonicalizeJson(text, { duplicateKeys: 'reject' })).reason).toContain(
      'duplicate key',
    )
    const fine = '{"b":1,"a":2,"c":3}'
    expect(canonicalizeJson(fine, { duplicateKeys: 'reject' })).toEqual(canonicalizeJson(fine))
  })

  test('members are left out without being looked at', () => {
    const value = Object.defineProperty({ b: 1, a: { proof: 2 } }, 'proof', {
      get: () => expect.unreachable(),
      enumerable: true,
    })
    expect(canonicalText(canonicalizeWithout(value, ['proof', 'none']))).toBe(
      '{"a":{"proof":2},"b":1}',
    )
    for (const other of [[], new Map(), new Date(0)]) {
      refusal(() => canonicalizeWithout(other, []))
    }
  })

  test('foreign documents keep fractions and texts, and lose nothing silently', () => {
    expect(canonicalText(jcs([1e21, 0.1, -0, 1e-7, '2026-01-15T12:00:00.5Z']))).toBe(
      '[1e+21,0.1,0,1e-7,"2026-01-15T12:00:00.5Z"]',
    )
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 1n, new Date(0), undefined]) {
      refusal(() => jcs(value))
    }
  })
})

describe('patched prototypes', () => {
  const methods: readonly (readonly [owner: object, names: readonly PropertyKey[]])[] = [
    ...[Object, Array, String, Number, BigInt, Date, Boolean].map(
      ({ prototype }) => [prototype, ['toJSON', 'toString', 'valueOf']] as const,
    ),
    [Array.prototype, ['sort', 'map', 'join', 'push', 'forEach', 'slice', 'includes']],
    [Array.prototype, ['keys', 'entries', Symbol.iterator]],
    [String.prototype, ['charCodeAt', 'slice', 'isWellFormed', 'replace', 'padStart']],
    [String.prototype, [Symbol.iterator]],
    [Date.prototype, ['toISOString', 'getTime']],
    [RegExp.prototype, ['exec', 'test']],
    [JSON, ['stringify', 'parse']],
    [Object, ['keys', 'getOwnPropertyNames', 'getOwnPropertyDescriptor', 'getPrototypeOf']],
    [Reflect, ['ownKeys', 'getPrototypeOf']],
    [Number, ['isSafeInteger', 'isFinite']],
    [TextEncoder.prototype, ['encode', 'encodeInto']],
    [Uint8Array.prototype, ['slice', 'set']],
  ]
  const patches = methods.flatMap(([owner, names]) => names.map((name) => ({ owner, name })))

  /** Puts a lie in place of each method while `act` runs; nothing patched is used around it. */
  function underLies<T>(act: () => T): T {
    const { defineProperty, getOwnPropertyDescriptor } = Object
    const { deleteProperty } = Reflect
    const before: (PropertyDescriptor | undefined)[] = []
    const value = (): string => '"lie"'
    for (let at = 0; at < patches.length; at += 1) {
      const patch = patches[at] ?? { owner: {}, name: '' }
      before[at] = getOwnPropertyDescriptor(patch.owner, patch.name)
      defineProperty(patch.owner, patch.name, { value, configurable: true, writable: true })
    }
    try {
      return act()
    } finally {
      for (let at = patches.length - 1; at >= 0; at -= 1) {
        const patch = patches[at] ?? { owner: {}, name: '' }
        const descriptor = before[at]
        if (descriptor === undefined) deleteProperty(patch.owner, patch.name)
        else defineProperty(patch.owner, patch.name, descriptor)
      }
    }
  }

  test('no patch changes a byte', () => {
    const text = '{"z":["2026-01-15T12:00:00.5Z","\\u0001",-1],"a":{"c":12345678901234567890}}'
    const value = {
      z: ['2026-01-15T12:00:00.5Z', '\u0001', -1, new Date(0)],
      a: { c: 5n, b: null },
    }
    const large = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`k${99 - at}`, at]))
    const act = (): unknown => ({
      text: canonicalizeJson(text),
      value: canonicalize(value),
      large: canonicalize(large),
      less: canonicalizeWithout(value, ['a']),
      foreign: jcs({ b: [1.5], a: 'x' }),
    })
    expect(underLies(act)).toEqual(act())
  })
})

/** Values of the canonical form: what JSON can hold, with keys that hurt. */
const key = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.constantFrom('__proto__', 'constructor', 'toJSON', '1', '10', '2', '\ue000', '\u{1f600}'),
)
const leaf = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.maxSafeInteger(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc
    .date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })
    .map((d) => d.toISOString()),
)
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie('tree'), { maxLength: 4 }),
    fc
      .uniqueArray(fc.tuple(key, tie('tree')), { maxLength: 5, selector: ([name]) => name })
      .map((members) => Object.fromEntries(members)),
  ),
}))

/** A value with the stated coercions done, as a text that tells all other values apart. */
function meaning(value: unknown): string {
  if (typeof value === 'string') return `s${JSON.stringify(normalizeTimestampText(value))}`
  if (typeof value === 'number' || typeof value === 'bigint') return `n${BigInt(value)}`
  if (Array.isArray(value)) return `[${value.map(meaning).join()}]`
  if (typeof value !== 'object' || value === null) return String(value)
  const members = Object.entries(value).map(
    ([name, one]) => `${JSON.stringify(name)}:${meaning(one)}`,
  )
  return `{${members.sort().join()}}`
}

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([name, one]) => [name, reversed(one)]),
  )
}

describe('properties', () => {
  test('canonicalizing the canonical text changes nothing', () => {
    fc.assert(
      fc.property(tree, (value) => {
        const bytes = canonicalize(value)
        expect(canonicalizeJson(canonicalText(bytes))).toEqual(bytes)
        expect(canonicalize(parseJson(canonicalText(bytes)))).toEqual(bytes)
      }),
      { numRuns: 500 },
    )
  })

  test('the order of members does not matter', () => {
    fc.assert(
      fc.property(tree, (value) => {
        expect(canonicalize(reversed(value))).toEqual(canonicalize(value))
      }),
      { numRuns: 300 },
    )
  })

  test('two values have one form exactly when they mean the same', () => {
    fc.assert(
      fc.property(tree, tree, (left, right) => {
        expect(textOf(left) === textOf(right)).toBe(meaning(left) === meaning(right))
      }),
      { numRuns: 500 },
    )
  })

  test('one changed leaf changes the bytes', () => {
    fc.assert(
      fc.property(tree, leaf, leaf, (value, before, after) => {
        fc.pre(meaning(before) !== meaning(after))
        expect(textOf([value, { x: before }])).not.toBe(textOf([value, { x: after }]))
      }),
    )
  })

  test('a text and the value it says have the same form', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        // Beyond 2^53 JSON.parse no longer gives the integer that the text says.
        fc.pre(!/\d{16}/.test(text))
        const value: unknown = JSON.parse(text)
        const error = errorOf(() => canonicalizeJson(text))
        expect([undefined, 'NOT_CANONICAL']).toContain(error?.code)
        fc.pre(error === null)
        expect(canonicalize(value)).toEqual(canonicalizeJson(text))
      }),
      { numRuns: 500 },
    )
  })

  test('foreign documents come out as json-canonicalize writes them', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        fc.pre(!JSON.stringify(value).includes('\\ud') && !JSON.stringify(value).includes('toJSON'))
        expect(canonicalText(jcs(value))).toBe(foreignCanonicalize(value))
      }),
      { numRuns: 500 },
    )
  })

  test('hostile text is refused with a code and never otherwise', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.json(), fc.nat(), (noise, json, at) => {
        for (const text of [noise, json.slice(0, at % (json.length + 1)) + noise]) {
          const error = errorOf(() => canonicalizeJson(text))
          expect([undefined, 'NOT_CANONICAL']).toContain(error?.code)
        }
      }),
      { numRuns: 500 },
    )
  })
})
