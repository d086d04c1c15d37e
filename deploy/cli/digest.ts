/** `sez digest`: the SHA-256 that names a document or a file. @module */
import { canonicalizeJson } from '@sez/core/canonical'
import { digest as digestOf, digestOfBytes } from '@sez/core/digest'
import { SezError } from '@sez/core/errors'
import { isJsonObject, parseJson } from '@sez/core/json'
import { documentDigest } from '@sez/core/proof'
import { answer, argumentsInvalid, exitCodes, readInput, readInputBytes } from './arguments.ts'
import { type CommandIo, defineCommand } from './command.ts'

export const digest = defineCommand({
  options: {
    signed: { about: 'of everything but the proofs of a signed document' },
    raw: { about: 'of the bytes as they are; excludes --signed' },
  },
  words: { name: 'FILE', about: 'the document or file; stdin without it', min: 0, max: 1 },
  alwaysJson: true,
  examples: [
    'sez digest policy.json            # of the canonical form',
    'sez digest --signed receipt.json  # of everything but its proofs',
    'sez digest --raw lawpack.zip      # of the bytes as they are',
  ],
  async run({ options: { raw, signed }, words }, io) {
    if (raw && signed) throw argumentsInvalid('--raw and --signed exclude each other')
    answer(io, await digestOfInput({ raw, signed, path: words[0] }, io))
    return exitCodes.valid
  },
})

async function digestOfInput(
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
