/** A corridor’s history, streamed and paged, verified from what it carries. @module */
import { canonicalizeJson } from '@sez/core/canonical'
import { digest } from '@sez/core/digest'
import { isJsonObject, parseJson } from '@sez/core/json'
import { verifyInclusion } from '@sez/core/mmr'
import { documentDigest, verifyProofs } from '@sez/core/proof'
import { verifyReceipt } from '@sez/core/receipt'
import { findEntry } from '@sez/platform/zone-log'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type Answer,
  auditor,
  eventually,
  openTestCorridor,
  stranger,
  take,
  type TestCorridor,
  type Who,
} from './corridor.fixture.ts'
import { parsed, receiptDocument, signedText } from './documents.fixture.ts'

let zone: TestCorridor
beforeAll(async () => {
  zone = await openTestCorridor()
})
afterAll(() => zone[Symbol.asyncDispose]())

const partner = (): Who => ({ as: ['PARTNER'], did: zone.parties[0].did })

interface Event {
  readonly kind: string
  readonly cursor: string
  readonly at: string
  readonly eventId: string | null
  readonly streamSequence: number | null
  readonly digest: string | null
  readonly previousDigest: string | null
  readonly position: string | null
  readonly hash: string | null
  readonly document: string | null
  readonly actor: string | null
  readonly receipt: { readonly sequence: number; readonly document: string } | null
  readonly checkpoint: { readonly receiptCount: number; readonly document: string } | null
  readonly logCheckpoint: string | null
}

const fields = `kind cursor at eventId streamSequence digest previousDigest position hash document
  actor receipt { sequence document } checkpoint { receiptCount document } logCheckpoint
  corridor { id }`
const subscription = `subscription ($id: ID!, $after: String) {
  corridorEvents(corridorId: $id, after: $after) { ${fields} }
}`
const page = `query ($id: ID!, $after: String, $first: Int) {
  corridorEventLog(corridorId: $id, after: $after, first: $first) {
    nodes { ${fields} } pageInfo { hasNextPage hasPreviousPage endCursor }
  }
}`

const eventOf = ({ data }: Answer): Event => data?.['corridorEvents'] as unknown as Event

interface Page {
  readonly nodes: readonly Event[]
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
}

async function pageOf(id: string, after: string | null, first: number): Promise<Page> {
  const { data, errors } = await zone.ask(page, { id, after, first }, auditor)
  expect(errors).toEqual([])
  return data?.['corridorEventLog'] as unknown as Page
}

async function pagesOf(id: string, first: number): Promise<readonly Event[]> {
  const events: Event[] = []
  let after: string | null = null
  for (;;) {
    const { nodes, pageInfo }: Page = await pageOf(id, after, first)
    events.push(...nodes)
    if (!pageInfo.hasNextPage) return events
    after = pageInfo.endCursor
  }
}

const isOwn = ({ kind }: Event): boolean => kind !== 'CHECKPOINT'

/** Checks, with what events carry and nothing else, that the stream is whole and unchanged. */
function verifyStream(events: readonly Event[]): void {
  let previous: string | null = null
  for (const [index, event] of events.filter(isOwn).entries()) {
    const bytes = canonicalizeJson(event.document ?? '')
    expect(digest(bytes)).toBe(event.digest)
    expect(event.previousDigest).toBe(previous)
    expect(event.streamSequence).toBe(index + 1)
    expect(parsed(event.document ?? '')).toMatchObject({
      eventId: event.eventId,
      streamSeq: index + 1,
      streamPrev: previous,
      actor: event.actor,
    })
    previous = event.digest
  }
}

/** The events of a corridor, once its newest receipt is under a signed checkpoint. */
function sealedEvents(id: string, receipts: number): Promise<readonly Event[]> {
  return eventually(async () => {
    const events = await pagesOf(id, 500)
    const isSealed = events.some(({ checkpoint }) => checkpoint?.receiptCount === receipts)
    return isSealed && events.at(-1)?.kind === 'CHECKPOINT' ? events : null
  })
}

test('history is every change and receipt in order, verifiable from what it carries', async () => {
  const id = await zone.openCorridor('history')
  await zone.grow(id, 5)
  const events = await sealedEvents(id, 5)
  verifyStream(events)
  const kinds = events.map(({ kind }) => kind)
  expect(kinds.filter((kind) => !kind.startsWith('CHECKPOINT'))).toEqual([
    'CREATED',
    'PROPOSED',
    'ACTIVATED',
    ...Array.from({ length: 5 }, () => 'RECEIPT_APPENDED'),
  ])
  const receipts = events.flatMap(({ receipt }) => receipt ?? [])
  const keys = zone.parties.map(({ did }) => did)
  expect(receipts.map(({ sequence }) => sequence)).toEqual([0, 1, 2, 3, 4])
  for (const { document } of receipts) {
    expect(verifyReceipt(parseJson(document), { keys })).toMatchObject({ valid: true })
  }
})

test('position, hash and text are those of the zone log', async () => {
  const id = await zone.openCorridor('logged')
  await zone.grow(id, 1)
  for (const event of (await sealedEvents(id, 1)).filter(isOwn)) {
    const position = BigInt(event.position ?? 0)
    expect(await findEntry(zone.log.database.db, { position })).toMatchObject({
      eventId: event.eventId,
      stream: `corridor/${id}`,
      canonical: event.document,
      digest: event.digest,
      hash: event.hash,
    })
  }
})

test('checkpoints stand behind what they cover, in pages of any size', async () => {
  const id = await zone.openCorridor('pages')
  await zone.grow(id, 6)
  const whole = await sealedEvents(id, 6)
  for (const size of [1, 2, 3, 7]) expect(await pagesOf(id, size)).toEqual(whole)
  let covered = 0
  for (const { kind, position, logCheckpoint } of whole) {
    if (kind !== 'CHECKPOINT') {
      covered = Number(position)
      continue
    }
    const checkpoint = parsed(logCheckpoint ?? '')
    expect(Number(checkpoint['size'])).toBeGreaterThanOrEqual(covered)
    expect(verifyProofs(checkpoint)).toMatchObject([{ did: zone.log.keys.did, valid: true }])
  }
})

test('a subscription gives the same events as the pages, and resumes at any cursor of either', async () => {
  const id = await zone.openCorridor('live')
  await zone.grow(id, 4)
  const events = await sealedEvents(id, 4)
  const own = events.filter(isOwn)
  const stream = await zone.subscribe(subscription, { id }, partner())
  const live = await takeOwn(stream, own.length)
  await stream.return()
  expect(live.filter(isOwn)).toEqual(own)
  for (const { cursor } of [...events, ...live]) {
    const paged = (await pageOf(id, cursor, 500)).nodes.filter(isOwn)
    expect(paged).toEqual(own.slice(own.length - paged.length))
    const resumed = await zone.subscribe(subscription, { id, after: cursor }, partner())
    expect((await takeOwn(resumed, paged.length)).filter(isOwn)).toEqual(paged)
    await resumed.return()
  }
  const afterFirst = (await pageOf(id, own[0]?.cursor ?? null, 500)).nodes.filter(isOwn)
  expect(afterFirst).toEqual(own.slice(1))
}, 60_000)

/** Takes items until so many of them are the corridor's own. */
async function takeOwn(stream: AsyncIterator<Answer>, count: number): Promise<readonly Event[]> {
  const events: Event[] = []
  while (events.filter(isOwn).length < count) {
    events.push(...(await take(stream, 1)).map(eventOf))
  }
  return events
}

test('a receipt reaches a subscriber that was there before it', async () => {
  const id = await zone.openCorridor('tail')
  const stream = await zone.subscribe(subscription, { id }, partner())
  const before = (await takeOwn(stream, 3)).filter(isOwn).map(({ kind }) => kind)
  expect(before).toEqual(['CREATED', 'PROPOSED', 'ACTIVATED'])
  await zone.grow(id, 1)
  const kinds: string[] = []
  while (!kinds.includes('CHECKPOINTED')) {
    kinds.push(...(await take(stream, 1)).map((each) => eventOf(each).kind))
  }
  await stream.return()
  expect(kinds.filter((kind) => kind !== 'CHECKPOINT')).toEqual([
    'RECEIPT_APPENDED',
    'CHECKPOINTED',
  ])
})

test('merged proofs are an event that carries them', async () => {
  const id = await zone.openCorridor('merging')
  const document = receiptDocument(id, await zone.headOf(id))
  for (const party of zone.parties) await zone.append(signedText(document, [party]))
  const [merged] = await eventually(async () => {
    const found = (await pagesOf(id, 500)).filter(({ kind }) => kind === 'PROOFS_MERGED')
    return found.length > 0 ? found : null
  })
  const event = parsed(merged?.document ?? '')
  const data = event['data']
  expect(isJsonObject(data) ? data['proofs'] : null).toMatchObject([
    { signer: zone.parties[1].did },
  ])
  expect(merged?.receipt?.sequence).toBe(0)
})

test('NOT_FOUND for a corridor that is none, or not the caller’s; null in the pages', async () => {
  const id = await zone.openCorridor('private')
  for (const [corridor, who] of [
    ['nowhere', auditor],
    [id, stranger],
    [id, { ...partner(), corridorIds: ['another'] }],
  ] as const) {
    await expect(zone.subscribe(subscription, { id: corridor }, who)).rejects.toThrow('NOT_FOUND')
    const { data, errors } = await zone.ask(page, { id: corridor }, who)
    expect({ data, errors }).toEqual({ data: { corridorEventLog: null }, errors: [] })
  }
})

test('CURSOR_INVALID for what is no cursor of this corridor', async () => {
  const one = await zone.openCorridor('cursor-one')
  const two = await zone.openCorridor('cursor-two')
  const { nodes } = await eventually(async () => {
    const found = await pageOf(one, null, 10)
    return found.nodes.length > 0 ? found : null
  })
  const after = nodes[0]?.cursor
  for (const cursor of ['', 'nonsense', after]) {
    expect((await zone.ask(page, { id: two, after: cursor }, auditor)).codes).toEqual([
      'CURSOR_INVALID',
    ])
    await expect(
      zone.subscribe(subscription, { id: two, after: cursor }, partner()),
    ).rejects.toThrow('CURSOR_INVALID')
  }
})

test('every receipt has an inclusion proof against a checkpoint the zone signed', async () => {
  const id = await zone.openCorridor('proved')
  const roots = await zone.grow(id, 9)
  await sealedEvents(id, 9)
  const query = `query ($id: ID!, $sequence: Int!) { receiptProof(corridorId: $id, sequence: $sequence) {
    document root size receiptNextRoot leafHash peakIndex peakHeight path { side hash }
    peaks { height hash } checkpoint { digest document mmrRoot receiptCount finalStateRoot }
  } }`
  for (const [sequence, root] of roots.entries()) {
    const { data, errors } = await zone.ask(query, { id, sequence }, { ...partner() })
    expect(errors).toEqual([])
    const proof = data?.['receiptProof'] as unknown as {
      readonly document: string
      readonly root: string
      readonly size: number
      readonly receiptNextRoot: string
      readonly checkpoint: Readonly<Record<string, string>>
    }
    const document = parsed(proof.document)
    expect(verifyInclusion(document)).toBe(true)
    expect(proof.receiptNextRoot).toBe(root)
    const checkpoint = parsed(proof.checkpoint['document'] ?? '')
    expect(verifyProofs(checkpoint)).toMatchObject([{ did: zone.log.keys.did, valid: true }])
    expect(documentDigest(checkpoint)).toBe(proof.checkpoint['digest'])
    expect(checkpoint['mmr']).toMatchObject({ root: document['root'], size: document['size'] })
  }
})
