/**
 * The live end of the zone log in one process: it listens, reads what is new once, and hands it to
 * every follower (spec/20-events.md §7).
 *
 * @module
 */
import { SezError } from '@sez/core/errors'
import type { ZoneId } from '@sez/core/ids'
import type { InvariantViolation } from '@sez/core/invariant'
import { cursorScope } from '@sez/core/cursor'
import { type Database, type Db, mapDatabaseError } from './db.ts'
import {
  type FeedItem,
  Follower,
  type FollowerFates,
  type FollowerSource,
  type FollowerStart,
  logGap,
} from './follower.ts'
import type { Logger } from './log.ts'
import { firstPlace } from './log-floor.ts'
import type { Stream } from './stream.ts'
import { startWorker, type Worker } from './worker.ts'
import {
  latestCheckpoint,
  listEntries,
  type LogCheckpoint,
  type LogEntry,
  type LogHead,
  logPageEntriesMax,
  readHead,
  resolveCursor,
} from './zone-log.ts'

export type { FeedItem } from './follower.ts'

/** What to follow: one stream or (null) the whole log, after a cursor, or from an end. */
export interface Wanted {
  readonly stream: string | null
  /** A cursor of the same stream; null begins where `from` says. */
  readonly after: string | null
  /** Used without `after`: from the first entry (the default), or only what is yet to come. */
  readonly from?: 'start' | 'now'
}

export interface Feed {
  /**
   * Entries in order, none twice, none missing, and now and then a checkpoint that covers them.
   *
   * @throws {SezError} `CURSOR_INVALID`, `CURSOR_FORKED`, `FUTURE_CURSOR`, `EXPIRED_CURSOR`,
   *   `DATABASE_UNAVAILABLE`; the stream itself outlives a lost database, and may end with
   *   `SUBSCRIBER_TOO_SLOW` or `CURSOR_FORKED`.
   */
  follow(wanted: Wanted): Promise<Stream<FeedItem>>
  /** The last entry this process has seen. */
  head(): LogHead
}

/** The feed, for whoever owns its lifetime. */
export interface FeedHub extends Feed, AsyncDisposable {
  /** Calls `wake` whenever the log may have grown; dispose to stop. */
  onAdvance(wake: () => void): Disposable
  /** Why nobody may follow at present, for readiness: a gap in the log; else null. */
  alarm(): string | null
  /** How many followers there are, for metrics and for tests of leaks. */
  followerCount(): number
  /** Entries queued for followers at this moment, and what became of followers. */
  load(): Readonly<FollowerFates> & { readonly queued: number }
}

/** Channels of NOTIFY: the payload is only a hint, readers read the table. */
const logChannel = 'sez_log'
const checkpointChannel = 'sez_checkpoint'

const ringEntriesMax = 2_000
/** Catches what a lost notification would have told. */
const pollDefaultMs = 500
const stallCheckEveryMs = 1_000

/**
 * Opens the feed of this process, one per process.
 *
 * @param options `database` must LISTEN on an address past a pooler (`listenUrl`): through one in
 *   transaction mode notifications never arrive.
 */
export async function openFeed(options: {
  readonly database: Database
  readonly zoneId: ZoneId
  readonly log: Logger
  readonly now: () => Date
  readonly pollMs?: number
}): Promise<FeedHub> {
  const hub = new Hub(options, await readHead(options.database.db))
  try {
    await hub.listen()
  } catch (error) {
    await hub[Symbol.asyncDispose]()
    throw mapDatabaseError(error)
  }
  return hub
}

class Hub implements FeedHub, FollowerSource {
  readonly db: Db
  tail: LogHead
  checkpoint: LogCheckpoint | null = null
  readonly #options: Parameters<typeof openFeed>[0]
  readonly #worker: Worker
  readonly #unlisten: (() => Promise<void>)[] = []
  /** The last entries up to the tail, without a gap; trimmed when twice as long as needed. */
  #ring: LogEntry[] = []
  readonly #followers = new Set<Follower>()
  readonly #followersOfAll = new Set<Follower>()
  readonly #followersByStream = new Map<string, Set<Follower>>()
  readonly #owed = new Set<Follower>()
  readonly #retrying = new Set<Follower>()
  readonly #wakes = new Set<() => void>()
  /** The newest known; followers are told of it once the tail has reached its size. */
  #newestCheckpoint: LogCheckpoint | null = null
  #isCheckpointDue = true
  #alarm: InvariantViolation | null = null
  #stallsCheckedMs = 0
  readonly fates: FollowerFates = { overflows: 0, tooSlow: 0 }

  constructor(options: Parameters<typeof openFeed>[0], tail: LogHead) {
    this.#options = options
    this.db = options.database.db
    this.tail = tail
    this.#worker = startWorker({
      name: 'feed',
      pollMs: options.pollMs ?? pollDefaultMs,
      log: options.log,
      step: () => this.#step(),
    })
  }

  async listen(): Promise<void> {
    const { raw } = this.#options.database
    const wakeForCheckpoint = (): void => {
      this.#isCheckpointDue = true
      this.#worker.wake()
    }
    // The third argument runs after each reconnection too: what was told in between is lost.
    const listeners = await Promise.all([
      raw.listen(logChannel, () => this.#worker.wake(), wakeForCheckpoint),
      raw.listen(checkpointChannel, wakeForCheckpoint),
    ])
    this.#unlisten.push(...listeners.map((each) => () => each.unlisten()))
  }

  head(): LogHead {
    return this.tail
  }

  alarm(): string | null {
    return this.#alarm?.message ?? null
  }

  followerCount(): number {
    return this.#followers.size
  }

  load(): FollowerFates & { readonly queued: number } {
    const queued = [...this.#followers].reduce((sum, each) => sum + each.queuedCount, 0)
    return { ...this.fates, queued }
  }

  onAdvance(wake: () => void): Disposable {
    this.#wakes.add(wake)
    return { [Symbol.dispose]: () => void this.#wakes.delete(wake) }
  }

  async follow(wanted: Wanted): Promise<Stream<FeedItem>> {
    const scope = cursorScope(this.#options.zoneId, wanted.stream)
    const start = await this.#startOf(wanted).catch((error: unknown) => {
      throw mapDatabaseError(error)
    })
    if (this.#alarm !== null) throw this.#alarm
    const follower = new Follower(this, scope, start)
    this.#followers.add(follower)
    this.#indexOf(follower.stream).add(follower)
    this.#isCheckpointDue = true
    this.#worker.wake()
    return follower
  }

  recent(after: bigint): readonly LogEntry[] | null {
    if (after >= this.tail.position) return []
    const [first] = this.#ring
    if (first === undefined || first.position > after + 1n) return null
    return this.#ring.slice(Number(after + 1n - first.position))
  }

  owe(follower: Follower, isOwed: boolean): void {
    if (isOwed) this.#owed.add(follower)
    else this.#owed.delete(follower)
  }

  retry(follower: Follower): void {
    this.#retrying.add(follower)
  }

  leave(follower: Follower): void {
    this.#followers.delete(follower)
    this.#retrying.delete(follower)
    const index = this.#indexOf(follower.stream)
    index.delete(follower)
    if (follower.stream !== null && index.size === 0) {
      this.#followersByStream.delete(follower.stream)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.stop()
    await Promise.all([...this.#followers].map((each) => each.return()))
    // A connection that is gone listens to nothing either.
    await Promise.allSettled(this.#unlisten.map((unlisten) => unlisten()))
  }

  async #startOf({ stream, after, from }: Wanted): Promise<FollowerStart> {
    const scope = cursorScope(this.#options.zoneId, stream)
    if (after !== null) {
      const { position, entry, isCovered } = await resolveCursor(this.db, scope, after)
      const isOwn = stream === null || entry?.stream === stream
      return { position, entry: isOwn ? entry : null, isOrigin: false, isCovered }
    }
    if (from === 'now') {
      const { position } = await readHead(this.db)
      return { position, entry: null, isOrigin: false, isCovered: true }
    }
    const position = await firstPlace(this.db, scope)
    return { position, entry: null, isOrigin: true, isCovered: true }
  }

  #indexOf(stream: string | null): Set<Follower> {
    if (stream === null) return this.#followersOfAll
    const known = this.#followersByStream.get(stream)
    if (known !== undefined) return known
    const index = new Set<Follower>()
    this.#followersByStream.set(stream, index)
    return index
  }

  /** Reads what is new and hands it on; true when there may be more at once. */
  async #step(): Promise<boolean> {
    const before = this.tail.position
    // An alarm ended all followers; only reading on from before the gap shows that it is mended.
    const isIdle = this.#followers.size === 0 && this.#alarm === null
    const isFull = isIdle ? await this.#skip() : await this.#advance()
    if (this.tail.position !== before) for (const wake of this.#wakes) wake()
    // A step that found nothing is the timer's: it makes up for a lost notification.
    else this.#isCheckpointDue = true
    await this.#readCheckpoint()
    for (const each of this.#retrying) {
      this.#retrying.delete(each)
      each.serve()
    }
    this.#checkStalls()
    return isFull
  }

  /** With nobody to tell, only the end is of interest; who comes later reads from the table. */
  async #skip(): Promise<false> {
    const head = await readHead(this.db)
    // Someone came meanwhile and may count on being told of everything after the present tail.
    if (this.#followers.size > 0) return false
    if (head.position !== this.tail.position) this.#ring = []
    this.tail = head
    return false
  }

  /** Reads the tail's own entry again each time: when it changed, this is another history. */
  async #advance(): Promise<boolean> {
    const isEmpty = this.tail.position === 0n
    const entries = await listEntries(this.db, {
      stream: null,
      after: isEmpty ? 0n : this.tail.position - 1n,
      limit: logPageEntriesMax,
    }).catch((error: unknown) => {
      if (error instanceof SezError && error.code === 'EXPIRED_CURSOR') return error
      throw error
    })
    if (entries instanceof SezError) {
      // This process has slept until what it did not tell yet was archived.
      await this.#startOver(entries)
      return true
    }
    if (!isEmpty) {
      const again = entries.shift()
      if (again?.position !== this.tail.position || again.hash !== this.tail.hash) {
        await this.#startOver(
          new SezError('CURSOR_FORKED', { field: 'after', reason: 'another history' }),
        )
        return true
      }
    }
    for (const entry of entries) {
      if (entry.position !== this.tail.position + 1n) {
        this.#raiseAlarm(logGap(this.tail.position, entry.position))
        return false
      }
      this.#hand(entry)
    }
    this.#alarm = null
    return entries.length >= logPageEntriesMax - 1
  }

  #hand(entry: LogEntry): void {
    this.tail = { position: entry.position, hash: entry.hash }
    this.#ring.push(entry)
    if (this.#ring.length >= 2 * ringEntriesMax) this.#ring = this.#ring.slice(-ringEntriesMax)
    for (const each of this.#followersOfAll) each.offer(entry)
    for (const each of this.#followersByStream.get(entry.stream) ?? []) each.offer(entry)
  }

  /** What comes after the tail cannot be told: the log was restored, or archived past it. */
  async #startOver(reason: SezError): Promise<void> {
    const { position } = this.tail
    this.#options.log.error({ position, code: reason.code }, 'the followers cannot be served on')
    for (const each of this.#followers) each.fail(reason)
    this.#ring = []
    this.checkpoint = null
    this.#newestCheckpoint = null
    this.tail = await readHead(this.db)
  }

  #raiseAlarm(gap: InvariantViolation): void {
    if (this.#alarm === null) this.#options.log.error({ err: gap }, 'the zone log has a gap')
    this.#alarm = gap
    for (const each of this.#followers) each.fail(gap)
  }

  async #readCheckpoint(): Promise<void> {
    if (this.#followers.size === 0) return
    if (this.#isCheckpointDue) {
      this.#newestCheckpoint = await latestCheckpoint(this.db)
      this.#isCheckpointDue = false
    }
    const newest = this.#newestCheckpoint
    if (
      newest === null ||
      newest.size === this.checkpoint?.size ||
      newest.size > this.tail.position
    )
      return
    this.checkpoint = newest
    for (const each of this.#owed) each.serve()
  }

  #checkStalls(): void {
    const now = this.#options.now()
    if (Math.abs(now.getTime() - this.#stallsCheckedMs) < stallCheckEveryMs) return
    this.#stallsCheckedMs = now.getTime()
    for (const each of this.#followers) each.checkStall(now)
  }
}
