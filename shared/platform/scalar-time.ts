/**
 * RFC 3339 text to instants and calendar dates, without the leniency of the built-in parser.
 *
 * @module
 */
import { invalidInput } from '@sez/core/errors'

const instantPattern =
  /^(\d{4}-\d{2}-\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/u
const datePattern = /^(\d{4})-(\d{2})-(\d{2})$/u
const dateMessage = 'must be a calendar date, YYYY-MM-DD'
const instantMessage = 'must be an RFC 3339 time with a zone, such as 2026-03-01T09:30:00Z'

/**
 * The instant an RFC 3339 text names. A zone is required, leap seconds are refused, and what is
 * finer than a millisecond is cut off.
 *
 * @throws {SezError} `VALIDATION_ERROR`.
 */
export function instantOf(text: string): Date {
  const [, date, hour, minute, second, fraction = '', sign, offsetHour = '0', offsetMinute = '0'] =
    instantPattern.exec(text) ?? []
  if (date === undefined || !isCalendarDate(date)) throw invalidInput(instantMessage)
  const fields = [Number(hour), Number(minute), Number(second)] as const
  if (fields[0] > 23 || fields[1] > 59 || fields[2] > 59) throw invalidInput(instantMessage)
  if (Number(offsetHour) > 23 || Number(offsetMinute) > 59) throw invalidInput(instantMessage)
  const milliseconds = fraction.slice(0, 3).padEnd(3, '0')
  const local = Date.parse(`${date}T${hour}:${minute}:${second}.${milliseconds}Z`)
  const offsetMs = (Number(offsetHour) * 60 + Number(offsetMinute)) * 60_000
  const instant = new Date(sign === '-' ? local + offsetMs : local - offsetMs)
  // A zone may carry the first and last hours of the range out of four-digit years.
  const year = instant.getUTCFullYear()
  if (year < 1 || year > 9999) throw invalidInput(instantMessage)
  return instant
}

/**
 * A calendar date, unchanged.
 *
 * @throws {SezError} `VALIDATION_ERROR`.
 */
export function dateText(text: string): string {
  if (!isCalendarDate(text)) throw invalidInput(dateMessage)
  return text
}

function isCalendarDate(text: string): boolean {
  const [, year, month, day] = datePattern.exec(text) ?? []
  if (year === undefined || year === '0000') return false
  const parsed = new Date(Date.parse(`${text}T00:00:00Z`))
  // The built-in parser lets 31 June roll over into July.
  return parsed.getUTCMonth() + 1 === Number(month) && parsed.getUTCDate() === Number(day)
}
