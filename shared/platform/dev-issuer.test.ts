/** The development issuer: persistent, private to its owner, absent in production. @module */
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { entityId } from '@sez/core/ids'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openAuthenticator } from './auth.ts'
import { type DevelopmentIssuer, openDevelopmentIssuer } from './dev-issuer.ts'
import { owner } from './library.fixture.ts'

const now = (): Date => new Date('2026-01-01T00:00:00Z')
const audience = 'sez'
let dataDir = ''

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'sez-issuer-'))
})
afterEach(() => rmSync(dataDir, { recursive: true }))

function open(): Promise<DevelopmentIssuer> {
  return openDevelopmentIssuer({ mode: 'development', dataDir, audience, now })
}

function callerOf(issuer: DevelopmentIssuer, token: string) {
  const issuers = [{ issuer: issuer.issuer, keys: issuer.jwks }]
  return openAuthenticator({ issuers, audience, now }).callerOf(`Bearer ${token}`)
}

describe('the development issuer', () => {
  it('hands out tokens that name who and what it was told', async () => {
    const issuer = await open()
    const id = entityId('ent_01890a5d-ac96-774b-bcce-b302099a8057')
    const token = await issuer.token({ sub: owner, roles: ['OPERATOR'], entityIds: [id] })
    expect(await callerOf(issuer, token)).toMatchObject({
      did: owner,
      roles: new Set(['OPERATOR']),
      entityIds: new Set([id]),
      corridorIds: null,
      expiresAt: new Date('2026-01-01T08:00:00Z'),
    })
  })

  it('hands out tokens that have expired, for tests', async () => {
    const issuer = await open()
    const token = await issuer.token({ sub: owner, roles: [], lifetimeS: -61 })
    await expect(callerOf(issuer, token)).rejects.toMatchObject({ code: 'TOKEN_EXPIRED' })
  })

  it('keeps its key over a restart, in a file for its owner only', async () => {
    const first = await open()
    const token = await first.token({ sub: owner, roles: ['CITIZEN'] })
    const second = await open()
    expect(second.jwks).toEqual(first.jwks)
    expect(await callerOf(second, token)).toMatchObject({ did: owner })
    const [file = ''] = readdirSync(dataDir)
    expect(statSync(join(dataDir, file)).mode & 0o777).toBe(0o600)
  })

  it('has one key when several processes start at once', async () => {
    const issuers = await Promise.all([open(), open(), open(), open()])
    expect(new Set(issuers.map(({ jwks }) => jwks.keys[0]?.['x'])).size).toBe(1)
    expect(readdirSync(dataDir)).toHaveLength(1)
  })

  it('publishes no secret', async () => {
    const { jwks } = await open()
    const [file = ''] = readdirSync(dataDir)
    const { d } = JSON.parse(readFileSync(join(dataDir, file), 'utf8')) as { d: string }
    expect(JSON.stringify(jwks)).not.toContain(d)
    expect(jwks.keys[0]).not.toHaveProperty('d')
  })

  it('DEVELOPMENT_ONLY in production', async () => {
    const opening = openDevelopmentIssuer({ mode: 'production', dataDir, audience, now })
    await expect(opening).rejects.toMatchObject({ code: 'DEVELOPMENT_ONLY' })
    expect(readdirSync(dataDir)).toEqual([])
  })

  it('DATA_DIR_UNWRITABLE where it cannot keep its key', async () => {
    const file = join(dataDir, 'file')
    writeFileSync(file, '')
    const options = { mode: 'development' as const, dataDir: join(file, 'x'), audience, now }
    await expect(openDevelopmentIssuer(options)).rejects.toMatchObject({
      code: 'DATA_DIR_UNWRITABLE',
    })
  })
})
