/** What the offline commands share: options, documents from files or stdin, errors as one line. @module */
import { readFileSync } from 'node:fs'
import { type ParseArgsConfig, parseArgs } from 'node:util'
import { SezError } from '@sez/core/errors'
import type { CommandIo } from './command.ts'

/** Exit codes: the verdict of a command. */
export const exitCodes = { valid: 0, invalid: 1, usage: 2 } as const

type Options = NonNullable<ParseArgsConfig['options']>

/**
 * The options and the other words of a command line.
 *
 * @param limits `wordsMax` is how many words beside options are understood.
 * @throws {SezError} `ARGUMENTS_INVALID` with what node:util says of it.
 */
export function readArguments<Known extends Options>(
  args: string[],
  options: Known,
  limits: { readonly wordsMax: number },
) {
  const parsed = parse(args, options)
  if (parsed.positionals.length > limits.wordsMax) {
    const reason = `unexpected word: ${parsed.positionals[limits.wordsMax]}`
    throw argumentsInvalid(reason)
  }
  return { options: parsed.values, words: parsed.positionals }
}

function parse<Known extends Options>(args: string[], options: Known) {
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true })
  } catch (cause) {
    throw argumentsInvalid(cause instanceof Error ? cause.message : String(cause))
  }
}

/** A command line that cannot be understood. */
export function argumentsInvalid(reason: string): SezError {
  const message = `The command line cannot be understood: ${reason}. Read --help.`
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
    throw new SezError('FILE_UNREADABLE', { path }, { cause })
  }
}

const usageCodes: ReadonlySet<string> = new Set([
  'ARGUMENTS_INVALID',
  'FILE_EXISTS',
  'FILE_UNREADABLE',
  'KEY_FILE_EXPOSED',
  'KEY_FILE_INVALID',
  'KEY_FILE_MISSING',
])

/** Runs a command; what it refuses becomes one JSON line and an exit code. */
export async function answering(io: CommandIo, run: () => Promise<number>): Promise<number> {
  try {
    return await run()
  } catch (error) {
    if (!(error instanceof SezError)) throw error
    const { code, message, details } = error
    io.err(printJson({ code, message, details }))
    return usageCodes.has(code) ? exitCodes.usage : exitCodes.invalid
  }
}

/** One line of JSON; integers beyond the safe range, which documents may hold, become text. */
export function printJson(value: object): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'bigint' ? String(part) : part,
  )
}
