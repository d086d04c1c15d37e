/** `sez canonicalize`: the canonical form of a JSON document. @module */
import { canonicalizeJson, canonicalText, jcs } from '@sez/core/canonical'
import { SezError } from '@sez/core/errors'
import { exitCodes, readInput } from './arguments.ts'
import { defineCommand } from './command.ts'

export const canonicalize = defineCommand({
  options: { jcs: { about: 'plain RFC 8785, without the rules of a zone' } },
  words: { name: 'FILE', about: 'the document; stdin without it', min: 0, max: 1 },
  alwaysJson: true,
  examples: [
    'sez canonicalize receipt.json',
    'echo \'{"b":1,"a":"2026-02-01T01:00:00.5+01:00"}\' | sez canonicalize',
    'sez canonicalize --jcs credential.json   # plain RFC 8785, for documents of others',
  ],
  async run({ options, words }, io) {
    const text = await readInput(words[0], io)
    io.out(canonicalText(options.jcs ? jcs(parseForeign(text)) : canonicalizeJson(text)))
    return exitCodes.valid
  },
})

function parseForeign(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new SezError('NOT_CANONICAL', { path: '$', reason: 'not JSON' }, { cause })
  }
}
