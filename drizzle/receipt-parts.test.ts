/** Receipts from before they had parts keep every row, and go on behind them. @module */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { invariant } from '@sez/core/invariant'
import { openEmptyDatabase } from '@sez/platform/database.fixture'
import { openLog } from '@sez/platform/log'
import postgres, { type Sql } from 'postgres'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { migrationsRoot } from './folders.ts'
import { migrate } from './migrate.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sez-receipt-parts-'))
  cpSync(migrationsRoot, folder, { recursive: true })
  const journalFile = join(folder, 'corridor', 'meta', '_journal.json')
  const journal: { entries: { tag: string }[] } = JSON.parse(readFileSync(journalFile, 'utf8'))
  const parts = journal.entries.findIndex(({ tag }) => tag === '0002_receipt_parts')
  invariant(parts > 0, 'the migration is in the journal')
  journal.entries = journal.entries.slice(0, parts)
  writeFileSync(journalFile, JSON.stringify(journal))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const run = (url: string, from?: string) =>
  migrate({
    url,
    zoneId: 'zone-a',
    zoneName: 'Zone A',
    log: openLog({ level: 'silent', pretty: false }),
    ...(from === undefined ? {} : { folder: from }),
  })

/** Rows of a chain as they are kept, from one sequence to another. */
async function fill(sql: Sql, chain: string, from: number, to: number): Promise<void> {
  await sql`
    insert into corridor.receipts (corridor_id, sequence, prev_root, next_root, digest, document,
      timestamp, appended_at, event_id, event_digest)
    select ${chain}, n, 'p', sha256(convert_to(${chain} || n, 'UTF8')), 'd', '{}', now(), now(),
      'evt_' || n, 'e' from generate_series(${from}::int, ${to}::int) n`
  await sql`
    insert into corridor.receipt_proofs (corridor_id, sequence, position, signer,
      verification_method, created, jws, received_at)
    select ${chain}, n, 0, 'did', 'did#1', now(), 'jws' || n, now()
    from generate_series(${from}::int, ${to}::int) n`
}

const rowsOf = async (sql: Sql) => ({
  receipts: await sql`select * from corridor.receipts order by corridor_id, sequence`,
  proofs: await sql`select * from corridor.receipt_proofs order by corridor_id, sequence`,
})

const partsOf = (sql: Sql) => sql<{ name: string; bound: string; indexes: number }[]>`
  select relname as name, pg_get_expr(relpartbound, c.oid) as bound,
    (select count(*)::int from pg_index where indrelid = c.oid) as indexes
  from pg_class c where relispartition and relkind = 'r'
    and relnamespace = 'corridor_receipts'::regnamespace order by relname`

test('the rows there are become the first part and nothing is lost', async () => {
  await using database = await openEmptyDatabase()
  await run(database.url, folder)
  const sql = postgres(database.url, { max: 1, onnotice: () => {} })
  await fill(sql, 'short', 0, 9)
  await fill(sql, 'long', 1_048_570, 1_048_585)
  // Its last receipt is in the last quarter of the second part.
  await fill(sql, 'long', 1_899_990, 1_899_999)
  await sql`
    insert into corridor.corridors (id, title, state, version, receipt_count, peaks, created_at, updated_at)
    values ('short', '', 'ACTIVE', 1, 10, '{}', now(), now()),
      ('long', '', 'ACTIVE', 1, 1900000, '{}', now(), now())`
  const rows = await rowsOf(sql)
  expect([rows.receipts.length, rows.proofs.length]).toEqual([36, 36])

  expect((await run(database.url)).applied).toContain('corridor/0002_receipt_parts')
  expect(await rowsOf(sql)).toEqual(rows)
  const first = 'FOR VALUES FROM (0) TO (2097152)'
  const ahead = 'FOR VALUES FROM (2097152) TO (3145728)'
  expect([...(await partsOf(sql))]).toEqual([
    { name: 'receipt_proofs_2097152', bound: first, indexes: 2 },
    { name: 'receipt_proofs_3145728', bound: ahead, indexes: 2 },
    { name: 'receipts_2097152', bound: first, indexes: 2 },
    { name: 'receipts_3145728', bound: ahead, indexes: 2 },
  ])

  // The short chain passes what would be the end of a part, inside the long first one.
  await sql`select corridor.make_receipt_parts(1048500, 1048599)`
  await fill(sql, 'short', 1_048_500, 1_048_599)
  await fill(sql, 'long', 1_900_000, 1_900_009)
  await fill(sql, 'long', 2_097_150, 2_097_155)
  expect((await rowsOf(sql)).receipts).toHaveLength(36 + 100 + 10 + 6)
  expect(await partsOf(sql)).toHaveLength(4)

  const role = postgres(database.loginOf('corridor'), { max: 1, onnotice: () => {} })
  expect(await role`select from corridor.receipts where sequence >= 2097152`).toHaveLength(4)
  for (const { name } of await partsOf(sql)) {
    for (const statement of ['truncate', 'delete from']) {
      await expect(sql.unsafe(`${statement} corridor_receipts.${name}`)).rejects.toMatchObject({
        code: '42501',
      })
    }
    await expect(role.unsafe(`select from corridor_receipts.${name}`)).rejects.toMatchObject({
      code: '42501',
    })
  }
  await expect(role`delete from corridor.receipts`).rejects.toMatchObject({ code: '42501' })
  await role.end()
  await sql.end()
})

test('a zone without receipts has one part of each table', async () => {
  await using database = await openEmptyDatabase()
  await run(database.url)
  const sql = postgres(database.url, { max: 1, onnotice: () => {} })
  const bound = 'FOR VALUES FROM (0) TO (1048576)'
  expect([...(await partsOf(sql))]).toEqual([
    { name: 'receipt_proofs_1048576', bound, indexes: 2 },
    { name: 'receipts_1048576', bound, indexes: 2 },
  ])
  await sql.end()
})
