/** The corridor's queries: parse, look whether the caller may see it, read. @module */
import { type Digest, isDigest } from '@sez/core/digest'
import { SezError } from '@sez/core/errors'
import { type CorridorId, corridorId } from '@sez/core/ids'
import type { Json, JsonObject } from '@sez/core/json'
import { documentDigest } from '@sez/core/proof'
import type { Context } from '@sez/platform/context'
import { choiceCondition, filterSql, rangeCondition, textCondition } from '@sez/platform/filter'
import {
  type Connection,
  connection,
  openPage,
  type PageArgs,
  type PageOrder,
} from '@sez/platform/page'
import { openProblems } from '@sez/platform/validation'
import { parseReceipt } from './domain/receipt.ts'
import { pageOfEvents } from './event-log.ts'
import { proveConsistency, proveReceipt } from './proofs.ts'
import type {
  CorridorFilter,
  CorridorOrder,
  QueryResolvers,
  ReceiptFilter,
} from './schema.types.ts'
import * as checkpointStore from './checkpoint-store.ts'
import * as store from './store.ts'
import {
  type CorridorCheckpointRow,
  type CorridorRow,
  checkpoints,
  corridors,
  type ReceiptRow,
  receipts,
} from './tables.ts'
import { judge } from './domain/verdict.ts'
import { findVisibleCorridor, seesCorridor, visibleParticipant } from './visibility.ts'

export const queries: Required<QueryResolvers> = {
  corridor: (_root, { id }, ctx) => findVisibleCorridor(ctx, corridorId(id, 'id')),

  async corridors(_root, { filter, orderBy, first, after }, ctx) {
    const page = openPage('Query.corridors', corridorOrders[orderBy ?? 'ID_ASC'], { first, after })
    const { db } = ctx.database
    const participant = visibleParticipant(ctx)
    if (participant === undefined) return counted(connection(page, []), () => 0)
    const wanted = {
      filter: filterSql<CorridorFilter>(filter, {
        id: textCondition(corridors.id),
        state: choiceCondition(corridors.state),
        participant: (did) => store.hasParticipant(db, did),
        createdAt: rangeCondition(corridors.createdAt),
      }),
      participant,
      ids: ctx.caller.corridorIds,
    }
    const rows = await store.listCorridors(db, page, wanted)
    return counted(connection(page, rows), () => store.countCorridors(db, wanted))
  },

  async receipt(_root, { corridorId: name, sequence, nextRoot }, ctx) {
    const id = corridorId(name, 'corridorId')
    const isBySequence = sequence !== null && sequence !== undefined
    const isByRoot = nextRoot !== null && nextRoot !== undefined
    const problems = openProblems()
    problems.require(isBySequence !== isByRoot, 'sequence', 'give either sequence or nextRoot')
    problems.refuse()
    if (!(await seesCorridor(ctx, id))) return null
    const { db } = ctx.database
    if (isBySequence) return store.findReceipt(db, id, sequence)
    if (!isByRoot) return null
    const found = (await store.findReceiptsByRoot(db, [nextRoot])).get(nextRoot)
    return found?.corridorId === id ? found : null
  },

  async receipts(_root, { corridorId: name, ...args }, ctx) {
    const id = corridorId(name, 'corridorId')
    const read = receiptsReader(ctx, id, args)
    return (await findVisibleCorridor(ctx, id)) === null ? null : read()
  },

  async receiptProof(_root, { corridorId: name, sequence, checkpoint }, ctx) {
    const id = corridorId(name, 'corridorId')
    if (!(await seesCorridor(ctx, id))) return null
    return proveReceipt(ctx, { id, sequence, checkpointDigest: checkpoint ?? null })
  },

  async checkpoints(_root, { corridorId: name, first, after }, ctx) {
    const id = corridorId(name, 'corridorId')
    const page = openPage(`Query.checkpoints/${id}`, checkpointOrder, { first, after })
    if ((await findVisibleCorridor(ctx, id)) === null) return null
    return connection(page, await checkpointStore.listCheckpoints(ctx.database.db, page, id))
  },

  async consistencyProof(_root, { corridorId: name, from, to }, ctx) {
    const corridor = await findVisibleCorridor(ctx, corridorId(name, 'corridorId'))
    return corridor === null ? null : proveConsistency(ctx, corridor, { from, to })
  },

  async verifyReceipt(_root, { document }, ctx) {
    const receipt = parseReceipt(document)
    const { corridor_id: name, next_root: root } = receipt
    return {
      ...judge(receipt),
      receipt: isDigest(root) ? await findSame(ctx, { receipt, name, root }) : null,
    }
  },

  corridorEventLog: (_root, { corridorId: name, first, after }, ctx) =>
    pageOfEvents(ctx, corridorId(name, 'corridorId'), { first, after }),
}

/** The stored receipt with the same content, where the caller may see it. */
async function findSame(
  ctx: Context,
  { receipt, name, root }: { receipt: JsonObject; name: Json | undefined; root: Digest },
): Promise<ReceiptRow | null> {
  const found = (await store.findReceiptsByRoot(ctx.database.db, [root])).get(root)
  if (found === undefined || found.corridorId !== name) return null
  const isSame = found.digest === documentDigest(receipt)
  return isSame && (await seesCorridor(ctx, found.corridorId)) ? found : null
}

/** Reads a page of receipts; what the caller asks for is checked before any corridor is looked at. */
export function receiptsReader(
  ctx: Context,
  id: CorridorId,
  { filter, ...args }: PageArgs & { readonly filter?: ReceiptFilter | null | undefined },
): () => Promise<ReceiptConnectionRow> {
  const { db } = ctx.database
  const condition = filterSql<ReceiptFilter>(filter, {
    sequence: rangeCondition(receipts.sequence),
    transitionKind: textCondition(receipts.transitionKind),
    timestamp: rangeCondition(receipts.timestamp),
    signer: (did) => store.hasSigner(db, did),
  })
  const page = openPage(`Query.receipts/${id}`, receiptOrder, args)
  return async () => {
    const rows = await store.listReceipts(db, page, id, condition)
    return counted(connection(page, rows), () => store.countReceipts(db, id, condition))
  }
}

/** A page that counts its list when somebody asks for the count. */
export interface CorridorConnectionRow extends Connection<CorridorRow> {
  readonly count: () => number | Promise<number>
}
export interface ReceiptConnectionRow extends Connection<ReceiptRow> {
  readonly count: () => number | Promise<number>
}

function counted<Row>(page: Connection<Row>, count: () => number | Promise<number>) {
  return { ...page, count }
}

/** The newest receipts of a corridor, 1 to 50 of them, newest first. */
export async function lastReceipts(
  ctx: Context,
  id: CorridorId,
  first: number,
): Promise<readonly ReceiptRow[]> {
  if (first < 1 || first > lastReceiptsMax) {
    throw new SezError('PAGE_SIZE_EXCEEDED', { field: 'first', max: lastReceiptsMax })
  }
  return store.listLastReceipts(ctx.database.db, id, first)
}

const lastReceiptsMax = 50

const byId = { column: corridors.id, kind: 'text', of: ({ id }: CorridorRow) => id } as const
const byCreation = {
  column: corridors.createdAt,
  kind: 'instant',
  of: ({ createdAt }: CorridorRow) => createdAt,
} as const

const corridorOrders: Readonly<Record<CorridorOrder, PageOrder<CorridorRow>>> = {
  ID_ASC: { name: 'ID_ASC', direction: 'asc', keys: [byId] },
  ID_DESC: { name: 'ID_DESC', direction: 'desc', keys: [byId] },
  CREATED_AT_ASC: { name: 'CREATED_AT_ASC', direction: 'asc', keys: [byCreation, byId] },
  CREATED_AT_DESC: { name: 'CREATED_AT_DESC', direction: 'desc', keys: [byCreation, byId] },
}

const receiptOrder: PageOrder<ReceiptRow> = {
  name: 'SEQUENCE_ASC',
  direction: 'asc',
  keys: [{ column: receipts.sequence, kind: 'int', of: ({ sequence }) => sequence }],
}

const checkpointOrder: PageOrder<CorridorCheckpointRow> = {
  name: 'RECEIPT_COUNT_ASC',
  direction: 'asc',
  keys: [{ column: checkpoints.receiptCount, kind: 'int', of: ({ receiptCount }) => receiptCount }],
}
