/** Readiness asks each part of a process and says which of them is not ready, and why. @module */
import { openAuthenticator } from '@sez/platform/auth'
import { systemClock } from '@sez/platform/clock'
import { openDatabase } from '@sez/platform/db'
import { type HealthCheck, openReadiness } from '@sez/platform/health'
import { heartbeatOf } from '@sez/platform/heartbeat'
import { openLog } from '@sez/platform/log'
import { registerZoneKey } from '@sez/platform/zone-key'
import { openTestLog, type TestLog } from '@sez/platform/zone-log.fixture'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  keyCheck,
  logHeadCheck,
  postgresCheck,
  processCheck,
  tokenCheck,
  workerChecks,
} from './readiness.ts'

let ground: TestLog
beforeAll(async () => {
  ground = await openTestLog()
  await ground.database.db.transaction((tx) => registerZoneKey(tx, ground.keys.did))
  for (const name of ['sequencer', 'sealer']) {
    await heartbeatOf(ground.database, name, systemClock)()
  }
  await heartbeatOf(ground.database, 'reaction stuck', systemClock)('corridor/pak-uae is parked')
})
afterAll(() => ground[Symbol.asyncDispose]())

const log = openLog({ level: 'silent', pretty: false })
const workersOf = (names: readonly string[], now = systemClock) =>
  workerChecks(ground.database, { names, now })

/** Each check that is not ready, with its reason. */
async function reasonsOf(...checks: readonly HealthCheck[]): Promise<Record<string, string>> {
  const report = await openReadiness(checks, { log, now: systemClock })()
  const failed = report.checks.filter(({ ok }) => !ok)
  expect(report.status).toBe(failed.length === 0 ? 'ready' : 'not ready')
  return Object.fromEntries(failed.map(({ name, reason = '' }) => [name, reason]))
}

test('ready when every part is', async () => {
  const { database, hub, keys } = ground
  const checks = [
    processCheck(new AbortController().signal),
    postgresCheck(database),
    postgresCheck(ground.context().database, 'entities'),
    logHeadCheck(database, hub),
    tokenCheck({ requireKeys: () => Promise.resolve() }),
    keyCheck(database, { keys, now: systemClock }),
    ...workersOf(['sequencer', 'sealer']),
  ]
  expect(await reasonsOf(...checks)).toEqual({})
})

test('NOT_READY from the moment that the process is to stop', async () => {
  const ending = new AbortController()
  ending.abort()
  expect(await reasonsOf(processCheck(ending.signal))).toEqual({
    process: 'NOT_READY: it is stopping',
  })
})

test('NOT_READY names a worker that has not started', async () => {
  expect(await reasonsOf(...workersOf(['sequencer', 'reaction new']))).toEqual({
    'reaction new': 'NOT_READY: it has not started',
  })
})

test('NOT_READY names workers that fell silent', async () => {
  const later = () => new Date(systemClock().getTime() + 60_000)
  const silent = expect.stringMatching(/^NOT_READY: silent for \d\d s$/u)
  expect(await reasonsOf(...workersOf(['sequencer', 'sealer'], later))).toEqual({
    sequencer: silent,
    sealer: silent,
  })
})

test('NOT_READY names workers whose last sign of life is of a clock that was ahead', async () => {
  const earlier = () => new Date(systemClock().getTime() - 60_000)
  expect(await reasonsOf(...workersOf(['sequencer'], earlier))).toEqual({
    sequencer: expect.stringMatching(/^NOT_READY: its last sign of life is \d\d s ahead$/u),
  })
})

test('a worker whose clock is set back gives its next sign of life all the same', async () => {
  const clock = { ms: systemClock().getTime() + 3_600_000 }
  const beat = heartbeatOf(ground.database, 'moved', () => new Date(clock.ms))
  await beat()
  clock.ms -= 3_600_000
  await beat()
  expect(await reasonsOf(...workersOf(['moved']))).toEqual({})
})

test('NOT_READY says what a worker wants an operator to know', async () => {
  expect(await reasonsOf(...workersOf(['reaction stuck']))).toEqual({
    'reaction stuck': 'NOT_READY: corridor/pak-uae is parked',
  })
})

test('NOT_READY when the feed is far behind the log', async () => {
  const feed = { head: () => ({ ...ground.hub.head(), position: -1_001n }), alarm: () => null }
  expect(await reasonsOf(logHeadCheck(ground.database, feed))).toEqual({
    'log head': 'NOT_READY: the feed is 1001 entries behind',
  })
})

test('NOT_READY when the feed refuses everybody because the log has a gap', async () => {
  const feed = { head: () => ground.hub.head(), alarm: () => 'the log has a gap' }
  expect(await reasonsOf(logHeadCheck(ground.database, feed))).toEqual({
    'log head': 'NOT_READY: the log has a gap',
  })
})

test('DATABASE_UNAVAILABLE when a subgraph alone has lost its way to Postgres', async () => {
  await using lost = openDatabase({
    url: 'postgres://nobody@127.0.0.1:1/none',
    connectionsMax: 1,
    applicationName: 'test',
  })
  expect(await reasonsOf(postgresCheck(ground.database), postgresCheck(lost, 'corridor'))).toEqual({
    'postgres for corridor': expect.stringMatching(/^DATABASE_UNAVAILABLE: /u),
  })
})

test('JWKS_UNAVAILABLE when the keys of tokens cannot be fetched', async () => {
  const issuers = [{ issuer: 'https://issuer.test', keys: new URL('http://127.0.0.1:1/jwks') }]
  const authenticator = openAuthenticator({ issuers, audience: 'sez', now: systemClock })
  expect(await reasonsOf(tokenCheck(authenticator))).toEqual({
    'token keys': expect.stringMatching(/^JWKS_UNAVAILABLE: /u),
  })
})

test('ZONE_KEY_UNREGISTERED when the zone signs with another key', async () => {
  await using other = await openTestLog()
  expect(
    await reasonsOf(keyCheck(ground.database, { keys: other.keys, now: systemClock })),
  ).toEqual({ 'zone key': expect.stringMatching(/^ZONE_KEY_UNREGISTERED: /u) })
})

test('KEY_DISPOSED when the zone can sign no more, DATABASE_UNAVAILABLE without Postgres', async () => {
  await using other = await openTestLog()
  const { database, hub, keys } = other
  const key = keyCheck(database, { keys, now: systemClock })
  const workers = workerChecks(database, { names: ['sequencer'], now: systemClock })
  keys[Symbol.dispose]()
  expect(await reasonsOf(key)).toEqual({ 'zone key': expect.stringMatching(/^KEY_DISPOSED: /u) })
  await database[Symbol.asyncDispose]()
  const reasons = await reasonsOf(
    postgresCheck(database),
    logHeadCheck(database, hub),
    keyCheck(database, { keys: ground.keys, now: systemClock }),
    ...workers,
  )
  expect(Object.keys(reasons)).toEqual(['postgres', 'log head', 'zone key', 'sequencer'])
  for (const reason of Object.values(reasons)) expect(reason).toMatch(/^DATABASE_UNAVAILABLE: /u)
})
