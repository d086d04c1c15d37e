/**
 * A zone whose database is restored from a backup under it, as partners with cursors, checkpoints
 * and an export see it, and what `sez verify restore` says of it.
 *
 * @module
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sez } from '@sez/deploy/cli/commands'
import { dispatch } from '@sez/deploy/cli/dispatch'
import { databaseUrl, openTestDatabase, until } from '@sez/platform/database.fixture'
import postgres from 'postgres'
import { inject, expect, onTestFinished, test } from 'vitest'
import { openTestZone, type TestZone, type Who } from '../zone.fixture.ts'
import { change, draftOf } from './company.fixture.ts'

const citizen: Who = { as: ['CITIZEN'] }
const auditor: Who = { as: ['AUDITOR'] }
const registrar: Who = { as: ['REGISTRAR'] }

const page = `query ($after: String) { logEntries(first: 200, after: $after) {
  nodes { position eventId digest hash document } edges { cursor } } }`
const moves = `subscription ($after: String) { entityStatusChanged(after: $after) { cursor } }`

/** Writes companies until the log has so many entries, all under a checkpoint; answers that. */
async function grow(zone: TestZone, entries: number): Promise<string> {
  const size = async () => Object((await zone.ask(page, {}, auditor)).data).logEntries.nodes.length
  while ((await size()) < entries) await change(zone, 'createEntity', draftOf(), citizen)
  let document = ''
  await until('it is sealed', async () => {
    const { data } = await zone.ask('{ latestCheckpoint { size document } }')
    document = Object(data).latestCheckpoint?.document ?? ''
    return Number(Object(data).latestCheckpoint?.size) === entries
  })
  return document
}

async function run(args: readonly string[], url: string) {
  const lines: string[] = []
  const code = await dispatch(sez, ['verify', 'restore', ...args], {
    stdin: () => Promise.resolve(new Uint8Array()),
    out: (text) => void lines.push(text),
    err: (text) => void lines.push(text),
    env: { DATABASE_URL: url },
    now: () => new Date('2026-02-01T00:00:00Z'),
  })
  return { code, text: lines.join('\n') }
}

const codesOf = (answer: unknown): string[] =>
  (Object(answer).errors ?? []).map((error: unknown) => Object(error).extensions.code)

test('a restored zone: cursors of before are noticed, and the verdict says what is lost', async () => {
  await using database = await openTestDatabase()
  const folder = mkdtempSync(join(tmpdir(), 'sez-restore-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const env = { DATABASE_URL: database.url, SEZ_DATA_DIR: folder }
  const name = new URL(database.url).pathname.slice(1)
  const server = postgres(inject('postgres').url, { max: 1, onnotice: () => {} })
  const copies: string[] = []
  onTestFinished(async () => {
    for (const copy of copies) await server.unsafe(`drop database if exists ${copy} with (force)`)
    await server.end()
  })
  const copy = async (from: string, to: string) => {
    copies.push(to)
    await server.unsafe(`create database ${to} template ${from}`)
    return databaseUrl(database.url, to)
  }
  const early = await openTestZone({ env })
  const checkpointAt5 = await grow(early, 5)
  await early[Symbol.asyncDispose]()
  const backup = `${name}_b`
  await copy(name, backup)
  const good = await copy(name, `${name}_g`)

  // The zone goes on, and a partner keeps what it is given.
  await using zone = await openTestZone({ env })
  const checkpointAt8 = await grow(zone, 8)
  const checkpointAt10 = await grow(zone, 10)
  const kept = Object((await zone.ask(page, {}, auditor)).data).logEntries
  const cursorAt10 = String(kept.edges.at(-1)?.cursor)
  const cursorAt4 = String(kept.edges.at(3)?.cursor)
  const partner = zone.subscribe(moves, {}, registrar)
  for (let n = 0; n < 10; n += 1) expect(codesOf((await partner.next()).value)).toEqual([])
  const waiting = partner.next().then(
    ({ value }) => codesOf(value),
    (thrown: unknown) => codesOf({ errors: thrown }),
  )

  // The backup takes the database's place while the zone runs.
  const lost = `${name}_l`
  copies.push(lost)
  await server`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${name}`
  await until('the database can be moved away', async () => {
    await server`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${name}`
    return server.unsafe(`alter database ${name} rename to ${lost}`).then(
      () => true,
      () => false,
    )
  })
  await server.unsafe(`alter database ${backup} rename to ${name}`)
  expect(await waiting).toEqual(['CURSOR_FORKED'])
  const did = zone.identity.did
  const checkpoints = join(folder, 'kept.jsonl')
  const keep = (...documents: string[]) => writeFileSync(checkpoints, documents.join('\n'))
  const given = ['--zone-did', did, '--checkpoint', checkpoints]
  const judge = async (url: string, ...more: string[]) => {
    const { code, text } = await run([...given, ...more, '--json'], url)
    return { code, ...Object(JSON.parse(text)) }
  }

  // Short: nothing is wrong but the end is missing, and cursors of it are ahead.
  await until(
    'the zone answers again',
    async () => (await zone.ask(page, {}, auditor)).data !== null,
  )
  expect(codesOf(await zone.ask(page, { after: cursorAt10 }, auditor))).toEqual(['FUTURE_CURSOR'])
  keep(checkpointAt10, checkpointAt5, checkpointAt8)
  expect(await judge(database.url)).toMatchObject({
    code: 1,
    valid: false,
    provenTo: '5',
    missing: { from: '6', to: '10' },
    differsBetween: null,
    log: { valid: true, size: '5' },
  })
  expect((await run(given, database.url)).text).toContain('entries 6 to 10 are missing')

  // Good: all that anyone was given a checkpoint of is there.
  keep(checkpointAt5)
  expect(await judge(good)).toMatchObject({ code: 0, valid: true, provenTo: '5', missing: null })
  expect((await run(given, good)).text).toContain('proves it to 5')

  // Forked: the zone writes on, and what it writes is another history.
  await grow(zone, 12)
  for (const answer of [
    await zone.ask(page, { after: cursorAt10 }, auditor),
    (
      await zone
        .subscribe(moves, { after: cursorAt10 }, registrar)
        .next()
        .catch((errors) => ({ value: { errors } }))
    ).value,
  ]) {
    expect(codesOf(answer)).toEqual(['CURSOR_FORKED'])
  }
  expect(codesOf(await zone.ask(page, { after: cursorAt4 }, auditor))).toEqual([])
  keep(checkpointAt5, checkpointAt8, checkpointAt10)
  const forked = { code: 1, provenTo: '5', differsBetween: { after: '5', notAfter: '8' } }
  expect(await judge(database.url)).toMatchObject({ ...forked, firstDifference: null })
  const exported = join(folder, 'export.jsonl')
  writeFileSync(
    exported,
    [...kept.nodes.map((node: object) => JSON.stringify(node)), checkpointAt10].join('\n'),
  )
  expect(await judge(database.url, '--log', exported)).toMatchObject({
    ...forked,
    firstDifference: '6',
    export: { valid: true, to: '10' },
  })

  // Tampered with: the entry is named.
  const changed = postgres(good, { max: 1, onnotice: () => {} })
  await changed.begin((sql) =>
    sql.unsafe(`set local session_replication_role = replica;
      update platform.log set canonical = replace(canonical, 'did:web:citizen', 'did:web:forger')
      where position = 3`),
  )
  await changed.end()
  keep(checkpointAt5)
  expect(await judge(good)).toMatchObject({
    code: 1,
    valid: false,
    log: { flaw: { position: '3', what: 'digest' } },
  })
  expect((await run(given, good)).text).toContain('Entry 3 does not hold (digest)')
}, 120_000)
