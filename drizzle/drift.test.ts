/** The migrations say what the tables say, and a difference is found. @module */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findDrift } from './drift.ts'
import { migrationsFolder, schemasWithMigrations, schemasWithTables } from './folders.ts'

let folder = ''
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'sez-drift-')), 'platform')
  cpSync(migrationsFolder('platform'), folder, { recursive: true })
})
afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }))

test('platform has nothing ungenerated', () => {
  expect(findDrift('platform', folder)).toBeNull()
})

test('a column the migrations do not know is a drift', () => {
  const snapshots = readdirSync(join(folder, 'meta')).filter((name) =>
    name.endsWith('snapshot.json'),
  )
  const last = join(folder, 'meta', snapshots.sort().at(-1) ?? '')
  const snapshot = JSON.parse(readFileSync(last, 'utf8'))
  delete snapshot.tables['platform.parked'].columns.tries
  writeFileSync(last, JSON.stringify(snapshot))
  expect(findDrift('platform', folder)).toContain('ADD COLUMN "tries"')
})

test('a file that the journal does not list is a drift', () => {
  writeFileSync(join(folder, '0099_stray.sql'), 'select 1')
  expect(findDrift('platform', folder)).toContain('0099_stray.sql')
})

test('a schema without any migration is a drift', () => {
  expect(findDrift('platform', join(folder, 'absent'))).toContain('no migration')
})

test('platform comes before the subgraphs', () => {
  expect(schemasWithTables()[0]).toBe('platform')
  expect(schemasWithMigrations()[0]).toBe('platform')
})
