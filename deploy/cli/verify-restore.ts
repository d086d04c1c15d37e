/** `sez verify restore`: whether a restored database is what checkpoints kept outside state. @module */
import { SezError } from '@sez/core/errors'
import { isJsonObject, type Json, type JsonObject, parseJson } from '@sez/core/json'
import { type RestoreVerdict, verifyRestore } from '@sez/platform/restore-audit'
import { answer, exitCodes, readInput } from './arguments.ts'
import { defineCommand } from './command.ts'
import { withZoneDatabase } from './zone-database.ts'

const file = { value: 'FILE', many: true } as const

export const restore = defineCommand({
  options: {
    'zone-did': { value: 'DID', many: true, required: true, about: 'who must have signed' },
    checkpoint: { ...file, required: true, about: 'checkpoints that were kept outside' },
    log: { ...file, about: 'an export of the log, to find the first entry that differs' },
    archive: { ...file, about: 'what was archived, in order' },
  },
  examples: [
    'sez verify restore --zone-did did:key:z6Mk… --checkpoint kept.jsonl --log export.jsonl',
  ],
  async run({ options }, io) {
    const texts = await Promise.all(options.checkpoint.map((path) => readInput(path, io)))
    const checkpoints = texts.flatMap((text) => checkpointsIn(text))
    const { log: exports, archive: archives } = options
    const zoneDids = options['zone-did']
    const verdict = await withZoneDatabase(io, 'sez verify restore', (database) =>
      verifyRestore(database, { zoneDids, checkpoints, exports, archives }),
    )
    answer(io, verdict, sentencesOf(verdict).join('\n'))
    return verdict.valid ? exitCodes.valid : exitCodes.invalid
  },
})

/**
 * The checkpoints of a file: one document, one on each line, or the API's answer that carries one.
 * A line that is none becomes null.
 */
function checkpointsIn(text: string): (JsonObject | null)[] {
  const whole = valueOf(text)
  if (isJsonObject(whole)) return [checkpointOf(whole)]
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return lines.map((line) => checkpointOf(valueOf(line)))
}

/** The signed document that a value is or carries. */
function checkpointOf(value: Json): JsonObject | null {
  if (typeof value === 'string') return checkpointOf(valueOf(value))
  if (!isJsonObject(value)) return null
  const { data, document, logCheckpoint, latestCheckpoint } = value
  const inner = data ?? latestCheckpoint ?? logCheckpoint ?? document
  return inner === undefined ? value : checkpointOf(inner)
}

function valueOf(text: string): Json {
  try {
    return parseJson(text)
  } catch (error) {
    if (error instanceof SezError) return null
    throw error
  }
}

/** A restore's verdict in sentences, the worst first. */
function sentencesOf(verdict: RestoreVerdict): string[] {
  const { size, provenTo, missing, differsBetween, firstDifference, log, problems } = verdict
  const isBroken = (each: { readonly valid: boolean } | null): boolean => each?.valid === false
  const sentences: (readonly [boolean, string])[] = [
    [
      verdict.valid,
      `The restored log holds, and a checkpoint kept outside proves it to ${provenTo}.`,
    ],
    [log.flaw !== null, `Entry ${log.flaw?.position} does not hold (${log.flaw?.what}).`],
    [
      isBroken(log.archives),
      `The archives do not hold (${log.archives?.flaw?.what} at ${log.archives?.flaw?.position}).`,
    ],
    [
      isBroken(verdict.export),
      `The export does not hold (${verdict.export?.flaw?.what} at ${verdict.export?.flaw?.position}).`,
    ],
    [
      firstDifference !== null,
      `Entry ${firstDifference} is the first that differs from the export.`,
    ],
    [
      differsBetween !== null,
      `This is another history: it differs after ${differsBetween?.after}, ` +
        `at ${differsBetween?.notAfter} at the latest.`,
    ],
    [
      missing !== null,
      `The log ends at ${size}: entries ${missing?.from} to ${missing?.to} are missing.`,
    ],
    ...problems.map(
      ({ index, reason }) => [true, `Document ${index + 1} proves nothing: ${reason}.`] as const,
    ),
    [!verdict.valid, `What a checkpoint proves ends at ${provenTo}.`],
  ]
  return sentences.filter(([holds]) => holds).map(([, sentence]) => sentence)
}
