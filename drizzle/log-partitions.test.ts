/** A log from before it had partitions keeps every row, and goes on behind them. @module */
import { readFileSync } from 'node:fs'
import { openEmptyDatabase } from '@sez/platform/database.fixture'
import postgres from 'postgres'
import { expect, test } from 'vitest'
import { migrationsFolder } from './folders.ts'

/** The statements of one of the platform's migrations. */
const statementsOf = (tag: string): string[] =>
  readFileSync(`${migrationsFolder('platform')}/${tag}.sql`, 'utf8').split(
    '--> statement-breakpoint',
  )

test('the rows there are become the first partition and nothing is lost', async () => {
  await using database = await openEmptyDatabase()
  const sql = postgres(database.url, { max: 1, onnotice: () => {} })
  for (const tag of ['0000_init', '0001_log', '0002_owners']) {
    for (const statement of statementsOf(tag)) await sql.unsafe(statement)
  }
  await sql`insert into platform.zone (zone_id, name, role_prefix) values ('z', 'z', 'z')`
  await sql`
    insert into platform.log (position, event_id, stream, stream_seq, canonical, digest, hash)
    select n, 'evt_' || n, 'entity/' || n % 3, n, '{}', sha256('d'), sha256('h')
    from generate_series(1, 21) as n`
  await sql`update platform.log_head set position = 21`
  const rows = await sql`select * from platform.log order by position`
  // Eight entries a partition: the old table is as long as three of them.
  for (const statement of statementsOf('0003_log_partitions')) {
    await sql.unsafe(statement.replace('SELECT 1048576::bigint', 'SELECT 8::bigint'))
  }
  expect(await sql`select * from platform.log order by position`).toEqual(rows)
  expect(await sql`select count(*)::int from platform.log_events`).toEqual([{ count: 21 }])
  await sql`
    insert into platform.outbox (event_id, stream, stream_seq, canonical, digest)
    select 'evt_' || n, 'entity/9', n, '{}', sha256('d') from generate_series(22, 31) as n`
  expect(await sql`select platform.sequence_step() as moved`).toEqual([{ moved: 10 }])
  const partitions = await sql`
    select relname as name, pg_get_expr(relpartbound, oid) as bound
    from pg_class where relispartition and relkind = 'r' order by relname`
  expect([...partitions]).toEqual([
    { name: 'log_24', bound: "FOR VALUES FROM ('1') TO ('25')" },
    { name: 'log_32', bound: "FOR VALUES FROM ('25') TO ('33')" },
    { name: 'log_40', bound: "FOR VALUES FROM ('33') TO ('41')" },
  ])
  for (const { name } of partitions) {
    await expect(sql.unsafe(`truncate platform_log.${name}`)).rejects.toMatchObject({
      code: '42501',
    })
  }
  const indexes = await sql`
    select tablename as name, count(*)::int as indexes from pg_indexes
    where schemaname = 'platform_log' group by 1 order by 1`
  expect(indexes.map(({ indexes }) => indexes)).toEqual([3, 3, 3])
  await sql.end()
})
