/** The desk gives tokens to whoever sits at this machine, and to nobody who only reaches it. @module */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openAuthenticator } from '@sez/platform/auth'
import { systemClock } from '@sez/platform/clock'
import { openDevelopmentIssuer } from '@sez/platform/dev-issuer'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDevelopmentDesk } from './development.ts'
import { openTestListener, type TestListener } from './listener.fixture.ts'
import { routesOf } from './routes.ts'
import { personOf } from './seed/persons.ts'

let folder = ''
let zone: TestListener
let callerOf: (token: string) => Promise<{ readonly did: string | null; readonly roles: unknown }>
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sez-desk-'))
  const audience = 'sez'
  const scope = { mode: 'development', dataDir: folder, audience, now: systemClock } as const
  const issuer = await openDevelopmentIssuer(scope)
  const issuers = [{ issuer: issuer.issuer, keys: issuer.jwks }]
  const authenticator = openAuthenticator({ issuers, audience, now: systemClock })
  callerOf = (token) => authenticator.callerOf(`Bearer ${token}`)
  zone = await openTestListener(
    routesOf({
      graphql: () => undefined,
      readiness: async () => ({ status: 'ready', checks: [] }),
      metrics: null,
      desk: openDevelopmentDesk({ issuer, didOf: personOf }),
      playground: null,
    }),
  )
})
afterAll(async () => {
  await zone[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

const tokenIn = (body: unknown): string => Object(body).token

test('a token of a role is for the person of the worked example who plays it', async () => {
  const { status, headers, body } = await zone.get('/dev/token?role=PARTNER')
  expect(status).toBe(200)
  expect(headers['cache-control']).toBe('no-store')
  expect(body).toMatchObject({ did: personOf('PARTNER'), roles: ['PARTNER'] })
  const caller = await callerOf(tokenIn(body))
  expect(caller).toMatchObject({ did: personOf('PARTNER'), roles: new Set(['PARTNER']) })
})

test('a token may hold several roles and be for any DID', async () => {
  const { body } = await zone.get('/dev/token?role=TAX&role=AUDITOR&did=did:web:a.test')
  const caller = await callerOf(tokenIn(body))
  expect(caller).toMatchObject({ did: 'did:web:a.test', roles: new Set(['TAX', 'AUDITOR']) })
})

test('as=text gives the bare token, kept by nobody on the way', async () => {
  const { headers, body } = await zone.get('/dev/token?role=ADMIN&as=text')
  expect(headers).toMatchObject({
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
  })
  expect(await callerOf(String(body))).toMatchObject({ roles: new Set(['ADMIN']) })
})

test('the key that verifies them is public', async () => {
  const { body } = await zone.get('/.well-known/jwks.json')
  expect(Object(body).keys).toEqual([expect.not.objectContaining({ d: expect.anything() })])
})

test.each([
  ['no role', '/dev/token'],
  ['no such role', '/dev/token?role=KING'],
  ['one role of two that is none', '/dev/token?role=ADMIN&role=KING'],
  ['a DID that is none', '/dev/token?role=ADMIN&did=nobody'],
])('VALIDATION_ERROR for %s', async (_, path) => {
  expect(await zone.get(path)).toMatchObject({ status: 400, code: 'VALIDATION_ERROR' })
})

const path = '/dev/token?role=ADMIN'

test.each([
  ['a page of another site', { origin: 'https://evil.test' }],
  ['a page of another port of this machine', { origin: 'http://127.0.0.1:1' }],
  ['a sandboxed page', { origin: 'null' }],
  ['the https page of this very host', { origin: 'https://127.0.0.1' }],
  ['a name that points at this machine', { host: 'evil.test' }],
  ['such a name, with its own origin', { host: 'evil.test', origin: 'http://evil.test' }],
  ['a name that begins like this machine', { host: '127.0.0.1.evil.test' }],
  ['a name that begins with localhost', { host: 'localhost.evil.test' }],
  ['a name behind a user', { host: 'localhost@evil.test' }],
  ['a cross-site request without an origin', { 'sec-fetch-site': 'cross-site' }],
  ['a request of a neighbour domain', { 'sec-fetch-site': 'same-site' }],
])('FORBIDDEN for %s', async (_, headers) => {
  const reply = await zone.get(path, headers)
  expect(reply).toMatchObject({ status: 403, code: 'FORBIDDEN' })
  expect(JSON.stringify(reply.body)).not.toContain('eyJ')
})

test.each(['127.0.0.1', 'localhost', '[::1]'])('its own page at %s gets one', async (name) => {
  const host = `${name}:${zone.port}`
  const headers = { host, origin: `http://${host}`, 'sec-fetch-site': 'same-origin' }
  expect(await zone.get(path, headers)).toMatchObject({ status: 200 })
  expect(await zone.get(path, { host, 'sec-fetch-site': 'none' })).toMatchObject({ status: 200 })
})

test('a foreign page may not read the answer even where it may ask', async () => {
  const { headers } = await zone.get(path)
  expect(headers).not.toHaveProperty('access-control-allow-origin')
})

test.each(['//', '///dev/token', 'http://[', '/?role=ADMIN'])(
  'NOT_FOUND, and not a failure, for %s',
  async (strange) => {
    expect(await zone.get(strange)).toMatchObject({ status: 404, code: 'NOT_FOUND' })
  },
)
