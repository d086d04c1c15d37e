/**
 * A zone that has grown: four chains and a log of so many receipts and events. They are made as the
 * mutation makes them, with all their hashes, and copied in; only the receipts' signatures are
 * random, which nothing that is measured here verifies again. Nothing works in the background.
 *
 * @module
 */
import { hash } from 'node:crypto'
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { canonicalize, canonicalText } from '@sez/core/canonical'
import { chainHash, type Digest, hexToBytes } from '@sez/core/digest'
import { corridorId, type CorridorId, mintId } from '@sez/core/ids'
import { invariant } from '@sez/core/invariant'
import type { JsonObject } from '@sez/core/json'
import { timestamp } from '@sez/core/timestamp'
import { sealChains } from '@sez/corridor/chain-sealer'
import {
  agreementText,
  definitionText,
  partyOf,
  receiptDocument,
  signedAt,
  signedText,
} from '@sez/corridor/documents.fixture'
import { growRange } from '@sez/corridor/domain/mountain'
import { mutations } from '@sez/corridor/mutations'
import { findCorridors } from '@sez/corridor/store'
import { randomBytes } from '@sez/platform/clock'
import type { Context } from '@sez/platform/context'
import { seal } from '@sez/platform/sealer'
import { sequence } from '@sez/platform/sequencer'
import { openTestLog, type TestLog, testZone } from '@sez/platform/zone-log.fixture'
import postgres, { type Sql } from 'postgres'

export interface Chain {
  readonly id: CorridorId
  /** Where its next receipt goes. */
  receiptCount: number
  nextRoot: Digest
}

export interface GrownZone extends AsyncDisposable {
  readonly log: TestLog
  /** A superuser's client. */
  readonly sql: Sql<{ bigint: bigint }>
  readonly chains: readonly Chain[]
  /** Of a partner in all chains. */
  readonly ctx: Context
  /** Numbers what was committed; answers how many. */
  sequenceAll(): Promise<number>
  sealLog(): Promise<void>
  sealAllChains(): Promise<void>
}

export const chainsCount = 4
export const parties = [partyOf('pak'), partyOf('uae')] as const

/** Opens a zone and fills it until chains and log hold so many receipts and events. */
export async function openGrownZone(receipts: number): Promise<GrownZone> {
  const stack = new AsyncDisposableStack()
  const log = stack.use(await openTestLog())
  const sql = postgres(log.url, { max: 6, types: { bigint: postgres.BigInt }, onnotice: () => {} })
  stack.defer(() => sql.end())
  const ctx = log.context({ database: log.open('corridor', 16) })
  const zone = { log, sql, ctx: callerOf(ctx, 'PARTNER', parties[0].did) }
  const chains = await openChains(callerOf(ctx, 'ADMIN', 'did:web:admin.test'))
  const sequenceAll = async (): Promise<number> => {
    let all = 0
    for (
      let moved = await sequence(log.database);
      moved > 0;
      moved = await sequence(log.database)
    ) {
      all += moved
    }
    return all
  }
  await sequenceAll()
  await fill(sql, chains, receipts)
  const keeper = { keys: log.keys, zoneId: testZone, now: () => new Date() }
  const sealLog = async (): Promise<void> => {
    while ((await seal(log.database, keeper)) !== null);
  }
  let sealings = 0
  const sealAllChains = async (): Promise<void> => {
    // Each time later than the interval after which a chain is due.
    sealings += 1
    const now = () => new Date(Date.now() + sealings * 10_000)
    await sealChains({ ...ctx, now })
  }
  await sealLog()
  await sealAllChains()
  await sequenceAll()
  await sealLog()
  await sql`vacuum analyze`
  await sql`checkpoint`
  return {
    ...zone,
    chains,
    sequenceAll,
    sealLog,
    sealAllChains,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

function callerOf(ctx: Context, role: 'ADMIN' | 'PARTNER', did: string): Context {
  return { ...ctx, caller: { ...ctx.caller, did: did as never, roles: new Set([role]) } }
}

async function openChains(ctx: Context): Promise<Chain[]> {
  const chains: Chain[] = []
  const participants = parties.map(({ did }) => ({ did, role: 'zone_authority' }))
  for (let index = 0; index < chainsCount; index += 1) {
    const id = corridorId(`grown-${index}`)
    await mutations.createCorridor({}, { input: { id, title: id, participants } }, ctx)
    const definition = definitionText(id, parties, { zoneId: testZone, did: ctx.keys.did })
    await mutations.proposeCorridor({}, { input: { definition, expectedVersion: 1 } }, ctx)
    const agreements = parties.map((party) => agreementText(definition, party, parties))
    await mutations.activateCorridor({}, { input: { agreements, expectedVersion: 2 } }, ctx)
    const corridor = (await findCorridors(ctx.database.db, [id])).get(id)
    invariant(corridor?.headRoot != null, 'an active corridor has a root')
    chains.push({ id, receiptCount: 0, nextRoot: corridor.headRoot })
  }
  return chains
}

/** The ends of everything that is chained, while it grows in memory. */
interface Growing {
  readonly chain: Chain
  readonly texts: ReturnType<typeof textsOf>
  peaks: readonly Digest[]
  streamSeq: number
  streamPrev: Digest
}

async function fill(sql: Sql<{ bigint: bigint }>, chains: readonly Chain[], receipts: number) {
  const growing: Growing[] = []
  for (const chain of chains) {
    const [stream] = await sql<{ seq: bigint; head: string }[]>`
      select seq, encode(head, 'hex') as head from platform.streams
      where stream = ${`corridor/${chain.id}`}`
    invariant(stream !== undefined, 'a corridor has spoken')
    growing.push({
      chain,
      texts: textsOf(chain.id),
      peaks: [],
      streamSeq: Number(stream.seq),
      streamPrev: stream.head as Digest,
    })
  }
  const [head] = await sql<{ position: bigint; hash: string }[]>`
    select position, encode(hash, 'hex') as hash from platform.log_head`
  invariant(head !== undefined, 'a log has a head')
  const end = { position: Number(head.position), hash: head.hash as Digest }
  const tables = await Promise.all([
    openCopy(sql, 'corridor.receipts'),
    openCopy(sql, 'corridor.receipt_proofs'),
    openCopy(sql, 'corridor.mountain_nodes'),
    openCopy(sql, `platform.log (position, event_id, stream, stream_seq, canonical, digest, hash)`),
  ])
  for (let added = 0; added < receipts; added += 1) {
    const each = growing[added % growing.length]
    invariant(each !== undefined, 'there are chains')
    await addReceipt(tables, each, end)
  }
  for (const table of tables) await table.close()
  for (const { chain, peaks, streamSeq, streamPrev } of growing) {
    await sql`update corridor.corridors set receipt_count = ${chain.receiptCount},
      head_root = decode(${chain.nextRoot}, 'hex'), peaks = ${[...peaks]} where id = ${chain.id}`
    await sql`update platform.streams set seq = ${streamSeq}, head = decode(${streamPrev}, 'hex')
      where stream = ${`corridor/${chain.id}`}`
  }
  await sql`update platform.log_head set position = ${end.position}, hash = decode(${end.hash}, 'hex')`
}

/** What a signature of the first party looks like. */
const proofForm = proofOf(signedText({ type: 'Sample' }, [parties[0]]))

type Proof = { readonly verificationMethod: string; readonly jws: string }

function proofOf(text: string): Proof {
  // Signed once, the document has the one proof.
  return (JSON.parse(text) as { readonly proof: Proof }).proof
}

type Tables = readonly [receipts: Copy, proofs: Copy, nodes: Copy, log: Copy] | readonly Copy[]

async function addReceipt(
  [receipts, proofs, nodes, log]: Tables,
  growing: Growing,
  end: { position: number; hash: Digest },
): Promise<void> {
  invariant(receipts && proofs && nodes && log, 'four tables grow')
  const { chain, texts } = growing
  const { receiptCount: sequence, nextRoot: prevRoot, id } = chain
  const marked = { [marks.sequence]: String(sequence), [marks.prevRoot]: prevRoot }
  const payloadDigest = sha256(filled(texts.payload, marked))
  marked[texts.payloadDigest] = payloadDigest
  const nextRoot = sha256(filled(texts.content, marked))
  marked[texts.nextRoot] = nextRoot
  const receiptDigest = sha256(filled(texts.unsigned, marked))
  const jws = Buffer.from(randomBytes(64)).toString('base64url')
  const document = filled(texts.signed, { ...marked, [proofForm.jws]: jws })
  const eventId = mintId('evt', signedAt, randomBytes(10))
  const streamSeq = growing.streamSeq + 1
  const event = filled(texts.event, {
    ...marked,
    [marks.receiptDigest]: receiptDigest,
    [marks.eventId]: eventId,
    [marks.streamSeq]: String(streamSeq),
    [marks.streamPrev]: growing.streamPrev,
  })
  const eventDigest = sha256(event)
  const [at, signer] = [signedAt.toISOString(), parties[0].did]
  const roots = [prevRoot, nextRoot, receiptDigest].map(byte)
  const transition = ['settle.v1', byte(payloadDigest)]
  const told = [eventId, byte(eventDigest)]
  await receipts.add(id, sequence, ...roots, document, at, ...transition, at, signer, ...told)
  await proofs.add(id, sequence, 0, signer, proofForm.verificationMethod, at, jws, at)
  const grown = growRange({ size: sequence, peaks: growing.peaks }, nextRoot)
  for (const { height, index, hash } of grown.nodes) {
    if (height > 0) await nodes.add(id, height, index, byte(hash))
  }
  end.position += 1
  end.hash = chainHash('sez-log-v1', hexToBytes(end.hash), hexToBytes(eventDigest))
  const place = [eventId, `corridor/${id}`, streamSeq]
  await log.add(end.position, ...place, event, byte(eventDigest), byte(end.hash))
  Object.assign(growing, { peaks: grown.peaks, streamSeq, streamPrev: eventDigest })
  Object.assign(chain, { receiptCount: sequence + 1, nextRoot })
}

const byte = (hex: string): string => `\\x${hex}`

// A digest is what SHA-256 gives.
const sha256 = (text: string): Digest => hash('sha256', text) as Digest

/** Values that stand in the texts below for those of a receipt. */
const marks = {
  sequence: '987654321',
  prevRoot: '1'.repeat(64),
  receiptDigest: '2'.repeat(64),
  eventId: 'evt_mark',
  streamSeq: '876543210',
  streamPrev: '3'.repeat(64),
}

/**
 * The canonical texts of a chain, with marks in the place of what differs from receipt to receipt.
 * Canonicalizing each of a million documents three times would take longer than all measurements.
 */
function textsOf(id: CorridorId) {
  const document = receiptDocument(id, {
    receiptCount: Number(marks.sequence),
    nextRoot: marks.prevRoot,
  })
  const { transition, next_root: nextRoot } = document as unknown as {
    readonly transition: { readonly payload: JsonObject; readonly payload_sha256: string }
    readonly next_root: Digest
  }
  const text = (value: JsonObject): string => canonicalText(canonicalize(value))
  const { next_root: _, ...content } = document
  return {
    payload: text(transition.payload),
    payloadDigest: transition.payload_sha256,
    content: text(content),
    nextRoot,
    unsigned: text(document),
    signed: text({ ...document, proof: proofForm }),
    event: text(eventOf(id, nextRoot)),
  }
}

function filled(text: string, values: Readonly<Record<string, string>>): string {
  let result = text
  for (const [mark, value] of Object.entries(values)) result = result.replaceAll(mark, value)
  return result
}

/** What the mutation tells of an append. */
function eventOf(id: CorridorId, nextRoot: Digest): JsonObject {
  return {
    event: 'sez.event.v1',
    eventId: marks.eventId,
    zoneId: testZone,
    stream: `corridor/${id}`,
    streamSeq: Number(marks.streamSeq),
    streamPrev: marks.streamPrev,
    type: 'corridor.receipt-appended',
    at: timestamp(signedAt),
    actor: parties[0].did,
    data: {
      corridorId: id,
      sequence: Number(marks.sequence),
      prevRoot: marks.prevRoot,
      nextRoot,
      receiptDigest: marks.receiptDigest,
      signers: [parties[0].did],
    },
  }
}

interface Copy {
  add(...values: readonly (string | number)[]): Promise<void>
  close(): Promise<void>
}

const copyBytes = 1_000_000

async function openCopy(sql: Sql<{ bigint: bigint }>, table: string): Promise<Copy> {
  const target: Writable = await sql.unsafe(`copy ${table} from stdin (format csv)`).writable()
  let waiting = ''
  const send = async (): Promise<void> => {
    const isRoom = target.write(waiting)
    waiting = ''
    if (!isRoom) await once(target, 'drain')
  }
  return {
    async add(...values) {
      const cells = values.map((each) =>
        typeof each === 'number' ? each : `"${each.replaceAll('"', '""')}"`,
      )
      waiting += `${cells.join(',')}\n`
      if (waiting.length > copyBytes) await send()
    },
    async close() {
      await send()
      target.end()
      await once(target, 'finish')
    },
  }
}
