/** The `sez` command: runs the command that its first words name, exits with its verdict. @module */
import { buffer } from 'node:stream/consumers'
import { sez } from './cli/commands.ts'
import { dispatch } from './cli/dispatch.ts'

process.exit(
  await dispatch(sez, process.argv.slice(2), {
    stdin: () => buffer(process.stdin),
    out: (line) => void process.stdout.write(`${line}\n`),
    err: (line) => void process.stderr.write(`${line}\n`),
    env: process.env,
    now: () => new Date(),
  }),
)
