/**
 * The log through NATS JetStream: whatever is killed or cut on the way, a reader gets every entry
 * once, in order (spec/29-carrier.md).
 *
 * @module
 */
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { type CarrierOptions, followCarrier, latestCheckpoint } from '@sez/client/carrier'
import type { CarriedEntry } from '@sez/client/carrier-entry'
import { verifyZoneLog } from '@sez/client/zone-log'
import { carrierStreams, entrySubject } from '@sez/core/carrier'
import { cursorScope, encodeCursor } from '@sez/core/cursor'
import { invariant } from '@sez/core/invariant'
import { systemClock } from '@sez/platform/clock'
import { carrierName, startCarrierRelay } from '@sez/platform/carrier-relay'
import { refusalOf, until } from '@sez/platform/database.fixture'
import { listHeartbeats } from '@sez/platform/heartbeat'
import { isNatsMissing, openNats, openWire, type TestNats } from '@sez/platform/nats.fixture'
import { publish } from '@sez/platform/outbox'
import { seal } from '@sez/platform/sealer'
import { sequence } from '@sez/platform/sequencer'
import { openTestLog, type TestLog, testZone } from '@sez/platform/zone-log.fixture'
import { findEntry } from '@sez/platform/zone-log'
import { expect, test } from 'vitest'
import { openTestZone } from '../zone.fixture.ts'

const streams = 7
/** A machine that runs other tests beside these may be slow; what is waited for comes all the same. */
const patienceMs = 60_000
/** Events of one transaction. */
const batch = 25

/** Writes `count` events to several streams and gives them positions. */
async function fill(log: TestLog, count: number, note = ''): Promise<void> {
  const ctx = log.context()
  // Short transactions: a neighbour that waits for one must not run into its lock timeout.
  await Promise.all(
    Array.from({ length: streams }, async (_, at) => {
      for (let from = at; from < count; from += streams * batch) {
        await ctx.database.db.transaction(async (tx) => {
          for (let i = from; i < Math.min(count, from + streams * batch); i += streams) {
            const draft = { stream: `entity/unit.${at}`, type: 'entity.noted', data: { i, note } }
            await publish(tx, ctx, draft)
          }
        })
      }
    }),
  )
  while ((await sequence(log.database)) > 0);
  while ((await seal(log.database, { ...ground(log), now: systemClock })) !== null);
}

const ground = ({ keys }: TestLog) => ({ keys, zoneId: testZone })

function relay(log: TestLog, url: string): AsyncDisposable {
  return startCarrierRelay(log.database, {
    nats: { url, credentialsFile: null },
    zoneId: testZone,
    log: log.context().log,
    now: systemClock,
    hub: log.hub,
    pollMs: 50,
  })
}

async function detailOf(log: TestLog): Promise<string | null | undefined> {
  const beats = await listHeartbeats(log.database.db)
  return beats.find(({ name }) => name === carrierName)?.detail
}

const open = (url: string) => connect({ servers: url.slice(7), reconnect: false })

/** How many entries the stream in NATS holds; 0 while there is none. */
async function carried(url: string): Promise<number> {
  const connection = await open(url)
  try {
    const manager = await jetstreamManager(connection)
    return (await manager.streams.info(carrierStreams(testZone).entries)).state.last_seq
  } catch {
    return 0
  } finally {
    await connection.close()
  }
}

function follow(url: string, options: Partial<CarrierOptions> = {}) {
  return followCarrier({ connect: () => open(url), zoneId: testZone, ...options })
}

/** The next `count` entries, with what is to be done after each. */
async function take(
  entries: ReturnType<typeof follow>,
  count: number,
  after: (taken: number) => void = () => {},
): Promise<CarriedEntry[]> {
  const taken: CarriedEntry[] = []
  while (taken.length < count) {
    const item = await entries.next()
    if (item.done === true) break
    taken.push(item.value)
    after(taken.length)
  }
  await entries.return?.()
  return taken
}

const from = (first: number, count: number) =>
  Array.from({ length: count }, (_, i) => String(first + i))
const positions = (entries: readonly CarriedEntry[]) => entries.map(({ position }) => position)

/** The cursor that the zone's own feed gives out with the entry at a position. */
async function cursorAt(log: TestLog, position: bigint): Promise<string> {
  const entry = await findEntry(log.database.db, { position })
  invariant(entry !== null, `there is an entry at ${position}`)
  return encodeCursor(cursorScope(testZone, null), { ...entry, isCovered: false })
}

async function carriedLog(nats: TestNats, count: number): Promise<TestLog> {
  const log = await openTestLog()
  await fill(log, count)
  await using _relay = relay(log, nats.url)
  await until('all is carried', async () => (await carried(nats.url)) === count)
  return log
}

test('a machine that must have a nats-server has one', () => {
  expect(process.env['SEZ_REQUIRE_NATS'] === '1' && isNatsMissing).toBe(false)
})

test.skipIf(isNatsMissing)('the log is replayed exactly from any cursor of the feed', async () => {
  await using nats = await openNats()
  await using log = await carriedLog(nats, 450)
  const all = await take(follow(nats.url), 450)
  expect(positions(all)).toEqual(from(1, 450))
  for (const position of [1, 200, 449]) {
    const after = await cursorAt(log, BigInt(position))
    expect(after).toBe(all[position - 1]?.cursor)
    const rest = await take(follow(nats.url, { after }), 450 - position)
    expect(positions(rest)).toEqual(from(position + 1, 450 - position))
  }
})

test.skipIf(isNatsMissing)('what was carried is the log, signed by the zone', async () => {
  await using nats = await openNats()
  await using log = await carriedLog(nats, 30)
  const zoneDid = log.keys.did
  const connection = await open(nats.url)
  const trusted = { zoneId: testZone, zoneDid }
  let checkpoint = await latestCheckpoint(connection, trusted)
  await using _relay = relay(log, nats.url)
  await until('the checkpoint is carried', async () => {
    checkpoint = await latestCheckpoint(connection, trusted)
    return checkpoint?.['size'] === 30
  })
  const stranger = { ...trusted, zoneDid: 'did:web:stranger.test' }
  expect((await refusalOf(latestCheckpoint(connection, stranger))).code).toBe('EVENT_CHAIN_BROKEN')
  await connection.close()
  const rows = [...(await take(follow(nats.url), 30)), checkpoint]
  const verdict = verifyZoneLog(rows, { zoneDid })
  expect(verdict).toMatchObject({ valid: true, entries: 30, sealedTo: '30', isWhole: true })
})

test.skipIf(isNatsMissing)('one stream is followed by its own chain', async () => {
  await using nats = await openNats()
  await using _log = await carriedLog(nats, 140)
  const stream = 'entity/unit.3'
  const own = await take(follow(nats.url, { stream }), 20)
  expect(own.map((entry) => entry.streamSequence)).toEqual(
    Array.from({ length: 20 }, (_, i) => i + 1),
  )
  expect(new Set(own.map((entry) => entry.stream))).toEqual(new Set([stream]))
  const after = own[9]?.cursor
  invariant(after !== undefined, 'there is a tenth entry')
  const rest = await take(follow(nats.url, { stream, after }), 10)
  expect(rest).toEqual(own.slice(10))
  const [first] = rest
  const elsewhere = follow(nats.url, { stream: 'entity/unit.4', after: first?.cursor ?? '' })
  expect((await refusalOf(elsewhere.next())).code).toBe('CURSOR_INVALID')
})

test.skipIf(isNatsMissing)(
  'cut wires, racing relays and a killed server lose and double nothing',
  { timeout: 180_000 },
  async () => {
    const count = process.env['SEZ_FULL'] === '1' ? 10_000 : 3_000
    await using nats = await openNats()
    await using log = await openTestLog()
    await fill(log, count)
    await using up = await openWire(nats.port)
    await using down = await openWire(nats.port)
    await using first = relay(log, up.url)
    await using second = relay(log, up.url)
    // Each cut comes in the middle of a window: so many bytes after the one before.
    let nextCut = 20_000
    const cutting = setInterval(() => {
      if (up.bytesUp() < nextCut) return
      nextCut = up.bytesUp() + 20_000 + Math.random() * 100_000
      up.cut()
    }, 1)
    let restarts: Promise<void> = Promise.resolve()
    const restart = async () => {
      await nats.kill()
      await nats.start()
    }
    const disturb = (taken: number): void => {
      if (taken % 600 === 0) down.cut()
      if (taken === Math.floor(count / 3) || taken === Math.floor(count / 2)) {
        restarts = restarts.then(restart)
      }
    }
    const all = await take(follow(down.url), count, disturb)
    clearInterval(cutting)
    await restarts
    expect(positions(all)).toEqual(from(1, count))
    expect(verifyZoneLog(all)).toMatchObject({ valid: true, entries: count, isWhole: true })
    expect(up.connections()).toBeGreaterThan(5)
    expect(down.connections()).toBeGreaterThan(3)
    await until('both relays are at ease', async () => (await detailOf(log)) === null)
    expect(await carried(nats.url)).toBe(count)
    await first[Symbol.asyncDispose]()
    await second[Symbol.asyncDispose]()
  },
)

test.skipIf(isNatsMissing)(
  'while NATS is away the zone writes on and says what waits',
  async () => {
    await using nats = await openNats()
    await using log = await carriedLog(nats, 10)
    await using _relay = relay(log, nats.url)
    await until('the relay is at ease', async () => (await detailOf(log)) === null)
    const entries = follow(nats.url)
    for (let i = 0; i < 10; i += 1) await entries.next()
    const waiting = entries.next()
    await nats.kill()
    await fill(log, 5)
    await until(
      'the lag is told',
      async () => (await detailOf(log))?.includes('5 entries wait') === true,
    )
    expect(await detailOf(log)).toMatch(/^CARRIER_UNAVAILABLE: /u)
    await nats.start()
    expect((await waiting).value?.position).toBe('11')
    await until('nothing waits', async () => (await detailOf(log)) === null)
    expect(positions(await take(entries, 4))).toEqual(from(12, 4))
  },
)

test.skipIf(isNatsMissing)(
  'CARRIER_FORKED: nothing is added to another history, and a new stream is filled from 1',
  async () => {
    await using nats = await openNats()
    await using log = await carriedLog(nats, 20)
    const after = await cursorAt(log, 15n)
    await using restored = await openTestLog()
    await fill(restored, 12, 'after the restore')
    await using _relay = relay(restored, nats.url)
    const isForked = async () => (await detailOf(restored))?.startsWith('CARRIER_FORKED') === true
    await until('the shorter log is refused', isForked, patienceMs)
    await fill(restored, 40, 'more')
    await until(
      'the other entry is noticed',
      async () =>
        /^CARRIER_FORKED: the (entry|last checkpoint)/u.test((await detailOf(restored)) ?? ''),
      patienceMs,
    )
    expect(await carried(nats.url)).toBe(20)
    // As the operator is told: the stream is removed, and filled again.
    const connection = await open(nats.url)
    const manager = await jetstreamManager(connection)
    for (const name of Object.values(carrierStreams(testZone))) await manager.streams.delete(name)
    await connection.close()
    await until('it is filled again', async () => (await carried(nats.url)) === 52, patienceMs)
    const old = follow(nats.url, { after })
    expect((await refusalOf(old.next())).code).toBe('CURSOR_FORKED')
    expect(positions(await take(follow(nats.url), 52))).toEqual(from(1, 52))
  },
  4 * patienceMs,
)

test.skipIf(isNatsMissing)("CARRIER_FORKED: a stranger's message stops the relay", async () => {
  await using nats = await openNats()
  await using log = await carriedLog(nats, 3)
  await using _relay = relay(log, nats.url)
  const connection = await open(nats.url)
  await jetstream(connection).publish(entrySubject(testZone, 'entity/unit.0'), '{"position":"4"}')
  await connection.close()
  await fill(log, 4)
  await until(
    'it is noticed',
    async () => (await detailOf(log))?.startsWith('CARRIER_FORKED') === true,
  )
  const entries = follow(nats.url)
  for (let i = 0; i < 3; i += 1) await entries.next()
  expect((await refusalOf(entries.next())).code).toBe('EVENT_CHAIN_BROKEN')
})

test.skipIf(isNatsMissing)(
  'CARRIER_FULL: a full stream keeps its front, and goes on when raised',
  async () => {
    await using nats = await openNats()
    await using log = await openTestLog()
    const connection = await open(nats.url)
    const manager = await jetstreamManager(connection)
    const name = carrierStreams(testZone).entries
    await manager.streams.add({
      name,
      subjects: [entrySubject(testZone, null)],
      max_msgs: 25,
      discard: 'new',
    })
    await fill(log, 60)
    await using _relay = relay(log, nats.url)
    await until(
      'it is full',
      async () => (await detailOf(log))?.startsWith('CARRIER_FULL') === true,
    )
    expect(await carried(nats.url)).toBe(25)
    await manager.streams.update(name, { max_msgs: 50_000 })
    await until('it goes on', async () => (await carried(nats.url)) === 60)
    expect(positions(await take(follow(nats.url), 60))).toEqual(from(1, 60))
    // What the operator lets go at the front is told, not skipped.
    await manager.streams.purge(name, { seq: 31 })
    expect((await refusalOf(follow(nats.url).next())).code).toBe('EXPIRED_CURSOR')
    const expired = follow(nats.url, { after: await cursorAt(log, 30n) })
    expect((await refusalOf(expired.next())).details).toMatchObject({ floor: '30' })
    const kept = follow(nats.url, { after: await cursorAt(log, 31n) })
    expect(positions(await take(kept, 29))).toEqual(from(32, 29))
    await connection.close()
  },
)

test.skipIf(isNatsMissing)('the largest event passes', async () => {
  await using nats = await openNats()
  await using log = await openTestLog()
  const ctx = log.context()
  // Quotes double twice on the way: once in the event, once around it.
  const draft = { stream: 'entity/large', type: 'entity.noted', data: { text: '"'.repeat(32_500) } }
  await ctx.database.db.transaction((tx) => publish(tx, ctx, draft))
  await sequence(log.database)
  await using _relay = relay(log, nats.url)
  const [entry] = await take(follow(nats.url), 1)
  expect(entry?.event['data']).toEqual(draft.data)
})

// Of a zone of many processes the log's own process says it.
const isOneProcess = process.env['SEZ_TEST_FORM'] !== 'processes'

test.runIf(isOneProcess)('a zone whose NATS is away serves, and says so', async () => {
  await using zone = await openTestZone({ env: { SEZ_NATS_URL: 'nats://127.0.0.1:1' } })
  interface Report {
    readonly status: string
    readonly checks: readonly { readonly name: string; readonly reason?: string }[]
  }
  const read = async () => (await (await fetch(`${zone.url}/health/ready`)).json()) as Report
  await until('its carrier is missed', async () => (await read()).status === 'degraded')
  const { checks } = await read()
  expect(checks.find(({ name }) => name === carrierName)?.reason).toContain('CARRIER_UNAVAILABLE')
  expect((await zone.ask('{ zone { did } }')).errors).toEqual([])
})

test.skipIf(isNatsMissing)('a zone carries what happens in it', async () => {
  await using nats = await openNats()
  await using zone = await openTestZone({ seed: true, env: { SEZ_NATS_URL: nats.url } })
  const { zoneId } = zone.identity
  const [first] = await take(followCarrier({ connect: () => open(nats.url), zoneId }), 1)
  expect(first).toMatchObject({ position: '1' })
})
