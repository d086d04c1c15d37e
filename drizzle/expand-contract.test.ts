/**
 * The worked example of spec/32-migrations.md §4: a rename, a split and a change of type in four
 * releases under load, two releases at a time, and the same in one step, which fails.
 *
 * @module
 */
import { type Database, databaseCodeOf, type Db, openDatabase, type Tx } from '@sez/platform/db'
import {
  failureOf,
  openEmptyDatabase,
  type TestDatabase,
  until,
} from '@sez/platform/database.fixture'
import { eq, sql } from 'drizzle-orm'
import { bigint, integer, pgSchema, text } from 'drizzle-orm/pg-core'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openMigrations, type TestMigrations } from './database.fixture.ts'

/** What a row says, whichever release reads it; everything is made of the number of the write. */
interface Person {
  readonly name: string
  readonly phone: string
  readonly mail: string
  readonly amount: number
}

interface Release {
  read(db: Db | Tx, id: number): Promise<Person | undefined>
  write(db: Db | Tx, id: number, person: Person): Promise<void>
}

const alpha = pgSchema('alpha')
const oldColumns = {
  name: text().notNull(),
  contact: text().notNull(),
  amount: integer().notNull(),
}
const newColumns = {
  legalName: text(),
  phone: text(),
  mail: text(),
  amountMinor: bigint({ mode: 'number' }),
}
const id = { id: integer().primaryKey() }
const before = alpha.table('people', { ...id, ...oldColumns })
const between = alpha.table('people', { ...id, ...oldColumns, ...newColumns })
const after = alpha.table('people', { ...id, ...newColumns })

const oldValues = ({ name, phone, mail, amount }: Person) => ({
  name,
  contact: `${phone}|${mail}`,
  amount,
})
const newValues = ({ name, phone, mail, amount }: Person) => ({
  legalName: name,
  phone,
  mail,
  amountMinor: amount,
})

const selectNew = (table: typeof between | typeof after) => ({
  name: table.legalName,
  phone: table.phone,
  mail: table.mail,
  amount: table.amountMinor,
})

const readOld =
  (table: typeof before | typeof between): Release['read'] =>
  async (db, wanted) => {
    const { name, contact, amount } = table
    const [row] = await db.select({ name, contact, amount }).from(table).where(eq(table.id, wanted))
    if (row === undefined) return undefined
    const [phone = '', mail = ''] = row.contact.split('|')
    return { name: row.name, phone, mail, amount: row.amount }
  }

const readNew =
  (table: typeof between | typeof after): Release['read'] =>
  async (db, wanted) => {
    const [row] = await db.select(selectNew(table)).from(table).where(eq(table.id, wanted))
    if (row === undefined) return undefined
    const { name, phone, mail, amount } = row
    // As strict as a release that was written for filled columns only.
    if (name === null || phone === null || mail === null || amount === null) {
      throw new TypeError(`row ${wanted} is not filled`)
    }
    return { name, phone, mail, amount }
  }

const writeBoth: Release['write'] = async (db, wanted, person) => {
  const values = { ...oldValues(person), ...newValues(person) }
  await db
    .insert(between)
    .values({ id: wanted, ...values })
    .onConflictDoUpdate({ target: between.id, set: values })
}

const releases: readonly [Release, Release, Release, Release] = [
  {
    read: readOld(before),
    async write(db, wanted, person) {
      const values = oldValues(person)
      await db
        .insert(before)
        .values({ id: wanted, ...values })
        .onConflictDoUpdate({ target: before.id, set: values })
    },
  },
  { read: readOld(between), write: writeBoth },
  { read: readNew(between), write: writeBoth },
  {
    read: readNew(after),
    async write(db, wanted, person) {
      const values = newValues(person)
      await db
        .insert(after)
        .values({ id: wanted, ...values })
        .onConflictDoUpdate({ target: after.id, set: values })
    },
  },
]

/** The migrations that come with releases 1 to 4; release 4 has the code of release 3. */
const migrationsOf: readonly (readonly [tag: string, text: string])[] = [
  [
    '0002_expand',
    `alter table alpha.people add column legal_name text, add column phone text,
       add column mail text, add column amount_minor bigint`,
  ],
  [
    '0003_backfill',
    `-- sez: no transaction
     do $$
     begin
       loop
         with old as (select id from alpha.people where legal_name is null limit 100 for update)
         update alpha.people as person set legal_name = name, phone = split_part(contact, '|', 1),
           mail = split_part(contact, '|', 2), amount_minor = amount
         from old where old.id = person.id;
         exit when not found;
         commit;
       end loop;
     end $$`,
  ],
  [
    '0004_release',
    `alter table alpha.people alter column name drop not null,
       alter column contact drop not null, alter column amount drop not null`,
  ],
  [
    '0005_contract',
    `alter table alpha.people drop column name, drop column contact, drop column amount`,
  ],
]

const rowsPerProcess = 5
const processesEach = 2
/** So much is read and written between any two steps. */
const turnsPerStep = 15

let database: TestDatabase
let migrations: TestMigrations
let cleanup: AsyncDisposableStack

beforeEach(async () => {
  cleanup = new AsyncDisposableStack()
  database = cleanup.use(await openEmptyDatabase())
  migrations = cleanup.use(openMigrations())
  migrations.add(
    'alpha',
    '0001_people',
    2_000,
    `create table alpha.people (
       id int primary key, name text not null, contact text not null, amount int not null);
     --> statement-breakpoint
     insert into alpha.people select 10000 + n, '0', '0|0', 0 from generate_series(1, 2000) n`,
  )
  await migrations.run(database.url)
})
afterEach(() => cleanup.disposeAsync())

const personOf = (turn: number): Person => ({
  name: String(turn),
  phone: String(turn),
  mail: String(turn),
  amount: turn,
})

/** A process of some release: it writes rows of its own, in turns, and reads those of all. */
interface Process {
  /** Ends, and another of that release takes its place, with connections of its own. */
  upgrade(release: Release): void
  turns(): number
  stop(): Promise<void>
}

interface Fleet {
  readonly processes: readonly Process[]
  readonly failures: unknown[]
  readonly written: Map<number, number>
}

function openFleet(release: Release): Fleet {
  const fleet = { processes: [] as Process[], failures: [] as unknown[], written: new Map() }
  for (let index = 0; index < processesEach * 2; index += 1) {
    fleet.processes.push(startProcess(fleet, index * rowsPerProcess, release))
  }
  cleanup.defer(async () => {
    await Promise.all(fleet.processes.map((each) => each.stop()))
  })
  return fleet
}

function startProcess(fleet: Omit<Fleet, 'processes'>, firstRow: number, first: Release): Process {
  let pools = openPools()
  const stopped = new AbortController()
  let release = first
  let next: Release | null = null
  let turns = 0
  let reads = firstRow
  const seen = new Map<number, number>()
  const write = async (): Promise<void> => {
    const row = firstRow + (turns % rowsPerProcess)
    // In a transaction the driver cannot prepare a statement anew when its plan is outdated.
    await pools.db.transaction((tx) => release.write(tx, row, personOf(turns)))
    fleet.written.set(row, turns)
  }
  const read = async (): Promise<void> => {
    reads += 1
    const row = (reads * 7) % (processesEach * 2 * rowsPerProcess)
    const known = Math.max(fleet.written.get(row) ?? -1, seen.get(row) ?? -1)
    const person = await pools.db.transaction((tx) => release.read(tx, row))
    if (known < 0 && person === undefined) return
    expect(person).toEqual(personOf(person?.amount ?? Number.NaN))
    // What somebody's commit has told may not be unsaid.
    expect(person?.amount).toBeGreaterThanOrEqual(known)
    seen.set(row, person?.amount ?? -1)
  }
  const running = (async () => {
    while (!stopped.signal.aborted) {
      for (const act of [write, read, read]) {
        await act().catch((error: unknown) => fleet.failures.push(error))
      }
      turns += 1
      if (next === null) continue
      await pools[Symbol.asyncDispose]()
      pools = openPools()
      release = next
      next = null
    }
  })()
  return {
    upgrade(wanted) {
      next = wanted
    },
    turns: () => turns,
    async stop() {
      stopped.abort()
      await running
      await pools[Symbol.asyncDispose]()
    },
  }
}

const openPools = (): Database =>
  openDatabase({ url: database.url, connectionsMax: 4, applicationName: 'process' })

/** Waits until every process has read and written so much more. */
async function traffic({ processes }: Fleet): Promise<void> {
  const wanted = processes.map((each) => each.turns() + turnsPerStep)
  await until('all have worked', () =>
    processes.every((each, index) => each.turns() >= (wanted[index] ?? 0)),
  )
}

/** Adds the migration that comes with a release, and applies it while everybody works. */
async function migrateTo(release: number): Promise<void> {
  const [tag = '', text = ''] = migrationsOf[release - 1] ?? []
  migrations.add('alpha', tag, 2_000 + release, text)
  expect((await migrations.run(database.url)).applied).toEqual([`alpha/${tag}`])
}

test('a rename, a split and a change of type in four releases: no error, no lost write', async () => {
  const [first, ...others] = releases
  const fleet = openFleet(first)
  await traffic(fleet)
  for (const [index, release] of others.entries()) {
    await migrateTo(index + 1)
    await traffic(fleet)
    const [, ...later] = fleet.processes
    const [previous = release] = releases.slice(index)
    // A rollout that is called off and begun again, then completed.
    for (const turn of [release, previous, release]) {
      for (const process of later) process.upgrade(turn)
      await traffic(fleet)
    }
    for (const process of fleet.processes) process.upgrade(release)
    await traffic(fleet)
  }
  await migrateTo(4)
  await traffic(fleet)
  await Promise.all(fleet.processes.map((each) => each.stop()))
  expect(fleet.failures).toEqual([])
  await using pools = openPools()
  expect(fleet.written.size).toBe(processesEach * 2 * rowsPerProcess)
  for (const [row, turn] of fleet.written) {
    expect(await readNew(after)(pools.db, row)).toEqual(personOf(turn))
  }
  // Rows that nobody wrote since were filled too.
  expect(await readNew(after)(pools.db, 10_001)).toEqual(personOf(0))
})

test.for([
  ['a rename', 'alter table alpha.people rename column name to legal_name', '42703'],
  ['a change of type', 'alter table alpha.people alter column amount type bigint', '0A000'],
  ['a column taken away', 'alter table alpha.people drop column contact', '42703'],
])('%s in one step fails the release that runs', async ([, statement = '', code = '']) => {
  const [first] = releases
  const fleet = openFleet(first)
  await traffic(fleet)
  expect(fleet.failures).toEqual([])
  migrations.add('alpha', '0002_one_step', 3_000, statement)
  await migrations.run(database.url)
  await traffic(fleet)
  expect(fleet.failures.map(databaseCodeOf)).toContain(code)
})

test('readers of a column that is not filled yet fail, so the backfill must come first', async () => {
  const [first, , third] = releases
  const fleet = openFleet(first)
  await traffic(fleet)
  await migrateTo(1)
  for (const process of fleet.processes.slice(processesEach)) process.upgrade(third)
  await traffic(fleet)
  expect(fleet.failures.some((each) => String(each).includes('is not filled'))).toBe(true)
})

test('select * fails when a column is added, and named columns do not', async () => {
  await using pools = openPools()
  const star = () =>
    pools.db.transaction((tx) => tx.execute(sql`select * from alpha.people where id = ${10_001}`))
  const named = () => pools.db.transaction((tx) => readOld(before)(tx, 10_001))
  await star()
  await named()
  await migrateTo(1)
  expect(await named()).toEqual(personOf(0))
  expect(databaseCodeOf(await failureOf(star()))).toBe('0A000')
})
