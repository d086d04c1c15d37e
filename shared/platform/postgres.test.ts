/** The embedded server: cold, warm, shared, raced for, abandoned, killed, and refused. @module */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { sql } from 'drizzle-orm'
import { afterEach, expect, test } from 'vitest'
import { refusalOf, until } from './database.fixture.ts'
import { type Database, mapDatabaseError, openDatabase } from './db.ts'
import { openLog } from './log.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from './postgres.ts'
import { findPostmaster, isAlive } from './postmaster.ts'

const log = openLog({ level: 'silent', pretty: false })
const ownerProgram = fileURLToPath(new URL('postgres-owner.fixture.ts', import.meta.url))
const isRoot = process.getuid?.() === 0

let cleanup = new AsyncDisposableStack()
afterEach(async () => {
  await cleanup.disposeAsync()
  cleanup = new AsyncDisposableStack()
})

function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sez-pg-'))
  chmodSync(folder, 0o755)
  cleanup.defer(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function start(dataDir: string): Promise<EmbeddedPostgres> {
  return cleanup.use(await startEmbeddedPostgres({ dataDir, log }))
}

function connect(url: string): Database {
  return cleanup.use(openDatabase({ url, connectionsMax: 2, applicationName: 'test' }))
}

interface Owner {
  readonly child: ChildProcess
  readonly said: Pick<EmbeddedPostgres, 'url' | 'pid' | 'port' | 'cold' | 'owned'>
}

/** Another process on the same folder; it ends with the test at the latest. */
async function startOwner(dataDir: string): Promise<Owner> {
  const child = spawn(process.execPath, [ownerProgram, dataDir], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  cleanup.defer(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.stdin.end()
    await once(child, 'exit')
  })
  const [line] = await once(createInterface(child.stdout), 'line')
  return { child, said: JSON.parse(String(line)) }
}

test('a cold start makes the data folder, a warm one keeps what was written, and its port', async () => {
  const dataDir = freshFolder()
  let port = 0
  {
    await using server = await startEmbeddedPostgres({ dataDir, log })
    expect(server).toMatchObject({ cold: true, owned: true })
    port = server.port
    await using database = openDatabase({
      url: server.url,
      connectionsMax: 1,
      applicationName: 't',
    })
    await database.raw`create table kept (id int)`
    await database.raw`insert into kept values (7)`
  }
  const server = await start(dataDir)
  expect(server).toMatchObject({ cold: false, owned: true, port })
  expect(await connect(server.url).raw`select id from kept`).toEqual([{ id: 7 }])
})

test('disposing stops the server', async () => {
  const dataDir = freshFolder()
  const server = await startEmbeddedPostgres({ dataDir, log })
  const { pid } = server
  await server[Symbol.asyncDispose]()
  expect(isAlive(pid)).toBe(false)
})

test('a second process joins the running server and lets go without stopping it', async () => {
  const dataDir = freshFolder()
  const server = await start(dataDir)
  const { child, said } = await startOwner(dataDir)
  expect(said).toMatchObject({ pid: server.pid, url: server.url, owned: false, cold: false })
  child.stdin?.end()
  await once(child, 'exit')
  expect(await connect(server.url).raw`select 1 as one`).toEqual([{ one: 1 }])
})

test('of three processes on one fresh folder exactly one starts the server', async () => {
  const dataDir = freshFolder()
  const owners = await Promise.all([1, 2, 3].map(() => startOwner(dataDir)))
  expect(owners.filter(({ said }) => said.cold)).toHaveLength(1)
  expect(owners.filter(({ said }) => said.owned)).toHaveLength(1)
  expect(new Set(owners.map(({ said }) => said.pid)).size).toBe(1)
  expect(new Set(owners.map(({ said }) => said.url)).size).toBe(1)
  // A closed binaries folder is copied beside; drafts are gone.
  expect(readdirSync(dataDir).filter((name) => name.includes('draft'))).toEqual([])
})

test('an owner killed by SIGKILL leaves no server, and nothing committed is lost', async () => {
  const dataDir = freshFolder()
  const { child, said } = await startOwner(dataDir)
  const before = openDatabase({ url: said.url, connectionsMax: 1, applicationName: 'test' })
  await before.raw`create table kept (id int)`
  await before.raw`insert into kept values (7)`
  child.kill('SIGKILL')
  await until('the server is gone', () => !isAlive(said.pid))
  await before[Symbol.asyncDispose]()
  const server = await start(dataDir)
  expect(await connect(server.url).raw`select id from kept`).toEqual([{ id: 7 }])
})

test('a server killed by SIGKILL is back on its port with every committed row', async () => {
  const server = await start(freshFolder())
  const { db, raw } = connect(server.url)
  await raw`create table kept (id int)`
  await db.execute(sql`insert into kept values (${7})`)
  const { pid } = server
  process.kill(pid, 'SIGKILL')
  // Both pools were open when the server died; they find the new one by themselves.
  const failures: unknown[] = []
  await until('the pools answer again', async () => {
    try {
      await raw`select 1`
      await db.execute(sql`select ${1}::int`)
      return server.pid !== pid
    } catch (error) {
      failures.push(mapDatabaseError(error))
      return false
    }
  })
  const unavailable = expect.objectContaining({ code: 'DATABASE_UNAVAILABLE' })
  expect(failures).toEqual(failures.map(() => unavailable))
  expect(await raw`select id from kept`).toEqual([{ id: 7 }])
  expect(isAlive(pid)).toBe(false)
})

test('a pid file that names some other living program is no server', async () => {
  const dataDir = freshFolder()
  const first = await startEmbeddedPostgres({ dataDir, log })
  await first[Symbol.asyncDispose]()
  const data = join(dataDir, 'postgres', 'data')
  // This very process: as after a restart of the machine, when numbers are given out again.
  const stale = `${process.pid}\n${data}\n1\n5432\n\n127.0.0.1\n  0 0\nready   \n`
  writeFileSync(join(data, 'postmaster.pid'), stale)
  expect(findPostmaster(data)).toBeNull()
  const server = await start(dataDir)
  expect(server.owned).toBe(true)
  expect(server.pid).not.toBe(process.pid)
})

test('DATA_DIR_UNWRITABLE when the folder cannot be made', async () => {
  const folder = freshFolder()
  writeFileSync(join(folder, 'file'), '')
  const error = await refusalOf(startEmbeddedPostgres({ dataDir: join(folder, 'file', 'x'), log }))
  expect(error.code).toBe('DATA_DIR_UNWRITABLE')
  expect(error.message).toContain(join(folder, 'file', 'x'))
  expect(error.message).toContain('SEZ_DATA_DIR')
})

test('DATA_DIR_UNWRITABLE names the folder its user may not use', async () => {
  // Root may write anywhere, but its server runs as somebody who may not pass.
  const folder = join(freshFolder(), 'closed')
  mkdirSync(folder, { mode: isRoot ? 0o700 : 0o500 })
  const error = await refusalOf(startEmbeddedPostgres({ dataDir: join(folder, 'data'), log }))
  expect(error.code).toBe('DATA_DIR_UNWRITABLE')
  expect(error.message).toContain(
    isRoot ? `${folder} is closed to the user` : 'may not write there',
  )
})

test('POSTGRES_UNAVAILABLE tells why the server does not start', async () => {
  const flags = { shared_buffers: 'nonsense' }
  const error = await refusalOf(startEmbeddedPostgres({ dataDir: freshFolder(), flags, log }))
  expect(error.code).toBe('POSTGRES_UNAVAILABLE')
  expect(error.message).toContain('shared_buffers')
})

test('POSTGRES_UNAVAILABLE when another major version made the data', async () => {
  const dataDir = freshFolder()
  const first = await startEmbeddedPostgres({ dataDir, log })
  await first[Symbol.asyncDispose]()
  writeFileSync(join(dataDir, 'postgres', 'data', 'PG_VERSION'), '12\n')
  const error = await refusalOf(startEmbeddedPostgres({ dataDir, log }))
  expect(error.code).toBe('POSTGRES_UNAVAILABLE')
  expect(error.message).toContain('made by Postgres 12')
})
