/** `sez zone`: runs a whole zone in one process until it is asked to stop. @module */
import { parseConfig } from '@sez/platform/config'
import { openLog } from '@sez/platform/log'
import { openShutdown, type Shutdown } from '@sez/platform/shutdown'
import { answer, exitCodes } from './arguments.ts'
import { defineCommand } from './command.ts'
import type { Opening, Setting } from './opening.ts'

export const zone = defineCommand({
  examples: [
    'sez zone                 # the same as npm start',
    'SEZ_PORT=4100 sez zone',
    'DATABASE_URL=postgres://zone@127.0.0.1:5432/zone sez zone --json',
  ],
  notes: 'Until it stops, each step is a line; with --json so is each line of its log.',
  async run(_, io) {
    const startedMs = io.now().getTime()
    const config = parseConfig(io.env)
    const log = openLog({ level: config.logLevel, pretty: config.logPretty && !io.json })
    // Signals count from here on: a start is given up as a running zone is stopped.
    const shutdown = openShutdown({ log, signals: ['SIGINT', 'SIGTERM'] })
    const tell = (step: string): void => {
      const tookMs = io.now().getTime() - startedMs
      const seconds = (tookMs / 1_000).toFixed(1)
      answer(io, { step, tookMs }, `  ${seconds.padStart(5)} s  ${step}`)
    }
    for (const name of config.unknownSettings) log.warn({ name }, 'a setting nobody reads')
    const { zoneId, zoneName } = config
    answer(io, { starting: zoneId, zoneName }, `Starting the zone ${zoneId} (${zoneName})`)
    return runUntilStopped({ config, log, io, tell, signal: shutdown.signal }, shutdown)
  },
})

async function runUntilStopped(setting: Setting, shutdown: Shutdown): Promise<number> {
  const { io, log, signal } = setting
  // All that a zone is made of takes a second to load, which the other commands do without.
  const opening: Promise<Opening> = import('./opening.ts').then(({ openZone }) => openZone(setting))
  shutdown.defer('zone', async () => {
    const running = await opening.then(({ zone }) => zone).catch(() => null)
    await running?.[Symbol.asyncDispose]()
  })
  try {
    await Promise.race([opening.then(({ opened }) => opened), shutdown.requested])
  } catch (error) {
    // Ctrl-C reaches initdb and the bundler as well; that they fail is then no news.
    if (!signal.aborted) {
      await shutdown.close()
      throw error
    }
  }
  const reason = await shutdown.requested
  answer(io, { stopping: reason }, `Stopping (${reason})`)
  const report = await shutdown.close()
  if (!report.isClean) log.error({ ...report }, 'the zone did not stop cleanly')
  return report.isClean ? exitCodes.valid : exitCodes.invalid
}
