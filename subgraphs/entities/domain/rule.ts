/**
 * Rules for the fields of an input, collected so that a caller learns all problems at once.
 *
 * @module
 */
import { SezError } from '@sez/core/errors'

/** What is wrong with one field, as a sentence without its value, which may be personal. */
export interface Problem {
  readonly path: string
  readonly reason: string
}

/**
 * Refuses an input with all that is wrong with it; returns when nothing is.
 *
 * @throws {SezError} `VALIDATION_ERROR` with every problem.
 */
export function refuse(problems: readonly Problem[]): void {
  const [first] = problems
  if (first === undefined) return
  throw new SezError('VALIDATION_ERROR', { field: first.path, problems })
}

/**
 * `parse()`, unless it or the rules checked beside it found something: then all of it is refused
 * at once.
 *
 * @throws {SezError} `VALIDATION_ERROR` with every problem.
 */
export function parsed<T>(parse: () => T, problems: readonly Problem[] = []): T {
  try {
    const value = parse()
    refuse(problems)
    return value
  } catch (error) {
    if (!(error instanceof SezError) || error.code !== 'VALIDATION_ERROR') throw error
    const found = error.details['problems']
    if (found === problems || !Array.isArray(found)) throw error
    // The parsers of core list their problems in the same form.
    throw new SezError('VALIDATION_ERROR', {
      ...error.details,
      problems: [...(found as readonly Problem[]), ...problems],
    })
  }
}

/** What a parser of core finds wrong; nothing when it reads the value. */
export function problemsOf(parse: () => unknown): readonly Problem[] {
  try {
    parse()
    return []
  } catch (error) {
    if (!(error instanceof SezError) || error.code !== 'VALIDATION_ERROR') throw error
    // The parsers of core list their problems in the same form.
    return error.details['problems'] as readonly Problem[]
  }
}

/** One problem unless `holds`. */
export function rule(holds: boolean, path: string, reason: string): readonly Problem[] {
  return holds ? [] : [{ path, reason }]
}

/**
 * What Postgres and readers can hold: paired surrogates, and no controls but line ends and tabs.
 */
const unreadable = /[^\P{Cc}\n\r\t]/u
/** A sign that is drawn: a text of spaces and zero-width signs is as blank as an empty one. */
const visible = /[^\s\p{Z}\p{C}\p{Default_Ignorable_Code_Point}]/u

/**
 * Rules of a text: readable, at most `charactersMax` UTF-16 units, and not blank unless allowed.
 */
export function textRules(
  path: string,
  text: string,
  limits: { readonly charactersMax: number; readonly blank?: 'allowed' },
): readonly Problem[] {
  const { charactersMax, blank } = limits
  return [
    ...rule(text.length <= charactersMax, path, `must have at most ${charactersMax} characters`),
    ...rule(blank === 'allowed' || visible.test(text), path, 'must not be blank'),
    ...rule(
      text.isWellFormed() && !unreadable.test(text),
      path,
      'must be readable text without control characters',
    ),
  ]
}

/** Rules of a text that may be left out. */
export function optionalTextRules(
  path: string,
  text: string | null | undefined,
  limits: { readonly charactersMax: number },
): readonly Problem[] {
  return text === null || text === undefined ? [] : textRules(path, text, limits)
}

/** Rules of a list: its length, and those of each item. */
export function listRules<T>(
  path: string,
  list: readonly T[],
  limits: {
    readonly itemsMax: number
    readonly itemsMin?: number
    readonly item?: (path: string, item: T) => readonly Problem[]
  },
): readonly Problem[] {
  const { itemsMax, itemsMin = 0, item } = limits
  const length = [
    ...rule(list.length <= itemsMax, path, `must have at most ${itemsMax} items`),
    ...rule(list.length >= itemsMin, path, `must have at least ${itemsMin} items`),
  ]
  // A list that is too long is not looked through: the work is bounded like the list.
  if (length.length > 0 || item === undefined) return length
  return list.flatMap((each, index) => item(`${path}[${index}]`, each))
}

/** A list of values none of which comes twice. */
export function distinctRules(path: string, list: readonly string[]): readonly Problem[] {
  return rule(new Set(list).size === list.length, path, 'must not name the same twice')
}
