/** Receipts in parts: made before they are needed, and seen by nobody who reads or appends. @module */
import { parseDigest } from '@sez/core/digest'
import { corridorId } from '@sez/core/ids'
import { invariant } from '@sez/core/invariant'
import { parseJson } from '@sez/core/json'
import { verifyInclusion } from '@sez/core/mmr'
import { verifyConsistency } from '@sez/core/mmr-consistency'
import { until } from '@sez/platform/database.fixture'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  auditor,
  eventually,
  openTestCorridor,
  type TestCorridor,
  type Who,
} from './corridor.fixture.ts'
import { receiptDocument, signedText } from './documents.fixture.ts'
import { findReceipt, findReceiptsByRoot } from './store.ts'

const denied = { code: '42501' }

let zone: TestCorridor
beforeEach(async () => {
  zone = await openTestCorridor({ receiptsPerPart: 8 })
})
afterEach(() => zone[Symbol.asyncDispose]())

/** Where the parts of a table end. */
async function endsOf(table = 'receipts'): Promise<number[]> {
  const rows = await zone.log.open(null, 1).raw<{ end: number }[]>`
    select substring(relname from '\\d+')::int as end
    from pg_inherits join pg_class on pg_class.oid = inhrelid
    where inhparent = ${`corridor.${table}`}::regclass order by 1`
  return rows.map((row) => row.end)
}

/** Documents of the next so many receipts, signed by the first party. */
async function nextOf(id: string, count: number): Promise<string[]> {
  let head = await zone.headOf(id)
  return Array.from({ length: count }, () => {
    const document = receiptDocument(id, head)
    head = { receiptCount: head.receiptCount + 1, nextRoot: parseDigest(document['next_root']) }
    return signedText(document, [zone.parties[0]])
  })
}

const batch = `mutation ($input: AppendReceiptsInput!) {
  appendReceipts(input: $input) { results { outcome receipt { sequence } } }
}`

async function appendBatch(documents: readonly string[]) {
  const partner: Who = { as: ['PARTNER'], did: zone.parties[0].did }
  const { data, errors } = await zone.ask(batch, { input: { documents } }, partner)
  expect(errors).toEqual([])
  return Object(data?.['appendReceipts']).results as { outcome: string; receipt: object }[]
}

/** Statements of others that wait for a lock. */
async function waiting(): Promise<number> {
  const [row] = await zone.log.open(null, 1).raw<{ n: number }[]>`
    select count(*)::int as n from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`
  return row?.n ?? 0
}

test('a part is made when three quarters of the one before are full', async () => {
  const id = await zone.openCorridor('one')
  await zone.grow(id, 6)
  expect(await endsOf()).toEqual([8])
  await zone.grow(id, 1)
  expect([await endsOf(), await endsOf('receipt_proofs')]).toEqual([
    [8, 16],
    [8, 16],
  ])
  await zone.grow(id, 7)
  expect(await endsOf()).toEqual([8, 16])
  await zone.grow(id, 1)
  expect(await endsOf()).toEqual([8, 16, 24])
})

test('one that is missing is made at once, also several in a batch', async () => {
  const id = await zone.openCorridor('many')
  await zone.grow(id, 8)
  const admin = zone.log.open(null, 1).raw
  await admin`drop table corridor_receipts.receipts_16, corridor_receipts.receipt_proofs_16`
  const documents = await nextOf(id, 100)
  const results = await appendBatch(documents)
  expect(results).toMatchObject(
    documents.map((_, index) => ({ outcome: 'APPENDED', receipt: { sequence: index + 8 } })),
  )
  const ends = Array.from({ length: 14 }, (_, index) => 8 * (index + 1))
  expect([await endsOf(), await endsOf('receipt_proofs')]).toEqual([ends, ends])
  // Sent again it is found in its part, whichever that is.
  expect(await appendBatch(documents)).toMatchObject(
    documents.map(() => ({ outcome: 'ALREADY_STORED' })),
  )
  expect((await zone.headOf(id)).receiptCount).toBe(108)
})

test('four appenders at once share the parts they all need', async () => {
  const ids = await Promise.all(['a', 'b', 'c', 'd'].map((id) => zone.openCorridor(id)))
  const documents = await Promise.all(ids.map((id) => nextOf(id, 30)))
  await Promise.all(documents.map(appendBatch))
  expect(await endsOf()).toEqual([8, 16, 24, 32])
  for (const id of ids) expect((await zone.headOf(id)).receiptCount).toBe(30)
})

test.for(['commits', 'gives up'])('four wait for the maker of a part, which %s', async (end) => {
  const ids = await Promise.all(['a', 'b', 'c', 'd'].map((id) => zone.openCorridor(id)))
  const documents = await Promise.all(ids.map((id) => nextOf(id, 9)))
  const appended: Promise<unknown[]>[] = []
  const owner = zone.log.open(null, 1).raw
  // The first must still wait when the last begins to, however slow the machine is.
  await owner`alter function corridor.make_receipt_parts(integer, integer) set lock_timeout = 0`
  const made = owner.begin(async (maker) => {
    await maker`select corridor.make_receipt_parts(6, 6)`
    appended.push(...documents.map(appendBatch))
    await until('all four wait', async () => (await waiting()) === 4)
    invariant(end === 'commits', end)
  })
  const ended = await made.then(
    () => 'commits',
    (error: Error) => error.message,
  )
  expect(ended).toBe(end)
  const results = await Promise.all(appended)
  expect(results.map(({ length }) => length)).toEqual([9, 9, 9, 9])
  expect(await endsOf()).toEqual([8, 16])
})

test('neither readers nor writers wait while a part is made, nor does it wait for them', async () => {
  const [one, two] = [await zone.openCorridor('one'), await zone.openCorridor('two')]
  await zone.grow(one, 6)
  const other = zone.log.open(null, 1).raw
  await other.begin(async (tx) => {
    await tx`select from corridor.receipts`
    await tx`insert into corridor.receipts select 'none', sequence, prev_root, sha256(next_root),
      digest, document, timestamp, transition_kind, payload_digest, appended_at, appended_by,
      event_id, event_digest from corridor.receipts where corridor_id = ${one}`
    await zone.grow(one, 1)
    expect(await endsOf()).toEqual([8, 16])
  })
  await other.begin(async (maker) => {
    await maker`select corridor.make_receipt_parts(14, 14)`
    await zone.grow(two, 3)
    expect(await findReceipt(zone.log.open('corridor').db, corridorId(one), 6)).not.toBeNull()
  })
  expect(await endsOf()).toEqual([8, 16, 24])
})

test('pages, roots and counts go over the parts, in both directions', async () => {
  const id = await zone.openCorridor('long')
  await zone.openCorridor('beside')
  await appendBatch(await nextOf('beside', 12))
  await appendBatch(await nextOf(id, 20))
  const query = `query ($id: ID!, $after: String) {
    receipts(corridorId: $id, first: 7, after: $after) {
      nodes { sequence } totalCount pageInfo { hasNextPage endCursor }
    }
    corridor(id: $id) { lastReceipts(first: 15) { sequence nextRoot } }
  }`
  const seen: number[] = []
  for (let after: string | null = null; ; ) {
    const { data } = await zone.ask(query, { id, after }, auditor)
    const { nodes, totalCount, pageInfo } = Object(data?.['receipts'])
    expect(totalCount).toBe(20)
    seen.push(...nodes.map(({ sequence }: { sequence: number }) => sequence))
    if (!pageInfo.hasNextPage) break
    after = pageInfo.endCursor
  }
  expect(seen).toEqual(Array.from({ length: 20 }, (_, index) => index))
  const { data } = await zone.ask(query, { id }, auditor)
  const last: { sequence: number; nextRoot: string }[] = Object(data?.['corridor']).lastReceipts
  expect(last.map(({ sequence }) => sequence)).toEqual(seen.toReversed().slice(0, 15))
  const roots = last.map(({ nextRoot }) => parseDigest(nextRoot))
  const found = await findReceiptsByRoot(zone.log.open('corridor').db, roots)
  expect(roots.map((root) => found.get(root)?.sequence)).toEqual(
    last.map(({ sequence }) => sequence),
  )
})

test('a page, a receipt and an append each touch the one part they are about', async () => {
  const id = await zone.openCorridor('pruned')
  await appendBatch(await nextOf(id, 30))
  const admin = zone.log.open(null, 1).raw
  const scanned = async (where: string) => {
    const rows = await admin.unsafe<{ 'QUERY PLAN': string }[]>(
      `explain (analyze, costs off, timing off, summary off) select * from corridor.receipts where ${where}`,
    )
    return rows
      .map((row) => row['QUERY PLAN'])
      .filter((line) => / on receipts_\d+/u.test(line) && !line.includes('never executed'))
  }
  const ofChain = `corridor_id = '${id}' and sequence`
  expect(await scanned(`${ofChain} = 12`)).toHaveLength(1)
  expect(await scanned(`${ofChain} > 16 order by sequence limit 5`)).toHaveLength(1)
  expect(await scanned(`corridor_id = '${id}' order by sequence desc limit 3`)).toHaveLength(1)
})

test('proofs of inclusion and of growth go over the parts', async () => {
  const id = await zone.openCorridor('proved')
  await appendBatch(await nextOf(id, 27))
  const query = `query ($id: ID!, $sequence: Int!) {
    receiptProof(corridorId: $id, sequence: $sequence) { size document }
    consistencyProof(corridorId: $id, from: 11, to: 27) { document }
  }`
  for (const sequence of [0, 7, 8, 15, 16, 26]) {
    const { data } = await eventually(async () => {
      const answer = await zone.ask(query, { id, sequence }, auditor)
      return answer.errors.length === 0 ? answer : null
    })
    const { size, document } = Object(data?.['receiptProof'])
    expect([size, verifyInclusion(parseJson(document))]).toEqual([27, true])
    expect(verifyConsistency(parseJson(Object(data?.['consistencyProof']).document))).toBe(true)
  }
})

test('statements that were prepared before a part was made find what is in it', async () => {
  const id = corridorId(await zone.openCorridor('prepared'))
  await appendBatch(await nextOf(id, 6))
  const { db, raw } = zone.log.open('corridor', 1)
  // After five plans of its own a statement keeps a general one.
  for (let round = 0; round < 8; round += 1) {
    expect(await findReceipt(db, id, 5)).not.toBeNull()
    expect((await findReceiptsByRoot(db, [])).size).toBe(0)
  }
  const general = await raw`
    select from pg_prepared_statements
    where generic_plans > 0 and statement like '%"corridor"."receipts"%'`
  expect(general.length).toBeGreaterThan(0)
  await appendBatch(await nextOf(id, 12))
  const late = await findReceipt(db, id, 17)
  invariant(late !== null, 'the receipt is in a part that was not there')
  expect((await findReceiptsByRoot(db, [late.nextRoot])).size).toBe(1)
})

test('a part itself is closed to every role, and append-only even for its owner', async () => {
  await zone.grow(await zone.openCorridor('closed'), 2)
  const owner = zone.log.open(null, 1).raw
  const role = zone.log.open('corridor', 1).raw
  for (const part of ['receipts_8', 'receipt_proofs_8']) {
    for (const statement of [
      `update corridor_receipts.${part} set sequence = sequence`,
      `delete from corridor_receipts.${part}`,
      `truncate corridor_receipts.${part}`,
    ]) {
      await expect(owner.unsafe(statement)).rejects.toMatchObject(denied)
      await expect(role.unsafe(statement)).rejects.toMatchObject(denied)
    }
    const table = part.replace('_8', '')
    for (const statement of [
      `select from corridor_receipts.${part}`,
      `insert into corridor_receipts.${part} select * from corridor.${table}`,
    ]) {
      await expect(role.unsafe(statement)).rejects.toMatchObject(denied)
    }
  }
  await expect(role`select corridor.make_receipt_part(16)`).rejects.toMatchObject(denied)
  await expect(
    zone.log.open('entities', 1).raw`select corridor.make_receipt_parts(6, 6)`,
  ).rejects.toMatchObject(denied)
  for (const [first, last] of [
    [-1, 0],
    [5, 4],
    [0, 100],
    [0, 2_147_483_647],
  ] as const) {
    await expect(role`select corridor.make_receipt_parts(${first}, ${last})`).rejects.toMatchObject(
      { code: '22023' },
    )
  }
  expect(await endsOf()).toEqual([8])
})

test('a root stands once in a part, and the last part takes the last sequence there is', async () => {
  const id = await zone.openCorridor('edge')
  await zone.grow(id, 7)
  const owner = zone.log.open(null, 1).raw
  const put = (sequence: number) => owner`
    insert into corridor.receipts select corridor_id, ${sequence}, prev_root, next_root,
      digest, document, timestamp, transition_kind, payload_digest, appended_at, appended_by,
      event_id, event_digest from corridor.receipts where sequence = 0`
  await expect(put(7)).rejects.toMatchObject({ code: '23505' })
  await expect(put(2_147_483_647)).rejects.toMatchObject({ code: '23514' })
  await owner`select corridor.make_receipt_parts(2147483600, 2147483647)`
  expect((await put(2_147_483_647)).count).toBe(1)
})
