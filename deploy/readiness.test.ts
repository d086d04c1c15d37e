/** Readiness asks each part of a zone and says which of them is not ready, and why. @module */
import { SezError } from '@sez/core/errors'
import { openAuthenticator } from '@sez/platform/auth'
import { systemClock } from '@sez/platform/clock'
import { openDatabase } from '@sez/platform/db'
import { heartbeatOf } from '@sez/platform/heartbeat'
import { openLog } from '@sez/platform/log'
import { openTestLog, type TestLog } from '@sez/platform/zone-log.fixture'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openZoneReadiness } from './readiness.ts'

let ground: TestLog
beforeAll(async () => {
  ground = await openTestLog()
  for (const name of ['sequencer', 'sealer']) {
    await heartbeatOf(ground.database, name, systemClock)()
  }
  await heartbeatOf(ground.database, 'reaction stuck', systemClock)('corridor/pak-uae is parked')
})
afterAll(() => ground[Symbol.asyncDispose]())

const log = openLog({ level: 'silent', pretty: false })
type Parts = Parameters<typeof openZoneReadiness>[0]

/** Each check that is not ready, with its reason. */
async function reasonsOf(changes: Partial<Parts> = {}): Promise<Record<string, string>> {
  const { database, hub: feed, keys } = ground
  const report = await openZoneReadiness({
    database,
    bySubgraph: new Map([['entities', ground.context().database]]),
    feed,
    keys,
    gateway: { ready: () => undefined },
    authenticator: { requireKeys: () => Promise.resolve() },
    workers: ['sequencer', 'sealer'],
    log,
    now: systemClock,
    ...changes,
  })()
  const failed = report.checks.filter(({ ok }) => !ok)
  expect(report.status).toBe(failed.length === 0 ? 'ready' : 'not ready')
  return Object.fromEntries(failed.map(({ name, reason = '' }) => [name, reason]))
}

test('ready when every part is', async () => {
  expect(await reasonsOf()).toEqual({})
})

test('NOT_READY names a worker that has not started', async () => {
  const workers = ['sequencer', 'reaction new']
  expect(await reasonsOf({ workers })).toEqual({ 'reaction new': 'NOT_READY: it has not started' })
})

test('NOT_READY names workers that fell silent', async () => {
  const now = () => new Date(systemClock().getTime() + 60_000)
  const silent = expect.stringMatching(/^NOT_READY: silent for \d\d s$/u)
  expect(await reasonsOf({ now })).toEqual({ sequencer: silent, sealer: silent })
})

test('NOT_READY says what a worker wants an operator to know', async () => {
  expect(await reasonsOf({ workers: ['reaction stuck'] })).toEqual({
    'reaction stuck': 'NOT_READY: corridor/pak-uae is parked',
  })
})

test('NOT_READY when the feed is far behind the log', async () => {
  const feed = { head: () => ({ ...ground.hub.head(), position: -1_001n }), alarm: () => null }
  expect(await reasonsOf({ feed })).toEqual({
    'log head': 'NOT_READY: the feed is 1001 entries behind',
  })
})

test('NOT_READY when the feed refuses everybody because the log has a gap', async () => {
  const feed = { head: () => ground.hub.head(), alarm: () => 'the log has a gap' }
  expect(await reasonsOf({ feed })).toEqual({ 'log head': 'NOT_READY: the log has a gap' })
})

test('DATABASE_UNAVAILABLE when a subgraph alone has lost its way to Postgres', async () => {
  await using lost = openDatabase({
    url: 'postgres://nobody@127.0.0.1:1/none',
    connectionsMax: 1,
    applicationName: 'test',
  })
  expect(await reasonsOf({ bySubgraph: new Map([['corridor', lost]]) })).toEqual({
    'postgres for corridor': expect.stringMatching(/^DATABASE_UNAVAILABLE: /u),
  })
})

test('JWKS_UNAVAILABLE when the keys of tokens cannot be fetched', async () => {
  const issuers = [{ issuer: 'https://issuer.test', keys: new URL('http://127.0.0.1:1/jwks') }]
  const authenticator = openAuthenticator({ issuers, audience: 'sez', now: systemClock })
  expect(await reasonsOf({ authenticator })).toEqual({
    'token keys': expect.stringMatching(/^JWKS_UNAVAILABLE: /u),
  })
})

test('the code of whatever the gateway lacks', async () => {
  const ready = (): void => {
    throw new SezError('UPSTREAM_FAILED', { subgraphs: ['corridor'] })
  }
  expect(await reasonsOf({ gateway: { ready } })).toEqual({
    gateway: expect.stringMatching(/^UPSTREAM_FAILED: /u),
  })
})

test('KEY_DISPOSED when the zone can sign no more, DATABASE_UNAVAILABLE without Postgres', async () => {
  await using other = await openTestLog()
  other.keys[Symbol.dispose]()
  expect(await reasonsOf({ keys: other.keys })).toEqual({
    'zone key': expect.stringMatching(/^KEY_DISPOSED: /u),
  })
  await other.database[Symbol.asyncDispose]()
  const reasons = await reasonsOf({ database: other.database })
  expect(Object.keys(reasons)).toEqual(['postgres', 'log head', 'sequencer', 'sealer'])
  for (const reason of Object.values(reasons)) expect(reason).toMatch(/^DATABASE_UNAVAILABLE: /u)
})
