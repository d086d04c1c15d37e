/** Finished migrations stay as they are: what `npm run migration -- --check` finds without a database. @module */
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { invariant } from '@sez/core/invariant'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findDrift } from './drift.ts'
import { migrationsFolder } from './folders.ts'
import { findChange, record } from './records.ts'

interface Entry {
  idx: number
  tag: string
  when: number
}

let folder = ''
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'sez-records-')), 'entities')
  cpSync(migrationsFolder('entities'), folder, { recursive: true })
})
afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }))

const journalFile = () => join(folder, 'meta', '_journal.json')
const readEntries = (): Entry[] => JSON.parse(readFileSync(journalFile(), 'utf8')).entries
const writeEntries = (entries: readonly Entry[]) =>
  writeFileSync(
    journalFile(),
    JSON.stringify({
      version: '7',
      dialect: 'postgresql',
      entries: entries.map((each, idx) => ({ ...each, idx, version: '7', breakpoints: true })),
    }),
  )

function lastOf(entries: readonly Entry[]): Entry {
  const last = entries.at(-1)
  invariant(last !== undefined, 'there is a migration')
  return last
}

/** Adds a file to the end of the journal, so many milliseconds after the last. */
function add(text: string, afterMs = 1_000): string {
  const entries = readEntries()
  const tag = `${String(entries.length).padStart(4, '0')}_added`
  writeFileSync(join(folder, `${tag}.sql`), text)
  writeEntries([...entries, { idx: 0, tag, when: lastOf(entries).when + afterMs }])
  return tag
}

test('the repository has every migration on record', () => {
  for (const schema of ['platform', 'corridor', 'entities']) {
    expect(findChange(schema, migrationsFolder(schema))).toBeNull()
  }
})

test('one byte more in a recorded file is found, and by the check itself', () => {
  const { tag } = lastOf(readEntries())
  const file = join(folder, `${tag}.sql`)
  writeFileSync(file, `${readFileSync(file, 'utf8')}\n`)
  expect(findDrift('entities', folder)).toContain(`${tag}.sql was changed after it was recorded`)
  expect(record('entities', folder)).toContain('was changed')
})

test('an added file is unrecorded until it is recorded, and then may not change', () => {
  const tag = add('select 1')
  expect(findDrift('entities', folder)).toContain(`not recorded: ${tag}`)
  writeFileSync(join(folder, `${tag}.sql`), 'select 2')
  expect(record('entities', folder)).toBeNull()
  expect(findChange('entities', folder)).toBeNull()
  writeFileSync(join(folder, `${tag}.sql`), 'select 3')
  expect(findChange('entities', folder)).toContain('was changed')
})

test('a file of another branch that comes before a recorded one is late', () => {
  const entries = readEntries()
  const last = lastOf(entries)
  const late = { idx: 0, tag: last.tag.replace(/_.*/u, '_late'), when: last.when - 1 }
  writeFileSync(join(folder, `${late.tag}.sql`), 'select 1')
  writeEntries([...entries.slice(0, -1), late, last])
  const said = findDrift('entities', folder)
  expect(said).toContain(`${late.tag}.sql comes before ${last.tag}, which is recorded`)
  expect(record('entities', folder)).toBe(said)
})

test('a file at the end of the journal with a time before the last one is late', () => {
  const tag = add('select 1', -1)
  expect(findDrift('entities', folder)).toContain(`${tag}.sql is older than`)
})

test('two files of one number are found', () => {
  const first = add('select 1')
  const entries = readEntries()
  const second = first.replace('_added', '_other')
  writeFileSync(join(folder, `${second}.sql`), 'select 1')
  writeEntries([...entries, { idx: 0, tag: second, when: lastOf(entries).when + 1 }])
  expect(findDrift('entities', folder)).toContain(`${second}.sql is number ${entries.length}`)
})

test('a time changed in the journal is found, which a database compares', () => {
  const entries = readEntries()
  writeEntries(entries.map((each) => ({ ...each, when: each.when - 1 })))
  expect(findDrift('entities', folder)).toContain('has another time in the journal')
})

test('a recorded migration taken out, or renamed, is found', () => {
  const entries = readEntries()
  const { tag } = lastOf(entries)
  const file = join(folder, `${tag}.sql`)
  renameSync(file, join(folder, `${tag}_renamed.sql`))
  expect(findDrift('entities', folder)).toContain(`not in the journal: ${tag}_renamed.sql`)
  rmSync(join(folder, `${tag}_renamed.sql`))
  expect(findDrift('entities', folder)).toContain(`in the journal without a file: ${tag}`)
  writeEntries(entries.slice(0, -1))
  expect(findDrift('entities', folder)).toContain(`recorded, but gone: ${tag}`)
})

test('a file without a transaction holds only what can be run again', () => {
  add(`-- sez: no transaction
-- Why this index.
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "a_b" ON entities.entities (id, version);
--> statement-breakpoint
drop index concurrently if exists entities.b;
--> statement-breakpoint
alter table entities.entities validate constraint c;
--> statement-breakpoint
DO $$ BEGIN COMMIT; END $$;`)
  expect(record('entities', folder)).toBeNull()
  for (const wrong of [
    'create index concurrently a_b on entities.entities (id)',
    'create index if not exists a_b on entities.entities (id)',
    'alter table entities.entities add column more text',
    'alter table entities.entities validate constraint c, add column more text',
    'update entities.entities set version = 1',
  ]) {
    const tag = add(`-- sez: no transaction\n${wrong}`)
    expect(findDrift('entities', folder)).toContain(`${tag}.sql runs without a transaction`)
    expect(findDrift('entities', folder)).toContain(wrong)
    writeEntries(readEntries().slice(0, -1))
    rmSync(join(folder, `${tag}.sql`))
  }
})
