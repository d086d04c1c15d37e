/** The batched reads of one request: whatever asks, each table is asked once per turn. @module */
import type { EntityId, JurisdictionId, OfficerId } from '@sez/core/ids'
import type { Context } from '@sez/platform/context'
import { loaderOf } from '@sez/platform/loader'
import * as store from './store.ts'
import type { EntityRow, JurisdictionRow, MemberRow, OfficerRow } from './tables.ts'

export function entityById(ctx: Context, id: EntityId): Promise<EntityRow | null> {
  return loaderOf<EntityId, EntityRow>(ctx, 'entities.by-id', (ids) =>
    store.entitiesById(ctx.database.db, ids),
  ).load(id)
}

/** Separates the halves of a composite key; neither a jurisdiction's id nor a number holds it. */
const keySeparator = '/'

export function entityByNumber(
  ctx: Context,
  jurisdiction: JurisdictionId,
  number: string,
): Promise<EntityRow | null> {
  return loaderOf<string, EntityRow>(ctx, 'entities.by-number', async (keys) => {
    const pairs = keys.map((key) => key.split(keySeparator))
    const rows = await store.entitiesByNumber(ctx.database.db, pairs)
    return new Map(
      rows.map((row) => [`${row.jurisdictionId}${keySeparator}${row.registrationNumber}`, row]),
    )
  }).load(`${jurisdiction}${keySeparator}${number}`)
}

export function jurisdictionOf(ctx: Context, id: JurisdictionId): Promise<JurisdictionRow | null> {
  return loaderOf<JurisdictionId, JurisdictionRow>(ctx, 'entities.jurisdictions', (ids) =>
    store.jurisdictionsById(ctx.database.db, ids),
  ).load(id)
}

export async function membersOf(ctx: Context, id: EntityId): Promise<MemberRow[]> {
  const members = await loaderOf<EntityId, MemberRow[]>(ctx, 'entities.members', (ids) =>
    store.membersOf(ctx.database.db, ids),
  ).load(id)
  return members ?? []
}

/** Whether the caller submitted an entity at any time. */
export async function hasSubmitted(ctx: Context, id: EntityId): Promise<boolean> {
  const { did } = ctx.caller
  if (did === null) return false
  const found = await loaderOf<EntityId, true>(ctx, 'entities.submissions', (ids) =>
    store.submissionsOf(ctx.database.db, did, ids),
  ).load(id)
  return found !== null
}

export async function officersOf(ctx: Context, id: EntityId): Promise<OfficerRow[]> {
  const officers = await loaderOf<EntityId, OfficerRow[]>(ctx, 'entities.officers', (ids) =>
    store.officersOf(ctx.database.db, ids),
  ).load(id)
  return officers ?? []
}

export function officerById(ctx: Context, id: OfficerId): Promise<OfficerRow | null> {
  return loaderOf<OfficerId, OfficerRow>(ctx, 'entities.officers-by-id', (ids) =>
    store.officersById(ctx.database.db, ids),
  ).load(id)
}
