/** Officers: who counts as a director, and who may be appointed. @module */
import type { Did } from '@sez/core/did'
import { SezError } from '@sez/core/errors'
import type { OfficerId } from '@sez/core/ids'
import type { OfficerRow } from '../tables.ts'
import { type Problem, textRules } from './rule.ts'

/** What an officer does; the first five are directors. */
export const officerRoles = [
  'DIRECTOR',
  'CHAIRMAN',
  'MANAGING_DIRECTOR',
  'EXECUTIVE_DIRECTOR',
  'NON_EXECUTIVE_DIRECTOR',
  'CEO',
  'CFO',
  'COO',
  'SECRETARY',
  'TREASURER',
  'PRESIDENT',
  'VICE_PRESIDENT',
  'REGISTERED_AGENT',
  'LIQUIDATOR',
  'OTHER',
] as const
export type OfficerRole = (typeof officerRoles)[number]

const directorRoles: ReadonlySet<OfficerRole> = new Set(officerRoles.slice(0, 5))

/** Entries of one entity, resigned ones included. */
export const officersMax = 100
/** UTF-16 units of an officer's name. */
export const officerNameCharactersMax = 300

export interface Appointment {
  readonly name: string
  readonly identity: Did
  readonly role: OfficerRole
  readonly nationality: string
  readonly resident: boolean
  readonly consentToAct: boolean
  readonly fitAndProper: boolean
}

/** What is wrong with the form of an appointment. */
export function appointmentProblems(appointment: Appointment): readonly Problem[] {
  return textRules('input.name', appointment.name, { charactersMax: officerNameCharactersMax })
}

/**
 * The officer an appointment makes.
 *
 * @param known Every entry of the entity so far.
 * @throws {SezError} `OFFICER_UNFIT`, else `LIST_FULL`.
 */
export function appointedOfficer(
  appointment: Appointment,
  known: readonly OfficerRow[],
  facts: Pick<OfficerRow, 'id' | 'entityId' | 'appointedAt'>,
): OfficerRow {
  const { consentToAct, fitAndProper, ...officer } = appointment
  if (!consentToAct || !fitAndProper) {
    throw new SezError('OFFICER_UNFIT', {
      field: consentToAct ? 'input.fitAndProper' : 'input.consentToAct',
    })
  }
  if (known.length >= officersMax) {
    throw new SezError('LIST_FULL', { list: 'officers', max: officersMax })
  }
  return { ...officer, name: officer.name.trim(), ...facts, resignedAt: null }
}

/**
 * The officer with the end of their appointment.
 *
 * @throws {SezError} `NOT_FOUND` when the entity has no such officer in office.
 */
export function resignedOfficer(known: readonly OfficerRow[], id: OfficerId, at: Date): OfficerRow {
  const officer = known.find((each) => each.id === id && each.resignedAt === null)
  if (officer === undefined) throw new SezError('NOT_FOUND', { field: 'input.officerId', id })
  return { ...officer, resignedAt: at }
}

/** How many different people are directors now; one person in two offices counts once. */
export function directorsCount(officers: readonly OfficerRow[]): number {
  const directors = officers.filter(
    ({ role, resignedAt }) => resignedAt === null && directorRoles.has(role),
  )
  return new Set(directors.map(({ identity }) => identity)).size
}
