/**
 * Times as text: whole UTC seconds in whatever is hashed, milliseconds in columns and API, and the
 * normalisation of RFC 3339 texts (spec/01-canonical-bytes.md §4).
 *
 * @module
 */
import { invalidInput } from './errors.ts'
import type { Branded } from './ids.ts'
import { charCodeAt, isoTextOf, sliceText } from './intrinsics.ts'

/** `YYYY-MM-DDTHH:MM:SSZ`, a real moment of the years 0000 to 9999. */
export type Timestamp = Branded<'Timestamp'>

/**
 * The whole second a date falls into; the rest of the second is dropped.
 *
 * @throws {SezError} `VALIDATION_ERROR` for an invalid date or one outside the years 0000 to 9999.
 */
export function timestamp(date: Date): Timestamp {
  // `instant` has the same form up to the seconds, so the cut text is a timestamp.
  return `${sliceText(instant(date), 0, 19)}Z` as Timestamp
}

/**
 * A date as RFC 3339 UTC text with milliseconds, for columns and API; never for hashed bytes.
 *
 * @throws {SezError} `VALIDATION_ERROR` for an invalid date or one outside the years 0000 to 9999.
 */
export function instant(date: Date): string {
  const text = Number.isFinite(date.getTime()) ? isoTextOf(date) : ''
  if (text.length === 24) return text
  throw invalidInput('must be a date of the years 0000 to 9999')
}

/**
 * Reads a timestamp: exactly `YYYY-MM-DDTHH:MM:SSZ` and a moment that exists, no leap second.
 *
 * @throws {SezError} `VALIDATION_ERROR`.
 */
export function parseTimestamp(text: unknown): Timestamp {
  if (isTimestamp(text)) return text
  throw invalidInput('must be UTC in whole seconds, such as 2026-02-01T00:00:00Z')
}

/** Whether a value is a timestamp's text, as {@link parseTimestamp} reads it. */
export function isTimestamp(text: unknown): text is Timestamp {
  if (typeof text !== 'string' || text.length !== 20) return false
  if (charCodeAt(text, 10) !== upperT || charCodeAt(text, 19) !== upperZ) return false
  const moment = readMoment(text)
  return moment !== null && moment.second < 60
}

/** The moment a timestamp names. */
export function dateOf(timestamp: Timestamp): Date {
  return new Date(timestamp)
}

/**
 * The canonical form of a text: a moment in RFC 3339 becomes UTC in whole seconds, fractions cut
 * off and a leap second kept as `:60`; every other text, and a moment whose UTC year would not be
 * 0000 to 9999, is returned as it is.
 *
 * @see spec/01-canonical-bytes.md §4
 */
export function normalizeTimestampText(text: string): string {
  if (text.length < 20 || charCodeAt(text, 4) !== hyphen || charCodeAt(text, 7) !== hyphen) {
    return text
  }
  const separator = charCodeAt(text, 10)
  if (text.length === 20 && separator === upperT && charCodeAt(text, 19) === upperZ) return text
  if (separator !== upperT && separator !== lowerT && separator !== space) return text
  const moment = readMoment(text)
  if (moment === null) return text
  const offsetMinutes = readZone(text)
  if (offsetMinutes === null) return text
  return printUtc(moment, offsetMinutes) ?? text
}

interface Moment {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly minuteOfDay: number
  readonly second: number
}

const hyphen = 0x2d
const plus = 0x2b
const minusSign = 0x2212
const colon = 0x3a
const dot = 0x2e
const space = 0x20
const upperT = 0x54
const lowerT = 0x74
const upperZ = 0x5a
const lowerZ = 0x7a

/** The first 19 characters as a moment of the calendar, `null` if there is none such. */
function readMoment(text: string): Moment | null {
  if (charCodeAt(text, 4) !== hyphen || charCodeAt(text, 7) !== hyphen) return null
  if (charCodeAt(text, 13) !== colon || charCodeAt(text, 16) !== colon) return null
  const century = twoDigits(text, 0)
  const yearOfCentury = twoDigits(text, 2)
  if (century < 0 || yearOfCentury < 0) return null
  const year = century * 100 + yearOfCentury
  const month = twoDigits(text, 5)
  const day = twoDigits(text, 8)
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return null
  const hour = twoDigits(text, 11)
  const minute = twoDigits(text, 14)
  const second = twoDigits(text, 17)
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return null
  return { year, month, day, minuteOfDay: hour * 60 + minute, second }
}

/** The offset in minutes after the seconds and their fraction, `null` if the text does not end so. */
function readZone(text: string): number | null {
  let at = 19
  if (charCodeAt(text, at) === dot) {
    at += 1
    if (digit(text, at) < 0) return null
    while (digit(text, at) >= 0) at += 1
  }
  const sign = charCodeAt(text, at)
  if (sign === upperZ || sign === lowerZ) return text.length === at + 1 ? 0 : null
  if (sign !== plus && sign !== hyphen && sign !== minusSign) return null
  if (text.length !== at + 6 || charCodeAt(text, at + 3) !== colon) return null
  const hour = twoDigits(text, at + 1)
  const minute = twoDigits(text, at + 4)
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return null
  return (sign === plus ? 1 : -1) * (hour * 60 + minute)
}

/** The moment in UTC; `null` when its year there has no four digits. */
function printUtc(moment: Moment, offsetMinutes: number): string | null {
  const shifted = moment.minuteOfDay - offsetMinutes
  const dayShift = Math.floor(shifted / 1440)
  const date = shiftDay(moment.year, moment.month, moment.day, dayShift)
  if (date === null) return null
  const minuteOfDay = shifted - dayShift * 1440
  const hour = Math.floor(minuteOfDay / 60)
  const time = `${pad(hour)}:${pad(minuteOfDay - hour * 60)}:${pad(moment.second)}`
  return `${date}T${time}Z`
}

/** A calendar date moved by at most one day. */
function shiftDay(year: number, month: number, day: number, by: number): string | null {
  const wanted = day + by
  if (wanted < 1) {
    if (month > 1) return printDate(year, month - 1, daysInMonth(year, month - 1))
    return printDate(year - 1, 12, 31)
  }
  if (wanted <= daysInMonth(year, month)) return printDate(year, month, wanted)
  return month < 12 ? printDate(year, month + 1, 1) : printDate(year + 1, 1, 1)
}

function printDate(year: number, month: number, day: number): string | null {
  if (year < 0 || year > 9999) return null
  return `${pad(Math.floor(year / 100))}${pad(year % 100)}-${pad(month)}-${pad(day)}`
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** A decimal digit's value, −1 for anything else and beyond the end. */
function digit(text: string, at: number): number {
  const value = charCodeAt(text, at) - 0x30
  return value >= 0 && value <= 9 ? value : -1
}

function twoDigits(text: string, at: number): number {
  const tens = digit(text, at)
  const ones = digit(text, at + 1)
  return tens < 0 || ones < 0 ? -1 : tens * 10 + ones
}

function pad(value: number): string {
  return value < 10 ? `0${value}` : `${value}`
}
