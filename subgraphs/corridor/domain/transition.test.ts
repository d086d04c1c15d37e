/** An order of the zone authority is followed once, and never after a later one. @module */
import { expect, test } from 'vitest'
import { credential, partyOf, signedText } from '../documents.fixture.ts'
import { acceptAuthorityTransition, checkFresh, readTransition } from './transition.ts'

const authority = partyOf('authority')
const now = new Date('2026-02-02T00:00:00Z')

function orderAt(transitioned_at: string): string {
  const subject = {
    type: 'MSEZCorridorLifecycleTransition',
    corridor_id: 'pak-uae',
    from_state: 'ACTIVE',
    to_state: 'SUSPENDED',
    transitioned_at,
  }
  const type = 'MSEZCorridorLifecycleTransitionCredential'
  return signedText(credential(type, authority.did, subject), [authority])
}

test('the authority’s order is the move it names', () => {
  const transition = readTransition(orderAt('2026-02-01T00:00:00Z'), now)
  const corridor = { state: 'ACTIVE', hostAuthority: authority.did } as const
  expect(acceptAuthorityTransition(corridor, transition, 'SUSPENDED')).toBe('suspend')
})

test('TRANSITION_STALE for an order that was used, or was given before the last one', () => {
  const last = orderAt('2026-02-01T00:00:00Z')
  const check = (at: string, isUsed = false) =>
    checkFresh(readTransition(orderAt(at), now), { isUsed, last })
  expect(() => check('2026-02-01T00:00:00Z')).not.toThrow()
  expect(() => check('2026-02-01T05:00:00+05:00')).not.toThrow()
  const stale = expect.objectContaining({ code: 'TRANSITION_STALE' })
  expect(() => check('2026-01-31T23:59:59Z')).toThrow(stale)
  expect(() => check('2026-02-01T00:00:01Z', true)).toThrow(stale)
  expect(() => checkFresh(readTransition(last, now), { isUsed: false, last: null })).not.toThrow()
})
