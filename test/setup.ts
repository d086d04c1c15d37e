/** Before all tests: one Postgres for the whole run, with a migrated database to copy. @module */
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate } from '@sez/drizzle/migrate'
import { developmentZone } from '@sez/platform/config'
import { openLog } from '@sez/platform/log'
import { startEmbeddedPostgres } from '@sez/platform/postgres'
import postgres from 'postgres'
import type { TestProject } from 'vitest/node'

/**
 * Tests lose nothing in a power cut: a commit there is ten times faster without the disk. Postgres's
 * own default of connections is enough for the whole run.
 */
const flags = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '100',
}

const log = openLog({ level: 'warn', pretty: true })

/**
 * Provides `postgres`: {@link ProvidedPostgres} in shared/platform/database.fixture.ts. The server
 * is SEZ_TEST_DATABASE_URL (a superuser's address) or an embedded one in a temporary folder.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const external = process.env['SEZ_TEST_DATABASE_URL']
  const server =
    external === undefined ? await startServer() : { url: external, stop: async () => {} }
  const template = `sez_test_${randomBytes(4).toString('hex')}`
  const roles = await makeTemplate(server.url, template)
  project.provide('postgres', { url: server.url, template })
  return async () => {
    if (external !== undefined) await dropTemplate(server.url, template, roles)
    await server.stop()
  }
}

async function startServer(): Promise<{ url: string; stop: () => Promise<void> }> {
  const dataDir = mkdtempSync(join(tmpdir(), 'sez-test-'))
  chmodSync(dataDir, 0o755)
  const server = await startEmbeddedPostgres({ dataDir, flags, log })
  return {
    url: server.url,
    async stop() {
      await server[Symbol.asyncDispose]()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

/** Migrates a database once, and names the roles that made: they outlive its drop. */
async function makeTemplate(url: string, template: string): Promise<string[]> {
  await administer(url, `create database ${template} template template0 encoding 'UTF8'`)
  const { rolePrefix } = await migrate({
    url: databaseUrl(url, template),
    // A zone started on a copy with the default configuration is the zone it was made for.
    zoneId: developmentZone.id,
    zoneName: developmentZone.name,
    log,
  })
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  const rows = await sql<{ name: string }[]>`
    select rolname as name from pg_roles where starts_with(rolname, ${`${rolePrefix}_`})`
  await sql.end()
  return rows.map((row) => row.name)
}

/** A server that stays behind is left as it was found. */
async function dropTemplate(
  url: string,
  template: string,
  roles: readonly string[],
): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  const copies = await sql<{ name: string }[]>`
    select datname as name from pg_database where starts_with(datname, ${template})`
  await sql.end()
  for (const { name } of copies)
    await administer(url, `drop database if exists ${name} with (force)`)
  for (const role of roles) await administer(url, `drop role if exists ${role}`)
}

async function administer(url: string, statement: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    await sql.unsafe(statement)
  } finally {
    await sql.end()
  }
}

function databaseUrl(url: string, database: string): string {
  const address = new URL(url)
  address.pathname = `/${database}`
  return address.href
}
