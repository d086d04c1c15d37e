/**
 * Writes a schema's next migration from its tables: `node drizzle/generate.ts <schema> <name>`,
 * `--custom` for an empty one to fill by hand, `--record` once its file is finished, `--check` to
 * fail when something is ungenerated, unrecorded or changed.
 * @module
 */
import { parseArgs } from 'node:util'
import { findDrift, runKit } from './drift.ts'
import { migrationsFolder, schemasWithTables } from './folders.ts'
import { record } from './records.ts'

function main(): number {
  const { values, positionals } = parseArgs({
    options: {
      check: { type: 'boolean' },
      custom: { type: 'boolean' },
      record: { type: 'boolean' },
    },
    allowPositionals: true,
  })
  if (values.record === true) {
    return complain(schemasWithTables().map((each) => record(each, migrationsFolder(each))))
  }
  if (values.check === true) return complain(schemasWithTables().map((each) => findDrift(each)))
  const [schema, name] = positionals
  if (schema === undefined || name === undefined || !schemasWithTables().includes(schema)) {
    const known = schemasWithTables().join(' | ')
    process.stderr.write(
      `usage: npm run migration -- <${known}> <name> [--custom] | --record | --check\n`,
    )
    return 1
  }
  const command = ['generate', `--name=${name}`, ...(values.custom === true ? ['--custom'] : [])]
  const { ok, output } = runKit(schema, migrationsFolder(schema), command)
  process.stdout.write(output)
  return ok ? 0 : 1
}

/** The exit code. */
function complain(complaints: readonly (string | null)[]): number {
  const all = complaints.filter((each) => each !== null)
  process.stdout.write(all.map((each) => `${each}\n`).join(''))
  return all.length === 0 ? 0 : 1
}

process.exitCode = main()
