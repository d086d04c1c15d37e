/** The zone log as queries: what is public, who sees entries, what proves them. @module */
import { parseDid } from '@sez/core/did'
import { corridorId } from '@sez/core/ids'
import { invariant } from '@sez/core/invariant'
import { isJsonObject, type JsonObject, parseJson } from '@sez/core/json'
import { verifyInclusion } from '@sez/core/mmr'
import { verifyConsistency } from '@sez/core/mmr-consistency'
import { verifyProofs } from '@sez/core/proof'
import type { Role } from '@sez/core/roles'
import type { Caller } from '@sez/platform/context'
import { seal } from '@sez/platform/sealer'
import { sequence } from '@sez/platform/sequencer'
import { openSubgraph, type Subgraph } from '@sez/platform/subgraph'
import { openTestLog, say, type TestLog, testZone } from '@sez/platform/zone-log.fixture'
import { parse } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { regulator } from './subgraph.ts'

const entity = 'entity/ent_01890a5d-ac96-774b-8000-000000000001'
const founder = 'did:web:founder.test'

let log: TestLog
let subgraph: Subgraph

interface Who {
  readonly as: readonly Role[]
  readonly did?: string
  readonly corridorIds?: readonly string[]
}
const auditor: Who = { as: ['AUDITOR'], did: 'did:web:auditor.test' }

beforeAll(async () => {
  log = await openTestLog()
  const founding = { ...log.context(), caller: callerOf({ as: ['CITIZEN'], did: founder }) }
  await say(founding, entity, { step: 1 })
  await say(log.context(), 'corridor/pak-uae', { step: 2 })
  await say(founding, entity, { step: 3 })
  await say(log.context(), 'corridor/pak-ksa', { step: 4 })
  await sequence(log.database)
  await sealNow()
  subgraph = openSubgraph(regulator, log.context({ database: log.open('regulator') }))
})
afterAll(() => log[Symbol.asyncDispose]())

async function sealNow(): Promise<void> {
  const ground = { keys: log.keys, zoneId: testZone, now: () => new Date('2026-02-01T00:00:00Z') }
  await seal(log.database, ground)
}

function callerOf(who: Who | undefined): Caller {
  const ids = who?.corridorIds
  return {
    did: who?.did === undefined ? null : parseDid(who.did),
    roles: new Set(who?.as),
    entityIds: null,
    corridorIds: ids === undefined ? null : new Set(ids.map((id) => corridorId(id))),
    expiresAt: null,
  }
}

async function ask(query: string, who?: Who, variables: Record<string, unknown> = {}) {
  const { data, errors = [] } = await subgraph.execute(
    { document: parse(query), variables },
    { caller: callerOf(who), correlationId: 'test', signal: new AbortController().signal },
  )
  return { data: data ?? null, codes: errors.map(({ extensions }) => extensions?.['code']) }
}

function parsed(text: unknown): JsonObject {
  const value = parseJson(typeof text === 'string' ? text : '')
  invariant(isJsonObject(value), 'a document is an object')
  return value
}

test('there is no Mutation type', () => {
  expect(subgraph.schema.getMutationType()).toBeUndefined()
})

describe('public facts', () => {
  test('zone and its keys', async () => {
    const { data, codes } = await ask('{ zone { id name did mode } zoneKeys { did validFrom } }')
    expect(codes).toEqual([])
    expect(data).toMatchObject({
      zone: { id: testZone, did: log.keys.did, mode: 'DEVELOPMENT' },
      zoneKeys: expect.any(Array),
    })
  })

  test('the newest checkpoint, whose signature and fields agree', async () => {
    const query = '{ latestCheckpoint { size root headHash at document } }'
    const { data } = await ask(query)
    const { document, ...facts } = Object(data?.['latestCheckpoint'])
    const signed = parsed(document)
    expect(verifyProofs(signed)).toMatchObject([{ did: log.keys.did, valid: true }])
    expect(facts).toMatchObject({ size: '4', root: signed['root'], headHash: signed['headHash'] })
  })

  test('consistency of any two lengths, and VALIDATION_ERROR for others', async () => {
    const query =
      'query ($from: BigInt!, $to: BigInt!) { logConsistency(from: $from, to: $to) { document fromRoot toRoot } }'
    for (let from = 1; from <= 4; from += 1) {
      for (let to = from; to <= 4; to += 1) {
        const { data } = await ask(query, undefined, { from: String(from), to: String(to) })
        const { document, toRoot } = Object(data?.['logConsistency'])
        expect(verifyConsistency(parsed(document))).toBe(true)
        expect(parsed(document)['to_root']).toBe(toRoot)
      }
    }
    for (const [from, to] of [
      ['0', '1'],
      ['2', '1'],
      ['1', '5'],
    ]) {
      expect((await ask(query, undefined, { from, to })).codes).toEqual(['VALIDATION_ERROR'])
    }
  })
})

describe('logEntry', () => {
  const fields =
    'position eventId stream streamSequence previousDigest type actor digest hash document at recordedAt'

  test('is found by position and by event, with the links of its stream', async () => {
    const { data } = await ask(`{ logEntry(position: "3") { ${fields} } }`, auditor)
    const entry = Object(data?.['logEntry'])
    expect(entry).toMatchObject({
      position: '3',
      stream: entity,
      streamSequence: 2,
      actor: founder,
    })
    const first = await ask(`{ logEntry(position: "1") { digest } }`, auditor)
    expect(Object(first.data?.['logEntry']).digest).toBe(entry.previousDigest)
    const byEvent = await ask(`{ logEntry(eventId: "${entry.eventId}") { ${fields} } }`, auditor)
    expect(byEvent.data?.['logEntry']).toEqual(entry)
  })

  test('null where there is none, VALIDATION_ERROR without or with two names', async () => {
    expect((await ask('{ logEntry(position: "99") { position } }', auditor)).data).toEqual({
      logEntry: null,
    })
    expect((await ask('{ logEntry { position } }', auditor)).codes).toEqual(['VALIDATION_ERROR'])
    expect((await ask('{ logEntry(eventId: "x") { position } }', auditor)).codes).toEqual([
      'VALIDATION_ERROR',
    ])
  })

  test('is seen by who caused it and by officials, not by others, nor past a narrowed token', async () => {
    const seen = async (position: number, who: Who) =>
      Object((await ask(`{ logEntry(position: "${position}") { position } }`, who)).data)
        .logEntry !== null
    expect(await seen(1, { as: ['CITIZEN'], did: founder })).toBe(true)
    expect(await seen(2, { as: ['CITIZEN'], did: founder })).toBe(false)
    expect(await seen(1, { as: ['OPERATOR'], did: 'did:web:stranger.test' })).toBe(false)
    for (const role of ['REGULATOR', 'AUDITOR', 'ADMIN'] as const) {
      expect(await seen(1, { as: [role], did: 'did:web:official.test' })).toBe(true)
    }
    const narrowed = { ...auditor, corridorIds: ['pak-ksa'] }
    expect([await seen(2, narrowed), await seen(4, narrowed)]).toEqual([false, true])
  })

  test('UNAUTHENTICATED without a token, FORBIDDEN to a role that may not ask', async () => {
    expect((await ask('{ logEntry(position: "1") { position } }')).codes).toEqual([
      'UNAUTHENTICATED',
    ])
    const partner: Who = { as: ['PARTNER'], did: 'did:web:partner.test' }
    expect((await ask('{ logEntry(position: "1") { position } }', partner)).codes).toEqual([
      'FORBIDDEN',
    ])
    const citizen: Who = { as: ['CITIZEN'], did: founder }
    expect((await ask('{ logEntries { nodes { position } } }', citizen)).codes).toEqual([
      'FORBIDDEN',
    ])
  })
})

describe('logEntries', () => {
  const query = `query ($stream: String, $first: Int, $after: String) {
    logEntries(stream: $stream, first: $first, after: $after) {
      nodes { position } pageInfo { hasNextPage endCursor }
    }
  }`
  const pageOf = async (variables: Record<string, unknown>) => {
    const { nodes, pageInfo } = Object((await ask(query, auditor, variables)).data?.['logEntries'])
    return { positions: nodes.map((node: { position: string }) => node.position), ...pageInfo }
  }

  test('page through the whole log, or one stream of it', async () => {
    const first = await pageOf({ first: 3 })
    expect(first).toMatchObject({ positions: ['1', '2', '3'], hasNextPage: true })
    const last = await pageOf({ first: 3, after: first.endCursor })
    expect(last).toMatchObject({ positions: ['4'], hasNextPage: false })
    expect(await pageOf({ stream: entity })).toMatchObject({ positions: ['1', '3'] })
  })

  test('CURSOR_INVALID for another stream’s cursor, PAGE_SIZE_EXCEEDED beyond 500', async () => {
    const { endCursor } = await pageOf({ stream: entity })
    expect((await ask(query, auditor, { after: endCursor })).codes).toEqual(['CURSOR_INVALID'])
    expect((await ask(query, auditor, { first: 501 })).codes).toEqual(['PAGE_SIZE_EXCEEDED'])
  })
})

describe('logProof', () => {
  const query = `query ($position: BigInt!, $size: BigInt) {
    logProof(position: $position, checkpointSize: $size) {
      document hash size root checkpoint { size root document }
    }
  }`

  test('proves every entry against the signed checkpoint', async () => {
    for (const position of ['1', '2', '3', '4']) {
      const { data, codes } = await ask(query, auditor, { position })
      expect(codes).toEqual([])
      const proof = Object(data?.['logProof'])
      const document = parsed(proof.document)
      expect(verifyInclusion(document)).toBe(true)
      expect(document).toMatchObject({ receipt_next_root: proof.hash, root: proof.checkpoint.root })
      expect(parsed(proof.checkpoint.document)['root']).toBe(proof.root)
    }
  })

  test('null for an entry that is none or not the caller’s', async () => {
    const citizen: Who = { as: ['CITIZEN'], did: founder }
    expect((await ask(query, citizen, { position: '2' })).data).toEqual({ logProof: null })
    expect((await ask(query, auditor, { position: '9' })).data).toEqual({ logProof: null })
    expect((await ask(query, citizen, { position: '1' })).codes).toEqual([])
  })

  test('CHECKPOINT_PENDING, then CHECKPOINT_TOO_OLD for the old one, NOT_FOUND for none', async () => {
    await say(log.context(), 'corridor/pak-uae', { step: 5 })
    await sequence(log.database)
    expect((await ask(query, auditor, { position: '5' })).codes).toEqual(['CHECKPOINT_PENDING'])
    expect((await ask(query, auditor, { position: '5', size: '4' })).codes).toEqual([
      'CHECKPOINT_TOO_OLD',
    ])
    expect((await ask(query, auditor, { position: '5', size: '5' })).codes).toEqual(['NOT_FOUND'])
    await sealNow()
    expect((await ask(query, auditor, { position: '5' })).codes).toEqual([])
  })
})
