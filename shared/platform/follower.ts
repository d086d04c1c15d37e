/**
 * One reader of the feed: a bounded queue that the hub fills, and the table to fall back to
 * (spec/20-events.md §7).
 *
 * @module
 */
import type { Digest } from '@sez/core/digest'
import { SezError } from '@sez/core/errors'
import { invariant, InvariantViolation } from '@sez/core/invariant'
import { type CursorScope, encodeCursor } from '@sez/core/cursor'
import { type Db, mapDatabaseError } from './db.ts'
import { subscriberQueueItemsMax, subscriberStallMs } from './limits.ts'
import type { Stream } from './stream.ts'
import {
  latestCheckpoint,
  listEntries,
  type LogCheckpoint,
  type LogEntry,
  type LogHead,
} from './zone-log.ts'

/** `cursor` is the place behind the item: following after it gives what comes next, exactly. */
export type FeedItem =
  | { readonly kind: 'entry'; readonly entry: LogEntry; readonly cursor: string }
  | { readonly kind: 'checkpoint'; readonly checkpoint: LogCheckpoint; readonly cursor: string }

/** What a follower needs of the hub that feeds it. */
export interface FollowerSource {
  readonly db: Db
  /** Everything up to here has been offered to the followers that are not behind. */
  readonly tail: LogHead
  /** The newest checkpoint of at most `tail.position` entries. */
  readonly checkpoint: LogCheckpoint | null
  /** The entries after a position up to the tail; null when they are no longer all in memory. */
  recent(after: bigint): readonly LogEntry[] | null
  /** Announces whether the follower wants to hear of the next checkpoint. */
  owe(follower: Follower, isOwed: boolean): void
  /** Calls the follower's `serve` once the database answers again. */
  retry(follower: Follower): void
  leave(follower: Follower): void
  /** Counts what became of followers, for metrics. */
  readonly fates: FollowerFates
}

/** What became of followers since the start. */
export interface FollowerFates {
  /** Full queues that fell back to the table. */
  overflows: number
  /** Followers ended because nothing was taken from them. */
  tooSlow: number
}

/** Where a follower begins. */
export interface FollowerStart {
  /** Entries up to here are not wanted. */
  readonly position: bigint
  /** The entry there, when it is of the followed stream; null when unknown. */
  readonly entry: LogEntry | null
  /** True when the follower reads from the very beginning, so the first link is known. */
  readonly isOrigin: boolean
  /** Whether a checkpoint that covers that entry was given out. */
  readonly isCovered: boolean
}

interface Link {
  readonly position: bigint
  readonly streamSeq: number
  readonly digest: Digest | null
}

const over: IteratorReturnResult<undefined> = { done: true, value: undefined }

/**
 * Entries in order, none twice and none missing, and after them the checkpoints that cover them.
 *
 * It is live while its queue holds everything up to the hub's tail. When the queue is full it falls
 * behind: the queue is emptied first, then the gap is read from memory or from the table.
 */
export class Follower implements Stream<FeedItem> {
  readonly stream: string | null
  readonly #source: FollowerSource
  readonly #scope: CursorScope
  readonly #queue: LogEntry[] = []
  readonly #waiting: PromiseWithResolvers<IteratorResult<FeedItem, undefined>>[] = []
  /** Whatever was read up to here is in the queue or has been given out. */
  #scanned: bigint
  #isLive = false
  #isReading = false
  #state: 'open' | 'failed' | 'closed' = 'open'
  #failure: unknown = null
  /** The entry given out last: the next must be linked to it. Null when unknown. */
  #last: Link | null
  #lastPosition: bigint
  #lastHash: Digest | null
  /** The first entry given out that no checkpoint given out covers; null when there is none. */
  #owedFrom: bigint | null
  /** The newest checkpoint of what was read from the table, for a follower far behind. */
  #readCheckpoint: LogCheckpoint | null = null
  #stalledSinceMs: number | null = null

  constructor(source: FollowerSource, scope: CursorScope, start: FollowerStart) {
    const { position, entry, isOrigin, isCovered } = start
    this.stream = scope.stream
    this.#source = source
    this.#scope = scope
    this.#scanned = position
    this.#lastPosition = entry === null ? 0n : position
    this.#lastHash = entry?.hash ?? null
    this.#last = entry ?? (isOrigin ? { position: 0n, streamSeq: 0, digest: null } : null)
    this.#owedFrom = entry === null || isCovered ? null : position
    if (this.#owedFrom !== null) source.owe(this, true)
  }

  /** Entries that wait to be taken. */
  get queuedCount(): number {
    return this.#queue.length
  }

  next(): Promise<IteratorResult<FeedItem, undefined>> {
    this.#stalledSinceMs = null
    if (this.#state === 'failed') {
      this.#state = 'closed'
      return Promise.reject(this.#failure)
    }
    if (this.#state === 'closed') return Promise.resolve(over)
    const answer = Promise.withResolvers<IteratorResult<FeedItem, undefined>>()
    this.#waiting.push(answer)
    this.serve()
    return answer.promise
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    if (this.#state === 'open') this.#leave()
    this.#state = 'closed'
    for (const each of this.#waiting.splice(0)) each.resolve(over)
    return over
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** A new entry at the hub's tail, of this follower's stream. */
  offer(entry: LogEntry): void {
    if (!this.#isLive || entry.position <= this.#scanned) return
    if (this.#queue.length >= subscriberQueueItemsMax) {
      this.#isLive = false
      this.#scanned = entry.position - 1n
      this.#source.fates.overflows += 1
      return
    }
    this.#queue.push(entry)
    this.serve()
  }

  /** Answers whoever waits, as far as there are items. */
  serve(): void {
    while (this.#waiting.length > 0 && this.#state === 'open') {
      const item = this.#take()
      if (item === null) {
        if (!this.#isLive && !this.#isReading) void this.#read()
        return
      }
      this.#waiting.shift()?.resolve({ done: false, value: item })
    }
  }

  /** Ends the follower with an error, which its next or waiting `next()` throws. */
  fail(failure: unknown): void {
    if (this.#state !== 'open') return
    this.#leave()
    this.#state = 'failed'
    this.#failure = failure
    const first = this.#waiting.shift()
    if (first === undefined) return
    this.#state = 'closed'
    first.reject(failure)
    for (const each of this.#waiting.splice(0)) each.resolve(over)
  }

  /** Ends a follower from which nothing was taken for 30 s although items wait. */
  checkStall(now: Date): void {
    const isStalled = this.#waiting.length === 0 && (this.#queue.length > 0 || !this.#isLive)
    if (!isStalled) this.#stalledSinceMs = null
    // A clock set back begins anew, rather than to wait until it has caught up.
    else if (this.#stalledSinceMs === null || this.#stalledSinceMs > now.getTime()) {
      this.#stalledSinceMs = now.getTime()
    } else if (now.getTime() - this.#stalledSinceMs >= subscriberStallMs) {
      this.#source.fates.tooSlow += 1
      this.fail(new SezError('SUBSCRIBER_TOO_SLOW', { stalledMs: subscriberStallMs }))
    }
  }

  #leave(): void {
    this.#queue.length = 0
    this.#source.owe(this, false)
    this.#source.leave(this)
  }

  #take(): FeedItem | null {
    const [entry] = this.#queue
    const checkpoint = this.#dueCheckpoint(entry)
    if (checkpoint !== null) return this.#giveCheckpoint(checkpoint)
    if (entry === undefined) return null
    const problem = this.#brokenLink(entry)
    if (problem !== null) {
      this.fail(problem)
      return null
    }
    this.#queue.shift()
    this.#last = entry
    this.#lastPosition = entry.position
    this.#lastHash = entry.hash
    if (this.#owedFrom === null) {
      this.#owedFrom = entry.position
      this.#source.owe(this, true)
    }
    const cursor = encodeCursor(this.#scope, { ...entry, isCovered: false })
    return { kind: 'entry', entry, cursor }
  }

  /** A checkpoint whose entries have all been given out, at least one since the last checkpoint. */
  #dueCheckpoint(next: LogEntry | undefined): LogCheckpoint | null {
    const owedFrom = this.#owedFrom
    if (owedFrom === null) return null
    const { tail, checkpoint } = this.#source
    const reached = this.#isLive && tail.position > this.#scanned ? tail.position : this.#scanned
    const given = next === undefined ? reached : next.position - 1n
    const isDue = (each: LogCheckpoint | null): each is LogCheckpoint =>
      each !== null && each.size >= owedFrom && each.size <= given
    if (isDue(checkpoint)) return checkpoint
    return isDue(this.#readCheckpoint) ? this.#readCheckpoint : null
  }

  #giveCheckpoint(checkpoint: LogCheckpoint): FeedItem {
    const isCovered = checkpoint.size >= this.#lastPosition
    this.#owedFrom = isCovered ? null : checkpoint.size + 1n
    if (isCovered) this.#source.owe(this, false)
    invariant(this.#lastHash !== null, 'a checkpoint follows an entry')
    const place = { position: this.#lastPosition, hash: this.#lastHash, isCovered }
    const partial = isCovered ? {} : { partlyCovered: checkpoint.size }
    return {
      kind: 'checkpoint',
      checkpoint,
      cursor: encodeCursor(this.#scope, { ...place, ...partial }),
    }
  }

  /** A missing entry is never skipped: it means that the log, or this program, is broken. */
  #brokenLink(entry: LogEntry): Error | null {
    const last = this.#last
    if (last === null) return null
    const isLinked =
      this.stream === null
        ? entry.position === last.position + 1n
        : entry.streamSeq === last.streamSeq + 1 && entry.streamPrev === last.digest
    return isLinked ? null : logGap(last.position, entry.position)
  }

  /** Reads on from where the queue ended, until it holds something or this follower is live. */
  async #read(): Promise<void> {
    this.#isReading = true
    try {
      while (this.#state === 'open' && !this.#isLive && this.#queue.length === 0) {
        if (!this.#readMemory()) await this.#readTable()
      }
      if (this.#state === 'open' && !this.#isLive) this.#readMemory()
    } catch (error) {
      const mapped = mapDatabaseError(error)
      // What is archived does not come back by waiting.
      const isLasting = !(mapped instanceof SezError) || mapped.code === 'EXPIRED_CURSOR'
      if (!isLasting) this.#source.retry(this)
      else this.fail(mapped)
      return
    } finally {
      this.#isReading = false
    }
    this.serve()
  }

  /** No await in here: between seeing the tail and being live nothing may be offered. */
  #readMemory(): boolean {
    const recent = this.#source.recent(this.#scanned)
    if (recent === null) return false
    for (const entry of recent) {
      if (this.stream !== null && entry.stream !== this.stream) continue
      if (this.#queue.length >= subscriberQueueItemsMax) {
        this.#scanned = entry.position - 1n
        return true
      }
      this.#queue.push(entry)
    }
    this.#scanned = recent.at(-1)?.position ?? this.#scanned
    this.#isLive = true
    return true
  }

  async #readTable(): Promise<void> {
    const { db, tail } = this.#source
    const entries = await listEntries(db, {
      stream: this.stream,
      after: this.#scanned,
      upTo: tail.position,
      limit: subscriberQueueItemsMax,
    })
    const last = entries.at(-1)
    const isFull = entries.length === subscriberQueueItemsMax && last !== undefined
    const scanned = isFull ? last.position : tail.position
    // Near the tail the hub's own newest checkpoint serves.
    const checkpoint = isFull ? await latestCheckpoint(db, scanned) : null
    if (this.#state !== 'open') return
    this.#readCheckpoint = checkpoint
    this.#scanned = scanned
    this.#queue.push(...entries)
  }
}

/** Two entries that should follow one another do not: an alarm, INTERNAL to callers. */
export function logGap(before: bigint, after: bigint): InvariantViolation {
  return new InvariantViolation(`the log has a gap between positions ${before} and ${after}`)
}
