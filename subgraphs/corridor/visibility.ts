/**
 * Who may see a corridor and all that hangs on it: participants their own, REGULATOR, AUDITOR, ADMIN
 * and SYSTEM all, and no token more than it is narrowed to (spec/24-corridor.md §9).
 *
 * @module
 */
import type { Did } from '@sez/core/did'
import type { CorridorId } from '@sez/core/ids'
import { type Context, hasRole, mayTouchCorridor } from '@sez/platform/context'
import { loaderOf } from '@sez/platform/loader'
import type { TypePolicy } from '@sez/platform/subgraph'
import * as store from './store.ts'
import type { CorridorParticipantRow, CorridorRow } from './tables.ts'

const seesAllRoles = ['REGULATOR', 'AUDITOR', 'ADMIN', 'SYSTEM'] as const
const seesOwnRoles = ['PARTNER', 'CITIZEN', 'OPERATOR', 'SIGNATORY'] as const

/** The participants of a corridor, in their order; empty when there is no such corridor. */
export async function participantsOf(
  ctx: Context,
  id: CorridorId,
): Promise<readonly CorridorParticipantRow[]> {
  const loader = loaderOf<CorridorId, readonly CorridorParticipantRow[]>(
    ctx,
    'corridor.participants',
    (ids) => store.findParticipants(ctx.database.db, ids),
  )
  return (await loader.load(id)) ?? []
}

/** The DID whose corridors the caller may see: null for all, undefined for none. */
export function visibleParticipant({ caller }: Pick<Context, 'caller'>): Did | null | undefined {
  if (hasRole(caller, ...seesAllRoles)) return null
  return caller.did !== null && hasRole(caller, ...seesOwnRoles) ? caller.did : undefined
}

/** Whether the caller may know of a corridor with these participants. */
export function isVisible(
  { caller }: Pick<Context, 'caller'>,
  id: CorridorId,
  participants: readonly { readonly did: Did }[],
): boolean {
  if (!mayTouchCorridor(caller, id)) return false
  const did = visibleParticipant({ caller })
  return did === null || participants.some((each) => each.did === did)
}

/** Whether the caller may know of this corridor and what hangs on it. */
export async function seesCorridor(ctx: Context, id: CorridorId): Promise<boolean> {
  // Who sees all, or nothing, needs no look at the participants.
  const did = visibleParticipant(ctx)
  if (did === null || did === undefined) return isVisible(ctx, id, [])
  return isVisible(ctx, id, await participantsOf(ctx, id))
}

/** The corridor, or null when there is none or the caller may not see it. */
export async function findVisibleCorridor(
  ctx: Context,
  id: CorridorId,
): Promise<CorridorRow | null> {
  if (!(await seesCorridor(ctx, id))) return null
  return loaderOf<CorridorId, CorridorRow>(ctx, 'corridor.by-id', (ids) =>
    store.findCorridors(ctx.database.db, ids),
  ).load(id)
}

const corridorPolicy: TypePolicy<CorridorRow> = {
  seen: ({ id }, ctx) => seesCorridor(ctx, id),
}

/** For everything that belongs to one corridor. */
const belongingPolicy: TypePolicy<{ readonly corridorId: CorridorId }> = {
  seen: ({ corridorId }, ctx) => seesCorridor(ctx, corridorId),
}

/** By GraphQL type. What is reached only through one of these needs none of its own. */
export const policies: Readonly<Record<string, TypePolicy>> = {
  Corridor: corridorPolicy,
  CorridorCheckpoint: belongingPolicy,
  CorridorEvent: belongingPolicy,
  ConsistencyProof: belongingPolicy,
  InclusionProof: belongingPolicy,
  Receipt: belongingPolicy,
}
