/**
 * Every change of an entity, each whole on one screen and always in one order inside one `write`:
 * lock → decide → append → publish. The form of the input is checked before, so that a hopeless
 * request locks nothing.
 *
 * @module
 */
import { SezError } from '@sez/core/errors'
import { entityId, type EntityId, jurisdictionId, mintId, officerId } from '@sez/core/ids'
import type { Digest } from '@sez/core/digest'
import type { Context } from '@sez/platform/context'
import type { Tx } from '@sez/platform/db'
import type { LogReference } from '@sez/platform/outbox'
import { setStanding } from '@sez/platform/standing'
import { write } from '@sez/platform/write'
import { draftProblems } from './domain/draft.ts'
import {
  approveFormation,
  editDraft,
  localFormOf,
  newEntity,
  requireDraft,
  submitFormation,
  type Ties,
} from './domain/formation.ts'
import { addedMember, removedMember } from './domain/member.ts'
import {
  type Act,
  type Change,
  changed,
  evidenceProblems,
  type Moved,
  move,
  reasonProblems,
} from './domain/move.ts'
import { appointedOfficer, appointmentProblems, resignedOfficer } from './domain/officer.ts'
import { parsed, problemsOf, rule } from './domain/rule.ts'
import * as events from './events.ts'
import { actorOf, lockAsOfficial, lockOwn } from './policies.ts'
import type { MutationResolvers } from './schema.types.ts'
import * as store from './store.ts'
import type { EntityRow } from './tables.ts'

const idRandomBytes = 10

export const mutations: Required<MutationResolvers> = {
  createEntity: (_, { input }, ctx) => {
    // A token for some entities only would be widened by one more.
    if (ctx.caller.entityIds !== null) throw new SezError('FORBIDDEN')
    const jurisdiction = parsed(
      () => jurisdictionId(input.jurisdictionId, 'input.jurisdictionId'),
      draftProblems(input, 'input'),
    )
    return write(ctx, { field: 'createEntity', input }, async (tx) => {
      const law = await store.findJurisdiction(tx, jurisdiction)
      if (law === null) throw jurisdictionUnknown('input.jurisdictionId')
      const at = ctx.now()
      const id = mintId('ent', at, ctx.random(idRandomBytes))
      const drafted = newEntity(input, { id, jurisdiction: law, by: actorOf(ctx), at })
      await store.insertEntity(tx, drafted.entity)
      return record(tx, ctx, drafted)
    })
  },

  updateDraft: (_, { input }, ctx) => {
    const { patch } = input
    const fields = Object.keys(patch)
    const id = parsed(
      () => entityId(input.id, 'input.id'),
      [
        ...rule(fields.length > 0, 'input.patch', 'must change something'),
        ...draftProblems(patch, 'input.patch'),
      ],
    )
    return write(ctx, { field: 'updateDraft', input }, async (tx) => {
      const entity = await lockOwn(tx, ctx, id)
      const law = await store.lawOf(tx, entity)
      const edited = editDraft(entity, patch, law, changeBy(ctx, input))
      await store.saveEntity(tx, edited)
      return { entityId: id, log: await events.draftUpdated(tx, ctx, edited, fields) }
    })
  },

  submitFormation: (_, { input }, ctx) => {
    const id = entityId(input.id, 'input.id')
    return write(ctx, { field: 'submitFormation', input }, async (tx) => {
      const entity = await lockOwn(tx, ctx, id)
      const law = await store.lawOf(tx, entity)
      const submitted = submitFormation(
        entity,
        {
          declarations: input.declarations,
          officers: await store.officersOfOne(tx, id),
          form: localFormOf(law, entity.entityType, entity.localFormCode),
        },
        actBy(ctx, input),
      )
      await store.lockName(tx, submitted.entity)
      await store.saveEntity(tx, submitted.entity)
      return record(tx, ctx, submitted)
    })
  },

  withdrawFormation: (_, { input }, ctx) => {
    const id = entityId(input.id, 'input.id')
    return write(ctx, { field: 'withdrawFormation', input }, async (tx) => {
      const entity = await lockOwn(tx, ctx, id)
      const withdrawn = move(entity, 'withdraw', actBy(ctx, input))
      await store.saveEntity(tx, withdrawn.entity)
      return record(tx, ctx, withdrawn)
    })
  },

  returnForCorrection: (_, { input }, ctx) => {
    const id = parsed(() => entityId(input.id, 'input.id'), reasonProblems(input.reason))
    return write(ctx, { field: 'returnForCorrection', input }, async (tx) => {
      const { entity } = await lockAsOfficial(tx, ctx, id)
      const returned = move(entity, 'returnForCorrection', actBy(ctx, input))
      await store.saveEntity(tx, returned.entity)
      return record(tx, ctx, returned)
    })
  },

  approveFormation: (_, { input }, ctx) => {
    const id = parsed(
      () => entityId(input.id, 'input.id'),
      evidenceProblems(input.evidence, { itemsMin: 0 }),
    )
    return write(ctx, { field: 'approveFormation', input }, async (tx) => {
      const { entity, isMember } = await lockAsOfficial(tx, ctx, id)
      const issued = await store.lockRegister(tx, entity.jurisdictionId)
      const jurisdiction = await store.lawOf(tx, entity)
      const approved = approveFormation(
        entity,
        { ...(await tiesOf(tx, ctx, id)), isMember, jurisdiction, issued },
        actBy(ctx, input),
      )
      await store.saveEntity(tx, approved.entity)
      await store.saveRegister(tx, entity.jurisdictionId, issued + 1)
      await setStanding(tx, registrationOf(approved.entity))
      return record(tx, ctx, approved)
    })
  },

  rejectFormation: (_, { input }, ctx) => {
    const id = parsed(() => entityId(input.id, 'input.id'), reasonProblems(input.reason))
    return write(ctx, { field: 'rejectFormation', input }, async (tx) => {
      const { entity } = await lockAsOfficial(tx, ctx, id)
      const rejected = move(entity, 'reject', actBy(ctx, input))
      await store.saveEntity(tx, rejected.entity)
      return record(tx, ctx, rejected)
    })
  },

  suspendEntity: (_, { input }, ctx) => {
    const id = parsed(
      () => entityId(input.id, 'input.id'),
      [...reasonProblems(input.reason), ...evidenceProblems(input.evidence, { itemsMin: 1 })],
    )
    return write(ctx, { field: 'suspendEntity', input }, async (tx) => {
      const { entity } = await lockAsOfficial(tx, ctx, id)
      const suspended = move(entity, 'suspend', actBy(ctx, input))
      await store.saveEntity(tx, suspended.entity)
      await setStanding(tx, registrationOf(suspended.entity))
      return record(tx, ctx, suspended)
    })
  },

  reinstateEntity: (_, { input }, ctx) => {
    const id = parsed(
      () => entityId(input.id, 'input.id'),
      [...reasonProblems(input.reason), ...evidenceProblems(input.evidence, { itemsMin: 1 })],
    )
    return write(ctx, { field: 'reinstateEntity', input }, async (tx) => {
      const { entity } = await lockAsOfficial(tx, ctx, id)
      const reinstated = move(entity, 'reinstate', actBy(ctx, input))
      await store.saveEntity(tx, reinstated.entity)
      await setStanding(tx, registrationOf(reinstated.entity))
      return record(tx, ctx, reinstated)
    })
  },

  addEntityMember: (_, { input }, ctx) => {
    const id = entityId(input.entityId, 'input.entityId')
    return write(ctx, { field: 'addEntityMember', input }, async (tx) => {
      await lockOwn(tx, ctx, id)
      const member = addedMember(await store.membersOfOne(tx, id), {
        entityId: id,
        did: input.did,
        addedAt: ctx.now(),
        addedBy: actorOf(ctx),
      })
      await store.insertMember(tx, member)
      return { entityId: id, log: await events.memberAdded(tx, ctx, member) }
    })
  },

  removeEntityMember: (_, { input }, ctx) => {
    const id = entityId(input.entityId, 'input.entityId')
    return write(ctx, { field: 'removeEntityMember', input }, async (tx) => {
      await lockOwn(tx, ctx, id)
      const member = removedMember(await store.membersOfOne(tx, id), input.did)
      await store.deleteMember(tx, member)
      return { entityId: id, log: await events.memberRemoved(tx, ctx, member) }
    })
  },

  appointOfficer: (_, { input }, ctx) => {
    const id = parsed(() => entityId(input.entityId, 'input.entityId'), appointmentProblems(input))
    return write(ctx, { field: 'appointOfficer', input }, async (tx) => {
      const entity = await lockOwn(tx, ctx, id)
      requireDraft(entity, input.expectedVersion)
      const at = ctx.now()
      const officer = appointedOfficer(input, await store.officersOfOne(tx, id), {
        id: mintId('off', at, ctx.random(idRandomBytes)),
        entityId: id,
        appointedAt: at,
      })
      const next = changed(entity, at, {})
      await store.insertOfficer(tx, officer)
      await store.saveEntity(tx, next)
      const log = await events.officerAppointed(tx, ctx, next, officer)
      return { entityId: id, officerId: officer.id, log }
    })
  },

  resignOfficer: (_, { input }, ctx) => {
    const id = parsed(
      () => entityId(input.entityId, 'input.entityId'),
      problemsOf(() => officerId(input.officerId, 'input.officerId')),
    )
    const officer = officerId(input.officerId, 'input.officerId')
    return write(ctx, { field: 'resignOfficer', input }, async (tx) => {
      const entity = await lockOwn(tx, ctx, id)
      requireDraft(entity, input.expectedVersion)
      const resigned = resignedOfficer(await store.officersOfOne(tx, id), officer, ctx.now())
      const next = changed(entity, ctx.now(), {})
      await store.saveResignation(tx, resigned)
      await store.saveEntity(tx, next)
      const log = await events.officerResigned(tx, ctx, next, resigned)
      return { entityId: id, officerId: officer, log }
    })
  },
}

/** What stands between a caller and an entity of a jurisdiction that the zone does not know. */
export function jurisdictionUnknown(field: string): SezError {
  return new SezError('JURISDICTION_UNKNOWN', { field })
}

/**
 * Tells a move to the world and links it into the entity's history. The event comes first, because
 * the link names the event's place in the zone log and is never rewritten.
 */
async function record(
  tx: Tx,
  ctx: Context,
  moved: Moved,
): Promise<{ entityId: EntityRow['id']; log: LogReference }> {
  const log = await events.entityMoved(tx, ctx, moved)
  await store.appendTransition(tx, moved.transition, log)
  return { entityId: moved.entity.id, log }
}

/** What ties the caller to an entity whose row is locked, beside membership. */
async function tiesOf(tx: Tx, ctx: Context, id: EntityId): Promise<Omit<Ties, 'isMember'>> {
  const did = actorOf(ctx)
  return {
    hasSubmitted: (await store.submissionsOf(tx, did, [id])).has(id),
    officers: await store.officersOfOne(tx, id),
  }
}

/** Whether the zone lets an entity act at all. Callers of any subgraph are shown the reason. */
function registrationOf(entity: EntityRow) {
  const isSuspended = entity.status === 'SUSPENDED'
  return {
    subject: events.entityStream(entity.id),
    fact: 'REGISTRATION',
    blocking: isSuspended,
    reason: isSuspended ? 'The entity is suspended by the registrar.' : null,
  }
}

function changeBy(ctx: Context, input: { readonly expectedVersion: number }): Change {
  return { by: actorOf(ctx), at: ctx.now(), expectedVersion: input.expectedVersion }
}

function actBy(
  ctx: Context,
  input: {
    readonly expectedVersion: number
    readonly reason?: string
    readonly evidence?: readonly Digest[]
  },
): Act {
  const reason = input.reason?.trim() ?? null
  return {
    ...changeBy(ctx, input),
    reason,
    reasonHmac: reason === null ? null : ctx.keys.hmac(reason),
    evidence: input.evidence ?? [],
  }
}
