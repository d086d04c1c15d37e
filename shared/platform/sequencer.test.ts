/** Sequencing: by nudge at once, by timer in the end, by anyone, never twice. @module */
import { expect, test } from 'vitest'
import { until } from './database.fixture.ts'
import { heartbeatOf, listHeartbeats } from './heartbeat.ts'
import { publish } from './outbox.ts'
import { sequence, sequencerName, startOwnSequencer, startSequencer } from './sequencer.ts'
import { openTestLog, say } from './zone-log.fixture.ts'
import { listEntries, readHead } from './zone-log.ts'

test('a nudge numbers what was committed, long before the timer', async () => {
  await using log = await openTestLog()
  const ctx = log.context()
  await using sequencer = startSequencer(log.database, {
    now: () => new Date(),
    log: ctx.log,
    pollMs: 3_600_000,
  })
  await say(ctx, 'entity/a')
  sequencer.nudge()
  await until('it is numbered', async () => (await readHead(log.database.db)).position === 1n)
  expect(await sequence(log.database)).toBe(0)
})

test('the timer finds what a dead process committed without a nudge', async () => {
  await using log = await openTestLog()
  const ctx = log.context()
  await using _sequencer = startSequencer(log.database, {
    now: () => new Date(),
    log: ctx.log,
    pollMs: 20,
  })
  await say(ctx, 'entity/a')
  await until('it is numbered', async () => (await readHead(log.database.db)).position === 1n)
  const [beat] = await listHeartbeats(log.database.db)
  expect(beat).toMatchObject({ name: sequencerName, detail: null })
})

test('a subgraph numbers its own events when told, and gives no sign of life in the name of the zone', async () => {
  await using log = await openTestLog()
  const ctx = log.context()
  await using own = startOwnSequencer(log.open('corridor'), ctx)
  await say(ctx, 'entity/a')
  own.nudge()
  await until('it is numbered', async () => (await readHead(log.database.db)).position === 1n)
  expect(await listHeartbeats(log.database.db)).toEqual([])
})

test('a step moves at most a thousand events, and any subgraph may run it', async () => {
  await using log = await openTestLog()
  const ctx = log.context()
  await ctx.database.db.transaction(async (tx) => {
    for (let n = 0; n < 1_201; n += 1) {
      await publish(tx, ctx, { stream: 'entity/a', type: 'entity.noted', data: { n } })
    }
  })
  expect(await sequence(ctx.database)).toBe(1_000)
  expect(await sequence(log.open('corridor'))).toBe(201)
  expect((await readHead(log.database.db)).position).toBe(1_201n)
})

test('16 sequencers at once give each event one position', async () => {
  await using log = await openTestLog()
  const ctx = log.context()
  const steppers = ['entities', 'corridor', 'platform', 'regulator'].map((role) =>
    log.open(role, 4),
  )
  await Promise.all(
    Array.from({ length: 16 }, async (_, i) => {
      const stepper = steppers[i % steppers.length] ?? log.database
      for (let n = 0; n < 10; n += 1) {
        await say(ctx, `entity/${i % 5}`)
        await sequence(stepper)
      }
    }),
  )
  await sequence(log.database)
  const entries = await listEntries(log.database.db, { stream: null, after: 0n, limit: 500 })
  expect(entries.map((each) => each.position)).toEqual(
    Array.from({ length: 160 }, (_, i) => BigInt(i + 1)),
  )
  expect(new Set(entries.map((each) => each.eventId)).size).toBe(160)
})

test('a step under another isolation is refused rather than wrong', async () => {
  await using log = await openTestLog()
  const step = log.database.raw.begin(
    'isolation level repeatable read',
    (sql) => sql`select platform.sequence_step()`,
  )
  await expect(step).rejects.toMatchObject({ code: '25001' })
})

test('a heartbeat is written at most every two seconds, and at once when its detail changes', async () => {
  let now = new Date('2026-02-01T00:00:00.000Z')
  await using log = await openTestLog()
  const beat = heartbeatOf(log.database, 'w', () => now)
  const read = async () => (await listHeartbeats(log.database.db)).find((each) => each.name === 'w')
  await beat()
  const first = await read()
  now = new Date('2026-02-01T00:00:01.999Z')
  await beat()
  expect(await read()).toEqual(first)
  await beat('parked: 1')
  expect(await read()).toEqual({ name: 'w', at: now, detail: 'parked: 1' })
  now = new Date('2026-02-01T00:00:03.999Z')
  await beat('parked: 1')
  expect((await read())?.at).toEqual(now)
})
