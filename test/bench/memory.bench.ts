/**
 * Resident memory of a zone as a process of its own: at rest, after work, and with subscribers.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { invariant } from '@sez/core/invariant'
import { until } from '@sez/platform/database.fixture'
import { createClient } from 'graphql-ws'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { askZone, openWorkplace, tokenOf, type ZoneRun } from '../process.fixture.ts'
import { inParallel, isSmoke } from './measure.ts'
import { type Finding, report } from './report.ts'

const queries = isSmoke ? 200 : 1_000
const readers = 100
const sockets = isSmoke ? 2 : 20
const subscriptionsPerSocket = isSmoke ? 10 : 50
const question = '{ zone { id name } corridors(first: 20) { nodes { id state } } }'
const subscription = 'subscription { entityStatusChanged { __typename } }'

/** Of the zone alone, without its Postgres; Linux tells it. */
function residentMiB({ pid }: ZoneRun): number {
  const found = /^VmRSS:\s+(\d+) kB$/mu.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  invariant(found?.[1] !== undefined, 'the kernel says how much a process holds')
  return Number(found[1]) / 1_024
}

async function openZone(stack: AsyncDisposableStack): Promise<ZoneRun> {
  const zone = await stack.use(openWorkplace()).zone()
  await until('all of it is there', () => zone.said().includes('Ctrl-C stops it'), 60_000)
  return zone
}

/** Opens subscriptions and waits until each has received what happened so far. */
async function subscribeAll(zone: ZoneRun, stack: AsyncDisposableStack): Promise<number> {
  const wanted = sockets * subscriptionsPerSocket
  const reached = new Set<number>()
  for (let socket = 0; socket < sockets; socket += 1) {
    const token = await tokenOf(zone.url, 'REGULATOR', `did:web:subscriber-${socket}.test`)
    const client = createClient({
      url: `${zone.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${token}` },
      retryAttempts: 0,
    })
    stack.defer(() => client.dispose())
    for (let index = 0; index < subscriptionsPerSocket; index += 1) {
      const id = socket * subscriptionsPerSocket + index
      client.subscribe(
        { query: subscription },
        {
          next: ({ errors = [] }) => {
            invariant(errors.length === 0, `refused: ${JSON.stringify(errors)}`)
            reached.add(id)
          },
          error: () => {},
          complete: () => {},
        },
      )
    }
  }
  await until('every subscriber has heard', () => reached.size === wanted, 60_000)
  return wanted
}

test.skipIf(process.platform !== 'linux')('what a zone holds in memory', async () => {
  await using stack = new AsyncDisposableStack()
  const zone = await openZone(stack)
  const restMiB = residentMiB(zone)
  await inParallel(queries, 16, async (index) => {
    // No caller asks so often that its rate is limited.
    const did = `did:web:reader-${index % readers}.test`
    const { data, codes } = await askZone(zone.url, question, { did })
    invariant(data !== null, `a query is refused: ${codes.join(', ')}`)
  })
  const workedMiB = residentMiB(zone)
  const subscribers = await subscribeAll(zone, stack)
  const heardMiB = residentMiB(zone)
  const eachKiB = ((heardMiB - workedMiB) * 1_024) / subscribers
  const findings: Finding[] = [
    {
      what: 'at rest, with its worked example',
      measured: `${restMiB.toFixed(0)} MiB`,
      ratio: null,
      bar: null,
      sane: null,
    },
    {
      what: `after ${queries} queries, 16 at once`,
      measured: `${workedMiB.toFixed(0)} MiB`,
      ratio: workedMiB / restMiB,
      bar: null,
      sane: { atMost: 10 },
    },
    {
      what: `with ${subscribers} subscriptions on ${sockets} sockets, all caught up`,
      measured: `${heardMiB.toFixed(0)} MiB, ${eachKiB.toFixed(0)} KiB each`,
      ratio: heardMiB / restMiB,
      bar: null,
      sane: { atMost: 20 },
    },
  ]
  const missed = await report({
    name: 'memory',
    what: 'Resident memory of the process of a whole zone (gateway, subgraphs, workers), started as `sez zone`; its Postgres is not in it. What the collector has not given back yet is.',
    findings,
  })
  expect(missed).toEqual([])
})
