/** Whole zones as child processes, each in a folder of its own; nothing of them outlives a test. @module */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { invariant } from '@sez/core/invariant'
import { until } from '@sez/platform/database.fixture'
import { findPostmaster, isAlive } from '@sez/platform/postmaster'

export type Environment = Readonly<Record<string, string>>

/** A program that runs or has run, with all that it said. */
export interface Run {
  readonly pid: number
  readonly said: () => string
  readonly complained: () => string
  kill(signal: NodeJS.Signals): void
  /** Settles when it has ended and its output is complete. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>
}

export interface ZoneRun extends Run {
  readonly url: string
  /** From the start of the process until it says where it answers. */
  readonly startMs: number
}

export interface Workplace extends AsyncDisposable {
  readonly folder: string
  readonly dataDir: string
  /** Starts any program of the repository. */
  run(args: readonly string[], env?: Environment): Run
  sez(args: readonly string[], env?: Environment): Run
  /** Starts `sez zone` and waits until it answers. */
  zone(env?: Environment): Promise<ZoneRun>
  /** Starts `sez serve` for one process of a zone and waits until it answers. */
  serve(what: string, env?: Environment): Promise<ZoneRun>
  /** The process id of the Postgres of the data folder; null when none lives. */
  postgres(): number | null
}

const root = fileURLToPath(new URL('..', import.meta.url))
const startTimeoutMs = 60_000

/** A data folder, and whatever runs on it. */
export function openWorkplace(): Workplace {
  const folder = mkdtempSync(join(tmpdir(), 'sez-process-'))
  // Root's Postgres runs as another user, who must be able to pass.
  chmodSync(folder, 0o755)
  const dataDir = join(folder, 'data')
  const runs: Run[] = []
  const postgres = (): number | null =>
    findPostmaster(join(dataDir, 'postgres', 'data'))?.pid ?? null
  const run = (args: readonly string[], env: Environment = {}): Run => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      // A group of its own: what it starts can be ended with it.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...inherited(), SEZ_DATA_DIR: dataDir, SEZ_PORT: '0', SEZ_LOG_LEVEL: 'warn', ...env },
    })
    const started = watch(child)
    runs.push(started)
    return started
  }
  const sez = (args: readonly string[], env?: Environment): Run =>
    run(['deploy/sez.ts', ...args], env)
  const answering = async (args: readonly string[], env?: Environment): Promise<ZoneRun> => {
    const startedMs = performance.now()
    const started = sez(args, env)
    const url = await addressOf(started)
    return { ...started, url, startMs: performance.now() - startedMs }
  }
  return {
    folder,
    dataDir,
    run,
    sez,
    postgres,
    zone: (env) => answering(['zone'], env),
    serve: (what, env) => answering(['serve', what], env),
    async [Symbol.asyncDispose]() {
      for (const each of runs) each.kill('SIGKILL')
      await Promise.all(runs.map(({ ended }) => ended))
      await until('its Postgres is gone', () => postgres() === null)
      rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
    },
  }
}

/** Without this test run's own settings. */
function inherited(): NodeJS.ProcessEnv {
  const own = /^(?:SEZ_|DATABASE_|VITEST|NODE_OPTIONS$|NODE_ENV$)/
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)))
}

function watch(child: ChildProcess): Run {
  const { pid, stdout, stderr } = child
  invariant(pid !== undefined && stdout && stderr, 'node starts')
  const output = { said: '', complained: '' }
  stdout.setEncoding('utf8').on('data', (text: string) => (output.said += text))
  stderr.setEncoding('utf8').on('data', (text: string) => (output.complained += text))
  const ended = once(child, 'exit').then(([code, signal]) => ({ code, signal }))
  return {
    pid,
    said: () => output.said,
    complained: () => output.complained,
    kill(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return
      // SIGKILL takes the group: whatever else it started must not be left behind by a test.
      process.kill(signal === 'SIGKILL' ? -pid : pid, signal)
    },
    ended,
  }
}

async function addressOf(zone: Run): Promise<string> {
  let url: string | undefined
  const answers = async (): Promise<boolean> => {
    url = /answers at (http:\/\/[^/\s]+)\//u.exec(zone.said())?.[1]
    const reason = `${zone.said()}\n${zone.complained()}`
    invariant(url !== undefined || isAlive(zone.pid), `it ended at its start: ${reason}`)
    return url !== undefined
  }
  await until('the zone answers', answers, startTimeoutMs)
  invariant(url !== undefined, 'until() waited for it')
  return url
}

/** Below those that systems hand out for connections, so that nobody gets it in between. */
const ports = { first: 20_000, count: 12_000 }

/** A port that was free a moment ago, for what must come back where it was. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = ports.first + randomInt(ports.count)
    const probe = createServer()
    probe.listen(port, '127.0.0.1')
    const isFree = await once(probe, 'listening').then(
      () => true,
      () => false,
    )
    if (!isFree) continue
    probe.close()
    await once(probe, 'close')
    return port
  }
}

/** What was asked of a running zone, and answered. */
export interface ProcessAnswer {
  readonly data: Record<string, never> | null
  readonly codes: readonly string[]
}

/** Asks a zone under a token of its development desk. */
export async function askZone(
  url: string,
  query: string,
  options: { readonly variables?: object; readonly role?: string; readonly did?: string } = {},
): Promise<ProcessAnswer> {
  const { variables = {}, role = 'REGULATOR', did } = options
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${await tokenOf(url, role, did)}`,
    },
    body: JSON.stringify({ query, variables }),
  })
  const answer = (await response.json()) as {
    data?: ProcessAnswer['data']
    errors?: readonly { readonly extensions: { readonly code: string } }[]
  }
  const codes = (answer.errors ?? []).map(({ extensions }) => extensions.code)
  return { data: answer.data ?? null, codes }
}

/** A token of the zone's development desk. */
export async function tokenOf(url: string, role: string, did?: string): Promise<string> {
  const address = new URL('/dev/token?as=text', url)
  address.searchParams.set('role', role)
  if (did !== undefined) address.searchParams.set('did', did)
  return (await fetch(address)).text()
}
