/**
 * The life of an entity as one table: every state, every move, who waits where
 * (spec/11-lifecycles.md §2). Moves without an operation in this subgraph yet are in the table all
 * the same: it is the law that later operations stand on.
 *
 * @module
 */
import { defineLifecycle } from '@sez/core/lifecycle'

/** Every state, in the order of a life. */
export const entityStatuses = [
  'DRAFT',
  'APPLIED',
  'ACTIVE',
  'SUSPENDED',
  'DISSOLVING',
  'REDOMICILING',
  'DISSOLVED',
  'STRUCK_OFF',
  'REJECTED',
  'WITHDRAWN',
  'ARCHIVED',
] as const
export type EntityStatus = (typeof entityStatuses)[number]

/** Every event that moves an entity, by the names the vectors use. */
export const entityEvents = [
  'submit',
  'withdraw',
  'returnForCorrection',
  'approve',
  'reject',
  'suspend',
  'reinstate',
  'initiateDissolution',
  'cancelDissolution',
  'completeDissolution',
  'strikeOff',
  'restore',
  'beginRedomiciliation',
  'completeRedomiciliation',
  'abortRedomiciliation',
  'archive',
] as const
export type EntityEvent = (typeof entityEvents)[number]

/**
 * The transition table; `advance` refuses every pair it does not hold with `INVALID_TRANSITION`.
 */
export const entityLifecycle = defineLifecycle<EntityStatus, EntityEvent>({
  initial: 'DRAFT',
  terminal: ['ARCHIVED'],
  moves: [
    { from: 'DRAFT', event: 'submit', to: 'APPLIED' },
    { from: 'DRAFT', event: 'withdraw', to: 'WITHDRAWN' },
    { from: 'APPLIED', event: 'withdraw', to: 'WITHDRAWN' },
    { from: 'APPLIED', event: 'returnForCorrection', to: 'DRAFT' },
    { from: 'APPLIED', event: 'approve', to: 'ACTIVE' },
    { from: 'APPLIED', event: 'reject', to: 'REJECTED' },
    { from: 'ACTIVE', event: 'suspend', to: 'SUSPENDED' },
    { from: 'ACTIVE', event: 'initiateDissolution', to: 'DISSOLVING' },
    { from: 'ACTIVE', event: 'strikeOff', to: 'STRUCK_OFF' },
    { from: 'ACTIVE', event: 'beginRedomiciliation', to: 'REDOMICILING' },
    { from: 'SUSPENDED', event: 'reinstate', to: 'ACTIVE' },
    { from: 'SUSPENDED', event: 'strikeOff', to: 'STRUCK_OFF' },
    { from: 'DISSOLVING', event: 'cancelDissolution', to: 'ACTIVE' },
    { from: 'DISSOLVING', event: 'completeDissolution', to: 'DISSOLVED' },
    { from: 'REDOMICILING', event: 'completeRedomiciliation', to: 'ACTIVE' },
    { from: 'REDOMICILING', event: 'abortRedomiciliation', to: 'ACTIVE' },
    { from: 'STRUCK_OFF', event: 'restore', to: 'ACTIVE' },
    { from: 'STRUCK_OFF', event: 'archive', to: 'ARCHIVED' },
    { from: 'DISSOLVED', event: 'archive', to: 'ARCHIVED' },
    { from: 'REJECTED', event: 'archive', to: 'ARCHIVED' },
    { from: 'WITHDRAWN', event: 'archive', to: 'ARCHIVED' },
  ],
})

/** The events that an operation of this subgraph makes, and their names in the API. */
export const entityMoves = {
  submit: 'SUBMIT',
  withdraw: 'WITHDRAW',
  returnForCorrection: 'RETURN_FOR_CORRECTION',
  approve: 'APPROVE',
  reject: 'REJECT',
  suspend: 'SUSPEND',
  reinstate: 'REINSTATE',
} as const satisfies Partial<Record<EntityEvent, string>>
export type OfferedEvent = keyof typeof entityMoves
export type EntityMove = (typeof entityMoves)[OfferedEvent]

/** Whether an operation of this subgraph makes this event. */
export function isOffered(event: EntityEvent): event is OfferedEvent {
  return Object.hasOwn(entityMoves, event)
}

/** The status in the five words a citizen knows. */
export const entityPhases = ['FORMATION', 'ACTIVE', 'SUSPENDED', 'DISSOLVED', 'ARCHIVED'] as const
export type EntityPhase = (typeof entityPhases)[number]

const phases: Readonly<Record<EntityStatus, EntityPhase>> = {
  DRAFT: 'FORMATION',
  APPLIED: 'FORMATION',
  ACTIVE: 'ACTIVE',
  SUSPENDED: 'SUSPENDED',
  DISSOLVING: 'ACTIVE',
  REDOMICILING: 'ACTIVE',
  DISSOLVED: 'DISSOLVED',
  STRUCK_OFF: 'DISSOLVED',
  REJECTED: 'DISSOLVED',
  WITHDRAWN: 'DISSOLVED',
  ARCHIVED: 'ARCHIVED',
}

/** The phase a status belongs to. */
export function phaseOf(status: EntityStatus): EntityPhase {
  return phases[status]
}

/**
 * The states in which an entity keeps its name from others. A draft does not, so that nobody
 * hoards names; a struck-off entity does, because it may be restored under its name.
 */
export const nameHoldingStatuses = [
  'APPLIED',
  'ACTIVE',
  'SUSPENDED',
  'DISSOLVING',
  'REDOMICILING',
  'STRUCK_OFF',
] as const satisfies readonly EntityStatus[]
