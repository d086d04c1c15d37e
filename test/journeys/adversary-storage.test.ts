/**
 * What an adversary does to storage: a row of the log is changed behind the zone's back, and Postgres
 * is killed while eight writers write. Each zone here has a database of its own.
 *
 * @module
 */
import { randomUUID } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { errorCodes } from '@sez/core/errors'
import { invariant } from '@sez/core/invariant'
import { until } from '@sez/platform/database.fixture'
import { type Database, openDatabase } from '@sez/platform/db'
import { verifyLog } from '@sez/platform/log-audit'
import { openLog } from '@sez/platform/log'
import { startEmbeddedPostgres } from '@sez/platform/postgres'
import { isAlive } from '@sez/platform/postmaster'
import { expect, test } from 'vitest'
import { openTestZone, type TestZone, type Who } from '../zone.fixture.ts'
import { change, documentOf, draftOf } from './company.fixture.ts'

const citizen: Who = { as: ['CITIZEN'] }
const auditor: Who = { as: ['AUDITOR'] }
const registrar: Who = { as: ['REGISTRAR'] }

const connect = (url: string): Database =>
  openDatabase({ url, connectionsMax: 1, applicationName: 'test' })

async function codesOf(zone: TestZone, query: string): Promise<string[]> {
  return (await zone.ask(query, {}, auditor)).errors.map(({ extensions }) => extensions.code)
}

/** Waits until everything said so far is in the log and under a checkpoint. */
async function sealed({ raw }: Database): Promise<void> {
  await until('the log is sealed', async () => {
    const [row] = await raw<{ done: boolean }[]>`
      select not exists (select from platform.outbox)
        and (select position from platform.log_head) =
          coalesce((select max(size) from platform.checkpoints), 0) as done`
    return row?.done === true
  })
}

/** Changes one entry as a superuser can who switches the triggers off. */
async function tamper({ raw }: Database, position: number): Promise<void> {
  await raw.begin(async (sql) => {
    await sql`set local session_replication_role = replica`
    await sql`
      update platform.log set canonical = replace(canonical, 'did:web:citizen', 'did:web:forger')
      where position = ${position}`
  })
}

test('a tampered log row: the audit names its position and what is wrong, the zone goes on', async () => {
  await using zone = await openTestZone()
  await using database = connect(zone.databaseUrl)
  for (let made = 0; made < 5; made += 1) await change(zone, 'createEntity', draftOf(), citizen)
  await sealed(database)
  expect(await verifyLog(database)).toMatchObject({ valid: true, size: 5n })
  // A plain change, by the superuser even, is refused.
  await expect(
    database.raw`update platform.log set canonical = '' where position = 3`,
  ).rejects.toThrow(/append-only/u)
  await tamper(database, 3)
  expect(await verifyLog(database)).toMatchObject({
    valid: false,
    size: 2n,
    flaw: { position: 3n, what: 'digest' },
  })
  // Whoever reads the entry can tell, and the zone serves and writes on.
  const query = '{ logEntry(position: "3") { digest document } }'
  const { data, errors } = await zone.ask(query, {}, auditor)
  expect(errors.map(({ extensions }) => extensions.code)).toEqual([])
  expect(Object(data).logEntry.document).toContain('did:web:forger')
  expect((await change(zone, 'createEntity', draftOf(), citizen)).status).toBe('DRAFT')
  expect((await verifyLog(database)).flaw?.position).toBe(3n)
})

interface Written {
  readonly legalName: string
  readonly id: string
}

/** Creates companies one after the other until told. */
async function writeUntil(zone: TestZone, who: Who, stop: AbortSignal, refusals: Set<string>) {
  const written: Written[] = []
  while (!stop.aborted) written.push(await writeOne(zone, who, refusals))
  return written
}

/** Creates a company, repeated by its key until it is done. */
async function writeOne(zone: TestZone, who: Who, refusals: Set<string>): Promise<Written> {
  const input = { ...draftOf(), idempotencyKey: randomUUID() }
  let id: string | null = null
  await until(`${input.legalName} is written`, async () => {
    const { data, errors } = await zone.ask(documentOf('createEntity'), { input }, who)
    for (const { extensions } of errors) {
      refusals.add(extensions.code)
      invariant(extensions.retry, `${extensions.code} may be tried again`)
    }
    id = Object(data).createEntity?.entity.id ?? null
    return id !== null
  })
  invariant(id !== null, 'what is written has an id')
  return { legalName: input.legalName, id }
}

const moves = `subscription ($after: String) {
  entityStatusChanged(after: $after) { cursor entity { id } } }`

/** Follows every company as a partner would: whatever ends the stream, on behind its last cursor. */
async function followUntil(zone: TestZone, isEnough: (ids: readonly string[]) => boolean) {
  const ids: string[] = []
  const failures: unknown[] = []
  let after: string | null = null
  const listen = async (): Promise<void> => {
    for await (const item of zone.subscribe(moves, { after }, registrar)) {
      const { data, errors } = Object(item)
      if (errors !== undefined) throw errors
      after = data.entityStatusChanged.cursor
      ids.push(data.entityStatusChanged.entity.id)
      if (isEnough(ids)) return
    }
  }
  await until(
    'the follower has seen enough',
    async () => {
      await listen().catch((failure: unknown) => failures.push(failure))
      return isEnough(ids)
    },
    60_000,
  )
  return { ids, failures }
}

/** A Postgres of its own that may be killed; its launcher is in this process. */
async function startServer() {
  const dataDir = mkdtempSync(join(tmpdir(), 'sez-killed-'))
  // Its user, who is not ours when we are root, must be able to pass.
  chmodSync(dataDir, 0o755)
  const log = openLog({ level: 'silent', pretty: false })
  const server = await startEmbeddedPostgres({ dataDir, log })
  return {
    url: server.url,
    get pid() {
      return server.pid
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

const health = async (zone: TestZone, path: string) => {
  const response = await fetch(`${zone.url}/health/${path}`)
  return { status: response.status, body: Object(await response.json()) }
}

test('Postgres killed while eight write: coded answers, back by itself, each write once', async () => {
  await using server = await startServer()
  const { pid } = server
  await using zone = await openTestZone({ env: { DATABASE_URL: server.url } })
  const stop = new AbortController()
  const refusals = new Set<string>()
  const writers = Array.from({ length: 8 }, (_, index) => {
    const who: Who = { as: ['CITIZEN'], did: `did:web:writer-${index}.test` }
    return writeUntil(zone, who, stop.signal, refusals)
  })
  const count = '{ entities { totalCount } }'
  const total = async (): Promise<number> =>
    Object((await zone.ask(count, {}, registrar)).data).entities?.totalCount ?? 0
  let expected = Number.POSITIVE_INFINITY
  const following = followUntil(zone, (ids) => ids.length >= expected)
  await until('the writers are at work', async () => (await total()) >= 40)
  process.kill(pid, 'SIGKILL')
  await until('someone is told', () => refusals.size > 0)
  expect(await health(zone, 'live')).toMatchObject({ status: 200 })
  await until('another Postgres runs', () => server.pid !== pid)
  const atReturn = await until('it answers', async () => (await total()) > 0).then(total)
  await until('the writers go on', async () => (await total()) >= atReturn + 40)
  stop.abort()
  const written = (await Promise.all(writers)).flat()
  // One more, at which the follower, whose last event may have come before, looks up.
  expected = written.length + 1
  written.push(await writeOne(zone, citizen, refusals))
  const { ids, failures } = await following
  const told = failures.flat().map((error) => Object(Object(error).extensions))
  for (const { code, retry } of told) expect([code, retry]).toEqual(['DATABASE_UNAVAILABLE', true])

  expect(isAlive(pid)).toBe(false)
  expect([...refusals].filter((code) => !Object.hasOwn(errorCodes, code))).toEqual([])
  expect([...refusals]).not.toContain('INTERNAL')
  // Every write that was acknowledged is there once, and nothing else is.
  expect(new Set(written.map(({ id }) => id)).size).toBe(written.length)
  expect(await total()).toBe(written.length)
  const page = `query ($names: [String!]) {
    entities(filter: { legalName: { in: $names } }, first: 100) { nodes { id legalName } } }`
  for (let at = 0; at < written.length; at += 100) {
    const some = written.slice(at, at + 100)
    const names = some.map(({ legalName }) => legalName)
    const { data: found } = await zone.ask(page, { names }, registrar)
    const byId = (one: Written, other: Written) => (one.id < other.id ? -1 : 1)
    expect(Object(found).entities.nodes.toSorted(byId)).toEqual(some.toSorted(byId))
  }
  await until('the zone is ready', async () => (await health(zone, 'ready')).status === 200)
  await using database = connect(server.url)
  await sealed(database)
  // The follower has missed nothing, and has it in the order of the log.
  const entries = await database.raw<{ stream: string }[]>`
    select stream from platform.log order by position`
  expect(ids.map((id) => `entity/${id}`)).toEqual(entries.map(({ stream }) => stream))
  const verdict = await verifyLog(database)
  expect(verdict).toMatchObject({ valid: true, size: BigInt(written.length), flaw: null })
  expect(await codesOf(zone, '{ logEntries(first: 1) { nodes { hash } } }')).toEqual([])
}, 120_000)
