/**
 * Secrets in files that only their owner can read. Their bytes never become a string, and of several
 * processes exactly one creates a file (spec/20-events.md §8, spec/27-subgraph-http.md §2).
 *
 * @module
 */
import { closeSync, fstatSync, linkSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { bytesToHex } from '@sez/core/digest'
import { SezError } from '@sez/core/errors'
import { randomBytes } from './clock.ts'
import { makeFolder } from './folder.ts'

const secretBytes = 32
const fileMode = 0o600
const modeOfOthers = 0o077
const fileTail = Buffer.from('"}\n')

/**
 * Writes 32 new random bytes to `file` and answers true, or leaves the file that is there and
 * answers false.
 *
 * @param type What the secret is for; a file of another type is refused when it is read.
 * @throws {SezError} `KEY_FILE_MISSING` when the file cannot be written.
 */
export function createSecretFile(file: string, type: string): boolean {
  const secret = randomBytes(secretBytes)
  const head = headOf(type)
  const text = Buffer.alloc(head.length + 2 * secretBytes + fileTail.length)
  text.set(head)
  secret.forEach((byte, i) => {
    text[head.length + 2 * i] = hexDigitOf(byte >> 4)
    text[head.length + 2 * i + 1] = hexDigitOf(byte & 15)
  })
  text.set(fileTail, text.length - fileTail.length)
  const draft = `${file}.${bytesToHex(randomBytes(8))}.new`
  try {
    makeFolder(dirname(file))
    try {
      // All of it, which one write need not be where the disk is nearly full.
      writeFileSync(draft, text, { flag: 'wx', mode: fileMode, flush: true })
      // A link refuses an existing name, so a half-written or a second key is never seen.
      linkSync(draft, file)
      return true
    } finally {
      rmSync(draft, { force: true })
    }
  } catch (cause) {
    if (isSystemError(cause) && cause.code === 'EEXIST') return false
    throw unwritable(file, cause)
  } finally {
    secret.fill(0)
    text.fill(0)
  }
}

/**
 * The 32 bytes of a secret file, in a buffer of their own, which the caller wipes.
 *
 * @throws {SezError} `KEY_FILE_MISSING`, `KEY_FILE_EXPOSED` when group or others may read it,
 *   `KEY_FILE_INVALID`; details.path names the file.
 */
export function readSecretFile(file: string, type: string): Uint8Array {
  const head = headOf(type)
  const text = Buffer.alloc(head.length + 2 * secretBytes + fileTail.length)
  const secret = new Uint8Array(secretBytes)
  const descriptor = openSecretFile(file)
  try {
    const facts = fstatSync(descriptor)
    if ((facts.mode & modeOfOthers) !== 0) throw new SezError('KEY_FILE_EXPOSED', { path: file })
    const isWhole =
      facts.isFile() &&
      facts.size === text.length &&
      readSync(descriptor, text, 0, text.length, 0) === text.length &&
      text.subarray(0, head.length).equals(head) &&
      text.subarray(text.length - fileTail.length).equals(fileTail)
    if (!isWhole || !decodeHex(text.subarray(head.length), secret)) {
      secret.fill(0)
      throw new SezError('KEY_FILE_INVALID', { path: file })
    }
    return secret
  } finally {
    text.fill(0)
    closeSync(descriptor)
  }
}

function headOf(type: string): Buffer {
  return Buffer.from(`{"type":"${type}","seed":"`)
}

function openSecretFile(file: string): number {
  try {
    return openSync(file, 'r')
  } catch (cause) {
    throw new SezError('KEY_FILE_MISSING', { path: file }, { cause })
  }
}

function unwritable(path: string, cause: unknown): SezError {
  const isFull = isSystemError(cause) && (cause.code === 'ENOSPC' || cause.code === 'EDQUOT')
  const message = `The key file ${path} cannot be written: the disk is full. Make room, start again.`
  return new SezError('KEY_FILE_MISSING', { path }, isFull ? { message, cause } : { cause })
}

/** Fills `into` from lower-case hex digits; false when there is anything else. */
function decodeHex(digits: Uint8Array, into: Uint8Array): boolean {
  for (let i = 0; i < into.length; i += 1) {
    const high = valueOfHexDigit(digits[2 * i])
    const low = valueOfHexDigit(digits[2 * i + 1])
    if (high < 0 || low < 0) return false
    into[i] = high * 16 + low
  }
  return true
}

function hexDigitOf(value: number): number {
  return value < 10 ? 0x30 + value : 0x61 + value - 10
}

function valueOfHexDigit(digit: number | undefined): number {
  if (digit === undefined) return -1
  if (digit >= 0x30 && digit <= 0x39) return digit - 0x30
  return digit >= 0x61 && digit <= 0x66 ? digit - 0x61 + 10 : -1
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error
}
