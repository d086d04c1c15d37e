/** Sealing: one at a time, in time, under the key that is on record. @module */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseJson } from '@sez/core/json'
import { verifyProofs } from '@sez/core/proof'
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { until } from './database.fixture.ts'
import { listHeartbeats } from './heartbeat.ts'
import { loadZoneKeys } from './keys.ts'
import { verifyLog } from './log-audit.ts'
import { seal, sealerName, startSealer } from './sealer.ts'
import { sequence } from './sequencer.ts'
import { registerZoneKey, sealerLockKey } from './zone-key.ts'
import { openTestLog, say, type TestLog, testZone } from './zone-log.fixture.ts'
import { findCheckpoint, latestCheckpoint } from './zone-log.ts'

async function fill(log: TestLog, count: number): Promise<void> {
  const ctx = log.context()
  await Promise.all(Array.from({ length: count }, (_, i) => say(ctx, `entity/${i % 7}`)))
  while ((await sequence(log.database)) > 0);
}

test('several sealers at once make one history of checkpoints', async () => {
  await using log = await openTestLog()
  const ground = { keys: log.keys, zoneId: testZone, now: () => new Date() }
  for (let round = 0; round < 5; round += 1) {
    await fill(log, 9)
    await Promise.all(Array.from({ length: 4 }, () => seal(log.open('platform', 2), ground)))
  }
  await seal(log.database, ground)
  expect(await verifyLog(log.database)).toMatchObject({ valid: true, size: 45n })
  expect((await latestCheckpoint(log.database.db))?.size).toBe(45n)
  expect(await seal(log.database, ground)).toBeNull()
})

test('a running sealer seals what is new and gives signs of life', async () => {
  await using log = await openTestLog()
  const options = {
    keys: log.keys,
    zoneId: testZone,
    now: () => new Date(),
    log: log.context().log,
  }
  await using _sealer = startSealer(log.database, { ...options, pollMs: 20 })
  await fill(log, 3)
  const { db } = log.database
  await until('it is sealed', async () => (await latestCheckpoint(db))?.size === 3n)
  expect((await listHeartbeats(db)).map((beat) => beat.name)).toContain(sealerName)
})

test('many new entries do not wait for the timer', async () => {
  await using log = await openTestLog()
  const options = {
    keys: log.keys,
    zoneId: testZone,
    now: () => new Date(),
    log: log.context().log,
  }
  await using _sealer = startSealer(log.database, {
    ...options,
    pollMs: 3_600_000,
    hub: log.hub,
  })
  await fill(log, 600)
  const { db } = log.database
  await until('it is sealed', async () => (await latestCheckpoint(db)) !== null)
  expect((await latestCheckpoint(db))?.size).toBeGreaterThanOrEqual(500n)
})

test('a new key is put on record with the first checkpoint it signs, and both verify', async () => {
  await using log = await openTestLog()
  const folder = mkdtempSync(join(tmpdir(), 'sez-keys-'))
  using next = loadZoneKeys({ file: join(folder, 'next.json'), mode: 'development' })
  rmSync(folder, { recursive: true })
  const ground = { zoneId: testZone, now: () => new Date() }
  await fill(log, 4)
  await seal(log.database, { ...ground, keys: log.keys })
  await fill(log, 3)
  await seal(log.database, { ...ground, keys: next })
  await fill(log, 3)
  await seal(log.database, { ...ground, keys: next })
  const keys = await log.database.raw`
    select did, valid_from from platform.zone_keys order by valid_from`
  expect([...keys]).toEqual([
    { did: log.keys.did, valid_from: 1n },
    { did: next.did, valid_from: 5n },
  ])
  const second = await findCheckpoint(log.database.db, 7n)
  expect(verifyProofs(parseJson(second?.text ?? ''))).toMatchObject([
    { valid: true, did: next.did },
  ])
  expect(await verifyLog(log.database)).toMatchObject({ valid: true, checkpoints: 3 })
})

test('two keys put on record before either signed anything are equally new, and both verify', async () => {
  await using log = await openTestLog()
  const folder = mkdtempSync(join(tmpdir(), 'sez-keys-'))
  using wrong = loadZoneKeys({ file: join(folder, 'wrong.json'), mode: 'development' })
  rmSync(folder, { recursive: true })
  const ground = { zoneId: testZone, now: () => new Date() }
  const { db } = log.database
  // A zone started with another key by mistake, and again with its own.
  for (const keys of [log.keys, wrong, log.keys]) {
    await db.transaction((tx) => registerZoneKey(tx, keys.did))
  }
  for (const keys of [log.keys, wrong, log.keys]) {
    await fill(log, 2)
    await seal(log.database, { ...ground, keys })
  }
  expect(await verifyLog(log.database)).toMatchObject({ valid: true, checkpoints: 3 })
  const rows = await log.database.raw`select valid_from from platform.zone_keys`
  expect(rows.map((row) => row['valid_from'])).toEqual([1n, 1n])
})

test('a key is put on record between checkpoints, never beside one in the making', async () => {
  await using log = await openTestLog()
  const folder = mkdtempSync(join(tmpdir(), 'sez-keys-'))
  using next = loadZoneKeys({ file: join(folder, 'next.json'), mode: 'development' })
  rmSync(folder, { recursive: true })
  await fill(log, 2)
  const release = Promise.withResolvers<void>()
  const signing = Promise.withResolvers<void>()
  const { db } = log.database
  const sealing = db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(${sealerLockKey})`)
    signing.resolve()
    await release.promise
    await registerZoneKey(tx, log.keys.did)
  })
  await signing.promise
  let isRegistered = false
  const registering = db
    .transaction((tx) => registerZoneKey(tx, next.did))
    .then(() => (isRegistered = true))
  await until('it waits', async () => {
    const rows = await log.open(null, 1).raw`
      select 1 from pg_stat_activity where wait_event = 'advisory'
        and datname = current_database()`
    return rows.length === 1
  })
  expect(isRegistered).toBe(false)
  release.resolve()
  await Promise.all([sealing, registering])
})
