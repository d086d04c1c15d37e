/** Collects what is wrong with an input, so that a caller learns all of it at once. @module */
import { SezError } from '@sez/core/errors'
import { inputProblemsMax } from './limits.ts'

export interface Problem {
  /** Where in the input: `input.members[2].did`. */
  readonly path: string
  /** What is wrong, as a sentence without the value, which may be personal. */
  readonly reason: string
}

/**
 * Problems found so far, in the order they were found; beyond `inputProblemsMax` they are dropped.
 */
export interface Problems {
  readonly list: readonly Problem[]
  add(path: string, reason: string): void
  /** Adds `reason` unless `condition` holds. */
  require(condition: boolean, path: string, reason: string): void
  /** `parse(value)`, or null with its problems collected when it refuses with VALIDATION_ERROR. */
  parse<V, T>(path: string, parse: (value: V) => T, value: V): T | null
  /** Throws one VALIDATION_ERROR with everything found; returns when nothing was. */
  refuse(): void
}

/** An empty collection. Check every rule with it, then call `refuse()` once. */
export function openProblems(): Problems {
  const list: Problem[] = []
  const add = (path: string, reason: string): void => {
    if (list.length < inputProblemsMax) list.push({ path, reason })
  }
  return {
    list,
    add,
    require(condition, path, reason) {
      if (!condition) add(path, reason)
    },
    parse(path, parse, value) {
      try {
        return parse(value)
      } catch (error) {
        if (!(error instanceof SezError) || error.code !== 'VALIDATION_ERROR') throw error
        for (const problem of problemsOf(error)) add(path, problem.reason)
        return null
      }
    },
    refuse() {
      if (list.length > 0) throw invalid(list)
    },
  }
}

/** The VALIDATION_ERROR for these problems; its field is where the first of them is. */
export function invalid(problems: readonly Problem[]): SezError {
  const [first] = problems
  return new SezError('VALIDATION_ERROR', {
    ...(first === undefined ? {} : { field: first.path }),
    problems,
  })
}

/** The problems a VALIDATION_ERROR carries; its message as the one problem when it lists none. */
export function problemsOf(error: SezError): readonly Problem[] {
  const problems = error.details['problems']
  const listed = Array.isArray(problems) ? problems.filter(isProblem) : []
  return listed.length > 0 ? listed : [{ path: error.details.field ?? '', reason: error.message }]
}

function isProblem(value: unknown): value is Problem {
  return (
    typeof value === 'object' &&
    value !== null &&
    'path' in value &&
    typeof value.path === 'string' &&
    'reason' in value &&
    typeof value.reason === 'string'
  )
}
