/**
 * The built-in issuer of tokens, for development only: anyone who asks it is whoever they say.
 *
 * @module
 */
import { linkSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Did } from '@sez/core/did'
import { bytesToHex } from '@sez/core/digest'
import { SezError } from '@sez/core/errors'
import type { CorridorId, EntityId } from '@sez/core/ids'
import type { Role } from '@sez/core/roles'
import {
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JSONWebKeySet,
  type JWK,
  SignJWT,
} from 'jose'
import { randomBytes } from './clock.ts'
import { tokenLifetimeS } from './limits.ts'
import { makeFolder } from './folder.ts'

/** What a token is to say. */
export interface TokenRequest {
  readonly sub: Did
  readonly roles: readonly Role[]
  readonly entityIds?: readonly EntityId[]
  readonly corridorIds?: readonly CorridorId[]
  /** Eight hours unless told; negative for a token that has already expired. */
  readonly lifetimeS?: number
}

export interface DevelopmentIssuer {
  readonly issuer: string
  readonly jwks: JSONWebKeySet
  token(request: TokenRequest): Promise<string>
}

const algorithm = 'EdDSA'
const issuerName = 'urn:sez:development-issuer'
const fileName = 'development-issuer.json'

/**
 * Opens the issuer. Its key persists in `dataDir`, readable by its owner only, so that tokens
 * outlive a restart.
 *
 * @throws {SezError} `DEVELOPMENT_ONLY` in production, else `DATA_DIR_UNWRITABLE`.
 */
export async function openDevelopmentIssuer(options: {
  readonly mode: 'development' | 'production'
  readonly dataDir: string
  readonly audience: string
  readonly now: () => Date
}): Promise<DevelopmentIssuer> {
  if (options.mode !== 'development') throw new SezError('DEVELOPMENT_ONLY')
  const secret = await persistedKey(options.dataDir)
  const key = await importJWK(secret, algorithm)
  const { kty = '', crv = '', x = '' } = secret
  const kid = await calculateJwkThumbprint({ kty, crv, x })
  return {
    issuer: issuerName,
    jwks: { keys: [{ kty, crv, x, kid, alg: algorithm, use: 'sig' }] },
    token({ sub, roles, entityIds, corridorIds, lifetimeS = tokenLifetimeS }) {
      const issuedAtS = Math.floor(options.now().getTime() / 1_000)
      const claims = {
        roles: [...roles],
        ...(entityIds === undefined ? {} : { entities: [...entityIds] }),
        ...(corridorIds === undefined ? {} : { corridors: [...corridorIds] }),
      }
      return new SignJWT(claims)
        .setProtectedHeader({ alg: algorithm, kid, typ: 'JWT' })
        .setIssuer(issuerName)
        .setAudience(options.audience)
        .setSubject(sub)
        .setIssuedAt(issuedAtS)
        .setExpirationTime(issuedAtS + lifetimeS)
        .sign(key)
    },
  }
}

async function persistedKey(dataDir: string): Promise<JWK> {
  const path = join(dataDir, fileName)
  try {
    makeFolder(dataDir)
    return readKey(path) ?? (await createKey(path))
  } catch (cause) {
    if (cause instanceof SezError) throw cause
    throw new SezError('DATA_DIR_UNWRITABLE', { path }, { cause })
  }
}

function readKey(path: string): JWK | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as JWK
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

/** Of two processes that start at once one creates the key and both read it. */
async function createKey(path: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true })
  const draft = `${path}.${bytesToHex(randomBytes(8))}`
  writeFileSync(draft, JSON.stringify(await exportJWK(privateKey)), { mode: 0o600, flag: 'wx' })
  try {
    // Unlike a rename, a link never replaces a key that is already there.
    linkSync(draft, path)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  } finally {
    unlinkSync(draft)
  }
  return JSON.parse(readFileSync(path, 'utf8')) as JWK
}

function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT'
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : null
}
