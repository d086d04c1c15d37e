/**
 * Appending to a corridor's chain: the next receipt is built, signed and sent, and built again on
 * the new head when another partner was faster (spec/06-receipt-chain.md §3).
 *
 * @module
 */
import { canonicalize, canonicalText } from '@sez/core/canonical'
import { type Digest, digest, isDigest, parseDigest } from '@sez/core/digest'
import type { KeyPair } from '@sez/core/ed25519'
import { uuidv7 } from '@sez/core/ids'
import type { JsonObject } from '@sez/core/json'
import { signDocument } from '@sez/core/proof'
import { nextRoot } from '@sez/core/receipt'
import { timestamp } from '@sez/core/timestamp'
import { backoffMs, pause } from './backoff.ts'
import type { Connection } from './connection.ts'
import { recordOf, ZoneError, zoneError } from './zone-error.ts'

/** Where a receipt is to stand, and what the corridor asks every receipt to name. */
export interface ReceiptPlace {
  readonly corridorId: string
  readonly sequence: number
  readonly prevRoot: Digest
  readonly lawpackDigestSet: readonly Digest[]
  readonly rulesetDigestSet: readonly Digest[]
}

/** A signed receipt ready to be sent. Plain JSON: stored before it is sent, it can be sent again. */
export interface PreparedReceipt {
  readonly document: string
  readonly idempotencyKey: string
  readonly sequence: number
  readonly nextRoot: string
}

export interface AppendedReceipt {
  readonly sequence: number
  readonly nextRoot: string
  /** The receipt's text as it was sent. */
  readonly document: string
  readonly outcome: 'APPENDED' | 'ALREADY_STORED' | 'PROOFS_MERGED'
  readonly log: {
    readonly eventId: string
    readonly digest: string
    readonly position: string | null
  }
}

export interface Appender {
  /**
   * Appends one receipt that carries `transition`, if any.
   *
   * After an error that may be repeated, the same `transition` again sends the same receipt again.
   *
   * @throws {ZoneError} with the zone's code; `STALE_HEAD` when others were faster too often,
   *   `ZONE_ANSWER_INVALID` when the zone wants a second receipt for a place it called taken.
   */
  append(wanted?: {
    readonly transition?: JsonObject
    /** Called before each sending with what is sent: store it, to send the same after a crash. */
    readonly onPrepared?: (prepared: PreparedReceipt) => Promise<void>
    /** What an earlier run stored and may or may not have sent. */
    readonly pending?: PreparedReceipt
    readonly signal?: AbortSignal
  }): Promise<AppendedReceipt>
}

export interface AppenderOptions {
  readonly connection: Connection
  readonly corridorId: string
  readonly key: KeyPair
  readonly now: () => Date
  /** How often a receipt is built anew because another one came first. */
  readonly attemptsMax?: number
  readonly random?: () => number
}

const attemptsDefaultMax = 100
/**
 * So often a lost race is run again at once, on the head that the refusal names: whoever waits first
 * loses to a partner who does not. Only then is the zone spared, by a wait before a look at the head.
 */
const racesAtOnce = 8
/** The longest wait for other partners; a race is over as soon as one receipt is stored. */
const raceMaxMs = 200

function raceMs(attempt: number, random: () => number): number {
  return Math.min(backoffMs(attempt - racesAtOnce, { random }) / 4, raceMaxMs * random())
}

/** A transition envelope around a payload (spec/06-receipt-chain.md §1). */
export function transitionOf(kind: string, payload: JsonObject): JsonObject {
  const payloadDigest = digest(canonicalize(payload))
  return { type: 'MSEZTransitionEnvelope', kind, payload, payload_sha256: payloadDigest }
}

/**
 * The next receipt of a chain, signed.
 *
 * A signer is no part of a receipt's root: two partners who say the same at the same place in the
 * same second make one receipt with two signatures. Give each its own `transition` where that is
 * not meant.
 *
 * @throws {SezError} `NOT_CANONICAL`, `DIGEST_SET_NOT_NORMALIZED`, `KEY_DISPOSED`.
 */
export function prepareReceipt(
  place: ReceiptPlace,
  signing: { readonly key: KeyPair; readonly now: Date; readonly transition?: JsonObject },
): PreparedReceipt {
  const { key, now, transition } = signing
  const unrooted = {
    type: 'MSEZCorridorStateReceipt',
    corridor_id: place.corridorId,
    sequence: place.sequence,
    timestamp: timestamp(now),
    prev_root: place.prevRoot,
    lawpack_digest_set: [...place.lawpackDigestSet],
    ruleset_digest_set: [...place.rulesetDigestSet],
    // An absent field is left out, never null: null would change the root.
    ...(transition === undefined ? {} : { transition }),
  }
  const root = nextRoot(unrooted)
  const signed = signDocument({ ...unrooted, next_root: root }, key, { created: now })
  const random = globalThis.crypto.getRandomValues(new Uint8Array(10))
  return {
    document: canonicalText(canonicalize(signed)),
    idempotencyKey: uuidv7(now, random),
    sequence: place.sequence,
    nextRoot: root,
  }
}

const mutation = `mutation Append($input: AppendReceiptInput!) {
  appendReceipt(input: $input) {
    outcome
    receipt { sequence nextRoot }
    log { eventId digest position }
  }
}`

interface AppendData {
  readonly appendReceipt: Pick<AppendedReceipt, 'outcome' | 'log'> & {
    readonly receipt: Pick<AppendedReceipt, 'sequence' | 'nextRoot'>
  }
}

/**
 * Sends a prepared receipt. Sending it again, after a lost answer or a crash, gives the same answer:
 * the zone knows it by its key, and later by its place in the chain.
 *
 * @throws {ZoneError} with the zone's code; `ZONE_ANSWER_INVALID` for an answer about another one.
 */
export async function sendReceipt(
  connection: Connection,
  { document, idempotencyKey, sequence, nextRoot }: PreparedReceipt,
  options: { readonly signal?: AbortSignal } = {},
): Promise<AppendedReceipt> {
  const variables = { input: { document, idempotencyKey } }
  const { appendReceipt } = await connection.mutate<AppendData>(mutation, variables, options)
  const { receipt, outcome, log } = appendReceipt
  if (receipt.sequence !== sequence || receipt.nextRoot !== nextRoot) {
    throw zoneError(answerInvalid, { what: 'the answer is of another receipt', sequence })
  }
  return { sequence: receipt.sequence, nextRoot: receipt.nextRoot, document, outcome, log }
}

/**
 * Appends receipts to one corridor, one after the other, however many are asked for at once. It
 * remembers the head, so that a chain nobody else extends costs one request a receipt.
 *
 * Two receipts that one partner signed for one place are a fork that whoever holds them can show.
 * So no zone gets a second one out of it by calling the head stale, or by not answering: what was
 * not answered is sent again before anything else is signed.
 */
export function openAppender(options: AppenderOptions): Appender {
  const progress: Progress = { place: null, takenMax: -1, unanswered: null }
  let turn: Promise<unknown> = Promise.resolve()
  return {
    append(wanted = {}) {
      const appending = turn.then(() => appendNext(options, progress, wanted))
      turn = appending.catch(() => null)
      return appending
    },
  }
}

/** What an appender knows of its chain. */
interface Progress {
  place: ReceiptPlace | null
  /** The highest sequence that, by the zone's own word, is taken. */
  takenMax: number
  /** What was sent and may or may not have arrived, with the text of its transition. */
  unanswered: { readonly prepared: PreparedReceipt; readonly carried: string } | null
}

type Wanted = NonNullable<Parameters<Appender['append']>[0]>

async function appendNext(
  options: AppenderOptions,
  progress: Progress,
  wanted: Wanted,
): Promise<AppendedReceipt> {
  const { pending, signal } = wanted
  const carried = canonicalText(canonicalize(wanted.transition ?? null))
  const { unanswered } = progress
  if (pending !== undefined) return insist(options, progress, { ...wanted, carried })
  // The same once more is the caller's own repetition of it.
  if (unanswered?.carried === carried) {
    return insist(options, progress, { ...wanted, carried, pending: unanswered.prepared })
  }
  if (unanswered !== null) {
    const request = signal === undefined ? {} : { signal }
    await send(options, progress, { ...unanswered, request })
  }
  return insist(options, progress, { ...wanted, carried })
}

/** Appends what is pending, else what is built on the head, until no other partner is faster. */
async function insist(
  options: AppenderOptions,
  progress: Progress,
  wanted: Wanted & { readonly carried: string },
): Promise<AppendedReceipt> {
  const attemptsMax = options.attemptsMax ?? attemptsDefaultMax
  const random = options.random ?? Math.random
  const { carried, signal } = wanted
  const request = signal === undefined ? {} : { signal }
  let prepared = wanted.pending ?? null
  for (let attempt = 1; ; attempt += 1) {
    prepared ??= await prepareNext(options, progress, wanted)
    const answer = await send(options, progress, { prepared, carried, request })
    if (!(answer instanceof ZoneError)) return answer
    if (attempt >= attemptsMax) throw answer
    prepared = null
    if (attempt > racesAtOnce) {
      await pause(raceMs(attempt, random), signal ?? null)
      // What the refusal said of the head is old by now.
      progress.place = null
    }
  }
}

async function prepareNext(
  options: AppenderOptions,
  progress: Progress,
  { transition, onPrepared, signal }: Wanted,
): Promise<PreparedReceipt> {
  const request = signal === undefined ? {} : { signal }
  progress.place ??= await findPlace(options, request)
  const { place, takenMax } = progress
  if (place.sequence <= takenMax) {
    progress.place = null
    const what = 'the zone names a head before a place that it has called taken'
    throw zoneError('ZONE_ANSWER_INVALID', { what, sequence: place.sequence, takenMax })
  }
  const now = options.now()
  const carried = transition === undefined ? {} : { transition }
  const prepared = prepareReceipt(place, { key: options.key, now, ...carried })
  await onPrepared?.(prepared)
  return prepared
}

/** Sends once; the `STALE_HEAD` of another partner who was faster is an answer as well. */
async function send(
  options: AppenderOptions,
  progress: Progress,
  sending: {
    readonly prepared: PreparedReceipt
    readonly carried: string
    readonly request: { readonly signal?: AbortSignal }
  },
): Promise<AppendedReceipt | ZoneError> {
  const { prepared, carried, request } = sending
  progress.unanswered = { prepared, carried }
  try {
    const appended = await sendReceipt(options.connection, prepared, request)
    progress.unanswered = null
    progress.takenMax = Math.max(progress.takenMax, prepared.sequence)
    progress.place = behind(progress.place, appended)
    return appended
  } catch (error) {
    const isRefused = error instanceof ZoneError && !error.retry && error.code !== answerInvalid
    if (isRefused || staleHead(error) !== null) progress.unanswered = null
    const head = staleHead(error)
    if (head === null || !(error instanceof ZoneError)) throw error
    progress.takenMax = Math.max(progress.takenMax, prepared.sequence)
    progress.place = progress.place === null ? null : { ...progress.place, ...head }
    return error
  }
}

const answerInvalid = 'ZONE_ANSWER_INVALID'

/**
 * Appends one receipt; {@link openAppender} is cheaper for many.
 *
 * @throws {ZoneError} as {@link Appender.append}.
 */
export function appendReceipt(
  options: AppenderOptions & NonNullable<Parameters<Appender['append']>[0]>,
): Promise<AppendedReceipt> {
  return openAppender(options).append(options)
}

function behind(place: ReceiptPlace | null, appended: AppendedReceipt): ReceiptPlace | null {
  // An old receipt that was stored long ago says nothing about the head.
  if (place === null || appended.sequence !== place.sequence) return null
  const prevRoot = parseDigest(appended.nextRoot)
  return { ...place, sequence: appended.sequence + 1, prevRoot }
}

/** The head that a STALE_HEAD names, as the place of the next receipt; null for other errors. */
function staleHead(error: unknown): Pick<ReceiptPlace, 'sequence' | 'prevRoot'> | null {
  if (!(error instanceof ZoneError) || error.code !== 'STALE_HEAD') return null
  const { receiptCount, nextRoot } = error.details
  if (typeof receiptCount !== 'number' || !isDigest(nextRoot)) return null
  return { sequence: receiptCount, prevRoot: nextRoot }
}

const headQuery = `query Head($corridorId: ID!) {
  corridor(id: $corridorId) {
    state
    head { receiptCount nextRoot }
    lawpackDigestSet
    rulesetDigestSet
  }
}`

async function findPlace(
  { connection, corridorId }: AppenderOptions,
  request: { readonly signal?: AbortSignal },
): Promise<ReceiptPlace> {
  const data = await connection.query<{ corridor: unknown }>(headQuery, { corridorId }, request)
  if (data.corridor === null) throw zoneError('NOT_FOUND', { corridorId })
  const { head, lawpackDigestSet, rulesetDigestSet, state } = recordOf(data.corridor)
  const { receiptCount, nextRoot } = recordOf(head)
  if (typeof receiptCount !== 'number') {
    throw zoneError('CORRIDOR_NOT_ACTIVE', { corridorId, state })
  }
  return {
    corridorId,
    sequence: receiptCount,
    prevRoot: parseDigest(nextRoot),
    lawpackDigestSet: digestsOf(lawpackDigestSet),
    rulesetDigestSet: digestsOf(rulesetDigestSet),
  }
}

function digestsOf(value: unknown): readonly Digest[] {
  return Array.isArray(value) ? value.map((text) => parseDigest(text)) : []
}
