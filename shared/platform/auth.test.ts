/** A token names a caller only when everything about it can be verified. @module */
import { createServer, type Server } from 'node:http'
import { SezError } from '@sez/core/errors'
import { corridorId, entityId } from '@sez/core/ids'
import { type CryptoKey, exportJWK, generateKeyPair, type JSONWebKeySet, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Authenticator, openAuthenticator } from './auth.ts'
import { anonymous } from './context.ts'
import { owner } from './library.fixture.ts'

const issuer = 'https://issuer.test'
const audience = 'sez'
const start = new Date('2026-01-01T00:00:00Z')
const startS = start.getTime() / 1_000

interface Key {
  readonly alg: string
  readonly kid: string
  readonly privateKey: CryptoKey
}

const keys: Record<string, Key> = {}
const jwks: JSONWebKeySet = { keys: [] }

async function addKey(alg: string, kid: string, isPublished: boolean): Promise<void> {
  const { privateKey, publicKey } = await generateKeyPair(alg)
  keys[kid] = { alg, kid, privateKey }
  if (isPublished) jwks.keys.push({ ...(await exportJWK(publicKey)), kid, alg, use: 'sig' })
}

beforeAll(async () => {
  await addKey('EdDSA', 'ed', true)
  await addKey('ES256', 'es', true)
  await addKey('RS256', 'rs', true)
  await addKey('ES384', 'es384', true)
  await addKey('EdDSA', 'unpublished', false)
})

const claims = {
  iss: issuer,
  aud: audience,
  sub: owner,
  exp: startS + 600,
  roles: ['CITIZEN', 'SIGNATORY'],
}

function sign(changes: Record<string, unknown> = {}, kid = 'ed'): Promise<string> {
  const key = keys[kid]
  if (key === undefined) throw new TypeError(kid)
  const payload = Object.fromEntries(
    Object.entries({ ...claims, ...changes }).filter(([, value]) => value !== undefined),
  )
  return new SignJWT(payload).setProtectedHeader({ alg: key.alg, kid }).sign(key.privateKey)
}

function open(now: () => Date = () => start): Authenticator {
  return openAuthenticator({ issuers: [{ issuer, keys: jwks }], audience, now })
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'accepted'
  } catch (error) {
    if (error instanceof SezError) return error.code
    throw error
  }
}

describe('a caller', () => {
  it('is anonymous without a header', async () => {
    expect(await open().callerOf(null)).toBe(anonymous)
  })

  it.each(['ed', 'es', 'rs'])('is known by a token signed with %s', async (kid) => {
    const caller = await open().callerOf(`Bearer ${await sign({}, kid)}`)
    expect(caller).toEqual({
      did: owner,
      roles: new Set(['CITIZEN', 'SIGNATORY']),
      entityIds: null,
      corridorIds: null,
      expiresAt: new Date((startS + 600) * 1_000),
    })
  })

  it('is narrowed by its claims, to nothing by an empty list', async () => {
    const id = entityId('ent_01890a5d-ac96-774b-bcce-b302099a8057')
    const token = await sign({ entities: [id], corridors: [] })
    const caller = await open().callerOf(`bearer ${token}`)
    expect(caller.entityIds).toEqual(new Set([id]))
    expect(caller.corridorIds).toEqual(new Set())
    const narrowed = await open().callerOf(`Bearer ${await sign({ corridors: ['pak-uae'] })}`)
    expect(narrowed.corridorIds).toEqual(new Set([corridorId('pak-uae')]))
  })
})

describe('TOKEN_INVALID', () => {
  it.each<[string, Record<string, unknown>, string?]>([
    ['of another issuer', { iss: 'https://other.test' }],
    ['of no issuer', { iss: undefined }],
    ['for another audience', { aud: 'other' }],
    ['for no audience', { aud: undefined }],
    ['without expiry', { exp: undefined }],
    ['not valid yet, beyond the skew', { nbf: startS + 61 }],
    ['without subject', { sub: undefined }],
    ['of a subject that is no DID', { sub: 'alice' }],
    ['without roles', { roles: undefined }],
    ['with one role as text', { roles: 'ADMIN' }],
    ['with an unknown role', { roles: ['CITIZEN', 'ROOT'] }],
    ['with roles that are no text', { roles: [1] }],
    ['with too many roles', { roles: Array(12).fill('CITIZEN') }],
    ['with a malformed entity id', { entities: ['ent_1'] }],
    ['with entities that are no list', { entities: '*' }],
    ['with a malformed corridor id', { corridors: ['PAK UAE'] }],
    ['with corridors that are null', { corridors: null }],
    ['with too many entities', { entities: Array(501).fill('ent_1') }],
    ['of a key that is not published', {}, 'unpublished'],
    ['of an algorithm that is not accepted', {}, 'es384'],
  ])('for a token %s', async (_case, changes, kid) => {
    const token = await sign(changes, kid)
    expect(await codeOf(open().callerOf(`Bearer ${token}`))).toBe('TOKEN_INVALID')
  })

  it.each([
    ['', 'an empty header'],
    ['Basic YTpi', 'another scheme'],
    ['Bearer', 'no token'],
    ['Bearer a.b', 'two parts'],
    ['Bearer a.b.c', 'no JSON'],
    ['Bearer a.b.c d', 'more than a token'],
    [`Bearer ${'a'.repeat(9_000)}.b.c`, 'a token without end'],
  ])('for the header %j: %s', async (header) => {
    expect(await codeOf(open().callerOf(header))).toBe('TOKEN_INVALID')
  })

  it('for a token whose claims were changed after signing', async () => {
    const [head, body = '', signature] = (await sign()).split('.')
    const changed = Buffer.from(
      Buffer.from(body, 'base64url').toString().replace('CITIZEN', 'AUDITOR'),
    ).toString('base64url')
    expect(await codeOf(open().callerOf(`Bearer ${head}.${changed}.${signature}`))).toBe(
      'TOKEN_INVALID',
    )
  })

  it('for an unsigned token', async () => {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
    const token = `${part({ alg: 'none' })}.${part(claims)}.AA`
    expect(await codeOf(open().callerOf(`Bearer ${token}`))).toBe('TOKEN_INVALID')
  })

  it('says why and repeats no part of the token', async () => {
    const token = await sign({ roles: ['ROOT'] })
    const error: unknown = await open()
      .callerOf(`Bearer ${token}`)
      .catch((each: unknown) => each)
    expect(error).toMatchObject({ details: { reason: expect.stringContaining('unknown role') } })
    expect(String(error)).not.toContain(token.slice(0, 20))
  })
})

describe('expiry', () => {
  it('TOKEN_EXPIRED once the skew has passed', async () => {
    const token = await sign({ exp: startS - 59 })
    expect(await codeOf(open().callerOf(`Bearer ${token}`))).toBe('accepted')
    const late = await sign({ exp: startS - 61 })
    expect(await codeOf(open().callerOf(`Bearer ${late}`))).toBe('TOKEN_EXPIRED')
  })

  it('TOKEN_EXPIRED for a token that was verified before', async () => {
    let now = start
    const authenticator = open(() => now)
    const header = `Bearer ${await sign({ exp: startS + 10 })}`
    const caller = await authenticator.callerOf(header)
    expect(await authenticator.callerOf(header)).toBe(caller)
    now = new Date(start.getTime() + 70_000)
    expect(await codeOf(authenticator.callerOf(header))).toBe('TOKEN_EXPIRED')
  })

  it('is allowed the skew on nbf', async () => {
    expect(await codeOf(open().callerOf(`Bearer ${await sign({ nbf: startS + 59 })}`))).toBe(
      'accepted',
    )
  })
})

describe('a key set elsewhere', () => {
  let server: Server
  let url: URL
  const answers = { isUp: true, count: 0, body: jwks as unknown }

  beforeAll(async () => {
    server = createServer((_, response) => {
      answers.count += 1
      response.writeHead(answers.isUp ? 200 : 503).end(JSON.stringify(answers.body))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    url = new URL(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`)
  })
  afterAll(() => server.close())

  const openRemote = (now: () => Date = () => start): Authenticator =>
    openAuthenticator({ issuers: [{ issuer, keys: url }], audience, now })

  it('is fetched once for many tokens', async () => {
    answers.count = 0
    const authenticator = openRemote()
    const tokens = await Promise.all(Array.from({ length: 20 }, (_, jti) => sign({ jti })))
    await Promise.all(tokens.map((token) => authenticator.callerOf(`Bearer ${token}`)))
    await authenticator.requireKeys()
    expect(answers.count).toBe(1)
  })

  it('JWKS_UNAVAILABLE when it cannot be fetched, asked again only after a pause', async () => {
    let now = start
    answers.isUp = false
    const authenticator = openRemote(() => now)
    const header = `Bearer ${await sign()}`
    expect(await codeOf(authenticator.callerOf(header))).toBe('JWKS_UNAVAILABLE')
    answers.isUp = true
    answers.count = 0
    expect(await codeOf(authenticator.callerOf(header))).toBe('JWKS_UNAVAILABLE')
    expect(await codeOf(authenticator.requireKeys())).toBe('JWKS_UNAVAILABLE')
    expect(answers.count).toBe(0)
    now = new Date(start.getTime() + 1_000)
    expect(await codeOf(authenticator.callerOf(header))).toBe('accepted')
  })

  it('is fetched again after a pause though the clock was set back meanwhile', async () => {
    let now = start
    answers.isUp = false
    const authenticator = openRemote(() => now)
    const header = `Bearer ${await sign()}`
    expect(await codeOf(authenticator.callerOf(header))).toBe('JWKS_UNAVAILABLE')
    answers.isUp = true
    now = new Date(start.getTime() - 30_000)
    expect(await codeOf(authenticator.callerOf(header))).toBe('accepted')
  })

  it('JWKS_UNAVAILABLE when it is no key set', async () => {
    answers.body = { hello: 'world' }
    expect(await codeOf(openRemote().callerOf(`Bearer ${await sign()}`))).toBe('JWKS_UNAVAILABLE')
    expect(await codeOf(openRemote().requireKeys())).toBe('JWKS_UNAVAILABLE')
    answers.body = jwks
  })

  it('TOKEN_INVALID, not unavailable, for a key it does not hold', async () => {
    const token = await sign({}, 'unpublished')
    expect(await codeOf(openRemote().callerOf(`Bearer ${token}`))).toBe('TOKEN_INVALID')
  })
})
