/** What a zone answers when it refuses: its code, whether to try again, and when. @module */
import { type ErrorCode, errorCodes } from '@sez/core/errors'

/**
 * A refusal by a zone. Like SezError, but `code` is any text, because the zone may be newer than
 * this client and know codes it does not.
 */
export class ZoneError extends Error {
  override readonly name = 'ZoneError'
  readonly code: string
  /** Whether the same request may succeed later without being changed. */
  readonly retry: boolean
  /** How long the zone asks to wait before that; null when it does not say. */
  readonly retryAfterMs: number | null
  /** The input at fault, such as `input.document`. */
  readonly field: string | null
  readonly details: Readonly<Record<string, unknown>>
  /** What the zone's operator can find the request by. */
  readonly correlationId: string | null

  constructor(facts: {
    readonly code: string
    readonly message: string
    readonly retry: boolean
    readonly retryAfterMs?: number | null
    readonly field?: string | null
    readonly details?: Readonly<Record<string, unknown>>
    readonly correlationId?: string | null
    readonly cause?: unknown
  }) {
    super(facts.message, { cause: facts.cause })
    this.code = facts.code
    this.retry = facts.retry
    this.retryAfterMs = facts.retryAfterMs ?? null
    this.field = facts.field ?? null
    this.details = facts.details ?? {}
    this.correlationId = facts.correlationId ?? null
  }
}

/** A failure this client found by itself, with the sentence of the common table. */
export function zoneError(
  code: ErrorCode,
  details: Readonly<Record<string, unknown>> = {},
  cause?: unknown,
): ZoneError {
  const { about, retry } = errorCodes[code]
  return new ZoneError({ code, message: about, retry, details, cause })
}

/** One entry of a GraphQL `errors` list; what the zone left out is filled in carefully. */
export function parseZoneError(entry: unknown): ZoneError {
  const { message, extensions } = recordOf(entry)
  const facts = recordOf(extensions)
  return new ZoneError({
    code: textOf(facts['code']) ?? 'INTERNAL',
    message: textOf(message) ?? 'The zone refused without a reason.',
    retry: facts['retry'] === true,
    retryAfterMs: waitOf(facts['retryAfterMs']),
    field: textOf(facts['field']),
    details: recordOf(facts['details']),
    correlationId: textOf(facts['correlationId']),
  })
}

/** Longer than this no zone makes a client wait. */
const retryAfterMaxMs = 300_000

function waitOf(value: unknown): number | null {
  if (typeof value !== 'number' || !(value >= 0)) return null
  return Math.min(value, retryAfterMaxMs)
}

/** A value as a record; an empty one for anything else. */
export function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {}
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
