/** One resolver for each field that a row does not already hold. @module */
import { SezError } from '@sez/core/errors'
import { corridorId } from '@sez/core/ids'
import { type Context, hasRole } from '@sez/platform/context'
import type { FeedItem } from '@sez/platform/feed'
import { loaderOf } from '@sez/platform/loader'
import { logReference } from '@sez/platform/log-reference'
import type { Complete } from '@sez/platform/resolvers'
import { type CorridorMove, lifecycle } from './domain/lifecycle.ts'
import { headOf } from './domain/receipt.ts'
import { shortfalls } from './domain/threshold.ts'
import { corridorEventFields, eventOf, followCorridor } from './event-log.ts'
import { mutations } from './mutations.ts'
import { lastReceipts, queries, receiptsReader } from './queries.ts'
import type { CorridorMoveEvent, Resolvers, ResolversParentTypes } from './schema.types.ts'
import * as checkpointStore from './checkpoint-store.ts'
import * as store from './store.ts'
import type { CorridorDocumentRow, CorridorRow, ReceiptProofRow, ReceiptRow } from './tables.ts'
import { findVisibleCorridor, participantsOf } from './visibility.ts'

export const resolvers: Complete<Resolvers, ResolversParentTypes> = {
  Query: queries,
  Mutation: mutations,
  Subscription: {
    corridorEvents: {
      subscribe: (_root, { corridorId: id, after }, ctx) =>
        followCorridor(ctx, corridorId(id, 'corridorId'), after ?? null),
      resolve: (item: FeedItem, { corridorId: id }: { corridorId: string }) =>
        eventOf(corridorId(id), item),
    },
  },
  Corridor: {
    __resolveReference: ({ id }, ctx) => findVisibleCorridor(ctx, corridorId(id)),
    participants: async ({ id }, _args, ctx) => [...(await participantsOf(ctx, id))],
    hostZone: ({ hostZoneId, hostAuthority }) =>
      hostZoneId === null || hostAuthority === null
        ? null
        : { zoneId: hostZoneId, authority: hostAuthority },
    head: (corridor) => {
      const { sequence, nextRoot, receiptCount } = headOf(corridor)
      return nextRoot === null ? null : { sequence, nextRoot, receiptCount }
    },
    documents: ({ id }, _args, ctx) => documentsOf(ctx, id),
    lastReceipts: async ({ id }, { first }, ctx) => [...(await lastReceipts(ctx, id, first ?? 5))],
    receipts: ({ id }, args, ctx) => receiptsReader(ctx, id, args)(),
    latestCheckpoint: ({ id }, _args, ctx) =>
      checkpointStore.findLatestCheckpoint(ctx.database.db, id),
    nextMoves: (corridor, _args, ctx) => nextMoves(corridor, ctx),
  },
  CorridorParticipant: {
    entity: ({ entityId }) => (entityId === null ? null : { id: entityId }),
  },
  CorridorConnection: { totalCount: ({ count }) => count() },
  ReceiptConnection: { totalCount: ({ count }) => count() },
  Receipt: {
    __resolveReference: ({ nextRoot }, ctx) =>
      loaderOf(ctx, 'corridor.receipts-by-root', (roots: readonly (typeof nextRoot)[]) =>
        store.findReceiptsByRoot(ctx.database.db, roots),
      ).load(nextRoot),
    corridor: ({ corridorId: id }, _args, ctx) => requireCorridor(ctx, id),
    proofs: async (receipt, _args, ctx) => [...(await proofsOf(ctx, receipt))],
    signers: async (receipt, _args, ctx) => [
      ...new Set((await proofsOf(ctx, receipt)).map(({ signer }) => signer)),
    ],
    status: async (receipt, _args, ctx) => {
      const { receiptThresholds } = await requireCorridor(ctx, receipt.corridorId)
      const members = await participantsOf(ctx, receipt.corridorId)
      const signers = (await proofsOf(ctx, receipt)).map(({ signer }) => signer)
      const missing = shortfalls(receiptThresholds ?? [], members, signers)
      return missing.length === 0 ? 'COMPLETE' : 'PARTIAL'
    },
    log: ({ eventId, eventDigest }) => ({ eventId, digest: eventDigest }),
  },
  CorridorCheckpoint: {
    __resolveReference: ({ digest }, ctx) =>
      loaderOf(ctx, 'corridor.checkpoints', (digests: readonly (typeof digest)[]) =>
        checkpointStore.findCheckpoints(ctx.database.db, digests),
      ).load(digest),
    corridor: ({ corridorId: id }, _args, ctx) => requireCorridor(ctx, id),
    log: ({ eventId, eventDigest }) => ({ eventId, digest: eventDigest }),
  },
  CorridorEvent: corridorEventFields,
  LogReference: logReference,
}

async function requireCorridor(ctx: Context, id: CorridorRow['id']): Promise<CorridorRow> {
  const corridor = await findVisibleCorridor(ctx, id)
  if (corridor === null) throw new SezError('NOT_FOUND')
  return corridor
}

async function documentsOf(ctx: Context, id: CorridorRow['id']): Promise<CorridorDocumentRow[]> {
  const loader = loaderOf<CorridorRow['id'], readonly CorridorDocumentRow[]>(
    ctx,
    'corridor.documents',
    (ids) => store.findDocuments(ctx.database.db, ids),
  )
  return [...((await loader.load(id)) ?? [])]
}

async function proofsOf(
  ctx: Context,
  { corridorId: id, sequence }: ReceiptRow,
): Promise<readonly ReceiptProofRow[]> {
  const loader = loaderOf<number, readonly ReceiptProofRow[]>(
    ctx,
    `corridor.proofs/${id}`,
    (sequences) => store.findProofs(ctx.database.db, id, sequences),
  )
  return (await loader.load(sequence)) ?? []
}

/** The moves the API offers, and who may call them; the others come by documents it does not take. */
const offered: Partial<
  Record<
    CorridorMove,
    { readonly event: CorridorMoveEvent; readonly roles: readonly ('ADMIN' | 'PARTNER')[] }
  >
> = {
  submit: { event: 'SUBMIT', roles: ['ADMIN', 'PARTNER'] },
  activate: { event: 'ACTIVATE', roles: ['ADMIN', 'PARTNER'] },
  suspend: { event: 'SUSPEND', roles: ['ADMIN'] },
  resume_from_suspension: { event: 'RESUME_FROM_SUSPENSION', roles: ['ADMIN'] },
}

function nextMoves({ state }: CorridorRow, { caller }: Context) {
  return lifecycle.movesFrom(state).flatMap(({ event, to }) => {
    const move = offered[event]
    if (move === undefined) return []
    return [
      { event: move.event, to, blockedBy: hasRole(caller, ...move.roles) ? [] : ['FORBIDDEN'] },
    ]
  })
}
