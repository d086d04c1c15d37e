/**
 * The verifier of one corridor's history: takes the next row, checks it against everything before
 * it, and gives the state after it (spec/20-events.md §2, spec/06-receipt-chain.md).
 *
 * @module
 */
import { canonicalizeJson, canonicalText } from '@sez/core/canonical'
import { digest } from '@sez/core/digest'
import { SezError } from '@sez/core/errors'
import { isJsonObject, type JsonObject } from '@sez/core/json'
import { advanceCheckpoint, advanceLogCheckpoint } from './checkpoint.ts'
import { broken, type CorridorEventRow, parseDocument } from './corridor-event.ts'
import type { CorridorState } from './corridor-state.ts'
import { activateChain, appendToChain, mergeProofs, type VerifiedReceipt } from './receipt-chain.ts'

/** An event that was verified, with the state after it. */
export interface VerifiedEvent {
  readonly kind: string
  readonly cursor: string
  /** Null for CHECKPOINT, which belongs to the zone's log and not to the corridor's stream. */
  readonly eventId: string | null
  readonly streamSequence: number | null
  readonly digest: string | null
  readonly position: string | null
  /** When it happened, by the zone's clock. */
  readonly at: string
  /** `corridor.receipt-appended` and the like. */
  readonly type: string | null
  readonly actor: string | null
  readonly data: JsonObject
  /** The event's canonical text. */
  readonly document: string | null
  readonly receipt: VerifiedReceipt | null
  /** The corridor's checkpoint, or the zone's for CHECKPOINT. */
  readonly checkpoint: JsonObject | null
  /** The row as it came, for an export that can be verified again. */
  readonly row: CorridorEventRow
  /** Store it together with what you did about this event. */
  readonly state: CorridorState
}

/**
 * The event of the next row. Nothing is skipped: a row that does not follow is an error.
 *
 * @throws {SezError} `EVENT_CHAIN_BROKEN`; details.what says what does not hold together.
 */
export function advance(state: CorridorState, row: CorridorEventRow): VerifiedEvent {
  return row.kind === 'CHECKPOINT' ? advanceZone(state, row) : advanceStream(state, row)
}

function advanceZone(state: CorridorState, row: CorridorEventRow): VerifiedEvent {
  const { checkpoint, ...changed } = advanceLogCheckpoint(state, row)
  return {
    ...rowFacts(row),
    type: null,
    at: row.at,
    actor: null,
    data: {},
    receipt: null,
    checkpoint,
    state: { ...state, ...changed, cursor: row.cursor },
  }
}

function advanceStream(state: CorridorState, row: CorridorEventRow): VerifiedEvent {
  const event = readEvent(row)
  link(state, row, event)
  const next = {
    ...state,
    cursor: row.cursor,
    streamSequence: event.streamSeq,
    streamHead: row.digest,
    position: row.position,
    hash: row.hash,
    zoneId: event.zoneId,
  }
  const facts = {
    ...rowFacts(row),
    type: event.type,
    at: event.at,
    actor: event.actor,
    data: event.data,
  }
  const nothing = { ...facts, receipt: null, checkpoint: null }
  switch (row.kind) {
    case 'CREATED':
      return { ...nothing, state: { ...next, signers: next.signers ?? participantsOf(event.data) } }
    case 'ACTIVATED': {
      const chain = activateChain(next, row, event.data)
      return { ...nothing, state: { ...next, chain } }
    }
    case 'RECEIPT_APPENDED': {
      const { receipt, chain } = appendToChain(next, row, event.data)
      return { ...nothing, receipt, state: { ...next, chain } }
    }
    case 'PROOFS_MERGED':
      return { ...nothing, receipt: mergeProofs(next, row, event.data), state: next }
    case 'CHECKPOINTED': {
      const { checkpoint, ...changed } = advanceCheckpoint(next, row, event.data)
      return { ...nothing, checkpoint, state: { ...next, ...changed } }
    }
    default:
      // A newer zone may tell of more; the stream's links hold for every kind.
      return { ...nothing, state: next }
  }
}

/** Who takes part, and so may sign receipts, as the corridor's first event says. */
function participantsOf({ participants }: JsonObject): readonly string[] | null {
  if (!Array.isArray(participants)) return null
  return participants.flatMap((participant) =>
    isJsonObject(participant) && typeof participant['did'] === 'string' ? [participant['did']] : [],
  )
}

function rowFacts(row: CorridorEventRow) {
  const { kind, cursor, eventId, streamSequence, digest, position, document } = row
  return { kind, cursor, eventId, streamSequence, digest, position, document, row }
}

interface EventFacts {
  readonly eventId: string
  readonly zoneId: string
  readonly stream: string
  readonly streamSeq: number
  readonly streamPrev: string | null
  readonly type: string
  readonly at: string
  readonly actor: string | null
  readonly data: JsonObject
}

/** The event inside the row, once its text is canonical and has the digest the row gives. */
function readEvent(row: CorridorEventRow): EventFacts {
  if (row.document === null) throw broken('the event has no text', row)
  if (canonicalDigest(row, row.document) !== row.digest) {
    throw broken('the digest is not that of the text', row)
  }
  const event = parseDocument(row.document) ?? {}
  const { eventId, zoneId, stream, streamSeq, streamPrev, type, at, actor, data } = event
  if (
    event['event'] !== 'sez.event.v1' ||
    typeof eventId !== 'string' ||
    typeof zoneId !== 'string' ||
    typeof stream !== 'string' ||
    typeof streamSeq !== 'number' ||
    typeof type !== 'string' ||
    typeof at !== 'string' ||
    !isJsonObject(data)
  ) {
    throw broken('the text is no event', row)
  }
  return {
    eventId,
    zoneId,
    stream,
    streamSeq,
    streamPrev: typeof streamPrev === 'string' ? streamPrev : null,
    type,
    at,
    actor: typeof actor === 'string' ? actor : null,
    data,
  }
}

function canonicalDigest(row: CorridorEventRow, document: string): string {
  try {
    const bytes = canonicalizeJson(document, { duplicateKeys: 'reject' })
    if (canonicalText(bytes) !== document) throw broken('the text is not canonical', row)
    return digest(bytes)
  } catch (error) {
    if (error instanceof SezError && error.code === 'NOT_CANONICAL') {
      throw broken('the text is not canonical', row, { reason: error.details['reason'] })
    }
    throw error
  }
}

/** That the event stands exactly behind the last one of its stream, and further on in the log. */
function link(state: CorridorState, row: CorridorEventRow, event: EventFacts): void {
  const stream = `corridor/${state.corridorId}`
  if (event.stream !== stream) {
    throw broken('the event is of another stream', row, { stream: event.stream })
  }
  // Else a receipt could be passed off as something that is not looked into.
  if (`corridor.${row.kind.toLowerCase().replaceAll('_', '-')}` !== event.type) {
    throw broken('the kind is not that of the text', row, { type: event.type })
  }
  if (event.eventId !== row.eventId) throw broken('the event id is not that of the text', row)
  if (event.streamSeq !== row.streamSequence || event.streamPrev !== row.previousDigest) {
    throw broken('the row does not repeat its text', row)
  }
  if (state.zoneId !== null && state.zoneId !== event.zoneId) {
    throw broken('the event is of another zone', row, { expected: state.zoneId })
  }
  if (state.streamSequence !== null) linkStream(state, row, event)
  if (row.position === null || !/^\d+$/.test(row.position) || row.hash === null) {
    throw broken('the event has no place in the log', row)
  }
  if (state.position !== null && BigInt(row.position) <= BigInt(state.position)) {
    throw broken('the log position does not rise', row, { previous: state.position })
  }
}

function linkStream(state: CorridorState, row: CorridorEventRow, event: EventFacts): void {
  const expected = (state.streamSequence ?? 0) + 1
  if (event.streamSeq !== expected) {
    const what = event.streamSeq > expected ? 'events are missing' : 'an event came twice'
    throw broken(what, row, { expected })
  }
  if (event.streamPrev !== state.streamHead) {
    throw broken('the event names another predecessor', row, { expected: state.streamHead })
  }
}
