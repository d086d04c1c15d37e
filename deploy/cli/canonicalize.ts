/** `sez canonicalize`: the canonical form of a JSON document. @module */
import { canonicalizeJson, canonicalText, jcs } from '@sez/core/canonical'
import { SezError } from '@sez/core/errors'
import { answering, exitCodes, readArguments, readInput } from './arguments.ts'
import type { Command } from './command.ts'

export const canonicalize: Command = {
  name: 'canonicalize',
  summary: 'print the canonical form of a JSON document',
  usage: 'sez canonicalize [--jcs] [FILE]',
  examples: [
    'sez canonicalize receipt.json',
    'echo \'{"b":1,"a":"2026-02-01T01:00:00.5+01:00"}\' | sez canonicalize',
    'sez canonicalize --jcs credential.json   # plain RFC 8785, for documents of others',
  ],
  run: (args, io) =>
    answering(io, async () => {
      const { options, words } = readArguments(args, { jcs: { type: 'boolean' } }, { wordsMax: 1 })
      const text = await readInput(words[0], io)
      io.out(canonicalText(options.jcs === true ? jcs(parseForeign(text)) : canonicalizeJson(text)))
      return exitCodes.valid
    }),
}

function parseForeign(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new SezError('NOT_CANONICAL', { path: '$', reason: 'not JSON' }, { cause })
  }
}
