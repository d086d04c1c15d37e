/** The zone log through the gateway: every root field, taken, refused and not found. @module */
import { invariant } from '@sez/core/invariant'
import { isJsonObject, parseJson } from '@sez/core/json'
import { verifyInclusion } from '@sez/core/mmr'
import { verifyConsistency } from '@sez/core/mmr-consistency'
import { verifyProofs } from '@sez/core/proof'
import { partyOf } from '@sez/corridor/documents.fixture'
import { until } from '@sez/platform/database.fixture'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestZone, type TestZone, type Who } from '../zone.fixture.ts'

const auditor: Who = { as: ['AUDITOR'] }
const citizen: Who = { as: ['CITIZEN'], did: 'did:web:citizen.test' }

let zone: TestZone
beforeAll(async () => {
  zone = await openTestZone()
  const participants = ['pak', 'uae'].map((name) => ({ did: partyOf(name).did, role: 'authority' }))
  for (const id of ['one', 'two', 'three']) {
    const query =
      'mutation ($input: CreateCorridorInput!) { createCorridor(input: $input) { log { eventId } } }'
    const input = { id, title: id, participants }
    const { errors } = await zone.ask(query, { input }, { as: ['ADMIN'] })
    invariant(errors.length === 0, 'the corridors are created')
  }
  await sealed(3)
})
afterAll(() => zone[Symbol.asyncDispose]())

async function ask(query: string, who?: Who) {
  const { data, errors } = await zone.ask(query, {}, who)
  return { data: Object(data), codes: errors.map(({ extensions }) => extensions.code) }
}

/** Waits until the sealer has signed so many entries. */
async function sealed(size: number): Promise<void> {
  const query = '{ latestCheckpoint { size } }'
  await until(`${size} entries are sealed`, async () => {
    const { latestCheckpoint } = (await ask(query, auditor)).data
    return Number(latestCheckpoint?.size ?? 0) >= size
  })
}

test('zone · success', async () => {
  const { data } = await ask('{ zone { id name did mode } }')
  const { zoneId: id, name, did } = zone.identity
  expect(data.zone).toEqual({ id, name, did, mode: 'DEVELOPMENT' })
})

test('zoneKeys · success', async () => {
  const { data } = await ask('{ zoneKeys { did validFrom } }')
  expect(data.zoneKeys).toContainEqual({
    did: zone.identity.did,
    validFrom: expect.any(String),
  })
})

test('latestCheckpoint · success', async () => {
  const { document } = (await ask('{ latestCheckpoint { document } }')).data.latestCheckpoint
  const signed = parseJson(document)
  expect(isJsonObject(signed) ? signed['type'] : null).toBe('SezLogCheckpoint')
  expect(verifyProofs(signed)).toMatchObject([{ did: zone.identity.did, valid: true }])
})

test('logEntry · success', async () => {
  const { data } = await ask('{ logEntry(position: "2") { position stream type } }', auditor)
  expect(data.logEntry).toEqual({ position: '2', stream: 'corridor/two', type: 'corridor.created' })
})
test('logEntry · refusal', async () => {
  expect((await ask('{ logEntry { position } }', auditor)).codes).toEqual(['VALIDATION_ERROR'])
  expect((await ask('{ logEntry(position: "1") { position } }')).codes).toEqual(['UNAUTHENTICATED'])
})
test('logEntry · not found', async () => {
  expect((await ask('{ logEntry(position: "99") { position } }', auditor)).data).toEqual({
    logEntry: null,
  })
  expect((await ask('{ logEntry(position: "1") { position } }', citizen)).data).toEqual({
    logEntry: null,
  })
})

test('logEntries · success', async () => {
  const { data } = await ask(
    '{ logEntries(first: 2) { nodes { position } pageInfo { hasNextPage } } }',
    auditor,
  )
  expect(data.logEntries).toEqual({
    nodes: [{ position: '1' }, { position: '2' }],
    pageInfo: { hasNextPage: true },
  })
})
test('logEntries · refusal', async () => {
  expect((await ask('{ logEntries(first: 501) { nodes { position } } }', auditor)).codes).toEqual([
    'PAGE_SIZE_EXCEEDED',
  ])
  expect((await ask('{ logEntries { nodes { position } } }', citizen)).codes).toEqual(['FORBIDDEN'])
})
test('logEntries · not found', async () => {
  const { data } = await ask(
    '{ logEntries(stream: "corridor/none") { nodes { position } } }',
    auditor,
  )
  expect(data.logEntries).toEqual({ nodes: [] })
})

test('logProof · success', async () => {
  const { data } = await ask(
    '{ logProof(position: "1") { document root checkpoint { root } } }',
    auditor,
  )
  expect(verifyInclusion(parseJson(data.logProof.document))).toBe(true)
  expect(data.logProof.checkpoint.root).toBe(data.logProof.root)
})
test('logProof · refusal', async () => {
  const query = '{ logProof(position: "1", checkpointSize: "999") { root } }'
  expect((await ask(query, auditor)).codes).toEqual(['NOT_FOUND'])
})
test('logProof · not found', async () => {
  expect((await ask('{ logProof(position: "999") { root } }', auditor)).data).toEqual({
    logProof: null,
  })
  expect((await ask('{ logProof(position: "1") { root } }', citizen)).data).toEqual({
    logProof: null,
  })
})

test('logConsistency · success', async () => {
  const { data } = await ask('{ logConsistency(from: "1", to: "3") { document } }')
  expect(verifyConsistency(parseJson(data.logConsistency.document))).toBe(true)
})
test('logConsistency · refusal', async () => {
  expect((await ask('{ logConsistency(from: "3", to: "1") { document } }')).codes).toEqual([
    'VALIDATION_ERROR',
  ])
})
test('logConsistency · not found', async () => {
  expect((await ask('{ logConsistency(from: "1", to: "999") { document } }')).codes).toEqual([
    'VALIDATION_ERROR',
  ])
})

test('no mutation is the regulator’s', async () => {
  const query = '{ __schema { mutationType { fields { name } } } }'
  const { data } = await ask(query)
  const names = data.__schema.mutationType.fields.map(({ name }: { name: string }) => name)
  expect(names.filter((name: string) => /^(log|zone|regulator)/iu.test(name))).toEqual([])
})
