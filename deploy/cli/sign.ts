/** `sez sign`: adds a proof to a document. @module */
import { canonicalize, canonicalText } from '@sez/core/canonical'
import { SezError } from '@sez/core/errors'
import { isJsonObject, parseJson } from '@sez/core/json'
import { loadZoneKeys } from '@sez/platform/keys'
import { exitCodes, readInput } from './arguments.ts'
import { defineCommand } from './command.ts'

export const sign = defineCommand({
  options: { key: { value: 'FILE', required: true, about: 'the key to sign with' } },
  words: { name: 'FILE', about: 'the document; stdin without it', min: 0, max: 1 },
  alwaysJson: true,
  examples: [
    'sez sign --key partner.key agreement.json > agreement.signed.json',
    'sez sign --key other.key agreement.signed.json   # a second proof makes a list',
  ],
  async run({ options, words }, io) {
    const document = parseJson(await readInput(words[0], io))
    if (!isJsonObject(document)) {
      throw new SezError('NOT_CANONICAL', { path: '$', reason: 'a signed document is an object' })
    }
    using keys = loadZoneKeys({ file: options.key, mode: 'production' })
    io.out(canonicalText(canonicalize(keys.signDocument(document, io.now()))))
    return exitCodes.valid
  },
})
