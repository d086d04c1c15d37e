/**
 * Four partners append and four read while writer, log, gateway and Postgres are killed at moments
 * that a seed decides: no acknowledged receipt is missing, no event comes twice, all chains verify,
 * and nothing ended that was not killed. `npm run soak` runs it for longer (spec/33-faults.md §2).
 */
import { randomInt } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { verifyCorridorLog } from '@sez/client/verification'
import { parseDid } from '@sez/core/did'
import { invariant } from '@sez/core/invariant'
import { partyOf } from '@sez/corridor/documents.fixture'
import { openIssuer } from '@sez/deploy/tokens'
import { parseConfig } from '@sez/platform/config'
import { until } from '@sez/platform/database.fixture'
import { openLog } from '@sez/platform/log'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@sez/platform/postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openCorridor } from '../journeys/partner.fixture.ts'
import { openWorkplace, type Run, type Workplace } from '../process.fixture.ts'
import { openProcesses, type Processes, untilReady } from '../processes.fixture.ts'
import { type Kills, memoryMbOf, randomOf, startKilling } from './kills.fixture.ts'
import { type Reader, startReader, startWriter, type Writer } from './traffic.fixture.ts'

const isFull = process.env['SEZ_FULL'] === '1'
const soakS = Number(process.env['SEZ_TEST_SOAK_S'] ?? (isFull ? 30 : 8))
const seed = Number(process.env['SEZ_TEST_SEED'] ?? randomInt(2 ** 31))
/** Beside the time of the soak itself: starting, coming back from the last kill, verifying. */
const timeoutMs = soakS * 1_000 + 300_000
const progressEveryMs = 10_000
const memoryMaxMb = 700
/** How much more one process may hold after a minute than it did at first. */
const growthMaxMb = 200

const tell = (line: string): void => void process.stderr.write(`soak: ${line}\n`)

let stack: AsyncDisposableStack
let place: Workplace
let postgres: EmbeddedPostgres
let zone: Processes
let zoneDid = ''
let writers: readonly Writer[]
let readers: readonly Reader[]
let kills: Kills
const log = openLog({ level: 'silent', pretty: false })
const corridors = ['soak.raced', 'soak.left', 'soak.right'] as const
const [raced, left, right] = corridors

beforeAll(async () => {
  stack = new AsyncDisposableStack()
  place = stack.use(openWorkplace())
  // With the disk's own guarantees, unlike the server that tests share.
  postgres = stack.use(await startEmbeddedPostgres({ dataDir: join(place.folder, 'server'), log }))
  const settings = {
    SEZ_DATA_DIR: place.dataDir,
    DATABASE_URL: postgres.url,
    SEZ_LOG_LEVEL: 'warn',
  }
  zone = stack.use(await openProcesses(place, settings))
  const parties = ['one', 'two', 'three', 'four'].map((name) => partyOf(`soak ${name}`))
  const [one, two, three, four] = parties
  invariant(one && two && three && four, 'there are four')
  for (const [corridorId, ...pair] of [
    [raced, one, two],
    [left, three, one],
    [right, four, two],
  ] as const) {
    zoneDid = await openCorridor(zone.url, corridorId, pair)
  }
  const issuer = await openIssuer(parseConfig(settings))
  invariant(issuer !== null, 'a development zone issues its tokens')
  const { url } = zone
  const tokenOf = (did: string) => () =>
    issuer.token({ sub: parseDid(did), roles: ['PARTNER', 'AUDITOR'] })
  const random = randomOf(seed)
  writers = [
    { corridorId: raced, party: one },
    { corridorId: raced, party: two },
    { corridorId: left, party: three },
    { corridorId: right, party: four },
  ].map((each) => startWriter({ url, token: tokenOf(each.party.did), ...each }))
  readers = [raced, raced, left, right].map((corridorId) =>
    startReader({ url, token: tokenOf(one.did), corridorId, zoneDid, random }),
  )
}, timeoutMs)
afterAll(() => stack.disposeAsync(), timeoutMs)

/** The processes that live at this moment, and this one, which has the partners in it. */
const living = (): readonly (readonly [name: string, pid: number])[] => [
  ['partners', process.pid],
  ...zone.names.map((name) => [name, zone.run(name).pid] as const),
]

const acknowledgedCount = (): number =>
  writers.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0)

/** Memory of each process when it was first seen well warmed up, by its id. */
const firstMb = new Map<number, { readonly atMs: number; readonly mb: number }>()

function watchMemory(): string {
  const texts: string[] = []
  for (const [name, pid] of living()) {
    const mb = memoryMbOf(pid)
    if (mb === null) continue
    texts.push(`${name} ${mb}`)
    invariant(mb < memoryMaxMb, `${name} holds ${mb} MiB`)
    const first = firstMb.get(pid)
    if (first === undefined) firstMb.set(pid, { atMs: performance.now(), mb })
    else if (name !== 'partners' && performance.now() - first.atMs > 60_000) {
      // The partners keep every event they saw, so theirs grows by intent.
      invariant(mb - first.mb < growthMaxMb, `${name} grew from ${first.mb} to ${mb} MiB`)
    }
  }
  return `MiB: ${texts.join(', ')}`
}

describe(`${soakS} s of kills`, () => {
  test(
    `partners go on while parts are killed, by seed ${seed}`,
    async () => {
      tell(`seed ${seed}, ${soakS} s`)
      const random = randomOf(seed + 1)
      const endMs = performance.now() + soakS * 1_000
      kills = startKilling({ zone, postgres, random, progress: acknowledgedCount })
      while (performance.now() < endMs) {
        await delay(Math.min(progressEveryMs, Math.max(0, endMs - performance.now())))
        const seen = readers.map(({ events }) => events.length)
        const killed = Object.entries(kills.counts).map(([name, count]) => `${name} ${count}`)
        tell(`acknowledged ${acknowledgedCount()}, read ${seen.join(' ')}, ${watchMemory()}`)
        tell(`killed: ${killed.join(', ')}`)
      }
      await kills.stop()
      await untilReady(zone.url)
      await Promise.all(writers.map((writer) => writer.stop()))
      tell(`refused and repeated: ${JSON.stringify(writers.map(({ refusals }) => [...refusals]))}`)
      const killCount = Object.values(kills.counts).reduce((sum, count) => sum + count, 0)
      expect(killCount).toBeGreaterThan(soakS / 20)
      for (const { acknowledged } of writers) expect(acknowledged.length).toBeGreaterThan(0)
    },
    timeoutMs,
  )

  test(
    'every reader has every event once and in order, up to the last one',
    async () => {
      for (const corridorId of corridors) {
        // Checkpoints of the zone stand between the corridor's own events.
        const all = await rowsOf(corridorId)
        const rows = all.filter((row) => Object(row).streamSequence !== null)
        const last = rows.length
        for (const reader of readers) {
          if (reader.corridorId !== corridorId) continue
          await until('it has caught up', () => reader.events.length >= last, 60_000)
          const sequences = reader.events.map(({ streamSequence }) => streamSequence)
          expect(sequences).toEqual(sequences.map((_, index) => index + 1))
          const digests = reader.events.slice(0, last).map(({ digest }) => digest)
          expect(digests).toEqual(rows.map((row) => Object(row).digest))
        }
      }
      await Promise.all(readers.map((reader) => reader.stop()))
    },
    timeoutMs,
  )

  test(
    'every acknowledged receipt is in the chain, which verifies, also offline',
    async () => {
      for (const corridorId of corridors) {
        const rows = await rowsOf(corridorId)
        const verdict = verifyCorridorLog(rows, { corridorId, zoneDid })
        expect(verdict).toMatchObject({ problems: [], verified: rows.length })
        const documents = new Set(
          rows.flatMap((row) => {
            const { document } = Object(Object(row).receipt)
            return document === undefined ? [] : [placeOf(JSON.parse(document))]
          }),
        )
        const acknowledged = writers
          .filter((writer) => writer.corridorId === corridorId)
          .flatMap((writer) => writer.acknowledged)
        const missing = acknowledged.filter(
          ({ sequence, nextRoot }) => !documents.has(`${sequence} ${nextRoot}`),
        )
        expect(missing).toEqual([])
        expect(new Set(acknowledged.map(({ sequence }) => sequence)).size).toBe(acknowledged.length)
        await exportVerifies(corridorId, rows)
      }
    },
    timeoutMs,
  )

  test(
    'the zone verifies its whole log',
    async () => {
      const run = place.sez(['verify', 'zone'], { DATABASE_URL: postgres.url })
      expect(await run.ended).toEqual({ code: 0, signal: null })
      expect(JSON.parse(run.said())).toMatchObject({ valid: true })
    },
    timeoutMs,
  )

  test('nothing ended that was not killed, and nothing was said that has no code', async () => {
    for (const [name, run] of kills.runs) {
      expect([name, await run.ended]).toEqual([name, { code: null, signal: 'SIGKILL' }])
      expect([name, uncodedOf(run)]).toEqual([name, []])
    }
    for (const name of zone.names) expect([name, uncodedOf(zone.run(name))]).toEqual([name, []])
  })
})

const placeOf = ({ sequence, next_root: root }: Record<string, unknown>): string =>
  `${String(sequence)} ${String(root)}`

const pageDocument = `query ($id: ID!, $after: String) {
  corridorEventLog(corridorId: $id, after: $after, first: 200) {
    nodes {
      kind cursor at eventId streamSequence digest previousDigest position hash document
      receipt { document proofs { verificationMethod created jws } }
      checkpoint { document }
      logCheckpoint
    }
    pageInfo { hasNextPage }
  }
}`

/** The corridor's history as an auditor exports it: events, and the checkpoints between them. */
async function rowsOf(corridorId: string): Promise<readonly unknown[]> {
  const rows: unknown[] = []
  const token = await (await fetch(`${zone.url}/dev/token?as=text&role=AUDITOR`)).text()
  for (let after: string | null = null; ; ) {
    const response = await fetch(`${zone.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: pageDocument, variables: { id: corridorId, after } }),
    })
    const { data, errors = [] } = Object(await response.json())
    expect(errors).toEqual([])
    const { nodes, pageInfo } = data.corridorEventLog
    rows.push(...nodes)
    after = nodes.at(-1)?.cursor ?? null
    if (!pageInfo.hasNextPage) return rows
  }
}

/** `sez verify log` on a file with these rows, which knows nothing of the zone but its DID. */
async function exportVerifies(corridorId: string, rows: readonly unknown[]): Promise<void> {
  const file = join(place.folder, `${corridorId}.jsonl`)
  writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  const args = ['verify', 'log', '--zone-did', zoneDid, '--corridor', corridorId, file]
  const run = place.sez(args)
  expect(await run.ended).toEqual({ code: 0, signal: null })
}

/** Lines of a process that tell of what nobody foresaw. */
function uncodedOf(run: Run): readonly string[] {
  const unforeseen =
    /"level":(?:"fatal"|60)|"level":"error"|uncaught|unhandled|InvariantViolation/iu
  return `${run.said()}${run.complained()}`.split('\n').filter((line) => unforeseen.test(line))
}
