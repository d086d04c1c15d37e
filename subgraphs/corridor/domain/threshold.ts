/** So many distinct signers of a role: activation and receipts are both decided by it. @module */
import type { Did } from '@sez/core/did'
import { SezError } from '@sez/core/errors'
import type { EntityId } from '@sez/core/ids'
import type { Json } from '@sez/core/json'
import type { Reading } from './reading.ts'

/** One who takes part in a corridor. */
export interface Participant {
  readonly did: Did
  readonly role: string
  readonly entityId: EntityId | null
}

export interface Threshold {
  readonly role: string
  readonly required: number
  /** How many participants have the role, where the document says so. */
  readonly of: number | null
}

export interface Shortfall {
  readonly role: string
  readonly required: number
  readonly signed: number
}

/** How many may take part in one corridor. */
export const participantsMax = 16
const roleCharactersMax = 64
const thresholdFields = ['role', 'required', 'of', 'description']

/** The thresholds of a signed document; problems are noted in `reading`. */
export function readThresholds(
  reading: Reading,
  value: Json | undefined,
  path: string,
): readonly Threshold[] {
  const items = reading.list(value, path, participantsMax)
  if (items.length === 0) reading.fail(path, 'must hold at least one threshold')
  return items.map((item, index) => {
    const at = `${path}[${index}]`
    const threshold = reading.object(item, at)
    reading.closed(threshold, at, thresholdFields)
    return {
      role: reading.text(threshold['role'], `${at}.role`, roleCharactersMax),
      required: reading.count(threshold['required'], `${at}.required`, 1),
      of: threshold['of'] === undefined ? null : reading.count(threshold['of'], `${at}.of`, 1),
    }
  })
}

/** The participants of a signed document as (did, role); problems are noted in `reading`. */
export function readParticipants(
  reading: Reading,
  value: Json | undefined,
  path: string,
): readonly Pick<Participant, 'did' | 'role'>[] {
  return reading.list(value, path, participantsMax).map((item, index) => {
    const at = `${path}[${index}]`
    const participant = reading.object(item, at)
    reading.closed(participant, at, ['id', 'role', 'name', 'jurisdiction', 'metadata'])
    return {
      did: reading.did(participant['id'], `${at}.id`),
      role: reading.text(participant['role'], `${at}.role`, roleCharactersMax),
    }
  })
}

/** Whether both name the same DIDs in the same roles, in any order. */
export function sameParticipants(
  one: readonly Pick<Participant, 'did' | 'role'>[],
  other: readonly Pick<Participant, 'did' | 'role'>[],
): boolean {
  return (
    one.length === other.length &&
    new Set(one.map(({ did }) => did)).size === one.length &&
    one.every(({ did, role }) => other.some((each) => each.did === did && each.role === role))
  )
}

/**
 * Refuses thresholds that these participants can never meet as written.
 *
 * @throws {SezError} `THRESHOLD_INVALID` for a role named twice, an `of` other than the number of
 *   participants with that role, or more required than there are.
 */
export function checkThresholds(
  thresholds: readonly Threshold[],
  participants: readonly Pick<Participant, 'role'>[],
): void {
  const seen = new Set<string>()
  for (const { role, required, of } of thresholds) {
    const count = participants.filter((participant) => participant.role === role).length
    const reason = seen.has(role)
      ? 'the role is named twice'
      : of !== null && of !== count
        ? `of says ${of} and ${count} have the role`
        : required > count
          ? `${required} are required and ${count} have the role`
          : null
    if (reason !== null) throw new SezError('THRESHOLD_INVALID', { role, reason })
    seen.add(role)
  }
}

/** The roles of which too few distinct participants are among `signers`; empty when all are met. */
export function shortfalls(
  thresholds: readonly Threshold[],
  participants: readonly Pick<Participant, 'did' | 'role'>[],
  signers: Iterable<Did>,
): readonly Shortfall[] {
  const signed = new Set(signers)
  return thresholds.flatMap(({ role, required }) => {
    const count = participants.filter((each) => each.role === role && signed.has(each.did)).length
    return count >= required ? [] : [{ role, required, signed: count }]
  })
}
