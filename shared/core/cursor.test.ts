/** Cursors are opaque, canonical, and bound to zone, stream and place. @module */
import { digestOfBytes } from '@sez/core/digest'
import { SezError } from '@sez/core/errors'
import { zoneId } from '@sez/core/ids'
import { assert, bigInt, boolean, oneof, property, string } from 'fast-check'
import { expect, test } from 'vitest'
import { cursorScope, decodeCursor, encodeCursor } from './cursor.ts'

const here = cursorScope(zoneId('pak-gwadar'), 'corridor/pak-uae')
const place = { position: 7n, hash: digestOfBytes(Buffer.from('entry')), isCovered: false }

function codeOf(decode: () => unknown): unknown {
  try {
    return decode()
  } catch (error) {
    return error instanceof SezError ? error.code : error
  }
}

test('a cursor gives back its place', () => {
  assert(
    property(bigInt(1n, 2n ** 63n - 1n), boolean(), (position, isCovered) => {
      const text = encodeCursor(here, { ...place, position, isCovered })
      expect(text).toMatch(/^[A-Za-z0-9_-]{44}$/u)
      expect(decodeCursor(here, text)).toEqual({
        position,
        hashStart: place.hash.slice(0, 16),
        isCovered,
      })
    }),
  )
})

test('the cursor behind a checkpoint differs from the one behind the entry before it', () => {
  const cursors = [
    encodeCursor(here, place),
    encodeCursor(here, { ...place, isCovered: true }),
    encodeCursor(here, { ...place, partlyCovered: 5n }),
    encodeCursor(here, { ...place, partlyCovered: 6n }),
  ]
  expect(new Set(cursors).size).toBe(4)
  const decoded = cursors.map((each) => decodeCursor(here, each))
  expect(decoded.map((each) => each.position)).toEqual([7n, 7n, 7n, 7n])
  expect(decoded.map((each) => each.isCovered)).toEqual([false, true, false, false])
})

test('CURSOR_INVALID for anything that is not exactly what was handed out', () => {
  const text = encodeCursor(here, place)
  const broken = [
    '',
    'x',
    `${text}=`,
    ` ${text}`,
    text.slice(1),
    `-${text.slice(1)}`,
    text.replace(/.$/u, '+'),
    `${text.slice(0, 43)}\0`,
    encodeCursor(here, { ...place, position: 0n }),
    `${text}AAAAAAAAAAAA`,
    encodeCursor(here, { ...place, partlyCovered: 5n }).slice(0, 44),
  ]
  for (const each of broken) expect(codeOf(() => decodeCursor(here, each))).toBe('CURSOR_INVALID')
})

test('arbitrary text never gives anything but CURSOR_INVALID or CURSOR_FORKED', () => {
  assert(
    property(oneof(string(), string({ minLength: 44, maxLength: 44 })), (text) => {
      expect(['CURSOR_INVALID', 'CURSOR_FORKED']).toContain(codeOf(() => decodeCursor(here, text)))
    }),
  )
})

test('CURSOR_INVALID on another stream of the zone and on the whole log', () => {
  const text = encodeCursor(here, place)
  for (const stream of ['corridor/pak-ksa', null]) {
    const scope = cursorScope(here.zoneId, stream)
    expect(codeOf(() => decodeCursor(scope, text))).toBe('CURSOR_INVALID')
  }
})

test('CURSOR_FORKED in another zone, on the same stream', () => {
  const there = cursorScope(zoneId('uae-difc'), here.stream)
  expect(codeOf(() => decodeCursor(there, encodeCursor(here, place)))).toBe('CURSOR_FORKED')
})
