/** One event of a corridor as a zone sends it, before anything of it is believed. @module */
import { SezError } from '@sez/core/errors'
import { isJsonObject, type JsonObject, parseJson } from '@sez/core/json'
import { recordOf } from './zone-error.ts'

/** A row of `corridorEvents` and `corridorEventLog`. */
export interface CorridorEventRow {
  readonly kind: string
  readonly cursor: string
  readonly at: string
  readonly eventId: string | null
  readonly streamSequence: number | null
  readonly digest: string | null
  readonly previousDigest: string | null
  readonly position: string | null
  readonly hash: string | null
  /** The event's canonical text. */
  readonly document: string | null
  readonly receipt: ReceiptRow | null
  /** The text of the corridor checkpoint, for CHECKPOINTED. */
  readonly checkpoint: string | null
  /** The text of the zone's checkpoint, for CHECKPOINT. */
  readonly logCheckpoint: string | null
}

/** A receipt with the proofs that the zone holds for it now. */
export interface ReceiptRow {
  readonly document: string
  readonly proofs: readonly JsonObject[]
}

/** The selection of a CorridorEvent that a row is made from. */
export const corridorEventFields = `
  kind cursor at eventId streamSequence digest previousDigest position hash document
  receipt { document proofs { verificationMethod created jws } }
  checkpoint { document }
  logCheckpoint
`

/**
 * Reads a row as a GraphQL answer, or a line of an export, holds it.
 *
 * @throws {SezError} `EVENT_CHAIN_BROKEN` when it is no event at all.
 */
export function parseEventRow(value: unknown): CorridorEventRow {
  const row = recordOf(value)
  const { kind, cursor } = row
  if (typeof kind !== 'string' || typeof cursor !== 'string') {
    throw new SezError('EVENT_CHAIN_BROKEN', { what: 'a row is no corridor event' })
  }
  return {
    kind,
    cursor,
    at: text(row['at']) ?? '',
    eventId: text(row['eventId']),
    streamSequence: typeof row['streamSequence'] === 'number' ? row['streamSequence'] : null,
    digest: text(row['digest']),
    previousDigest: text(row['previousDigest']),
    position: text(row['position']),
    hash: text(row['hash']),
    document: text(row['document']),
    receipt: parseReceiptRow(row['receipt']),
    checkpoint: text(row['checkpoint']) ?? text(recordOf(row['checkpoint'])['document']),
    logCheckpoint: text(row['logCheckpoint']),
  }
}

function parseReceiptRow(value: unknown): ReceiptRow | null {
  const { document, proofs } = recordOf(value)
  if (typeof document !== 'string') return null
  return { document, proofs: Array.isArray(proofs) ? proofs.map(parseProofRow) : [] }
}

/** The API leaves out what is the same in every proof of the one form there is. */
function parseProofRow(value: unknown): JsonObject {
  const { verificationMethod, created, jws } = recordOf(value)
  return {
    type: 'MsezEd25519Signature2025',
    created: wholeSeconds(text(created) ?? ''),
    verificationMethod: text(verificationMethod) ?? '',
    proofPurpose: 'assertionMethod',
    jws: text(jws) ?? '',
  }
}

/** The API prints milliseconds, a proof holds whole seconds. */
function wholeSeconds(instant: string): string {
  return instant.replace(/\.\d+Z$/, 'Z')
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

/** A JSON text as an object, or null for everything else. */
export function parseDocument(document: string): JsonObject | null {
  try {
    const value = parseJson(document)
    return isJsonObject(value) ? value : null
  } catch (error) {
    if (error instanceof SezError) return null
    throw error
  }
}

/** Says what does not hold together, and where. */
export function broken(what: string, row: CorridorEventRow, facts: object = {}): SezError {
  const { kind, cursor, streamSequence, position, eventId } = row
  const details = { what, kind, streamSequence, position, eventId, cursor, ...facts }
  return new SezError('EVENT_CHAIN_BROKEN', details, {
    message: `The history does not hold together: ${what}.`,
  })
}
