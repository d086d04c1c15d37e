/** The command line understood by a declaration, documents from files or stdin, answers and refusals. @module */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { SezError } from '@sez/core/errors'
import type { Command, CommandIo, Given, Option, Options } from './command.ts'

/** Exit codes: the verdict of a command. */
export const exitCodes = { valid: 0, invalid: 1, usage: 2 } as const

/**
 * The options and words of a command line, as the command declares them.
 *
 * @throws {SezError} `ARGUMENTS_INVALID` with what is wrong of it.
 */
export function readArguments(args: readonly string[], command: Command): Given<Options> {
  const { options = {} } = command
  const parsed = parse(args, options)
  const given = Object.entries(options).map(([name, option]) => {
    const value = parsed.values[name]
    if (value === undefined && option.required === true) {
      throw argumentsInvalid(`--${name} ${option.value ?? ''} is missing: ${option.about}`)
    }
    requireChoice(`--${name}`, [value ?? []].flat(), option.choices)
    return [name, value ?? absent(option)] as const
  })
  requireWords(parsed.positionals, command)
  return {
    options: Object.fromEntries(given) as Given<Options>['options'],
    words: parsed.positionals,
  }
}

function parse(args: readonly string[], options: Options) {
  const known = Object.entries(options).map(([name, { value, many }]) => {
    const type = value === undefined ? ('boolean' as const) : ('string' as const)
    return [name, { type, multiple: many === true }] as const
  })
  try {
    return parseArgs({
      args: [...args],
      options: Object.fromEntries(known),
      allowPositionals: true,
      strict: true,
    })
  } catch (cause) {
    throw argumentsInvalid(cause instanceof Error ? cause.message : String(cause))
  }
}

function absent({ value, many }: Option): string | readonly string[] | boolean | null {
  if (many === true) return []
  return value === undefined ? false : null
}

function requireWords(words: readonly string[], { words: declared }: Command): void {
  const { min, max } = declared ?? { min: 0, max: 0 }
  if (words.length > max) throw argumentsInvalid(`unexpected word: ${words[max]}`)
  if (declared === undefined) return
  if (words.length < min) throw argumentsInvalid(`${declared.name} is missing: ${declared.about}`)
  requireChoice(declared.name, words, declared.choices)
}

function requireChoice(
  name: string,
  values: readonly (string | boolean)[],
  choices: readonly string[] | undefined,
): void {
  const other = values.find((value) => choices !== undefined && !choices.includes(String(value)))
  if (other !== undefined) throw argumentsInvalid(`${name} is one of ${choices?.join(', ')}`)
}

/** A command line that cannot be understood. */
export function argumentsInvalid(reason: string): SezError {
  const message = `The command line cannot be understood: ${reason.replace(/\.$/u, '')}. Read --help.`
  return new SezError('ARGUMENTS_INVALID', { reason }, { message })
}

/**
 * The text of a file, or of stdin for `-` and for none.
 *
 * @throws {SezError} `FILE_UNREADABLE`, or `NOT_CANONICAL` for bytes that are no UTF-8: replacing
 *   them would give the verdict on another text.
 */
export async function readInput(path: string | undefined, io: CommandIo): Promise<string> {
  const bytes = await readInputBytes(path, io)
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new SezError('NOT_CANONICAL', { path: '$', reason: 'not UTF-8' }, { cause })
  }
}

/** The bytes of a file, or of stdin for `-` and for none, as they are. */
export async function readInputBytes(path: string | undefined, io: CommandIo): Promise<Uint8Array> {
  return isStdin(path) ? io.stdin() : readBytes(path)
}

/** Whether a word, or its absence, names stdin. */
export function isStdin(path: string | undefined): path is '-' | undefined {
  return path === undefined || path === '-'
}

/**
 * The bytes of a file.
 *
 * @throws {SezError} `FILE_UNREADABLE`.
 */
export function readBytes(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    const message = `${path} cannot be read. Check the path and its rights.`
    throw new SezError('FILE_UNREADABLE', { path }, { message, cause })
  }
}

/** Writes an answer: one line of JSON for a machine, the text where there is one for a person. */
export function answer(io: CommandIo, value: object, text?: string): void {
  io.out(text === undefined || io.json ? printJson(value) : text)
}

const usageCodes: ReadonlySet<string> = new Set([
  'ARGUMENTS_INVALID',
  'FILE_EXISTS',
  'FILE_UNREADABLE',
  'KEY_FILE_EXPOSED',
  'KEY_FILE_INVALID',
  'KEY_FILE_MISSING',
])

/**
 * Says why a command ended without an answer: one JSON line for a machine; for a person one clear
 * sentence for what can be mended, a stack only for what is our own fault.
 *
 * @returns The exit code.
 */
export function refuse(error: unknown, io: Pick<CommandIo, 'err' | 'json'>): number {
  if (!(error instanceof SezError)) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
    const message = 'Something failed here that should not.'
    io.err(io.json ? printJson({ code: 'INTERNAL', message, details: { stack } }) : stack)
    return exitCodes.invalid
  }
  const { code, message, details } = error
  if (io.json) io.err(printJson({ code, message, details }))
  else {
    io.err(`sez: ${message}`)
    for (const line of problemLines(error)) io.err(`  ${line}`)
  }
  return usageCodes.has(code) ? exitCodes.usage : exitCodes.invalid
}

/** The problems that the message itself does not tell. */
function problemLines({ message, details: { problems } }: SezError): readonly string[] {
  if (!Array.isArray(problems)) return []
  return problems.flatMap((problem: unknown) => {
    if (typeof problem !== 'object' || problem === null) return []
    const { path, reason }: { path?: unknown; reason?: unknown } = problem
    const isTold = typeof reason !== 'string' || message.includes(reason)
    return isTold ? [] : [`${String(path)}: ${reason}`]
  })
}

/** One line of JSON; integers beyond the safe range, which documents may hold, become text. */
export function printJson(value: object): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'bigint' ? String(part) : part,
  )
}
