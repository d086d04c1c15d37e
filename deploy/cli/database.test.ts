/** The commands that an operator runs against a zone's database. @module */
import { mkdtempSync, rmSync } from 'node:fs'
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
