/** `sez keygen`: makes a signing key, or a secret between processes, that only its owner can read. @module */
import { SezError } from '@sez/core/errors'
import { createAssertionSecretFile } from '@sez/platform/assertion'
import { createZoneKeyFile, loadZoneKeys } from '@sez/platform/keys'
import { answer, exitCodes } from './arguments.ts'
import { defineCommand } from './command.ts'

export const keygen = defineCommand({
  options: {
    assertion: { about: 'make the secret that gateway and subgraphs share, rather than a key' },
  },
  words: { name: 'FILE', about: 'the file to write, which must not be there yet', min: 1, max: 1 },
  alwaysJson: true,
  examples: [
    'sez keygen partner.key',
    'sez keygen /run/secrets/zone.key',
    'sez keygen --assertion /run/secrets/assertion.key',
  ],
  async run({ options: { assertion }, words: [file = ''] }, io) {
    const isMade = assertion ? createAssertionSecretFile(file) : createZoneKeyFile(file)
    if (!isMade) throw new SezError('FILE_EXISTS', { path: file })
    if (assertion) {
      answer(io, { file })
      return exitCodes.valid
    }
    using keys = loadZoneKeys({ file, mode: 'production' })
    answer(io, { did: keys.did, file })
    return exitCodes.valid
  },
})
