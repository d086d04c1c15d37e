import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  addMoney,
  amountMax,
  compareMoney,
  currency,
  decimalsOf,
  divide,
  formatMoney,
  moneyOf,
  parseMoney,
  shareOf,
  subtractMoney,
} from './money.ts'

const pkr = currency('PKR')
const jpy = currency('JPY')
const kwd = currency('KWD')
const amount = fc.bigInt({ min: -amountMax - 1n, max: amountMax })
const code = (name: string): unknown => expect.objectContaining({ code: name })

describe('amounts as text', () => {
  test.each([
    ['1250.5', pkr, 125050n, '1250.50'],
    ['-0.01', pkr, -1n, '-0.01'],
    ['0', pkr, 0n, '0.00'],
    ['1250', jpy, 1250n, '1250'],
    ['1.234', kwd, 1234n, '1.234'],
    ['92233720368547758.07', pkr, amountMax, '92233720368547758.07'],
  ])('%s %s is %s minor units', (text, unit, minor, printed) => {
    expect(parseMoney(text, unit)).toEqual({ amount: minor, currency: unit })
    expect(formatMoney(moneyOf(minor, unit))).toBe(printed)
  })

  test.each([
    '',
    '1.',
    '.5',
    '01',
    '+1',
    '1e3',
    '1,000',
    '1.234',
    ' 1',
    '0x1',
    'NaN',
    '1.0000',
    1.5,
  ])('VALIDATION_ERROR for %j in PKR', (text) => {
    expect(() => parseMoney(text, pkr, 'price')).toThrow(
      expect.objectContaining({
        code: 'VALIDATION_ERROR',
        details: expect.objectContaining({ field: 'price' }),
      }),
    )
  })

  test('AMOUNT_OVERFLOW beyond 64 bits', () => {
    expect(() => parseMoney('92233720368547758.08', pkr)).toThrow(code('AMOUNT_OVERFLOW'))
    expect(() => moneyOf(-amountMax - 2n, pkr)).toThrow(code('AMOUNT_OVERFLOW'))
    expect(() => addMoney(moneyOf(amountMax, pkr), moneyOf(1n, pkr))).toThrow(
      code('AMOUNT_OVERFLOW'),
    )
  })

  test('what is printed is read', () => {
    fc.assert(
      fc.property(amount, fc.constantFrom(pkr, jpy, kwd), (minor, unit) => {
        const money = moneyOf(minor, unit)
        expect(parseMoney(formatMoney(money), unit)).toEqual(money)
      }),
    )
  })
})

describe('currencies', () => {
  test('have the decimals of ISO 4217', () => {
    const codes = ['PKR', 'AED', 'SAR', 'CNY', 'USD', 'JPY', 'KWD', 'BHD', 'OMR', 'CLF']
    expect(codes.map((one) => decimalsOf(currency(one)))).toEqual([2, 2, 2, 2, 2, 0, 3, 3, 3, 4])
  })

  test.each(['pkr', 'XXX', 'ABC', '', null, 'toString', 'PKR '])(
    'VALIDATION_ERROR for %j',
    (text) => {
      expect(() => currency(text)).toThrow(code('VALIDATION_ERROR'))
    },
  )
})

describe('sums', () => {
  test('CURRENCY_MISMATCH when two currencies meet', () => {
    const [left, right] = [moneyOf(1n, pkr), moneyOf(1n, jpy)]
    for (const act of [addMoney, subtractMoney, compareMoney]) {
      expect(() => act(left, right)).toThrow(code('CURRENCY_MISMATCH'))
    }
  })

  test('adding and subtracting undo each other, and comparing agrees', () => {
    const small = fc.bigInt({ min: -(2n ** 60n), max: 2n ** 60n })
    fc.assert(
      fc.property(small, small, (a, b) => {
        const [left, right] = [moneyOf(a, pkr), moneyOf(b, pkr)]
        expect(subtractMoney(addMoney(left, right), right)).toEqual(left)
        expect(Math.sign(compareMoney(left, right))).toBe(a < b ? -1 : a > b ? 1 : 0)
      }),
    )
  })
})

describe('rounding', () => {
  test.each([
    ['floor', [-2n, -2n, 1n, 2n]],
    ['ceiling', [-1n, -1n, 2n, 3n]],
    ['halfUp', [-2n, -2n, 2n, 3n]],
    ['halfEven', [-2n, -2n, 2n, 2n]],
  ] as const)('%s of -7/4, -3/2, 3/2 and 5/2', (rounding, expected) => {
    const quotients = [
      divide(-7n, 4n, rounding),
      divide(-3n, 2n, rounding),
      divide(3n, 2n, rounding),
      divide(5n, 2n, rounding),
    ]
    expect(quotients).toEqual(expected)
  })

  test('is never off by a whole unit, exact where it divides', () => {
    const modes = fc.constantFrom('floor', 'ceiling', 'halfUp', 'halfEven')
    fc.assert(
      fc.property(fc.bigInt(), fc.bigInt({ min: 1n, max: 2n ** 70n }), modes, (a, b, mode) => {
        const off = divide(a, b, mode) * b - a
        expect(off > -b && off < b).toBe(true)
        expect(a % b !== 0n || off === 0n).toBe(true)
        expect(!mode.startsWith('half') || 2n * (off < 0n ? -off : off) <= b).toBe(true)
      }),
    )
  })

  test('a share is taken exactly before it is rounded', () => {
    const share = { numerator: 150_000n, denominator: 1_000_000n, rounding: 'floor' } as const
    expect(shareOf(moneyOf(10_001n, pkr), share).amount).toBe(1500n)
    expect(() => shareOf(moneyOf(1n, pkr), { ...share, denominator: 0n })).toThrow(
      code('VALIDATION_ERROR'),
    )
    expect(() => shareOf(moneyOf(amountMax, pkr), { ...share, numerator: 9_000_000n })).toThrow(
      code('AMOUNT_OVERFLOW'),
    )
  })
})
