/** Finds the command that a command line names, and runs it (spec/31-command-line.md). @module */
import { readFileSync } from 'node:fs'
import { answer, argumentsInvalid, exitCodes, readArguments, refuse } from './arguments.ts'
import {
  type Command,
  type CommandEntry,
  type CommandGroup,
  type CommandIo,
  isGroup,
} from './command.ts'
import { commandHelp, groupHelp, optionsOf, type Place, usageOf } from './help.ts'
import { nearestName } from './suggestion.ts'

/** Runs a command line; whatever happens, it is told in the form asked for. */
export async function dispatch(
  root: CommandGroup,
  args: readonly string[],
  world: Omit<CommandIo, 'json'>,
): Promise<number> {
  const line = readLine(args)
  let json = line.json
  try {
    if (line.rest[0] === '--version') {
      answer({ ...world, json }, versions(), versions().version)
      return exitCodes.valid
    }
    const { place, found, rest } = await find(root, line)
    json ||= !isGroup(found) && found.alwaysJson === true
    if (line.help || (isGroup(found) && place.path.length === 0)) {
      tellHelp(place, found, { ...world, json: line.json })
      return exitCodes.valid
    }
    if (isGroup(found)) {
      const names = found.commands.map(({ name }) => name)
      throw argumentsInvalid(`say what to ${place.path.join(' ')}: ${names.join(', ')}`)
    }
    return await found.run(readArguments(rest, found), { ...world, json })
  } catch (error) {
    return refuse(error, { ...world, json })
  }
}

interface Line {
  readonly json: boolean
  readonly help: boolean
  readonly rest: readonly string[]
}

/** What every command understands, wherever it stands before a `--`. */
function readLine(args: readonly string[]): Line {
  const end = args.includes('--') ? args.indexOf('--') : args.length
  const head = args.slice(0, end)
  const asked = head[0] === 'help'
  return {
    json: head.includes('--json'),
    help: asked || head.includes('--help') || head.includes('-h'),
    rest: [
      ...head.slice(asked ? 1 : 0).filter((word) => !['--json', '--help', '-h'].includes(word)),
      ...args.slice(end),
    ],
  }
}

interface Found {
  readonly place: Place
  readonly found: Command | CommandGroup
  readonly rest: readonly string[]
}

async function find(root: CommandGroup, { rest, help }: Line): Promise<Found> {
  const summary = 'a special economic zone from the command line'
  let place: Place = { path: [], summary }
  let found: Command | CommandGroup = root
  for (let depth = 0; ; depth += 1) {
    const name = rest[depth]
    if (!isGroup(found) || name === undefined) return { place, found, rest: rest.slice(depth) }
    const entry: CommandEntry | undefined = found.commands.find((each) => each.name === name)
    if (entry === undefined) {
      // A group that is asked for its help, with an option nobody knows, still tells it.
      if (help && name.startsWith('-')) return { place, found, rest: [] }
      throw unknownCommand([...place.path, name], found)
    }
    place = { path: [...place.path, name], summary: entry.summary }
    found = await entry.load()
  }
}

function unknownCommand(path: readonly string[], { commands }: CommandGroup) {
  const names = commands.map(({ name }) => name)
  const near = nearestName(path.at(-1) ?? '', names)
  const advice = near === null ? `there are ${names.join(', ')}` : `did you mean ${near}?`
  return argumentsInvalid(`no command "${path.join(' ')}", ${advice}`)
}

function tellHelp(place: Place, found: Command | CommandGroup, io: CommandIo): void {
  const { path, summary } = place
  if (isGroup(found)) {
    const commands = found.commands.map(({ name, summary }) => ({ name, summary }))
    return answer(
      io,
      { command: path.join(' '), summary, commands },
      groupHelp(place, found.commands),
    )
  }
  const options = optionsOf(found).map(([name, option]) => ({ name, ...option }))
  const { words = null, examples } = found
  const facts = { command: path.join(' '), summary, usage: usageOf(path, found) }
  answer(io, { ...facts, options, words, examples }, commandHelp(place, found))
}

function versions(): { readonly version: string; readonly node: string } {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  const { version }: { version: string } = JSON.parse(manifest)
  return { version, node: process.version }
}
