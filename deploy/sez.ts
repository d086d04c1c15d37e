/** The `sez` command: finds the command named by the first argument, runs it, exits with its verdict. @module */
import { buffer } from 'node:stream/consumers'
import { SezError } from '@sez/core/errors'
import { canonicalize } from './cli/canonicalize.ts'
import type { Command } from './cli/command.ts'
import { digest } from './cli/digest.ts'
import { keygen } from './cli/keygen.ts'
import { migrate } from './cli/migrate.ts'
import { reset } from './cli/reset.ts'
import { sign } from './cli/sign.ts'
import { verify } from './cli/verify.ts'
import { zone } from './cli/zone.ts'

const commands: readonly Command[] = [
  zone,
  reset,
  migrate,
  keygen,
  canonicalize,
  digest,
  sign,
  verify,
]

const overview = (): string =>
  [
    'sez: a special economic zone from the command line',
    '',
    'Usage: npm run sez -- <command> [options]',
    '',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(14)}${summary}`),
    '',
    'npm run sez -- <command> --help shows a command with examples.',
  ].join('\n')

const helpOf = ({ name, summary, usage, examples }: Command): string =>
  [
    `sez ${name}: ${summary}`,
    '',
    `Usage: ${usage}`,
    '',
    'Examples:',
    ...examples.map((line) => `  ${line}`),
  ].join('\n')

async function run(name: string | undefined, args: string[]): Promise<number> {
  const command = commands.find((candidate) => candidate.name === name)
  if (command === undefined) {
    const asked = name === undefined || name === '--help' || name === 'help'
    ;(asked ? console.log : console.error)(
      asked ? overview() : `sez: no command "${name}"\n\n${overview()}`,
    )
    return asked ? 0 : 2
  }
  if (args.includes('--help')) {
    console.log(helpOf(command))
    return 0
  }
  return command.run(args, {
    stdin: () => buffer(process.stdin),
    out: (line) => void process.stdout.write(`${line}\n`),
    err: (line) => void process.stderr.write(`${line}\n`),
    env: process.env,
    now: () => new Date(),
  })
}

try {
  const [name, ...args] = process.argv.slice(2)
  process.exit(await run(name, args))
} catch (error) {
  // One clear sentence for what a person can mend; a stack only for what is our own fault.
  if (error instanceof SezError) {
    console.error(`sez: ${error.message}`)
    const problems = error.details['problems']
    for (const { path, reason } of Array.isArray(problems) ? problems : []) {
      if (!error.message.includes(reason)) console.error(`  ${path}: ${reason}`)
    }
    process.exit(error.code === 'ARGUMENTS_INVALID' ? 2 : 1)
  }
  console.error(error)
  process.exit(1)
}
