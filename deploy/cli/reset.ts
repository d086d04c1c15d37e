/** `sez reset`: removes what a development zone made, so that the next start is the first. @module */
import { readdirSync, rmdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { SezError } from '@sez/core/errors'
import { parseConfig } from '@sez/platform/config'
import { dataDirUnwritable } from '@sez/platform/postgres-binaries'
import { findPostmaster } from '@sez/platform/postmaster'
import { answer, exitCodes } from './arguments.ts'
import { defineCommand } from './command.ts'

/** What a zone makes in its data folder. Anything else there is somebody's own and stays. */
const ours =
  /^(?:postgres|postgres-.*|zone-key\.json|development-issuer\.json|assertion-secret\.json)(?:\..*)?$/u

export const reset = defineCommand({
  examples: ['sez reset', 'SEZ_DATA_DIR=/var/lib/zone sez reset --json'],
  async run(_, io) {
    const { mode, databaseUrl, dataDir } = parseConfig(io.env)
    if (mode === 'production' || databaseUrl !== null) {
      const message =
        'Reset forgets the embedded development zone only; this one has a database of its own.'
      throw new SezError('DEVELOPMENT_ONLY', {}, { message })
    }
    const running = findPostmaster(join(dataDir, 'postgres', 'data'))
    if (running !== null) throw new SezError('ZONE_RUNNING', { pid: running.pid })
    forget(dataDir)
    answer(io, { forgotten: dataDir }, 'The zone is forgotten. npm start makes a new one.')
    return exitCodes.valid
  },
})

function forget(dataDir: string): void {
  try {
    const names = readdirSync(dataDir)
    const left = names.filter((name) => !ours.test(name))
    for (const name of names.filter((each) => ours.test(each))) {
      rmSync(join(dataDir, name), { recursive: true, force: true })
    }
    if (left.length === 0) rmdirSync(dataDir)
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : null
    // There was no zone: then it is forgotten already.
    if (code === 'ENOENT') return
    throw dataDirUnwritable(dataDir, 'this process may not remove what is in it', cause)
  }
}
