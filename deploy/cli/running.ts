/** How a command runs a process of a zone: from its configuration until it is asked to stop. @module */
import { setTimeout as delay } from 'node:timers/promises'
import type { Config } from '@sez/platform/config'
import { readinessNoticeMs } from '@sez/platform/limits'
import { type Logger, openLog } from '@sez/platform/log'
import { openShutdown, type Shutdown } from '@sez/platform/shutdown'
import type { Progress, Running } from '../start.ts'
import { answer, exitCodes } from './arguments.ts'
import type { CommandIo } from './command.ts'

export interface Setting {
  readonly config: Config
  readonly log: Logger
  readonly io: CommandIo
  readonly tell: Progress
  /** Gives the opening up, and later says that the end has begun. */
  readonly signal: AbortSignal
}

export interface Opening {
  /** What runs as soon as it listens; whoever has it closes it. */
  readonly running: Promise<Running>
  /** Settles when all is there and was told. A failure of `running` is one of this too. */
  readonly opened: Promise<void>
}

/**
 * Runs what `open` opens until a signal. SIGTERM comes from who sends it work, and needs a moment to
 * see that it is not ready any more; SIGINT from a person, who waits.
 *
 * @param what `title` is the first line, for a machine `starting` names what starts; `open` may load
 *   what the other commands do without.
 * @returns The exit code: 0 when all ended well and in time.
 */
export async function runUntilStopped(
  io: CommandIo,
  config: Config,
  what: {
    readonly starting: string
    readonly title: string
    readonly open: (setting: Setting) => Promise<Opening>
  },
): Promise<number> {
  const startedMs = io.now().getTime()
  const log = openLog({ level: config.logLevel, pretty: config.logPretty && !io.json })
  // Signals count from here on: a start is given up as a running process is stopped.
  const shutdown = openShutdown({ log, signals: ['SIGINT', 'SIGTERM'] })
  const tell = (step: string): void => {
    const tookMs = io.now().getTime() - startedMs
    const seconds = (tookMs / 1_000).toFixed(1)
    answer(io, { step, tookMs }, `  ${seconds.padStart(5)} s  ${step}`)
  }
  for (const name of config.unknownSettings) log.warn({ name }, 'a setting nobody reads')
  answer(io, { starting: what.starting }, what.title)
  const { signal } = shutdown
  const opening = what.open({ config, log, io, tell, signal })
  shutdown.defer('process', async () => {
    const running = await opening.then(({ running }) => running).catch(() => null)
    await running?.[Symbol.asyncDispose]()
  })
  const isOpen = await opened(opening, shutdown)
  const reason = await shutdown.requested
  answer(io, { stopping: reason }, `Stopping (${reason})`)
  if (isOpen && reason === 'SIGTERM') await delay(readinessNoticeMs)
  const report = await shutdown.close()
  if (!report.isClean) log.error({ ...report }, 'it did not stop cleanly')
  return report.isClean ? exitCodes.valid : exitCodes.invalid
}

/** Waits until all is open, true, or somebody stops it first. */
async function opened(opening: Promise<Opening>, shutdown: Shutdown): Promise<boolean> {
  try {
    const open = opening.then((each) => each.opened).then(() => true)
    return await Promise.race([open, shutdown.requested.then(() => false)])
  } catch (error) {
    // Ctrl-C reaches initdb and the bundler as well; that they fail is then no news.
    if (shutdown.signal.aborted) return false
    await shutdown.close()
    throw error
  }
}
