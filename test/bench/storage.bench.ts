/**
 * Reads of the entities subgraph: by id against the same statement written by hand on postgres.js,
 * and the cost of a page far down a list against that of the first.
 *
 * @module
 */
import { entityId, type EntityId } from '@sez/core/ids'
import { invariant } from '@sez/core/invariant'
import { entityOrders } from '@sez/entities/lists'
import { findEntity, listEntities } from '@sez/entities/store'
import { type EntityRow, entities } from '@sez/entities/tables'
import { openTestDatabase } from '@sez/platform/database.fixture'
import { type Database, type Db, openDatabase } from '@sez/platform/db'
import { connection, cursorOf, openPage } from '@sez/platform/page'
import { asc, getTableColumns } from 'drizzle-orm'
import postgres, { type Sql } from 'postgres'
import { expect, test } from 'vitest'
import {
  cpuMsOf,
  elapsedMsOf,
  inParallel,
  isSmoke,
  median,
  percentile,
  ratioOf,
  takeTurns,
} from './measure.ts'
import { report } from './report.ts'

const pageRows = 50
const farPage = isSmoke ? 40 : 1_800
const entitiesCount = (farPage + 1) * pageRows
const readsPerRound = isSmoke ? 400 : 6_000
const readsAtOnce = 64
const rounds = isSmoke ? 3 : 15
const connections = 2

const list = 'Query.entities'
const order = entityOrders.CREATED_AT_ASC

/** As many drafts as the far page needs, ten of each millisecond, so that the id decides too. */
async function fill(sql: Sql): Promise<void> {
  await sql`
    insert into entities.entities (id, version, status, legal_name, normalized_name, trading_names,
      entity_type, local_form, jurisdiction_id, registered_office, capital_currency,
      authorized_minor_units, par_value_minor_units, initial_issuance, activities,
      financial_year_end, created_at, updated_at, created_by, history_seq, history_head)
    select 'ent_' || gen_random_uuid(), 1, 'DRAFT', 'Indus ' || n, 'INDUS ' || n, '{Indus}',
      'LLC', 'PRIVATE_LIMITED', 'PK-RSEZ',
      '{"line1":"1 Nowshera Road","line2":null,"city":"Rashakai","region":null,"postalCode":null,"country":"PK"}',
      'PKR', 5000000000, 1000, '[]', '{"primary":"Weaving","isicCodes":["1312"],"description":null}',
      '06-30', timestamptz '2026-01-01Z' + n / 10 * interval '1 millisecond',
      timestamptz '2026-01-01Z', 'did:web:founder.test', 1, sha256(n::text::bytea)
    from generate_series(1, ${entitiesCount}::int) n`
  await sql`vacuum analyze entities.entities`
}

/** What a program without drizzle does for the same row. */
async function readByHand(sql: Sql, id: EntityId): Promise<unknown> {
  const [row] = await sql<{ historyHead: Buffer; authorized: bigint | null }[]>`
    select id, version, status, legal_name as "legalName", normalized_name as "normalizedName",
      trading_names as "tradingNames", entity_type as "entityType", local_form as "localFormCode",
      jurisdiction_id as "jurisdictionId", registration_number as "registrationNumber", lei,
      registered_office as "registeredOffice", capital_currency as "capitalCurrency",
      authorized_minor_units as "authorizedMinorUnits",
      par_value_minor_units as "parValueMinorUnits", initial_issuance as "initialIssuance",
      activities, financial_year_end as "financialYearEnd", formation_date as "formationDate",
      created_at as "createdAt", updated_at as "updatedAt", created_by as "createdBy",
      submitted_by as "submittedBy", submitted_at as "submittedAt", history_seq as "historySeq",
      history_head as "historyHead"
    from entities.entities where id = ${id}`
  return row === undefined ? null : { ...row, historyHead: row.historyHead.toString('hex') }
}

interface Storage extends AsyncDisposable {
  readonly database: Database
  readonly byHand: Sql<{ bigint: bigint }>
  readonly ids: readonly EntityId[]
}

async function openStorage(): Promise<Storage> {
  const stack = new AsyncDisposableStack()
  const { url } = stack.use(await openTestDatabase())
  const byHand = postgres(url, {
    max: connections,
    types: { bigint: postgres.BigInt },
    onnotice: () => {},
  })
  stack.defer(() => byHand.end())
  await fill(byHand)
  const database = stack.use(
    openDatabase({ url, connectionsMax: connections * 2, applicationName: 'sez bench' }),
  )
  const rows = await byHand<{ id: string }[]>`
    select id from entities.entities order by random() limit ${readsPerRound}`
  return {
    database,
    byHand,
    ids: rows.map(({ id }) => entityId(id)),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

test('a read by id costs about the CPU of the same statement written by hand', async () => {
  await using storage = await openStorage()
  const { database, byHand, ids } = storage
  const [some] = ids
  invariant(some !== undefined, 'there are entities')
  expect(await findEntity(database.db, some)).toEqual(await readByHand(byHand, some))
  const readAll = (read: (id: EntityId) => Promise<unknown>) => () =>
    cpuMsOf(() =>
      inParallel(ids.length, readsAtOnce, async (index) => {
        const id = ids[index]
        invariant(id !== undefined && (await read(id)) !== null, 'every entity is found')
      }),
    )
  const cpu = await takeTurns(
    {
      ours: readAll((id) => findEntity(database.db, id)),
      byHand: readAll((id) => readByHand(byHand, id)),
    },
    { rounds, warmups: 3 },
  )
  const eachUs = (numbers: readonly number[]) => ((median(numbers) / ids.length) * 1_000).toFixed(0)
  const pages = await measurePages(database.db)
  const missed = await report({
    name: 'storage',
    what: `An entity of ${Object.keys(getTableColumns(entities)).length} columns by its id, ${readsAtOnce} reads at once: the subgraph's own store against the same statement on postgres.js by hand, CPU of the process. A page of ${pageRows} of ${entitiesCount} entities, wall time: page ${farPage} against page 1.`,
    findings: [
      {
        what: 'read by id, drizzle / hand-written',
        measured: `${eachUs(cpu.ours)} µs / ${eachUs(cpu.byHand)} µs`,
        ratio: ratioOf(cpu.ours, cpu.byHand),
        bar: { atMost: 1.15 },
        sane: { atMost: 10 },
      },
      {
        what: `page ${farPage} / page 1`,
        measured: `${median(pages.far).toFixed(2)} ms / ${median(pages.first).toFixed(2)} ms`,
        ratio: ratioOf(pages.far, pages.first),
        bar: { atMost: 1.3 },
        sane: { atMost: 5 },
      },
    ],
  })
  expect(missed).toEqual([])
})

/** The row before a page: what a reader who came all the way holds the cursor of. */
async function rowBefore(db: Db, page: number): Promise<EntityRow> {
  const [row] = await db
    .select()
    .from(entities)
    .orderBy(asc(entities.createdAt), asc(entities.id))
    .offset((page - 1) * pageRows - 1)
    .limit(1)
  invariant(row !== undefined, 'there is a row before the page')
  return row
}

async function readPage(db: Db, after: string | null): Promise<readonly EntityRow[]> {
  const page = openPage(list, order, { first: pageRows, after })
  return connection(page, await listEntities(db, undefined, page)).nodes
}

/** Milliseconds of a page, the median of several in each round. */
async function measurePages(db: Db) {
  const before = await rowBefore(db, farPage)
  const after = cursorOf(list, order, before)
  const [first, far] = [await readPage(db, null), await readPage(db, after)]
  expect([first.length, far.length]).toEqual([pageRows, pageRows])
  expect(far.every(({ createdAt }) => createdAt >= before.createdAt)).toBe(true)
  const readSome = (cursor: string | null) => async () => {
    const elapsed: number[] = []
    for (let read = 0; read < 20; read += 1) {
      elapsed.push(await elapsedMsOf(() => readPage(db, cursor)))
    }
    return percentile(elapsed, 50)
  }
  return takeTurns({ far: readSome(after), first: readSome(null) }, { rounds, warmups: 3 })
}
