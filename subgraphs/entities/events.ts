/**
 * What this subgraph tells the world, in the stream `entity/<id>` (spec/23-entities.md §6): ids,
 * enums, digests and, once an entity is on the register, what the register shows. Never a name of
 * a person, a reason's text or a draft's contents.
 *
 * @module
 */
import type { Did } from '@sez/core/did'
import type { Digest } from '@sez/core/digest'
import type { EntityId, JurisdictionId, OfficerId } from '@sez/core/ids'
import { dateOf } from '@sez/core/timestamp'
import type { Context } from '@sez/platform/context'
import type { Tx } from '@sez/platform/db'
import { type LogReference, publish } from '@sez/platform/outbox'
import { type LogEntry, parseEvent } from '@sez/platform/zone-log'
import type { EntityType } from './domain/draft.ts'
import type { EntityMove, EntityStatus } from './domain/lifecycle.ts'
import type { Moved } from './domain/move.ts'
import type { OfficerRole } from './domain/officer.ts'
import type { EntityRow, MemberRow, OfficerRow } from './tables.ts'

/** The types of events that tell a move, by the move. */
export const moveEventTypes = {
  SUBMIT: 'entity.submitted',
  WITHDRAW: 'entity.withdrawn',
  RETURN_FOR_CORRECTION: 'entity.returned',
  APPROVE: 'entity.activated',
  REJECT: 'entity.rejected',
  SUSPEND: 'entity.suspended',
  REINSTATE: 'entity.reinstated',
} as const satisfies Record<EntityMove, keyof typeof eventTypes>
export const entityDrafted = 'entity.drafted'

const moveBody =
  'entityId, jurisdictionId, version, seq, from, to, move, transition (digest of the move), ' +
  'register {registrationNumber, legalName, entityType, localForm} or null before registration'
const officerBody = 'entityId, version, officerId, role'

/** Every event of this subgraph: what happened, and what its `data` holds. */
export const eventTypes = {
  'entity.drafted': { about: 'A draft was made.', data: moveBody },
  'entity.draft-updated': { about: 'A draft was changed.', data: 'entityId, version, fields' },
  'entity.submitted': { about: 'A draft was submitted for registration.', data: moveBody },
  'entity.withdrawn': { about: 'The application was withdrawn.', data: moveBody },
  'entity.returned': { about: 'The application was returned for correction.', data: moveBody },
  'entity.activated': { about: 'The entity was registered.', data: moveBody },
  'entity.rejected': { about: 'The application was rejected.', data: moveBody },
  'entity.suspended': { about: 'The entity was suspended.', data: moveBody },
  'entity.reinstated': { about: 'A suspension was lifted.', data: moveBody },
  'entity.member-added': { about: 'A DID became a member.', data: 'entityId, member' },
  'entity.member-removed': { about: 'A DID is no longer a member.', data: 'entityId, member' },
  'entity.officer-appointed': { about: 'An officer was appointed.', data: officerBody },
  'entity.officer-resigned': { about: 'An officer resigned.', data: officerBody },
} as const

/** The body of every event that tells a move, the drafting included. */
export type EntityMoved = {
  readonly entityId: EntityId
  readonly jurisdictionId: JurisdictionId
  readonly version: number
  /** Place in the status history, from 1. */
  readonly seq: number
  readonly from: EntityStatus | null
  readonly to: EntityStatus
  readonly move: EntityMove | null
  /** Digest of the move in the status history. */
  readonly transition: Digest
  /** What the public register shows; null before registration. */
  readonly register: {
    readonly registrationNumber: string
    readonly legalName: string
    readonly entityType: EntityType
    readonly localForm: string
  } | null
}

/** The body of `entity.draft-updated`: which fields changed, not what they hold. */
export type DraftUpdated = {
  readonly entityId: EntityId
  readonly version: number
  readonly fields: string[]
}

/** The body of `entity.member-added` and `entity.member-removed`. */
export type MembershipChanged = { readonly entityId: EntityId; readonly member: Did }

/** The body of `entity.officer-appointed` and `entity.officer-resigned`. */
export type OfficerChanged = {
  readonly entityId: EntityId
  readonly version: number
  readonly officerId: OfficerId
  readonly role: OfficerRole
}

/** The stream that tells everything about one entity. */
export function entityStream(id: EntityId): string {
  return `entity/${id}`
}

export function entityMoved(tx: Tx, ctx: Context, moved: Moved): Promise<LogReference> {
  const { entity, transition } = moved
  const { event } = transition
  const { registrationNumber, legalName, entityType } = entity
  const data: EntityMoved = {
    entityId: entity.id,
    jurisdictionId: entity.jurisdictionId,
    version: entity.version,
    seq: transition.seq,
    from: transition.from,
    to: transition.to,
    move: event,
    transition: transition.digest,
    register:
      registrationNumber === null
        ? null
        : { registrationNumber, legalName, entityType, localForm: entity.localFormCode },
  }
  return tell(tx, ctx, entity.id, event === null ? entityDrafted : moveEventTypes[event], data)
}

export function draftUpdated(
  tx: Tx,
  ctx: Context,
  entity: EntityRow,
  fields: readonly string[],
): Promise<LogReference> {
  const data: DraftUpdated = { entityId: entity.id, version: entity.version, fields: [...fields] }
  return tell(tx, ctx, entity.id, 'entity.draft-updated', data)
}

export function memberAdded(tx: Tx, ctx: Context, member: MemberRow): Promise<LogReference> {
  return tell(tx, ctx, member.entityId, 'entity.member-added', membershipOf(member))
}

export function memberRemoved(tx: Tx, ctx: Context, member: MemberRow): Promise<LogReference> {
  return tell(tx, ctx, member.entityId, 'entity.member-removed', membershipOf(member))
}

export function officerAppointed(
  tx: Tx,
  ctx: Context,
  entity: EntityRow,
  officer: OfficerRow,
): Promise<LogReference> {
  return tell(tx, ctx, entity.id, 'entity.officer-appointed', officerOf(entity, officer))
}

export function officerResigned(
  tx: Tx,
  ctx: Context,
  entity: EntityRow,
  officer: OfficerRow,
): Promise<LogReference> {
  return tell(tx, ctx, entity.id, 'entity.officer-resigned', officerOf(entity, officer))
}

function membershipOf({ entityId, did }: MemberRow): MembershipChanged {
  return { entityId, member: did }
}

function officerOf({ version }: EntityRow, { entityId, id, role }: OfficerRow): OfficerChanged {
  return { entityId, version, officerId: id, role }
}

function tell(
  tx: Tx,
  ctx: Context,
  id: EntityId,
  type: keyof typeof eventTypes,
  data: EntityMoved | DraftUpdated | MembershipChanged | OfficerChanged,
): Promise<LogReference> {
  return publish(tx, ctx, { stream: entityStream(id), type, data })
}

const moveTypes: ReadonlySet<string> = new Set([entityDrafted, ...Object.values(moveEventTypes)])

/** The body of an entry that tells a move of an entity; null for every other entry. */
export function readMove(
  entry: LogEntry,
): { readonly at: Date; readonly body: EntityMoved } | null {
  if (!moveTypes.has(entry.type)) return null
  const { at, data } = parseEvent(entry)
  // Entries of these types are written by entityMoved alone, and the log is append-only.
  return { at: dateOf(at), body: data as EntityMoved }
}
