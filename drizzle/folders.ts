/** Where each Postgres schema keeps its tables and its migrations. @module */
import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))

/** The folders of migrations live here, one per Postgres schema. */
export const migrationsRoot = `${root}drizzle/`

export function migrationsFolder(schema: string): string {
  return `${migrationsRoot}${schema}`
}

export function tablesFile(schema: string): string {
  return schema === 'platform'
    ? `${root}shared/platform/tables.ts`
    : `${root}subgraphs/${schema}/tables.ts`
}

/** Every subgraph that has a folder: each has a role, with or without tables. */
export function subgraphNames(): string[] {
  return foldersIn(`${root}subgraphs/`)
}

/** The schemas that have tables to generate migrations from, `platform` first. */
export function schemasWithTables(): string[] {
  return ['platform', ...subgraphNames()].filter((schema) => existsSync(tablesFile(schema)))
}

/** The schemas that have migrations under `folder`, `platform` first. */
export function schemasWithMigrations(folder: string = migrationsRoot): string[] {
  const schemas = foldersIn(folder).filter((schema) =>
    existsSync(`${folder}/${schema}/meta/_journal.json`),
  )
  return schemas.sort((a, b) => Number(b === 'platform') - Number(a === 'platform'))
}

function foldersIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'node_modules')
    .map((entry) => entry.name)
    .sort()
}
