/**
 * How an entity comes to be: drafted, edited, submitted, approved (spec/23-entities.md §4).
 *
 * @module
 */
import type { Did } from '@sez/core/did'
import { SezError } from '@sez/core/errors'
import type { EntityId } from '@sez/core/ids'
import type { EntityRow, JurisdictionRow, LocalFormRow, OfficerRow } from '../tables.ts'
import {
  type Draft,
  type DraftPatch,
  type EntityType,
  draftColumns,
  emptyDraft,
  patchColumns,
} from './draft.ts'
import { entityLifecycle } from './lifecycle.ts'
import {
  type Act,
  type Change,
  changed,
  type Moved,
  move,
  requireMove,
  requireVersion,
} from './move.ts'
import { directorsCount } from './officer.ts'
import { sealTransition } from './transition.ts'

/** What the incorporators declare, each of which must be literally true. */
export const declarationNames = [
  'truthful',
  'amlCompliance',
  'sanctionsClearance',
  'authorizedSignatory',
  'consentToChecks',
] as const
export type Declarations = {
  readonly [Name in (typeof declarationNames)[number]]?: boolean | null | undefined
}

/**
 * A draft that its creator is the first member of.
 *
 * @throws {SezError} `NAME_REQUIRED`, else `LOCAL_FORM_UNKNOWN`.
 */
export function newEntity(
  draft: Draft,
  facts: {
    readonly id: EntityId
    readonly jurisdiction: JurisdictionRow
    readonly by: Did
    readonly at: Date
  },
): Moved {
  const { id, jurisdiction, by, at } = facts
  const columns = draftColumns(draft)
  const form = localFormOf(jurisdiction, draft.entityType, draft.localForm ?? null)
  const transition = sealTransition({
    entityId: id,
    seq: 1,
    from: null,
    to: entityLifecycle.initial,
    event: null,
    at,
    actor: by,
    reason: null,
    reasonHmac: null,
    evidence: [],
    prevDigest: null,
  })
  const entity: EntityRow = {
    ...emptyDraft,
    ...columns,
    id,
    version: 1,
    status: transition.to,
    entityType: draft.entityType,
    localFormCode: form.code,
    jurisdictionId: jurisdiction.id,
    registrationNumber: null,
    formationDate: null,
    createdAt: at,
    updatedAt: at,
    createdBy: by,
    submittedBy: null,
    submittedAt: null,
    historySeq: transition.seq,
    historyHead: transition.digest,
  }
  return { entity, transition }
}

/**
 * Refuses to change what is no longer a draft.
 *
 * @throws {SezError} `VERSION_CONFLICT`, else `ENTITY_NOT_DRAFT`.
 */
export function requireDraft(entity: EntityRow, expectedVersion: number): void {
  requireVersion(entity, expectedVersion)
  if (entity.status !== 'DRAFT') throw new SezError('ENTITY_NOT_DRAFT', { status: entity.status })
}

/**
 * A draft with its changes. What the patch does not name stays.
 *
 * @throws {SezError} `VERSION_CONFLICT`, `ENTITY_NOT_DRAFT`, `NAME_REQUIRED`, else
 *   `LOCAL_FORM_UNKNOWN`.
 */
export function editDraft(
  entity: EntityRow,
  patch: DraftPatch,
  jurisdiction: JurisdictionRow,
  change: Change,
): EntityRow {
  requireDraft(entity, change.expectedVersion)
  const columns = patchColumns(patch)
  const entityType = patch.entityType ?? entity.entityType
  // A draft that becomes another kind of person cannot keep its form unless told to.
  const kept = entityType === entity.entityType ? entity.localFormCode : null
  const code = patch.localForm === undefined ? kept : patch.localForm
  const form = localFormOf(jurisdiction, entityType, code)
  return changed(entity, change.at, { ...columns, entityType, localFormCode: form.code })
}

/**
 * A form of a jurisdiction's law for a kind of person; its usual one when no code is named.
 *
 * @throws {SezError} `LOCAL_FORM_UNKNOWN` with the codes that fit the kind.
 */
export function localFormOf(
  jurisdiction: JurisdictionRow,
  entityType: EntityType,
  code: string | null,
): LocalFormRow {
  const fitting = jurisdiction.localForms.filter((form) => form.entityType === entityType)
  const form = code === null ? fitting[0] : fitting.find((each) => each.code === code)
  if (form !== undefined) return form
  throw new SezError('LOCAL_FORM_UNKNOWN', {
    field: 'localForm',
    jurisdictionId: jurisdiction.id,
    entityType,
    allowed: fitting.map((each) => each.code),
  })
}

/**
 * What stands between a draft and the registrar, in the order in which it is refused:
 * `DIRECTORS_MINIMUM`, `OFFICE_MISSING`, `AUTHORIZED_EXCEEDED`.
 */
export function formationBlockers(
  entity: EntityRow,
  facts: { readonly officers: readonly OfficerRow[]; readonly form: LocalFormRow },
): readonly SezError[] {
  const directors = directorsCount(facts.officers)
  const { directorsMinimum } = facts.form
  const authorizedShares = authorizedSharesOf(entity)
  const initialShares = entity.initialIssuance.reduce((sum, each) => sum + BigInt(each.shares), 0n)
  const blockers: SezError[] = []
  if (directors < directorsMinimum) {
    const code = facts.form.code
    blockers.push(
      new SezError('DIRECTORS_MINIMUM', { directors, directorsMinimum, localForm: code }),
    )
  }
  if (entity.registeredOffice === null) {
    blockers.push(new SezError('OFFICE_MISSING', { field: 'registeredOffice' }))
  }
  if (initialShares > (authorizedShares ?? 0n)) {
    blockers.push(
      new SezError('AUTHORIZED_EXCEEDED', {
        field: 'initialIssuance',
        initialShares: String(initialShares),
        authorizedShares: String(authorizedShares ?? 0n),
      }),
    )
  }
  return blockers
}

/** How many whole shares of par value the authorized capital allows; null without capital. */
export function authorizedSharesOf(
  entity: Pick<EntityRow, 'authorizedMinorUnits' | 'parValueMinorUnits'>,
): bigint | null {
  const { authorizedMinorUnits, parValueMinorUnits } = entity
  if (authorizedMinorUnits === null || parValueMinorUnits === null) return null
  return authorizedMinorUnits / parValueMinorUnits
}

/**
 * A draft goes to the registrar. Whether its name is free is the store's to decide, under lock.
 *
 * @throws {SezError} `VERSION_CONFLICT`, `INVALID_TRANSITION`, `DECLARATION_MISSING`,
 *   `DIRECTORS_MINIMUM`, `OFFICE_MISSING`, else `AUTHORIZED_EXCEEDED`.
 */
export function submitFormation(
  entity: EntityRow,
  facts: {
    readonly declarations: Declarations
    readonly officers: readonly OfficerRow[]
    readonly form: LocalFormRow
  },
  act: Act,
): Moved {
  requireMove(entity, 'submit', act.expectedVersion)
  const missing = declarationNames.filter((name) => facts.declarations[name] !== true)
  if (missing.length > 0) {
    throw new SezError('DECLARATION_MISSING', {
      field: `input.declarations.${missing[0]}`,
      missing,
    })
  }
  const [blocker] = formationBlockers(entity, facts)
  if (blocker !== undefined) throw blocker
  return move(entity, 'submit', act, { submittedBy: act.by, submittedAt: act.at })
}

/** What ties somebody to an entity beside its own row. */
export interface Ties {
  readonly isMember: boolean
  /** Whether they submitted it at any time; the row names the last one who did. */
  readonly hasSubmitted: boolean
  /** All officers, resigned ones too. */
  readonly officers: readonly OfficerRow[]
}

/** Whether somebody had a hand in an application or a stake, so that another must decide on it. */
export function isMaker(
  entity: Pick<EntityRow, 'createdBy' | 'submittedBy' | 'initialIssuance'>,
  who: Did,
  { isMember, hasSubmitted, officers }: Ties,
): boolean {
  if (isMember || hasSubmitted || who === entity.createdBy || who === entity.submittedBy)
    return true
  const { initialIssuance } = entity
  return (
    officers.some(({ identity }) => identity === who) ||
    initialIssuance.some(({ recipient }) => recipient === who)
  )
}

/**
 * An application enters the register with the next number.
 *
 * @param facts `issued` is how many numbers the register has given out.
 * @throws {SezError} `VERSION_CONFLICT`, `INVALID_TRANSITION`, else `MAKER_CANNOT_APPROVE`.
 */
export function approveFormation(
  entity: EntityRow,
  facts: Ties & { readonly jurisdiction: JurisdictionRow; readonly issued: number },
  act: Act,
): Moved {
  requireMove(entity, 'approve', act.expectedVersion)
  if (isMaker(entity, act.by, facts)) throw new SezError('MAKER_CANNOT_APPROVE')
  return move(entity, 'approve', act, {
    registrationNumber: registrationNumber(facts.jurisdiction, facts.issued + 1),
    formationDate: act.at.toISOString().slice(0, 10),
  })
}

/** A register's number as it is printed: `RSEZ-0000001`. It grows beyond its digits when full. */
export function registrationNumber(
  jurisdiction: Pick<JurisdictionRow, 'registrationPrefix' | 'registrationDigits'>,
  ordinal: number,
): string {
  const digits = String(ordinal).padStart(jurisdiction.registrationDigits, '0')
  return `${jurisdiction.registrationPrefix}-${digits}`
}
