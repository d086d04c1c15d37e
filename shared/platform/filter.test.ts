/** One filter grammar: what it selects, what it ignores, what it refuses. @module */
import { SezError } from '@sez/core/errors'
import { sql } from 'drizzle-orm'
import { bigint, pgTable, text } from 'drizzle-orm/pg-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { instantColumn, orderedText } from './columns.ts'
import { openTestDatabase, type TestDatabase } from './database.fixture.ts'
import { type Database, openDatabase } from './db.ts'
import {
  type ChoiceFilter,
  choiceCondition,
  type FilterFields,
  filterSql,
  type RangeFilter,
  rangeCondition,
  type TextFilter,
  textCondition,
} from './filter.ts'

const things = pgTable('filter_things', {
  name: orderedText('name').primaryKey(),
  state: text('state').notNull(),
  at: instantColumn('at').notNull(),
  amount: bigint('amount', { mode: 'bigint' }).notNull(),
})

interface ThingFilter {
  readonly name?: TextFilter | null
  readonly state?: ChoiceFilter<'OPEN' | 'CLOSED'> | null
  readonly at?: RangeFilter<Date> | null
  readonly amount?: RangeFilter<bigint> | null
  readonly and?: readonly ThingFilter[] | null
  readonly or?: readonly ThingFilter[] | null
}

const fields: FilterFields<ThingFilter> = {
  name: textCondition(things.name),
  state: choiceCondition(things.state),
  at: rangeCondition(things.at),
  amount: rangeCondition(things.amount),
}

let database: TestDatabase
let pool: Database

const day = (number: number): Date => new Date(Date.UTC(2026, 0, number))

beforeAll(async () => {
  database = await openTestDatabase()
  pool = openDatabase({ url: database.url, connectionsMax: 2, applicationName: 'filter-test' })
  await pool.db.execute(sql`
    create table filter_things (name text collate "C" primary key, state text not null,
      at timestamptz(3) not null, amount bigint not null)`)
  await pool.db.insert(things).values([
    { name: 'a', state: 'OPEN', at: day(1), amount: 10n },
    { name: 'ab', state: 'CLOSED', at: day(2), amount: 20n },
    { name: 'a%', state: 'OPEN', at: day(3), amount: 30n },
    { name: 'a_b', state: 'OPEN', at: day(4), amount: 2n ** 62n },
    { name: 'a\\', state: 'CLOSED', at: day(5), amount: -1n },
  ])
})
afterAll(async () => {
  await pool[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

async function names(filter: ThingFilter | null): Promise<string[]> {
  const rows = await pool.db.select().from(things).where(filterSql(filter, fields))
  return rows.map(({ name }) => name).toSorted()
}

const all = ['a', 'a%', 'a\\', 'a_b', 'ab']

describe('a filter selects', () => {
  it.each<[string, ThingFilter | null, string[]]>([
    ['all when it is null', null, all],
    ['all when it is empty', {}, all],
    ['all when its members are null', { name: null, state: { eq: null, in: null } }, all],
    ['by equality', { name: { eq: 'a' } }, ['a']],
    ['by list', { name: { in: ['a', 'ab', 'zzz'] } }, ['a', 'ab']],
    ['nothing by an empty list', { name: { in: [] } }, []],
    ['by prefix', { name: { prefix: 'a' } }, all],
    ['by a prefix with %', { name: { prefix: 'a%' } }, ['a%']],
    ['by a prefix with _', { name: { prefix: 'a_' } }, ['a_b']],
    ['by a prefix with a backslash', { name: { prefix: 'a\\' } }, ['a\\']],
    ['by a choice', { state: { eq: 'CLOSED' } }, ['a\\', 'ab']],
    ['from, inclusive', { at: { from: day(4) } }, ['a\\', 'a_b']],
    ['until, exclusive', { at: { until: day(2) } }, ['a']],
    ['big numbers exactly', { amount: { from: 2n ** 62n } }, ['a_b']],
    ['by every field at once', { state: { eq: 'OPEN' }, amount: { until: 30n } }, ['a']],
    ['by and', { and: [{ state: { eq: 'OPEN' } }, { at: { from: day(3) } }] }, ['a%', 'a_b']],
    ['by or', { or: [{ name: { eq: 'a' } }, { amount: { until: 0n } }] }, ['a', 'a\\']],
    [
      'by or inside and',
      { state: { eq: 'CLOSED' }, or: [{ name: { eq: 'a' } }, { name: { eq: 'ab' } }] },
      ['ab'],
    ],
    ['all where an alternative says nothing', { or: [{ name: { eq: 'a' } }, {}] }, all],
  ])('%s', async (_case, filter, expected) => {
    expect(await names(filter)).toEqual(expected)
  })

  it('the text it was given, never SQL', async () => {
    const text = "a' or true --"
    expect(await names({ or: [{ name: { eq: text } }, { name: { prefix: text } }] })).toEqual([])
  })
})

describe('VALIDATION_ERROR', () => {
  const nested = (depth: number): ThingFilter => (depth === 1 ? {} : { and: [nested(depth - 1)] })
  const wide = (count: number): ThingFilter => ({
    and: Array.from({ length: count }, () => ({ name: { eq: 'a' } })),
  })
  const long = (count: number): ThingFilter => ({ name: { in: Array(count).fill('a') } })

  it.each<[string, ThingFilter, ThingFilter, string]>([
    ['nesting', nested(5), nested(6), 'where.and[0].and[0].and[0].and[0].and[0]'],
    ['fields', wide(50), wide(51), 'where.and[50]'],
    ['values', long(100), long(101), 'where.name.in'],
    ['no alternatives', { or: [{}] }, { or: [] }, 'where.or'],
  ])('bounds %s', (_case, allowed, refused, path) => {
    expect(() => filterSql(allowed, fields, 'where')).not.toThrow()
    const problems = [expect.objectContaining({ path })]
    expect(refusal(refused)).toMatchObject({
      code: 'VALIDATION_ERROR',
      details: { field: path, problems },
    })
  })

  function refusal(filter: ThingFilter): unknown {
    try {
      return filterSql(filter, fields, 'where')
    } catch (error) {
      return error instanceof SezError ? error : null
    }
  }
})
