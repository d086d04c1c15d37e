/** A zone of many processes on a database of its own: each a child that can be killed and started. @module */
import { migrate } from '@sez/drizzle/migrate'
import { platformOwner, roleName } from '@sez/drizzle/roles'
import { subgraphPortOf } from '@sez/deploy/ports'
import { invariant } from '@sez/core/invariant'
import { parseConfig } from '@sez/platform/config'
import { until } from '@sez/platform/database.fixture'
import { openLog } from '@sez/platform/log'
import { credentialsOf, loginUrl } from '@sez/platform/login'
import { type Environment, freePort, type Workplace, type ZoneRun } from './process.fixture.ts'

export interface Processes extends AsyncDisposable {
  /** The gateway's address. */
  readonly url: string
  readonly names: readonly string[]
  urlOf(name: string): string
  run(name: string): ZoneRun
  /** Starts one again where it was, after it ended; settles when it answers. */
  start(name: string): Promise<void>
  /** Ends one as a power cut does. */
  kill(name: string): Promise<void>
}

const gateway = 'gateway'
/** Many of them start at once, on a machine that may be doing other things. */
const readyTimeoutMs = 120_000

/**
 * Migrates the database and starts gateway, log and every subgraph at once, in no order; settles
 * when the gateway has all of them.
 *
 * @param env What they have in common: `DATABASE_URL`, the owner's address, and `SEZ_DATA_DIR`.
 */
export async function openProcesses(place: Workplace, env: Environment): Promise<Processes> {
  const config = parseConfig(env)
  const { databaseUrl } = config
  invariant(databaseUrl !== null, 'the processes of a test have a database')
  const log = openLog({ level: 'silent', pretty: false })
  const { rolePrefix } = await migrate({ ...config, url: databaseUrl, log })
  const subgraphs = [...subgraphPortOf.keys()]
  const names = [gateway, 'log', ...subgraphs]
  const ports = new Map<string, number>()
  for (const name of names) ports.set(name, await freePort())
  const urlOf = (name: string): string => `http://127.0.0.1:${ports.get(name)}`
  const { password } = credentialsOf(databaseUrl)
  const environmentOf = (name: string): Environment => {
    const { DATABASE_URL: _, ...shared } = env
    const settings = { ...shared, SEZ_PORT: String(ports.get(name)) }
    if (name === gateway) {
      const pairs = subgraphs.map((subgraph) => `${subgraph}=${urlOf(subgraph)}`)
      return { ...settings, SEZ_SUBGRAPHS: pairs.join() }
    }
    const role = roleName(rolePrefix, name === 'log' ? platformOwner : name)
    return { ...settings, DATABASE_URL: loginUrl(databaseUrl, role, password) }
  }
  const runs = new Map<string, ZoneRun>()
  const killed = new Set<ZoneRun>()
  const runOf = (name: string): ZoneRun => {
    const run = runs.get(name)
    invariant(run !== undefined, `the process ${name} was started`)
    return run
  }
  const start = async (name: string): Promise<void> => {
    runs.set(name, await place.serve(name, environmentOf(name)))
  }
  await Promise.all(names.map(start))
  await untilReady(urlOf(gateway))
  return {
    url: urlOf(gateway),
    names,
    urlOf,
    run: runOf,
    start,
    async kill(name) {
      const run = runOf(name)
      killed.add(run)
      run.kill('SIGKILL')
      await run.ended
    },
    async [Symbol.asyncDispose]() {
      const living = [...runs].filter(([, run]) => !killed.has(run))
      for (const [, run] of living) run.kill('SIGINT')
      for (const [name, run] of living) {
        const { code } = await run.ended
        invariant(code === 0, `${name} ended with ${code}: ${run.said()}\n${run.complained()}`)
      }
    },
  }
}

/** Whether the gateway reports that it has every subgraph. */
export async function untilReady(url: string): Promise<void> {
  let report: unknown
  const isReady = async (): Promise<boolean> => {
    const response = await fetch(`${url}/health/ready`).catch(() => null)
    report = await response?.json()
    return Object(report).status === 'ready'
  }
  await until('the gateway has every subgraph', isReady, readyTimeoutMs).catch((cause: unknown) => {
    invariant(false, `${String(cause)}: ${JSON.stringify(report)}`)
  })
}
