/** Appending receipts: every check in its order, batches, races, and rows that stay. @module */
import { parseDigest } from '@sez/core/digest'
import { signDocument } from '@sez/core/proof'
import { setStanding } from '@sez/platform/standing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  admin,
  type Answer,
  anyDigest,
  auditor,
  openTestCorridor,
  type TestCorridor,
  textOf,
  unknownEntity,
  type Who,
} from './corridor.fixture.ts'
import {
  lawpacks,
  parsed,
  partyOf,
  receiptDocument,
  receiptText,
  signedAt,
  signedText,
} from './documents.fixture.ts'

let zone: TestCorridor
beforeAll(async () => {
  zone = await openTestCorridor()
})
afterAll(() => zone[Symbol.asyncDispose]())

const system: Who = { as: ['SYSTEM'], did: 'did:web:system.test' }
const outsider = partyOf('outsider')

const detailsOf = ({ errors }: Answer): Readonly<Record<string, unknown>> =>
  (errors[0]?.extensions?.['details'] ?? {}) as Readonly<Record<string, unknown>>
const receiptOf = ({ data }: Answer) =>
  data?.['appendReceipt'] as unknown as {
    readonly outcome: string
    readonly log: { readonly eventId: string }
    readonly receipt: Readonly<Record<string, unknown>>
  }

async function countOf(id: string): Promise<number> {
  return (await zone.headOf(id)).receiptCount
}

describe('a receipt', () => {
  test('signed by one of two is PARTIAL, by both COMPLETE', async () => {
    const id = await zone.openCorridor('status')
    const [pak, uae] = zone.parties
    const one = await zone.append(receiptText(id, await zone.headOf(id), [pak]))
    expect(receiptOf(one)).toMatchObject({
      outcome: 'APPENDED',
      receipt: { sequence: 0, status: 'PARTIAL', signers: [pak.did] },
    })
    const both = await zone.append(receiptText(id, await zone.headOf(id), [pak, uae]))
    expect(receiptOf(both).receipt).toMatchObject({ sequence: 1, status: 'COMPLETE' })
  })

  test('is kept as received, byte for byte', async () => {
    const id = await zone.openCorridor('verbatim')
    const canonical = receiptText(id, await zone.headOf(id), [zone.parties[0]])
    const spaced = ` ${canonical.replace('{', '{ \n')}`
    await zone.append(spaced)
    const query = `query ($id: ID!) { receipt(corridorId: $id, sequence: 0) { document } }`
    const { data } = await zone.ask(query, { id }, auditor)
    expect(data?.['receipt']).toEqual({ document: spaced })
  })

  test('sent again gives the stored one and keeps its new valid proofs', async () => {
    const id = await zone.openCorridor('merge')
    const [pak, uae] = zone.parties
    const document = receiptDocument(id, await zone.headOf(id))
    const first = await zone.append(signedText(document, [pak]))
    const again = await zone.append(signedText(document, [pak]))
    expect(receiptOf(again)).toMatchObject({
      outcome: 'ALREADY_STORED',
      log: { eventId: receiptOf(first).log.eventId },
    })
    const merged = await zone.append(signedText(document, [uae, outsider]))
    expect(receiptOf(merged)).toMatchObject({
      outcome: 'PROOFS_MERGED',
      receipt: { status: 'COMPLETE', signers: [pak.did, uae.did] },
    })
    expect(receiptOf(await zone.append(signedText(document, [uae]))).outcome).toBe('ALREADY_STORED')
    expect(await countOf(id)).toBe(1)
  })

  test('takes the second party’s proof however many the first has sent', async () => {
    const id = await zone.openCorridor('crowded')
    const [pak, uae] = zone.parties
    const document = receiptDocument(id, await zone.headOf(id))
    await zone.append(signedText(document, [pak]))
    for (const round of ['a', 'b', 'c']) {
      // A fragment costs its signer nothing, and makes another proof of one signature.
      const proofs = Array.from({ length: 16 }, (_, index) => {
        const verificationMethod = `${pak.did}#${round}-${index}`
        return signDocument(document, pak.key, { created: signedAt, verificationMethod })['proof']
      })
      await zone.append(textOf({ ...document, proof: proofs }))
    }
    expect(receiptOf(await zone.append(signedText(document, [uae])))).toMatchObject({
      outcome: 'PROOFS_MERGED',
      receipt: { status: 'COMPLETE', signers: [pak.did, uae.did] },
    })
    const query = `query ($id: ID!) { receipt(corridorId: $id, sequence: 0) { proofs { signer } } }`
    const { data } = await zone.ask(query, { id }, auditor)
    expect(Object(data?.['receipt']).proofs).toEqual(
      [pak, pak, uae].map(({ did }) => ({ signer: did })),
    )
  })

  test('keeps no forged proof on merging', async () => {
    const id = await zone.openCorridor('forged')
    const [pak, uae] = zone.parties
    const document = receiptDocument(id, await zone.headOf(id))
    await zone.append(signedText(document, [pak]))
    const forged = parsed(signedText(document, [uae]).replace(/"jws":"./u, '"jws":"_'))
    expect(receiptOf(await zone.append(textOf(forged))).outcome).toBe('ALREADY_STORED')
  })

  test('NEXT_ROOT_MISMATCH when a stored root comes with other content', async () => {
    const id = await zone.openCorridor('disguise')
    const [pak] = zone.parties
    const document = receiptDocument(id, await zone.headOf(id))
    await zone.append(signedText(document, [pak]))
    const other = { ...document, timestamp: '2026-02-02T00:00:00Z' }
    expect((await zone.append(signedText(other, [pak]))).codes).toEqual(['NEXT_ROOT_MISMATCH'])
  })
})

describe('the checks, each with everything after it wrong too', () => {
  const wrongSets = { lawpack_digest_set: [anyDigest('other')], ruleset_digest_set: [] }
  const wrongRoot = { next_root: anyDigest('root') }

  test.for<[string, (id: string) => Promise<string>]>([
    [
      'CORRIDOR_NOT_ACTIVE',
      async (id) => {
        const head = { receiptCount: 7, nextRoot: anyDigest('x') }
        return receiptText(`${id}-pending`, head, [outsider], { ...wrongRoot, ...wrongSets })
      },
    ],
    [
      'SIGNER_NOT_ALLOWED',
      async (id) =>
        broken(
          receiptText(id, { receiptCount: 7, nextRoot: anyDigest('x') }, [outsider], wrongRoot),
        ),
    ],
    [
      'SIGNATURE_INVALID',
      async (id) =>
        broken(receiptText(id, { receiptCount: 7, nextRoot: anyDigest('x') }, [pak()], wrongRoot)),
    ],
    [
      'SEQUENCE_GAP',
      async (id) => {
        const head = { receiptCount: 7, nextRoot: anyDigest('x') }
        return receiptText(id, head, [pak()], { ...wrongRoot, ...wrongSets })
      },
    ],
    [
      'STALE_HEAD',
      async (id) => {
        const head = { receiptCount: 1, nextRoot: anyDigest('x') }
        return receiptText(id, head, [pak()], { ...wrongRoot, ...wrongSets })
      },
    ],
    [
      'NEXT_ROOT_MISMATCH',
      async (id) => receiptText(id, await zone.headOf(id), [pak()], { ...wrongRoot, ...wrongSets }),
    ],
    [
      'DIGEST_SET_NOT_NORMALIZED',
      async (id) =>
        receiptText(id, await zone.headOf(id), [pak()], {
          lawpack_digest_set: lawpacks.toReversed(),
          ruleset_digest_set: [],
        }),
    ],
    [
      'LAWPACK_SET_MISMATCH',
      async (id) => receiptText(id, await zone.headOf(id), [pak()], wrongSets),
    ],
    [
      'RULESET_SET_INCOMPLETE',
      async (id) =>
        receiptText(id, await zone.headOf(id), [pak()], {
          ruleset_digest_set: [],
          transition: wrongEnvelope,
        }),
    ],
    [
      'ENVELOPE_MISMATCH',
      async (id) => receiptText(id, await zone.headOf(id), [pak()], { transition: wrongEnvelope }),
    ],
  ])('%s, and nothing is written', async ([code, documentOf]) => {
    const id = await zone.openCorridor(`c${code.toLowerCase().replaceAll('_', '-')}`)
    await zone.openCorridor(`${id}-pending`, 'PENDING')
    await zone.grow(id, 1)
    const before = await streamLength(id)
    const answer = await zone.append(await documentOf(id))
    expect(answer.codes).toEqual([code])
    expect(await countOf(id)).toBe(1)
    expect(await streamLength(id)).toBe(before)
  })

  const pak = () => zone.parties[0]
  const wrongEnvelope = {
    type: 'MSEZTransitionEnvelope',
    kind: 'settle.v1',
    payload: { amount: '1' },
    payload_sha256: anyDigest('another payload'),
  }
  const broken = (text: string) => text.replace(/"jws":"./u, '"jws":"_')

  /** Events of a stream but for checkpoints, which come by themselves. */
  async function streamLength(id: string): Promise<number> {
    const [row] = await zone.log.database.raw<{ n: bigint }[]>`
      select count(*) as n from platform.log
      where stream = ${`corridor/${id}`} and canonical not like '%corridor.checkpointed%'`
    return Number(row?.n ?? 0n)
  }
})

test('STALE_HEAD tells the head to build on', async () => {
  const id = await zone.openCorridor('stale')
  const start = await zone.headOf(id)
  await zone.grow(id, 2)
  const head = await zone.headOf(id)
  const late = await zone.append(
    receiptText(id, start, [zone.parties[0]], { timestamp: '2026-03-01T00:00:00Z' }),
  )
  expect(late.codes).toEqual(['STALE_HEAD'])
  expect(detailsOf(late)).toMatchObject({ sequence: 1, receiptCount: 2, nextRoot: head.nextRoot })
})

test('NOT_FOUND for a corridor that is not the caller’s, or is none', async () => {
  const id = await zone.openCorridor('foreign')
  const document = receiptText(id, await zone.headOf(id), [zone.parties[0]])
  const who: Who = { as: ['PARTNER'], did: outsider.did }
  expect((await zone.append(document, who)).codes).toEqual(['NOT_FOUND'])
  const nowhere = receiptText('nowhere', { receiptCount: 0, nextRoot: anyDigest('g') }, [outsider])
  expect((await zone.append(nowhere, system)).codes).toEqual(['NOT_FOUND'])
})

test('RECEIPT_TOO_LARGE, NOT_CANONICAL and VALIDATION_ERROR come before any look-up', async () => {
  const id = 'unread'
  const head = { receiptCount: 0, nextRoot: anyDigest('g') }
  const large = receiptText(id, head, [zone.parties[0]], { anchor: { note: 'x'.repeat(33_000) } })
  expect((await zone.append(large)).codes).toEqual(['RECEIPT_TOO_LARGE'])
  const float = receiptText(id, head, [zone.parties[0]]).replace('"sequence":0', '"sequence":0.0')
  expect((await zone.append(float)).codes).toEqual(['NOT_CANONICAL'])
  const open = receiptText(id, head, [zone.parties[0]], { extra: 1, sequence: -1 })
  const answer = await zone.append(open)
  expect(answer.codes).toEqual(['VALIDATION_ERROR'])
  expect(detailsOf(answer)['problems']).toMatchObject([
    { path: 'document.extra' },
    { path: 'document.sequence' },
  ])
})

test('SUBJECT_BLOCKED and STANDING_UNKNOWN when a participant’s company may not act', async () => {
  const [pak] = zone.parties
  const id = await companyCorridor('blocked')
  const document = receiptText(id, await zone.headOf(id), [pak])
  expect((await zone.append(document)).codes).toEqual(['STANDING_UNKNOWN'])
  const entities = zone.log.open('entities')
  const subject = `entity/${unknownEntity}`
  const set = (blocking: boolean) =>
    entities.db.transaction((tx) =>
      setStanding(tx, { subject, fact: 'suspended', blocking, reason: 'By the registrar.' }),
    )
  await set(true)
  expect((await zone.append(document)).codes).toEqual(['SUBJECT_BLOCKED'])
  await set(false)
  expect((await zone.append(document)).codes).toEqual([])
})

/** An active corridor whose first participant has a company behind it. */
async function companyCorridor(id: string): Promise<string> {
  const { agreementText, definitionText } = await import('./documents.fixture.ts')
  const { testZone } = await import('@sez/platform/zone-log.fixture')
  const [pak, uae] = zone.parties
  const change = async (mutation: string, type: string, input: Record<string, unknown>) => {
    const query = `mutation ($input: ${type}!) { ${mutation}(input: $input) { corridor { id } } }`
    expect((await zone.ask(query, { input }, admin)).errors).toEqual([])
  }
  await change('createCorridor', 'CreateCorridorInput', {
    id,
    title: 'With a company',
    participants: [
      { did: pak.did, role: 'zone_authority', entityId: unknownEntity },
      { did: uae.did, role: 'zone_authority' },
    ],
  })
  const host = { zoneId: testZone, did: zone.log.keys.did }
  const definition = definitionText(id, zone.parties, host)
  await change('proposeCorridor', 'ProposeCorridorInput', { definition, expectedVersion: 1 })
  await change('activateCorridor', 'ActivateCorridorInput', {
    agreements: zone.parties.map((party) => agreementText(definition, party, zone.parties)),
    expectedVersion: 2,
  })
  return id
}

describe('a batch', () => {
  const query = `mutation ($input: AppendReceiptsInput!) {
    appendReceipts(input: $input) { results { outcome receipt { sequence status } } }
  }`
  const partner = (): Who => ({ as: ['PARTNER'], did: zone.parties[0].did })

  async function batchOf(id: string, count: number): Promise<string[]> {
    let head = await zone.headOf(id)
    return Array.from({ length: count }, () => {
      const document = receiptDocument(id, head)
      head = { receiptCount: head.receiptCount + 1, nextRoot: parseDigest(document['next_root']) }
      return signedText(document, zone.parties)
    })
  }

  test('of a hundred is appended in order, and again without effect', async () => {
    const id = await zone.openCorridor('batch')
    const documents = await batchOf(id, 100)
    const { data, errors } = await zone.ask(query, { input: { documents } }, partner())
    expect(errors).toEqual([])
    expect(data?.['appendReceipts']).toMatchObject({
      results: documents.map((_, sequence) => ({
        outcome: 'APPENDED',
        receipt: { sequence, status: 'COMPLETE' },
      })),
    })
    expect(await countOf(id)).toBe(100)
    const again = await zone.ask(query, { input: { documents: documents.slice(0, 3) } }, partner())
    expect(again.data?.['appendReceipts']).toMatchObject({
      results: [0, 1, 2].map(() => ({ outcome: 'ALREADY_STORED' })),
    })
  })

  test('is refused whole, naming the receipt at fault', async () => {
    const id = await zone.openCorridor('batch-bad')
    const documents = await batchOf(id, 4)
    const answer = await zone.ask(
      query,
      { input: { documents: documents.toSpliced(2, 1) } },
      partner(),
    )
    expect(answer.codes).toEqual(['SEQUENCE_GAP'])
    expect(detailsOf(answer)).toMatchObject({ index: 2, receiptCount: 2 })
    expect(await countOf(id)).toBe(0)
  })

  test('may repeat a receipt it has just appended', async () => {
    const id = await zone.openCorridor('batch-twice')
    const [one = ''] = await batchOf(id, 1)
    const { data } = await zone.ask(query, { input: { documents: [one, one] } }, partner())
    expect(data?.['appendReceipts']).toMatchObject({
      results: [{ outcome: 'APPENDED' }, { outcome: 'ALREADY_STORED' }],
    })
  })

  test('VALIDATION_ERROR for none, for too many and for two corridors at once', async () => {
    const one = await zone.openCorridor('batch-one')
    const two = await zone.openCorridor('batch-two')
    const mixed = [...(await batchOf(one, 1)), ...(await batchOf(two, 1))]
    for (const documents of [[], Array.from({ length: 101 }, () => mixed[0]), mixed]) {
      const { codes } = await zone.ask(query, { input: { documents } }, partner())
      expect(codes).toEqual(['VALIDATION_ERROR'])
    }
  })
})

describe('under concurrency', () => {
  test('two receipts of one sequence: exactly one wins, the other is STALE_HEAD', async () => {
    const id = await zone.openCorridor('race')
    const [pak, uae] = zone.parties
    for (let round = 0; round < 10; round += 1) {
      const head = await zone.headOf(id)
      const answers = await Promise.all(
        [pak, uae].map((party, index) =>
          zone.append(
            receiptText(id, head, [party], { timestamp: `2026-02-01T00:00:0${index}Z` }),
            { as: ['PARTNER'], did: party.did },
          ),
        ),
      )
      expect(answers.flatMap(({ codes }) => codes)).toEqual(['STALE_HEAD'])
      expect((await zone.headOf(id)).receiptCount).toBe(round + 1)
    }
  })

  test('the same document at once is one row', async () => {
    const id = await zone.openCorridor('same')
    const document = receiptText(id, await zone.headOf(id), [zone.parties[0]])
    const answers = await Promise.all(Array.from({ length: 8 }, () => zone.append(document)))
    expect(answers.map((each) => receiptOf(each).outcome).sort()).toEqual([
      ...Array.from({ length: 7 }, () => 'ALREADY_STORED'),
      'APPENDED',
    ])
    expect(await countOf(id)).toBe(1)
  })

  test('the same idempotency key gives the same answer, another body IDEMPOTENCY_KEY_REUSED', async () => {
    const id = await zone.openCorridor('keyed')
    const query = `mutation ($input: AppendReceiptInput!) {
      appendReceipt(input: $input) { outcome log { eventId } }
    }`
    const who: Who = { as: ['PARTNER'], did: zone.parties[0].did }
    const idempotencyKey = '01890a5d-ac96-774b-8000-0000000000aa'
    const document = receiptText(id, await zone.headOf(id), [zone.parties[0]])
    const send = (text: string) =>
      zone.ask(query, { input: { document: text, idempotencyKey } }, who)
    const first = await send(document)
    expect((await send(document)).data).toEqual(first.data)
    expect((await send(`${document} `)).codes).toEqual(['IDEMPOTENCY_KEY_REUSED'])
  })

  test('sixteen chains grow at once, each without a gap', async () => {
    const ids = await Promise.all(
      Array.from({ length: 16 }, (_, index) => zone.openCorridor(`chain-${index}`)),
    )
    const chains = await Promise.all(ids.map((id) => zone.grow(id, 20)))
    expect(chains.map((roots) => new Set(roots).size)).toEqual(ids.map(() => 20))
    for (const id of ids) expect(await countOf(id)).toBe(20)
  })
})

test('what is stored cannot be changed or deleted, not even by the subgraph', async () => {
  const id = await zone.openCorridor('fixed')
  await zone.grow(id, 1)
  const { raw } = zone.log.open('corridor')
  const statements = [
    raw`update corridor.receipts set document = ''`,
    raw`delete from corridor.receipt_proofs`,
    raw`update corridor.mountain_nodes set index = 0`,
    raw`delete from corridor.documents`,
    raw`update corridor.participants set role = 'x'`,
    raw`delete from corridor.corridors`,
    raw`update corridor.corridors set receipt_count = 0 where id = ${id}`,
  ]
  for (const statement of statements)
    await expect(statement).rejects.toMatchObject({ code: '42501' })
})
