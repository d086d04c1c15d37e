/**
 * Applies a schema's pending migrations: in transactions, but for files marked to run without one.
 *
 * @module
 */
import { SezError } from '@sez/core/errors'
import type { Client } from '@sez/platform/connection'
import { databaseCodeOf, mapDatabaseError } from '@sez/platform/db'
import type { Migration } from './journal.ts'
import { tableLockTimeoutMs, tablePatience, unblocked } from './lock.ts'

/**
 * What stands in a file without a transaction keeps nobody from reading or writing while it waits,
 * and waits for transactions that were open before: those of ours end within 10 s.
 */
const openTransactionsTimeoutMs = 60_000

/**
 * Applies them in their order. Files in a row are one transaction, all or none; a file marked
 * `-- sez: no transaction` is a step of its own.
 *
 * @throws {SezError} `LOCK_TIMEOUT`, `MIGRATION_FAILED`.
 */
export async function applyMigrations(
  sql: Client,
  migrations: readonly Migration[],
  patience = tablePatience,
): Promise<void> {
  for (const step of stepsOf(migrations)) {
    const [first] = step
    if (first?.isTransaction === false) await applyRepeatable(sql, first)
    else await unblocked(() => applyTogether(sql, step), patience)
  }
}

/** Neighbours that share a transaction; each file without one is alone. */
function stepsOf(migrations: readonly Migration[]): Migration[][] {
  const steps: Migration[][] = []
  for (const migration of migrations) {
    const last = steps.at(-1)
    if (migration.isTransaction && last?.at(-1)?.isTransaction === true) last.push(migration)
    else steps.push([migration])
  }
  return steps
}

async function applyTogether(sql: Client, migrations: readonly Migration[]): Promise<void> {
  await sql.unsafe(`set lock_timeout = ${tableLockTimeoutMs}`)
  await sql.unsafe('begin')
  for (const migration of migrations) {
    try {
      for (const statement of migration.statements) await sql.unsafe(statement)
      await record(sql, migration)
    } catch (cause) {
      // A lost connection has rolled back already.
      await sql.unsafe('rollback').catch(() => null)
      throw refusal(cause, migration, `${migration.schema} is unchanged`)
    }
  }
  await sql.unsafe('commit')
}

/** Statement by statement. One that was interrupted is run again from its first statement. */
async function applyRepeatable(sql: Client, migration: Migration): Promise<void> {
  try {
    await sql.unsafe(`set lock_timeout = ${openTransactionsTimeoutMs}`)
    for (const statement of migration.statements) {
      await dropHalfBuilt(sql, migration.schema, statement)
      await sql.unsafe(statement)
    }
    await record(sql, migration)
    await sql.unsafe(`set lock_timeout = ${tableLockTimeoutMs}`)
  } catch (cause) {
    throw refusal(cause, migration, 'its statements before that one stay done')
  }
}

/** The index that an interrupted CREATE INDEX CONCURRENTLY leaves is never used, and never mended. */
async function dropHalfBuilt(sql: Client, schema: string, statement: string): Promise<void> {
  const form = /\bcreate\s+(?:unique\s+)?index\s+concurrently\s+if\s+not\s+exists\s+"?(\w+)"?/iu
  const name = form.exec(statement)?.[1]
  if (name === undefined) return
  const invalid = await sql`
    select from pg_index join pg_class on pg_class.oid = indexrelid
    where relnamespace = ${schema}::regnamespace and relname = ${name} and not indisvalid`
  if (invalid.length > 0) await sql.unsafe(`drop index concurrently "${schema}"."${name}"`)
}

async function record(sql: Client, { schema, tag, when, hash }: Migration): Promise<void> {
  await sql`
    insert into sez_migrations.applied (schema, tag, generated_at_ms, hash)
    values (${schema}, ${tag}, ${when}, ${hash})`
}

/** Driver errors become codes; those that have none, a failure of this file. */
function refusal(cause: unknown, { schema, tag }: Migration, left: string): unknown {
  const mapped = mapDatabaseError(cause)
  const details = { schema, migration: tag }
  const file = `drizzle/${schema}/${tag}.sql`
  if (databaseCodeOf(mapped) === '55P03') {
    const message = `${file} waits for a lock that other transactions hold; ${left}. Try again.`
    return new SezError('LOCK_TIMEOUT', details, { message, cause: mapped })
  }
  if (mapped instanceof SezError) return mapped
  const said = cause instanceof Error ? cause.message : 'unknown reason'
  const message = `${file} failed, ${left}: ${said}`
  return new SezError('MIGRATION_FAILED', details, { message, cause: mapped })
}
