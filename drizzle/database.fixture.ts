/** Migrations of a test's own: the platform's, and two small subgraphs, alpha and beta. @module */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLog } from '@sez/platform/log'
import { migrationsRoot } from './folders.ts'
import { type MigrateResult, migrate } from './migrate.ts'

interface JournalEntry {
  readonly idx: number
  readonly tag: string
  readonly when: number
}

export interface TestMigrations extends Disposable {
  readonly folder: string
  readonly subgraphs: readonly string[]
  /** Writes a migration file and its journal entry. */
  add(schema: string, tag: string, when: number, text: string): void
  edit(schema: string, tag: string, text: string): void
  run(url: string, zoneId?: string): Promise<MigrateResult>
}

const log = openLog({ level: 'silent', pretty: false })

export function openMigrations(subgraphs: readonly string[] = ['alpha', 'beta']): TestMigrations {
  const folder = mkdtempSync(join(tmpdir(), 'sez-migrations-'))
  cpSync(join(migrationsRoot, 'platform'), join(folder, 'platform'), { recursive: true })
  const migrations: TestMigrations = {
    folder,
    subgraphs,
    add(schema, tag, when, text) {
      const meta = join(folder, schema, 'meta')
      mkdirSync(meta, { recursive: true })
      const entries = readEntries(meta)
      entries.push({ idx: entries.length, tag, when })
      writeFileSync(join(meta, '_journal.json'), JSON.stringify({ entries }))
      writeFileSync(join(folder, schema, `${tag}.sql`), text)
    },
    edit: (schema, tag, text) => writeFileSync(join(folder, schema, `${tag}.sql`), text),
    run: (url, zoneId = 'zone-a') =>
      migrate({ url, zoneId, zoneName: 'Zone A', log, folder, subgraphs }),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
  for (const schema of subgraphs) {
    migrations.add(
      schema,
      '0000_init',
      1_000,
      `create schema ${schema};
       --> statement-breakpoint
       create table ${schema}.things (id int primary key generated always as identity, note text);
       --> statement-breakpoint
       create table ${schema}.facts (id int primary key);
       --> statement-breakpoint
       select platform.append_only('${schema}.facts')`,
    )
  }
  return migrations
}

function readEntries(meta: string): JournalEntry[] {
  try {
    return JSON.parse(readFileSync(join(meta, '_journal.json'), 'utf8')).entries
  } catch {
    return []
  }
}
