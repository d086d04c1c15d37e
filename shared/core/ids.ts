/** Branded ids: each is made only by its parser here or minted here. @module */
import { invalidInput } from './errors.ts'

declare const brand: unique symbol

/** A text that only the parser of `B` makes, so that two kinds of id cannot be mixed up. */
export type Branded<B extends string> = string & { readonly [brand]: { readonly [K in B]: true } }

export type Uuid = Branded<'Uuid'>
export type EntityId = Branded<'EntityId'>
export type OfficerId = Branded<'OfficerId'>
export type EventId = Branded<'EventId'>
export type CorridorId = Branded<'CorridorId'>
export type ZoneId = Branded<'ZoneId'>
export type JurisdictionId = Branded<'JurisdictionId'>

/** The kinds of id that the zone mints, by the prefix of their text. */
export interface MintedIds {
  readonly ent: EntityId
  readonly off: OfficerId
  readonly evt: EventId
}

const uuidText = '[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}'
const uuidForm = new RegExp(`^${uuidText}$`)
const nameForm = /^[a-z0-9][a-z0-9.-]{0,63}$/
const jurisdictionForm = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/
const prefixedForms = {
  ent: new RegExp(`^ent_${uuidText}$`),
  off: new RegExp(`^off_${uuidText}$`),
  evt: new RegExp(`^evt_${uuidText}$`),
} as const satisfies Record<keyof MintedIds, RegExp>

/**
 * A UUID of RFC 9562 in lower case; upper case is accepted and lowered.
 *
 * @throws {SezError} `VALIDATION_ERROR`.
 */
export function uuid(text: unknown, field?: string): Uuid {
  const lowered = typeof text === 'string' ? text.toLowerCase() : text
  return parse(lowered, uuidForm, 'must be a UUID, such as 01890a5d-ac96-774b-…', field) as Uuid
}

/**
 * An entity's id: `ent_` and a lower-case UUID.
 *
 * @throws {SezError} `VALIDATION_ERROR`.
 */
export function entityId(text: unknown, field?: string): EntityId {
  return parse(text, prefixedForms.ent, 'must be ent_ and a lower-case UUID', field) as EntityId
}

/**
 * An officer's id: `off_` and a lower-case UUID.
 *
 * @throws {SezError} `VALIDATION_ERROR`.
 */
export function officerId(text: unknown, field?: string): OfficerId {
  return parse(text, prefixedForms.off, 'must be off_ and a lower-case UUID', field) as OfficerId
}

/**
 * An event's id: `evt_` and a lower-case UUID.
 *
 * @throws {SezError} `VALIDATION_ERROR`.
 */
export function eventId(text: unknown, field?: string): EventId {
  return parse(text, prefixedForms.evt, 'must be evt_ and a lower-case UUID', field) as EventId
}

/**
 * A corridor's id, the name it has in signed documents, such as `pak-uae`.
 *
 * @throws {SezError} `VALIDATION_ERROR`.
 */
export function corridorId(text: unknown, field?: string): CorridorId {
  return parse(text, nameForm, nameReason, field) as CorridorId
}

/**
 * A zone's id, such as `pk-rsez`.
 *
 * @throws {SezError} `VALIDATION_ERROR`.
 */
export function zoneId(text: unknown, field?: string): ZoneId {
  return parse(text, nameForm, nameReason, field) as ZoneId
}

/**
 * A jurisdiction's id, such as `PK` or `AE-DIFC`.
 *
 * @throws {SezError} `VALIDATION_ERROR`.
 */
export function jurisdictionId(text: unknown, field?: string): JurisdictionId {
  const reason = 'must be 1 to 64 letters, digits, dots, hyphens or underscores'
  return parse(text, jurisdictionForm, reason, field) as JurisdictionId
}

/**
 * A time-ordered UUID (RFC 9562 §5.7): 48 bits of milliseconds, then 74 random bits.
 *
 * @param random10 Ten fresh random bytes; they are read, not kept.
 * @throws {SezError} `VALIDATION_ERROR` when the time is before 1970 or the bytes are not ten.
 */
export function uuidv7(now: Date, random10: Uint8Array): Uuid {
  const ms = now.getTime()
  if (!(ms >= 0 && ms < 2 ** 48)) throw invalidInput('must be a time from 1970 on', 'now')
  if (random10.length !== 10) throw invalidInput('must be ten bytes', 'random10')
  const bytes = new Uint8Array(16)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, Math.floor(ms / 2 ** 16))
  view.setUint16(4, ms % 2 ** 16)
  bytes.set(random10, 6)
  view.setUint8(6, 0x70 | (view.getUint8(6) & 0x0f))
  view.setUint8(8, 0x80 | (view.getUint8(8) & 0x3f))
  let hex = ''
  for (const byte of bytes) hex += byte.toString(16).padStart(2, '0')
  const groups = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)]
  return uuid(`${groups.join('-')}-${hex.slice(20)}`)
}

/**
 * A new id of the kind its prefix names, ordered by time.
 *
 * @param random10 Ten fresh random bytes.
 * @throws {SezError} `VALIDATION_ERROR` as {@link uuidv7} does.
 */
export function mintId<P extends keyof MintedIds>(
  prefix: P,
  now: Date,
  random10: Uint8Array,
): MintedIds[P] {
  // The text has the form that the parser of this prefix demands.
  return `${prefix}_${uuidv7(now, random10)}` as MintedIds[P]
}

const nameReason = 'must be 1 to 64 lower-case letters, digits, dots or hyphens'

/** The text, when it has the form; the parser that calls gives it its brand. */
function parse(text: unknown, form: RegExp, reason: string, field: string | undefined): string {
  if (typeof text !== 'string' || !form.test(text)) throw invalidInput(reason, field)
  return text
}
