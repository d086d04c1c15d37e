/** `sez digest`: the SHA-256 that names a document or a file. @module */
import { canonicalizeJson } from '@sez/core/canonical'
import { digest as digestOf, digestOfBytes } from '@sez/core/digest'
import { SezError } from '@sez/core/errors'
import { isJsonObject, parseJson } from '@sez/core/json'
import { documentDigest } from '@sez/core/proof'
import {
  answering,
  argumentsInvalid,
  exitCodes,
  readArguments,
  readInput,
  readInputBytes,
} from './arguments.ts'
import type { Command, CommandIo } from './command.ts'

export const digest: Command = {
  name: 'digest',
  summary: 'print the digest of a JSON document, a signed document or a file',
  usage: 'sez digest [--signed | --raw] [FILE]',
  examples: [
    'sez digest policy.json            # of the canonical form',
    'sez digest --signed receipt.json  # of everything but its proofs',
    'sez digest --raw lawpack.zip      # of the bytes as they are',
  ],
  run: (args, io) =>
    answering(io, async () => {
      const flags = { raw: { type: 'boolean' }, signed: { type: 'boolean' } } as const
      const { options, words } = readArguments(args, flags, { wordsMax: 1 })
      const { raw = false, signed = false } = options
      if (raw && signed) throw argumentsInvalid('--raw and --signed exclude each other')
      io.out(JSON.stringify(await answer({ raw, signed, path: words[0] }, io)))
      return exitCodes.valid
    }),
}

async function answer(
  wanted: { readonly raw: boolean; readonly signed: boolean; readonly path: string | undefined },
  io: CommandIo,
): Promise<{ readonly digest: string; readonly of: string }> {
  const { raw, signed, path } = wanted
  if (raw) return { digest: digestOfBytes(await readInputBytes(path, io)), of: 'bytes' }
  const text = await readInput(path, io)
  if (!signed) return { digest: digestOf(canonicalizeJson(text)), of: 'canonical form' }
  const document = parseJson(text)
  if (isJsonObject(document)) return { digest: documentDigest(document), of: 'document' }
  throw new SezError('NOT_CANONICAL', { path: '$', reason: 'a signed document is an object' })
}
