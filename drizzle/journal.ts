/**
 * The migrations of a schema as drizzle-kit wrote them, and whether a database may take them.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { type Digest, digestOfBytes } from '@sez/core/digest'
import { SezError } from '@sez/core/errors'

export interface Migration {
  readonly schema: string
  /** The file's name without `.sql`: `0003_members`. */
  readonly tag: string
  /** When it was generated, in milliseconds: the order of the journal. */
  readonly when: number
  readonly hash: Digest
  readonly statements: readonly string[]
  /** False for a file that begins with the line `-- sez: no transaction`. */
  readonly isTransaction: boolean
}

export interface AppliedMigration {
  readonly schema: string
  readonly tag: string
  readonly when: number
  readonly hash: Digest
}

const noTransactionMark = '-- sez: no transaction\n'

/** Every migration in the journal of `folder`, in the journal's order. */
export function readMigrations(folder: string, schema: string): Migration[] {
  const journal: { entries: { idx: number; tag: string; when: number }[] } = JSON.parse(
    readFileSync(`${folder}/meta/_journal.json`, 'utf8'),
  )
  return journal.entries
    .toSorted((a, b) => a.idx - b.idx)
    .map(({ tag, when }) => {
      const text = readFileSync(`${folder}/${tag}.sql`, 'utf8')
      return {
        schema,
        tag,
        when,
        hash: digestOfBytes(new TextEncoder().encode(text)),
        statements: text.split('--> statement-breakpoint').filter((each) => each.trim() !== ''),
        isTransaction: !text.startsWith(noTransactionMark),
      }
    })
}

/**
 * The migrations still to apply, in order.
 *
 * Drizzle's own migrator compares nothing but the newest date: it silently skips a migration that
 * was merged late, and does not see that an applied file was edited. Both are refused here.
 *
 * @throws {SezError} `MIGRATION_EDITED`, else `MIGRATION_LATE`.
 */
export function pendingMigrations(
  migrations: readonly Migration[],
  applied: readonly AppliedMigration[],
): Migration[] {
  const appliedByTag = new Map(applied.map((each) => [each.tag, each]))
  for (const migration of migrations) {
    const before = appliedByTag.get(migration.tag)
    if (before !== undefined && before.hash !== migration.hash) {
      throw refusal('MIGRATION_EDITED', migration, 'was changed after it was applied')
    }
  }
  const newest = Math.max(...applied.map((each) => each.when), Number.NEGATIVE_INFINITY)
  const pending = migrations.filter((each) => !appliedByTag.has(each.tag))
  for (const migration of pending) {
    if (migration.when <= newest) {
      throw refusal('MIGRATION_LATE', migration, 'is older than a migration already applied')
    }
  }
  return pending
}

function refusal(
  code: 'MIGRATION_EDITED' | 'MIGRATION_LATE',
  { schema, tag }: Migration,
  what: string,
): SezError {
  const cure =
    code === 'MIGRATION_EDITED'
      ? 'Restore the file and put the change into a new migration.'
      : 'Generate it again, so that it becomes the newest.'
  const message = `drizzle/${schema}/${tag}.sql ${what}. ${cure}`
  return new SezError(code, { schema, migration: tag }, { message })
}
