/** `sez verify`: the verdict on a receipt, a proof, an exported log, or a zone's own. @module */
import { SezError } from '@sez/core/errors'
import { isJsonObject, type JsonObject, parseJson } from '@sez/core/json'
import { verifyProofs } from '@sez/core/proof'
import { rootAsGiven, verifyReceipt } from '@sez/core/receipt'
import {
  answering,
  argumentsInvalid,
  exitCodes,
  printJson,
  readArguments,
  readInput,
} from './arguments.ts'
import type { Command, CommandIo } from './command.ts'
import { readRows, verifyRows } from './verify-log.ts'
import { verifyProofFile } from './verify-proof.ts'

export const verify: Command = {
  name: 'verify',
  summary: 'verify a receipt, a proof, an exported log, or the log of a zone itself',
  usage: [
    'sez verify receipt [--signer DID]… [FILE]',
    'sez verify proof --zone-did DID [--receipt FILE] [FILE]',
    'sez verify log [--zone-did DID] [--corridor ID] [--signer DID]… [FILE]',
    'sez verify zone',
    '(exit code 0 valid, 1 not valid, 2 not understood)',
  ].join('\n       '),
  examples: [
    'sez verify receipt --signer did:key:z6Mk… receipt.json',
    'sez verify proof --zone-did did:key:z6Mk… --receipt receipt.json proof.json',
    'sez verify log --zone-did did:key:z6Mk… events.jsonl   # rows of corridorEventLog',
    'sez verify log < zone-log.jsonl                        # rows of logEntries',
    'DATABASE_URL=postgres://zone@db.example/zone sez verify zone',
  ],
  run: (args, io) =>
    answering(io, () => {
      const [what, ...rest] = args
      if (what === 'receipt') return verifyReceiptFile(rest, io)
      if (what === 'proof') return verifyProofCommand(rest, io)
      if (what === 'log') return verifyLog(rest, io)
      if (what === 'zone') return verifyZoneCommand(rest, io)
      throw argumentsInvalid('say what to verify: receipt, proof, log or zone')
    }),
}

function verdict(io: CommandIo, answer: { readonly valid: boolean } & object): number {
  io.out(printJson(answer))
  return answer.valid ? exitCodes.valid : exitCodes.invalid
}

async function verifyReceiptFile(args: string[], io: CommandIo): Promise<number> {
  const known = { signer: { type: 'string', multiple: true } } as const
  const { options, words } = readArguments(args, known, { wordsMax: 1 })
  const receipt = readObject(await readInput(words[0], io))
  const proved = verifyProofs(receipt).flatMap(({ did, valid }) =>
    valid && did !== null ? [did] : [],
  )
  // Without named signers the question is only whether the signatures are good.
  const keys = options.signer ?? proved
  const answer = { ...verifyReceipt(receipt, { keys }), nextRoot: rootOf(receipt) }
  return verdict(io, answer)
}

function rootOf(receipt: JsonObject): string | null {
  try {
    return rootAsGiven(receipt)
  } catch (error) {
    if (error instanceof SezError) return null
    throw error
  }
}

async function verifyProofCommand(args: string[], io: CommandIo): Promise<number> {
  const known = { 'zone-did': { type: 'string' }, receipt: { type: 'string' } } as const
  const { options, words } = readArguments(args, known, { wordsMax: 1 })
  const zoneDid = options['zone-did']
  if (zoneDid === undefined) throw argumentsInvalid('--zone-did names who must have signed')
  const receiptFile = options.receipt
  const receipt = receiptFile === undefined ? null : readObject(await readInput(receiptFile, io))
  const file = readObject(await readInput(words[0], io))
  return verdict(io, verifyProofFile(file, { zoneDid, receipt }))
}

async function verifyLog(args: string[], io: CommandIo): Promise<number> {
  const known = {
    'zone-did': { type: 'string' },
    corridor: { type: 'string' },
    signer: { type: 'string', multiple: true },
  } as const
  const { options, words } = readArguments(args, known, { wordsMax: 1 })
  const rows = readRows(await readInput(words[0], io))
  if (rows.length === 0) throw argumentsInvalid('the export holds no rows')
  return verdict(
    io,
    verifyRows(rows, {
      zoneDid: options['zone-did'] ?? null,
      corridorId: options.corridor ?? null,
      signers: options.signer ?? null,
    }),
  )
}

async function verifyZoneCommand(args: string[], io: CommandIo): Promise<number> {
  readArguments(args, {}, { wordsMax: 0 })
  // Loaded here only: the offline verdicts start without the database's libraries.
  const { verifyZone } = await import('./verify-zone.ts')
  return verdict(io, await verifyZone(io))
}

function readObject(text: string): JsonObject {
  const value = parseJson(text)
  if (isJsonObject(value)) return value
  throw new SezError('NOT_CANONICAL', { path: '$', reason: 'not an object' })
}
