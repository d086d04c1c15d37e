/**
 * The clock of the whole zone jumps by an hour, ahead and back, while it runs: tokens pass or not by
 * the clock they find, ids stay unique, everything written verifies, no worker falls silent, and
 * nobody is kept waiting for the hour to pass (spec/33-faults.md §1).
 */
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from '@sez/client/connection'
import { openAppender, transitionOf } from '@sez/client/receipts'
import { parseDid } from '@sez/core/did'
import { invariant } from '@sez/core/invariant'
import { partyOf } from '@sez/corridor/documents.fixture'
import { openIssuer } from '@sez/deploy/tokens'
import { systemClock } from '@sez/platform/clock'
import { parseConfig } from '@sez/platform/config'
import { openTestDatabase, type TestDatabase, until } from '@sez/platform/database.fixture'
import { openDatabase } from '@sez/platform/db'
import type { DevelopmentIssuer } from '@sez/platform/dev-issuer'
import { verifyLog } from '@sez/platform/log-audit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openCorridor } from '../journeys/partner.fixture.ts'
import { openWorkplace, type Workplace, type ZoneRun } from '../process.fixture.ts'
import { recovers } from './watching.fixture.ts'

const timeoutMs = 180_000
const hourMs = 3_600_000
const corridorId = 'pak-uae.clock'
const [one, two] = [partyOf('clock one'), partyOf('clock two')]

let database: TestDatabase
let place: Workplace
let zone: ZoneRun
let issuer: DevelopmentIssuer
let shiftedMs = 0
beforeAll(async () => {
  database = await openTestDatabase()
  place = openWorkplace()
  const settings = { SEZ_DATA_DIR: place.dataDir, DATABASE_URL: database.url }
  setClock(0)
  zone = await place.zone({
    ...settings,
    SEZ_TEST_CLOCK_FILE: clockFile(),
    NODE_OPTIONS: `--import ${new URL('clock.fixture.ts', import.meta.url).href}`,
  })
  await openCorridor(zone.url, corridorId, [one, two])
  const opened = await openIssuer(parseConfig(settings))
  invariant(opened !== null, 'a development zone issues its tokens')
  issuer = opened
}, timeoutMs)
afterAll(async () => {
  await place[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

const clockFile = (): string => join(place.folder, 'clock')

/** In one step, as a clock does that is set. */
function setClock(ms: number): void {
  writeFileSync(`${clockFile()}.new`, String(ms))
  renameSync(`${clockFile()}.new`, clockFile())
  shiftedMs = ms
}

const zoneClock = (): Date => new Date(systemClock().getTime() + shiftedMs)

/** A partner whose clock and tokens are those of the zone. */
function appender() {
  const connection = connect({
    url: `${zone.url}/graphql`,
    // The zone's desk issues by the zone's clock.
    token: async () => {
      const address = `${zone.url}/dev/token?as=text&role=PARTNER&did=${encodeURIComponent(one.did)}`
      return (await fetch(address)).text()
    },
    attemptsMax: 1,
  })
  return openAppender({ connection, corridorId, key: one.key, now: zoneClock })
}

let number = 0
const append = () => {
  number += 1
  return appender().append({ transition: transitionOf('clock', { number }) })
}

/** Signed by the right clock, whatever the zone's own says. */
async function askWithRightToken(lifetimeS: number): Promise<readonly string[]> {
  const sub = parseDid(one.did)
  const token = await issuer.token({ sub, roles: ['AUDITOR'], lifetimeS })
  const response = await fetch(`${zone.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: '{ logEntries(first: 1) { nodes { position } } }' }),
  })
  const { errors = [] } = Object(await response.json())
  return errors.map(({ extensions }: { extensions: { code: string } }) => extensions.code)
}

/** The newest signed checkpoint covers the newest entry: sequencer and sealer are at work. */
async function isSealed(): Promise<void> {
  await using owner = openDatabase({
    url: database.url,
    connectionsMax: 1,
    applicationName: 'test',
  })
  await until('everything is signed', async () => {
    const [row] = await owner.raw<{ left: bigint }[]>`
      select (select count(*) from platform.outbox)
        + (select max(position) from platform.log)
        - (select max(size) from platform.checkpoints) as left`
    return row?.left === 0n
  })
}

/** Signs of life are of this moment by the zone's clock, from every worker. */
async function isAlive(): Promise<void> {
  await using owner = openDatabase({
    url: database.url,
    connectionsMax: 1,
    applicationName: 'test',
  })
  await until(
    'every worker that repeats quickly has given a sign of life',
    async () => {
      const beats = await owner.raw<{ name: string; at: Date }[]>`
        select name, at from platform.heartbeats where name <> 'idempotency-sweeper'`
      const nowMs = zoneClock().getTime()
      return beats.every(({ at }) => Math.abs(nowMs - at.getTime()) < 10_000)
    },
    30_000,
  )
}

test.each([
  ['an hour ahead', hourMs],
  ['right again', 0],
  ['an hour back', -hourMs],
  ['right once more', 0],
])(
  '%s: it is ready, takes receipts, signs them and gives signs of life',
  async (_, ms) => {
    setClock(ms)
    const before = await append()
    await isAlive()
    await recovers(zone.url, 30_000)
    const after = await append()
    expect(after.sequence).toBe(before.sequence + 1)
    await isSealed()
  },
  timeoutMs,
)

test(
  'a token is judged by the clock it finds: expired an hour later, good again when that was wrong',
  async () => {
    setClock(hourMs)
    expect(await askWithRightToken(600)).toEqual(['TOKEN_EXPIRED'])
    setClock(0)
    expect(await askWithRightToken(600)).toEqual([])
    setClock(50_000)
    const nearlyOver = 1
    expect(await askWithRightToken(nearlyOver)).toEqual([])
    setClock(0)
  },
  timeoutMs,
)

test(
  'a caller who used up his burst before the clock went back is let in again in seconds',
  async () => {
    const flood = async (): Promise<readonly string[]> => {
      const answers = await Promise.all(
        Array.from({ length: 80 }, () =>
          fetch(`${zone.url}/graphql`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ query: '{ zone { id } }' }),
          }),
        ),
      )
      const bodies = await Promise.all(answers.map((answer) => answer.json()))
      return bodies.flatMap((body) => Object(body).errors ?? []).map((e) => e.extensions.code)
    }
    expect(await flood()).toContain('RATE_LIMITED')
    setClock(-hourMs)
    await until(
      'he is let in',
      async () => {
        const response = await fetch(`${zone.url}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ query: '{ zone { id } }' }),
        })
        return Object(await response.json()).errors === undefined
      },
      10_000,
    )
    setClock(0)
  },
  timeoutMs,
)

test(
  'all that was written under any clock is there once and verifies',
  async () => {
    await using owner = openDatabase({
      url: database.url,
      connectionsMax: 1,
      applicationName: 'test',
    })
    expect(await verifyLog(owner)).toMatchObject({ valid: true })
    const [counted] = await owner.raw<{ all: number; different: number }[]>`
      select count(*)::int as all, count(distinct event_id)::int as different from platform.log`
    expect(counted?.all).toBeGreaterThan(8)
    expect(counted?.different).toBe(counted?.all)
    const rows = await place.sez(['verify', 'zone'], { DATABASE_URL: database.url }).ended
    expect(rows).toEqual({ code: 0, signal: null })
  },
  timeoutMs,
)
