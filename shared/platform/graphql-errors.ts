/**
 * The edge where failures become GraphQL errors: coded ones pass, everything else becomes INTERNAL,
 * logged and hidden (spec/21-errors.md). Subgraphs and gateway show the same error.
 *
 * @module
 */
import { type ErrorClass, type ErrorCode, errorCodes, SezError } from '@sez/core/errors'
import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import { mapDatabaseError } from './db.ts'
import type { Logger } from './log.ts'

/** `extensions` of every error this stack answers. */
export interface ErrorExtensions {
  readonly code: ErrorCode
  readonly class: ErrorClass
  readonly retry: boolean
  readonly retryAfterMs?: number
  readonly field?: string
  readonly details?: Readonly<Record<string, unknown>>
  readonly correlationId: string
  readonly [key: string]: unknown
}

/** For whom an error is formatted. */
export interface ErrorScope {
  readonly correlationId: string
  readonly signal: AbortSignal
  readonly log: Pick<Logger, 'error' | 'warn'>
}

/** The error as the caller sees it. */
export function formatError(error: GraphQLError, scope: ErrorScope): GraphQLFormattedError {
  const cause = causeOf(error)
  const coded =
    cause instanceof GraphQLError && isOfDocument(error, cause)
      ? new SezError('GRAPHQL_INVALID', {}, { message: cause.message })
      : codedError(cause, scope)
  return {
    message: coded.message,
    ...(error.locations === undefined ? {} : { locations: error.locations }),
    ...(error.path === undefined ? {} : { path: error.path }),
    extensions: extensionsOf(coded, scope.correlationId),
  }
}

/** The error for a failure that has no place in a document. */
export function formatFailure(failure: unknown, scope: ErrorScope): GraphQLFormattedError {
  const coded = codedError(failure, scope)
  return { message: coded.message, extensions: extensionsOf(coded, scope.correlationId) }
}

/** The `extensions` of a coded error. */
export function extensionsOf(error: SezError, correlationId: string): ErrorExtensions {
  const { class: errorClass, retry } = errorCodes[error.code]
  const { field, retryAfterMs, ...details } = error.details
  return {
    code: error.code,
    class: errorClass,
    retry,
    ...(typeof retryAfterMs === 'number' ? { retryAfterMs } : {}),
    ...(field === undefined ? {} : { field }),
    ...(Object.keys(details).length === 0 ? {} : { details }),
    correlationId,
  }
}

/**
 * The coded error a failure stands for. What has no code is logged here with its stack, under the
 * correlation id that the caller is shown.
 */
export function codedError(failure: unknown, scope: ErrorScope): SezError {
  const { correlationId, signal, log } = scope
  const known = mapDatabaseError(failure)
  if (known instanceof SezError) {
    // A caller's own fault is the caller's to read; a lost race in a chain would fill the log.
    const isOurs = errorCodes[known.code].http >= 500
    if (isOurs && known.cause !== undefined) log.warn({ err: known, correlationId }, known.code)
    return known
  }
  if (isAbort(known, signal)) return new SezError('REQUEST_ABORTED')
  log.error({ err: known, correlationId }, 'a request failed')
  return new SezError('INTERNAL', {}, { cause: known })
}

/** graphql-js wraps what a resolver or a scalar threw, sometimes twice. */
function causeOf(error: GraphQLError): unknown {
  let cause: unknown = error
  while (cause instanceof GraphQLError && cause.originalError !== undefined) {
    cause = cause.originalError
  }
  return cause
}

/**
 * Whether the document is at fault: errors of parsing, validation and coercion come without a path,
 * or from an argument. Errors of completing a value (a bad leaf, a null in a non-null place) are
 * ours.
 */
function isOfDocument(error: GraphQLError, cause: GraphQLError): boolean {
  return error.path === undefined || cause.message.startsWith('Argument "')
}

function isAbort(failure: unknown, signal: AbortSignal): boolean {
  if (!signal.aborted) return false
  if (failure === signal.reason) return true
  return failure instanceof Error && failure.name === 'AbortError'
}
