/** What lists of this subgraph can be filtered and ordered by. @module */
import {
  type FilterFields,
  choiceCondition,
  filterSql,
  rangeCondition,
  textCondition,
} from '@sez/platform/filter'
import type { PageOrder } from '@sez/platform/page'
import type { SQL } from 'drizzle-orm'
import type { EntityFilter, EntityOrder } from './schema.types.ts'
import { type EntityRow, entities, type StatusTransitionRow, statusTransitions } from './tables.ts'

const byId = { column: entities.id, kind: 'text', of: ({ id }: EntityRow) => id } as const
const byCreation = {
  column: entities.createdAt,
  kind: 'instant',
  of: ({ createdAt }: EntityRow) => createdAt,
} as const
const byUpdate = {
  column: entities.updatedAt,
  kind: 'instant',
  of: ({ updatedAt }: EntityRow) => updatedAt,
} as const
const byName = {
  column: entities.legalName,
  kind: 'text',
  of: ({ legalName }: EntityRow) => legalName,
} as const

/** The orders of a list of entities; the id decides between equals. */
export const entityOrders: Readonly<Record<EntityOrder, PageOrder<EntityRow>>> = {
  CREATED_AT_ASC: { name: 'CREATED_AT_ASC', direction: 'asc', keys: [byCreation, byId] },
  CREATED_AT_DESC: { name: 'CREATED_AT_DESC', direction: 'desc', keys: [byCreation, byId] },
  LEGAL_NAME_ASC: { name: 'LEGAL_NAME_ASC', direction: 'asc', keys: [byName, byId] },
  LEGAL_NAME_DESC: { name: 'LEGAL_NAME_DESC', direction: 'desc', keys: [byName, byId] },
  UPDATED_AT_ASC: { name: 'UPDATED_AT_ASC', direction: 'asc', keys: [byUpdate, byId] },
  UPDATED_AT_DESC: { name: 'UPDATED_AT_DESC', direction: 'desc', keys: [byUpdate, byId] },
}

/** The order of a status history: as it happened. */
export const historyOrder: PageOrder<StatusTransitionRow> = {
  name: 'SEQ_ASC',
  direction: 'asc',
  keys: [{ column: statusTransitions.seq, kind: 'int', of: ({ seq }) => seq }],
}

const entityFields: FilterFields<EntityFilter> = {
  status: choiceCondition(entities.status),
  entityType: choiceCondition(entities.entityType),
  jurisdictionId: textCondition(entities.jurisdictionId),
  legalName: textCondition(entities.legalName),
  createdAt: rangeCondition(entities.createdAt),
  updatedAt: rangeCondition(entities.updatedAt),
}

/** The condition a filter means; undefined when it says nothing. */
export function entityFilterSql(filter: EntityFilter | null | undefined): SQL | undefined {
  return filterSql(filter, entityFields)
}
