/** Archives of the log: they prove themselves, nothing is lost on the way, and the floor holds. @module */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { verifyConsistency } from '@sez/core/mmr'
import { expect, onTestFinished, test } from 'vitest'
import { archivePart, type Part, planArchive, type Taken } from './archive.ts'
import { cursorScope, encodeCursor } from '@sez/core/cursor'
import { refusalOf, until } from './database.fixture.ts'
import { verifyLog } from './log-audit.ts'
import { readHistory } from './log-history.ts'
import { startReactions } from './reactions.ts'
import { seal } from './sealer.ts'
import { sequence } from './sequencer.ts'
import { openTestLog, say, type TestLog, testZone } from './zone-log.fixture.ts'
import {
  findEntry,
  latestCheckpoint,
  listEntries,
  logConsistencyProof,
  logInclusionProof,
  positionsOf,
  readHead,
  resolveCursor,
} from './zone-log.ts'

const partitionEntries = 8

/** Entries on three streams, a checkpoint after every `sealEvery` of them. */
async function fill(log: TestLog, entries: number, sealEvery = 3): Promise<void> {
  const ctx = log.context()
  for (let n = 1; n <= entries; n += 1) {
    await say(ctx, `entity/${n % 3}`, { n })
    if (n % sealEvery === 0 || n === entries) {
      await sequence(log.database)
      await seal(log.database, { keys: log.keys, zoneId: testZone, now: () => new Date() })
    }
  }
}

function openFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sez-archive-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function archive(
  log: TestLog,
  wanted: Parameters<typeof planArchive>[1],
  { folder = openFolder(), isCompressed = false } = {},
): Promise<Taken[]> {
  const owner = log.open(null, 2)
  const taken: Taken[] = []
  for (const part of await planArchive(owner, wanted)) {
    taken.push(await archivePart(owner, part, { folder, isCompressed }))
  }
  return taken
}

const filesOf = (taken: readonly Taken[]): string[] => taken.map(({ file }) => file)

test('whole partitions go into files that prove themselves, and the log begins behind them', async () => {
  await using log = await openTestLog({ partitionEntries })
  await fill(log, 30)
  const { hash } = (await findEntry(log.database.db, { position: 16n })) ?? { hash: '' }
  const steps: string[] = []
  const owner = log.open(null, 2)
  const folder = openFolder()
  const parts = await planArchive(owner, { before: 20n })
  expect(parts).toEqual([
    { from: 1n, to: 8n },
    { from: 9n, to: 16n },
  ])
  const taken: Taken[] = []
  for (const part of parts) {
    const onProgress = ({ to }: Part, step: string) => void steps.push(`${to} ${step}`)
    taken.push(await archivePart(owner, part, { folder, isCompressed: true, onProgress }))
  }
  expect(steps).toEqual(
    ['8', '16'].flatMap((to) => [`${to} writing`, `${to} verified`, `${to} taken`]),
  )
  expect(readdirSync(folder)).toEqual([
    `${testZone}-log-000000000001-000000000008.jsonl.gz`,
    `${testZone}-log-000000000009-000000000016.jsonl.gz`,
  ])
  const zoneDids = [log.keys.did]
  // Each alone, and both as one, with nothing but the zone's key.
  for (const [file, from, to] of [
    [taken[0]?.file ?? '', 1n, 8n],
    [taken[1]?.file ?? '', 9n, 16n],
  ] as const) {
    expect((await readHistory([file], { zoneDids })).verdict).toMatchObject({
      valid: true,
      from,
      to,
      sealedTo: to,
      zoneId: testZone,
    })
  }
  const both = await readHistory(filesOf(taken), { zoneDids })
  expect(both.verdict).toMatchObject({ valid: true, from: 1n, to: 16n })
  expect(both.end).toMatchObject({ hash, position: 16n })
  expect(await verifyLog(log.database)).toMatchObject({ valid: true, floor: 16n, size: 30n })
  const { end } = both
  const archived = {
    position: end?.position ?? 0n,
    hash: end?.hash ?? log.hub.head().hash,
    root: end?.root ?? log.hub.head().hash,
    streams: end?.streams ?? new Map(),
  }
  expect(await verifyLog(log.database, { archived })).toMatchObject({ valid: true, size: 30n })
  expect(await verifyLog(log.database, { archived: { ...archived, position: 8n } })).toMatchObject({
    valid: false,
    flaw: { position: 16n, what: 'archive' },
  })
  const [row] = await owner.raw<{ n: bigint }[]>`select count(*) as n from platform.log`
  expect(row?.n).toBe(14n)
  // The log goes on, and what it takes next continues the files.
  await fill(log, 10)
  const third = await archive(log, { keep: 10n }, { folder })
  expect(third.map(({ to }) => to)).toEqual([24n])
  expect((await readHistory(filesOf([...taken, ...third]), { zoneDids })).verdict).toMatchObject({
    valid: true,
    to: 24n,
  })
  expect(await verifyLog(log.database)).toMatchObject({ valid: true, floor: 24n, size: 40n })
})

test('an export of what lives verifies behind its archives as one history', async () => {
  await using log = await openTestLog({ partitionEntries })
  await fill(log, 21)
  const folder = openFolder()
  const taken = await archive(log, { before: 12n }, { folder })
  const entries = await listEntries(log.database.db, { stream: null, after: 8n, limit: 50 })
  const checkpoint = await latestCheckpoint(log.database.db)
  const lines = entries.map(({ canonical, position, digest, hash, eventId }) =>
    JSON.stringify({ position: String(position), eventId, digest, hash, document: canonical }),
  )
  const exported = join(folder, 'export.jsonl')
  writeFileSync(exported, [checkpoint?.text, ...lines].join('\n'))
  const zoneDids = [log.keys.did]
  const read = async (files: string[]) => (await readHistory(files, { zoneDids })).verdict
  expect(await read([...filesOf(taken), exported])).toMatchObject({
    valid: true,
    from: 1n,
    to: 21n,
    sealedTo: 21n,
  })
  // In the middle too, where the streams before are unknown.
  expect(await read([exported])).toMatchObject({ valid: true, from: 9n, to: 21n })
  writeFileSync(exported, [checkpoint?.text, ...lines.slice(0, -1)].join('\n'))
  expect(await read([exported])).toMatchObject({ valid: false, flaw: { what: 'checkpoint' } })
  writeFileSync(exported, lines.slice(1).join('\n'))
  expect(await read([...filesOf(taken), exported])).toMatchObject({
    valid: false,
    flaw: { what: 'gap', position: 9n, line: 1 },
  })
})

test('an archive in which anything was changed, left out or swapped does not prove itself', async () => {
  await using log = await openTestLog({ partitionEntries })
  await fill(log, 25)
  const folder = openFolder()
  const [first, second] = await archive(log, { before: 17n }, { folder, isCompressed: true })
  const lines = gunzipSync(readFileSync(second?.file ?? ''))
    .toString()
    .trim()
    .split('\n')
  const forged = join(folder, 'forged.jsonl')
  const zoneDids = [log.keys.did]
  const verdictOn = async (changed: readonly string[], files = [forged]) => {
    writeFileSync(forged, `${changed.join('\n')}\n`)
    return (await readHistory(files, { zoneDids })).verdict
  }
  expect((await verdictOn(lines)).valid).toBe(true)
  const header = Object(JSON.parse(lines[0] ?? ''))
  const withHeader = (changes: object) => [
    JSON.stringify({ ...header, ...changes }),
    ...lines.slice(1),
  ]
  const swap = (from: string, to: string) => lines.map((line) => line.replace(from, to))
  for (const [what, changed] of [
    ['digest', swap('\\"n\\":10', '\\"n\\":11')],
    ['gap', lines.toSpliced(4, 1)],
    ['gap', lines.toSpliced(4, 2, lines[5] ?? '', lines[4] ?? '')],
    ['archive', lines.slice(0, -1)],
    ['row', lines.toSpliced(3, 0, '{"position":"x"}')],
    ['hash', withHeader({ prevHash: 'ab'.repeat(32) })],
    ['archive', withHeader({ peaks: [{ height: 3, hash: 'cd'.repeat(32) }] })],
    ['archive', withHeader({ peaks: [] })],
    ['archive', withHeader({ to: 15 })],
    ['event', withHeader({ zoneId: 'another' })],
    ['checkpoint', withHeader({ checkpoint: { ...header.checkpoint, size: 99 } })],
    ['archive', withHeader({ consistency: { ...header.consistency, to_root: 'ab'.repeat(32) } })],
    ['archive', withHeader({ from: 1, peaks: [] })],
  ] as const) {
    expect([what, (await verdictOn(changed)).flaw?.what]).toEqual([what, what])
  }
  const stranger = await readHistory([second?.file ?? ''], { zoneDids: ['did:key:z6Mkother'] })
  expect(stranger.verdict.flaw?.what).toBe('checkpoint')
  // In a row each names the file before it.
  const files = [first?.file ?? '', forged]
  expect((await verdictOn(withHeader({ prevFile: 'ab'.repeat(32) }), files)).flaw).toMatchObject({
    what: 'archive',
    file: forged,
    line: 1,
  })
  expect((await verdictOn(lines, [second?.file ?? '', first?.file ?? ''])).flaw?.what).toBe(
    'archive',
  )
})

test('what reads below the floor is refused with a code and told how to go on', async () => {
  await using log = await openTestLog({ partitionEntries })
  await fill(log, 20)
  const { db } = log.database
  const scope = cursorScope(testZone, null)
  const own = cursorScope(testZone, 'entity/1')
  const [early, atFloor] = await Promise.all(
    [5n, 8n].map((position) => findEntry(db, { position })),
  )
  const cursorOf = (entry: typeof early) =>
    encodeCursor(scope, { position: 1n, hash: log.hub.head().hash, ...entry, isCovered: false })
  const follow = (after: string | null, stream: string | null = null) =>
    log.hub.follow({ stream, after })
  const slow = await follow(cursorOf(early))
  await archive(log, { before: 9n })
  // What it has not taken yet was archived under it.
  expect((await refusalOf(slow.next())).code).toBe('EXPIRED_CURSOR')
  const expired = await refusalOf(follow(cursorOf(early)))
  expect(expired).toMatchObject({ code: 'EXPIRED_CURSOR', details: { floor: '8' } })
  for (const read of [
    () => follow(null),
    () => follow(null, 'entity/1'),
    () => resolveCursor(db, scope, cursorOf(early)),
    () => listEntries(db, { stream: null, after: 0n, limit: 5 }),
    () => listEntries(db, { stream: 'entity/1', after: 7n, limit: 5 }),
  ]) {
    expect((await refusalOf(read())).code).toBe('EXPIRED_CURSOR')
  }
  // The archives end where the cursor of the refusal goes on; so does the floor's own.
  for (const after of [String(expired.details['resume']), cursorOf(atFloor)]) {
    const { value } = await (await follow(after)).next()
    expect(value).toMatchObject({ kind: 'entry', entry: { position: 9n } })
  }
  const ofStream = await refusalOf(follow(null, 'entity/1'))
  const after = String(ofStream.details['resume'])
  expect((await resolveCursor(db, own, after)).entry).toBeNull()
  expect((await (await follow(after, 'entity/1')).next()).value).toMatchObject({
    entry: { position: 10n, streamSeq: 4 },
  })
  const forged = { ...atFloor, position: 8n, hash: log.hub.head().hash, isCovered: false }
  expect((await refusalOf(resolveCursor(db, scope, encodeCursor(scope, forged)))).code).toBe(
    'CURSOR_FORKED',
  )
  // A stream that begins behind the floor is whole.
  await say(log.context(), 'entity/late')
  await sequence(log.database)
  expect((await (await follow(null, 'entity/late')).next()).value).toMatchObject({
    entry: { streamSeq: 1 },
  })
  const archivedId = early?.eventId
  if (archivedId === undefined) throw expired
  expect(await positionsOf(db, [archivedId])).toEqual(new Map([[archivedId, 5n]]))
  for (const read of [
    () => findEntry(db, { position: 8n }),
    () => findEntry(db, { eventId: archivedId }),
    () => logInclusionProof(db, 8n, 20n),
  ]) {
    expect(await refusalOf(read())).toMatchObject({
      code: 'ENTRY_ARCHIVED',
      details: { floor: '8' },
    })
  }
})

test('a checkpoint of any archived size is still proved to be the beginning', async () => {
  await using log = await openTestLog({ partitionEntries })
  await fill(log, 30, 1)
  await archive(log, { before: 25n })
  for (let size = 1n; size <= 30n; size += 1n) {
    const proof = await logConsistencyProof(log.database.db, size, 30n)
    expect([size, verifyConsistency(proof)]).toEqual([size, true])
  }
  for (let position = 25n; position <= 30n; position += 1n) {
    await logInclusionProof(log.database.db, position, 30n)
  }
  await using sparse = await openTestLog({ partitionEntries })
  await fill(sparse, 20, 4)
  await archive(sparse, { before: 9n })
  const proof = await logConsistencyProof(sparse.database.db, 4n, 20n)
  expect(verifyConsistency(proof)).toBe(true)
  expect((await refusalOf(logConsistencyProof(sparse.database.db, 5n, 20n))).code).toBe(
    'ENTRY_ARCHIVED',
  )
})

test('ARCHIVE_UNSEALED, ARCHIVE_NEEDED and DATABASE_REFUSED leave the log as it is', async () => {
  await using log = await openTestLog({ partitionEntries })
  const ctx = log.context()
  for (let n = 0; n < 20; n += 1) await say(ctx, 'entity/1', { n })
  await sequence(log.database)
  const owner = log.open(null, 2)
  const plan = () => planArchive(owner, { before: 9n })
  expect(await refusalOf(plan())).toMatchObject({ code: 'ARCHIVE_UNSEALED', details: { to: '8' } })
  await seal(log.database, { keys: log.keys, zoneId: testZone, now: () => new Date() })
  const [part] = await plan()
  expect(part).toEqual({ from: 1n, to: 8n })
  if (part === undefined) return
  await owner.raw`insert into platform.reactions (name, position) values ('slow', 7)`
  expect(await refusalOf(plan())).toMatchObject({
    code: 'ARCHIVE_NEEDED',
    details: { reaction: 'slow', position: '7' },
  })
  // Also when it came between the plan and the taking.
  const options = { folder: openFolder(), isCompressed: false }
  expect((await refusalOf(archivePart(owner, part, options))).code).toBe('ARCHIVE_NEEDED')
  await owner.raw`update platform.reactions set position = 8`
  await owner.raw`
    insert into platform.parked (reaction, stream, position, error_code, tries)
    values ('slow', 'entity/1', 8, 'INTERNAL', 10)`
  expect((await refusalOf(plan())).code).toBe('ARCHIVE_NEEDED')
  await owner.raw`delete from platform.parked`
  expect((await refusalOf(archivePart(log.database, part, options))).code).toBe('DATABASE_REFUSED')
  expect(await verifyLog(log.database)).toMatchObject({ valid: true, floor: 0n, size: 20n })
  // The file is there from the tries before, and is used.
  expect(await archivePart(owner, part, options)).toMatchObject({ to: 8n })
  // Another run was faster.
  expect((await refusalOf(archivePart(owner, part, options))).code).toBe('WRITE_CONTENDED')
})

test('ARCHIVE_INVALID and FILE_EXISTS: nothing goes that is not proved, nothing is overwritten', async () => {
  await using log = await openTestLog({ partitionEntries })
  await fill(log, 12)
  const folder = openFolder()
  const owner = log.open(null, 2)
  const file = join(folder, `${testZone}-log-000000000001-000000000008.jsonl`)
  writeFileSync(file, 'another file')
  expect((await refusalOf(archive(log, { before: 9n }, { folder }))).code).toBe('FILE_EXISTS')
  expect(readFileSync(file, 'utf8')).toBe('another file')
  rmSync(file)
  await owner.raw.begin((sql) =>
    sql.unsafe(`set local session_replication_role = replica;
      update platform.log set canonical = replace(canonical, 'noted', 'voted') where position = 2`),
  )
  expect(await refusalOf(archive(log, { before: 9n }, { folder }))).toMatchObject({
    code: 'ARCHIVE_INVALID',
    details: { what: 'digest', position: '2' },
  })
  expect(readdirSync(folder)).toEqual([])
  const [row] = await owner.raw<{ n: bigint }[]>`select count(*) as n from platform.log`
  expect(row?.n).toBe(12n)
})

test('LOCK_TIMEOUT while a reader holds the log; a reader is never answered half', async () => {
  await using log = await openTestLog({ partitionEntries })
  await fill(log, 12)
  const owner = log.open(null, 4)
  const [part] = await planArchive(owner, { keep: 4n })
  if (part === undefined) return
  const options = { folder: openFolder(), isCompressed: false }
  await owner.raw.begin(async (reader) => {
    await reader`set local idle_in_transaction_session_timeout = 0`
    await reader`select count(*) from platform.log`
    expect((await refusalOf(archivePart(owner, part, options))).code).toBe('LOCK_TIMEOUT')
  })
  expect((await readHead(log.database.db)).position).toBe(12n)
  await archivePart(owner, part, options)
  expect(await verifyLog(log.database)).toMatchObject({ valid: true, floor: 8n })
}, 30_000)

test('a reaction that is added to an archived log does not begin in its middle', async () => {
  await using log = await openTestLog({ partitionEntries })
  await fill(log, 20)
  await archive(log, { before: 9n })
  const handled: bigint[] = []
  const ctx = log.context()
  await using _reactions = startReactions(
    [
      {
        name: 'entities.late',
        types: ['entity.noted'],
        handle: async (_tx, { position }) => void handled.push(position),
      },
    ],
    { ground: ctx, hub: log.hub, pollMs: 20 },
  )
  await until('it fails with a code', () =>
    log.lines.some((line) => line.includes('EXPIRED_CURSOR') && line.includes('entities.late')),
  )
  expect(handled).toEqual([])
  expect((await refusalOf(planArchive(log.open(null, 2), { before: 17n }))).code).toBe(
    'ARCHIVE_NEEDED',
  )
}, 30_000)
