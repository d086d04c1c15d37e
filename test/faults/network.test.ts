/**
 * The network between gateway and one subgraph is cut, in each way that networks know: that part of
 * the data is missing with a code and in time, the others are not affected, the gateway says which
 * it is and is whole again by itself, and subscribers miss nothing (spec/33-faults.md §1).
 */
import { connect } from '@sez/client/connection'
import type { VerifiedEvent } from '@sez/client/event-chain'
import { followCorridor } from '@sez/client/events'
import { openAppender, transitionOf } from '@sez/client/receipts'
import { ZoneError } from '@sez/client/zone-error'
import { partyOf } from '@sez/corridor/documents.fixture'
import { subgraphPortOf } from '@sez/deploy/ports'
import { systemClock } from '@sez/platform/clock'
import { openTestDatabase, type TestDatabase, until } from '@sez/platform/database.fixture'
import { upstreamTimeoutMs } from '@sez/platform/limits'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { openCorridor } from '../journeys/partner.fixture.ts'
import {
  askZone,
  openWorkplace,
  tokenOf,
  type Workplace,
  type ZoneRun,
} from '../process.fixture.ts'
import { openProcesses, type Processes } from '../processes.fixture.ts'
import { type Cable, type CableState, openCable } from './cable.fixture.ts'
import { readinessOf, recovers } from './watching.fixture.ts'

const timeoutMs = 240_000
const corridorId = 'pak-uae.network'
const [one, two] = [partyOf('network one'), partyOf('network two')]

let database: TestDatabase
let place: Workplace
let zone: Processes
let cable: Cable
/** A second gateway, which reaches the corridor subgraph through the cable alone. */
let gateway: ZoneRun
beforeAll(async () => {
  database = await openTestDatabase()
  place = openWorkplace()
  const settings = {
    SEZ_DATA_DIR: place.dataDir,
    DATABASE_URL: database.url,
    SEZ_LOG_LEVEL: 'fatal',
  }
  zone = await openProcesses(place, settings)
  cable = await openCable(zone.urlOf('corridor'))
  const urls = [...subgraphPortOf.keys()].map((name) => {
    const url = zone.urlOf(name)
    return `${name}=${name === 'corridor' ? cable.through(url).replace(/\/$/u, '') : url}`
  })
  gateway = await place.serve('gateway', {
    SEZ_DATA_DIR: place.dataDir,
    SEZ_SUBGRAPHS: urls.join(),
    SEZ_LOG_LEVEL: 'fatal',
  })
  await openCorridor(gateway.url, corridorId, [one, two])
}, timeoutMs)
afterEach(async () => {
  cable.state = {}
  await recovers(gateway.url)
})
afterAll(async () => {
  gateway.kill('SIGINT')
  await gateway.ended
  await cable[Symbol.asyncDispose]()
  await zone[Symbol.asyncDispose]()
  await place[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

const whole = '{ zone { id } entityCounts { count } corridors { nodes { id } } }'
const others = '{ zone { id } entityCounts { count } }'

/** SEZ_FULL=1 takes them all; what is silent is waited for as long as its caller may wait. */
const isFull = process.env['SEZ_FULL'] === '1'
const cuts: readonly (readonly [how: string, state: CableState, isOpenCut: boolean])[] = [
  ['connections are refused', { isRefusing: true }, true],
  ['open connections are reset', { isRefusing: true }, false],
  ['nothing arrives any more', { silent: 'both' }, false],
  ['questions arrive, answers do not', { silent: 'answers' }, false],
  ['it is slower than anyone waits', { latencyMs: upstreamTimeoutMs + 2_000 }, false],
]

test.each(cuts.slice(0, isFull ? cuts.length : 3))(
  '%s: partial data with a code in time, the others whole, degraded by name, well by itself',
  async (_, state, isOpenCut) => {
    expect((await askZone(gateway.url, whole)).codes).toEqual([])
    cable.state = state
    if (isOpenCut || state.isRefusing === true) cable.cut(isOpenCut ? 'end' : 'reset')
    const startMs = performance.now()
    const [partial, spared] = await Promise.all([
      askZone(gateway.url, whole),
      askZone(gateway.url, others),
    ])
    expect(performance.now() - startMs).toBeLessThan(upstreamTimeoutMs + 5_000)
    expect(partial.codes).toHaveLength(1)
    expect(partial.codes[0]).toMatch(/^UPSTREAM_(?:FAILED|TIMEOUT)$/u)
    expect(Object(partial.data)).toMatchObject({ zone: { id: expect.any(String) } })
    expect(spared.codes).toEqual([])
    const { status, word, reasons } = await readinessOf(gateway.url)
    expect([status, word]).toEqual([200, 'degraded'])
    expect(Object.keys(reasons)).toEqual(['subgraph corridor'])
    // Its own process is well, and says so.
    expect(await readinessOf(zone.urlOf('corridor'))).toMatchObject({ word: 'ready' })
    cable.state = {}
    await recovers(gateway.url)
    expect((await askZone(gateway.url, whole)).codes).toEqual([])
  },
  timeoutMs,
)

test(
  'while it is away it is left alone, asked now and then, and taken back when it answers',
  async () => {
    cable.state = { isRefusing: true }
    cable.cut()
    await until('it is left alone', async () => {
      const startMs = performance.now()
      const { codes } = await askZone(gateway.url, '{ corridors { nodes { id } } }')
      expect(codes).toEqual(['UPSTREAM_FAILED'])
      const before = cable.calls
      await askZone(gateway.url, '{ corridors { nodes { id } } }')
      return cable.calls === before && performance.now() - startMs < 1_000
    })
    const calls = cable.calls
    await until('it is tried again', async () => {
      await askZone(gateway.url, '{ corridors { nodes { id } } }')
      return cable.calls > calls
    })
    cable.state = {}
    await until('it is taken back', async () => {
      return (await askZone(gateway.url, '{ corridors { nodes { id } } }')).codes.length === 0
    })
  },
  timeoutMs,
)

/** Null for a failure after which the same may be sent again; throws any other. */
function nullIfPassing(error: unknown): null {
  if (error instanceof ZoneError && error.retry) return null
  throw error
}

test(
  'a subscriber misses nothing, and a partner has each receipt once, through all of them',
  async () => {
    const connection = connect({
      url: `${gateway.url}/graphql`,
      token: () => tokenOf(gateway.url, 'PARTNER', one.did),
      attemptsMax: 2,
      requestTimeoutMs: 12_000,
    })
    const behaviour = { webSocket: WebSocket, silenceMaxMs: 3_000 }
    const stream = followCorridor({ connection, corridorId, behaviour })
    const seen: VerifiedEvent[] = []
    const following = (async () => {
      for await (const event of stream) if (event.kind !== 'CHECKPOINT') seen.push(event)
    })()
    const appender = openAppender({ connection, corridorId, key: one.key, now: systemClock })
    const sequences: number[] = []
    const append = async (number: number): Promise<void> => {
      const transition = transitionOf('network', { number })
      await until(
        'it is acknowledged',
        async () => {
          const appended = await appender.append({ transition }).catch(nullIfPassing)
          if (appended !== null) sequences.push(appended.sequence)
          return appended !== null
        },
        60_000,
      )
    }
    await append(0)
    let number = 0
    for (const state of [{ isRefusing: true }, { silent: 'answers' }] as const) {
      cable.state = state
      if ('isRefusing' in state) cable.cut()
      number += 1
      const appending = append(number)
      await until(
        'the gateway misses it',
        async () => (await readinessOf(gateway.url)).word === 'degraded',
      )
      cable.state = {}
      await appending
    }
    await append(number + 1)
    expect(sequences).toEqual(sequences.map((_, index) => index))
    const receipts = () => seen.filter(({ receipt }) => receipt !== null)
    await until('all of them were seen', () => receipts().length >= sequences.length, 90_000)
    await stream.return?.()
    await following
    const streamed = seen.map(({ streamSequence }) => streamSequence)
    expect(streamed).toEqual(streamed.map((_, index) => index + 1))
    expect(receipts()).toHaveLength(sequences.length)
  },
  timeoutMs,
)
