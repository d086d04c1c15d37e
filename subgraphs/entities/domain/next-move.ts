/** What may happen to an entity next, and what stands in the way for whoever asks. @module */
import type { Did } from '@sez/core/did'
import type { ErrorCode } from '@sez/core/errors'
import type { Role } from '@sez/core/roles'
import type { EntityRow, LocalFormRow } from '../tables.ts'
import { formationBlockers, isMaker, type Ties } from './formation.ts'
import {
  type EntityMove,
  entityLifecycle,
  entityMoves,
  isOffered,
  type OfferedEvent,
} from './lifecycle.ts'

/** Who may make an event: members of the entity in one of these roles, or officials in one. */
interface Movers {
  readonly who: 'members' | 'officials'
  readonly roles: readonly Role[]
}

const members: Movers = { who: 'members', roles: ['CITIZEN', 'OPERATOR', 'SIGNATORY'] }
const registrars: Movers = { who: 'officials', roles: ['REGISTRAR'] }

/** Who may make each event; the schema says the same and the operations enforce it. */
export const entityMovers: Readonly<Record<OfferedEvent, Movers>> = {
  submit: members,
  withdraw: members,
  returnForCorrection: registrars,
  approve: registrars,
  reject: registrars,
  suspend: { who: 'officials', roles: ['REGISTRAR', 'SYSTEM'] },
  reinstate: registrars,
}

/** Who asks, and what the entity's own rows say. */
export interface Asker extends Ties {
  readonly did: Did | null
  readonly roles: ReadonlySet<Role>
  readonly form: LocalFormRow
}

export interface NextMove {
  readonly event: EntityMove
  readonly blockedBy: readonly ErrorCode[]
}

/** Every move the table allows from here by an operation that exists, in the table's order. */
export function nextMoves(entity: EntityRow, asker: Asker): readonly NextMove[] {
  return entityLifecycle
    .movesFrom(entity.status)
    .map(({ event }) => event)
    .filter(isOffered)
    .map((event) => ({ event: entityMoves[event], blockedBy: blockersOf(entity, event, asker) }))
}

function blockersOf(entity: EntityRow, event: OfferedEvent, asker: Asker): readonly ErrorCode[] {
  const { who, roles } = entityMovers[event]
  const isMover =
    roles.some((role) => asker.roles.has(role)) && (who === 'officials' || asker.isMember)
  const blockers: ErrorCode[] = isMover ? [] : ['FORBIDDEN']
  if (event === 'submit') {
    blockers.push(...formationBlockers(entity, asker).map(({ code }) => code))
  }
  if (event === 'approve' && asker.did !== null && isMaker(entity, asker.did, asker)) {
    blockers.push('MAKER_CANNOT_APPROVE')
  }
  return blockers
}
