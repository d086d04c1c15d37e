/** A message out of NATS is believed only when it holds together and follows the one before. @module */
import { canonicalize, canonicalText } from '@sez/core/canonical'
import { cursorScope } from '@sez/core/cursor'
import { chainHash, type Digest, digest, hexToBytes } from '@sez/core/digest'
import { SezError } from '@sez/core/errors'
import { zoneId } from '@sez/core/ids'
import { expect, test } from 'vitest'
import { type CarriedEntry, origin, placeBehind, readEntry, requireNext } from './carrier-entry.ts'

const zone = zoneId('pk-rsez')
const scope = cursorScope(zone, null)
const start = origin(zone)

interface Made {
  readonly position: string
  readonly eventId: string
  readonly digest: Digest
  readonly hash: Digest
  readonly document: string
}

function make(position: number, previous: string, facts: object = {}): Made {
  const bytes = canonicalize({
    event: 'sez.event.v1',
    eventId: `evt_${position}`,
    zoneId: zone,
    stream: 'entity/a',
    streamSeq: position,
    streamPrev: null,
    ...facts,
  })
  const hash = chainHash('sez-log-v1', hexToBytes(previous), hexToBytes(digest(bytes)))
  const document = canonicalText(bytes)
  return {
    position: String(position),
    eventId: `evt_${position}`,
    digest: digest(bytes),
    hash,
    document,
  }
}

const first = make(1, start.hash ?? '')
const read = (row: object, sequence = 1): CarriedEntry =>
  readEntry(scope, sequence, JSON.stringify(row))

function whatBroke(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    if (error instanceof SezError && error.code === 'EVENT_CHAIN_BROKEN')
      return error.details['what']
    throw error
  }
  return null
}

test('an entry that holds together is read', () => {
  expect(read(first)).toMatchObject({ ...first, stream: 'entity/a', streamSequence: 1 })
  expect(whatBroke(() => requireNext(start, read(first), null))).toBeNull()
})

test('EVENT_CHAIN_BROKEN names what a message gets wrong', () => {
  const cases: readonly (readonly [row: object | string, what: string])[] = [
    ['no JSON', 'the message is no entry'],
    [[first], 'the message is no entry'],
    [{ ...first, hash: 'x' }, 'the message is no entry'],
    [{ ...first, position: '2' }, 'the message is at another place'],
    [{ ...first, document: `${first.document} ` }, 'the text is not canonical'],
    [{ ...first, document: '{}' }, 'the digest is not that of the text'],
    [{ ...first, eventId: 'evt_2' }, 'the event id is not that of the text'],
    [make(1, first.hash, { zoneId: 'other' }), 'the entry is of another zone'],
    [make(1, first.hash, { stream: 7 }), 'the text is no event'],
  ]
  for (const [row, what] of cases) {
    const text = typeof row === 'string' ? row : JSON.stringify(row)
    expect(whatBroke(() => readEntry(scope, 1, text))).toBe(what)
  }
})

test('EVENT_CHAIN_BROKEN when the whole log has a gap, a repetition or another hash', () => {
  const behind = placeBehind(read(first), null)
  const second = read(make(2, first.hash), 2)
  expect(whatBroke(() => requireNext(behind, second, null))).toBeNull()
  expect(whatBroke(() => requireNext(start, second, null))).toContain('missing or came twice')
  expect(whatBroke(() => requireNext(behind, read(first), null))).toContain('came twice')
  const forged = read(make(2, second.hash), 2)
  expect(whatBroke(() => requireNext(behind, forged, null))).toContain('does not continue')
})

test('EVENT_CHAIN_BROKEN when one stream has a gap or another predecessor', () => {
  const stream = 'entity/a'
  const behind = placeBehind(read(first), stream)
  const entry = (facts: object) => read(make(9, first.hash, { streamSeq: 2, ...facts }), 9)
  const next = (facts: object) => whatBroke(() => requireNext(behind, entry(facts), stream))
  expect(next({ streamPrev: first.digest })).toBeNull()
  expect(next({ streamPrev: first.digest, streamSeq: 3 })).toContain('missing or came twice')
  expect(next({ streamPrev: first.hash })).toBe('the event names another predecessor')
  expect(next({ stream: 'entity/b' })).toBe('the entry is of another stream')
})
