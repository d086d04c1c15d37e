/** The one drizzle-kit configuration; SEZ_SCHEMA names the Postgres schema it works on. @module */
import { relative } from 'node:path'
import { defineConfig } from 'drizzle-kit'
import { migrationsFolder, tablesFile } from './folders.ts'

const schema = process.env['SEZ_SCHEMA'] ?? 'platform'
/** The drift check generates into a copy. */
const out = process.env['SEZ_MIGRATIONS_OUT'] ?? migrationsFolder(schema)

export default defineConfig({
  dialect: 'postgresql',
  casing: 'snake_case',
  schema: tablesFile(schema),
  // Given an absolute folder, drizzle-kit reads its snapshots from below the working folder.
  out: relative(process.cwd(), out),
  schemaFilter: [schema],
})
