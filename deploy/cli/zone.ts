/** `sez zone`: runs a whole zone in one process until it is asked to stop. @module */
import { parseConfig } from '@sez/platform/config'
import { defineCommand } from './command.ts'
import { runUntilStopped } from './running.ts'

export const zone = defineCommand({
  examples: [
    'sez zone                 # the same as npm start',
    'SEZ_PORT=4100 sez zone',
    'DATABASE_URL=postgres://zone@127.0.0.1:5432/zone sez zone --json',
  ],
  notes: 'Until it stops, each step is a line; with --json so is each line of its log.',
  async run(_, io) {
    const config = parseConfig(io.env)
    const { zoneId, zoneName } = config
    return runUntilStopped(io, config, {
      starting: zoneId,
      title: `Starting the zone ${zoneId} (${zoneName})`,
      // All that a zone is made of takes a second to load, which the other commands do without.
      open: (setting) => import('./opening.ts').then(({ openZone }) => openZone(setting)),
    })
  },
})
