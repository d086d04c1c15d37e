import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bytesToHex, hmac } from '@sez/core/digest'
import { parseDid } from '@sez/core/did'
import { corridorId, entityId } from '@sez/core/ids'
import { expect, onTestFinished, test } from 'vitest'
import {
  createAssertionSecretFile,
  loadAssertionSecret,
  openAsserter,
  openAssertionVerifier,
} from './assertion.ts'
import { randomBytes } from './clock.ts'
import { anonymous, type Caller } from './context.ts'
import { refusalOf as refusalOfWork } from './database.fixture.ts'
import { assertionCharactersMax, assertionLifetimeMs, assertionSkewMs } from './limits.ts'

const secret = new Uint8Array(32).fill(3)
const line = Buffer.from('{"query":"{ a }"}')
const caller: Caller = {
  did: parseDid('did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK'),
  roles: new Set(['CITIZEN', 'AUDITOR']),
  entityIds: new Set([entityId('ent_01890a5d-ac96-774b-bcce-b302099a8057')]),
  corridorIds: new Set([corridorId('pak-uae')]),
  expiresAt: new Date(2_000_000),
}

function ground(options: { noncesMax?: number; startMs?: number } = {}) {
  const clock = { ms: options.startMs ?? 1_000_000 }
  const now = () => new Date(clock.ms)
  const asserter = openAsserter({ secret, now, random: randomBytes })
  const verifier = openAssertionVerifier({ secret, subgraph: 'entities', now, ...options })
  const assert = (changes: Partial<Parameters<typeof asserter.assert>[0]> = {}) =>
    asserter.assert({ subgraph: 'entities', caller, correlationId: 'c-1', line, ...changes })
  const verify = (assertion: string | undefined, bytes: Uint8Array = line, isMutation = false) =>
    verifier.verify(assertion, bytes, { isMutation: () => isMutation })
  const codeOf = (assertion: string | undefined, bytes: Uint8Array = line, isMutation = false) =>
    refusalOf(() => verify(assertion, bytes, isMutation))
  return { clock, now, assert, verify, codeOf }
}

const refusalOf = (work: () => unknown) => refusalOfWork(Promise.try(work))

/** Signs any claims as an asserter would. */
function signed(claims: unknown, options: { head?: string; subgraph?: string } = {}): string {
  const { head = 'v1.', subgraph = 'entities' } = options
  const text = typeof claims === 'string' ? claims : JSON.stringify(claims)
  const body = head + Buffer.from(text).toString('base64url')
  return `${body}.${bytesToHex(hmac(hmac(secret, `sez-assertion-v1\0${subgraph}`), body))}`
}

function claimsIn(assertion: string): Record<string, unknown> {
  const [, body = ''] = assertion.split('.')
  return JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, unknown>
}

test('a caller crosses whole', () => {
  const { assert, verify } = ground()
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
  expect(verify(assert({ traceparent }))).toEqual({ caller, correlationId: 'c-1', traceparent })
  expect(verify(assert({ caller: anonymous }))).toEqual({
    caller: anonymous,
    correlationId: 'c-1',
    traceparent: null,
  })
})

test('without an assertion nobody is answered', async () => {
  const { codeOf } = ground()
  expect(await codeOf(undefined)).toMatchObject({ code: 'ASSERTION_MISSING' })
  expect(await codeOf('')).toMatchObject({ code: 'ASSERTION_MISSING' })
})

test('no character of an assertion can be changed', async () => {
  const { assert, codeOf, verify } = ground()
  const good = assert()
  verify(good)
  for (let at = 0; at < good.length; at += 1) {
    const other = good[at] === 'A' ? 'B' : 'A'
    const changed = good.slice(0, at) + other + good.slice(at + 1)
    expect(await codeOf(changed)).toMatchObject({ code: 'ASSERTION_INVALID' })
  }
  for (const wrong of ['x', 'v1.', '.', good.slice(0, -1), `${good}0`, good.slice(1)]) {
    expect(await codeOf(wrong)).toMatchObject({ code: 'ASSERTION_INVALID' })
  }
  expect(await codeOf('A'.repeat(assertionCharactersMax + 1))).toMatchObject({
    code: 'ASSERTION_INVALID',
  })
})

test('claims that are not what they must be are refused, even with a true MAC', async () => {
  const { assert, codeOf, verify } = ground()
  const claims = claimsIn(assert())
  verify(signed(claims))
  const callerClaims = claims['caller'] as Record<string, unknown>
  const wrong: readonly (readonly [string, unknown])[] = [
    ['other version', null],
    ['no object', [1]],
    ['no JSON', '{'],
    ...Object.keys(claims).map(
      (key) => [`without ${key}`, { ...claims, [key]: undefined }] as const,
    ),
    ...Object.keys(claims).map((key) => [`number in ${key}`, { ...claims, [key]: 1.5 }] as const),
    ...Object.keys(callerClaims).flatMap((key) =>
      [undefined, 'x', 1.5, ['!']].map(
        (value) =>
          [
            `caller.${key} ${String(value)}`,
            { ...claims, caller: { ...callerClaims, [key]: value } },
          ] as const,
      ),
    ),
    ['correlation id', { ...claims, correlationId: 'a\nb' }],
    ['trace', { ...claims, traceparent: 'zz' }],
    ['nonce', { ...claims, nonce: 'A'.repeat(32) }],
  ]
  for (const [name, value] of wrong) {
    const text = name === 'other version' ? signed(claims, { head: 'v2.' }) : signed(value)
    expect([name, (await codeOf(text)).code]).toEqual([name, 'ASSERTION_INVALID'])
  }
})

test('an assertion serves its subgraph and its request only', async () => {
  const { assert, codeOf } = ground()
  const invalid = { code: 'ASSERTION_INVALID' }
  expect(await codeOf(assert({ subgraph: 'corridor' }))).toMatchObject(invalid)
  const borrowed = signed({ ...claimsIn(assert()), subgraph: 'corridor' })
  expect(await codeOf(borrowed)).toMatchObject(invalid)
  expect(await codeOf(assert(), Buffer.from('{"query":"{ b }"}'))).toMatchObject(invalid)
  expect(await codeOf(assert(), Buffer.from('{"query":"{ a }"} '))).toMatchObject(invalid)
})

test('an assertion lives as long as it may, by either clock', async () => {
  const { clock, assert, codeOf, verify } = ground()
  const assertion = assert()
  clock.ms += assertionLifetimeMs - 1
  verify(assertion)
  clock.ms += 1
  expect(await codeOf(assertion)).toMatchObject({ code: 'ASSERTION_EXPIRED' })
  clock.ms -= assertionLifetimeMs + assertionSkewMs
  verify(assertion)
  clock.ms -= 1
  expect(await codeOf(assertion)).toMatchObject({ code: 'ASSERTION_INVALID' })
})

test('a caller whose token has ended is refused', async () => {
  const { clock, assert, codeOf, verify } = ground()
  clock.ms = 2_000_000 + 59_999
  verify(assert())
  clock.ms += 1
  expect(await codeOf(assert())).toMatchObject({ code: 'TOKEN_EXPIRED' })
})

test('a mutation’s assertion is taken once, a query’s as long as it lives', async () => {
  const { clock, assert, codeOf, verify } = ground()
  const assertion = assert()
  verify(assertion)
  verify(assertion)
  verify(assertion, line, true)
  clock.ms += assertionLifetimeMs - 1
  expect(await codeOf(assertion, line, true)).toMatchObject({ code: 'ASSERTION_REPLAYED' })
  clock.ms += 1
  expect(await codeOf(assertion, line, true)).toMatchObject({ code: 'ASSERTION_EXPIRED' })
})

test('a full memory refuses mutations until one may be forgotten', async () => {
  const { clock, assert, codeOf, verify } = ground({ noncesMax: 2 })
  const first = assert()
  verify(first, line, true)
  clock.ms += 1_000
  verify(assert(), line, true)
  expect(await codeOf(assert(), line, true)).toMatchObject({
    code: 'UPSTREAM_BUSY',
    details: { subgraph: 'entities', retryAfterMs: assertionLifetimeMs - 1_000 },
  })
  expect(await codeOf(first, line, true)).toMatchObject({ code: 'ASSERTION_REPLAYED' })
  verify(assert())
  clock.ms += assertionLifetimeMs - 1_000
  verify(assert(), line, true)
  expect(await codeOf(first, line, true)).toMatchObject({ code: 'ASSERTION_EXPIRED' })
})

test('a mutation asserted before the process began is refused: an earlier one may have run it', async () => {
  const { clock, assert, now } = ground()
  const assertion = assert()
  clock.ms += 1
  const later = openAssertionVerifier({ secret, subgraph: 'entities', now })
  later.verify(assertion, line, { isMutation: () => false })
  expect(
    await refusalOf(() => later.verify(assertion, line, { isMutation: () => true })),
  ).toMatchObject({ code: 'ASSERTION_EXPIRED' })
})

test('a process begun by a clock that was ahead takes mutations as soon as that is right again', () => {
  const { clock, now, assert } = ground({ startMs: 4_600_000 })
  const verifier = openAssertionVerifier({ secret, subgraph: 'entities', now })
  clock.ms -= 3_600_000
  verifier.verify(assert(), line, { isMutation: () => false })
  clock.ms += assertionLifetimeMs
  verifier.verify(assert(), line, { isMutation: () => true })
})

test('a full memory forgets what is dead also where a clock set back has left it in disorder', () => {
  const { clock, assert, verify } = ground({ noncesMax: 2, startMs: 1_600_000 })
  verify(assert(), line, true)
  clock.ms -= 600_000
  verify(assert(), line, true)
  clock.ms += assertionLifetimeMs
  verify(assert(), line, true)
})

test('what a request holds is not looked at before its assertion proved true', async () => {
  const { assert, now } = ground()
  const verifier = openAssertionVerifier({ secret, subgraph: 'entities', now })
  let looks = 0
  const isMutation = () => {
    looks += 1
    return false
  }
  await refusalOf(() => verifier.verify(`${assert()}0`, line, { isMutation }))
  expect(looks).toBe(0)
  verifier.verify(assert(), line, { isMutation })
  expect(looks).toBe(1)
})

test('the secret is made in development, and in production must be there', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sez-assertion-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'assertion.key')
  expect(await refusalOf(() => loadAssertionSecret({ file, mode: 'production' }))).toMatchObject({
    code: 'KEY_FILE_MISSING',
  })
  const made = loadAssertionSecret({ file, mode: 'development' })
  expect(made).toHaveLength(32)
  expect(loadAssertionSecret({ file, mode: 'production' })).toEqual(made)
  expect(createAssertionSecretFile(file)).toBe(false)
})
