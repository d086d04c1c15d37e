/** A restore's verdict where it is hard: below the floor, against forged and contradictory papers. @module */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JsonObject } from '@sez/core/json'
import { expect, onTestFinished, test } from 'vitest'
import { archivePart, planArchive } from './archive.ts'
import { readObject } from './log-check.ts'
import { verifyRestore } from './restore-audit.ts'
import { seal } from './sealer.ts'
import { sequence } from './sequencer.ts'
import { openTestLog, say, type TestLog, testZone } from './zone-log.fixture.ts'
import { listEntries } from './zone-log.ts'

/** Entries with a checkpoint at each of the sizes; answers these checkpoints. */
async function fill(log: TestLog, sizes: readonly number[]): Promise<JsonObject[]> {
  const ctx = log.context()
  const checkpoints: JsonObject[] = []
  let entries = 0
  for (const size of sizes) {
    for (; entries < size; entries += 1) await say(ctx, `entity/${entries % 3}`, { entries })
    await sequence(log.database)
    const ground = { keys: log.keys, zoneId: testZone, now: () => new Date() }
    const checkpoint = await seal(log.database, ground)
    const document = readObject(checkpoint?.text ?? '')
    if (document !== null) checkpoints.push(document)
  }
  return checkpoints
}

const nothing = { checkpoints: [], exports: [], archives: [] }

test('checkpoints of archived sizes are compared by the stored nodes, or by the archives', async () => {
  await using log = await openTestLog({ partitionEntries: 8 })
  const checkpoints = await fill(log, [3, 6, 8, 11, 20])
  const folder = mkdtempSync(join(tmpdir(), 'sez-restore-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const owner = log.open(null, 2)
  const archives: string[] = []
  for (const part of await planArchive(owner, { keep: 4n })) {
    archives.push((await archivePart(owner, part, { folder, isCompressed: true })).file)
  }
  expect(archives).toHaveLength(2)
  const kept = { ...nothing, zoneDids: [log.keys.did] }
  for (const some of [checkpoints, checkpoints.slice(0, 1), checkpoints.slice(0, 3)]) {
    for (const files of [[], archives]) {
      const verdict = await verifyRestore(log.database, {
        ...kept,
        checkpoints: some,
        archives: files,
      })
      expect(verdict).toMatchObject({
        valid: true,
        provenTo: BigInt(Number(some.at(-1)?.['size'])),
      })
    }
  }
  // An odd size that this zone never sealed is known by the archives alone.
  const now = new Date()
  const forged = log.keys.signDocument({ ...checkpoints[2], size: 5, proof: [] }, now)
  const unknown = await verifyRestore(log.database, {
    ...kept,
    checkpoints: [...checkpoints.slice(0, 1), forged],
  })
  expect(unknown).toMatchObject({ valid: false, provenTo: 3n, differsBetween: null })
  const { differsBetween, provenTo } = await verifyRestore(log.database, {
    ...kept,
    checkpoints: [...checkpoints, forged],
    archives,
  })
  expect({ differsBetween, provenTo }).toEqual({
    differsBetween: { after: 3n, notAfter: 5n },
    provenTo: 3n,
  })
  // Archives that are not all, or of another order, are no archives.
  for (const files of [archives.slice(0, 1), archives.slice(1), archives.toReversed()]) {
    const verdict = await verifyRestore(log.database, { ...kept, checkpoints, archives: files })
    expect(verdict.valid).toBe(false)
  }
})

test('what proves nothing is named, and a log without any proof is not valid', async () => {
  await using log = await openTestLog()
  await using other = await openTestLog()
  const checkpoints = await fill(log, [4, 9])
  const [foreign] = await fill(other, [4])
  const kept = { ...nothing, zoneDids: [log.keys.did] }
  const elsewhere = log.keys.signDocument(
    { ...checkpoints[0], zoneId: 'elsewhere', proof: [] },
    new Date(),
  )
  const verdict = await verifyRestore(log.database, {
    ...kept,
    checkpoints: [...checkpoints, null, foreign ?? null, elsewhere, { type: 'SezLogCheckpoint' }],
  })
  expect(verdict).toMatchObject({ valid: false, provenTo: 9n, log: { valid: true } })
  expect(verdict.problems).toEqual([
    { index: 2, reason: 'no checkpoint of a log' },
    { index: 3, reason: 'not signed by the zone' },
    { index: 4, reason: 'a checkpoint of another zone' },
    { index: 5, reason: 'no checkpoint of a log' },
  ])
  expect(await verifyRestore(log.database, kept)).toMatchObject({ valid: false, provenTo: 0n })
  // Two checkpoints of one size: the zone has told two stories.
  const twice = log.keys.signDocument(
    { ...checkpoints[1], root: 'ab'.repeat(32), proof: [] },
    new Date(),
  )
  expect(
    await verifyRestore(log.database, { ...kept, checkpoints: [...checkpoints, twice] }),
  ).toMatchObject({ valid: false, provenTo: 4n, differsBetween: { after: 4n, notAfter: 9n } })
})

test('an unsealed end is compared too, and a broken export is not relied upon', async () => {
  await using log = await openTestLog()
  const [first] = await fill(log, [4, 8])
  const folder = mkdtempSync(join(tmpdir(), 'sez-restore-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const entries = await listEntries(log.database.db, { stream: null, after: 0n, limit: 50 })
  const checkpoints = [first ?? null]
  await log.open(null).raw.begin((sql) =>
    sql.unsafe(`set local session_replication_role = replica;
      delete from platform.checkpoints; delete from platform.log_nodes`),
  )
  const kept = { ...nothing, zoneDids: [log.keys.did], checkpoints }
  expect(await verifyRestore(log.database, kept)).toMatchObject({ valid: true, provenTo: 4n })
  const file = join(folder, 'export.jsonl')
  const lines = entries.map(({ canonical, position, ...rest }) =>
    JSON.stringify({ ...rest, position: String(position), document: canonical }),
  )
  writeFileSync(file, [...lines, JSON.stringify(first)].join('\n'))
  expect(await verifyRestore(log.database, { ...kept, exports: [file] })).toMatchObject({
    valid: true,
    export: { valid: true, sealedTo: 4n },
  })
  writeFileSync(file, [...lines.toSpliced(2, 1), JSON.stringify(first)].join('\n'))
  expect(await verifyRestore(log.database, { ...kept, exports: [file] })).toMatchObject({
    valid: false,
    firstDifference: null,
    export: { valid: false, flaw: { what: 'gap', position: 3n } },
  })
})
