/** Amounts of money: whole minor units of one currency, never a fraction of a number. @module */
import { invalidInput, SezError } from './errors.ts'
import type { Branded } from './ids.ts'

/** An ISO 4217 code in use, such as `PKR`. */
export type Currency = Branded<'Currency'>

/** An amount in minor units (paisa, fils, cents) and its currency. */
export interface Money {
  readonly amount: bigint
  readonly currency: Currency
}

/** How a fraction of a minor unit becomes whole; each call that divides names one. */
export type Rounding = 'floor' | 'ceiling' | 'halfUp' | 'halfEven'

/** Amounts stay within 64 bits with sign, as the columns do. */
export const amountMax = 2n ** 63n - 1n

/** ISO 4217 codes by the number of decimals of their minor unit. */
const codesByDecimals = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF',
  2:
    'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD ' +
    'CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS ' +
    'GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD ' +
    'LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB ' +
    'PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP ' +
    'SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG',
  3: 'BHD IQD JOD KWD LYD OMR TND',
  4: 'CLF UYW',
} as const

const decimalsByCode: ReadonlyMap<string, number> = new Map(
  Object.entries(codesByDecimals).flatMap(([decimals, codes]) =>
    codes.split(' ').map((code): [string, number] => [code, Number(decimals)]),
  ),
)

/**
 * Reads a currency: an upper-case ISO 4217 code of a currency in use.
 *
 * @throws {SezError} `VALIDATION_ERROR`.
 */
export function currency(text: unknown, field?: string): Currency {
  if (typeof text === 'string' && decimalsByCode.has(text)) return text as Currency
  throw invalidInput('must be an ISO 4217 currency in use, such as PKR', field)
}

/** How many decimals a currency's minor unit has: 2 for PKR, 0 for JPY, 3 for KWD. */
export function decimalsOf(currency: Currency): number {
  return decimalsByCode.get(currency) ?? 2
}

const decimalForm = /^(-?)(0|[1-9][0-9]{0,18})(?:\.([0-9]{1,18}))?$/

/**
 * Reads an amount from decimal text, such as `1250.5`. Decimals beyond the minor unit are refused
 * even when they are zero, because whoever writes them means another unit.
 *
 * @throws {SezError} `VALIDATION_ERROR`, else `AMOUNT_OVERFLOW`.
 */
export function parseMoney(text: unknown, currency: Currency, field = 'amount'): Money {
  const match = typeof text === 'string' ? decimalForm.exec(text) : null
  if (match === null) throw invalidInput('must be a decimal number, such as 1250.50', field)
  const [, sign = '', whole = '', fraction = ''] = match
  const decimals = decimalsOf(currency)
  if (fraction.length > decimals) {
    throw invalidInput(`must have at most ${decimals} decimals in ${currency}`, field)
  }
  const magnitude = BigInt(whole + fraction.padEnd(decimals, '0'))
  return moneyOf(sign === '-' ? -magnitude : magnitude, currency)
}

/**
 * An amount of whole minor units.
 *
 * @throws {SezError} `AMOUNT_OVERFLOW` beyond 64 bits.
 */
export function moneyOf(amount: bigint, currency: Currency): Money {
  if (amount > amountMax || amount < -amountMax - 1n) throw new SezError('AMOUNT_OVERFLOW')
  return { amount, currency }
}

/** An amount as decimal text with all decimals of its minor unit, such as `1250.50`. */
export function formatMoney(money: Money): string {
  const decimals = decimalsOf(money.currency)
  const sign = money.amount < 0n ? '-' : ''
  const digits = (money.amount < 0n ? -money.amount : money.amount)
    .toString()
    .padStart(decimals + 1, '0')
  const point = digits.length - decimals
  const fraction = digits.slice(point)
  return `${sign}${digits.slice(0, point)}${fraction === '' ? '' : `.${fraction}`}`
}

/**
 * The sum of two amounts.
 *
 * @throws {SezError} `CURRENCY_MISMATCH`, else `AMOUNT_OVERFLOW`.
 */
export function addMoney(left: Money, right: Money): Money {
  requireSameCurrency(left, right)
  return moneyOf(left.amount + right.amount, left.currency)
}

/**
 * The first amount less the second; negative when the second is larger.
 *
 * @throws {SezError} `CURRENCY_MISMATCH`, else `AMOUNT_OVERFLOW`.
 */
export function subtractMoney(left: Money, right: Money): Money {
  requireSameCurrency(left, right)
  return moneyOf(left.amount - right.amount, left.currency)
}

/**
 * Which of two amounts is larger: negative, 0 or positive, as a sort asks.
 *
 * @throws {SezError} `CURRENCY_MISMATCH`.
 */
export function compareMoney(left: Money, right: Money): number {
  requireSameCurrency(left, right)
  return left.amount < right.amount ? -1 : Number(left.amount > right.amount)
}

/**
 * A share of an amount, `numerator / denominator` of it, rounded as named.
 *
 * @throws {SezError} `VALIDATION_ERROR` for a denominator not above zero, else `AMOUNT_OVERFLOW`.
 */
export function shareOf(
  money: Money,
  share: { readonly numerator: bigint; readonly denominator: bigint; readonly rounding: Rounding },
): Money {
  const { numerator, denominator, rounding } = share
  return moneyOf(divide(money.amount * numerator, denominator, rounding), money.currency)
}

/**
 * An exact quotient made whole.
 *
 * @throws {SezError} `VALIDATION_ERROR` for a divisor not above zero.
 */
export function divide(dividend: bigint, divisor: bigint, rounding: Rounding): bigint {
  if (divisor <= 0n) throw invalidInput('must be above zero', 'divisor')
  const truncated = dividend / divisor
  const floor = dividend < 0n && truncated * divisor !== dividend ? truncated - 1n : truncated
  const twice = 2n * (dividend - floor * divisor)
  if (twice === 0n) return floor
  switch (rounding) {
    case 'floor':
      return floor
    case 'ceiling':
      return floor + 1n
    case 'halfUp':
      // Half goes away from zero, as bookkeepers do.
      return twice > divisor || (twice === divisor && dividend > 0n) ? floor + 1n : floor
    case 'halfEven':
      return twice > divisor || (twice === divisor && floor % 2n !== 0n) ? floor + 1n : floor
  }
}

function requireSameCurrency(left: Money, right: Money): void {
  if (left.currency === right.currency) return
  throw new SezError('CURRENCY_MISMATCH', { left: left.currency, right: right.currency })
}
