/**
 * From commit to subscriber in one process: the delay while nothing else happens, and a thousand
 * subscribers of everything, of which ten are slow.
 *
 * @module
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { setTimeout as delay } from 'node:timers/promises'
import { invariant } from '@sez/core/invariant'
import { until } from '@sez/platform/database.fixture'
import type { FeedItem } from '@sez/platform/feed'
import { publish } from '@sez/platform/outbox'
import { startSequencer } from '@sez/platform/sequencer'
import type { Stream } from '@sez/platform/stream'
import { write } from '@sez/platform/write'
import { openTestLog, type TestLog } from '@sez/platform/zone-log.fixture'
import { expect, test } from 'vitest'
import { cpuMsOf, elapsedMsOf, inParallel, isSmoke, percentile } from './measure.ts'
import { type Finding, report } from './report.ts'

const lonelyEvents = isSmoke ? 40 : 500
/** So long nothing happens between two of them. */
const idleMs = isSmoke ? 2 : 10
const subscribersCount = 1_000
const slowCount = 10
const slowEvery = 40
const slowMs = 100
const events = isSmoke ? 200 : 2_000
const streams = 32
const writersAtOnce = 8

interface Said {
  readonly log: TestLog
  readonly say: (index: number) => Promise<{ readonly committedAtMs: number }>
}

async function openSpeaker(stack: AsyncDisposableStack): Promise<Said> {
  const log = stack.use(await openTestLog())
  const ground = { now: () => new Date(), log: log.context().log }
  const sequencer = stack.use(startSequencer(log.database, ground))
  return {
    log,
    async say(index) {
      let committedAtMs = 0
      const ctx = log.context({
        afterCommit: () => {
          committedAtMs = performance.now()
          sequencer.nudge()
        },
      })
      const stream = `entity/${index % streams}`
      await write(ctx, { field: 'note', input: {} }, async (tx) => ({
        log: await publish(tx, ctx, { stream, type: 'entity.noted', data: { index } }),
      }))
      return { committedAtMs }
    },
  }
}

/** The next entry's position; null at the stream's end. */
async function nextPosition(stream: Stream<FeedItem>): Promise<bigint | null> {
  for (;;) {
    const item = await stream.next()
    if (item.done === true) return null
    if (item.value.kind === 'entry') return item.value.entry.position
  }
}

/** Milliseconds from each commit to the one subscriber there is. */
async function measureDelay(): Promise<Finding> {
  await using stack = new AsyncDisposableStack()
  const { log, say } = await openSpeaker(stack)
  const stream = await log.hub.follow({ stream: null, after: null })
  const delaysMs: number[] = []
  const warmups = Math.ceil(lonelyEvents / 10)
  for (let event = -warmups; event < lonelyEvents; event += 1) {
    await delay(idleMs)
    const received = nextPosition(stream).then((position) => ({
      position,
      atMs: performance.now(),
    }))
    const { committedAtMs } = await say(event + warmups)
    const { position, atMs } = await received
    expect(position).toBe(BigInt(event + warmups + 1))
    if (event >= 0) delaysMs.push(atMs - committedAtMs)
  }
  await stream.return()
  const at = (percent: number) => percentile(delaysMs, percent).toFixed(2)
  return {
    what: 'commit to subscriber, idle, p50 in ms',
    measured: `p50 ${at(50)} ms, p90 ${at(90)} ms, p99 ${at(99)} ms`,
    ratio: percentile(delaysMs, 50),
    bar: { atMost: 2 },
    sane: { atMost: 200 },
  }
}

interface Subscriber {
  received: number
  /** Entries that came in another place than theirs: twice, early or late. */
  misplaced: number
}

async function receiveAll(
  stream: Stream<FeedItem>,
  subscriber: Subscriber,
  isSlow: boolean,
): Promise<void> {
  while (subscriber.received < events) {
    const position = await nextPosition(stream)
    if (position === null) return
    subscriber.received += 1
    if (position !== BigInt(subscriber.received)) subscriber.misplaced += 1
    if (isSlow && subscriber.received % slowEvery === 0) await delay(slowMs)
  }
}

async function heapBytes(): Promise<number> {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  invariant(typeof collect === 'function', 'the collector can be called')
  // What a first collection finalizes is freed by the next.
  for (let round = 0; round < 3; round += 1) {
    collect()
    await delay(5)
  }
  return process.memoryUsage().heapUsed
}

async function measureCrowd(): Promise<Finding[]> {
  await using stack = new AsyncDisposableStack()
  const { log, say } = await openSpeaker(stack)
  const before = await heapBytes()
  const streams = await Promise.all(
    Array.from({ length: subscribersCount }, () => log.hub.follow({ stream: null, after: null })),
  )
  const perSubscriber = ((await heapBytes()) - before) / subscribersCount
  const subscribers = streams.map((): Subscriber => ({ received: 0, misplaced: 0 }))
  let elapsedMs = 0
  const cpuMs = await cpuMsOf(async () => {
    elapsedMs = await elapsedMsOf(async () => {
      const receiving = streams.map((stream, index) => {
        const subscriber = subscribers[index]
        invariant(subscriber, 'one subscriber for each stream')
        return receiveAll(stream, subscriber, index < slowCount)
      })
      await Promise.all([inParallel(events, writersAtOnce, say), ...receiving])
    })
  })
  await Promise.all(streams.map((stream) => stream.return()))
  await until('all have left', () => log.hub.followerCount() === 0)
  const deliveries = subscribersCount * events
  const sum = (of: (subscriber: Subscriber) => number) =>
    subscribers.reduce((total, each) => total + of(each), 0)
  const wrong = deliveries - sum((each) => each.received) + sum((each) => each.misplaced)
  expect(wrong).toBe(0)
  const perSecond = (deliveries / elapsedMs).toFixed(0)
  return [
    {
      what: `${subscribersCount} subscribers, ${slowCount} slow: entries lost or misplaced`,
      measured: `of ${deliveries} deliveries`,
      ratio: wrong,
      bar: { atMost: 0 },
      sane: { atMost: 0 },
    },
    {
      what: 'deliveries',
      measured: `${perSecond} thousand/s; CPU of the process, writers included, ${((cpuMs / deliveries) * 1_000).toFixed(2)} µs each`,
      ratio: null,
      bar: null,
      sane: null,
    },
    {
      what: 'memory of a waiting subscriber',
      measured: `${(perSubscriber / 1_024).toFixed(2)} KiB of heap`,
      ratio: null,
      bar: null,
      sane: null,
    },
  ]
}

test('what was committed reaches subscribers soon, each of a thousand, once and in order', async () => {
  const findings = [await measureDelay(), ...(await measureCrowd())]
  const missed = await report({
    name: 'feed',
    what: `A mutation that only publishes, its sequencer and the feed in one process. Idle: one subscriber of everything, ${lonelyEvents} events, ${idleMs} ms of rest before each, from the commit's return to the subscriber's answer. Crowd: ${subscribersCount} subscribers of everything, ${events} events by ${writersAtOnce} writers; the slow ones rest ${slowMs} ms after every ${slowEvery} entries.`,
    findings,
  })
  expect(missed).toEqual([])
})
