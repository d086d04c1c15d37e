/** What is shown of a corridor, to whom, and what proves it. @module */
import { invariant } from '@sez/core/invariant'
import { parseJson } from '@sez/core/json'
import { verifyConsistency } from '@sez/core/mmr-consistency'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  admin,
  type Answer,
  anyDigest,
  auditor,
  eventually,
  openTestCorridor,
  stranger,
  type TestCorridor,
  type Who,
} from './corridor.fixture.ts'
import { partyOf, receiptDocument, receiptText, signedText } from './documents.fixture.ts'

let zone: TestCorridor
beforeAll(async () => {
  zone = await openTestCorridor()
  await zone.openCorridor('pak-uae')
  await zone.openCorridor('pak-ksa', 'PENDING')
  await zone.openCorridor('pak-chn', 'DRAFT')
  await zone.grow('pak-uae', 7)
})
afterAll(() => zone[Symbol.asyncDispose]())

const partner = (): Who => ({ as: ['PARTNER'], did: zone.parties[0].did })
/** A field of an answer that must be there. */
function fieldOf({ data }: Answer, name: string): unknown {
  invariant(data !== null && data[name] !== null, `${name} is there`)
  return data[name]
}
const listOf = ({ data }: Answer, name: string) =>
  data?.[name] as unknown as {
    readonly nodes: readonly Readonly<Record<string, unknown>>[]
    readonly totalCount: number
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string }
  }

describe('corridor', () => {
  test('null for an id that is none', async () => {
    const { data, errors } = await zone.ask('{ corridor(id: "none") { id } }', {}, auditor)
    expect({ data, errors }).toEqual({ data: { corridor: null }, errors: [] })
  })

  test('VALIDATION_ERROR for what cannot be an id', async () => {
    const { codes } = await zone.ask('{ corridor(id: "PAK UAE") { id } }', {}, auditor)
    expect(codes).toEqual(['VALIDATION_ERROR'])
  })

  test('shows head, last receipts newest first, and the company as a reference', async () => {
    const query = `{ corridor(id: "pak-uae") {
      head { sequence receiptCount } lastReceipts(first: 2) { sequence }
      receipts(first: 3) { nodes { sequence } totalCount }
      participants { did entity { id } } documents { kind document }
    } }`
    const { data, errors } = await zone.ask(query, {}, partner())
    expect(errors).toEqual([])
    expect(data?.['corridor']).toMatchObject({
      head: { sequence: 6, receiptCount: 7 },
      lastReceipts: [{ sequence: 6 }, { sequence: 5 }],
      receipts: { nodes: [{ sequence: 0 }, { sequence: 1 }, { sequence: 2 }], totalCount: 7 },
      participants: [{ entity: null }, { entity: null }],
    })
  })

  test('PAGE_SIZE_EXCEEDED for more than fifty last receipts', async () => {
    const query = '{ corridor(id: "pak-uae") { lastReceipts(first: 51) { sequence } } }'
    expect((await zone.ask(query, {}, auditor)).codes).toEqual(['PAGE_SIZE_EXCEEDED'])
  })

  test('is found by reference too, under the same policy', async () => {
    const query = `query ($refs: [_Any!]!) { _entities(representations: $refs) {
      ... on Corridor { title } ... on Receipt { sequence } ... on CorridorCheckpoint { receiptCount }
    } }`
    const receipt = await zone.ask(
      '{ receipt(corridorId: "pak-uae", sequence: 3) { nextRoot } }',
      {},
      auditor,
    )
    const { nextRoot } = fieldOf(receipt, 'receipt') as { readonly nextRoot: string }
    const refs = [
      { __typename: 'Corridor', id: 'pak-uae' },
      { __typename: 'Receipt', nextRoot },
      { __typename: 'CorridorCheckpoint', digest: anyDigest('none') },
    ]
    const seen = await zone.ask(query, { refs }, partner())
    expect(seen.data?.['_entities']).toEqual([{ title: 'Corridor pak-uae' }, { sequence: 3 }, null])
    const unseen = await zone.ask(query, { refs }, stranger)
    expect(unseen.data?.['_entities']).toEqual([null, null, null])
  })
})

describe('corridors', () => {
  const query = `query ($filter: CorridorFilter, $orderBy: CorridorOrder, $first: Int, $after: String) {
    corridors(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
      nodes { id state } totalCount pageInfo { hasNextPage endCursor }
    }
  }`
  const idsOf = (answer: Answer) => listOf(answer, 'corridors').nodes.map(({ id }) => id)

  test('filters by state, participant and prefix, and orders', async () => {
    const ask = (variables: Record<string, unknown>) => zone.ask(query, variables, auditor)
    expect(idsOf(await ask({}))).toEqual(['pak-chn', 'pak-ksa', 'pak-uae'])
    expect(idsOf(await ask({ orderBy: 'ID_DESC' }))).toEqual(['pak-uae', 'pak-ksa', 'pak-chn'])
    expect(idsOf(await ask({ orderBy: 'CREATED_AT_DESC' }))).toEqual([
      'pak-chn',
      'pak-ksa',
      'pak-uae',
    ])
    expect(idsOf(await ask({ filter: { state: { in: ['DRAFT', 'ACTIVE'] } } }))).toEqual([
      'pak-chn',
      'pak-uae',
    ])
    expect(idsOf(await ask({ filter: { id: { prefix: 'pak-k' } } }))).toEqual(['pak-ksa'])
    const none = { participant: partyOf('nobody').did }
    expect(idsOf(await ask({ filter: none }))).toEqual([])
    const either = { or: [none, { state: { eq: 'PENDING' } }] }
    expect(idsOf(await ask({ filter: either }))).toEqual(['pak-ksa'])
  })

  test('pages through all of them, counting when asked', async () => {
    const first = await zone.ask(query, { first: 2 }, auditor)
    expect(listOf(first, 'corridors')).toMatchObject({
      totalCount: 3,
      pageInfo: { hasNextPage: true },
    })
    const { endCursor } = listOf(first, 'corridors').pageInfo
    expect(idsOf(await zone.ask(query, { first: 2, after: endCursor }, auditor))).toEqual([
      'pak-uae',
    ])
    expect((await zone.ask(query, { first: 501 }, auditor)).codes).toEqual(['PAGE_SIZE_EXCEEDED'])
    expect((await zone.ask(query, { after: 'x' }, auditor)).codes).toEqual(['CURSOR_INVALID'])
  })

  test('a page of the receipts of a corridor that is not seen is checked like any other', async () => {
    const query = `query ($first: Int, $after: String) {
      receipts(corridorId: "nowhere", first: $first, after: $after) { nodes { sequence } } }`
    const codes = async (args: object) => (await zone.ask(query, { ...args }, auditor)).codes
    expect(await codes({ first: 501 })).toEqual(['PAGE_SIZE_EXCEEDED'])
    expect(await codes({ after: 'x' })).toEqual(['CURSOR_INVALID'])
    expect(await codes({ first: 500 })).toEqual([])
  })

  test('a participant sees its own, also by a claim that narrows; nobody sees more by a claim', async () => {
    expect(idsOf(await zone.ask(query, {}, partner()))).toHaveLength(3)
    expect(
      idsOf(await zone.ask(query, {}, { ...partner(), corridorIds: ['pak-uae', 'x'] })),
    ).toEqual(['pak-uae'])
    expect(idsOf(await zone.ask(query, {}, { ...stranger, corridorIds: ['pak-uae'] }))).toEqual([])
    expect(
      idsOf(await zone.ask(query, {}, { as: ['CITIZEN'], did: zone.parties[1].did })),
    ).toHaveLength(3)
    expect(idsOf(await zone.ask(query, {}, { ...auditor, corridorIds: ['pak-ksa'] }))).toEqual([
      'pak-ksa',
    ])
  })
})

describe('every field that shows a corridor', () => {
  const fields: readonly (readonly [string, string])[] = [
    ['corridor', 'corridor(id: $id) { id }'],
    ['receipt', 'receipt(corridorId: $id, sequence: 0) { sequence }'],
    ['receipts', 'receipts(corridorId: $id) { nodes { sequence } }'],
    ['receiptProof', 'receiptProof(corridorId: $id, sequence: 0) { root }'],
    ['checkpoints', 'checkpoints(corridorId: $id) { nodes { receiptCount } }'],
    ['consistencyProof', 'consistencyProof(corridorId: $id, from: 1, to: 2) { toRoot }'],
    ['corridorEventLog', 'corridorEventLog(corridorId: $id) { nodes { kind } }'],
  ]

  test.for(fields)('%s is null to a partner of another corridor', async ([name, field]) => {
    await sealed(7)
    const query = `query ($id: ID!) { ${field} }`
    for (const who of [stranger, { ...partner(), corridorIds: ['pak-ksa'] }]) {
      const { data, errors } = await zone.ask(query, { id: 'pak-uae' }, who)
      expect({ data, errors }).toEqual({ data: { [name]: null }, errors: [] })
    }
    const own = await zone.ask(query, { id: 'pak-uae' }, partner())
    expect(own.errors).toEqual([])
    expect(own.data?.[name]).not.toBeNull()
  })

  test.for(fields)(
    '%s is refused without a token and to a role that may not ask',
    async ([, field]) => {
      const query = `query ($id: ID!) { ${field} }`
      expect((await zone.ask(query, { id: 'pak-uae' })).codes).toEqual(['UNAUTHENTICATED'])
      const who: Who = { as: ['TAX'], did: 'did:web:tax.test' }
      expect((await zone.ask(query, { id: 'pak-uae' }, who)).codes).toEqual(['FORBIDDEN'])
    },
  )
})

describe('receipts', () => {
  const query = `query ($filter: ReceiptFilter, $first: Int, $after: String) {
    receipts(corridorId: "pak-uae", filter: $filter, first: $first, after: $after) {
      nodes { sequence proofs { signer verificationMethod created jws } log { eventId position } }
      totalCount pageInfo { hasNextPage endCursor }
    }
  }`
  const sequencesOf = (answer: Answer) =>
    listOf(answer, 'receipts').nodes.map(({ sequence }) => sequence)

  test('filter by sequence, signer, kind and time', async () => {
    const ask = (filter: Record<string, unknown>) => zone.ask(query, { filter }, auditor)
    expect(sequencesOf(await ask({ sequence: { from: 2, until: 4 } }))).toEqual([2, 3])
    expect(sequencesOf(await ask({ signer: zone.parties[0].did }))).toHaveLength(7)
    expect(sequencesOf(await ask({ signer: zone.parties[1].did }))).toEqual([])
    expect(sequencesOf(await ask({ transitionKind: { prefix: 'settle.' } }))).toHaveLength(7)
    expect(sequencesOf(await ask({ timestamp: { from: '2027-01-01T00:00:00.000Z' } }))).toEqual([])
    expect(listOf(await ask({ sequence: { from: 5 } }), 'receipts').totalCount).toBe(2)
  })

  test('page in order of sequence', async () => {
    const first = await zone.ask(query, { first: 4 }, auditor)
    expect(sequencesOf(first)).toEqual([0, 1, 2, 3])
    const { endCursor } = listOf(first, 'receipts').pageInfo
    expect(sequencesOf(await zone.ask(query, { first: 4, after: endCursor }, auditor))).toEqual([
      4, 5, 6,
    ])
  })

  test('one is found by sequence or by root, and not by both', async () => {
    const ask = (args: string) =>
      zone.ask(`{ receipt(corridorId: "pak-uae", ${args}) { sequence nextRoot } }`, {}, auditor)
    const found = fieldOf(await ask('sequence: 2'), 'receipt') as { readonly nextRoot: string }
    expect((await ask(`nextRoot: "${found.nextRoot}"`)).data?.['receipt']).toEqual(found)
    expect((await ask('sequence: 99')).data).toEqual({ receipt: null })
    expect((await ask(`nextRoot: "${anyDigest('none')}"`)).data).toEqual({ receipt: null })
    expect((await ask(`sequence: 2, nextRoot: "${found.nextRoot}"`)).codes).toEqual([
      'VALIDATION_ERROR',
    ])
    const elsewhere = `{ receipt(corridorId: "pak-ksa", nextRoot: "${found.nextRoot}") { sequence } }`
    expect((await zone.ask(elsewhere, {}, auditor)).data).toEqual({ receipt: null })
  })
})

describe('proofs', () => {
  const proof = `query ($sequence: Int!, $checkpoint: Digest) {
    receiptProof(corridorId: "pak-uae", sequence: $sequence, checkpoint: $checkpoint) { size checkpoint { digest } }
  }`

  test('CHECKPOINT_PENDING, to be asked again, while no checkpoint covers the receipt', async () => {
    const still = await openTestCorridor({ isSealing: false })
    await using _ = still
    const id = await still.openCorridor('pak-uae')
    await still.grow(id, 1)
    const { errors } = await still.ask(proof, { sequence: 0 }, auditor)
    expect(errors[0]?.extensions).toMatchObject({ code: 'CHECKPOINT_PENDING', retry: true })
    expect((await still.ask(proof, { sequence: 9 }, auditor)).data).toEqual({ receiptProof: null })
  })

  test('CHECKPOINT_TOO_OLD when the one named is older than the receipt; null when there is none', async () => {
    await sealed(7)
    const list = await zone.ask(
      '{ checkpoints(corridorId: "pak-uae") { nodes { digest receiptCount } } }',
      {},
      auditor,
    )
    const { nodes } = listOf(list, 'checkpoints')
    const newest = nodes.at(-1)
    const named = await zone.ask(proof, { sequence: 0, checkpoint: newest?.['digest'] }, auditor)
    expect(named.data?.['receiptProof']).toEqual({
      size: 7,
      checkpoint: { digest: newest?.['digest'] },
    })
    await zone.openCorridor('older')
    await zone.grow('older', 1)
    const old = await eventually(async () => {
      const query = '{ corridor(id: "older") { latestCheckpoint { digest } } }'
      return (
        fieldOf(await zone.ask(query, {}, auditor), 'corridor') as {
          readonly latestCheckpoint: { readonly digest: string } | null
        }
      ).latestCheckpoint
    })
    await zone.grow('older', 1)
    const query = proof.replace('pak-uae', 'older')
    expect((await zone.ask(query, { sequence: 1, checkpoint: old.digest }, auditor)).codes).toEqual(
      ['CHECKPOINT_TOO_OLD'],
    )
    expect((await zone.ask(proof, { sequence: 0, checkpoint: old.digest }, auditor)).data).toEqual({
      receiptProof: null,
    })
    expect(
      (await zone.ask(proof, { sequence: 0, checkpoint: anyDigest('none') }, auditor)).data,
    ).toEqual({ receiptProof: null })
  })

  test('consistency holds between any two lengths of the chain', async () => {
    const query = `query ($from: Int!, $to: Int!) {
      consistencyProof(corridorId: "pak-uae", from: $from, to: $to) { document }
    }`
    for (let from = 1; from <= 7; from += 1) {
      for (let to = from; to <= 7; to += 1) {
        const answer = await zone.ask(query, { from, to }, auditor)
        const { document } = fieldOf(answer, 'consistencyProof') as { readonly document: string }
        expect(verifyConsistency(parseJson(document))).toBe(true)
      }
    }
    for (const sizes of [
      { from: 0, to: 1 },
      { from: 3, to: 2 },
      { from: 1, to: 8 },
    ]) {
      expect((await zone.ask(query, sizes, auditor)).codes).toEqual(['VALIDATION_ERROR'])
    }
  })
})

describe('verifyReceipt', () => {
  const query = `query ($document: SignedDocument!) { verifyReceipt(document: $document) {
    valid problems computedNextRoot signers receipt { sequence }
  } }`
  const verdictOf = async (document: string, who?: Who) => {
    const { data, errors } = await zone.ask(query, { document }, who)
    expect(errors).toEqual([])
    return data?.['verifyReceipt'] as unknown as Readonly<Record<string, unknown>>
  }

  test('is for everyone, and tells those who may see it that it is stored', async () => {
    const stored = fieldOf(
      await zone.ask('{ receipt(corridorId: "pak-uae", sequence: 1) { document } }', {}, auditor),
      'receipt',
    ) as { readonly document: string }
    expect(await verdictOf(stored.document)).toMatchObject({
      valid: true,
      problems: [],
      signers: [zone.parties[0].did],
      receipt: null,
    })
    expect(await verdictOf(stored.document, stranger)).toMatchObject({ valid: true, receipt: null })
    expect(await verdictOf(stored.document, partner())).toMatchObject({ receipt: { sequence: 1 } })
    expect(await verdictOf(stored.document, admin)).toMatchObject({ receipt: { sequence: 1 } })
  })

  test('lists what is wrong', async () => {
    const head = { receiptCount: 0, nextRoot: anyDigest('g') }
    const document = receiptDocument('anything', head)
    expect(await verdictOf(signedText({ ...document, sequence: 1 }, [partyOf('a')]))).toMatchObject(
      {
        valid: false,
        problems: [expect.stringContaining('next_root')],
      },
    )
    const forged = signedText(document, [partyOf('a')]).replace(/"jws":"./u, '"jws":"_')
    expect(await verdictOf(forged)).toMatchObject({ valid: false, signers: [] })
    const many = signedText(
      document,
      Array.from({ length: 17 }, () => partyOf('a')),
    )
    expect(await verdictOf(many)).toMatchObject({ valid: false, signers: [] })
    expect(await verdictOf('{}')).toMatchObject({ valid: false })
  })

  test('RECEIPT_TOO_LARGE, NOT_CANONICAL and VALIDATION_ERROR for what is no receipt at all', async () => {
    const large = receiptText('x', { receiptCount: 0, nextRoot: anyDigest('g') }, [partyOf('a')], {
      anchor: { note: 'x'.repeat(33_000) },
    })
    expect((await zone.ask(query, { document: large })).codes).toEqual(['RECEIPT_TOO_LARGE'])
    expect((await zone.ask(query, { document: '{"a":1.5}' })).codes).toEqual(['NOT_CANONICAL'])
    expect((await zone.ask(query, { document: '[]' })).codes).toEqual(['VALIDATION_ERROR'])
  })
})

/** Waits until a checkpoint covers so many receipts of pak-uae. */
async function sealed(receipts: number): Promise<void> {
  const query = '{ corridor(id: "pak-uae") { latestCheckpoint { receiptCount } } }'
  await eventually(async () => {
    const { latestCheckpoint } = fieldOf(await zone.ask(query, {}, auditor), 'corridor') as {
      readonly latestCheckpoint: { readonly receiptCount: number } | null
    }
    return latestCheckpoint?.receiptCount === receipts ? latestCheckpoint : null
  })
}
