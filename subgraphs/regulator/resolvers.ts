/** Read models of the zone log; this subgraph changes nothing and has no Mutation type. @module */
import { canonicalize, canonicalText } from '@sez/core/canonical'
import type { Did } from '@sez/core/did'
import { SezError } from '@sez/core/errors'
import { corridorId, entityId, eventId } from '@sez/core/ids'
import { invariant } from '@sez/core/invariant'
import { dateOf } from '@sez/core/timestamp'
import { type Context, hasRole, mayTouchCorridor, mayTouchEntity } from '@sez/platform/context'
import { cursorScope, encodeCursor } from '@sez/core/cursor'
import { firstPlace } from '@sez/platform/log-floor'
import { pageSize } from '@sez/platform/page'
import type { Complete } from '@sez/platform/resolvers'
import type { TypePolicy } from '@sez/platform/subgraph'
import { openProblems } from '@sez/platform/validation'
import {
  findCheckpoint,
  findEntry,
  latestCheckpoint,
  listEntries,
  logConsistencyProof,
  logInclusionProof,
  logPageEntriesMax,
  parseEvent,
  resolveCursor,
} from '@sez/platform/zone-log'
import type { LogCheckpointRow, LogEntryRow } from './rows.ts'
import type {
  QueryLogEntriesArgs,
  QueryLogProofArgs,
  Resolvers,
  ResolversParentTypes,
} from './schema.types.ts'
import { listZoneKeys } from './store.ts'

export const resolvers: Complete<Resolvers, ResolversParentTypes> = {
  Query: {
    zone: (_root, _args, { zone }) => ({
      id: zone.zoneId,
      name: zone.name,
      did: zone.did,
      mode: zone.mode === 'production' ? 'PRODUCTION' : 'DEVELOPMENT',
    }),
    latestCheckpoint: (_root, _args, { database }) => latestCheckpoint(database.db),
    zoneKeys: async (_root, _args, { database }) => [...(await listZoneKeys(database.db))],
    logEntry(_root, { position, eventId: id }, { database }) {
      const isByPosition = position !== null && position !== undefined
      const isByEvent = id !== null && id !== undefined
      const problems = openProblems()
      problems.require(isByPosition !== isByEvent, 'position', 'give either position or eventId')
      const event = isByEvent ? problems.parse('eventId', eventId, id) : null
      problems.refuse()
      if (isByPosition) return findEntry(database.db, { position })
      return event === null ? null : findEntry(database.db, { eventId: event })
    },
    logEntries: (_root, args, ctx) => pageOfEntries(ctx, args),
    logProof: (_root, args, ctx) => proveEntry(ctx, args),
    async logConsistency(_root, { from, to }, { database }) {
      const proof = await logConsistencyProof(database.db, from, to)
      const { from_root: fromRoot, to_root: toRoot } = proof
      return { from, to, fromRoot, toRoot, document: canonicalText(canonicalize(proof)) }
    },
  },
  LogCheckpoint: {
    at: ({ at }) => dateOf(at),
    document: ({ text }) => text,
  },
  LogEntry: {
    streamSequence: ({ streamSeq }) => streamSeq,
    previousDigest: ({ streamPrev }) => streamPrev,
    actor: (entry) => actorOf(entry),
    at: (entry) => dateOf(parseEvent(entry).at),
    document: ({ canonical }) => canonical,
  },
}

/** Officials see every entry their token is not narrowed away from, everyone else their own. */
const entryPolicy: TypePolicy<LogEntryRow> = {
  seen: (entry, { caller }) => {
    const [kind, id] = entry.stream.split('/', 2)
    if (kind === 'corridor' && !mayTouchCorridor(caller, corridorId(id))) return false
    if (kind === 'entity' && !mayTouchEntity(caller, entityId(id))) return false
    if (hasRole(caller, 'REGULATOR', 'AUDITOR', 'ADMIN')) return true
    return caller.did !== null && actorOf(entry) === caller.did
  },
}

export const policies: Readonly<Record<string, TypePolicy>> = { LogEntry: entryPolicy }

function actorOf(entry: LogEntryRow): Did | null {
  return parseEvent(entry).actor
}

async function pageOfEntries(ctx: Context, { stream: wanted, first, after }: QueryLogEntriesArgs) {
  const size = pageSize(first)
  const stream = wanted ?? null
  const { db } = ctx.database
  const scope = cursorScope(ctx.zone.zoneId, stream)
  const place = typeof after === 'string' ? await resolveCursor(db, scope, after) : null
  const entries = await listEntries(db, {
    stream,
    after: place?.position ?? (await firstPlace(db, scope)),
    limit: Math.min(size + 1, logPageEntriesMax),
  })
  const nodes = entries.slice(0, size)
  const edges = nodes.map((node) => ({
    cursor: encodeCursor(scope, { ...node, isCovered: false }),
    node,
  }))
  return {
    edges,
    nodes,
    pageInfo: {
      // A page of the greatest size reads no entry beyond itself, so it says yes to be sure.
      hasNextPage: entries.length > size || nodes.length === logPageEntriesMax,
      hasPreviousPage: place !== null,
      startCursor: edges.at(0)?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  }
}

async function proveEntry(ctx: Context, { position, checkpointSize }: QueryLogProofArgs) {
  const { db } = ctx.database
  const isNamed = checkpointSize !== null && checkpointSize !== undefined
  const [entry, checkpoint] = await Promise.all([
    findEntry(db, { position }),
    isNamed ? findCheckpoint(db, checkpointSize) : latestCheckpoint(db),
  ])
  if (entry === null || !(await entryPolicy.seen(entry, ctx))) return null
  if (isNamed && checkpoint === null) throw new SezError('NOT_FOUND', { field: 'checkpointSize' })
  const size = checkpoint?.size ?? 0n
  if (checkpoint === null || size < position) {
    const code = isNamed ? 'CHECKPOINT_TOO_OLD' : 'CHECKPOINT_PENDING'
    throw new SezError(code, { position: String(position), size: String(size) })
  }
  const proof = await logInclusionProof(db, position, size)
  invariant(proof.root === checkpoint.root, 'the stored nodes give the signed root')
  return {
    position,
    hash: entry.hash,
    size,
    root: proof.root,
    checkpoint: checkpoint satisfies LogCheckpointRow,
    document: canonicalText(canonicalize(proof)),
  }
}
