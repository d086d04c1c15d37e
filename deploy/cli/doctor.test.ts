/** What the doctor finds, on machines and databases made ill for it. @module */
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { databaseUrl, openEmptyDatabase, openTestDatabase } from '@sez/platform/database.fixture'
import { createZoneKeyFile, loadZoneKeys } from '@sez/platform/keys'
import postgres from 'postgres'
import { describe, expect, onTestFinished, test } from 'vitest'
import { sez } from './commands.ts'
import { dispatch } from './dispatch.ts'
import { clockFinding } from './doctor-database.ts'
import {
  checkClock,
  checkDisk,
  checkFolder,
  checkNode,
  checkPackages,
  checkPlatform,
} from './doctor-machine.ts'
import { type Examined, examine, ok } from './examination.ts'

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'sez-doctor-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

async function doctor(env: Record<string, string>, now = () => new Date()) {
  const [out, err]: [string[], string[]] = [[], []]
  const code = await dispatch(sez, ['doctor', '--json'], {
    stdin: () => Promise.resolve(new Uint8Array()),
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
    env: { SEZ_DATA_DIR: join(tmpdir(), 'sez-doctor-none'), SEZ_PORT: '0', ...env },
    now,
  })
  expect(err).toEqual([])
  const text = out.join('\n')
  const { healthy, checks } = JSON.parse(text) as { healthy: boolean; checks: Examined[] }
  const of = (name: string) => checks.find((each) => each.name === name)
  return { code, text, healthy, checks, of }
}

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const address = server.address()
  return typeof address === 'object' ? `http://127.0.0.1:${address?.port}` : ''
}

test('a fresh checkout is healthy, and nothing is made', async () => {
  const dataDir = join(folder(), 'data')
  const { code, healthy, checks } = await doctor({ SEZ_DATA_DIR: dataDir })
  expect(checks.filter(({ status }) => status === 'fail')).toEqual([])
  expect([code, healthy]).toEqual([0, true])
  expect(checks.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['node', 'packages', 'self-test', 'disk', 'embedded server', 'port']),
  )
  expect(existsSync(dataDir)).toBe(false)
})

test('without --json it is a line for each check and what to do below it', async () => {
  const out: string[] = []
  await dispatch(sez, ['doctor'], {
    stdin: () => Promise.resolve(new Uint8Array()),
    out: (text) => void out.push(text),
    err: (text) => void out.push(text),
    env: { SEZ_PORT: '0', SEZ_PROT: '1', SEZ_DATA_DIR: join(folder(), 'data') },
    now: () => new Date(),
  })
  expect(out.join('\n')).toMatch(/^warn {2}configuration .*SEZ_PORT\?\)\n +→ Correct or remove/mu)
})

describe('configuration', () => {
  test('every problem of it, without a value', async () => {
    const env = {
      SEZ_PORT: 'hunter2',
      SEZ_HOST: '0.0.0.0',
      DATABASE_URL: 'mysql://me:hunter2@db/x',
    }
    const { code, of, text } = await doctor(env)
    expect([code, of('configuration')?.status]).toEqual([1, 'fail'])
    for (const name of Object.keys(env)) expect(of('configuration')?.found).toContain(name)
    expect(text).not.toContain('hunter2')
    expect(of('self-test')?.status).toBe('ok')
  })
})

describe('the database', () => {
  test('one that cannot be reached fails, the rest waits, no password is told', async () => {
    const { code, of, text } = await doctor({
      DATABASE_URL: 'postgres://me:hunter2@127.0.0.1:1/zone',
    })
    expect([code, of('database')?.status, of('log')?.status]).toEqual([1, 'fail', 'warn'])
    expect(of('database')?.found).toContain('127.0.0.1:1')
    expect(text).not.toContain('hunter2')
  })

  test('DATABASE_REFUSED names no password either', async () => {
    await using empty = await openEmptyDatabase()
    const url = new URL(databaseUrl(empty.url, 'no_such_database'))
    const { code, of } = await doctor({ DATABASE_URL: url.href })
    expect([code, of('database')?.found]).toEqual([1, expect.stringContaining('DATABASE_REFUSED')])
  })

  test('an empty one holds no zone yet', async () => {
    await using empty = await openEmptyDatabase()
    const { code, of } = await doctor({ DATABASE_URL: empty.url })
    expect([code, of('migrations')?.status, of('log')?.status]).toEqual([0, 'warn', 'warn'])
  })

  test('a good one is good, and each illness is found by its check', async () => {
    await using database = await openTestDatabase()
    const sql = postgres(database.url, { max: 1, onnotice: () => {} })
    onTestFinished(() => sql.end())
    const [zone] = await sql<{ id: string }[]>`select zone_id as id from platform.zone`
    const env = {
      DATABASE_URL: database.url,
      SEZ_ZONE_ID: zone?.id ?? '',
      SEZ_ZONE_KEY_FILE: join(folder(), 'zone.key'),
    }
    createZoneKeyFile(env.SEZ_ZONE_KEY_FILE)
    using keys = loadZoneKeys({ file: env.SEZ_ZONE_KEY_FILE, mode: 'production' })
    await sql`delete from platform.zone_keys`
    await sql`insert into platform.zone_keys (did, valid_from) values (${keys.did}, 1)`
    const good = await doctor(env)
    expect(good.checks.filter(({ status }) => status === 'fail')).toEqual([])
    for (const name of [
      'migrations',
      'zone of the database',
      'registered key',
      'log',
      'reactions',
    ]) {
      expect([name, good.of(name)?.status]).toEqual([name, 'ok'])
    }
    await sql`update platform.zone_keys set did = 'did:key:z6Mkother'`
    await sql`insert into platform.parked (reaction, stream, position, error_code, tries)
      values ('mirror', 'entity/a', 1, 'STALE_HEAD', 9)`
    const [first] = await sql<{ tag: string }[]>`
      update sez_migrations.applied set hash = repeat('0', 64)
      where schema = 'platform' and generated_at_ms =
        (select max(generated_at_ms) from sez_migrations.applied where schema = 'platform')
      returning tag`
    const ill = await doctor(
      { ...env, SEZ_ZONE_ID: 'another' },
      () => new Date(Date.now() + 120_000),
    )
    expect(ill.code).toBe(1)
    expect(ill.of('registered key')).toMatchObject({
      status: 'fail',
      found: expect.stringContaining('z6Mkother'),
    })
    expect(ill.of('reactions')).toMatchObject({
      status: 'warn',
      found: expect.stringContaining('1 of mirror by STALE_HEAD'),
    })
    expect(ill.of('migrations')).toMatchObject({
      status: 'fail',
      found: expect.stringContaining(`${first?.tag}`),
    })
    expect(ill.of('zone of the database')).toMatchObject({ status: 'fail' })
    expect(ill.of('database clock')).toMatchObject({
      status: 'fail',
      advice: expect.stringContaining('NTP'),
    })
  })
})

describe('the zone', () => {
  test('KEY_FILE_EXPOSED for a key that others may read', async () => {
    const file = join(folder(), 'zone.key')
    createZoneKeyFile(file)
    chmodSync(file, 0o644)
    const { code, of } = await doctor({ SEZ_ZONE_KEY_FILE: file })
    expect([code, of('zone key')?.found]).toEqual([1, expect.stringContaining('KEY_FILE_EXPOSED')])
  })

  test('a port is free, a zone’s, or taken', async () => {
    const live = await serve((_, response) => response.end('{"status":"live"}'))
    const other = await serve((_, response) => response.end('hello'))
    const portOf = (url: string) => ({ SEZ_PORT: new URL(url).port })
    expect((await doctor(portOf(live))).of('port')?.status).toBe('ok')
    expect((await doctor(portOf(other))).of('port')?.status).toBe('fail')
    expect((await doctor({ SEZ_PORT: '1' })).of('port')?.found).toContain('free')
  })

  test('token keys: there, not there, by another clock', async () => {
    const issuer = { SEZ_TOKEN_ISSUER: 'https://issuer.example' }
    const ask = async (listener: RequestListener, path = '/keys') =>
      (await doctor({ ...issuer, SEZ_JWKS_URL: (await serve(listener)) + path })).of('token keys')
    expect(await ask((_, response) => response.end('{"keys":[{}]}'))).toMatchObject({
      status: 'ok',
    })
    expect(await ask((_, response) => response.writeHead(404).end('no'))).toMatchObject({
      status: 'fail',
    })
    expect(await ask((_, response) => response.end('{"keys":[]}'))).toMatchObject({
      status: 'fail',
    })
    const late = { date: 'Thu, 01 Jan 2026 00:00:00 GMT' }
    const skewed = await ask((_, response) => response.writeHead(200, late).end('{"keys":[{}]}'))
    expect(skewed).toMatchObject({ status: 'fail', advice: expect.stringContaining('NTP') })
    const away = await doctor({ ...issuer, SEZ_JWKS_URL: 'http://127.0.0.1:1/keys' })
    expect(away.of('token keys')).toMatchObject({ status: 'fail' })
  })
})

describe('the machine', () => {
  test('Node, platform and clock', () => {
    expect(checkNode('18.20.1').status).toBe('fail')
    expect(checkNode('20.0.0').status).toBe('ok')
    expect(checkPlatform('plan9', 'mips').status).toBe('fail')
    expect(checkClock(new Date('2020-01-01T00:00:00Z')).status).toBe('fail')
    expect([0, 10_000, -61_000].map((skew) => clockFinding(skew).status)).toEqual([
      'ok',
      'warn',
      'fail',
    ])
  })

  test('a disk without room or inodes', () => {
    const facts = { bavail: 1e6, bsize: 4096, files: 1000, ffree: 900 }
    expect(checkDisk('/data', { ...facts, bavail: 1e7 }).status).toBe('ok')
    expect(checkDisk('/data', { ...facts, bavail: 5e5 }).status).toBe('warn')
    expect(checkDisk('/data', { ...facts, bavail: 1e5 }).status).toBe('fail')
    expect(checkDisk('/data', { ...facts, bavail: 1e7, ffree: 5 }).status).toBe('fail')
    expect(checkDisk('/data', { ...facts, bavail: 1e7, files: 0, ffree: 0 }).status).toBe('ok')
  })

  test('a data folder that others may write, or that is none', () => {
    const path = folder()
    expect(checkFolder(path).status).toBe('ok')
    chmodSync(path, 0o777)
    expect(checkFolder(path).status).toBe('fail')
    writeFileSync(join(path, 'file'), '')
    expect(checkFolder(join(path, 'file')).status).toBe('fail')
    expect(checkFolder(join(path, 'a', 'b')).found).toContain('will be made')
  })

  test('packages that are not those of the lock file, and a second graphql', () => {
    const path = folder()
    const install = (place: string, version: string) => {
      mkdirSync(join(path, place), { recursive: true })
      writeFileSync(join(path, place, 'package.json'), JSON.stringify({ version }))
    }
    const lock = (packages: object) =>
      writeFileSync(join(path, 'package-lock.json'), JSON.stringify({ packages }))
    install('node_modules/graphql', '16.0.0')
    lock({ 'node_modules/graphql': { version: '16.0.0' }, 'node_modules/o': { optional: true } })
    expect(checkPackages(path).status).toBe('ok')
    lock({ 'node_modules/graphql': { version: '16.0.1' } })
    expect(checkPackages(path)).toMatchObject({
      status: 'fail',
      found: expect.stringContaining('16.0.1'),
    })
    lock({
      'node_modules/graphql': { version: '16.0.0' },
      'node_modules/needed': { version: '1.0.0' },
    })
    expect(checkPackages(path).found).toContain('node_modules/needed is missing')
    install('node_modules/a/node_modules/graphql', '16.0.0')
    lock({
      'node_modules/graphql': { version: '16.0.0' },
      'node_modules/a/node_modules/graphql': { version: '16.0.0' },
    })
    expect(checkPackages(path).found).toContain('2 copies of graphql')
  })
})

test('one check that breaks or hangs hides no other, and no secret comes out', async () => {
  const checks = [
    { name: 'broken', run: () => JSON.parse('hunter2') as never },
    { name: 'hangs', run: () => new Promise<never>(() => {}) },
    { name: 'tells', run: () => ok('the password is hunter2') },
  ]
  const found = await examine(checks, { secrets: ['hunter2'], timeoutMs: 20 })
  expect(found.map(({ status }) => status)).toEqual(['fail', 'fail', 'ok'])
  expect(found[1]?.found).toContain('20 ms')
  expect(JSON.stringify(found)).not.toContain('hunter2')
})
