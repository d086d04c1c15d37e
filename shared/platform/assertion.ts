/**
 * The gateway's word to a subgraph about who is asking: a MAC over the caller, the subgraph, a short
 * life and the exact bytes of one request (spec/27-subgraph-http.md §2).
 *
 * @module
 */
import { parseDid } from '@sez/core/did'
import {
  bytesToHex,
  type Digest,
  digestOfBytes,
  equalBytes,
  hmac,
  isDigest,
} from '@sez/core/digest'
import { SezError } from '@sez/core/errors'
import { corridorId, entityId } from '@sez/core/ids'
import { isJsonObject } from '@sez/core/json'
import { isRole } from '@sez/core/roles'
import { type Caller, isExpired } from './context.ts'
import {
  assertionCharactersMax,
  assertionLifetimeMs,
  assertionNoncesMax,
  assertionSkewMs,
} from './limits.ts'
import { createSecretFile, readSecretFile } from './secret-file.ts'

/** The header that carries the assertion of a request that is no batch. */
export const assertionHeader = 'sez-assertion'

export interface AssertedRequest {
  readonly subgraph: string
  readonly caller: Caller
  readonly correlationId: string
  readonly traceparent?: string
  /** The exact bytes of the request: a whole JSON body, or the request's part of a batch line. */
  readonly line: Uint8Array
}

export interface Asserter {
  /** The assertion of one request: printable ASCII without quotes, backslashes or spaces. */
  assert(request: AssertedRequest): string
}

/** What a subgraph knows of a request that its gateway vouches for. */
export interface Asserted {
  readonly caller: Caller
  readonly correlationId: string
  readonly traceparent: string | null
}

export interface AssertionVerifier {
  /**
   * Whose request this is.
   *
   * @param kind `isMutation` is asked only once the assertion has proved true, so that nobody else
   *   can make this process parse a document.
   * @throws {SezError} `ASSERTION_MISSING`, `ASSERTION_INVALID`, `ASSERTION_EXPIRED`,
   *   `TOKEN_EXPIRED`, what `isMutation` throws, `ASSERTION_REPLAYED`, `UPSTREAM_BUSY` when no
   *   further mutation can be remembered.
   */
  verify(
    assertion: string | undefined,
    line: Uint8Array,
    kind: { readonly isMutation: () => boolean },
  ): Asserted
}

interface Claims extends Asserted {
  readonly subgraph: string
  readonly expiresAtMs: number
  readonly nonce: string
  readonly line: Digest
}

const version = 1
const head = `v${version}.`
const secretType = 'sez-assertion-secret.v1'
/** Separates the key of each subgraph from the others and from every other use of the secret. */
const keyDomain = 'sez-assertion-v1\0'
const nonceBytes = 16
const macCharacters = 64
const nonceForm = /^[0-9a-f]{32}$/
const traceparentForm = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/
const correlationForm = /^[\x21-\x7e]{1,128}$/

/**
 * The 32 bytes that gateway and subgraphs share. In development a missing file is created, mode 0600.
 *
 * @throws {SezError} `KEY_FILE_MISSING`, `KEY_FILE_EXPOSED` when group or others may read it,
 *   `KEY_FILE_INVALID`; details.path names the file.
 */
export function loadAssertionSecret(options: {
  readonly file: string
  readonly mode: 'development' | 'production'
}): Uint8Array {
  if (options.mode === 'development') createAssertionSecretFile(options.file)
  return readSecretFile(options.file, secretType)
}

/**
 * Writes a new secret to `file` and answers true, or leaves the file that is there and answers false.
 *
 * @throws {SezError} `KEY_FILE_MISSING` when the file cannot be written.
 */
export function createAssertionSecretFile(file: string): boolean {
  return createSecretFile(file, secretType)
}

/** Signs requests. `secret` is read while the asserter lives. */
export function openAsserter(options: {
  readonly secret: Uint8Array
  readonly now: () => Date
  readonly random: (bytes: number) => Uint8Array
}): Asserter {
  const { secret, now, random } = options
  const keys = new Map<string, Uint8Array>()
  const callers = new WeakMap<Caller, string>()
  const keyOf = (subgraph: string): Uint8Array => {
    const key = keys.get(subgraph) ?? keyFor(secret, subgraph)
    keys.set(subgraph, key)
    return key
  }
  const textOf = (caller: Caller): string => {
    const text = callers.get(caller) ?? callerText(caller)
    callers.set(caller, text)
    return text
  }
  return {
    assert({ subgraph, caller, correlationId, traceparent, line }) {
      const facts = JSON.stringify({
        subgraph,
        correlationId,
        traceparent,
        expiresAtMs: now().getTime() + assertionLifetimeMs,
        nonce: bytesToHex(random(nonceBytes)),
        line: digestOfBytes(line),
      })
      const claims = `{"caller":${textOf(caller)},${facts.slice(1)}`
      const signed = head + Buffer.from(claims).toString('base64url')
      return `${signed}.${bytesToHex(hmac(keyOf(subgraph), signed))}`
    },
  }
}

/**
 * Verifies the assertions made for one subgraph. The nonces of mutations are remembered until their
 * assertions expire; a mutation asserted before this verifier opened is refused, since an earlier
 * process may have run it.
 */
export function openAssertionVerifier(options: {
  readonly secret: Uint8Array
  readonly subgraph: string
  readonly now: () => Date
  readonly noncesMax?: number
}): AssertionVerifier {
  const { subgraph, now, noncesMax = assertionNoncesMax } = options
  const key = keyFor(options.secret, subgraph)
  let openedAtMs = now().getTime()
  const spent = new Map<string, number>()
  return {
    verify(assertion, line, { isMutation }) {
      if (assertion === undefined || assertion === '') throw new SezError('ASSERTION_MISSING')
      const claims = claimsOf(assertion, key)
      if (claims.subgraph !== subgraph) throw refusal('it is for another subgraph')
      if (claims.line !== digestOfBytes(line)) throw refusal('it is for another request')
      const nowMs = now().getTime()
      // Opened by a clock that was ahead, it would refuse every mutation until time has caught up.
      openedAtMs = Math.min(openedAtMs, nowMs)
      if (claims.expiresAtMs > nowMs + assertionLifetimeMs + assertionSkewMs) {
        throw refusal('it lives longer than an assertion may')
      }
      if (claims.expiresAtMs <= nowMs) throw new SezError('ASSERTION_EXPIRED')
      if (isExpired(claims.caller, now())) throw new SezError('TOKEN_EXPIRED')
      if (isMutation()) {
        if (claims.expiresAtMs - assertionLifetimeMs < openedAtMs) {
          throw new SezError('ASSERTION_EXPIRED')
        }
        spend(spent, claims, { nowMs, noncesMax, subgraph })
      }
      const { caller, correlationId, traceparent } = claims
      return { caller, correlationId, traceparent }
    },
  }
}

/** Remembers a nonce. What is remembered is dropped only once its assertion is dead anyway. */
function spend(
  spent: Map<string, number>,
  { nonce, expiresAtMs }: Claims,
  bounds: { readonly nowMs: number; readonly noncesMax: number; readonly subgraph: string },
): void {
  const { nowMs, noncesMax, subgraph } = bounds
  for (const [oldest, endMs] of spent) {
    if (endMs > nowMs) break
    spent.delete(oldest)
  }
  if (spent.has(nonce)) throw new SezError('ASSERTION_REPLAYED')
  if (spent.size >= noncesMax) forgetDead(spent, nowMs)
  if (spent.size >= noncesMax) {
    const [firstEndMs = nowMs] = spent.values()
    throw new SezError('UPSTREAM_BUSY', { subgraph, retryAfterMs: firstEndMs - nowMs })
  }
  spent.set(nonce, expiresAtMs)
}

/** All that is dead, in whatever order a clock that was set has left it. */
function forgetDead(spent: Map<string, number>, nowMs: number): void {
  for (const [nonce, endMs] of spent) {
    if (endMs <= nowMs) spent.delete(nonce)
  }
}

function keyFor(secret: Uint8Array, subgraph: string): Uint8Array {
  return hmac(secret, keyDomain + subgraph)
}

function callerText({ did, roles, entityIds, corridorIds, expiresAt }: Caller): string {
  return JSON.stringify({
    did,
    roles: [...roles],
    entityIds: entityIds === null ? null : [...entityIds],
    corridorIds: corridorIds === null ? null : [...corridorIds],
    expiresAtMs: expiresAt === null ? null : expiresAt.getTime(),
  })
}

/** The claims of an assertion whose MAC is right; nothing of it is read before that is known. */
function claimsOf(assertion: string, key: Uint8Array): Claims {
  const dot = assertion.length - macCharacters - 1
  if (assertion.length > assertionCharactersMax || dot < head.length || assertion[dot] !== '.') {
    throw refusal('it has no form of an assertion')
  }
  const signed = assertion.slice(0, dot)
  const mac = Buffer.from(bytesToHex(hmac(key, signed)))
  if (!equalBytes(mac, Buffer.from(assertion.slice(dot + 1)))) throw refusal('its MAC is wrong')
  if (!signed.startsWith(head)) throw refusal('it is of another version')
  try {
    return parseClaims(JSON.parse(Buffer.from(signed.slice(head.length), 'base64url').toString()))
  } catch (cause) {
    if (cause instanceof SezError && cause.code === 'ASSERTION_INVALID') throw cause
    throw refusal('its claims cannot be read', cause)
  }
}

function parseClaims(value: unknown): Claims {
  if (!isJsonObject(value)) throw refusal('its claims are no object')
  const { subgraph, caller, correlationId, traceparent = null, expiresAtMs, nonce, line } = value
  const isWhole =
    typeof subgraph === 'string' &&
    typeof correlationId === 'string' &&
    correlationForm.test(correlationId) &&
    (traceparent === null ||
      (typeof traceparent === 'string' && traceparentForm.test(traceparent))) &&
    typeof expiresAtMs === 'number' &&
    Number.isSafeInteger(expiresAtMs) &&
    typeof nonce === 'string' &&
    nonceForm.test(nonce) &&
    isDigest(line)
  if (!isWhole) throw refusal('a claim is missing or of another kind')
  return {
    subgraph,
    caller: parseCaller(caller),
    correlationId,
    traceparent,
    expiresAtMs,
    nonce,
    line,
  }
}

function parseCaller(value: unknown): Caller {
  if (!isJsonObject(value)) throw refusal('its caller is no object')
  const { did, roles, entityIds, corridorIds, expiresAtMs } = value
  const isEnding = typeof expiresAtMs === 'number' && Number.isSafeInteger(expiresAtMs)
  if (!isEnding && expiresAtMs !== null) throw refusal('its caller ends at no time')
  const held = listOf(roles).map((role) => {
    if (!isRole(role)) throw refusal('its caller has a role that is none')
    return role
  })
  return {
    did: did === null ? null : parseDid(did),
    roles: new Set(held),
    entityIds: entityIds === null ? null : new Set(listOf(entityIds).map((id) => entityId(id))),
    corridorIds:
      corridorIds === null ? null : new Set(listOf(corridorIds).map((id) => corridorId(id))),
    expiresAt: isEnding ? new Date(expiresAtMs) : null,
  }
}

function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw refusal('its caller has no list where one belongs')
  return value
}

function refusal(reason: string, cause?: unknown): SezError {
  return new SezError('ASSERTION_INVALID', { reason }, { cause })
}
