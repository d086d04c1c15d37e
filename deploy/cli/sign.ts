/** `sez sign`: adds a proof to a document. @module */
import { canonicalize, canonicalText } from '@sez/core/canonical'
import { SezError } from '@sez/core/errors'
import { isJsonObject, parseJson } from '@sez/core/json'
import { loadZoneKeys } from '@sez/platform/keys'
import { answering, argumentsInvalid, exitCodes, readArguments, readInput } from './arguments.ts'
import type { Command } from './command.ts'

export const sign: Command = {
  name: 'sign',
  summary: 'add a proof to a JSON document and print it',
  usage: 'sez sign --key FILE [FILE]',
  examples: [
    'sez sign --key partner.key agreement.json > agreement.signed.json',
    'sez sign --key other.key agreement.signed.json   # a second proof makes a list',
  ],
  run: (args, io) =>
    answering(io, async () => {
      const known = { key: { type: 'string' } } as const
      const { options, words } = readArguments(args, known, { wordsMax: 1 })
      if (options.key === undefined) throw argumentsInvalid('--key names the key to sign with')
      const document = parseJson(await readInput(words[0], io))
      if (!isJsonObject(document)) {
        throw new SezError('NOT_CANONICAL', { path: '$', reason: 'a signed document is an object' })
      }
      using keys = loadZoneKeys({ file: options.key, mode: 'production' })
      io.out(canonicalText(canonicalize(keys.signDocument(document, io.now()))))
      return exitCodes.valid
    }),
}
