/** Postgres schema `entities`. Columns are snake_case in SQL and camelCase here. @module */
import type { Did } from '@sez/core/did'
import type { Digest } from '@sez/core/digest'
import type { EntityId, EventId, JurisdictionId, OfficerId } from '@sez/core/ids'
import type { Currency } from '@sez/core/money'
import { digestColumn, instantColumn, orderedText } from '@sez/platform/columns'
import type { LogReference } from '@sez/platform/outbox'
import type { Connection } from '@sez/platform/page'
import { type SQL, sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  check,
  date,
  foreignKey,
  index,
  integer,
  jsonb,
  pgSchema,
  primaryKey,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core'
import type { EntityType } from './domain/draft.ts'
import {
  type EntityMove,
  type EntityStatus,
  entityStatuses,
  nameHoldingStatuses,
} from './domain/lifecycle.ts'
import type { OfficerRole } from './domain/officer.ts'

export const schema = pgSchema('entities')

/** A legal form of a jurisdiction's law. The first of a kind is the usual one. */
export type LocalFormRow = {
  readonly code: string
  readonly name: string
  readonly entityType: EntityType
  readonly directorsMinimum: number
}

export type AddressRow = {
  readonly line1: string
  readonly line2: string | null
  readonly city: string
  readonly region: string | null
  readonly postalCode: string | null
  readonly country: string
}

/** Shares are text: JSON has no integers of that size. */
export type InitialSharesRow = {
  readonly recipient: Did
  readonly shareClass: string
  readonly shares: string
}

export type ActivitiesRow = {
  readonly primary: string
  readonly isicCodes: readonly string[]
  readonly description: string | null
}

/** Jurisdictions whose law this zone registers entities under; filled by migration. */
export const jurisdictions = schema.table('jurisdictions', {
  id: orderedText('id').$type<JurisdictionId>().primaryKey(),
  name: text('name').notNull(),
  country: text('country').notNull(),
  parentId: orderedText('parent_id').$type<JurisdictionId>(),
  currency: text('currency').notNull(),
  registrationPrefix: text('registration_prefix').notNull(),
  registrationDigits: integer('registration_digits').notNull(),
  localForms: jsonb('local_forms').$type<readonly LocalFormRow[]>().notNull(),
})

/**
 * How many numbers each register has given out. A number is taken by an update of this row, which
 * holds it until the transaction ends: a rollback gives the number back, so there are no gaps.
 */
export const registers = schema.table('registers', {
  jurisdictionId: orderedText('jurisdiction_id')
    .$type<JurisdictionId>()
    .primaryKey()
    .references(() => jurisdictions.id),
  issued: integer('issued').notNull().default(0),
})

export const entities = schema.table(
  'entities',
  {
    id: orderedText('id').$type<EntityId>().primaryKey(),
    version: integer('version').notNull(),
    status: text('status').$type<EntityStatus>().notNull(),
    legalName: orderedText('legal_name').notNull(),
    normalizedName: orderedText('normalized_name').notNull(),
    tradingNames: text('trading_names').array().notNull(),
    entityType: text('entity_type').$type<EntityType>().notNull(),
    localFormCode: text('local_form').notNull(),
    jurisdictionId: orderedText('jurisdiction_id')
      .$type<JurisdictionId>()
      .notNull()
      .references(() => jurisdictions.id),
    registrationNumber: orderedText('registration_number'),
    lei: text('lei'),
    registeredOffice: jsonb('registered_office').$type<AddressRow>(),
    capitalCurrency: text('capital_currency').$type<Currency>(),
    authorizedMinorUnits: bigint('authorized_minor_units', { mode: 'bigint' }),
    parValueMinorUnits: bigint('par_value_minor_units', { mode: 'bigint' }),
    initialIssuance: jsonb('initial_issuance').$type<readonly InitialSharesRow[]>().notNull(),
    activities: jsonb('activities').$type<ActivitiesRow>(),
    financialYearEnd: text('financial_year_end'),
    formationDate: date('formation_date', { mode: 'string' }),
    createdAt: instantColumn('created_at').notNull(),
    updatedAt: instantColumn('updated_at').notNull(),
    createdBy: text('created_by').$type<Did>().notNull(),
    submittedBy: text('submitted_by').$type<Did>(),
    submittedAt: instantColumn('submitted_at'),
    /** Moves so far and the digest of the last: the head of the status history. */
    historySeq: integer('history_seq').notNull(),
    historyHead: digestColumn('history_head').notNull(),
  },
  (table) => [
    uniqueIndex('entities_registration_number').on(table.jurisdictionId, table.registrationNumber),
    uniqueIndex('entities_live_name')
      .on(table.jurisdictionId, table.normalizedName)
      .where(sql.raw(`status in (${quoted(nameHoldingStatuses)})`)),
    index('entities_created_at').on(table.createdAt, table.id),
    index('entities_updated_at').on(table.updatedAt, table.id),
    index('entities_legal_name').on(table.legalName, table.id),
    index('entities_status').on(table.status, table.createdAt, table.id),
    index('entities_jurisdiction').on(table.jurisdictionId, table.createdAt, table.id),
    check(
      'entities_capital_whole',
      sql.raw(
        'num_nulls(capital_currency, authorized_minor_units, par_value_minor_units) in (0, 3)',
      ),
    ),
    check('entities_par_value_positive', sql.raw('par_value_minor_units > 0')),
    check('entities_status_known', sql.raw(`status in (${quoted(entityStatuses)})`)),
    check('entities_version_positive', sql.raw('version > 0')),
  ],
)

export const members = schema.table(
  'members',
  {
    entityId: orderedText('entity_id')
      .$type<EntityId>()
      .notNull()
      .references(() => entities.id),
    did: orderedText('did').$type<Did>().notNull(),
    addedAt: instantColumn('added_at').notNull(),
    addedBy: text('added_by').$type<Did>().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.entityId, table.did] }),
    index('members_did').on(table.did, table.entityId),
  ],
)

export const officers = schema.table(
  'officers',
  {
    id: orderedText('id').$type<OfficerId>().primaryKey(),
    entityId: orderedText('entity_id')
      .$type<EntityId>()
      .notNull()
      .references(() => entities.id),
    name: text('name').notNull(),
    identity: text('identity').$type<Did>().notNull(),
    role: text('role').$type<OfficerRole>().notNull(),
    nationality: text('nationality').notNull(),
    resident: boolean('resident').notNull(),
    appointedAt: instantColumn('appointed_at').notNull(),
    resignedAt: instantColumn('resigned_at'),
  },
  (table) => [index('officers_entity').on(table.entityId, table.id)],
)

/** Append-only by trigger and grants: each row is linked to the one before by its digest. */
export const statusTransitions = schema.table(
  'status_transitions',
  {
    entityId: orderedText('entity_id')
      .$type<EntityId>()
      .notNull()
      .references(() => entities.id),
    seq: integer('seq').notNull(),
    from: text('from_status').$type<EntityStatus>(),
    to: text('to_status').$type<EntityStatus>().notNull(),
    event: text('event').$type<EntityMove>(),
    at: instantColumn('at').notNull(),
    actor: text('actor').$type<Did>().notNull(),
    reasonHmac: digestColumn('reason_hmac'),
    evidence: text('evidence').array().$type<Digest[]>().notNull(),
    digest: digestColumn('digest').notNull(),
    prevDigest: digestColumn('prev_digest'),
    eventId: text('event_id').$type<EventId>().notNull(),
    eventDigest: digestColumn('event_digest').notNull(),
  },
  (table) => [primaryKey({ columns: [table.entityId, table.seq] })],
)

/** Why moves were made. Apart, because a text may name people and must be erasable. */
export const transitionReasons = schema.table(
  'transition_reasons',
  {
    entityId: orderedText('entity_id').$type<EntityId>().notNull(),
    seq: integer('seq').notNull(),
    reason: text('reason').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.entityId, table.seq] }),
    foreignKey({
      name: 'transition_reasons_transition',
      columns: [table.entityId, table.seq],
      foreignColumns: [statusTransitions.entityId, statusTransitions.seq],
    }),
  ],
)

function quoted(words: readonly string[]): string {
  return words.map((word) => `'${word}'`).join(', ')
}

export type JurisdictionRow = typeof jurisdictions.$inferSelect
export type EntityRow = typeof entities.$inferSelect
export type MemberRow = typeof members.$inferSelect
export type OfficerRow = typeof officers.$inferSelect
export type StatusTransitionRow = typeof statusTransitions.$inferSelect & {
  readonly reason: string | null
}

/** What a mutation answers before its fields are resolved: ids and log references only. */
export type EntityPayloadRow = { readonly entityId: EntityId; readonly log: LogReference }
export type MembershipPayloadRow = EntityPayloadRow
export type OfficerPayloadRow = EntityPayloadRow & { readonly officerId: OfficerId }

/** One move as subscribers get it, before its entity is read. */
export type EntityStatusChangedRow = {
  readonly cursor: string
  readonly entityId: EntityId
  readonly from: EntityStatus | null
  readonly to: EntityStatus
  readonly event: EntityMove | null
  readonly at: Date
  readonly transitionDigest: Digest
  readonly log: LogReference
}

/** Who has a name, before it is known whether the caller may see them. */
export type NameConflictRow = { readonly status: EntityStatus; readonly holder: EntityRow }

/** A page of entities, and which entities all pages hold. */
export type EntityConnectionRow = Omit<Connection<EntityRow>, 'totalCount'> & {
  readonly scope: SQL | undefined
}

/** A page of the history of an entity. */
export type StatusTransitionConnectionRow = Omit<Connection<StatusTransitionRow>, 'totalCount'> & {
  readonly entity: EntityRow
}
