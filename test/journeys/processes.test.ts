/**
 * A zone of many processes: a partner appends and another follows while each process is killed and
 * started again; what is missing meanwhile has a code and comes back by itself; and a subgraph
 * answers nobody but its gateway.
 */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'
import { join } from 'node:path'
import { verifyCorridorLog } from '@sez/client/verification'
import { invariant } from '@sez/core/invariant'
import { type Asserter, loadAssertionSecret, openAsserter } from '@sez/platform/assertion'
import { systemClock } from '@sez/platform/clock'
import { anonymous, type Caller } from '@sez/platform/context'
import { openTestDatabase, type TestDatabase, until } from '@sez/platform/database.fixture'
import { openDatabase } from '@sez/platform/db'
import { verifyLog } from '@sez/platform/log-audit'
import { createClient } from 'graphql-ws'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { askZone, openWorkplace, type Run, tokenOf, type Workplace } from '../process.fixture.ts'
import { openProcesses, type Processes, untilReady } from '../processes.fixture.ts'
import {
  appends,
  completes,
  noteOf,
  openCorridor,
  type Partner,
  partnerOf,
  receiptsIn,
  rowsOf,
  startPartner,
} from './partner.fixture.ts'

/** SEZ_FULL=1 appends more around each kill. */
const perKill = process.env['SEZ_FULL'] === '1' ? 100 : 16
const timeoutMs = 120_000
const corridorId = 'pak-uae.processes'
const killed = ['log', 'entities', 'regulator', 'corridor', 'gateway'] as const
const receiptCount = killed.length * perKill

let database: TestDatabase
let place: Workplace
let zone: Processes
beforeAll(async () => {
  database = await openTestDatabase()
  place = openWorkplace()
  zone = await openProcesses(place, {
    SEZ_DATA_DIR: place.dataDir,
    DATABASE_URL: database.url,
    SEZ_LOG_LEVEL: 'fatal',
  })
}, timeoutMs)
afterAll(async () => {
  await zone[Symbol.asyncDispose]()
  await place[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

/** One field of each subgraph that may be missing. */
const parts = {
  regulator: '{ latestCheckpoint { size } }',
  corridor: '{ corridors { nodes { id } } }',
  entities: '{ entities { totalCount } }',
} as const
type Subgraph = keyof typeof parts
const whole = `{ ${Object.values(parts)
  .map((part) => part.slice(1, -1))
  .join(' ')} }`

const isSubgraph = (name: string): name is Subgraph => Object.hasOwn(parts, name)

async function readiness(url: string) {
  const response = await fetch(`${url}/health/ready`)
  const report = Object(await response.json())
  const failing = report.checks.filter(({ ok }: { ok: boolean }) => !ok)
  const reasons = failing.map(({ name, reason }: Record<string, string>) => [name, reason])
  return { status: response.status, word: report.status, reasons: Object.fromEntries(reasons) }
}

/** What the gateway says while a subgraph is away: the others' data, a code, and who it is. */
async function isMissed(name: Subgraph): Promise<void> {
  const { data, codes } = await askZone(zone.url, whole)
  expect(codes).toEqual(['UPSTREAM_FAILED'])
  const found = Object.entries(Object(data)).filter(([, value]) => value !== null)
  expect(found).toHaveLength(Object.keys(parts).length - 1)
  expect(await readiness(zone.url)).toEqual({
    status: 200,
    word: 'degraded',
    reasons: { [`subgraph ${name}`]: expect.stringMatching(/^UPSTREAM_FAILED: /u) },
  })
}

describe('a partner appends and another follows while each process is killed in turn', () => {
  let writer: Partner
  let reader: Partner
  let zoneDid = ''
  let following: Run
  let round = 0

  const write = (append: number): Run =>
    startPartner(place, writer, { url: zone.url, corridorId, zoneDid, append, untilSeen: append })

  beforeAll(async () => {
    writer = partnerOf(place, 'pak')
    reader = partnerOf(place, 'uae')
    zoneDid = await openCorridor(zone.url, corridorId, [writer, reader])
    following = startPartner(place, reader, {
      url: zone.url,
      corridorId,
      zoneDid,
      append: 0,
      untilSeen: receiptCount,
    })
  })

  test.each(killed)(
    'SIGKILL of %s: it is missed with a code, and everything goes on when it is back',
    async (name) => {
      round += 1
      const writing = write(round * perKill)
      await appends(writing, perKill / 4, timeoutMs)
      await zone.kill(name)
      try {
        if (isSubgraph(name)) await isMissed(name)
        // Whoever does not need it goes on without it.
        if (name !== 'corridor' && name !== 'gateway')
          await appends(writing, perKill / 2, timeoutMs)
      } finally {
        await zone.start(name)
      }
      await untilReady(zone.url)
      expect((await askZone(zone.url, whole)).codes).toEqual([])
      await completes(writing, round * perKill)
    },
    timeoutMs,
  )

  test(
    'the follower has every event exactly once, and each receipt that was acknowledged',
    async () => {
      await completes(following, receiptCount)
      const rows = rowsOf(reader.eventsFile)
      const verdict = verifyCorridorLog(rows, { corridorId, zoneDid })
      expect(verdict).toMatchObject({ valid: true, verified: rows.length })
      const sequences = rows.flatMap(({ streamSequence }) => streamSequence ?? [])
      expect(sequences).toEqual(sequences.map((_, index) => index + 1))
      const numbers = receiptsIn(reader.eventsFile).map((receipt) => noteOf(receipt).number)
      expect(numbers).toEqual(Array.from({ length: receiptCount }, (_, index) => index + 1))
    },
    timeoutMs,
  )

  test('the whole log verifies in the database', async () => {
    await using owner = openDatabase({
      url: database.url,
      connectionsMax: 1,
      applicationName: 'test',
    })
    const { valid, size } = await verifyLog(owner)
    expect(valid).toBe(true)
    expect(Number(size)).toBeGreaterThanOrEqual(receiptCount)
  })
})

describe('a subgraph by itself', () => {
  const caller: Caller = { ...anonymous }
  const introspection = '{ __schema { types { name } } }'
  const sdl = '{ _service { sdl } }'
  const mutation = `mutation ($input: CreateEntityInput!) {
    createEntity(input: $input) { log { eventId } } }`

  function asserter(options: { now?: () => Date; secret?: Uint8Array } = {}): Asserter {
    const file = join(place.dataDir, 'assertion-secret.json')
    const { now = systemClock } = options
    const secret = options.secret ?? loadAssertionSecret({ file, mode: 'production' })
    return openAsserter({ secret, now, random: (count) => randomBytes(count) })
  }

  const asserted = (by: Asserter, body: string, subgraph: string): string =>
    by.assert({
      subgraph,
      caller,
      correlationId: 'test-correlation',
      line: Buffer.from(body),
    })

  async function post(subgraph: string, body: string, assertion?: string) {
    const response = await fetch(`${zone.urlOf(subgraph)}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(assertion !== undefined && { 'sez-assertion': assertion }),
      },
      body,
    })
    const { data = null, errors = [], ...rest } = Object(await response.json())
    const codes = errors.map(({ extensions }: { extensions: { code: string } }) => extensions.code)
    return { status: response.status, data, codes, rest }
  }

  const refused = (code: string) => ({ status: 401, data: null, codes: [code], rest: {} })
  const bodies = [introspection, sdl, '{ __typename }', mutation]
  const names = ['entities', 'corridor', 'regulator'] as const

  test.each(names)(
    '%s without an assertion: ASSERTION_MISSING, whatever is asked',
    async (name) => {
      for (const query of bodies) {
        expect(await post(name, JSON.stringify({ query }))).toEqual(refused('ASSERTION_MISSING'))
      }
    },
  )

  test.each(names)('%s with a forged one: ASSERTION_INVALID', async (name) => {
    const forger = asserter({ secret: randomBytes(32) })
    for (const query of bodies) {
      const body = JSON.stringify({ query })
      const answer = await post(name, body, asserted(forger, body, name))
      expect(answer).toEqual(refused('ASSERTION_INVALID'))
    }
  })

  test('with one for another subgraph, or another request: ASSERTION_INVALID', async () => {
    const body = JSON.stringify({ query: sdl })
    const elsewhere = asserted(asserter(), body, 'corridor')
    expect(await post('entities', body, elsewhere)).toEqual(refused('ASSERTION_INVALID'))
    const other = asserted(asserter(), JSON.stringify({ query: introspection }), 'entities')
    expect(await post('entities', body, other)).toEqual(refused('ASSERTION_INVALID'))
  })

  test('with an expired one: ASSERTION_EXPIRED', async () => {
    const body = JSON.stringify({ query: sdl })
    const past = () => new Date(systemClock().getTime() - 120_000)
    const assertion = asserted(asserter({ now: past }), body, 'entities')
    expect(await post('entities', body, assertion)).toEqual(refused('ASSERTION_EXPIRED'))
  })

  test('with one that a mutation was sent with: ASSERTION_REPLAYED', async () => {
    const body = JSON.stringify({ query: mutation, variables: { input: {} } })
    const assertion = asserted(asserter(), body, 'entities')
    // Nobody may create for an anonymous caller, but that is what execution says.
    const first = await post('entities', body, assertion)
    expect(first.codes).not.toContain('ASSERTION_REPLAYED')
    expect(await post('entities', body, assertion)).toEqual(refused('ASSERTION_REPLAYED'))
  })

  test('with a valid one it is a plain subgraph: introspection, and SDL for composition', async () => {
    for (const [query, field] of [
      [introspection, '__schema'],
      [sdl, '_service'],
    ] as const) {
      const body = JSON.stringify({ query })
      const { status, data, codes } = await post(
        'entities',
        body,
        asserted(asserter(), body, 'entities'),
      )
      expect([status, codes, Object.keys(Object(data))]).toEqual([200, [], [field]])
    }
  })

  test('a socket is not opened, and nothing else is served', async () => {
    for (const name of names) {
      const url = zone.urlOf(name)
      const asking = request(`${url}/graphql`, {
        headers: {
          connection: 'Upgrade',
          upgrade: 'websocket',
          'sec-websocket-version': '13',
          'sec-websocket-key': randomBytes(16).toString('base64'),
        },
      }).end()
      const [response] = await once(asking, 'response')
      response.resume()
      expect(response.statusCode).toBe(405)
      for (const path of ['/', '/dev/token?role=ADMIN', '/.well-known/jwks.json']) {
        expect((await fetch(url + path)).status).toBe(404)
      }
    }
  })
})

describe('SIGTERM', () => {
  test(
    'a subgraph says that it is not ready, still answers, and ends with 0',
    async () => expect(await endOf('entities', whole)).toEqual(clean),
    timeoutMs,
  )

  test(
    'the gateway does so too, and tells its subscribers to come back',
    async () => {
      const { closed } = await subscribe()
      expect(await endOf('gateway', parts.corridor)).toEqual(clean)
      expect(await closed).toBe(1001)
    },
    timeoutMs,
  )

  const clean = { code: 0, signal: null, complaint: '' }

  /** How a process ends that was told to, and that it answered meanwhile. */
  async function endOf(name: string, query: string) {
    const run = zone.run(name)
    run.kill('SIGTERM')
    await until('it says so', async () => (await readiness(zone.urlOf(name))).status === 503)
    const { reasons } = await readiness(zone.urlOf(name))
    expect(reasons).toMatchObject({ process: 'NOT_READY: it is stopping' })
    expect((await askZone(zone.url, query)).codes).toEqual([])
    return { ...(await run.ended), complaint: run.complained() }
  }

  /** A subscriber, and the code with which its socket will be closed. */
  async function subscribe(): Promise<{ readonly closed: Promise<number> }> {
    const closed = Promise.withResolvers<number>()
    const client = createClient({
      url: `${zone.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${await tokenOf(zone.url, 'AUDITOR')}` },
      retryAttempts: 0,
      on: { closed: (event) => closed.resolve(Object(event).code) },
    })
    const query = `subscription { corridorEvents(corridorId: "${corridorId}") { kind } }`
    const { value } = await client.iterate({ query }).next()
    invariant(value?.data !== undefined, 'the subscription has begun')
    return { closed: closed.promise }
  }
})
