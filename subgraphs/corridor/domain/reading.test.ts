/** A reading collects every problem and lets nothing through. @module */
import { expect, test } from 'vitest'
import { openReading } from './reading.ts'

const hex = 'ab'.repeat(32)

test('good values come back as they are', () => {
  const reading = openReading('document.')
  expect(reading.object({ a: 1 }, 'o')).toEqual({ a: 1 })
  expect(reading.list([1], 'l', 1)).toEqual([1])
  expect(reading.text('t', 't')).toBe('t')
  expect(reading.count(7, 'n', 0)).toBe(7)
  expect(reading.did('did:web:a.test', 'd')).toBe('did:web:a.test')
  expect(reading.digest(hex, 'h')).toBe(hex)
  expect(reading.digestOrReference({ artifact_type: 'vc', digest_sha256: hex }, 'r')).toBe(hex)
  expect(reading.timestamp('2026-01-01T00:00:00Z', 's').getTime()).toBe(Date.UTC(2026, 0, 1))
  expect(reading.instant('2026-01-01T05:00:00.9+05:00', 'i').getTime()).toBe(Date.UTC(2026, 0, 1))
  reading.constant('c', 'c', 'c')
  reading.closed({ a: 1 }, '', ['a'])
  expect(() => reading.refuse()).not.toThrow()
})

test('a time may lie a minute ahead and no more', () => {
  const reading = openReading()
  const now = new Date('2026-01-01T00:00:00Z')
  expect(reading.past('2026-01-01T00:01:00Z', 'p', now).getTime()).toBe(now.getTime() + 60_000)
  expect(() => reading.refuse()).not.toThrow()
  reading.past('2026-01-01T00:01:01Z', 'p', now)
  expect(() => reading.refuse()).toThrow(expect.objectContaining({ code: 'VALIDATION_ERROR' }))
})

test('bad values are all named, under the root', () => {
  const reading = openReading('document.')
  reading.object([], 'o')
  reading.list({}, 'l', 1)
  reading.list([1, 2], 'l2', 1)
  reading.text('', 't')
  reading.text('xx', 't2', 1)
  for (const value of [-1, 2 ** 31, 1n, '1', null]) reading.count(value, 'n', 0)
  reading.did('nobody', 'd')
  reading.digest({ digest_sha256: hex }, 'h')
  reading.digestOrReference(hex.toUpperCase(), 'r')
  reading.timestamp('2026-01-01T00:00:00.5Z', 's')
  reading.instant('2026-02-30T00:00:00Z', 'i')
  reading.constant('d', 'c', 'c')
  reading.closed({ a: 1, b: 2 }, 'x', ['a'])
  const paths = [
    'o',
    'l',
    'l2',
    't',
    't2',
    'n',
    'n',
    'n',
    'n',
    'n',
    'd',
    'h',
    'r',
    's',
    'i',
    'c',
    'x.b',
  ]
  expect(() => reading.refuse()).toThrow(
    expect.objectContaining({
      details: {
        field: 'document.o',
        problems: paths.map((path) => ({ path: `document.${path}`, reason: expect.any(String) })),
      },
    }),
  )
})
