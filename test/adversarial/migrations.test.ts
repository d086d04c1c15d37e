/**
 * `sez migrate` as processes: eight at once, and one that is cut off anywhere by whatever can happen
 * to it (spec/32-migrations.md §2). What the next run leaves equals what a run in peace leaves.
 *
 * @module
 */
import { randomInt } from 'node:crypto'
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readCatalog } from '@sez/drizzle/catalog.fixture'
import { migrationsRoot, schemasWithMigrations } from '@sez/drizzle/folders'
import { migrate } from '@sez/drizzle/migrate'
import { developmentZone } from '@sez/platform/config'
import { databaseUrl, openEmptyDatabase, refusalOf, until } from '@sez/platform/database.fixture'
import { openLog } from '@sez/platform/log'
import { startEmbeddedPostgres } from '@sez/platform/postgres'
import postgres, { type Sql } from 'postgres'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openWorkplace, type Run, type Workplace } from '../process.fixture.ts'

const testTimeoutMs = 300_000
const isFull = process.env['SEZ_FULL'] === '1'
const runners = 8
const log = openLog({ level: 'silent', pretty: false })
const zone = { zoneId: developmentZone.id, zoneName: developmentZone.name, log }
const all = schemasWithMigrations().flatMap((schema) =>
  tagsOf(join(migrationsRoot, schema)).map((tag) => `${schema}/${tag}`),
)

let workplace: Workplace
let cleanup: AsyncDisposableStack
beforeEach(() => {
  cleanup = new AsyncDisposableStack()
  workplace = cleanup.use(openWorkplace())
})
afterEach(() => cleanup.disposeAsync())

function tagsOf(folder: string): string[] {
  const text = readFileSync(join(folder, 'meta', '_journal.json'), 'utf8')
  const journal: { readonly entries: readonly { readonly tag: string }[] } = JSON.parse(text)
  return journal.entries.map(({ tag }) => tag)
}

const runOn = (url: string): Run => workplace.sez(['migrate'], { DATABASE_URL: url })

/** A client, closed at the end of the test, before what was opened earlier goes. */
function connect(url: string): Sql {
  const sql = postgres(url, { max: 1, onnotice: () => {}, backoff: () => 0.1 })
  cleanup.defer(() => sql.end({ timeout: 5 }))
  return sql
}

async function openEmpty(): Promise<string> {
  return cleanup.use(await openEmptyDatabase()).url
}

/** What a run in peace leaves. */
async function peace(): Promise<readonly string[]> {
  const url = await openEmpty()
  await migrate({ url, ...zone })
  return readCatalog(url)
}

/**
 * The repository's migrations without the newest of each subgraph that has more than one. What the
 * platform's last one makes, this release's rights name.
 */
function olderMigrations(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sez-older-'))
  cleanup.defer(() => rmSync(folder, { recursive: true, force: true }))
  for (const schema of schemasWithMigrations()) {
    cpSync(join(migrationsRoot, schema), join(folder, schema), { recursive: true })
    const file = join(folder, schema, 'meta', '_journal.json')
    const { entries } = JSON.parse(readFileSync(file, 'utf8'))
    const kept = schema === 'platform' ? entries.length : Math.max(1, entries.length - 1)
    writeFileSync(file, JSON.stringify({ entries: entries.slice(0, kept) }))
  }
  return folder
}

async function expectOneApplies(url: string, wanted: readonly string[]): Promise<void> {
  const runs = Array.from({ length: runners }, () => runOn(url))
  const codes = await Promise.all(runs.map(async ({ ended }) => (await ended).code))
  const said = runs.map((run) => run.complained()).join('')
  expect(codes, `they said: ${said}`).toEqual(Array(runners).fill(0))
  const applied = runs.map((run): string[] => JSON.parse(run.said()).applied)
  // One has them all, in order; the others found nothing to do.
  expect(applied.filter((each) => each.length > 0)).toEqual([wanted])
}

test('of eight processes at once on an empty database one migrates it, and none fails', async () => {
  const url = await openEmpty()
  await expectOneApplies(url, all)
  const wanted = await peace()
  expect(await readCatalog(url)).toEqual(wanted)
  // The comparison sees a right more, even one that is no danger.
  await connect(url).unsafe('grant usage on schema entities to pg_monitor')
  expect(await readCatalog(url)).not.toEqual(wanted)
})

test.runIf(isFull)('the same on a database that is behind by some migrations', async () => {
  const url = await openEmpty()
  const { applied } = await migrate({ url, ...zone, folder: olderMigrations() })
  const missing = all.filter((each) => !applied.includes(each))
  expect([applied.length > 3, missing.length > 0]).toEqual([true, true])
  await expectOneApplies(url, missing)
  expect(await readCatalog(url)).toEqual(await peace())
})

interface Stop {
  /** The runner stands before it goes on from its nth change of the catalog. */
  readonly reached: () => Promise<boolean>
  /** Lets a backend go on that nobody listens to any more, and takes the trap away. */
  readonly lift: () => Promise<void>
  /** The backend that stands there. */
  readonly pid: () => Promise<number>
}

/** Makes whoever changes the catalog for the nth time stand still there. */
async function stopAt(sql: Sql, nth: number): Promise<Stop> {
  await sql.unsafe(`
    create schema probe;
    create sequence probe.changes;
    create table probe.stop (nth int);
    insert into probe.stop values (${nth});
    create function probe.stand() returns event_trigger language plpgsql as $$
    begin
      if nextval('probe.changes') = (select nth from probe.stop) then
        perform set_config('application_name', 'stands', false);
        while exists (select from probe.stop) loop
          perform pg_sleep(0.005);
        end loop;
      end if;
    end $$;
    create event trigger stand on ddl_command_end execute function probe.stand()`)
  const standing = () => sql<{ pid: number }[]>`
    select pid from pg_stat_activity
    where datname = current_database() and application_name = 'stands'`
  return {
    reached: async () => (await standing()).length > 0,
    pid: async () => (await standing())[0]?.pid ?? 0,
    async lift() {
      await sql`delete from probe.stop`
      await until('the runner is gone', async () => (await standing()).length === 0)
      await sql.unsafe('drop event trigger stand; drop schema probe cascade')
    },
  }
}

/** How often a run in peace changes the catalog, grants included. */
async function countChanges(): Promise<number> {
  const url = await openEmpty()
  const sql = connect(url)
  await stopAt(sql, 0)
  await migrate({ url, ...zone })
  const [row] = await sql<{ changes: number }[]>`
    select last_value::int as changes from probe.changes`
  return row?.changes ?? 0
}

/** Ends a runner that stands, as its machine would, or its network. */
const cuts: readonly ((url: string, stop: Stop, sql: Sql) => Promise<void>)[] = [
  async (url, stop, sql) => {
    const refused = refusalOf(migrate({ url, ...zone }))
    await until('it stands', stop.reached)
    await sql`select pg_terminate_backend(${await stop.pid()})`
    expect((await refused).code).toBe('DATABASE_UNAVAILABLE')
  },
  async (url, stop) => {
    const run = runOn(url)
    await until('it stands', stop.reached)
    run.kill('SIGKILL')
    expect((await run.ended).signal).toBe('SIGKILL')
  },
]

test('a runner cut off anywhere leaves a database that the next one completes', {
  timeout: testTimeoutMs,
}, async () => {
  const [wanted, changes] = [await peace(), await countChanges()]
  expect(changes).toBeGreaterThan(100)
  const moments = Array.from({ length: isFull ? 4 : 1 }, () => randomInt(2, changes))
  if (isFull) moments.push(1, changes)
  for (const nth of moments) {
    for (const cut of cuts) {
      const url = await openEmpty()
      const sql = connect(url)
      const stop = await stopAt(sql, nth)
      await cut(url, stop, sql)
      await stop.lift()
      await migrate({ url, ...zone })
      expect(await readCatalog(url), `cut off at change ${nth} of ${changes}`).toEqual(wanted)
    }
  }
})

test('a crash of Postgres in the middle is completed by the next run', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'sez-restart-'))
  cleanup.defer(() => rmSync(dataDir, { recursive: true, force: true }))
  chmodSync(dataDir, 0o755)
  const server = cleanup.use(await startEmbeddedPostgres({ dataDir, log }))
  const [peaceUrl, url] = [databaseUrl(server.url, 'peace'), databaseUrl(server.url, 'crash')]
  const admin = connect(server.url)
  await admin.unsafe('create database peace')
  await admin.unsafe('create database crash')
  await migrate({ url: peaceUrl, ...zone })
  const sql = connect(url)
  const stop = await stopAt(sql, 60)
  const refused = refusalOf(migrate({ url, ...zone }))
  await until('it stands in the middle', stop.reached)
  const { pid } = server
  process.kill(pid, 'SIGKILL')
  expect((await refused).code).toBe('DATABASE_UNAVAILABLE')
  await until('the server is there again', async () => {
    if (server.pid === pid) return false
    return sql`select 1`.then(
      () => true,
      () => false,
    )
  })
  await stop.lift()
  await migrate({ url, ...zone })
  expect(await readCatalog(url)).toEqual(await readCatalog(peaceUrl))
})
