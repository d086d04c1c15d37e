/** Reads fields of a signed document, collecting all that is wrong before refusing it. @module */
import type { Did } from '@sez/core/did'
import { parseDid } from '@sez/core/did'
import { type Digest, parseDigest } from '@sez/core/digest'
import { SezError } from '@sez/core/errors'
import { isJsonObject, type Json, type JsonObject } from '@sez/core/json'
import { dateOf, normalizeTimestampText, parseTimestamp } from '@sez/core/timestamp'

export interface Problem {
  readonly path: string
  readonly reason: string
}

/**
 * A reading of one document. Each reader gives the value, or notes a problem and gives a harmless
 * one; nothing of it may be used before {@link Reading.refuse} has returned.
 */
export interface Reading {
  fail(path: string, reason: string): void
  object(value: Json | undefined, path: string): JsonObject
  list(value: Json | undefined, path: string, itemsMax: number): readonly Json[]
  text(value: Json | undefined, path: string, charactersMax?: number): string
  constant(value: Json | undefined, path: string, expected: string): void
  did(value: Json | undefined, path: string): Did
  digest(value: Json | undefined, path: string): Digest
  /** A digest's text, or an ArtifactRef, of which the digest is taken. */
  digestOrReference(value: Json | undefined, path: string): Digest
  /** A whole number from `min` to 2^31 − 1. */
  count(value: Json | undefined, path: string, min: number): number
  /** UTC in whole seconds, as everything in a receipt. */
  timestamp(value: Json | undefined, path: string): Date
  /** Any RFC 3339 time, in whole seconds. */
  instant(value: Json | undefined, path: string): Date
  /** The same, at most a minute after `now`: clocks differ, but nobody has signed tomorrow. */
  past(value: Json | undefined, path: string, now: Date): Date
  /** Notes every key of `object` that is not allowed. */
  closed(object: JsonObject, path: string, allowed: readonly string[]): void
  /** @throws {SezError} `VALIDATION_ERROR` with all problems noted so far. */
  refuse(): void
}

const textCharactersMax = 2_000
const intMax = 2 ** 31 - 1
const problemsMax = 50
const futureMsMax = 60_000
const digestForm = 'a SHA-256 in 64 lower-case hexadecimal digits'
const noDigest = parseDigest('0'.repeat(64))
const noDid = parseDid('did:key:none')

type Fail = Reading['fail']

/**
 * Opens a reading.
 *
 * @param root Put before every path, such as `agreements[1].`.
 * @throws {SezError} `VALIDATION_ERROR`, from `refuse()` only.
 */
export function openReading(root = ''): Reading {
  const problems: Problem[] = []
  const fail: Fail = (path, reason) => {
    if (problems.length < problemsMax) problems.push({ path: `${root}${path}`, reason })
  }
  const scalars = scalarReaders(fail)
  return {
    fail,
    ...structureReaders(fail),
    ...scalars,
    past(value, path, now) {
      const instant = scalars.instant(value, path)
      if (instant.getTime() > now.getTime() + futureMsMax) fail(path, 'lies in the future')
      return instant
    },
    refuse() {
      const [first] = problems
      if (first === undefined) return
      throw new SezError('VALIDATION_ERROR', { field: first.path, problems })
    },
  }
}

function structureReaders(fail: Fail): Pick<Reading, 'object' | 'list' | 'closed'> {
  return {
    object(value, path) {
      if (isJsonObject(value)) return value
      fail(path, 'must be an object')
      return {}
    },
    list(value, path, itemsMax) {
      if (!Array.isArray(value)) {
        fail(path, 'must be a list')
        return []
      }
      if (value.length <= itemsMax) return value
      fail(path, `must hold at most ${itemsMax} items`)
      return []
    },
    closed(object, path, allowed) {
      for (const key of Object.keys(object)) {
        if (!allowed.includes(key))
          fail(path === '' ? key : `${path}.${key}`, 'is not a field here')
      }
    },
  }
}

function scalarReaders(
  fail: Fail,
): Omit<Reading, 'fail' | 'object' | 'list' | 'closed' | 'past' | 'refuse'> {
  /** `parse(text)`, or `fallback` with the parser's refusal noted. */
  function parsed<T>(
    { value, path, form }: { value: Json | undefined; path: string; form: string },
    parse: (text: string) => T,
    fallback: T,
  ): T {
    if (typeof value === 'string') {
      try {
        return parse(value)
      } catch (error) {
        if (!(error instanceof SezError)) throw error
      }
    }
    fail(path, `must be ${form}`)
    return fallback
  }
  return {
    text(value, path, charactersMax = textCharactersMax) {
      if (typeof value === 'string' && value !== '' && value.length <= charactersMax) return value
      fail(path, `must be text of 1 to ${charactersMax} characters`)
      return ''
    },
    constant(value, path, expected) {
      if (value !== expected) fail(path, `must be ${expected}`)
    },
    did: (value, path) => parsed({ value, path, form: 'a DID' }, parseDid, noDid),
    digest: (value, path) => parsed({ value, path, form: digestForm }, parseDigest, noDigest),
    digestOrReference(value, path) {
      const hex = isJsonObject(value) ? value['digest_sha256'] : value
      return parsed({ value: hex, path, form: digestForm }, parseDigest, noDigest)
    },
    count(value, path, min) {
      if (typeof value === 'number' && value >= min && value <= intMax) return value
      fail(path, `must be a whole number from ${min} to ${intMax}`)
      return min
    },
    timestamp(value, path) {
      const form = 'UTC in whole seconds, such as 2026-02-01T00:00:00Z'
      return parsed({ value, path, form }, (text) => dateOf(parseTimestamp(text)), new Date(0))
    },
    instant(value, path) {
      const form = 'an RFC 3339 time'
      return parsed({ value, path, form }, readInstant, new Date(0))
    },
  }
}

function readInstant(text: string): Date {
  return dateOf(parseTimestamp(normalizeTimestampText(text)))
}
