/** `sez keygen`: makes a signing key that only its owner can read. @module */
import { SezError } from '@sez/core/errors'
import { createZoneKeyFile, loadZoneKeys } from '@sez/platform/keys'
import { answering, argumentsInvalid, exitCodes, readArguments } from './arguments.ts'
import type { Command } from './command.ts'

export const keygen: Command = {
  name: 'keygen',
  summary: 'make a signing key and print its DID',
  usage: 'sez keygen FILE',
  examples: ['sez keygen partner.key', 'sez keygen /run/secrets/zone.key'],
  run: (args, io) =>
    answering(io, async () => {
      const { words } = readArguments(args, {}, { wordsMax: 1 })
      const [file] = words
      if (file === undefined) throw argumentsInvalid('name the file to write')
      if (!createZoneKeyFile(file)) throw new SezError('FILE_EXISTS', { path: file })
      using keys = loadZoneKeys({ file, mode: 'production' })
      io.out(JSON.stringify({ did: keys.did, file }))
      return exitCodes.valid
    }),
}
