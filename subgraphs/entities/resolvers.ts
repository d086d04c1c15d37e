/** Queries, subscriptions and every field that a row does not already hold. @module */
import { entityId, type EntityId, jurisdictionId, type JurisdictionId } from '@sez/core/ids'
import { invariant } from '@sez/core/invariant'
import { type Currency, formatMoney } from '@sez/core/money'
import { SezError } from '@sez/core/errors'
import type { Context } from '@sez/platform/context'
import { logReference } from '@sez/platform/log-reference'
import { connection, openPage } from '@sez/platform/page'
import type { Complete } from '@sez/platform/resolvers'
import { mapStream } from '@sez/platform/stream'
import type { FeedItem } from '@sez/platform/feed'
import { and, eq } from 'drizzle-orm'
import { nameProblems } from './domain/draft.ts'
import { authorizedSharesOf, localFormOf } from './domain/formation.ts'
import { entityStatuses, phaseOf } from './domain/lifecycle.ts'
import { normalizeName, registrableName } from './domain/name.ts'
import { nextMoves } from './domain/next-move.ts'
import { parsed } from './domain/rule.ts'
import { isChainValid } from './domain/transition.ts'
import { entityStream, readMove } from './events.ts'
import { entityFilterSql, entityOrders, historyOrder } from './lists.ts'
import {
  entityById,
  entityByNumber,
  hasSubmitted,
  jurisdictionOf,
  membersOf,
  officerById,
  officersOf,
} from './loaders.ts'
import { jurisdictionUnknown, mutations } from './mutations.ts'
import { isMember, isMoveSeen, isSeen, isWhole, listScope } from './policies.ts'
import type { Resolvers, ResolversParentTypes } from './schema.types.ts'
import * as store from './store.ts'
import {
  entities,
  type EntityRow,
  type EntityStatusChangedRow,
  type StatusTransitionRow,
} from './tables.ts'

/** Moves of a history that are verified between two reads. */
const historyStretchRows = 500

export const resolvers: Complete<Resolvers, ResolversParentTypes> = {
  Query: {
    entity: (_, { id, jurisdictionId: place, registrationNumber: number }, ctx) => {
      const isById = isGiven(id) && !isGiven(place) && !isGiven(number)
      if (isById) return entityById(ctx, entityId(id, 'id'))
      if (!isGiven(id) && isGiven(place) && isGiven(number)) {
        return entityByNumber(ctx, jurisdictionId(place, 'jurisdictionId'), number)
      }
      const reason = 'must be given alone, or else jurisdictionId and registrationNumber together'
      throw new SezError('VALIDATION_ERROR', { field: 'id', problems: [{ path: 'id', reason }] })
    },

    entities: async (_, { filter, orderBy, first, after }, ctx) => {
      const page = openPage('Query.entities', entityOrders[orderBy ?? 'CREATED_AT_DESC'], {
        first,
        after,
      })
      const scope = and(listScope(ctx.caller), entityFilterSql(filter))
      const rows = await store.listEntities(ctx.database.db, scope, page)
      return { ...connection(page, rows), scope }
    },

    entityCounts: async (_, { jurisdictionId: place }, ctx) => {
      const inPlace = isGiven(place)
        ? eq(entities.jurisdictionId, jurisdictionId(place, 'jurisdictionId'))
        : undefined
      const scope = and(listScope(ctx.caller), inPlace)
      const rows = await store.countEntitiesByStatus(ctx.database.db, scope)
      const counts = new Map(rows.map(({ status, count }) => [status, count]))
      return entityStatuses.map((status) => ({ status, count: counts.get(status) ?? 0 }))
    },

    nameAvailability: async (_, { name, jurisdictionId: place }, ctx) => {
      const id = parsed(() => jurisdictionId(place, 'jurisdictionId'), nameProblems('name', name))
      const law = await jurisdictionOf(ctx, id)
      const normalized = normalizeName(registrableName(name, 'name'))
      if (law === null) throw jurisdictionUnknown('jurisdictionId')
      const holder = await store.findNameHolder(ctx.database.db, law.id, normalized)
      const conflicts = holder === null ? [] : [{ status: holder.status, holder }]
      return { available: holder === null, normalized, conflicts }
    },

    statusHistory: async (_, { entityId: id, first, after }, ctx) => {
      const page = openPage('Query.statusHistory', historyOrder, { first, after })
      const entity = await entityById(ctx, entityId(id, 'entityId'))
      if (entity === null || !(await isWhole(entity, ctx))) return null
      const rows = await store.listTransitions(ctx.database.db, entity.id, page)
      return { ...connection(page, rows), entity }
    },

    jurisdictions: (_, _args, ctx) => store.listJurisdictions(ctx.database.db),
    jurisdiction: (_, { id }, ctx) => jurisdictionOf(ctx, jurisdictionId(id, 'id')),
    node: (_, { id }, ctx) => entityById(ctx, entityId(id, 'id')),
    viewer: (_, _args, { caller }) => ({ did: caller.did, roles: [...caller.roles] }),
  },

  Mutation: mutations,

  Subscription: {
    entityStatusChanged: {
      subscribe: async (_, args, ctx) => {
        const id = isGiven(args.entityId) ? entityId(args.entityId, 'entityId') : null
        const place = isGiven(args.jurisdictionId)
          ? jurisdictionId(args.jurisdictionId, 'jurisdictionId')
          : null
        await requireSeen(id, ctx)
        const items = await ctx.feed.follow({
          stream: id === null ? null : entityStream(id),
          after: args.after ?? null,
        })
        return mapStream(items, async (item) => {
          const change = statusChangeOf(item, place)
          return change !== null && (await isMoveSeen(change, ctx)) ? change : undefined
        })
      },
      resolve: (change: EntityStatusChangedRow) => change,
    },
  },

  Entity: {
    __resolveReference: (reference, ctx) => {
      if ('id' in reference) return entityById(ctx, entityId(reference.id))
      const { jurisdictionId: place, registrationNumber: number } = reference
      return number === null ? null : entityByNumber(ctx, jurisdictionId(place), number)
    },
    jurisdiction: (entity, _, ctx) => lawOf(entity, ctx),
    localForm: async (entity, _, ctx) => formOf(entity, ctx),
    phase: ({ status }) => phaseOf(status),
    shareCapital: ({ capitalCurrency, ...entity }) => {
      const { authorizedMinorUnits, parValueMinorUnits } = entity
      const authorizedShares = authorizedSharesOf(entity)
      if (capitalCurrency === null || authorizedShares === null) return null
      invariant(authorizedMinorUnits !== null && parValueMinorUnits !== null, 'capital is whole')
      return {
        authorized: moneyOf(authorizedMinorUnits, capitalCurrency),
        parValue: moneyOf(parValueMinorUnits, capitalCurrency),
        authorizedShares,
      }
    },
    members: ({ id }, _, ctx) => membersOf(ctx, id),
    officers: async ({ id }, { includeResigned }, ctx) => {
      const officers = await officersOf(ctx, id)
      return (includeResigned ?? false)
        ? officers
        : officers.filter(({ resignedAt }) => resignedAt === null)
    },
    nextMoves: async (entity, _, ctx) => {
      const { did, roles } = ctx.caller
      const [isOwn, isSubmitter, officers, form] = await Promise.all([
        isMember(entity.id, ctx),
        hasSubmitted(ctx, entity.id),
        officersOf(ctx, entity.id),
        formOf(entity, ctx),
      ])
      const ties = { isMember: isOwn, hasSubmitted: isSubmitter, officers }
      const moves = nextMoves(entity, { did, roles, form, ...ties })
      return moves.map(({ event, blockedBy }) => ({ event, blockedBy: [...blockedBy] }))
    },
  },

  EntityConnection: {
    totalCount: ({ scope }, _, ctx) => store.countEntities(ctx.database.db, scope),
  },
  EntityPayload: { entity: ({ entityId: id }, _, ctx) => writtenEntity(id, ctx) },
  EntityStatusChanged: { entity: ({ entityId: id }, _, ctx) => writtenEntity(id, ctx) },
  InitialShares: { shares: ({ shares }) => BigInt(shares) },
  Jurisdiction: {
    __resolveReference: ({ id }, ctx) => jurisdictionOf(ctx, jurisdictionId(id)),
    parent: ({ parentId }, _, ctx) => (parentId === null ? null : jurisdictionOf(ctx, parentId)),
  },
  LogReference: logReference,
  MembershipPayload: { entity: ({ entityId: id }, _, ctx) => writtenEntity(id, ctx) },
  NameConflict: { entity: ({ holder }) => holder },
  Node: { __resolveType: () => 'Entity' },
  OfficerPayload: {
    entity: ({ entityId: id }, _, ctx) => writtenEntity(id, ctx),
    officer: async ({ officerId: id }, _, ctx) => {
      const officer = await officerById(ctx, id)
      invariant(officer !== null, 'an officer is never deleted')
      return officer
    },
  },
  StatusTransition: {
    log: ({ eventId, eventDigest }) => ({ eventId, digest: eventDigest }),
  },
  StatusTransitionConnection: {
    totalCount: ({ entity }) => entity.historySeq,
    chainValid: ({ entity }, _, ctx) => isHistoryValid(entity, ctx),
  },
}

/** A subscription to one entity is refused where the entity itself would not be shown. */
async function requireSeen(id: EntityId | null, ctx: Context): Promise<void> {
  if (id === null) return
  const entity = await entityById(ctx, id)
  if (entity === null || !(await isSeen(entity, ctx))) {
    throw new SezError('NOT_FOUND', { field: 'entityId', id })
  }
}

/** The move an item of the feed tells, if it tells one of the wanted jurisdiction. */
function statusChangeOf(
  item: FeedItem,
  jurisdiction: JurisdictionId | null,
): EntityStatusChangedRow | null {
  const told = item.kind === 'entry' ? readMove(item.entry) : null
  if (item.kind !== 'entry' || told === null) return null
  const { at, body } = told
  if (jurisdiction !== null && body.jurisdictionId !== jurisdiction) return null
  return {
    cursor: item.cursor,
    entityId: body.entityId,
    from: body.from,
    to: body.to,
    event: body.move,
    at,
    transitionDigest: body.transition,
    log: { eventId: item.entry.eventId, digest: item.entry.digest },
  }
}

async function writtenEntity(id: EntityId, ctx: Context): Promise<EntityRow> {
  const entity = await entityById(ctx, id)
  invariant(entity !== null, 'an entity is never deleted')
  return entity
}

async function lawOf(entity: EntityRow, ctx: Context) {
  const law = await jurisdictionOf(ctx, entity.jurisdictionId)
  invariant(law !== null, 'a foreign key keeps the jurisdiction of every entity')
  return law
}

async function formOf(entity: EntityRow, ctx: Context) {
  return localFormOf(await lawOf(entity, ctx), entity.entityType, entity.localFormCode)
}

function moneyOf(amount: bigint, currency: Currency): { amount: string; currency: Currency } {
  return { amount: formatMoney({ amount, currency }), currency }
}

/** Verifies the whole history in stretches, up to the head that the entity itself holds. */
async function isHistoryValid(entity: EntityRow, ctx: Context): Promise<boolean> {
  let last: StatusTransitionRow | null = null
  while ((last?.seq ?? 0) < entity.historySeq) {
    const stretch: StatusTransitionRow[] = await store.listHistory(ctx.database.db, entity.id, {
      afterSeq: last?.seq ?? 0,
      rowsMax: historyStretchRows,
    })
    const end = stretch.at(-1)
    if (end === undefined || !isChainValid(stretch, last)) return false
    last = end
  }
  return last?.seq === entity.historySeq && last.digest === entity.historyHead
}

function isGiven<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined
}
