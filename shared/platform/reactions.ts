/**
 * What a subgraph does when others speak: each event of the log once, in order, in one transaction
 * with the place reached (spec/18-writes.md §6).
 *
 * @module
 */
import { SezError } from '@sez/core/errors'
import type { Role } from '@sez/core/roles'
import { and, asc, eq, gte } from 'drizzle-orm'
import type { Context } from './context.ts'
import { databaseCodeOf, type Db, mapDatabaseError, type Tx } from './db.ts'
import type { FeedHub } from './feed.ts'
import { heartbeatOf } from './heartbeat.ts'
import type { SezEvent } from './outbox.ts'
import { parked, reactions } from './tables.ts'
import { startWorker, type Worker } from './worker.ts'
import { limitTime } from './write.ts'
import { findEntry, listEntries, type LogEntry, parseEvent, readHead } from './zone-log.ts'

/** An event with its place in the zone log. */
export type LoggedEvent = SezEvent & { readonly position: bigint }

export interface Reaction {
  /** Unique in the zone and never changed: the place reached is kept under it. */
  readonly name: string
  readonly types: readonly string[]
  /**
   * Touches the database only, through `tx`: it runs again whenever anything in its transaction
   * fails, and nothing outside could be taken back.
   */
  handle(tx: Tx, event: LoggedEvent, ctx: Context): Promise<void>
}

/** What reactions share with requests of the same subgraph. */
export type ReactionGround = Omit<Context, 'caller' | 'correlationId' | 'signal' | 'loaders'>

/** Running reactions; `stop` waits for the transactions under way. */
export interface Reactions extends AsyncDisposable {
  stop(): Promise<void>
}

const batchEntries = 200
const pollDefaultMs = 500
/** After so many tries a reaction gives up on a stream. */
export const reactionTriesMax = 10
const retryDelayMs = 100
const retryDelayMaxMs = 60_000
/** The error code of an event that only waits behind a parked one. */
const waitingCode = 'WAITING'

/** Starts one worker per reaction; in several processes one of them is active at a time. */
export function startReactions(
  list: readonly Reaction[],
  options: {
    readonly ground: ReactionGround
    readonly hub: Pick<FeedHub, 'onAdvance'>
    readonly pollMs?: number
  },
): Reactions {
  const { ground, hub, pollMs = pollDefaultMs } = options
  const workers = list.map((reaction) => {
    const beat = heartbeatOf(ground.database, `reaction ${reaction.name}`, () => ground.now())
    return startWorker({
      name: `reaction ${reaction.name}`,
      pollMs,
      log: ground.log,
      async step() {
        const outcome = await react(reaction, ground)
        if (outcome.isActive) await beat(outcome.stuck > 0 ? `parked: ${outcome.stuck}` : null)
        return outcome.isMore
      },
    })
  })
  const wakes = workers.map((worker) => hub.onAdvance(worker.wake))
  const stop = async (): Promise<void> => {
    for (const each of wakes) each[Symbol.dispose]()
    await Promise.all(workers.map((worker: Worker) => worker.stop()))
  }
  return { stop, [Symbol.asyncDispose]: stop }
}

/**
 * Lets a reaction try a stream's parked events again, after their cause was mended. Answers how
 * many had been given up.
 *
 * @throws {SezError} `REACTION_UNKNOWN` with the known names.
 */
export async function unpark(
  db: Db,
  wanted: { readonly reaction: string; readonly stream: string },
): Promise<number> {
  const known = await db.select({ name: reactions.name }).from(reactions).orderBy(reactions.name)
  if (!known.some((each) => each.name === wanted.reaction)) {
    throw new SezError('REACTION_UNKNOWN', { known: known.map((each) => each.name) })
  }
  const released = await db
    .update(parked)
    .set({ tries: 0 })
    .where(
      and(
        eq(parked.reaction, wanted.reaction),
        eq(parked.stream, wanted.stream),
        gte(parked.tries, reactionTriesMax),
      ),
    )
    .returning({ position: parked.position })
  return released.length
}

/** The streams a reaction has given up on, with the event that stopped each. */
export async function listStuck(
  db: Db | Tx,
  reaction: string,
): Promise<{ stream: string; position: bigint; errorCode: string }[]> {
  return db
    .select({ stream: parked.stream, position: parked.position, errorCode: parked.errorCode })
    .from(parked)
    .where(and(eq(parked.reaction, reaction), gte(parked.tries, reactionTriesMax)))
    .orderBy(asc(parked.position))
}

interface Outcome {
  /** False when another process holds this reaction. */
  readonly isActive: boolean
  readonly isMore: boolean
  readonly stuck: number
}

/** One round: what is new, then what is due for another try. */
async function react(reaction: Reaction, ground: ReactionGround): Promise<Outcome> {
  const { db } = ground.database
  const [[place], head] = await Promise.all([
    db.select().from(reactions).where(eq(reactions.name, reaction.name)),
    readHead(db),
  ])
  if (place === undefined) {
    const made = await db
      .insert(reactions)
      .values({ name: reaction.name, position: 0n })
      .onConflictDoNothing()
      .returning({ name: reactions.name })
    // Another process made it at this moment; or, never to be passed over, another subgraph did.
    return { isActive: made.length > 0, isMore: made.length > 0, stuck: 0 }
  }
  let isMore = false
  if (place.position < head.position) {
    const taken = await takeBatch(reaction, ground)
    if (taken === null) return { isActive: false, isMore: false, stuck: 0 }
    isMore = taken === batchEntries
  }
  const retried = await retryParked(reaction, ground)
  const stuck = await listStuck(db, reaction.name)
  return { isActive: true, isMore: isMore || retried, stuck: stuck.length }
}

/**
 * Handles the next entries in one transaction; answers how many were read, null when another
 * process is at it. An event whose handler throws is undone alone and parked: its stream waits from
 * there on, the others go on.
 */
async function takeBatch(reaction: Reaction, ground: ReactionGround): Promise<number | null> {
  const taken = await ground.database.db.transaction(async (tx) => {
    const place = await lockPlace(tx, reaction)
    if (place === null) return null
    const entries = await listEntries(tx, { stream: null, after: place, limit: batchEntries })
    const last = entries.at(-1)
    if (last === undefined) return 0
    const wanted = entries.filter((entry) => reaction.types.includes(entry.type))
    const waiting = await parkedStreams(tx, reaction, wanted)
    for (const entry of wanted) {
      if (waiting.has(entry.stream)) {
        await park(tx, { reaction, ground, entry, tries: 0, errorCode: waitingCode })
        continue
      }
      const errorCode = await attempt(tx, { reaction, ground, entry, tries: 1 })
      if (errorCode === null) continue
      waiting.add(entry.stream)
      await park(tx, { reaction, ground, entry, tries: 1, errorCode })
    }
    await tx
      .update(reactions)
      .set({ position: last.position })
      .where(eq(reactions.name, reaction.name))
    return entries.length
  })
  if (taken !== null && taken > 0) ground.afterCommit()
  return taken
}

/** Tries the first parked event of each stream that is due; true when one went through. */
async function retryParked(reaction: Reaction, ground: ReactionGround): Promise<boolean> {
  const firsts = await ground.database.db
    .selectDistinctOn([parked.stream])
    .from(parked)
    .where(eq(parked.reaction, reaction.name))
    .orderBy(parked.stream, asc(parked.position))
  let isMore = false
  for (const first of firsts) {
    if (isDue(first, ground.now())) isMore = (await retryOne(reaction, ground, first)) || isMore
  }
  if (isMore) ground.afterCommit()
  return isMore
}

/** One more try of a parked event; true when it went through and is parked no longer. */
function retryOne(
  reaction: Reaction,
  ground: ReactionGround,
  { stream, position, tries }: typeof parked.$inferSelect,
): Promise<boolean> {
  const row = and(
    eq(parked.reaction, reaction.name),
    eq(parked.stream, stream),
    eq(parked.position, position),
  )
  return ground.database.db.transaction(async (tx) => {
    if ((await lockPlace(tx, reaction)) === null) return false
    const [still] = await tx
      .select()
      .from(parked)
      .where(and(row, eq(parked.tries, tries)))
    const entry = still === undefined ? null : await findEntry(tx, { position })
    // Another process, which held the reaction until now, has tried it.
    if (entry === null) return false
    const errorCode = await attempt(tx, { reaction, ground, entry, tries: tries + 1 })
    if (errorCode === null) await tx.delete(parked).where(row)
    else
      await tx
        .update(parked)
        .set({ tries: tries + 1, errorCode, at: ground.now() })
        .where(row)
    return errorCode === null
  })
}

/** The place reached, locked until the transaction ends; null when another process holds it. */
async function lockPlace(tx: Tx, reaction: Reaction): Promise<bigint | null> {
  const [, [place]] = await Promise.all([
    limitTime(tx),
    tx
      .select({ position: reactions.position })
      .from(reactions)
      .where(eq(reactions.name, reaction.name))
      .for('update', { skipLocked: true }),
  ])
  return place?.position ?? null
}

async function parkedStreams(
  tx: Tx,
  reaction: Reaction,
  entries: readonly LogEntry[],
): Promise<Set<string>> {
  if (entries.length === 0) return new Set()
  const rows = await tx
    .selectDistinct({ stream: parked.stream })
    .from(parked)
    .where(eq(parked.reaction, reaction.name))
  return new Set(rows.map((row) => row.stream))
}

interface Handling {
  readonly reaction: Reaction
  readonly ground: ReactionGround
  readonly entry: LogEntry
  /** Which try this is, from 1; 0 for an event that was not tried. */
  readonly tries: number
}

async function park(tx: Tx, event: Handling & { readonly errorCode: string }): Promise<void> {
  const { reaction, ground, entry, tries, errorCode } = event
  const { stream, position } = entry
  await tx
    .insert(parked)
    .values({ reaction: reaction.name, stream, position, tries, errorCode, at: ground.now() })
}

/** Handles one event behind a savepoint; answers the code it failed with, null when it did not. */
async function attempt(tx: Tx, handling: Handling): Promise<string | null> {
  const { reaction, ground, entry, tries } = handling
  const { position } = entry
  try {
    const ctx = contextOf(ground, `${reaction.name}@${position}`)
    await tx.transaction((inner) => reaction.handle(inner, { ...parseEvent(entry), position }, ctx))
    return null
  } catch (cause) {
    if (!isFault(cause)) throw cause
    const line = {
      reaction: reaction.name,
      position: String(position),
      tries,
      err: mapDatabaseError(cause),
    }
    if (tries < reactionTriesMax) ground.log.warn(line, 'a reaction failed and is tried again')
    else ground.log.error(line, 'a reaction gave up on a stream: mend the cause, then unpark it')
    // Only the code is kept, since a message may hold what was being handled.
    return cause instanceof SezError ? cause.code : 'INTERNAL'
  }
}

/** The zone itself acts, as SYSTEM. */
function contextOf(ground: ReactionGround, correlationId: string): Context {
  return {
    ...ground,
    now: () => ground.now(),
    random: (bytes) => ground.random(bytes),
    caller: {
      did: ground.zone.did,
      roles: new Set<Role>(['SYSTEM']),
      entityIds: null,
      corridorIds: null,
      expiresAt: null,
    },
    correlationId,
    signal: new AbortController().signal,
    loaders: new Map(),
  }
}

const notOfTheEvent: ReadonlySet<string> = new Set(['DATABASE_UNAVAILABLE', 'STORAGE_FULL'])

/** Whether a failure says something about the event, rather than about the database or a rival. */
function isFault(cause: unknown): boolean {
  const mapped = mapDatabaseError(cause)
  if (mapped instanceof SezError) return !notOfTheEvent.has(mapped.code)
  return !['40001', '40P01'].includes(databaseCodeOf(cause) ?? '')
}

function isDue(row: { readonly tries: number; readonly at: Date }, now: Date): boolean {
  if (row.tries >= reactionTriesMax) return false
  const delayMs = row.tries === 0 ? 0 : Math.min(retryDelayMs * 2 ** row.tries, retryDelayMaxMs)
  // A clock set back must not put the next try off by as much.
  return Math.abs(now.getTime() - row.at.getTime()) >= delayMs
}
