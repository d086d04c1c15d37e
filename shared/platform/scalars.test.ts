/** Scalars take one form and give one form. @module */
import { SezError } from '@sez/core/errors'
import * as fc from 'fast-check'
import { Kind, parseValue as parseLiteralText } from 'graphql'
import { describe, expect, it } from 'vitest'
import { boundedScalars, scalarReason, type ScalarRule, scalarRules, scalarsOf } from './scalars.ts'

type Name = keyof typeof scalarRules
const rule = (name: Name): ScalarRule => scalarRules[name]

/** The parsed value, or the code of the refusal. */
function parsed(name: Name, value: unknown): unknown {
  try {
    return rule(name).parseValue(value)
  } catch (error) {
    return error instanceof SezError ? error.code : error
  }
}

const digest = 'a1'.repeat(32)
const uuid = '01890a5d-ac96-774b-bcce-b302099a8057'

describe('a value', () => {
  it.each<[Name, unknown, unknown]>([
    ['BigInt', '9223372036854775807', 9223372036854775807n],
    ['BigInt', '-1', -1n],
    ['BigInt', 0, 0n],
    ['BigInt', 5n, 5n],
    ['CountryCode', 'PK', 'PK'],
    ['Currency', 'PKR', 'PKR'],
    ['Date', '2024-02-29', '2024-02-29'],
    ['DateTime', '2026-03-01T09:30:00Z', new Date('2026-03-01T09:30:00.000Z')],
    ['DateTime', '2026-03-01t09:30:00.1239z', new Date('2026-03-01T09:30:00.123Z')],
    ['DateTime', '2026-03-01T09:30:00.5+05:00', new Date('2026-03-01T04:30:00.500Z')],
    ['DateTime', '2026-03-01T00:10:00-23:59', new Date('2026-03-02T00:09:00.000Z')],
    ['Decimal', '-0.0000000001', '-0.0000000001'],
    ['Decimal', '100000', '100000'],
    ['Did', 'did:web:example.com', 'did:web:example.com'],
    ['Digest', digest, digest],
    ['Json', { a: [1, null, 'x'] }, { a: [1, null, 'x'] }],
    ['SignedDocument', '{"a":1.0}', '{"a":1.0}'],
    ['SignedDocument', 'x'.repeat(262_144), 'x'.repeat(262_144)],
    ['Uuid', uuid.toUpperCase(), uuid],
  ])('of %s is taken (%#)', (name, value, expected) => {
    expect(parsed(name, value)).toEqual(expected)
  })
})

describe('VALIDATION_ERROR', () => {
  it.each<[Name, readonly unknown[]]>([
    [
      'BigInt',
      ['9223372036854775808', '', '01', '-0', '+1', '1.0', '1e3', ' 1', 1.5, 2 ** 53, true],
    ],
    ['CountryCode', ['pk', 'PAK', '', 7]],
    ['Currency', ['pkr', 'PK', 'PKR ', null]],
    [
      'Date',
      ['2023-02-29', '2024-06-31', '2024-13-01', '24-01-01', '0000-01-01', '2024-01-01T00:00Z'],
    ],
    [
      'DateTime',
      [
        '2026-03-01T09:30:00',
        '2026-03-01 09:30:00Z',
        '2026-03-01T24:00:00Z',
        '2026-02-30T00:00:00Z',
        '2026-03-01T09:30:60Z',
        '2026-03-01T09:30:00+24:00',
        '0001-01-01T00:00:00+00:01',
        '9999-12-31T23:59:59-00:01',
        '2026-03-01T09:30:00.Z',
        '2026-03-01T09:30:00.0123456789Z',
        '2026-03-01',
        1_700_000_000_000,
        new Date(0),
      ],
    ],
    ['Decimal', ['.5', '1.', '1,0', '1e2', '0.12345678901', '--1', 1, '१', '1'.repeat(65)]],
    ['Did', ['did:', 'did:Key:x', 'x', '', `did:web:${'a'.repeat(1_000)}`]],
    ['Digest', [digest.toUpperCase(), digest.slice(1), `${digest}0`, `0x${digest.slice(2)}`, 7]],
    ['Json', ['a\0', { 'a\0': 1 }, 'x'.repeat(65_536), Number.POSITIVE_INFINITY, nested(40)]],
    ['SignedDocument', ['x'.repeat(262_145), 'é'.repeat(131_073), 'a\0', {}, null]],
    ['Uuid', ['01890a5d', `${uuid}0`, uuid.replaceAll('-', ''), 1]],
  ])('for what is no %s', (name, values) => {
    for (const value of values) {
      expect({ value, parsed: parsed(name, value) }).toEqual({ value, parsed: 'VALIDATION_ERROR' })
    }
  })
})

describe('an answer', () => {
  it.each<[Name, unknown, unknown]>([
    ['BigInt', 2n ** 62n, '4611686018427387904'],
    ['BigInt', 7, '7'],
    ['DateTime', new Date(1_700_000_000_001), '2023-11-14T22:13:20.001Z'],
    ['DateTime', '2023-11-14T22:13:20Z', '2023-11-14T22:13:20.000Z'],
    ['Date', '2024-02-29', '2024-02-29'],
    ['Digest', digest, digest],
    ['Json', { a: 1 }, { a: 1 }],
  ])('of %s has one form (%#)', (name, value, expected) => {
    expect(rule(name).serialize(value)).toEqual(expected)
  })

  it.each<[Name, unknown]>([
    ['BigInt', 1.5],
    ['BigInt', '7'],
    ['DateTime', new Date(Number.NaN)],
    ['DateTime', 5],
    ['Digest', 5],
  ])('of %s that is none fails here (%#)', (name, value) => {
    expect(() => rule(name).serialize(value)).toThrow(/holds/u)
  })
})

describe('a literal', () => {
  it.each<[Name, string, unknown]>([
    ['BigInt', '9007199254740993', 9007199254740993n],
    ['BigInt', '"9007199254740993"', 9007199254740993n],
    ['Digest', `"${digest}"`, digest],
    ['Json', '{ a: [1, "x", true, null] }', { a: [1, 'x', true, null] }],
  ])('of %s keeps every digit: %s', (name, text, expected) => {
    expect(rule(name).parseLiteral(parseLiteralText(text))).toEqual(expected)
  })

  it.each<[Name, string]>([
    ['BigInt', '1.0'],
    ['Digest', 'abc'],
    ['DateTime', '5'],
  ])('VALIDATION_ERROR for a %s written %s', (name, text) => {
    expect(() => rule(name).parseLiteral(parseLiteralText(text))).toThrow(/breaks a rule/u)
    expect(parseLiteralText(text).kind).not.toBe(Kind.STRING)
  })
})

describe('the registry', () => {
  it('gives rules for the scalars an SDL declares and no others', () => {
    expect(Object.keys(scalarsOf(['Digest', 'Colour', 'toString']))).toEqual(['Digest'])
  })

  it('leaves only ID, String and unknown scalars to the argument walker', () => {
    expect(boundedScalars.has('String')).toBe(false)
    expect(boundedScalars.has('ID')).toBe(false)
    expect([...Object.keys(scalarRules), 'Int'].every((name) => boundedScalars.has(name))).toBe(
      true,
    )
  })

  it('says why it refused, in one sentence', () => {
    expect(scalarReason(refusal(() => rule('Currency').parseValue('x')))).toMatch(/ISO 4217/u)
    expect(scalarReason(new Error('x'))).toBeNull()
  })
})

it('every instant survives the round trip', () => {
  const dates = fc.date({
    min: new Date('0001-01-01T00:00:00Z'),
    max: new Date('9999-12-31T23:59:59.999Z'),
    noInvalidDate: true,
  })
  fc.assert(
    fc.property(dates, (date) => {
      const text = rule('DateTime').serialize(date)
      expect(rule('DateTime').parseValue(text)).toEqual(date)
    }),
  )
})

function nested(depth: number): unknown {
  return depth === 0 ? 1 : [nested(depth - 1)]
}

function refusal(act: () => unknown): unknown {
  try {
    return act()
  } catch (error) {
    return error
  }
}
