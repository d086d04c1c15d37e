/**
 * Writes a schema's next migration from its tables: `node drizzle/generate.ts <schema> <name>`,
 * `--custom` for an empty one to fill by hand, `--check` to fail when something is ungenerated.
 * @module
 */
import { parseArgs } from 'node:util'
import { findDrift, runKit } from './drift.ts'
import { migrationsFolder, schemasWithTables } from './folders.ts'

function main(): number {
  const { values, positionals } = parseArgs({
    options: { check: { type: 'boolean' }, custom: { type: 'boolean' } },
    allowPositionals: true,
  })
  if (values.check === true) {
    const drifts = schemasWithTables()
      .map((schema) => findDrift(schema))
      .filter((each) => each !== null)
    process.stdout.write(drifts.map((each) => `${each}\n`).join(''))
    return drifts.length === 0 ? 0 : 1
  }
  const [schema, name] = positionals
  if (schema === undefined || name === undefined || !schemasWithTables().includes(schema)) {
    const known = schemasWithTables().join(' | ')
    process.stderr.write(`usage: npm run migration -- <${known}> <name> [--custom] | --check\n`)
    return 1
  }
  const command = ['generate', `--name=${name}`, ...(values.custom === true ? ['--custom'] : [])]
  const { ok, output } = runKit(schema, migrationsFolder(schema), command)
  process.stdout.write(output)
  return ok ? 0 : 1
}

process.exitCode = main()
