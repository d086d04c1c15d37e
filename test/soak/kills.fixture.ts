/** Kills parts of a zone at moments that a seed decides, and starts again what nobody else starts. @module */
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { until } from '@sez/platform/database.fixture'
import type { EmbeddedPostgres } from '@sez/platform/postgres'
import { isAlive } from '@sez/platform/postmaster'
import type { Run } from '../process.fixture.ts'
import type { Processes } from '../processes.fixture.ts'

export type Random = () => number

/** Numbers from 0 to below 1 that a seed decides (mulberry32). */
export function randomOf(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const processNames = ['corridor', 'log', 'gateway', 'entities'] as const
const victims = [...processNames, 'postmaster', 'backend'] as const
type Victim = (typeof victims)[number]

export interface Kills {
  /** How often each was killed. */
  readonly counts: Readonly<Record<Victim, number>>
  /** Every process that was killed, for what it said and how it ended. */
  readonly runs: readonly (readonly [name: string, run: Run])[]
  /** Settles when whatever was killed is back; throws when something did not come back. */
  stop(): Promise<void>
}

const pauseMs = { least: 100, most: 1_500 }
const awayMsMax = 400
/** Between two rounds the partners get somewhere, or have had this long for it. */
const calmMsMax = 5_000
const calmProgress = 12

/** Starts killing, in rounds of one or two victims, the second while the first is away. */
export function startKilling(options: {
  readonly zone: Processes
  readonly postgres: EmbeddedPostgres
  readonly random: Random
  /** Grows with what the partners get done. */
  readonly progress: () => number
}): Kills {
  const { zone, postgres, random, progress } = options
  const counts: Record<Victim, number> = {
    corridor: 0,
    log: 0,
    gateway: 0,
    entities: 0,
    postmaster: 0,
    backend: 0,
  }
  const runs: (readonly [string, Run])[] = []
  const ending = new AbortController()
  const strike = async (victim: Victim): Promise<void> => {
    const [awayMs, chance] = [random() * awayMsMax, random()]
    counts[victim] += 1
    if (victim === 'postmaster') await killPostmaster(postgres)
    else if (victim === 'backend') killBackend(postgres.pid, chance)
    else {
      runs.push([victim, zone.run(victim)])
      await zone.kill(victim)
      await delay(awayMs)
      await zone.start(victim)
    }
  }
  const pause = (): Promise<void> =>
    delay(pauseMs.least + random() * (pauseMs.most - pauseMs.least))
  const run = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      const before = progress()
      const [first, second] = pair(random)
      const isDouble = random() < 0.5
      const strikes = [strike(first)]
      if (isDouble) strikes.push(pause().then(() => strike(second)))
      await Promise.all(strikes)
      const calmEndMs = performance.now() + calmMsMax
      const isCalm = (): boolean =>
        progress() - before < calmProgress && performance.now() < calmEndMs
      while (isCalm() && !ending.signal.aborted) await delay(50)
      await pause()
    }
  }
  const running = run()
  // Looked at by stop(); until then it only must not count as unhandled.
  running.catch(() => undefined)
  return {
    counts,
    runs,
    async stop() {
      ending.abort()
      await running
    },
  }
}

/** Two different victims. */
function pair(random: Random): readonly [Victim, Victim] {
  const first = Math.floor(random() * victims.length)
  const step = 1 + Math.floor(random() * (victims.length - 1))
  const at = (index: number): Victim => victims[index % victims.length] ?? victims[0]
  return [at(first), at(first + step)]
}

/** Settles when the one who started it has started it again. */
async function killPostmaster(postgres: EmbeddedPostgres): Promise<void> {
  const { pid } = postgres
  await until('it lives to be killed', () => isAlive(postgres.pid))
  process.kill(postgres.pid, 'SIGKILL')
  await until('it is started again', () => postgres.pid !== pid, 60_000)
}

/** One of the server's own processes, which makes it end all others and recover. */
function killBackend(postmaster: number, chance: number): void {
  try {
    const children = readFileSync(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8')
    const pids = children.trim().split(' ').map(Number)
    const pid = pids[Math.floor(chance * pids.length)]
    if (pid !== undefined && pid > 0) process.kill(pid, 'SIGKILL')
  } catch (error) {
    // It has ended by itself, or the server is away at this moment.
    if (!(error instanceof Error && 'code' in error)) throw error
  }
}

const kibibytesForm = /^VmRSS:\s+(\d+) kB$/mu

/** Memory of a process in MiB; null when it is gone. */
export function memoryMbOf(pid: number): number | null {
  try {
    const [, kibibytes] = kibibytesForm.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return kibibytes === undefined ? null : Math.round(Number(kibibytes) / 1_024)
  } catch {
    return null
  }
}
