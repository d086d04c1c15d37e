import { parseDigest } from '@sez/core/digest'
import { describe, expect, test } from 'vitest'
import { act, entity, founder, hmac, law, draft, id, at } from './entity.fixture.ts'
import { newEntity } from './formation.ts'
import type { OfferedEvent } from './lifecycle.ts'
import { move } from './move.ts'
import { isChainValid, sealTransition, type Transition, transitionDigest } from './transition.ts'

/** A history of these events after the drafting. */
function history(events: readonly OfferedEvent[]): readonly Transition[] {
  let { entity: row, transition } = newEntity(draft, { id, jurisdiction: law, by: founder, at })
  const transitions = [transition]
  for (const event of events) {
    const reason = { reason: 'Because', reasonHmac: hmac }
    ;({ entity: row, transition } = move(
      row,
      event,
      act({ expectedVersion: row.version, ...reason }),
    ))
    transitions.push(transition)
  }
  return transitions
}

const whole = history([
  'submit',
  'returnForCorrection',
  'submit',
  'approve',
  'suspend',
  'reinstate',
])
const other = parseDigest('ef'.repeat(32))

test('a history as it was made is valid, whole and in stretches', () => {
  expect(isChainValid(whole, null)).toBe(true)
  for (let cut = 1; cut < whole.length; cut += 1) {
    expect(isChainValid(whole.slice(0, cut), null)).toBe(true)
    expect(isChainValid(whole.slice(cut), whole[cut - 1] ?? null)).toBe(true)
  }
})

describe('a history is not valid', () => {
  const changes: Readonly<Record<string, Partial<Transition>>> = {
    seq: { seq: 9 },
    from: { from: 'ARCHIVED' },
    to: { to: 'ARCHIVED' },
    event: { event: 'REJECT' },
    at: { at: new Date(0) },
    actor: { actor: Object(entity()).id },
    reasonHmac: { reasonHmac: other },
    evidence: { evidence: [other] },
    digest: { digest: other },
    prevDigest: { prevDigest: other },
  }

  test.each(Object.entries(changes))('when %s of any move was changed', (_, change) => {
    for (const index of whole.keys()) {
      const tampered = whole.map((each, at) => (at === index ? { ...each, ...change } : each))
      expect(isChainValid(tampered, null)).toBe(false)
    }
  })

  test('when a move was changed and sealed anew', () => {
    for (const index of whole.keys()) {
      const tampered = whole.map((each, at) =>
        at === index ? sealTransition({ ...each, evidence: [other] }) : each,
      )
      // The last link has no successor to betray it: the entity's own head does.
      const isLast = index === whole.length - 1
      expect(isChainValid(tampered, null)).toBe(isLast)
    }
  })

  test('when a move is missing or two have changed places', () => {
    expect(isChainValid(whole.toSpliced(2, 1), null)).toBe(false)
    expect(isChainValid(whole.toReversed(), null)).toBe(false)
    expect(isChainValid(whole.slice(1), null)).toBe(false)
  })
})

test('the text of a reason can be erased and the chain stays valid', () => {
  const erased = whole.map((each) => ({ ...each, reason: null }))
  expect(isChainValid(erased, null)).toBe(true)
})

test('a digest depends on whole seconds only, as everything hashed does', () => {
  const [first] = whole
  expect(first).toBeDefined()
  if (first === undefined) return
  const sameSecond = new Date('2026-02-01T09:30:00.900Z')
  expect(transitionDigest({ ...first, at: sameSecond })).toBe(first.digest)
})
