/** How `sez zone` opens a zone: its parts, its worked example, its playground, its invitations. @module */
import { SezError } from '@sez/core/errors'
import { buildPlayground } from '@sez/gateway/playground'
import type { Config } from '@sez/platform/config'
import type { Logger } from '@sez/platform/log'
import { invitations } from '../seed/examples.ts'
import { seedZone } from '../seed/seed.ts'
import { type Progress, startZone, type Zone } from '../zone.ts'
import { answer } from './arguments.ts'
import type { CommandIo } from './command.ts'

export interface Setting {
  readonly config: Config
  readonly log: Logger
  readonly io: CommandIo
  readonly tell: Progress
  /** Gives the opening up. */
  readonly signal: AbortSignal
}

export interface Opening {
  /** The zone as soon as it listens; whoever has it closes it. */
  readonly zone: Promise<Zone>
  /** Settles when all is there and was told. */
  readonly opened: Promise<void>
}

/** Begins to open a zone. A failure of `zone` is one of `opened` too. */
export function openZone(setting: Setting): Opening {
  const { config, log, tell, signal } = setting
  const zone = startZone(config, { log, onProgress: tell, signal })
  return { zone, opened: zone.then((running) => furnish(running, setting)) }
}

async function furnish(running: Zone, { config, log, tell, io, signal }: Setting): Promise<void> {
  if (config.mode === 'development') {
    const [playground, isSeeded] = await Promise.allSettled([
      buildPlayground({ signal }),
      seedZone(running),
    ])
    if (isSeeded.status === 'rejected') throw isSeeded.reason
    if (isSeeded.value) tell('a worked example zone')
    if (playground.status === 'fulfilled') tell('playground')
    else warnOfPlayground(playground.reason, log)
    signal.throwIfAborted()
    if (!io.json) io.out(['', ...invitations(running.url), ''].join('\n'))
  }
  const url = `${running.url}/graphql`
  answer(io, { url }, `The zone answers at ${url}. Ctrl-C stops it.`)
}

/** The API answers without its playground, as on a disk that may not be written. */
function warnOfPlayground(failure: unknown, log: Logger): void {
  const output = failure instanceof SezError ? failure.details['output'] : null
  log.warn({ err: failure, output }, 'the playground could not be bundled')
}
