/** Keyset pages against a real Postgres: every row once, in order, from any place. @module */
import { SezError } from '@sez/core/errors'
import { sql } from 'drizzle-orm'
import { bigint, integer, pgTable } from 'drizzle-orm/pg-core'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { instantColumn, orderedText } from './columns.ts'
import { openTestDatabase, type TestDatabase } from './database.fixture.ts'
import { type Database, openDatabase } from './db.ts'
import { connection, cursorOf, openPage, type PageArgs, type PageOrder, pageSize } from './page.ts'

const items = pgTable('page_items', {
  id: orderedText('id').primaryKey(),
  at: instantColumn('at').notNull(),
  rank: integer('rank').notNull(),
  amount: bigint('amount', { mode: 'bigint' }).notNull(),
  note: integer('note'),
})
type ItemRow = typeof items.$inferSelect

const idKey = { column: items.id, kind: 'text', of: (row: ItemRow) => row.id } as const
const atKey = { column: items.at, kind: 'instant', of: (row: ItemRow) => row.at } as const
const rankKey = { column: items.rank, kind: 'int', of: (row: ItemRow) => row.rank } as const
const amountKey = {
  column: items.amount,
  kind: 'bigint',
  of: (row: ItemRow) => row.amount,
} as const

const orders: Readonly<Record<string, PageOrder<ItemRow>>> = Object.fromEntries(
  (['asc', 'desc'] as const).flatMap((direction) =>
    [[atKey, idKey], [rankKey, amountKey, idKey], [idKey]].map((keys, index) => {
      const name = `ORDER_${index}_${direction}`
      return [name, { name, direction, keys }]
    }),
  ),
)
const [firstOrder] = Object.values(orders)

const rowsCount = 137
let database: TestDatabase
let pool: Database

beforeAll(async () => {
  database = await openTestDatabase()
  pool = openDatabase({ url: database.url, connectionsMax: 2, applicationName: 'page-test' })
  await pool.db.execute(sql`
    create table page_items (id text collate "C" primary key, at timestamptz(3) not null,
      rank int not null, amount bigint not null, note int)`)
  await pool.db.insert(items).values(
    Array.from({ length: rowsCount }, (_, index) => ({
      id: `item-${(index * 7919) % 1000}-é"'\\`,
      at: new Date(1_700_000_000_000 + (index % 11)),
      rank: (index % 5) - 2,
      amount: BigInt(index % 3) * 2n ** 60n - 2n ** 61n,
    })),
  )
})
afterAll(async () => {
  await pool[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

async function fetchPage(order: PageOrder<ItemRow>, args: PageArgs) {
  const page = openPage('Query.items', order, args)
  const rows = await pool.db
    .select()
    .from(items)
    .where(page.where)
    .orderBy(...page.orderBy)
    .limit(page.limit)
  return connection(page, rows)
}

function codeOf(act: () => unknown): unknown {
  try {
    return act()
  } catch (error) {
    return error instanceof SezError ? error.code : error
  }
}

describe.each(Object.keys(orders))('in %s', (name) => {
  it.each([1, 7, 50, 136, 137, 138])(
    'pages of %i give every row once and in order',
    async (first) => {
      const order = orders[name] as PageOrder<ItemRow>
      const all = await fetchPage(order, { first: 500 })
      const seen: string[] = []
      let after: string | null = null
      for (let isFirst = true, hasNext = true; hasNext; isFirst = false) {
        const page = await fetchPage(order, { first, after })
        expect(page.pageInfo.hasPreviousPage).toBe(!isFirst)
        seen.push(...page.nodes.map(({ id }) => id))
        after = page.pageInfo.endCursor
        hasNext = page.pageInfo.hasNextPage
      }
      expect(seen).toEqual(all.nodes.map(({ id }) => id))
      expect(new Set(seen).size).toBe(rowsCount)
    },
  )
})

describe('a connection', () => {
  it('of nothing has no cursors', () => {
    const page = openPage('Query.items', firstOrder as PageOrder<ItemRow>, {})
    expect(connection(page, [], 0)).toEqual({
      edges: [],
      nodes: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
      totalCount: 0,
    })
  })

  it('uses one index scan however far the page is', async () => {
    const order = orders['ORDER_2_asc'] as PageOrder<ItemRow>
    const { pageInfo } = await fetchPage(order, { first: 100 })
    const page = openPage('Query.items', order, { first: 10, after: pageInfo.endCursor })
    const query = pool.db
      .select({ id: items.id })
      .from(items)
      .where(page.where)
      .orderBy(...page.orderBy)
      .limit(page.limit)
    const plan = await pool.db.transaction(async (tx) => {
      await tx.execute(sql`set local enable_seqscan = off`)
      return tx.execute<{ 'QUERY PLAN': string }>(sql`explain ${query}`)
    })
    const text = plan.map((line) => line['QUERY PLAN']).join('\n')
    expect(text).toMatch(/Index (?:Only )?Scan/u)
    expect(text).not.toMatch(/Sort/u)
  })
})

describe('a page size', () => {
  it.each([
    [undefined, 50],
    [null, 50],
    [1, 1],
    [500, 500],
    [501, 'PAGE_SIZE_EXCEEDED'],
    [0, 'VALIDATION_ERROR'],
    [-1, 'VALIDATION_ERROR'],
    [1.5, 'VALIDATION_ERROR'],
  ])('of %s is %s', (first, expected) => {
    expect(codeOf(() => pageSize(first))).toBe(expected)
  })
})

describe('CURSOR_INVALID', () => {
  const order = orders['ORDER_1_asc'] as PageOrder<ItemRow>
  const row = { id: 'a', at: new Date(0), rank: 1, amount: 1n, note: null }
  const cursor = cursorOf('Query.items', order, row)
  const open = (after: string, list = 'Query.items', by = order): unknown =>
    codeOf(() => openPage(list, by, { after }).hasPreviousPage)
  const forge = (...values: string[]): string => {
    const [mark = ''] = Buffer.from(cursor, 'base64url').toString().split('\0')
    return Buffer.from([mark, ...values].join('\0')).toString('base64url')
  }

  it('for a cursor of another list, order or direction', () => {
    expect(open(cursor)).toBe(true)
    expect(open(cursor, 'Query.others')).toBe('CURSOR_INVALID')
    expect(open(cursor, 'Query.items', orders['ORDER_0_asc'])).toBe('CURSOR_INVALID')
    expect(open(cursor, 'Query.items', orders['ORDER_1_desc'])).toBe('CURSOR_INVALID')
  })

  it.each<[string, string]>([
    ['nothing', ''],
    ['no base64url', '!!!'],
    ['padding', `${cursor}=`],
    ['too much', 'A'.repeat(2_049)],
    ['a missing value', forge('1', '1')],
    ['a value too many', forge('1', '1', 'a', 'b')],
    ['an int beyond its range', forge('2147483648', '1', 'a')],
    ['a bigint beyond its range', forge('1', '9223372036854775808', 'a')],
    ['a number that is none', forge('1e3', '1', 'a')],
    ['an empty number', forge('', '1', 'a')],
  ])('for %s', (_case, after) => {
    expect(open(after)).toBe('CURSOR_INVALID')
  })

  it('for an instant beyond the range of dates', () => {
    const byTime = orders['ORDER_0_asc'] as PageOrder<ItemRow>
    const [mark = ''] = Buffer.from(cursorOf('Query.items', byTime, row), 'base64url')
      .toString()
      .split('\0')
    const after = Buffer.from([mark, '8640000000000001', 'a'].join('\0')).toString('base64url')
    expect(open(after, 'Query.items', byTime)).toBe('CURSOR_INVALID')
  })

  it('for text that is no UTF-8', () => {
    const bytes = Buffer.concat([
      Buffer.from(forge('1', '1', ''), 'base64url'),
      Buffer.from([0xff]),
    ])
    expect(open(bytes.toString('base64url'))).toBe('CURSOR_INVALID')
  })

  it('or a page, for whatever is sent', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String()), (after) => {
        expect([true, 'CURSOR_INVALID']).toContain(open(after))
      }),
    )
  })
})

it('an order over a column that may be null is refused', () => {
  const key = { column: items.note, kind: 'int', of: (row: ItemRow) => row.note ?? 0 } as const
  const order: PageOrder<ItemRow> = { name: 'NOTE', direction: 'asc', keys: [key] }
  const row = { id: 'a', at: new Date(0), rank: 1, amount: 1n, note: 1 }
  const after = cursorOf('Query.items', order, row)
  expect(() => openPage('Query.items', order, { after })).toThrow(/NOT NULL/u)
})
