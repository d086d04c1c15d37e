/** `sez keygen`: makes a signing key, or a secret between processes, that only its owner can read. @module */
import { SezError } from '@sez/core/errors'
import { createAssertionSecretFile } from '@sez/platform/assertion'
import { createZoneKeyFile, loadZoneKeys } from '@sez/platform/keys'
import { answering, argumentsInvalid, exitCodes, readArguments } from './arguments.ts'
import type { Command } from './command.ts'

export const keygen: Command = {
  name: 'keygen',
  summary: 'make a signing key and print its DID',
  usage: 'sez keygen [--assertion] FILE',
  examples: [
    'sez keygen partner.key',
    'sez keygen /run/secrets/zone.key',
    'sez keygen --assertion /run/secrets/assertion.key',
  ],
  run: (args, io) =>
    answering(io, async () => {
      const known = { assertion: { type: 'boolean' } } as const
      const { options, words } = readArguments(args, known, { wordsMax: 1 })
      const [file] = words
      if (file === undefined) throw argumentsInvalid('name the file to write')
      const isAssertion = options.assertion === true
      const isMade = isAssertion ? createAssertionSecretFile(file) : createZoneKeyFile(file)
      if (!isMade) throw new SezError('FILE_EXISTS', { path: file })
      if (isAssertion) {
        io.out(JSON.stringify({ file }))
        return exitCodes.valid
      }
      using keys = loadZoneKeys({ file, mode: 'production' })
      io.out(JSON.stringify({ did: keys.did, file }))
      return exitCodes.valid
    }),
}
