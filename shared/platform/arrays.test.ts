/** Arrays go to Postgres and come back as they were. @module */
import { sql } from 'drizzle-orm'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseArray, printArray } from './arrays.ts'
import { openTestDatabase, type TestDatabase } from './database.fixture.ts'
import { type Database, openDatabase } from './db.ts'

let copy: TestDatabase
let database: Database

beforeAll(async () => {
  copy = await openTestDatabase()
  database = openDatabase({ url: copy.url, connectionsMax: 1, applicationName: 'arrays' })
})
afterAll(async () => {
  await database[Symbol.asyncDispose]()
  await copy[Symbol.asyncDispose]()
})

const roundTrip = async (type: string, values: readonly unknown[]): Promise<unknown> => {
  // The driver takes the type of a list from its first element, which `array` is for.
  const parameter = database.raw.array(values as string[])
  const [row] = await database.raw.unsafe(`select $1::${type}[] as values`, [parameter])
  return row?.['values']
}

test.each([
  ['text', ['', 'NULL', 'null', null, 'a,b', '{}', '"', '\\', '\\"', "it's", ' x ', 'ü\n𝄞']],
  ['text', []],
  [
    'text',
    [
      ['a', 'b'],
      ['c', null],
    ],
  ],
  ['varchar', ['a']],
  ['name', ['a']],
  ['uuid', ['01890a5d-ac96-774b-bcce-b302099a8057']],
  ['int2', [-1, 2]],
  ['int4', [-1, 2, null]],
  ['int8', [2n ** 60n, -1n]],
  ['numeric', ['1.50']],
  ['bool', [true, false]],
  ['bytea', [Buffer.from([0, 92, 34, 255])]],
  ['date', ['2026-01-02']],
  ['timestamptz', [new Date('2026-01-02T03:04:05.678Z')]],
  ['jsonb', [{ a: ['"', '\\', null] }, null]],
])('%s[] of case %#', async (type, values) => {
  expect(await roundTrip(type, values)).toEqual(values)
})

test('any text survives the way to the server and back', async () => {
  const text = fc.string({ unit: 'binary' }).map((value) => value.replaceAll('\0', ''))
  await fc.assert(
    fc.asyncProperty(fc.array(fc.option(text), { maxLength: 20 }), async (values) => {
      expect(parseArray(printArray(values), (each) => each)).toEqual(values)
      const valid = values.map((value) => value?.toWellFormed() ?? null)
      expect(await roundTrip('text', valid)).toEqual(valid)
    }),
    { numRuns: 60 },
  )
})

test('a list of text is an array of text without being told', async () => {
  const [row] = await database.raw`select 'b' = any(${['a', 'b']}::text[]) as found`
  expect(row).toEqual({ found: true })
  const values = sql.param(['a', '"b"'])
  expect(await database.db.execute(sql`select ${values}::text[] as list`)).toEqual([
    { list: ['a', '"b"'] },
  ])
})

test('lower bounds are passed over', () => {
  expect(parseArray('[2:3]={1,2}', Number)).toEqual([1, 2])
})
