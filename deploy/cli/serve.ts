/** `sez serve`: runs one process of a zone: its gateway, its log, or a subgraph. @module */
import { invariant } from '@sez/core/invariant'
import { type Config, type Part, parseConfig } from '@sez/platform/config'
import { gatewayPort, logPort, subgraphPortOf } from '../ports.ts'
import type { Running } from '../start.ts'
import { answer } from './arguments.ts'
import { defineCommand } from './command.ts'
import { type Opening, runUntilStopped, type Setting } from './running.ts'

const subgraphNames = [...subgraphPortOf.keys()]

interface Process {
  readonly part: Part
  readonly portDefault: number
  /** The path that it exists for. */
  readonly path: string
  readonly title: string
  /** Loads only what this process is made of. */
  start(setting: Setting): Promise<Running>
  /** What is still to do once it answers. */
  furnish?(running: Running, setting: Setting): Promise<void>
}

export const serve = defineCommand({
  words: {
    name: 'PART',
    about: 'the process to run',
    min: 1,
    max: 1,
    choices: ['gateway', 'log', ...subgraphNames],
  },
  examples: [
    'sez serve log              # first in development: it keeps the embedded Postgres',
    ...subgraphNames.map((name) => `sez serve ${name}`),
    'sez serve gateway          # http://127.0.0.1:4000/graphql',
    'SEZ_SUBGRAPHS=entities=http://10.0.0.5:4001,… sez serve gateway',
    'DATABASE_URL=postgres://zone_corridor:…@db/zone SEZ_PORT=80 sez serve corridor',
  ],
  notes: 'sez seed makes the worked example in a development zone of many processes.',
  async run({ words: [word = ''] }, io) {
    const process = processOf(word)
    const config = parseConfig(io.env, process)
    return runUntilStopped(io, config, {
      starting: word,
      title: `Starting ${process.title} of the zone ${config.zoneId}`,
      open: async (setting) => openProcess(process, setting),
    })
  },
})

/** Of one of the choices: every word that is neither of the two others names a subgraph. */
function processOf(word: string): Process {
  if (word === 'gateway') return gateway
  if (word === 'log') return logOfZone
  const portDefault = subgraphPortOf.get(word)
  invariant(portDefault !== undefined, `${word} is one of the choices`)
  return subgraphOf(word, portDefault)
}

const gateway: Process = {
  part: 'gateway',
  portDefault: gatewayPort,
  path: '/graphql',
  title: 'the gateway',
  start: async ({ config, log, tell, signal }) => {
    const { startGateway } = await import('../gateway-process.ts')
    return startGateway(config, { log, onProgress: tell, signal })
  },
  async furnish({ url }, setting) {
    if (!isDevelopment(setting.config)) return
    const { bundlePlayground } = await import('./playground.ts')
    await bundlePlayground(setting)
    answer(setting.io, { playground: `${url}/` }, `Playground  ${url}/`)
  },
}

const logOfZone: Process = {
  part: 'log',
  portDefault: logPort,
  path: '/health/ready',
  title: 'the log',
  start: async ({ config, log, tell, signal }) => {
    const { startLog } = await import('../log-process.ts')
    return startLog(config, { log, onProgress: tell, signal })
  },
}

const subgraphOf = (name: string, portDefault: number): Process => ({
  part: 'subgraph',
  portDefault,
  path: '/graphql',
  title: `the subgraph ${name}`,
  start: async ({ config, log, tell, signal }) => {
    const { startSubgraph } = await import('../subgraph-process.ts')
    return startSubgraph(name, config, { log, onProgress: tell, signal })
  },
})

const isDevelopment = ({ mode }: Config): boolean => mode === 'development'

function openProcess(process: Process, setting: Setting): Opening {
  const running = process.start(setting)
  const furnish = async (it: Running): Promise<void> => {
    await process.furnish?.(it, setting)
    setting.signal.throwIfAborted()
    const title = `${process.title.slice(0, 1).toUpperCase()}${process.title.slice(1)}`
    const url = `${it.url}${process.path}`
    answer(setting.io, { url }, `${title} answers at ${url}. Ctrl-C stops it.`)
  }
  return { running, opened: running.then(furnish) }
}
