/**
 * What a draft holds, its rules field by field, and its columns (spec/23-entities.md §2).
 *
 * @module
 */
import type { Did } from '@sez/core/did'
import { SezError } from '@sez/core/errors'
import { currency, parseMoney } from '@sez/core/money'
import type { ActivitiesRow, AddressRow, EntityRow, InitialSharesRow } from '../tables.ts'
import { isLei } from './lei.ts'
import { normalizeName, printName, registrableName } from './name.ts'
import {
  distinctRules,
  listRules,
  optionalTextRules,
  type Problem,
  rule,
  textRules,
} from './rule.ts'

/** Kinds of legal person, the same words in every jurisdiction. */
export const entityTypes = [
  'LLC',
  'CORPORATION',
  'PARTNERSHIP',
  'LP',
  'LLP',
  'TRUST',
  'DAO',
  'FOUNDATION',
  'BRANCH',
  'SOLE_PROPRIETORSHIP',
] as const
export type EntityType = (typeof entityTypes)[number]

/** UTF-16 units of a legal or trading name, as it is written and as it is compared. */
export const nameCharactersMax = 500
/** Names an entity trades under. */
export const tradingNamesMax = 10
/** Entries of the shares taken at formation. */
export const initialIssuanceMax = 100
const isicCodesMax = 20
const activityCharactersMax = 200
const descriptionCharactersMax = 2_000
const addressLineCharactersMax = 200
const placeCharactersMax = 100
const postalCodeCharactersMax = 20
const shareClassCharactersMax = 50

type Maybe<T> = T | null | undefined

/** The parts of a draft beside its name and kind. Left out is undefined, emptied is null. */
interface DraftParts {
  readonly localForm?: Maybe<string>
  readonly tradingNames?: Maybe<readonly string[]>
  readonly lei?: Maybe<string>
  readonly registeredOffice?: Maybe<{
    readonly line1: string
    readonly line2?: Maybe<string>
    readonly city: string
    readonly region?: Maybe<string>
    readonly postalCode?: Maybe<string>
    readonly country: string
  }>
  readonly shareCapital?: Maybe<{
    readonly authorized: string
    readonly parValue: string
    readonly currency: string
  }>
  readonly initialIssuance?: Maybe<
    readonly { readonly recipient: Did; readonly shareClass: string; readonly shares: bigint }[]
  >
  readonly activities?: Maybe<{
    readonly primary: string
    readonly isicCodes?: Maybe<readonly string[]>
    readonly description?: Maybe<string>
  }>
  readonly financialYearEnd?: Maybe<string>
}

/** A new draft, as its input has it. */
export interface Draft extends DraftParts {
  readonly legalName: string
  readonly entityType: EntityType
}

/** Changes of a draft, as their input has them. */
export interface DraftPatch extends DraftParts {
  readonly legalName?: Maybe<string>
  readonly entityType?: Maybe<EntityType>
}

/** The columns of a draft of which nothing but its name and kind is known. */
export const emptyDraft = {
  tradingNames: [],
  lei: null,
  registeredOffice: null,
  capitalCurrency: null,
  authorizedMinorUnits: null,
  parValueMinorUnits: null,
  initialIssuance: [],
  activities: null,
  financialYearEnd: null,
} as const satisfies Partial<EntityRow>

/**
 * Everything that is wrong with the form of a draft or of its changes.
 *
 * @param path Where it sits in the input: `input`, or `input.patch`.
 */
export function draftProblems(draft: DraftPatch, path: string): readonly Problem[] {
  const { legalName, tradingNames, lei, registeredOffice, activities } = draft
  const at = (field: string): string => `${path}.${field}`
  return [
    ...(isGiven(legalName) ? nameProblems(at('legalName'), legalName) : []),
    ...rule(draft.entityType !== null, at('entityType'), 'cannot be emptied'),
    ...optionalTextRules(at('localForm'), draft.localForm, { charactersMax: placeCharactersMax }),
    ...listRules(at('tradingNames'), tradingNames ?? [], {
      itemsMax: tradingNamesMax,
      item: (itemPath, name) => textRules(itemPath, name, { charactersMax: nameCharactersMax }),
    }),
    ...rule(!isGiven(lei) || isLei(lei), at('lei'), 'must be a LEI of ISO 17442'),
    ...(isGiven(registeredOffice) ? addressRules(at('registeredOffice'), registeredOffice) : []),
    ...(isGiven(draft.shareCapital) ? capitalRules(at('shareCapital'), draft.shareCapital) : []),
    ...listRules(at('initialIssuance'), draft.initialIssuance ?? [], {
      itemsMax: initialIssuanceMax,
      item: sharesRules,
    }),
    ...(isGiven(activities) ? activitiesRules(at('activities'), activities) : []),
    ...rule(
      !isGiven(draft.financialYearEnd) || isDayOfYear(draft.financialYearEnd),
      at('financialYearEnd'),
      'must be a day of the year, MM-DD',
    ),
  ]
}

/** What is wrong with the form of a name; a blank one has a code of its own. */
export function nameProblems(path: string, name: string): readonly Problem[] {
  const rules = textRules(path, name, { charactersMax: nameCharactersMax, blank: 'allowed' })
  if (rules.length > 0) return rules
  // Some signs stand for whole words, so that a short name may be long when it is compared.
  const isShort =
    printName(name).length <= nameCharactersMax && normalizeName(name).length <= nameCharactersMax
  return rule(
    isShort,
    path,
    `must have at most ${nameCharactersMax} characters when its signs are written out`,
  )
}

/**
 * The columns of a new draft's parts.
 *
 * @throws {SezError} `NAME_REQUIRED`.
 */
export function draftColumns(
  draft: Draft,
): Pick<EntityRow, 'legalName' | 'normalizedName'> & Partial<EntityRow> {
  return { ...nameColumns(draft.legalName), ...partColumns(draft) }
}

/**
 * The columns that a patch changes, emptied ones included.
 *
 * @throws {SezError} `NAME_REQUIRED` when the name is emptied.
 */
export function patchColumns(patch: DraftPatch): Partial<EntityRow> {
  const name = patch.legalName === undefined ? {} : nameColumns(patch.legalName ?? '')
  return { ...name, ...partColumns(patch) }
}

function nameColumns(name: string): Pick<EntityRow, 'legalName' | 'normalizedName'> {
  const legalName = registrableName(name, 'legalName')
  return { legalName, normalizedName: normalizeName(legalName) }
}

function partColumns(parts: DraftParts): Partial<EntityRow> {
  const { tradingNames, lei, registeredOffice, shareCapital, initialIssuance } = parts
  return {
    ...(tradingNames === undefined ? {} : { tradingNames: (tradingNames ?? []).map(printName) }),
    ...(lei === undefined ? {} : { lei }),
    ...(registeredOffice === undefined
      ? {}
      : { registeredOffice: registeredOffice === null ? null : addressOf(registeredOffice) }),
    ...(shareCapital === undefined ? {} : capitalColumns(shareCapital)),
    ...(initialIssuance === undefined
      ? {}
      : { initialIssuance: (initialIssuance ?? []).map(sharesOf) }),
    ...(parts.activities === undefined
      ? {}
      : { activities: parts.activities === null ? null : activitiesOf(parts.activities) }),
    ...(parts.financialYearEnd === undefined ? {} : { financialYearEnd: parts.financialYearEnd }),
  }
}

type AddressInput = NonNullable<DraftParts['registeredOffice']>

function addressRules(path: string, address: AddressInput): readonly Problem[] {
  const line = { charactersMax: addressLineCharactersMax }
  const place = { charactersMax: placeCharactersMax }
  return [
    ...textRules(`${path}.line1`, address.line1, line),
    ...optionalTextRules(`${path}.line2`, address.line2, line),
    ...textRules(`${path}.city`, address.city, place),
    ...optionalTextRules(`${path}.region`, address.region, place),
    ...optionalTextRules(`${path}.postalCode`, address.postalCode, {
      charactersMax: postalCodeCharactersMax,
    }),
  ]
}

function addressOf(address: AddressInput): AddressRow {
  return {
    line1: address.line1.trim(),
    line2: address.line2?.trim() ?? null,
    city: address.city.trim(),
    region: address.region?.trim() ?? null,
    postalCode: address.postalCode?.trim() ?? null,
    country: address.country,
  }
}

type CapitalInput = NonNullable<DraftParts['shareCapital']>

function capitalRules(path: string, capital: CapitalInput): readonly Problem[] {
  return [
    ...amountRules(`${path}.authorized`, capital, {
      amount: capital.authorized,
      min: 0n,
      reason: 'must not be negative',
    }),
    ...amountRules(`${path}.parValue`, capital, {
      amount: capital.parValue,
      min: 1n,
      reason: 'must be greater than zero',
    }),
  ]
}

function amountRules(
  path: string,
  capital: CapitalInput,
  limits: { readonly amount: string; readonly min: bigint; readonly reason: string },
): readonly Problem[] {
  try {
    const { amount } = parseMoney(limits.amount, currency(capital.currency))
    return rule(amount >= limits.min, path, limits.reason)
  } catch (error) {
    if (!(error instanceof SezError)) throw error
    return [{ path, reason: reasonOf(error) }]
  }
}

/** The one problem of a parser of core, or what its code is about. */
function reasonOf(error: SezError): string {
  const problems = error.details['problems']
  const first: unknown = Array.isArray(problems) ? problems[0] : undefined
  const isProblem = typeof first === 'object' && first !== null && 'reason' in first
  return isProblem ? String(first.reason) : error.message
}

function capitalColumns(
  capital: CapitalInput | null,
): Pick<EntityRow, 'capitalCurrency' | 'authorizedMinorUnits' | 'parValueMinorUnits'> {
  if (capital === null) {
    return { capitalCurrency: null, authorizedMinorUnits: null, parValueMinorUnits: null }
  }
  const unit = currency(capital.currency)
  return {
    capitalCurrency: unit,
    authorizedMinorUnits: parseMoney(capital.authorized, unit).amount,
    parValueMinorUnits: parseMoney(capital.parValue, unit).amount,
  }
}

type SharesInput = NonNullable<DraftParts['initialIssuance']>[number]

function sharesRules(path: string, entry: SharesInput): readonly Problem[] {
  return [
    ...textRules(`${path}.shareClass`, entry.shareClass, {
      charactersMax: shareClassCharactersMax,
    }),
    ...rule(entry.shares >= 1n, `${path}.shares`, 'must be at least one'),
  ]
}

function sharesOf({ recipient, shareClass, shares }: SharesInput): InitialSharesRow {
  return { recipient, shareClass: shareClass.trim(), shares: String(shares) }
}

type ActivitiesInput = NonNullable<DraftParts['activities']>

function activitiesRules(path: string, activities: ActivitiesInput): readonly Problem[] {
  const codes = activities.isicCodes ?? []
  return [
    ...textRules(`${path}.primary`, activities.primary, { charactersMax: activityCharactersMax }),
    ...listRules(`${path}.isicCodes`, codes, {
      itemsMax: isicCodesMax,
      item: (itemPath, code) =>
        rule(/^([A-U]|[0-9]{2,4})$/.test(code), itemPath, 'must be a code of ISIC revision 4'),
    }),
    ...distinctRules(`${path}.isicCodes`, codes),
    ...optionalTextRules(`${path}.description`, activities.description, {
      charactersMax: descriptionCharactersMax,
    }),
  ]
}

function activitiesOf(activities: ActivitiesInput): ActivitiesRow {
  return {
    primary: activities.primary.trim(),
    isicCodes: activities.isicCodes ?? [],
    description: activities.description?.trim() ?? null,
  }
}

/** A day that comes every year, and 29 February, which a financial year may end on. */
function isDayOfYear(text: string): boolean {
  const [, month, day] = /^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$/.exec(text) ?? []
  if (month === undefined || day === undefined) return false
  return Number(day) <= (['04', '06', '09', '11'].includes(month) ? 30 : month === '02' ? 29 : 31)
}

function isGiven<T>(value: Maybe<T>): value is T {
  return value !== null && value !== undefined
}
