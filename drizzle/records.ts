/**
 * The record of a schema's finished migrations, `meta/_hashes.json`: it tells without any database
 * that one of them changed, or that one came late (spec/32-migrations.md §1).
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { Digest } from '@sez/core/digest'
import { invariant } from '@sez/core/invariant'
import { type Migration, readMigrations } from './journal.ts'

/** A migration as it was when its file was finished. */
interface MigrationRecord {
  readonly tag: string
  readonly when: number
  readonly hash: Digest
}

/** What may run without a transaction: it can be run again, and blocks no reader and no writer. */
const repeatableForms = [
  /^create\s+(?:unique\s+)?index\s+concurrently\s+if\s+not\s+exists\s/iu,
  /^drop\s+index\s+concurrently\s+if\s+exists\s/iu,
  /^alter\s+table\s+\S+\s+validate\s+constraint\s+"?\w+"?\s*;?\s*$/iu,
  /^do\s/iu,
]

/** What is wrong with the files, the journal and the record of `schema`; null when they agree. */
export function findChange(schema: string, folder: string): string | null {
  const change = findBrokenRecord(schema, folder)
  if (change !== null) return change
  const unrecorded = readMigrations(folder, schema).slice(readRecords(folder).length)
  if (unrecorded.length === 0) return null
  const names = unrecorded.map(({ tag }) => tag).join(', ')
  return `${schema}: not recorded: ${names}. When finished: npm run migration -- --record`
}

/** Records the migrations that have no record yet; what is wrong, or null when it is done. */
export function record(schema: string, folder: string): string | null {
  const change = findBrokenRecord(schema, folder)
  if (change !== null) return change
  const records = readMigrations(folder, schema).map(({ tag, when, hash }) => ({ tag, when, hash }))
  writeFileSync(recordsFile(folder), `${JSON.stringify(records, null, 2)}\n`)
  return null
}

function findBrokenRecord(schema: string, folder: string): string | null {
  const tags = journalTags(folder)
  const files = readdirSync(folder).filter((name) => name.endsWith('.sql'))
  const unlisted = files.filter((name) => !tags.includes(name.slice(0, -'.sql'.length)))
  if (unlisted.length > 0) return `${schema}: not in the journal: ${unlisted.join(', ')}`
  const absent = tags.filter((tag) => !files.includes(`${tag}.sql`))
  if (absent.length > 0) return `${schema}: in the journal without a file: ${absent.join(', ')}`
  const migrations = readMigrations(folder, schema)
  return (
    findLate(schema, migrations, readRecords(folder)) ??
    findDisorder(schema, migrations) ??
    findUnrepeatable(schema, migrations)
  )
}

/** The record is the beginning of the journal: the same migrations, unchanged, in the same order. */
function findLate(
  schema: string,
  migrations: readonly Migration[],
  records: readonly MigrationRecord[],
): string | null {
  const gone = records.filter(({ tag }) => !migrations.some((each) => each.tag === tag))
  if (gone.length > 0) {
    return `${schema}: recorded, but gone: ${gone.map(({ tag }) => tag).join(', ')}`
  }
  for (const [index, recorded] of records.entries()) {
    const migration = migrations[index]
    invariant(migration !== undefined, 'there are as many migrations as records')
    const file = `drizzle/${schema}/${migration.tag}.sql`
    if (migration.tag !== recorded.tag) {
      return `${file} comes before ${recorded.tag}, which is recorded. Generate it again, so that it becomes the newest.`
    }
    if (migration.hash !== recorded.hash) {
      return `${file} was changed after it was recorded. Restore the file and put the change into a new migration.`
    }
    if (migration.when !== recorded.when) {
      return `${file} has another time in the journal than in the record. Restore the journal.`
    }
  }
  return null
}

/** The runner refuses a migration that is older than one before it; so does this, sooner. */
function findDisorder(schema: string, migrations: readonly Migration[]): string | null {
  for (const [index, { tag, when }] of migrations.entries()) {
    const before = migrations[index - 1]
    if (before !== undefined && before.when >= when) {
      return `drizzle/${schema}/${tag}.sql is older than ${before.tag} before it. Generate it again, so that it becomes the newest.`
    }
    if (!tag.startsWith(`${String(index).padStart(4, '0')}_`)) {
      return `drizzle/${schema}/${tag}.sql is number ${index} of the journal`
    }
  }
  return null
}

function findUnrepeatable(schema: string, migrations: readonly Migration[]): string | null {
  for (const { tag, statements, isTransaction } of migrations) {
    const wrong = isTransaction
      ? undefined
      : statements
          .map((each) => each.replace(/^\s*--.*$/gmu, '').trim())
          .find((each) => each !== '' && !repeatableForms.some((form) => form.test(each)))
    if (wrong !== undefined) {
      return `drizzle/${schema}/${tag}.sql runs without a transaction, where this may not stand:\n${wrong}`
    }
  }
  return null
}

function readRecords(folder: string): MigrationRecord[] {
  const file = recordsFile(folder)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : []
}

/** The underscore keeps it apart from drizzle-kit's snapshots. */
function recordsFile(folder: string): string {
  return `${folder}/meta/_hashes.json`
}

function journalTags(folder: string): string[] {
  const journal: { readonly entries: readonly { readonly tag: string }[] } = JSON.parse(
    readFileSync(`${folder}/meta/_journal.json`, 'utf8'),
  )
  return journal.entries.map(({ tag }) => tag)
}
