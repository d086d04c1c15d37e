/**
 * Token to Caller: JWTs of the configured issuers, verified by their key sets (DESIGN §7). Whatever
 * cannot be verified is refused, also when the keys cannot be fetched.
 *
 * @module
 */
import { parseDid } from '@sez/core/did'
import { type Digest, digestOfBytes } from '@sez/core/digest'
import { SezError } from '@sez/core/errors'
import { corridorId, entityId } from '@sez/core/ids'
import { isRole, roles } from '@sez/core/roles'
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  decodeJwt,
  errors,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose'
import { anonymous, type Caller, isExpired } from './context.ts'
import {
  clockSkewS,
  narrowingIdsMax,
  tokenBytesMax,
  verifiedTokenKeptMs,
  verifiedTokensMax,
} from './limits.ts'

/** An issuer whose tokens are accepted, and its keys: an address, or the set itself. */
export interface TokenIssuer {
  readonly issuer: string
  readonly keys: URL | JSONWebKeySet
}

export interface Authenticator {
  /**
   * The caller of an `Authorization` header; anonymous without one.
   *
   * @throws {SezError} `TOKEN_INVALID`, `TOKEN_EXPIRED`, else `JWKS_UNAVAILABLE`.
   */
  callerOf(authorization: string | null): Promise<Caller>
  /**
   * Proves that every key set is at hand, fetching those that are not. For readiness.
   *
   * @throws {SezError} `JWKS_UNAVAILABLE`.
   */
  requireKeys(): Promise<void>
}

const algorithms = ['EdDSA', 'ES256', 'RS256']
const fetchTimeoutMs = 3_000
const fetchCooldownMs = 30_000
const keySetKeptMs = 600_000
/** After a failed fetch every token is refused at once for this long. */
const failureKeptMs = 1_000
const bearer = /^bearer +([\w-]+\.[\w-]+\.[\w-]+)$/iu

interface Issuer {
  readonly issuer: string
  readonly keyOf: JWTVerifyGetKey
  reach(): Promise<void>
}

/**
 * Opens the authenticator. Keys are fetched when the first token of an issuer arrives.
 *
 * @param options `audience` must be among a token's; `now` is the clock that decides on expiry.
 */
export function openAuthenticator(options: {
  readonly issuers: readonly TokenIssuer[]
  readonly audience: string
  readonly now: () => Date
}): Authenticator {
  const { audience, now } = options
  const issuers = new Map(options.issuers.map((each) => [each.issuer, openIssuer(each, now)]))
  const verified = new Map<Digest, { readonly caller: Caller; readonly keptUntilMs: number }>()
  return {
    async callerOf(authorization) {
      if (authorization === null) return anonymous
      const token = tokenOf(authorization)
      const key = digestOfBytes(Buffer.from(token))
      const known = verified.get(key)
      if (known !== undefined && isAhead(known.keptUntilMs, now(), verifiedTokenKeptMs)) {
        if (!isExpired(known.caller, now())) return known.caller
      }
      verified.delete(key)
      const caller = await verify(token, { issuers, audience, now: now() })
      const [oldest] = verified.keys()
      if (verified.size >= verifiedTokensMax && oldest !== undefined) verified.delete(oldest)
      verified.set(key, { caller, keptUntilMs: now().getTime() + verifiedTokenKeptMs })
      return caller
    },
    async requireKeys() {
      await Promise.all([...issuers.values()].map((issuer) => issuer.reach()))
    },
  }
}

function openIssuer({ issuer, keys }: TokenIssuer, now: () => Date): Issuer {
  if (!(keys instanceof URL)) {
    return { issuer, keyOf: createLocalJWKSet(keys), reach: () => Promise.resolve() }
  }
  const remote = createRemoteJWKSet(keys, {
    timeoutDuration: fetchTimeoutMs,
    cooldownDuration: fetchCooldownMs,
    cacheMaxAge: keySetKeptMs,
  })
  let retryAtMs = 0
  const unavailable = (cause: unknown): SezError => {
    retryAtMs = now().getTime() + failureKeptMs
    return new SezError('JWKS_UNAVAILABLE', { issuer, retryAfterMs: failureKeptMs }, { cause })
  }
  const requireCalm = (): void => {
    if (!isAhead(retryAtMs, now(), failureKeptMs)) return
    const retryAfterMs = retryAtMs - now().getTime()
    throw new SezError('JWKS_UNAVAILABLE', { issuer, retryAfterMs })
  }
  return {
    issuer,
    async keyOf(header, token) {
      requireCalm()
      try {
        return await remote(header, token)
      } catch (error) {
        if (isTokenFault(error)) throw error
        throw unavailable(error)
      }
    },
    async reach() {
      if (remote.fresh) return
      requireCalm()
      try {
        await remote.reload()
      } catch (error) {
        throw unavailable(error)
      }
    },
  }
}

/** Whether an instant is still to come. One further ahead than `mostMs` is of a clock set back since. */
function isAhead(atMs: number, now: Date, mostMs: number): boolean {
  const aheadMs = atMs - now.getTime()
  return aheadMs > 0 && aheadMs <= mostMs
}

/** Faults of the token rather than of the key set or its server. */
function isTokenFault(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  )
}

function tokenOf(authorization: string): string {
  if (authorization.length > tokenBytesMax) throw invalidToken('it is too long')
  const [, token] = bearer.exec(authorization) ?? []
  if (token === undefined) throw invalidToken('the header is not "Bearer <token>"')
  return token
}

async function verify(
  token: string,
  scope: {
    readonly issuers: ReadonlyMap<string, Issuer>
    readonly audience: string
    readonly now: Date
  },
): Promise<Caller> {
  const issuer = scope.issuers.get(claimedIssuer(token))
  if (issuer === undefined) throw invalidToken('its issuer is not one of this zone')
  try {
    const { payload } = await jwtVerify(token, issuer.keyOf, {
      algorithms,
      issuer: issuer.issuer,
      audience: scope.audience,
      requiredClaims: ['exp', 'sub'],
      clockTolerance: clockSkewS,
      currentDate: scope.now,
    })
    return callerFrom(payload)
  } catch (error) {
    throw refusalOf(error)
  }
}

/** Read before verification only to choose the key set; verification checks it again. */
function claimedIssuer(token: string): string {
  try {
    return decodeJwt(token).iss ?? ''
  } catch (cause) {
    throw invalidToken('it is not a JWT', cause)
  }
}

function refusalOf(error: unknown): SezError {
  if (error instanceof SezError) {
    return error.code === 'VALIDATION_ERROR' ? invalidToken('a claim is malformed', error) : error
  }
  if (error instanceof errors.JWTExpired) return new SezError('TOKEN_EXPIRED')
  if (error instanceof errors.JWTClaimValidationFailed) {
    return invalidToken(`its claim ${error.claim} is not accepted`, error)
  }
  return invalidToken('its signature, key or algorithm is not accepted', error)
}

function callerFrom(payload: JWTPayload): Caller {
  const { sub, exp } = payload
  const claimed: unknown = payload['roles']
  if (!Array.isArray(claimed) || claimed.length > roles.length) {
    throw invalidToken('its claim roles is not a list of roles')
  }
  // An unknown role is refused rather than ignored: the issuer means something we do not.
  if (!claimed.every(isRole)) throw invalidToken('its claim roles names an unknown role')
  return Object.freeze({
    did: parseDid(sub, 'sub'),
    roles: new Set(claimed),
    entityIds: narrowing(payload, 'entities', entityId),
    corridorIds: narrowing(payload, 'corridors', corridorId),
    expiresAt: new Date((exp ?? 0) * 1_000),
  })
}

/** Null when the claim is absent; an empty list narrows to nothing. */
function narrowing<T>(
  payload: JWTPayload,
  claim: string,
  parse: (text: unknown) => T,
): ReadonlySet<T> | null {
  const ids: unknown = payload[claim]
  if (ids === undefined) return null
  if (!Array.isArray(ids) || ids.length > narrowingIdsMax) {
    throw invalidToken(`its claim ${claim} is not a list of at most ${narrowingIdsMax} ids`)
  }
  return new Set(ids.map((id: unknown) => parse(id)))
}

function invalidToken(reason: string, cause?: unknown): SezError {
  return new SezError(
    'TOKEN_INVALID',
    { reason },
    { message: `Your token is not accepted: ${reason}.`, cause },
  )
}
