/** The commands that an operator runs against a zone's database. @module */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEmptyDatabase, openTestDatabase } from '@sez/platform/database.fixture'
import { loginPassword } from '@sez/platform/login'
import { seal } from '@sez/platform/sealer'
import { sequence } from '@sez/platform/sequencer'
import { openTestLog, say, testZone } from '@sez/platform/zone-log.fixture'
import postgres from 'postgres'
import { expect, onTestFinished, test } from 'vitest'
import { sez } from './commands.ts'
import { dispatch } from './dispatch.ts'

async function run(command: string, args: string[], env: Record<string, string>) {
  const out: string[] = []
  const err: string[] = []
  const code = await dispatch(sez, [command, ...args], {
    stdin: () => Promise.resolve(new Uint8Array()),
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
    env,
    now: () => new Date('2026-02-01T00:00:00Z'),
  })
  return { code, out: out.join('\n'), err: err.join('\n') }
}

test('verify zone gives the verdict on the log in the database, and names what was changed', async () => {
  await using log = await openTestLog()
  for (const n of [1, 2, 3]) await say(log.context(), 'entity/a', { n })
  await sequence(log.database)
  await seal(log.database, { keys: log.keys, zoneId: testZone, now: () => new Date() })
  const env = { DATABASE_URL: log.url }
  const good = await run('verify', ['zone'], env)
  expect(good.code).toBe(0)
  expect(JSON.parse(good.out)).toMatchObject({ valid: true, size: '3', checkpoints: 1 })
  await log.open(null).raw.begin((sql) =>
    sql.unsafe(`set local session_replication_role = replica;
      update platform.log set canonical = replace(canonical, 'noted', 'voted') where position = 2`),
  )
  const bad = await run('verify', ['zone'], env)
  expect(bad.code).toBe(1)
  expect(JSON.parse(bad.out)).toMatchObject({
    valid: false,
    flaw: { position: '2', what: 'digest' },
  })
})

test('CONFIG_INVALID when there is no zone to verify', async () => {
  await using empty = await openEmptyDatabase()
  const database = await run('verify', ['zone'], { DATABASE_URL: empty.url })
  const folder = mkdtempSync(join(tmpdir(), 'sez-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const nothing = await run('verify', ['zone'], { SEZ_DATA_DIR: folder })
  for (const { code, err } of [database, nothing]) {
    expect(code).toBe(1)
    expect(JSON.parse(err)).toMatchObject({ code: 'CONFIG_INVALID' })
  }
})

test('archive takes what may go, says it first with --dry-run, and its file verifies alone', async () => {
  await using log = await openTestLog({ partitionEntries: 4 })
  for (let n = 0; n < 10; n += 1) await say(log.context(), 'entity/a', { n })
  await sequence(log.database)
  await seal(log.database, { keys: log.keys, zoneId: testZone, now: () => new Date() })
  const env = { DATABASE_URL: log.url }
  const folder = mkdtempSync(join(tmpdir(), 'sez-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const to = ['--to', join(folder, 'archives')]
  const dry = await run('archive', [...to, '--keep', '4', '--dry-run', '--json'], env)
  expect(dry).toMatchObject({ code: 0, out: '{"parts":[{"from":"1","to":"4"}]}' })
  expect(readdirSync(folder)).toEqual([])
  const done = await run('archive', [...to, '--before', '5'], env)
  expect(done.code).toBe(0)
  expect(done.out).toContain('1 to 4 are in ')
  expect(done.err.split('\n')).toEqual(['1 to 4: writing', '1 to 4: verified', '1 to 4: taken'])
  const [name = ''] = readdirSync(join(folder, 'archives'))
  const file = join(folder, 'archives', name)
  const alone = await run('verify', ['archive', '--zone-did', log.keys.did, file], {})
  expect(alone.code).toBe(0)
  expect(JSON.parse(alone.out)).toMatchObject({ valid: true, from: '1', to: '4', sealedTo: '4' })
  const zone = await run('verify', ['zone', '--archive', file], env)
  expect(JSON.parse(zone.out)).toMatchObject({ valid: true, floor: '4', archives: { valid: true } })
  const again = await run('archive', [...to, '--before', '5', '--json'], env)
  expect(again).toMatchObject({ code: 0, out: '{"archived":[]}' })
})

test.each([
  ['archive', []],
  ['archive', ['--to', '/x']],
  ['archive', ['--to', '/x', '--keep', '1', '--before', '2']],
  ['archive', ['--to', '/x', '--keep', '-1']],
  ['verify', ['archive']],
  ['verify', ['archive', '/no/such/file']],
  ['verify', ['restore']],
  ['verify', ['restore', '--zone-did', 'did:key:z6Mk']],
  ['verify', ['restore', '--zone-did', 'did:key:z6Mk', '--checkpoint', '/no/such/file']],
])('%s with %j is not understood', async (command, args) => {
  const { code, err } = await run(command, [...args, '--json'], {})
  expect(code).toBe(2)
  expect(JSON.parse(err)).toHaveProperty('code')
})

test('migrate --print-roles gives the administrator’s SQL and asks no database', async () => {
  const { code, out } = await run('migrate', ['--print-roles'], {
    DATABASE_URL: 'postgres://me:sesame@127.0.0.1:1/zone_a',
  })
  expect(code).toBe(0)
  expect(out).toContain('create role "zone_a_corridor"; end if; end $sez$;')
  expect(out).toContain('alter role "zone_a_corridor" login nosuperuser')
  expect(out).toContain('alter role "zone_a_platform" set statement_timeout = 5000;')
  expect(out).toMatch(/alter role "zone_a_corridor" password 'SCRAM-SHA-256\$4096:/u)
  expect(out).toContain('grant connect on database "zone_a" to "me"')
  expect(out).not.toContain('sesame')
  expect(out).not.toContain(loginPassword('sesame', 'zone_a_corridor'))
})

test('migrate --print-roles: CONFIG_INVALID for an address without a login', async () => {
  const environment = { DATABASE_URL: 'postgres://127.0.0.1:1/zone_a' }
  const refusal = await run('migrate', ['--print-roles', '--json'], environment)
  expect(refusal.code).toBe(1)
  expect(JSON.parse(refusal.err)).toMatchObject({
    code: 'CONFIG_INVALID',
    details: { field: 'DATABASE_URL' },
  })
})

test('migrate --print-logins gives each process its own address, and each one is let in', async () => {
  await using copy = await openTestDatabase()
  const { code, out } = await run('migrate', ['--print-logins'], { DATABASE_URL: copy.url })
  expect(code).toBe(0)
  const logins = out.split('\n').map((line) => JSON.parse(line))
  const names = ['platform', 'corridor', 'entities', 'regulator']
  expect(logins).toEqual(names.map((name) => ({ name, url: copy.loginOf(name) })))
  for (const { name, url } of logins) {
    const sql = postgres(url, { max: 1 })
    const [row] = await sql`select session_user::text as user`
    expect(row).toEqual({ user: `${copy.rolePrefix}_${name}` })
    await sql.end()
  }
  const pooled = await run('migrate', ['--print-logins'], {
    DATABASE_URL: 'postgres://zone@pooler.example/zone',
    DATABASE_DIRECT_URL: copy.url,
  })
  const [first] = pooled.out.split('\n').map((line) => JSON.parse(line))
  expect(first).toMatchObject({ name: 'platform', directUrl: copy.loginOf('platform') })
  expect(new URL(first.url)).toMatchObject({
    host: 'pooler.example',
    username: `${copy.rolePrefix}_platform`,
    password: new URL(copy.loginOf('platform')).password,
  })
})
