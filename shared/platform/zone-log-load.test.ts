/** The zone log under load and violence: no gap, no duplicate, no disorder, chains verify. @module */
import { setTimeout as delay } from 'node:timers/promises'
import { parseJson } from '@sez/core/json'
import { chainHash, digestOfBytes, hexToBytes } from '@sez/core/digest'
import { SezError } from '@sez/core/errors'
import { rootOf } from '@sez/core/mmr'
import { verifyProofs } from '@sez/core/proof'
import { expect, test } from 'vitest'
import { until } from './database.fixture.ts'
import type { FeedItem } from './feed.ts'
import { verifyLog } from './log-audit.ts'
import { type LogReference, publish } from './outbox.ts'
import { startSealer } from './sealer.ts'
import { startSequencer } from './sequencer.ts'
import { write } from './write.ts'
import { openTestLog, type TestLog, testZone } from './zone-log.fixture.ts'
import { type LogEntry, parseEvent, readHead } from './zone-log.ts'

const streamCount = 12

/** What the writers did: those that were told of success, and all that were tried. */
interface Written {
  readonly acknowledged: Set<string>
  readonly attempted: Set<string>
}

/** Writes for ever, with delays inside transactions and one rollback in ten, until `isOver`. */
async function startWriter(
  log: TestLog,
  written: Written,
  run: { readonly nudge: () => void; readonly isOver: () => boolean },
): Promise<void> {
  const ctx = log.context({ afterCommit: run.nudge })
  while (!run.isOver()) {
    const stream = `entity/${Math.floor(Math.random() * streamCount)}`
    await write(ctx, { field: 'note', input: {} }, async (tx) => {
      const reference: LogReference = await publish(tx, ctx, {
        stream,
        type: 'entity.noted',
        data: {},
      })
      written.attempted.add(reference.eventId)
      await delay(Math.random() * 3)
      if (Math.random() < 0.1) throw new RangeError('rolled back')
      return { log: reference }
    }).then(
      ({ log }) => written.acknowledged.add(log.eventId),
      // Rolled back on purpose, or cut off: then whether it was committed is unknown.
      () => delay(5),
    )
  }
}

/** Follows the whole log from its last cursor, again and again, until it has seen enough. */
async function startFollower(
  log: TestLog,
  isDone: (items: readonly FeedItem[]) => boolean,
): Promise<FeedItem[]> {
  const items: FeedItem[] = []
  while (!isDone(items)) {
    const after = items.at(-1)?.cursor ?? null
    const follower = await log.hub.follow({ stream: null, after }).catch((error: unknown) => {
      if (error instanceof SezError && error.code === 'DATABASE_UNAVAILABLE') return null
      throw error
    })
    if (follower === null) {
      await delay(5)
      continue
    }
    const patience = 1 + Math.floor(Math.random() * 120)
    for (let taken = 0; taken < patience && !isDone(items); taken += 1) {
      const item = await Promise.race([follower.next(), delay(1_000, null)])
      if (item === null || item.done === true) break
      items.push(item.value)
    }
    await follower.return()
  }
  return items
}

const entriesOf = (items: readonly FeedItem[]): LogEntry[] =>
  items.flatMap((item) => (item.kind === 'entry' ? [item.entry] : []))

/** What an outsider finds wrong with a whole log, from what was received and nothing else. */
function flawsOf(items: readonly FeedItem[], signer: string): string[] {
  const flaws: string[] = []
  const heads = new Map<string, { seq: number; digest: string }>()
  const hashes: string[] = []
  let hash = chainHash('sez-log-genesis-v1', Buffer.from(testZone))
  const must = (what: string, holds: boolean): void => {
    if (!holds) flaws.push(`${what} after ${hashes.length} entries`)
  }
  for (const item of items) {
    if (item.kind === 'checkpoint') {
      const { size, root, headHash, text } = item.checkpoint
      const covered = hashes.slice(0, Number(size))
      const [proof] = verifyProofs(parseJson(text))
      must('all it covers came before', covered.length === Number(size))
      must('root', rootOf(covered) === root)
      must('head', covered.at(-1) === headHash)
      must('signature', proof?.valid === true && proof.did === signer)
      continue
    }
    const { entry } = item
    const event = parseEvent(entry)
    const digest = digestOfBytes(Buffer.from(entry.canonical))
    const head = heads.get(event.stream)
    hash = chainHash('sez-log-v1', hexToBytes(hash), hexToBytes(digest))
    must('position', entry.position === BigInt(hashes.length + 1))
    must('hash', entry.hash === hash)
    must('sequence', event.streamSeq === (head?.seq ?? 0) + 1)
    must('link', event.streamPrev === (head?.digest ?? null))
    heads.set(event.stream, { seq: event.streamSeq, digest })
    hashes.push(entry.hash)
  }
  return flaws
}

/** Ends backends of this database whose application and statement look like this. */
async function kill(log: TestLog, application: string, statement: string): Promise<number> {
  const killed = await log.open(null, 1).raw`
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()
      and application_name like ${application} and query ilike ${statement}`
  return killed.length
}

test('16 writers, 12 streams, rollbacks, three sequencers, killed backends, 20 followers', async () => {
  await using log = await openTestLog()
  const written: Written = { acknowledged: new Set(), attempted: new Set() }
  const ground = { now: () => new Date(), log: log.context().log, pollMs: 100 }
  const platforms = [log.open('platform', 2), log.open('platform', 2), log.open('platform', 2)]
  let sequencers = platforms.map((each) => startSequencer(each, ground))
  await using _sealer = startSealer(log.database, {
    ...ground,
    keys: log.keys,
    zoneId: testZone,
    hub: log.hub,
  })
  let isOver = false
  let total: bigint | null = null
  const writers = Array.from({ length: 16 }, (_, i) =>
    startWriter(log, written, {
      nudge: () => sequencers[i % sequencers.length]?.nudge(),
      isOver: () => isOver,
    }),
  )
  const isCaughtUp = (items: readonly FeedItem[]): boolean => {
    const last = items.findLast((item) => item.kind === 'entry')
    return total !== null && last?.kind === 'entry' && last.entry.position === total
  }
  const followers = Array.from({ length: 20 }, () => startFollower(log, isCaughtUp))

  await delay(300)
  await kill(log, 'sez entities', '%append_event%')
  await kill(log, 'sez platform', 'listen%')
  await delay(200)
  await kill(log, 'sez platform', '%sequence_step%')
  // One sequencer goes without a word, with its connection; another comes.
  const [gone] = platforms
  await gone?.[Symbol.asyncDispose]()
  sequencers = [...sequencers.slice(1), startSequencer(log.open('platform', 2), ground)]
  await delay(200)
  await kill(log, 'sez entities', '%lock_stream%')
  await kill(log, 'sez platform', '%')
  await delay(300)
  isOver = true
  await Promise.all(writers)
  const { db } = log.open(null)
  await until('the outbox is empty', async () => {
    sequencers[0]?.nudge()
    return (
      (
        await log.database.raw`select 1 from platform.streams s
      where s.seq > (select count(*) from platform.log l where l.stream = s.stream)`
      ).length === 0
    )
  })
  total = (await readHead(db)).position
  const received = await Promise.all(followers)
  await Promise.all(sequencers.map((each) => each.stop()))

  expect(total).toBeGreaterThan(100n)
  const [first] = received
  const eventIds = entriesOf(first ?? []).map((entry) => entry.eventId)
  expect(new Set(eventIds).size).toBe(eventIds.length)
  for (const eventId of written.acknowledged) expect(eventIds).toContain(eventId)
  for (const eventId of eventIds) expect(written.attempted).toContain(eventId)
  for (const items of received) {
    expect(entriesOf(items).map((entry) => entry.eventId)).toEqual(eventIds)
    expect(flawsOf(items, log.keys.did)).toEqual([])
    expect(items.some((item) => item.kind === 'checkpoint')).toBe(true)
  }
  await until('all is sealed', async () => {
    const verdict = await verifyLog({ db })
    expect(verdict).toMatchObject({ valid: true, size: total })
    return verdict.checkpoints > 0
  })
})

test('1,000 followers of different streams and of all get everything once and in order', async () => {
  await using log = await openTestLog()
  const ground = { now: () => new Date(), log: log.context().log }
  await using sequencer = startSequencer(log.database, ground)
  const ctx = log.context({ afterCommit: sequencer.nudge })
  const streams = Array.from({ length: 450 }, (_, i) => `entity/${i}`)
  const perStream = 2
  const follow = async (stream: string | null, isSlow: boolean): Promise<LogEntry[]> => {
    const follower = await log.hub.follow({ stream, after: null })
    const wanted = stream === null ? streams.length * perStream : perStream
    const entries: LogEntry[] = []
    while (entries.length < wanted) {
      const item = await follower.next()
      if (item.done === true) break
      if (item.value.kind === 'entry') entries.push(item.value.entry)
      if (isSlow && entries.length % 300 === 0) await delay(20)
    }
    await follower.return()
    return entries
  }
  const ofStreams = [...streams, ...streams].map((stream) => follow(stream, false))
  const ofAll = Array.from({ length: 100 }, (_, i) => follow(null, i % 10 === 0))
  await until('all follow', () => log.hub.followerCount() === 1_000)
  for (let round = 0; round < perStream; round += 1) {
    for (let at = 0; at < streams.length; at += 16) {
      await Promise.all(
        streams.slice(at, at + 16).map((stream) =>
          write(ctx, { field: 'note', input: {} }, async (tx) => ({
            log: await publish(tx, ctx, { stream, type: 'entity.noted', data: {} }),
          })),
        ),
      )
    }
  }
  for (const entries of await Promise.all(ofStreams)) {
    expect(entries.map((entry) => entry.streamSeq)).toEqual([1, 2])
    expect(new Set(entries.map((entry) => entry.stream)).size).toBe(1)
  }
  const positions = Array.from({ length: streams.length * perStream }, (_, i) => BigInt(i + 1))
  for (const entries of await Promise.all(ofAll)) {
    expect(entries.map((entry) => entry.position)).toEqual(positions)
  }
  expect(log.hub.followerCount()).toBe(0)
})

test('the sealer is at most a second or a thousand entries behind', async () => {
  await using log = await openTestLog()
  const ground = { now: () => new Date(), log: log.context().log }
  await using sequencer = startSequencer(log.database, ground)
  await using _sealer = startSealer(log.database, {
    ...ground,
    keys: log.keys,
    zoneId: testZone,
    hub: log.hub,
  })
  const ctx = log.context({ afterCommit: sequencer.nudge })
  const all = await log.hub.follow({ stream: null, after: null })
  for (let n = 0; n < 5; n += 1) {
    await write(ctx, { field: 'note', input: {} }, async (tx) => ({
      log: await publish(tx, ctx, { stream: 'entity/a', type: 'entity.noted', data: {} }),
    }))
    let position = 0n
    let seenAt = 0
    for (;;) {
      const item = await all.next()
      if (item.done === true) break
      if (item.value.kind === 'entry') {
        position = item.value.entry.position
        seenAt = performance.now()
      } else if (item.value.checkpoint.size >= position) break
    }
    expect(performance.now() - seenAt).toBeLessThan(1_000)
  }
})
