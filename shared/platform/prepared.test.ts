/** Drizzle's statements are prepared, within bounds. @module */
import { eq, sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { openTestDatabase } from './database.fixture.ts'
import { type Db, openDatabase, type Tx } from './db.ts'
import { builtOnce, preparing } from './prepared.ts'
import { streams } from './tables.ts'

async function preparedTexts(db: Pick<Db, 'execute'>): Promise<string[]> {
  const rows = await db.execute<{ statement: string }>(
    sql`select statement from pg_prepared_statements where statement like ${'%"streams"%'}`,
  )
  return rows.map((row) => row.statement)
}

test.each([
  ['a builder query in a transaction is a prepared statement', undefined, 1],
  ['behind a pooler nothing is prepared', false, 0],
])('%s', async (_, prepare, count) => {
  await using copy = await openTestDatabase()
  await using database = openDatabase({
    url: copy.url,
    connectionsMax: 1,
    applicationName: 'test',
    ...(prepare === undefined ? {} : { prepare }),
  })
  await database.db.transaction(async (tx) => {
    await tx.transaction((inner) => inner.select().from(streams).where(sql`stream = ${'a'}`))
    expect(await preparedTexts(tx)).toHaveLength(count)
  })
})

test('texts beyond the bound run unprepared, known ones stay prepared', () => {
  const asked: unknown[] = []
  const client = {
    unsafe: (_text: string, _parameters: unknown[], options: { prepare?: boolean }) =>
      asked.push(options.prepare),
  }
  const wrapped: { unsafe: (text: string, parameters: unknown[]) => unknown } = Object(
    preparing(client),
  )
  for (let index = 0; index < 501; index += 1) wrapped.unsafe(`select ${index}, $1`, [1])
  wrapped.unsafe('select 0, $1', [1])
  wrapped.unsafe('select 1', [])
  expect(asked.filter((each) => each === true)).toHaveLength(501)
  expect(asked.slice(-3)).toEqual([false, true, false])
})

test('a query built once is built for each client, so that a transaction sees its own rows', async () => {
  await using copy = await openTestDatabase()
  await using database = openDatabase({ url: copy.url, connectionsMax: 2, applicationName: 'test' })
  let timesBuilt = 0
  const streamByName = builtOnce((db: Db | Tx) => {
    timesBuilt += 1
    return db
      .select()
      .from(streams)
      .where(eq(streams.stream, sql.placeholder('stream')))
      .prepare('stream_by_name')
  })
  const find = (db: Db | Tx) => streamByName(db).execute({ stream: 'entity/a' })
  await database.db.transaction(async (tx) => {
    await tx.execute(sql`select platform.lock_stream(${'entity/a'})`)
    expect(await find(tx)).toHaveLength(1)
    expect(await find(database.db)).toHaveLength(0)
  })
  expect(await find(database.db)).toHaveLength(1)
  expect(timesBuilt).toBe(2)
})
