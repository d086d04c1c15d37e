/** What `--help` says, made from the declarations of the commands. @module */
import type { Command, CommandEntry, Option } from './command.ts'

/** Options that every command has. */
export const everywhere: Readonly<Record<string, Option>> = {
  json: { about: 'answer in JSON, for programs; refusals are JSON on stderr' },
  help: { about: 'show this help' },
}

/** A command by its place: `verify receipt`. */
export interface Place {
  readonly path: readonly string[]
  readonly summary: string
}

/** The options of a command together with those that all have. */
export function optionsOf(command: Command): readonly (readonly [string, Option])[] {
  return Object.entries({ ...command.options, ...everywhere })
}

/** The help of one command. */
export function commandHelp({ path, summary }: Place, command: Command): string {
  const { words, examples, notes, alwaysJson } = command
  const options = optionsOf(command).map(([name, option]) => [
    optionName(name, option),
    told(option),
  ])
  const listed = words === undefined ? [] : [[wordName(words), words.about]]
  return [
    `sez ${path.join(' ')}: ${summary}`,
    '',
    `Usage: ${usageOf(path, command)}`,
    '',
    ...columns([...listed, ...options]),
    ...(notes === undefined ? [] : ['', notes]),
    ...(alwaysJson === true ? ['', 'The answer is JSON, with or without --json.'] : []),
    '',
    'Examples:',
    ...examples.map((line) => `  ${line}`),
    '',
    'Exit code 0: done or valid; 1: refused or not valid; 2: not understood.',
  ].join('\n')
}

/** The help of several commands under one word; of all of them without a path. */
export function groupHelp({ path, summary }: Place, commands: readonly CommandEntry[]): string {
  const name = ['sez', ...path].join(' ')
  return [
    `${name}: ${summary}`,
    '',
    `Usage: ${path.length === 0 ? 'npm run sez -- ' : `${name} `}<command> [options]`,
    '',
    ...columns(commands.map((each) => [each.name, each.summary])),
    '',
    `${name} <command> --help shows a command with its options and examples.`,
    ...(path.length === 0 ? ['sez --version tells the version.'] : []),
  ].join('\n')
}

/** One line: the command with every option and word it takes. */
export function usageOf(path: readonly string[], command: Command): string {
  const options = Object.entries(command.options ?? {}).map(([name, option]) => {
    const text = optionName(name, option)
    const shown = option.required === true ? text : `[${text}]`
    return option.many === true ? `${shown}…` : shown
  })
  const words = command.words === undefined ? [] : [wordName(command.words)]
  return ['sez', ...path, ...options, '[--json]', ...words].join(' ')
}

function optionName(name: string, { value, choices }: Option): string {
  if (value === undefined) return `--${name}`
  return `--${name} ${choices?.join('|') ?? value}`
}

function told({ about, many }: Option): string {
  return many === true ? `${about} (may be repeated)` : about
}

function wordName({ name, min, max, choices }: NonNullable<Command['words']>): string {
  const text = choices?.join('|') ?? name
  const shown = min === 0 ? `[${text}]` : text
  return max > 1 ? `${shown}…` : shown
}

function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const width = Math.max(...rows.map(([name = '']) => name.length)) + 2
  return rows.map(([name = '', about = '']) => `  ${name.padEnd(width)}${about}`)
}
