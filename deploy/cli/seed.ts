/** `sez seed`: makes the worked example in the development zone of many processes, once. @module */
import { SezError } from '@sez/core/errors'
import { parseConfig } from '@sez/platform/config'
import { openLog } from '@sez/platform/log'
import { answer, exitCodes } from './arguments.ts'
import { defineCommand } from './command.ts'

export const seed = defineCommand({
  examples: ['sez seed'],
  async run(_, io) {
    const config = parseConfig(io.env)
    if (config.mode !== 'development') throw new SezError('DEVELOPMENT_ONLY')
    const log = openLog({ level: config.logLevel, pretty: config.logPretty && !io.json })
    // Loaded here only: the other commands start without the subgraphs.
    const { seedStorage } = await import('../seed/storage.ts')
    const isSeeded = await seedStorage(config, log)
    const text = isSeeded ? 'The worked example is there.' : 'The worked example was there already.'
    answer(io, { isSeeded }, text)
    return exitCodes.valid
  },
})
