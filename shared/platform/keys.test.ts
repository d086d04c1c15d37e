/** The zone's keys: one file, only its owner's; secrets that leave no trace. @module */
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { verifyProofs } from '@sez/core/proof'
import { expect, test } from 'vitest'
import { createZoneKeyFile, loadZoneKeys } from './keys.ts'

function folder(): Disposable & { readonly file: string } {
  const path = mkdtempSync(join(tmpdir(), 'sez-keys-'))
  return {
    file: join(path, 'deep', 'zone-key.json'),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  }
}

const codeOf = (load: () => unknown): unknown => {
  try {
    return load()
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error
  }
}

test('a development zone makes its key once, readable by its owner only, and keeps it', () => {
  using place = folder()
  using first = loadZoneKeys({ file: place.file, mode: 'development' })
  using second = loadZoneKeys({ file: place.file, mode: 'production' })
  expect(statSync(place.file).mode & 0o777).toBe(0o600)
  expect(second.did).toBe(first.did)
  expect(second.hmac('x')).toBe(first.hmac('x'))
  expect(first.hmac('x')).not.toBe(first.hmac('y'))
  expect(createZoneKeyFile(place.file)).toBe(false)
  const signed = first.signDocument({ a: 1 }, new Date('2026-02-01T00:00:00.500Z'))
  expect(signed).toMatchObject({ a: 1, proof: { created: '2026-02-01T00:00:00Z' } })
  expect(verifyProofs(signed)).toMatchObject([{ valid: true, did: first.did }])
})

test('two zones have different keys and different tags', () => {
  using here = folder()
  using there = folder()
  using a = loadZoneKeys({ file: here.file, mode: 'development' })
  using b = loadZoneKeys({ file: there.file, mode: 'development' })
  expect(a.did).not.toBe(b.did)
  expect(a.hmac('x')).not.toBe(b.hmac('x'))
})

test('KEY_FILE_MISSING in production, and where a file cannot be made', () => {
  using place = folder()
  expect(codeOf(() => loadZoneKeys({ file: place.file, mode: 'production' }))).toBe(
    'KEY_FILE_MISSING',
  )
  createZoneKeyFile(place.file)
  const under = join(place.file, 'below-a-file.json')
  expect(codeOf(() => loadZoneKeys({ file: under, mode: 'development' }))).toBe('KEY_FILE_MISSING')
})

test.each([0o640, 0o604, 0o620, 0o660])('KEY_FILE_EXPOSED at mode %o', (mode) => {
  using place = folder()
  createZoneKeyFile(place.file)
  chmodSync(place.file, mode)
  expect(codeOf(() => loadZoneKeys({ file: place.file, mode: 'development' }))).toBe(
    'KEY_FILE_EXPOSED',
  )
})

test('KEY_FILE_INVALID for anything but exactly one key', () => {
  using place = folder()
  createZoneKeyFile(place.file)
  const text = readFileSync(place.file, 'utf8')
  const broken = [
    '',
    '{}',
    text.slice(0, -1),
    `${text} `,
    text.replace('v1', 'v2'),
    text.replace(/[0-9a-f](?="\})/u, 'G'),
    text.toUpperCase(),
  ]
  for (const each of broken) {
    writeFileSync(place.file, each)
    expect(codeOf(() => loadZoneKeys({ file: place.file, mode: 'development' }))).toBe(
      'KEY_FILE_INVALID',
    )
  }
})

test('the secret shows nowhere, and a disposed key signs nothing', () => {
  using place = folder()
  const keys = loadZoneKeys({ file: place.file, mode: 'development' })
  const seed = /"seed":"([0-9a-f]{64})"/u.exec(readFileSync(place.file, 'utf8'))?.[1] ?? ''
  expect(seed).toHaveLength(64)
  const shown = [inspect(keys, { depth: 9, showHidden: true }), inspect(keys), JSON.stringify(keys)]
  for (const text of shown) expect(text).not.toContain(seed.slice(0, 8))
  keys[Symbol.dispose]()
  expect(codeOf(() => keys.signDocument({ a: 1 }, new Date(0)))).toBe('KEY_DISPOSED')
  expect(codeOf(() => keys.hmac('x'))).toBe('KEY_DISPOSED')
})
