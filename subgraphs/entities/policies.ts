/**
 * Who may see what of an entity, wherever it surfaces, and whose lists it is in
 * (spec/23-entities.md §7).
 *
 * @module
 */
import type { Did } from '@sez/core/did'
import { SezError } from '@sez/core/errors'
import type { EntityId } from '@sez/core/ids'
import { type Caller, type Context, hasRole, mayTouchEntity } from '@sez/platform/context'
import type { Tx } from '@sez/platform/db'
import { loaderOf } from '@sez/platform/loader'
import { everyRow, type Policies, type TypePolicy } from '@sez/platform/policy'
import { and, type SQL, sql } from 'drizzle-orm'
import { type EntityStatus, nameHoldingStatuses } from './domain/lifecycle.ts'
import * as store from './store.ts'
import {
  type EntityRow,
  type EntityStatusChangedRow,
  entities,
  type MemberRow,
  type OfficerRow,
  type StatusTransitionRow,
} from './tables.ts'

/** Officials see every entity whole. */
const officialRoles = ['REGISTRAR', 'COMPLIANCE', 'TAX', 'REGULATOR', 'AUDITOR', 'ADMIN'] as const

/** What the public register shows of a registered entity, and what follows from it. */
const registerFields = [
  'id',
  'legalName',
  'entityType',
  'jurisdictionId',
  'jurisdiction',
  'registrationNumber',
  'status',
  'phase',
] as const

/** Whether the caller sees all of an entity: a member or official whose token allows it. */
export async function isWhole(entity: { readonly id: EntityId }, ctx: Context): Promise<boolean> {
  const { caller } = ctx
  if (!mayTouchEntity(caller, entity.id)) return false
  return hasRole(caller, ...officialRoles) || isMember(entity.id, ctx)
}

/** Whether the caller may know of an entity: on the register everybody does. */
export function isSeen(entity: EntityRow, ctx: Context): boolean | Promise<boolean> {
  return entity.registrationNumber !== null || isWhole(entity, ctx)
}

/** Whether the caller is a member, by the members table and never by a claim. */
export async function isMember(id: EntityId, ctx: Context): Promise<boolean> {
  const { did } = ctx.caller
  if (did === null) return false
  const found = await loaderOf<EntityId, true>(ctx, 'entities.memberships', (ids) =>
    store.membershipsOf(ctx.database.db, did, ids),
  ).load(id)
  return found !== null
}

/**
 * Whether the caller may be told a move: those on the register are public, all others for whoever
 * sees the entity whole. Asked anew each time, because a subscription outlives what was loaded.
 */
export async function isMoveSeen(change: EntityStatusChangedRow, ctx: Context): Promise<boolean> {
  const { caller } = ctx
  const { entityId: id, to } = change
  if (isPublicStatus(to)) return true
  if (!mayTouchEntity(caller, id) || caller.did === null) return false
  if (hasRole(caller, ...officialRoles)) return true
  return (await store.membershipsOf(ctx.database.db, caller.did, [id])).has(id)
}

/** Whether a status is one of an entity on the register, so that reaching it is public. */
export function isPublicStatus(status: EntityStatus): boolean {
  return status !== 'APPLIED' && publicStatuses.has(status)
}

/** An application holds its name but is not on the register; the dissolved were. */
const publicStatuses: ReadonlySet<EntityStatus> = new Set([...nameHoldingStatuses, 'DISSOLVED'])

/** Whose entities a list holds: all for officials, the own for others, narrowed by the token. */
export function listScope({ did, roles, entityIds }: Caller): SQL | undefined {
  const isOfficial = officialRoles.some((role) => roles.has(role))
  return and(
    isOfficial ? undefined : did === null ? sql`false` : store.isMemberSql(did),
    entityIds === null
      ? undefined
      : sql`${entities.id} = any(${sql.param([...entityIds])}::text[])`,
  )
}

/** Who acts. The field's access rule has refused those who are not known. */
export function actorOf(ctx: Context): Did {
  if (ctx.caller.did === null) throw new SezError('UNAUTHENTICATED')
  return ctx.caller.did
}

/**
 * Locks an entity for an operation of its members.
 *
 * @throws {SezError} `NOT_FOUND` when the caller may not even see it, else `FORBIDDEN`.
 */
export async function lockOwn(tx: Tx, ctx: Context, id: EntityId): Promise<EntityRow> {
  const { entity, mayAct } = await lockFor(tx, ctx, id)
  if (!mayAct.asMember) throw refusal(entity, ctx)
  return entity
}

/**
 * Locks an entity for an operation of officials; which of them, the field's access rule says.
 *
 * @throws {SezError} `NOT_FOUND` when the caller may not even see it, else `FORBIDDEN`.
 */
export async function lockAsOfficial(
  tx: Tx,
  ctx: Context,
  id: EntityId,
): Promise<{ readonly entity: EntityRow; readonly isMember: boolean }> {
  const { entity, mayAct, isMember } = await lockFor(tx, ctx, id)
  if (!mayAct.asOfficial) throw refusal(entity, ctx)
  return { entity, isMember }
}

async function lockFor(tx: Tx, ctx: Context, id: EntityId) {
  const entity = await store.lockEntity(tx, id)
  const isMember = (await store.membershipsOf(tx, actorOf(ctx), [id])).has(id)
  const isAllowed = mayTouchEntity(ctx.caller, id)
  return { entity, isMember, mayAct: { asMember: isAllowed && isMember, asOfficial: isAllowed } }
}

const notYours = 'Your token does not let you act on this entity. Ask one of its members.'

/** An entity that is not on the register must not be betrayed by the refusal. */
function refusal(entity: EntityRow, ctx: Context): SezError {
  const isKnown =
    entity.registrationNumber !== null ||
    (hasRole(ctx.caller, ...officialRoles) && mayTouchEntity(ctx.caller, entity.id))
  return isKnown
    ? new SezError('FORBIDDEN', {}, { message: notYours })
    : new SezError('NOT_FOUND', { id: entity.id })
}

const entityPolicy: TypePolicy<EntityRow> = {
  seen: isSeen,
  full: isWhole,
  publicFields: registerFields,
}

/** Rows that belong to an entity and are no part of the public register. */
const partPolicy: TypePolicy<MemberRow | OfficerRow | StatusTransitionRow> = {
  seen: ({ entityId }, ctx) => isWhole({ id: entityId }, ctx),
}

const movePolicy: TypePolicy<EntityStatusChangedRow> = { seen: isMoveSeen }

export const policies: Policies = {
  Entity: entityPolicy,
  EntityStatusChanged: movePolicy,
  Jurisdiction: everyRow,
  Member: partPolicy,
  Officer: partPolicy,
  StatusTransition: partPolicy,
}
