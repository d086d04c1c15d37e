/**
 * The logins of a zone's roles: their passwords come from the owner's, and whoever knows that one
 * password can open every pool (spec/19-storage.md §4).
 *
 * @module
 */
import { pbkdf2Sync } from 'node:crypto'
import { digestOfBytes, hexToBytes, hmac } from '@sez/core/digest'
import { randomBytes } from './clock.ts'

const domain = 'sez-login-v1'
/** What Postgres itself takes, so that a verifier of ours looks like one of its own. */
const scramIterations = 4_096
const scramSaltBytes = 16

/** The password of a role: base64url of HMAC-SHA-256 under the owner's password. */
export function loginPassword(ownerPassword: string, role: string): string {
  const key = new TextEncoder().encode(ownerPassword)
  return Buffer.from(hmac(key, `${domain}\0${role}`)).toString('base64url')
}

/** The user and the password in an address; null for what it does not carry. */
export function credentialsOf(url: string): {
  readonly user: string | null
  readonly password: string | null
} {
  const { username, password } = new URL(url)
  const decoded = (text: string): string | null => (text === '' ? null : decodeURIComponent(text))
  return { user: decoded(username), password: decoded(password) }
}

/**
 * The address `url` for the login of a role.
 *
 * @param ownerPassword Null where the server asks nobody for one: then the address has none either.
 */
export function loginUrl(url: string, role: string, ownerPassword: string | null): string {
  const address = new URL(url)
  address.username = encodeURIComponent(role)
  address.password = ownerPassword === null ? '' : loginPassword(ownerPassword, role)
  return address.href
}

/**
 * What Postgres keeps in the place of a password (RFC 5803): it can check one with it, and nobody
 * can log in with it. A statement that carries it shows no password to the server's log.
 *
 * @param password Printable ASCII, which SASLprep leaves as it is.
 */
export function scramVerifier(password: string, salt = randomBytes(scramSaltBytes)): string {
  const salted = pbkdf2Sync(password, salt, scramIterations, 32, 'sha256')
  const storedKey = hexToBytes(digestOfBytes(hmac(salted, 'Client Key')))
  const serverKey = hmac(salted, 'Server Key')
  const [saltText, stored, server] = [salt, storedKey, serverKey].map((bytes) =>
    Buffer.from(bytes).toString('base64'),
  )
  return `SCRAM-SHA-256$${scramIterations}:${saltText}$${stored}:${server}`
}
