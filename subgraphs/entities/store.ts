/**
 * Every SQL statement of the entities subgraph. Functions that write or lock take a `Tx`; the row
 * of the entity is locked first, then its jurisdiction's register or its name, so that no two
 * transactions wait for each other.
 *
 * @module
 */
import type { Did } from '@sez/core/did'
import { SezError } from '@sez/core/errors'
import type { EntityId, JurisdictionId, OfficerId } from '@sez/core/ids'
import { invariant } from '@sez/core/invariant'
import { type Db, mapDatabaseError, type Tx } from '@sez/platform/db'
import type { LogReference } from '@sez/platform/outbox'
import { builtOnce } from '@sez/platform/prepared'
import { and, asc, count, eq, getTableColumns, inArray, type SQL, sql } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import { type EntityStatus, nameHoldingStatuses } from './domain/lifecycle.ts'
import type { Transition } from './domain/transition.ts'
import {
  type EntityRow,
  entities,
  type JurisdictionRow,
  jurisdictions,
  type MemberRow,
  members,
  type OfficerRow,
  officers,
  registers,
  type StatusTransitionRow,
  statusTransitions,
  transitionReasons,
} from './tables.ts'

/** The part of a page a list query needs. */
interface PagedQuery {
  readonly where: SQL | undefined
  readonly orderBy: SQL[]
  readonly limit: number
}

// ---------- jurisdictions and their registers

export function listJurisdictions(db: Db | Tx): Promise<JurisdictionRow[]> {
  return db.select().from(jurisdictions).orderBy(asc(jurisdictions.id))
}

export async function jurisdictionsById(
  db: Db | Tx,
  ids: readonly JurisdictionId[],
): Promise<Map<JurisdictionId, JurisdictionRow>> {
  const rows = await db.select().from(jurisdictions).where(anyOf(jurisdictions.id, ids))
  return new Map(rows.map((row) => [row.id, row]))
}

export async function findJurisdiction(
  db: Db | Tx,
  id: JurisdictionId,
): Promise<JurisdictionRow | null> {
  return (await jurisdictionsById(db, [id])).get(id) ?? null
}

/** The law an entity is under. */
export async function lawOf(db: Db | Tx, entity: EntityRow): Promise<JurisdictionRow> {
  const law = await findJurisdiction(db, entity.jurisdictionId)
  invariant(law !== null, 'a foreign key keeps the jurisdiction of every entity')
  return law
}

/**
 * How many numbers a register has given out. Its row stays locked until `tx` ends, so that numbers
 * are given one after the other and a rollback leaves no gap.
 */
export async function lockRegister(tx: Tx, id: JurisdictionId): Promise<number> {
  // A row that is not there cannot be locked.
  await tx.insert(registers).values({ jurisdictionId: id }).onConflictDoNothing()
  const [row] = await tx
    .select()
    .from(registers)
    .where(eq(registers.jurisdictionId, id))
    .for('update')
  invariant(row !== undefined, 'a register that was just inserted is there')
  return row.issued
}

export async function saveRegister(tx: Tx, id: JurisdictionId, issued: number): Promise<void> {
  await tx.update(registers).set({ issued }).where(eq(registers.jurisdictionId, id))
}

// ---------- entities

const entitiesByIdQuery = builtOnce((db: Db | Tx) =>
  db
    .select()
    .from(entities)
    .where(sql`${entities.id} = any(${sql.placeholder('ids')}::text[])`)
    .prepare('entities_by_id'),
)

export async function entitiesById(
  db: Db | Tx,
  ids: readonly EntityId[],
): Promise<Map<EntityId, EntityRow>> {
  const rows = await entitiesByIdQuery(db).execute({ ids: [...ids] })
  return new Map(rows.map((row) => [row.id, row]))
}

export async function findEntity(db: Db | Tx, id: EntityId): Promise<EntityRow | null> {
  return (await entitiesById(db, [id])).get(id) ?? null
}

/** Entities by pairs of jurisdiction id and registration number. */
export function entitiesByNumber(
  db: Db | Tx,
  pairs: readonly (readonly string[])[],
): Promise<EntityRow[]> {
  const places = sql.param(pairs.map(([place = '']) => place))
  const numbers = sql.param(pairs.map(([, number = '']) => number))
  return db
    .select()
    .from(entities)
    .where(
      sql`(${entities.jurisdictionId}, ${entities.registrationNumber}) in
        (select * from unnest(${places}::text[], ${numbers}::text[]))`,
    )
}

/** One page of entities, with one row more to know whether there is a next. */
export function listEntities(
  db: Db | Tx,
  scope: SQL | undefined,
  page: PagedQuery,
): Promise<EntityRow[]> {
  return db
    .select()
    .from(entities)
    .where(and(scope, page.where))
    .orderBy(...page.orderBy)
    .limit(page.limit)
}

export async function countEntities(db: Db | Tx, scope: SQL | undefined): Promise<number> {
  const [row] = await db.select({ count: count() }).from(entities).where(scope)
  return row?.count ?? 0
}

export function countEntitiesByStatus(
  db: Db | Tx,
  scope: SQL | undefined,
): Promise<{ status: EntityStatus; count: number }[]> {
  return db
    .select({ status: entities.status, count: count() })
    .from(entities)
    .where(scope)
    .groupBy(entities.status)
}

/** The condition that somebody is a member of the entity in the row. */
export function isMemberSql(did: Did): SQL {
  return sql`exists (select from ${members}
    where ${members.entityId} = ${entities.id} and ${members.did} = ${did})`
}

/**
 * Reads an entity and holds its row until `tx` ends, so that it changes one step at a time.
 *
 * @throws {SezError} `NOT_FOUND`.
 */
export async function lockEntity(tx: Tx, id: EntityId): Promise<EntityRow> {
  const [row] = await tx.select().from(entities).where(eq(entities.id, id)).for('update')
  if (row === undefined) throw new SezError('NOT_FOUND', { id })
  return row
}

/** Writes a new entity with its creator as its first member. */
export async function insertEntity(tx: Tx, entity: EntityRow): Promise<void> {
  await tx.insert(entities).values(entity)
  await tx.insert(members).values({
    entityId: entity.id,
    did: entity.createdBy,
    addedAt: entity.createdAt,
    addedBy: entity.createdBy,
  })
}

/**
 * Writes the next version of a locked entity.
 *
 * @throws {SezError} `NAME_TAKEN` when it would hold a name that another holds.
 */
export async function saveEntity(tx: Tx, entity: EntityRow): Promise<void> {
  const { id, ...columns } = entity
  const rows = await tx
    .update(entities)
    .set(columns)
    .where(and(eq(entities.id, id), eq(entities.version, entity.version - 1)))
    .returning({ id: entities.id })
    .catch((error: unknown) => {
      throw nameTakenOr(error)
    })
  invariant(rows.length === 1, 'a locked entity is saved as the version after the one it had')
}

// ---------- names

/** The entity of a jurisdiction that holds a normalized name; at most one does. */
export async function findNameHolder(
  db: Db | Tx,
  jurisdiction: JurisdictionId,
  normalizedName: string,
): Promise<EntityRow | null> {
  const [row] = await db
    .select()
    .from(entities)
    .where(
      and(
        eq(entities.jurisdictionId, jurisdiction),
        eq(entities.normalizedName, normalizedName),
        inArray(entities.status, [...nameHoldingStatuses]),
      ),
    )
  return row ?? null
}

/**
 * Makes sure that nobody holds a name and nobody else takes it until `tx` ends.
 *
 * @throws {SezError} `NAME_TAKEN`.
 */
export async function lockName(tx: Tx, entity: EntityRow): Promise<void> {
  const { jurisdictionId, normalizedName } = entity
  // A name that nobody holds yet has no row to lock, so the lock is on the name itself.
  await tx.execute(sql`select pg_advisory_xact_lock(
    hashtextextended(${`entities.name/${jurisdictionId}/${normalizedName}`}, 0))`)
  const holder = await findNameHolder(tx, jurisdictionId, normalizedName)
  if (holder !== null) throw nameTaken()
}

/** The unique index is the second fence behind {@link lockName}. */
function nameTakenOr(error: unknown): unknown {
  const failure = mapDatabaseError(error)
  const isName =
    failure instanceof Error &&
    'constraint' in failure &&
    failure.constraint === 'entities_live_name'
  return isName ? nameTaken(failure) : error
}

function nameTaken(cause?: unknown): SezError {
  return new SezError('NAME_TAKEN', { field: 'legalName' }, { cause })
}

// ---------- members

export async function membersOf(
  db: Db | Tx,
  ids: readonly EntityId[],
): Promise<Map<EntityId, MemberRow[]>> {
  const rows = await db
    .select()
    .from(members)
    .where(anyOf(members.entityId, ids))
    .orderBy(asc(members.addedAt), asc(members.did))
  return grouped(ids, rows)
}

export async function membersOfOne(db: Db | Tx, id: EntityId): Promise<MemberRow[]> {
  return (await membersOf(db, [id])).get(id) ?? []
}

/** Those of the entities that somebody is a member of. */
export async function membershipsOf(db: Db | Tx, did: Did, ids: readonly EntityId[]) {
  const rows = await db
    .select({ entityId: members.entityId })
    .from(members)
    .where(and(eq(members.did, did), anyOf(members.entityId, ids)))
  return new Map(rows.map(({ entityId }) => [entityId, true] as const))
}

export async function insertMember(tx: Tx, member: MemberRow): Promise<void> {
  await tx.insert(members).values(member)
}

export async function deleteMember(tx: Tx, member: MemberRow): Promise<void> {
  await tx
    .delete(members)
    .where(and(eq(members.entityId, member.entityId), eq(members.did, member.did)))
}

// ---------- officers

/** Every officer of each entity, resigned ones included, in the order of appointment. */
export async function officersOf(
  db: Db | Tx,
  ids: readonly EntityId[],
): Promise<Map<EntityId, OfficerRow[]>> {
  const rows = await db
    .select()
    .from(officers)
    .where(anyOf(officers.entityId, ids))
    .orderBy(asc(officers.appointedAt), asc(officers.id))
  return grouped(ids, rows)
}

export async function officersOfOne(db: Db | Tx, id: EntityId): Promise<OfficerRow[]> {
  return (await officersOf(db, [id])).get(id) ?? []
}

export async function officersById(
  db: Db | Tx,
  ids: readonly OfficerId[],
): Promise<Map<OfficerId, OfficerRow>> {
  const rows = await db.select().from(officers).where(anyOf(officers.id, ids))
  return new Map(rows.map((row) => [row.id, row]))
}

export async function insertOfficer(tx: Tx, officer: OfficerRow): Promise<void> {
  await tx.insert(officers).values(officer)
}

export async function saveResignation(tx: Tx, officer: OfficerRow): Promise<void> {
  await tx
    .update(officers)
    .set({ resignedAt: officer.resignedAt })
    .where(eq(officers.id, officer.id))
}

// ---------- status history

/** Those of the entities that somebody submitted, at any time. */
export async function submissionsOf(db: Db | Tx, did: Did, ids: readonly EntityId[]) {
  const { entityId, actor, event } = statusTransitions
  const rows = await db
    .selectDistinct({ entityId })
    .from(statusTransitions)
    .where(and(anyOf(entityId, ids), eq(actor, did), eq(event, 'SUBMIT')))
  return new Map(rows.map((row) => [row.entityId, true] as const))
}

/** Adds a move to its entity's history, with the place the zone log will give it. */
export async function appendTransition(
  tx: Tx,
  transition: Transition,
  log: LogReference,
): Promise<void> {
  const { reason, ...columns } = transition
  const { entityId, seq } = transition
  await tx
    .insert(statusTransitions)
    .values({ ...columns, eventId: log.eventId, eventDigest: log.digest })
  if (reason !== null) await tx.insert(transitionReasons).values({ entityId, seq, reason })
}

export function listTransitions(
  db: Db | Tx,
  id: EntityId,
  page: PagedQuery,
): Promise<StatusTransitionRow[]> {
  return db
    .select({ ...getTableColumns(statusTransitions), reason: transitionReasons.reason })
    .from(statusTransitions)
    .leftJoin(
      transitionReasons,
      and(
        eq(transitionReasons.entityId, statusTransitions.entityId),
        eq(transitionReasons.seq, statusTransitions.seq),
      ),
    )
    .where(and(eq(statusTransitions.entityId, id), page.where))
    .orderBy(...page.orderBy)
    .limit(page.limit)
}

/** A stretch of an entity's history, oldest first, after a sequence number. */
export function listHistory(
  db: Db | Tx,
  id: EntityId,
  options: { readonly afterSeq: number; readonly rowsMax: number },
): Promise<StatusTransitionRow[]> {
  return listTransitions(db, id, {
    where: sql`${statusTransitions.seq} > ${options.afterSeq}`,
    orderBy: [asc(statusTransitions.seq)],
    limit: options.rowsMax,
  })
}

/** One statement text for lists of every length, so that it is prepared once. */
function anyOf(column: PgColumn, values: readonly string[]): SQL {
  return sql`${column} = any(${sql.param([...values])}::text[])`
}

function grouped<Row extends { readonly entityId: EntityId }>(
  ids: readonly EntityId[],
  rows: readonly Row[],
): Map<EntityId, Row[]> {
  const groups = new Map<EntityId, Row[]>(ids.map((id) => [id, []]))
  for (const row of rows) groups.get(row.entityId)?.push(row)
  return groups
}
