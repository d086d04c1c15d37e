/** Errors as clients see them: passed on unchanged from subgraphs, or made here from the table of codes. @module */
import { errorCodes, SezError } from '@sez/core/errors'
import { extensionsOf } from '@sez/platform/graphql-errors'
import { isDataObject, type ResponsePath } from './merge.ts'

export interface AnswerError {
  readonly message: string
  readonly locations?: readonly { readonly line: number; readonly column: number }[]
  readonly path?: ResponsePath
  readonly extensions?: Readonly<Record<string, unknown>>
}

/** An error of our own, in the form every room uses. */
export function codedAnswer(
  error: SezError,
  place: { readonly correlationId: string; readonly path?: ResponsePath },
): AnswerError {
  return {
    message: error.message,
    ...(place.path === undefined ? {} : { path: place.path }),
    extensions: extensionsOf(error, place.correlationId),
  }
}

/**
 * A subgraph's error with the client's path: message and extensions stay as they are. Its locations
 * are dropped, for they point into a query the client never wrote.
 */
export function passedOn(error: unknown, path: ResponsePath | undefined): AnswerError {
  const facts: { message?: unknown; extensions?: unknown } =
    typeof error === 'object' && error !== null ? error : {}
  const message =
    typeof facts.message === 'string' ? facts.message : errorCodes.UPSTREAM_FAILED.about
  return {
    message,
    ...(path === undefined ? {} : { path }),
    ...(typeof facts.extensions === 'object' && facts.extensions !== null
      ? { extensions: { ...facts.extensions } }
      : {}),
  }
}

/** Whether one path begins with the other: an error at one explains a null at the other. */
export function isRelatedPath(left: ResponsePath, right: ResponsePath): boolean {
  const length = Math.min(left.length, right.length)
  for (let index = 0; index < length; index += 1) {
    if (left[index] !== right[index]) return false
  }
  return true
}

interface DocumentProblem {
  readonly message: string
  readonly locations?: readonly { readonly line: number; readonly column: number }[] | undefined
}

/** A document that does not parse or validate, with every place where it goes wrong. */
export function invalidDocument(problems: readonly DocumentProblem[]): SezError {
  const details = {
    field: 'query',
    problems: problems.map(({ message, locations = [] }) => ({ message, locations })),
  }
  const message = problems[0]?.message
  return new SezError('GRAPHQL_INVALID', details, message === undefined ? {} : { message })
}

const suggestion = / ?Did you mean .+\?$/u

/** The error without graphql-js's guesses, which name what introspection does not show. */
export function withoutSuggestions(error: SezError): SezError {
  const { problems } = error.details
  const strip = (value: unknown): unknown =>
    typeof value === 'string' ? value.replace(suggestion, '') : value
  const stripped = Array.isArray(problems)
    ? problems.map((problem: unknown) =>
        isDataObject(problem)
          ? Object.fromEntries(Object.entries(problem).map(([key, value]) => [key, strip(value)]))
          : problem,
      )
    : []
  if (stripped.length === 0) return error
  const message = error.message.replace(suggestion, '')
  return new SezError(error.code, { ...error.details, problems: stripped }, { message })
}

/** The errors of a refused request: one for each place in the document, where those are at fault. */
export function refusalErrors(error: SezError, correlationId: string): readonly AnswerError[] {
  const { problems, ...rest } = error.details
  if (error.code !== 'GRAPHQL_INVALID' || !Array.isArray(problems) || problems.length === 0) {
    return [codedAnswer(error, { correlationId })]
  }
  const extensions = extensionsOf(new SezError('GRAPHQL_INVALID', rest), correlationId)
  // Made by `invalidDocument` above.
  return (problems as readonly DocumentProblem[]).map(({ message, locations = [] }) => ({
    message,
    locations,
    extensions,
  }))
}
