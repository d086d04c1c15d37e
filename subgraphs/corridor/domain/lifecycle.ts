/**
 * The corridor's life as a table: six states, nine moves (spec/24-corridor.md §1). It is state
 * machine v2 of the original; TERMINATED is read as DEPRECATED, the v1 names are refused.
 *
 * @module
 */
import { SezError } from '@sez/core/errors'
import { defineLifecycle } from '@sez/core/lifecycle'

/** Every state, in the order of a life. */
export const corridorStates = [
  'DRAFT',
  'PENDING',
  'ACTIVE',
  'HALTED',
  'SUSPENDED',
  'DEPRECATED',
] as const
export type CorridorState = (typeof corridorStates)[number]

/** Every move, as spec/24-corridor.md §1 names them. */
export const corridorMoves = [
  'submit',
  'activate',
  'halt',
  'suspend',
  'resume_from_halt',
  'resume_from_suspension',
  'deprecate',
  'deprecate_from_halt',
  'deprecate_from_suspension',
] as const
export type CorridorMove = (typeof corridorMoves)[number]

/** How final a state is, weakest first (spec/24-corridor.md §1). */
export const finalityLevels = [
  'proposed',
  'receipt_signed',
  'checkpoint_signed',
  'watcher_quorum',
  'l1_anchored',
  'legally_recognized',
] as const
export type FinalityLevel = (typeof finalityLevels)[number]

interface MoveRule {
  readonly from: CorridorState
  readonly event: CorridorMove
  readonly to: CorridorState
  /** Types of credentials of which each must be among the evidence. */
  readonly evidence: readonly string[]
  /** The least finality; for `activate` it means that the agreements are signed. */
  readonly finality: FinalityLevel | null
  /** Whether the zone authority must have signed the transition. */
  readonly isZoneAuthority: boolean
}

const plain = { evidence: [], finality: null, isZoneAuthority: false } as const
const byAuthority = { ...plain, isZoneAuthority: true } as const

const rules: readonly MoveRule[] = [
  {
    ...plain,
    from: 'DRAFT',
    event: 'submit',
    to: 'PENDING',
    evidence: ['MSEZCorridorDefinitionCredential'],
  },
  {
    ...plain,
    from: 'PENDING',
    event: 'activate',
    to: 'ACTIVE',
    evidence: ['MSEZCorridorAgreementCredential'],
    finality: 'receipt_signed',
  },
  {
    ...plain,
    from: 'ACTIVE',
    event: 'halt',
    to: 'HALTED',
    evidence: ['MSEZCorridorForkAlarmCredential'],
  },
  { ...byAuthority, from: 'ACTIVE', event: 'suspend', to: 'SUSPENDED' },
  {
    ...plain,
    from: 'HALTED',
    event: 'resume_from_halt',
    to: 'ACTIVE',
    evidence: ['MSEZCorridorForkResolutionCredential'],
  },
  { ...byAuthority, from: 'SUSPENDED', event: 'resume_from_suspension', to: 'ACTIVE' },
  { ...byAuthority, from: 'ACTIVE', event: 'deprecate', to: 'DEPRECATED' },
  { ...byAuthority, from: 'HALTED', event: 'deprecate_from_halt', to: 'DEPRECATED' },
  { ...byAuthority, from: 'SUSPENDED', event: 'deprecate_from_suspension', to: 'DEPRECATED' },
]

/** The nine moves; `advance(state, event)` refuses every other with `INVALID_TRANSITION`. */
export const lifecycle = defineLifecycle<CorridorState, CorridorMove>({
  initial: 'DRAFT',
  terminal: ['DEPRECATED'],
  moves: rules.map(({ from, event, to }) => ({ from, event, to })),
})

/** The state a signed document names, or null for a name that is none (the v1 names among them). */
export function corridorState(name: string): CorridorState | null {
  if (name === 'TERMINATED') return 'DEPRECATED'
  return corridorStates.find((state) => state === name) ?? null
}

/** What a transition claims, beside the state the corridor is really in. */
export interface TransitionClaim {
  readonly from: CorridorState
  readonly to: CorridorState
  /** Types of the credentials that came as evidence and were verified. */
  readonly evidence: readonly string[]
  /** How final the corridor's present state is known to be; null when nobody says. */
  readonly finality: string | null
}

/**
 * The move that a transition from state to state is, with all of its rule's conditions met.
 *
 * @throws {SezError} `FROM_STATE_MISMATCH` when the corridor has left that state, `INVALID_TRANSITION`
 *   when no move leads there, `FINALITY_TOO_LOW`, else `EVIDENCE_MISSING`.
 */
export function acceptTransition(current: CorridorState, claim: TransitionClaim): CorridorMove {
  if (claim.from !== current) {
    throw new SezError('FROM_STATE_MISMATCH', { state: current, from: claim.from })
  }
  const rule = rules.find(({ from, to }) => from === claim.from && to === claim.to)
  if (rule === undefined) {
    const allowed = rules.filter(({ from }) => from === current).map(({ event }) => event)
    throw new SezError('INVALID_TRANSITION', { from: claim.from, to: claim.to, allowed })
  }
  const rank = finalityLevels.findIndex((level) => level === claim.finality)
  if (rule.finality !== null && rank < finalityLevels.indexOf(rule.finality)) {
    throw new SezError('FINALITY_TOO_LOW', { required: rule.finality, finality: claim.finality })
  }
  const missing = rule.evidence.filter((type) => !claim.evidence.includes(type))
  if (missing.length > 0) throw new SezError('EVIDENCE_MISSING', { missing })
  return rule.event
}

/** Whether the zone authority, and nobody else, signs for this move. */
export function isZoneAuthorityMove(move: CorridorMove): boolean {
  return rules.some(({ event, isZoneAuthority }) => event === move && isZoneAuthority)
}
