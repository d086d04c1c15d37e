import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  dateOf,
  instant,
  isTimestamp,
  normalizeTimestampText,
  parseTimestamp,
  timestamp,
} from './timestamp.ts'

const validationError = expect.objectContaining({ code: 'VALIDATION_ERROR' })
const anyDate = fc.date({
  min: new Date('0000-01-01T00:00:00Z'),
  max: new Date('9999-12-31T23:59:59.999Z'),
  noInvalidDate: true,
})

describe('timestamps', () => {
  test('a date is cut to its second, before 1970 too', () => {
    expect(timestamp(new Date('2026-01-15T12:00:00.999Z'))).toBe('2026-01-15T12:00:00Z')
    expect(timestamp(new Date(-1))).toBe('1969-12-31T23:59:59Z')
    expect(instant(new Date(5))).toBe('1970-01-01T00:00:00.005Z')
  })

  test.each([new Date(Number.NaN), new Date(Date.UTC(10_000, 0)), new Date(-1e14)])(
    'VALIDATION_ERROR for a date without four-digit year',
    (date) => {
      expect(() => timestamp(date)).toThrow(validationError)
      expect(() => instant(date)).toThrow(validationError)
    },
  )

  test.each([
    '2026-02-30T00:00:00Z',
    '2026-01-15T24:00:00Z',
    '2016-12-31T23:59:60Z',
    '2026-01-15t12:00:00Z',
    '2026-01-15T12:00:00z',
    '2026-01-15 12:00:00Z',
    '2026-01-15T12:00:00Z\n',
    '2026-01-15T12:00:00.0Z',
    '2026-01-15T12:00:00+00:00',
    '2026-1-15T12:00:00Z',
    '2026-01-15T12-00:00Z',
    '20260-1-15T12:00:00Z',
    '',
    null,
    5,
  ])('VALIDATION_ERROR for %j', (text) => {
    expect(() => parseTimestamp(text)).toThrow(validationError)
    expect(isTimestamp(text)).toBe(false)
  })

  test('what is printed is read, and names the same second', () => {
    fc.assert(
      fc.property(anyDate, (date) => {
        const text = parseTimestamp(timestamp(date))
        expect(Math.floor(date.getTime() / 1000) * 1000).toBe(dateOf(text).getTime())
        expect(normalizeTimestampText(instant(date))).toBe(text)
      }),
    )
  })
})

describe('normalisation', () => {
  test.each([
    ['2026-01-15T12:00:00.5Z', '2026-01-15T12:00:00Z'],
    ['2026-01-15T12:00:00.999999999999Z', '2026-01-15T12:00:00Z'],
    ['2026-01-15t17:00:00+05:00', '2026-01-15T12:00:00Z'],
    ['2026-01-15 12:00:00z', '2026-01-15T12:00:00Z'],
    ['2026-01-15T12:00:00\u221205:00', '2026-01-15T17:00:00Z'],
    ['2024-02-29T23:00:00-02:00', '2024-03-01T01:00:00Z'],
    ['2024-03-01T01:00:00+02:00', '2024-02-29T23:00:00Z'],
    ['2100-03-01T01:00:00+02:00', '2100-02-28T23:00:00Z'],
    ['2026-12-31T23:59:59-23:59', '2027-01-01T23:58:59Z'],
    ['2026-01-01T00:00:00+23:59', '2025-12-31T00:01:00Z'],
    ['2017-01-01T05:29:60+05:30', '2016-12-31T23:59:60Z'],
    ['2016-12-31T23:59:60.7Z', '2016-12-31T23:59:60Z'],
    ['0000-02-29T00:00:00+00:00', '0000-02-29T00:00:00Z'],
  ])('%s becomes %s', (text, expected) => {
    expect(normalizeTimestampText(text)).toBe(expected)
    expect(normalizeTimestampText(expected)).toBe(expected)
  })

  test.each([
    '2026-01-15T12:00:00',
    '2026-01-15T12:00:00,5Z',
    '2026-01-15T12:00:00.Z',
    '2026-01-15T12:00:00+0000',
    '2026-01-15T12:00:00+24:00',
    '2026-01-15T12:00:00+05:60',
    '2026-01-15T12:00:00+5:00',
    '2026-01-15T12:00:00+05:000',
    '2026-01-15T12:00:00.5',
    '2026-01-15T12:00:00.5 Z',
    ' 2026-01-15T12:00:00.5Z',
    '2026-01-15T12:00:00.5Z ',
    '2026-01-15T12:00:00.5Z\n',
    '2026-01-15T12:60:00.5Z',
    '2026-01-15T12:00:61.5Z',
    '2026-00-15T12:00:00.5Z',
    '2026-01-00T12:00:00.5Z',
    '2026-04-31T12:00:00.5Z',
    '2023-02-29T12:00:00.5Z',
    '1900-02-29T12:00:00.5Z',
    '2026-01-15T12.00:00.5Z',
    '2026-01-15_12:00:00.5Z',
    '2026-01-15T12:00:00.٥Z',
    '0000-01-01T00:00:00+00:01',
    '9999-12-31T23:59:59-00:01',
  ])('%s stays as it is', (text) => {
    expect(normalizeTimestampText(text)).toBe(text)
  })

  test('an offset moves the moment as the calendar does', () => {
    const offset = fc.integer({ min: -1439, max: 1439 })
    const inside = fc.date({
      min: new Date('0001-01-01T00:00:00Z'),
      max: new Date('9998-12-31T00:00:00Z'),
      noInvalidDate: true,
    })
    fc.assert(
      fc.property(inside, offset, (date, minutes) => {
        const local = instant(new Date(date.getTime() + minutes * 60_000)).slice(0, 23)
        const size = Math.abs(minutes)
        const two = (value: number): string => String(value).padStart(2, '0')
        const zone = `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`
        expect(normalizeTimestampText(`${local}${zone}`)).toBe(timestamp(date))
      }),
      { numRuns: 500 },
    )
  })
})
