/**
 * A network or a server that lets the zone's Postgres down: callers get coded answers that may be
 * repeated, a repeated request has one effect, readiness says why, and all comes back by itself.
 */
import { connect } from '@sez/client/connection'
import { openAppender } from '@sez/client/receipts'
import { invariant } from '@sez/core/invariant'
import { partyOf } from '@sez/corridor/documents.fixture'
import { systemClock } from '@sez/platform/clock'
import { openTestDatabase, type TestDatabase, until } from '@sez/platform/database.fixture'
import { openDatabase } from '@sez/platform/db'
import { databaseAnswerTimeoutMs, upstreamTimeoutMs } from '@sez/platform/limits'
import { verifyLog } from '@sez/platform/log-audit'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openCorridor } from '../journeys/partner.fixture.ts'
import { openTestZone, type TestZone } from '../zone.fixture.ts'
import { type Cable, openCable } from './cable.fixture.ts'
import { codesOf, companyInput, create, insist, readinessOf, recovers } from './watching.fixture.ts'

const timeoutMs = 180_000
/** SEZ_FULL=1 takes both ways to be silent. */
const isFull = process.env['SEZ_FULL'] === '1'

let database: TestDatabase
let cable: Cable
let zone: TestZone
beforeAll(async () => {
  database = await openTestDatabase()
  cable = await openCable(database.url)
  zone = await openTestZone({ env: { DATABASE_URL: cable.through(database.url) } })
}, timeoutMs)
afterEach(async () => {
  cable.state = {}
  await recovers(zone.url)
})
afterAll(async () => {
  await zone[Symbol.asyncDispose]()
  await cable[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

/** How often a company of this name was founded, by the database itself and by its log. */
async function effectsOf(legalName: string): Promise<{ rows: number; events: number }> {
  await using owner = openDatabase({
    url: database.url,
    connectionsMax: 1,
    applicationName: 'test',
  })
  const found = await owner.raw<{ id: string }[]>`
    select id from entities.entities where legal_name = ${legalName}`
  const ids = found.map(({ id }) => `entity/${id}`)
  const [counted] = await owner.raw<{ events: number }[]>`
    select count(*)::int as events from platform.log where stream = any (${ids})`
  return { rows: ids.length, events: counted?.events ?? 0 }
}

/** What was asked while it was out of order is there once, and the whole log verifies. */
async function isOnce(legalName: string): Promise<void> {
  await until('it is in the log', async () => (await effectsOf(legalName)).events > 0)
  expect(await effectsOf(legalName)).toEqual({ rows: 1, events: 1 })
  await using owner = openDatabase({
    url: database.url,
    connectionsMax: 1,
    applicationName: 'test',
  })
  expect(await verifyLog(owner)).toMatchObject({ valid: true })
}

const passing = /^(?:DATABASE_UNAVAILABLE|STATEMENT_TIMEOUT|LOCK_TIMEOUT|UPSTREAM_TIMEOUT)$/u

describe('slow', () => {
  test(
    'a second of latency is waited for',
    async () => {
      cable.state = { latencyMs: 150 }
      const input = companyInput()
      const { refusals } = await insist(zone, input)
      for (const code of refusals) expect(code).toMatch(passing)
      cable.state = {}
      await isOnce(input.legalName)
    },
    timeoutMs,
  )

  test(
    'bytes that trickle: an answer or a code in time, and readiness says what it waits for',
    async () => {
      cable.state = { trickle: { bytes: 4, everyMs: 20 } }
      const input = companyInput()
      const startMs = performance.now()
      const [answer, readiness] = await Promise.all([create(zone, input), readinessOf(zone.url)])
      expect(performance.now() - startMs).toBeLessThan(upstreamTimeoutMs + databaseAnswerTimeoutMs)
      for (const code of codesOf(answer)) expect(code).toMatch(passing)
      expect(readiness).toMatchObject({ status: 503, word: 'not ready' })
      cable.state = {}
      expect((await insist(zone, input)).answer.errors).toEqual([])
      await isOnce(input.legalName)
    },
    timeoutMs,
  )
})

describe('cut', () => {
  test.each([
    ['before a statement arrives', null, 'before'],
    ['after a statement was sent', null, 'after'],
    ['before the commit arrives', 'commit', 'before'],
    ['after the commit was sent', 'commit', 'after'],
  ] as const)(
    '%s: a code, and the same key finds out what became of it',
    async (_, text, how) => {
      const input = companyInput()
      const bitten = cable.biteAt(input.legalName, text ?? input.legalName, how)
      const first = create(zone, input)
      await bitten
      const { answer } = await insist(zone, input)
      const again = await create(zone, input)
      expect(again).toEqual(answer)
      expect(codesOf(await first)).toEqual(['DATABASE_UNAVAILABLE'])
      await isOnce(input.legalName)
    },
    timeoutMs,
  )

  test(
    'again and again: nothing but successes and codes, and each is there once',
    async () => {
      const inputs = Array.from({ length: 12 }, companyInput)
      const works = inputs.map((input) => insist(zone, input))
      for (let count = 0; count < 6; count += 1) {
        await cable.biteAt('', 'commit', count % 2 === 0 ? 'before' : 'after')
        cable.cut(count % 2 === 0 ? 'reset' : 'end')
        if (count >= 2 && (await isDone(works))) break
      }
      await Promise.all(works)
      for (const { legalName } of inputs) {
        expect(await effectsOf(legalName)).toMatchObject({ rows: 1 })
      }
    },
    timeoutMs,
  )

  const isDone = (works: readonly Promise<unknown>[]): Promise<boolean> =>
    Promise.race([Promise.all(works).then(() => true), Promise.resolve(false)])

  test(
    'away: DATABASE_UNAVAILABLE at once, not ready with that reason, ready again when it is back',
    async () => {
      cable.state = { isRefusing: true }
      cable.cut()
      const answer = await create(zone, companyInput())
      expect(codesOf(answer)).toEqual(['DATABASE_UNAVAILABLE'])
      const { status, reasons } = await readinessOf(zone.url)
      expect(status).toBe(503)
      expect(reasons['postgres']).toMatch(/^DATABASE_UNAVAILABLE: /u)
      expect((await fetch(`${zone.url}/health/live`)).status).toBe(200)
    },
    timeoutMs,
  )
})

describe('silent', () => {
  test.each(isFull ? (['both', 'answers'] as const) : (['answers'] as const))(
    '%s: every caller gets a code in time, and the same key has one effect',
    async (silent) => {
      const input = companyInput()
      expect(codesOf(await create(zone, companyInput()))).toEqual([])
      cable.state = { silent }
      const startMs = performance.now()
      const works = [create(zone, input), create(zone, companyInput())]
      const { status, reasons } = await readinessOf(zone.url)
      expect(status).toBe(503)
      expect(reasons['postgres']).toMatch(/^No answer within \d+ ms\.$/u)
      for (const answer of await Promise.all(works)) {
        expect(answer.errors).toHaveLength(1)
        for (const code of codesOf(answer)) expect(code).toMatch(passing)
      }
      expect(performance.now() - startMs).toBeLessThan(upstreamTimeoutMs + 5_000)
      cable.state = {}
      expect((await insist(zone, input)).answer.errors).toEqual([])
      await isOnce(input.legalName)
    },
    timeoutMs,
  )

  test(
    'only where it is listened: subscribers hear all the same',
    async () => {
      cable.state = { silent: { marker: 'listen "sez_' } }
      const parties = [partyOf('silent one'), partyOf('silent two')]
      const id = 'pak-uae.silent'
      await openCorridor(zone.url, id, parties)
      const events = zone.subscribe(
        'subscription ($id: ID!) { corridorEvents(corridorId: $id) { kind } }',
        { id },
        { as: ['AUDITOR'] },
      )
      const heard: string[] = []
      const hearing = (async () => {
        for await (const { data } of events) heard.push(Object(data).corridorEvents.kind)
      })()
      await until('it follows', () => heard.includes('ACTIVATED'))
      const connection = connect({
        url: `${zone.url}/graphql`,
        token: () => zone.token({ as: ['PARTNER'], did: parties[0]?.did ?? '' }),
      })
      const [party] = parties
      invariant(party !== undefined, 'there are two')
      const appender = openAppender({
        connection,
        corridorId: id,
        key: party.key,
        now: systemClock,
      })
      await appender.append()
      await until('it hears', () => heard.includes('RECEIPT_APPENDED'), 10_000)
      expect(await readinessOf(zone.url)).toMatchObject({ word: 'ready' })
      await events.return?.()
      await hearing
    },
    timeoutMs,
  )
})
