/**
 * Runs drizzle-kit, and finds what the tables of a schema say that its migrations do not.
 *
 * @module
 */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { migrationsFolder } from './folders.ts'
import { findChange } from './records.ts'

const require = createRequire(import.meta.url)
const kit = join(dirname(require.resolve('drizzle-kit')), 'bin.cjs')
const config = fileURLToPath(new URL('config.ts', import.meta.url))

interface KitRun {
  readonly ok: boolean
  readonly output: string
}

/** Runs drizzle-kit on one schema. It works offline; without a terminal it fails on a question. */
export function runKit(schema: string, out: string, command: readonly string[]): KitRun {
  const run = spawnSync(process.execPath, [kit, ...command, `--config=${config}`], {
    cwd: fileURLToPath(new URL('../', import.meta.url)),
    env: { ...process.env, SEZ_SCHEMA: schema, SEZ_MIGRATIONS_OUT: out },
    stdio: [process.stdin.isTTY ? 'inherit' : 'ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  })
  const output = `${run.stdout}${run.stderr}`
  // Its exit code is 0 after some failures, which it prints instead.
  return { ok: run.status === 0 && !/\bError\b/u.test(output), output }
}

/** What is wrong with the migrations of `schema`; null when they say what its tables say. */
export function findDrift(schema: string, folder = migrationsFolder(schema)): string | null {
  if (!existsSync(folder)) return `${schema} has tables but no migration`
  const change = findChange(schema, folder)
  if (change !== null) return change
  const draft = mkdtempSync(join(tmpdir(), 'sez-migrations-'))
  try {
    cpSync(folder, draft, { recursive: true })
    const check = runKit(schema, draft, ['check'])
    if (!check.ok) return `${schema}: ${check.output}`
    const generated = runKit(schema, draft, ['generate', '--name=drift'])
    if (!generated.ok) return `${schema}: ${generated.output}`
    const file = readdirSync(draft).find((name) => name.endsWith('_drift.sql'))
    if (file === undefined) return null
    return `${schema} has changes without a migration:\n${readFileSync(join(draft, file), 'utf8')}`
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}
