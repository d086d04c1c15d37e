/** The corridor's history as it is streamed and paged (spec/24-corridor.md §10). @module */
import type { Did } from '@sez/core/did'
import { type Digest, parseDigest } from '@sez/core/digest'
import { SezError } from '@sez/core/errors'
import { type CorridorId, corridorId, type EventId } from '@sez/core/ids'
import { invariant } from '@sez/core/invariant'
import { dateOf } from '@sez/core/timestamp'
import type { Context } from '@sez/platform/context'
import { type CursorScope, cursorScope, encodeCursor } from '@sez/core/cursor'
import type { FeedItem } from '@sez/platform/feed'
import { loaderOf } from '@sez/platform/loader'
import { firstPlace } from '@sez/platform/log-floor'
import { type PageArgs, pageSize } from '@sez/platform/page'
import type { Stream } from '@sez/platform/stream'
import {
  checkpointCovering,
  type LogCheckpoint,
  type LogEntry,
  listEntries,
  logPageEntriesMax,
  parseEvent,
  resolveCursor,
} from '@sez/platform/zone-log'
import { corridorStream } from './events.ts'
import type { CorridorEventKind } from './schema.types.ts'
import * as checkpointStore from './checkpoint-store.ts'
import * as store from './store.ts'
import type { CorridorCheckpointRow, ReceiptRow } from './tables.ts'
import { findVisibleCorridor } from './visibility.ts'

/** One step of a corridor's history. */
export interface CorridorEventRow {
  readonly corridorId: CorridorId
  readonly kind: CorridorEventKind
  readonly cursor: string
  readonly at: Date
  readonly eventId: EventId | null
  readonly streamSequence: number | null
  readonly digest: Digest | null
  readonly previousDigest: Digest | null
  readonly position: bigint | null
  readonly hash: Digest | null
  readonly document: string | null
  readonly actor: Did | null
  readonly logCheckpoint: string | null
  /** The receipt it is about. */
  readonly sequence: number | null
  /** The corridor's checkpoint it is about. */
  readonly checkpointDigest: Digest | null
}

const kinds: Readonly<Record<string, CorridorEventKind>> = {
  'corridor.created': 'CREATED',
  'corridor.proposed': 'PROPOSED',
  'corridor.activated': 'ACTIVATED',
  'corridor.suspended': 'SUSPENDED',
  'corridor.resumed': 'RESUMED',
  'corridor.receipt-appended': 'RECEIPT_APPENDED',
  'corridor.proofs-merged': 'PROOFS_MERGED',
  'corridor.checkpointed': 'CHECKPOINTED',
}

/**
 * Follows a corridor's stream.
 *
 * @throws {SezError} `NOT_FOUND` when the caller may not see it, then the codes of cursors.
 */
export async function followCorridor(
  ctx: Context,
  id: CorridorId,
  after: string | null,
): Promise<Stream<FeedItem>> {
  // The row too, not only the right to see it: a stream without a corridor would be silent for ever.
  if ((await findVisibleCorridor(ctx, id)) === null) {
    throw new SezError('NOT_FOUND', { field: 'corridorId' })
  }
  return ctx.feed.follow({ stream: corridorStream(id), after })
}

/** What a follower is told, as a row. */
export function eventOf(id: CorridorId, item: FeedItem): CorridorEventRow {
  return item.kind === 'entry'
    ? entryEvent(id, item.entry, item.cursor)
    : checkpointEvent(id, item.checkpoint, item.cursor)
}

/** One page of history, with the zone's checkpoints where they cover what came before them. */
export async function pageOfEvents(ctx: Context, id: CorridorId, { first, after }: PageArgs) {
  const size = pageSize(first)
  if ((await findVisibleCorridor(ctx, id)) === null) return null
  const { db } = ctx.database
  const stream = corridorStream(id)
  const scope = cursorScope(ctx.zone.zoneId, stream)
  const place = typeof after === 'string' ? await resolveCursor(db, scope, after) : null
  const entries = await listEntries(db, {
    stream,
    after: place?.position ?? (await firstPlace(db, scope)),
    limit: Math.min(size + 1, logPageEntriesMax),
  })
  const owed =
    place === null || place.isCovered || place.entry?.stream !== stream ? null : place.entry
  const events = await withCheckpoints(ctx, { id, scope, owed, entries, eventsMax: size + 1 })
  const nodes = events.slice(0, size)
  const edges = nodes.map((node) => ({ cursor: node.cursor, node }))
  return {
    edges,
    nodes,
    pageInfo: {
      // A page of the greatest size reads no entry beyond itself, so it says yes to be sure.
      hasNextPage: events.length > size || (size === logPageEntriesMax && entries.length === size),
      hasPreviousPage: place !== null,
      startCursor: edges.at(0)?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  }
}

/** Puts after each run of entries the first checkpoint that covers all of the run. */
async function withCheckpoints(
  ctx: Context,
  page: {
    readonly id: CorridorId
    readonly scope: CursorScope
    /** The entry before the page, when no checkpoint has followed it yet. */
    readonly owed: LogEntry | null
    readonly entries: readonly LogEntry[]
    readonly eventsMax: number
  },
): Promise<readonly CorridorEventRow[]> {
  const { id, scope, owed, entries, eventsMax } = page
  const events: CorridorEventRow[] = []
  let last = owed
  let covering = owed === null ? null : await checkpointCovering(ctx.database.db, owed.position)
  const cover = (): void => {
    if (last === null || covering === null) return
    const cursor = encodeCursor(scope, { ...last, isCovered: true })
    events.push(checkpointEvent(id, covering, cursor))
  }
  for (const entry of entries) {
    if (covering !== null && covering.size < entry.position) {
      cover()
      covering = null
    }
    if (events.length >= eventsMax) return events
    covering ??= await checkpointCovering(ctx.database.db, entry.position)
    last = entry
    events.push(entryEvent(id, entry, encodeCursor(scope, { ...entry, isCovered: false })))
  }
  cover()
  return events
}

function entryEvent(id: CorridorId, entry: LogEntry, cursor: string): CorridorEventRow {
  const { at, actor, data } = parseEvent(entry)
  const kind = kinds[entry.type]
  invariant(kind !== undefined, `a corridor's stream has no ${entry.type}`)
  const { sequence = null, checkpointDigest = null } = data
  return {
    corridorId: id,
    kind,
    cursor,
    at: dateOf(at),
    eventId: entry.eventId,
    streamSequence: entry.streamSeq,
    digest: entry.digest,
    previousDigest: entry.streamPrev,
    position: entry.position,
    hash: entry.hash,
    document: entry.canonical,
    actor,
    logCheckpoint: null,
    sequence: typeof sequence === 'number' ? sequence : null,
    checkpointDigest: checkpointDigest === null ? null : parseDigest(checkpointDigest),
  }
}

function checkpointEvent(
  id: CorridorId,
  checkpoint: LogCheckpoint,
  cursor: string,
): CorridorEventRow {
  return {
    corridorId: id,
    kind: 'CHECKPOINT',
    cursor,
    at: dateOf(checkpoint.at),
    eventId: null,
    streamSequence: null,
    digest: null,
    previousDigest: null,
    position: null,
    hash: null,
    document: null,
    actor: null,
    logCheckpoint: checkpoint.text,
    sequence: null,
    checkpointDigest: null,
  }
}

/** Resolvers of what an event only names. */
export const corridorEventFields = {
  async corridor({ corridorId: id }: CorridorEventRow, _args: unknown, ctx: Context) {
    const corridor = await findVisibleCorridor(ctx, corridorId(id))
    if (corridor === null) throw new SezError('NOT_FOUND')
    return corridor
  },
  receipt({ corridorId: id, sequence }: CorridorEventRow, _args: unknown, ctx: Context) {
    if (sequence === null) return null
    return loaderOf<number, ReceiptRow>(ctx, `corridor.receipts/${id}`, (sequences) =>
      store.findReceiptsBySequence(ctx.database.db, id, sequences),
    ).load(sequence)
  },
  checkpoint({ checkpointDigest }: CorridorEventRow, _args: unknown, ctx: Context) {
    if (checkpointDigest === null) return null
    return loaderOf<Digest, CorridorCheckpointRow>(ctx, 'corridor.checkpoints', (digests) =>
      checkpointStore.findCheckpoints(ctx.database.db, digests),
    ).load(checkpointDigest)
  },
}
