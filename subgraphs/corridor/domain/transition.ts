/** The signed transition by which the zone authority moves a corridor (spec/24-corridor.md §5). @module */
import type { Did } from '@sez/core/did'
import { SezError } from '@sez/core/errors'
import { type CorridorId, corridorId } from '@sez/core/ids'
import { parseJson } from '@sez/core/json'
import { type Credential, readCredential, signersOf } from './credential.ts'
import {
  acceptTransition,
  type CorridorMove,
  type CorridorState,
  corridorState,
} from './lifecycle.ts'
import { openReading } from './reading.ts'

export interface Transition {
  readonly credential: Credential
  readonly corridorId: CorridorId
  readonly from: CorridorState
  readonly to: CorridorState
  readonly transitionedAt: Date
}

const subjectFields = [
  'type',
  'transition_id',
  'corridor_id',
  'from_state',
  'to_state',
  'transitioned_at',
  'reason',
  'policy_ref',
  'evidence',
  'meta',
]

/**
 * A transition, its signatures verified and not yet judged.
 *
 * @throws {SezError} `NOT_CANONICAL`, else `VALIDATION_ERROR`.
 */
export function readTransition(text: string, now: Date): Transition {
  const root = 'transition.'
  const type = 'MSEZCorridorLifecycleTransitionCredential'
  const credential = readCredential(text, type, { now, root })
  const reading = openReading(`${root}credentialSubject.`)
  const { subject } = credential
  reading.closed(subject, '', subjectFields)
  reading.constant(subject['type'], 'type', 'MSEZCorridorLifecycleTransition')
  const name = reading.text(subject['corridor_id'], 'corridor_id')
  const [from = null, to = null] = ['from_state', 'to_state'].map((field) => {
    const state = corridorState(reading.text(subject[field], field))
    if (state === null) reading.fail(field, 'must be a state of spec/24-corridor.md §1')
    return state
  })
  const transitionedAt = reading.past(subject['transitioned_at'], 'transitioned_at', now)
  reading.refuse()
  return {
    credential,
    corridorId: corridorId(name),
    from: from ?? 'DRAFT',
    to: to ?? 'DRAFT',
    transitionedAt,
  }
}

/** What a corridor has followed already. */
export interface Followed {
  /** Whether it has followed this very transition. */
  readonly isUsed: boolean
  /** The text of the last one; null before the first. */
  readonly last: string | null
}

/**
 * Refuses an order that was carried out before, or was given before the one the corridor last
 * followed: who finds an old signature must not be able to move the corridor by it. The authority's
 * own times are compared, so no two clocks have to agree.
 *
 * @throws {SezError} `TRANSITION_STALE`.
 */
export function checkFresh(
  transition: Pick<Transition, 'transitionedAt'>,
  { isUsed, last }: Followed,
): void {
  const reason = isUsed
    ? 'it was used before'
    : last !== null && transition.transitionedAt.getTime() < decidedAt(last).getTime()
      ? 'it was decided before the last transition'
      : null
  if (reason !== null) throw new SezError('TRANSITION_STALE', { reason })
}

function decidedAt(text: string): Date {
  const document = parseJson(text)
  const reading = openReading()
  const { credentialSubject } = reading.object(document, '')
  const subject = reading.object(credentialSubject, 'credentialSubject')
  const decided = reading.instant(subject['transitioned_at'], 'transitioned_at')
  reading.refuse()
  return decided
}

/**
 * Accepts a transition by the zone authority: the move it is.
 *
 * @param expected The state the caller's mutation leads to.
 * @throws {SezError} `SIGNATURE_INVALID`, `SIGNER_NOT_ALLOWED`, `TRANSITION_MISMATCH` when the document
 *   leads elsewhere than the mutation, `FROM_STATE_MISMATCH`, else `INVALID_TRANSITION`.
 */
export function acceptAuthorityTransition(
  corridor: { readonly state: CorridorState; readonly hostAuthority: Did | null },
  transition: Transition,
  expected: CorridorState,
): CorridorMove {
  const { credential, from, to } = transition
  signersOf(credential, corridor.hostAuthority === null ? [] : [corridor.hostAuthority])
  if (to !== expected) throw new SezError('TRANSITION_MISMATCH', { to, expected })
  return acceptTransition(corridor.state, { from, to, evidence: [], finality: null })
}
