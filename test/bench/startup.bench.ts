/**
 * `npm start` as a user types it, from the keystroke to the first answered query: in an empty data
 * folder, and again in the one that left.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { invariant } from '@sez/core/invariant'
import { expect, test } from 'vitest'
import { isSmoke, median } from './measure.ts'
import { report } from './report.ts'

const coldStarts = isSmoke ? 1 : 5
const warmStartsEach = isSmoke ? 1 : 2
const startMsMax = 60_000
const askEveryMs = 10
const root = fileURLToPath(new URL('../..', import.meta.url))

/** What a user's shell has; of what runs these benchmarks nothing is passed on. */
const inherited = ['HOME', 'LANG', 'PATH', 'TMPDIR', 'USER'].flatMap((name) => {
  const value = process.env[name]
  return value === undefined ? [] : [[name, value] as const]
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  invariant(address !== null && typeof address === 'object', 'a listening server has a port')
  server.close()
  await once(server, 'close')
  return address.port
}

interface Start {
  readonly answeredMs: number
  /** Until the zone says that its worked example and its playground are there too. */
  readonly readyMs: number
}

/** Starts a zone, waits for its first answer and for its last word, and stops it. */
async function start(dataDir: string): Promise<Start> {
  const port = await freePort()
  const startedAt = performance.now()
  const child = spawn('npm', ['start'], {
    cwd: root,
    // Of its own group, so that the signal reaches what npm started, as Ctrl-C does.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...Object.fromEntries(inherited), SEZ_DATA_DIR: dataDir, SEZ_PORT: String(port) },
  })
  const output: string[] = []
  const ready = Promise.withResolvers<number>()
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.push(text)
    if (output.join('').includes('Ctrl-C stops it')) ready.resolve(performance.now() - startedAt)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => output.push(text))
  try {
    const answeredMs = (await firstAnswer(child, port, output)) - startedAt
    const readyMs = isSmoke ? answeredMs : await untilReady(ready.promise)
    return { answeredMs, readyMs }
  } finally {
    await stop(child)
  }
}

async function untilReady(ready: Promise<number>): Promise<number> {
  const readyMs = await Promise.race([ready, delay(startMsMax, null)])
  invariant(readyMs !== null, 'a zone that answers says soon after that all of it is there')
  return readyMs
}

async function firstAnswer(
  child: ChildProcess,
  port: number,
  output: readonly string[],
): Promise<number> {
  const deadline = performance.now() + startMsMax
  while (performance.now() < deadline) {
    invariant(child.exitCode === null, `npm start ended by itself:\n${output.join('')}`)
    const answer = await ask(port)
    if (answer !== null) {
      expect(answer).toEqual({ data: { zone: { id: 'pk-rsez' } } })
      return performance.now()
    }
    await delay(askEveryMs)
  }
  invariant(false, `no answer in ${startMsMax} ms:\n${output.join('')}`)
}

/** The answer; null while nobody listens. */
async function ask(port: number): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"query":"{ zone { id } }"}',
  }).catch(() => null)
  return response === null ? null : response.json()
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.pid === undefined) return
  const closed = once(child, 'close')
  process.kill(-child.pid, 'SIGINT')
  // Closed when the last of the group has closed its output.
  const isClosed = await Promise.race([closed.then(() => true), delay(20_000, false)])
  if (!isClosed) process.kill(-child.pid, 'SIGKILL')
  await closed
}

test('npm start answers its first query soon, in an empty folder and in one it left', async () => {
  const cold: Start[] = []
  const warm: Start[] = []
  for (let round = 0; round < coldStarts; round += 1) {
    const dataDir = mkdtempSync(join(tmpdir(), 'sez-bench-start-'))
    // Postgres runs as another user where we are root.
    chmodSync(dataDir, 0o755)
    try {
      cold.push(await start(dataDir))
      for (let again = 0; again < warmStartsEach; again += 1) warm.push(await start(dataDir))
    } finally {
      rmSync(dataDir, { recursive: true, force: true })
    }
  }
  const finding = (what: string, starts: readonly Start[], atMost: number) => {
    const seconds = (of: (start: Start) => number) => starts.map((each) => of(each) / 1_000)
    const answered = seconds(({ answeredMs }) => answeredMs)
    const ready = median(seconds(({ readyMs }) => readyMs)).toFixed(1)
    const shown = answered.toSorted((left, right) => left - right).map((each) => each.toFixed(1))
    return {
      what: `${what}, first answer in s, median`,
      measured: `${shown.join(', ')} s; all is ready after ${ready} s`,
      ratio: median(answered),
      bar: { atMost },
      sane: { atMost: startMsMax / 1_000 },
    }
  }
  const missed = await report({
    name: 'startup',
    what: 'From spawning `npm start` to the answer to `{ zone { id } }`, with packages installed; the playground is bundled when its bundle is missing, after the first answer. Postgres is the embedded one with fsync.',
    findings: [finding('cold', cold, 10), finding('warm', warm, 5)],
  })
  expect(missed).toEqual([])
})
