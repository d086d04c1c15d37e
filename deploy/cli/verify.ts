/** `sez verify`: the verdict on a receipt, a proof, files of a log, or a zone's own. @module */
import { SezError } from '@sez/core/errors'
import { isJsonObject, type JsonObject, parseJson } from '@sez/core/json'
import { answer, argumentsInvalid, exitCodes, readInput } from './arguments.ts'
import { type CommandGroup, type CommandIo, defineCommand } from './command.ts'

const zoneDid = { value: 'DID', about: 'the zone that must have signed the checkpoints' } as const
const signer = {
  value: 'DID',
  many: true,
  about: 'who may sign; without any, whoever did',
} as const

const receipt = defineCommand({
  options: { signer },
  words: { name: 'FILE', about: 'the receipt; stdin without it', min: 0, max: 1 },
  alwaysJson: true,
  examples: [
    'sez verify receipt receipt.json',
    'sez verify receipt --signer did:key:z6Mk… receipt.json',
  ],
  async run({ options, words }, io) {
    const document = readObject(await readInput(words[0], io))
    const { rootAsGiven, verifyReceipt } = await import('@sez/core/receipt')
    const { verifyProofs } = await import('@sez/core/proof')
    const proved = verifyProofs(document).flatMap(({ did, valid }) =>
      valid && did !== null ? [did] : [],
    )
    // Without named signers the question is only whether the signatures are good.
    const keys = options.signer.length > 0 ? options.signer : proved
    const nextRoot = orNull(() => rootAsGiven(document))
    return verdict(io, { ...verifyReceipt(document, { keys }), nextRoot })
  },
})

const proof = defineCommand({
  options: {
    'zone-did': { ...zoneDid, required: true },
    receipt: { value: 'FILE', about: 'the receipt whose place is proved' },
  },
  words: { name: 'FILE', about: 'the proof; stdin without it', min: 0, max: 1 },
  alwaysJson: true,
  examples: ['sez verify proof --zone-did did:key:z6Mk… --receipt receipt.json proof.json'],
  async run({ options, words }, io) {
    const file = options.receipt
    const receipt = file === null ? null : readObject(await readInput(file, io))
    const text = await readInput(words[0], io)
    const { verifyProofFile } = await import('./verify-proof.ts')
    return verdict(io, {
      ...verifyProofFile(readObject(text), { zoneDid: options['zone-did'], receipt }),
    })
  },
})

const log = defineCommand({
  options: {
    'zone-did': zoneDid,
    corridor: {
      value: 'ID',
      about: 'the corridor whose history it is; without it, as the rows say',
    },
    signer,
  },
  words: { name: 'FILE', about: 'the export; stdin without it', min: 0, max: 1 },
  alwaysJson: true,
  examples: [
    'sez verify log --zone-did did:key:z6Mk… events.jsonl   # rows of corridorEventLog',
    'sez verify log zone-log.jsonl                          # rows of logEntries',
  ],
  async run({ options, words }, io) {
    const { readRows, verifyRows } = await import('./verify-log.ts')
    const text = await readInput(words[0], io)
    if (text.startsWith('{"type":"SezLogArchive"')) {
      throw argumentsInvalid('this is an archive, for sez verify archive')
    }
    const rows = readRows(text)
    if (rows.length === 0) throw argumentsInvalid('the export holds no rows')
    return verdict(
      io,
      verifyRows(rows, {
        zoneDid: options['zone-did'],
        corridorId: options.corridor,
        signers: options.signer.length > 0 ? options.signer : null,
      }),
    )
  },
})

const archive = defineCommand({
  options: { 'zone-did': { ...zoneDid, many: true } },
  words: {
    name: 'FILE',
    about: 'archives in their order, and behind them perhaps an export of what lives',
    min: 1,
    max: Number.POSITIVE_INFINITY,
  },
  alwaysJson: true,
  examples: ['sez verify archive --zone-did did:key:z6Mk… log-1.jsonl.gz export.jsonl'],
  async run({ options, words }, io) {
    const { readHistory } = await import('@sez/platform/log-history')
    const history = await readHistory(words, { zoneDids: options['zone-did'] })
    return verdict(io, { ...history.verdict })
  },
})

const zone = defineCommand({
  options: {
    archive: {
      value: 'FILE',
      many: true,
      about: 'what was archived, in order; without it the log’s own record of its floor is taken',
    },
  },
  alwaysJson: true,
  examples: ['sez verify zone', 'DATABASE_URL=postgres://zone@db.example/zone sez verify zone'],
  async run({ options }, io) {
    const { verifyZone } = await import('./verify-zone.ts')
    return verdict(io, { ...(await verifyZone(io, options.archive)) })
  },
})

export const verify: CommandGroup = {
  commands: [
    {
      name: 'receipt',
      summary: 'the signatures and the root of one receipt',
      load: async () => receipt,
    },
    {
      name: 'proof',
      summary: 'that a log or a corridor holds what a proof says',
      load: async () => proof,
    },
    {
      name: 'log',
      summary: 'an exported history of a corridor, or log of a zone',
      load: async () => log,
    },
    {
      name: 'archive',
      summary: 'archived parts of a log, and an export behind them, as one history',
      load: async () => archive,
    },
    { name: 'zone', summary: 'the whole log in the database of a zone', load: async () => zone },
    {
      name: 'restore',
      summary: 'whether a restored database is what checkpoints kept outside state',
      load: async () => (await import('./verify-restore.ts')).restore,
    },
  ],
}

type Verdict = { readonly valid: boolean } & Readonly<Record<string, unknown>>

function verdict(io: CommandIo, facts: Verdict): number {
  answer(io, facts)
  return facts.valid ? exitCodes.valid : exitCodes.invalid
}

function orNull(read: () => string): string | null {
  try {
    return read()
  } catch (error) {
    if (error instanceof SezError) return null
    throw error
  }
}

function readObject(text: string): JsonObject {
  const value = parseJson(text)
  if (isJsonObject(value)) return value
  throw new SezError('NOT_CANONICAL', { path: '$', reason: 'not an object' })
}
