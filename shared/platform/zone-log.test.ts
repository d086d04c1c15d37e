/** Events get dense, chained places; proofs and checkpoints verify offline. @module */
import { chainHash, digestOfBytes, hexToBytes } from '@sez/core/digest'
import { verifyConsistency, verifyInclusion } from '@sez/core/mmr'
import { verifyProofs } from '@sez/core/proof'
import { parseJson } from '@sez/core/json'
import { expect, test } from 'vitest'
import { seal } from './sealer.ts'
import { sequence } from './sequencer.ts'
import {
  checkpointCovering,
  findCheckpoint,
  findEntry,
  latestCheckpoint,
  listEntries,
  logConsistencyProof,
  logInclusionProof,
  parseEvent,
  positionsOf,
  readHead,
} from './zone-log.ts'
import { openTestLog, say, testZone } from './zone-log.fixture.ts'

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : error

test('an event is in the log under its position, linked to its stream and to the whole', async () => {
  await using log = await openTestLog()
  const { db } = log.database
  const ctx = log.context()
  const genesis = await readHead(db)
  expect(genesis.hash).toBe(chainHash('sez-log-genesis-v1', Buffer.from(testZone)))
  const first = await say(ctx, 'entity/a', { n: 1 })
  const other = await say(ctx, 'entity/b')
  const second = await say(ctx, 'entity/a', { n: 2 })
  expect(await sequence(log.database)).toBe(3)
  expect(await sequence(log.database)).toBe(0)

  const entries = await listEntries(db, { stream: null, after: 0n, limit: 10 })
  expect(entries.map((each) => [each.position, each.stream, each.streamSeq])).toEqual([
    [1n, 'entity/a', 1],
    [2n, 'entity/b', 1],
    [3n, 'entity/a', 2],
  ])
  expect(entries.map((each) => each.streamPrev)).toEqual([null, null, first.digest])
  let hash = genesis.hash
  for (const entry of entries) {
    expect(entry.digest).toBe(digestOfBytes(Buffer.from(entry.canonical)))
    hash = chainHash('sez-log-v1', hexToBytes(hash), hexToBytes(entry.digest))
    expect(entry.hash).toBe(hash)
  }
  expect(await readHead(db)).toEqual({ position: 3n, hash })
  expect(await findEntry(db, { eventId: second.eventId })).toEqual(entries[2])
  expect(await listEntries(db, { stream: 'entity/a', after: 1n, limit: 10 })).toEqual([entries[2]])
  expect(await positionsOf(db, [other.eventId, second.eventId])).toEqual(
    new Map([
      [other.eventId, 2n],
      [second.eventId, 3n],
    ]),
  )
  const [entry] = entries
  expect(entry && parseEvent(entry)).toMatchObject({
    event: 'sez.event.v1',
    zoneId: testZone,
    type: 'entity.noted',
    actor: 'did:web:writer.test',
    data: { n: 1 },
  })
})

test('every entry of every size up to 40 is proved against its checkpoint', async () => {
  await using log = await openTestLog()
  const { db } = log.database
  const ground = { keys: log.keys, zoneId: testZone, now: () => new Date() }
  const ctx = log.context()
  expect(await seal(log.database, ground)).toBeNull()
  for (let size = 1n; size <= 40n; size += 1n) {
    await say(ctx, `entity/${size % 3n}`)
    // Sealed at irregular sizes, so that nodes come singly and in batches.
    if (size % 7n === 3n) continue
    await sequence(log.database)
    await seal(log.database, ground)
  }
  const sizes: bigint[] = []
  for (let size = 1n; size <= 40n; size += 1n) {
    const checkpoint = await findCheckpoint(db, size)
    if (checkpoint === null) continue
    sizes.push(size)
    expect(verifyProofs(parseJson(checkpoint.text))).toMatchObject([
      { did: log.keys.did, valid: true },
    ])
    for (let position = 1n; position <= size; position += 1n) {
      const proof = await logInclusionProof(db, position, size)
      expect(verifyInclusion(proof)).toBe(true)
      expect(proof).toMatchObject({ root: checkpoint.root, leaf_index: Number(position) - 1 })
    }
    for (const from of sizes) {
      const proof = await logConsistencyProof(db, from, size)
      expect(verifyConsistency(proof)).toBe(true)
      expect(proof).toMatchObject({ from_size: Number(from), to_root: checkpoint.root })
    }
  }
  expect(sizes).toHaveLength(34)
  expect((await latestCheckpoint(db))?.size).toBe(40n)
  expect((await latestCheckpoint(db, 10n))?.size).toBe(9n)
  expect((await checkpointCovering(db, 10n))?.size).toBe(11n)
})

test('VALIDATION_ERROR for proofs of what is not sealed', async () => {
  await using log = await openTestLog()
  const { db } = log.database
  await say(log.context(), 'entity/a')
  await sequence(log.database)
  await expect(logInclusionProof(db, 1n, 1n)).rejects.toMatchObject({
    code: 'VALIDATION_ERROR',
    details: { field: 'size' },
  })
  await seal(log.database, { keys: log.keys, zoneId: testZone, now: () => new Date() })
  const refused = await Promise.all(
    [
      logInclusionProof(db, 0n, 1n),
      logInclusionProof(db, 2n, 1n),
      logConsistencyProof(db, 0n, 1n),
      logConsistencyProof(db, 1n, 2n),
    ].map((each) => each.catch(codeOf)),
  )
  expect(refused).toEqual(refused.map(() => 'VALIDATION_ERROR'))
})
