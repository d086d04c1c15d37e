/**
 * What growth costs: zones whose log and chains hold a thousand to a million events and receipts do
 * the same work in turns, and each is held against the smallest of the same run.
 *
 * @module
 */
import { invariant } from '@sez/core/invariant'
import type { JsonObject } from '@sez/core/json'
import { parsed, receiptDocument, signedText } from '@sez/corridor/documents.fixture'
import { rootAsGiven } from '@sez/core/receipt'
import { mutations } from '@sez/corridor/mutations'
import { proveReceipt } from '@sez/corridor/proofs'
import { receiptsReader } from '@sez/corridor/queries'
import { findReceipt } from '@sez/corridor/store'
import { cursorScope, encodeCursor } from '@sez/core/cursor'
import { verifyLog } from '@sez/platform/log-audit'
import { findEntry, latestCheckpoint, logInclusionProof, readHead } from '@sez/platform/zone-log'
import { expect, test } from 'vitest'
import { chainsCount, type GrownZone, openGrownZone, parties } from './growth-zone.ts'
import { elapsedMsOf, inParallel, isSmoke, median, ratioOf, takeTurns } from './measure.ts'
import { type Bar, type Finding, report } from './report.ts'

/** A million takes most of an hour on a busy machine; SEZ_GROWTH_RECEIPTS=100000 ends there. */
const receiptsMax = Number(process.env['SEZ_GROWTH_RECEIPTS'] ?? (isSmoke ? 10_000 : 1_000_000))
const sizes = [1_000, 10_000, 100_000, 1_000_000].filter((size) => size <= receiptsMax)
const [smallest = 0] = sizes
const rounds = isSmoke ? 2 : 7
const warmups = isSmoke ? 1 : 2
const appendsPerChain = isSmoke ? 5 : 10
const readsPerRound = isSmoke ? 40 : 200
const readsAtOnce = 16
const pagesPerRound = isSmoke ? 3 : 10
const proofsPerRound = isSmoke ? 5 : 25
const followed = 900
const pageRows = 50

interface Sized extends GrownZone {
  readonly size: number
}

/** One kind of work, the same in every zone; answers milliseconds. */
interface Work {
  readonly what: string
  /** So many of what a line names are done in one turn. */
  readonly count: number
  readonly unit: string
  /** Of the largest by the smallest: time, so that more is worse. */
  readonly bar: Bar
  turn(zone: Sized): Promise<number>
}

/** Somewhere in a chain, spread over all of it and never the same place twice in a row. */
function places(count: number, wanted: number): number[] {
  return Array.from({ length: wanted }, (_, index) => (index * 7_919 + 13) % count)
}

function chainOf(zone: GrownZone, index: number) {
  const chain = zone.chains[index % chainsCount]
  invariant(chain !== undefined, 'there are chains')
  return chain
}

async function append(zone: Sized): Promise<number> {
  const sent = zone.chains.map((chain) =>
    Array.from({ length: appendsPerChain }, () => {
      const document: JsonObject = receiptDocument(chain.id, chain)
      chain.receiptCount += 1
      chain.nextRoot = document['next_root'] as typeof chain.nextRoot
      return signedText(document, [parties[0]])
    }),
  )
  return elapsedMsOf(() =>
    Promise.all(
      sent.map(async (texts) => {
        for (const document of texts) {
          const ctx = { ...zone.ctx, loaders: new Map() }
          const { outcome } = await mutations.appendReceipt({}, { input: { document } }, ctx)
          invariant(outcome === 'APPENDED', 'every receipt is new')
        }
      }),
    ),
  )
}

async function readReceipts(zone: Sized): Promise<number> {
  const at = places(zone.size / chainsCount, readsPerRound)
  const { db } = zone.ctx.database
  return elapsedMsOf(() =>
    inParallel(readsPerRound, readsAtOnce, async (index) => {
      const found = await findReceipt(db, chainOf(zone, index).id, at[index] ?? 0)
      invariant(found !== null, 'every receipt is found')
    }),
  )
}

async function readEntries(zone: Sized): Promise<number> {
  const at = places(zone.size, readsPerRound)
  const { db } = zone.log.database
  return elapsedMsOf(() =>
    inParallel(readsPerRound, readsAtOnce, async (index) => {
      const entry = await findEntry(db, { position: BigInt((at[index] ?? 0) + 1) })
      invariant(entry !== null, 'every entry is found')
    }),
  )
}

/** A page of a chain; `from` 0 is the first. */
async function readPage(zone: Sized, from: number): Promise<number> {
  const { id } = chainOf(zone, 0)
  const after = from === 0 ? null : await cursorBefore(zone, from)
  return elapsedMsOf(async () => {
    for (let page = 0; page < pagesPerRound; page += 1) {
      const { nodes } = await receiptsReader(zone.ctx, id, { first: pageRows, after })()
      expect([nodes[0]?.sequence, nodes.length]).toEqual([from, pageRows])
    }
  })
}

async function cursorBefore(zone: Sized, from: number): Promise<string> {
  const { id } = chainOf(zone, 0)
  const filter = { sequence: { from: from - 1 } }
  const read = await receiptsReader(zone.ctx, id, { first: 1, filter })()
  const cursor = read.pageInfo.endCursor
  invariant(typeof cursor === 'string', 'a page that is not empty has an end')
  return cursor
}

async function proveReceipts(zone: Sized): Promise<number> {
  const at = places(zone.size / chainsCount, proofsPerRound)
  return elapsedMsOf(async () => {
    for (const [index, sequence] of at.entries()) {
      const { id } = chainOf(zone, index)
      const proof = await proveReceipt(zone.ctx, { id, sequence, checkpointDigest: null })
      invariant(proof !== null, 'every receipt is proven')
    }
  })
}

async function proveEntries(zone: Sized): Promise<number> {
  const at = places(zone.size, proofsPerRound)
  const { db } = zone.log.database
  const size = (await latestCheckpoint(db))?.size ?? 0n
  return elapsedMsOf(async () => {
    for (const index of at) await logInclusionProof(db, BigInt(index + 1), size)
  })
}

/** Reads on from somewhere until so many entries came. */
async function follow(zone: Sized, stream: string | null): Promise<number> {
  const scope = cursorScope(zone.ctx.zone.zoneId, stream)
  const { position } = await readHead(zone.log.database.db)
  const from = stream === null ? position - BigInt(followed) : 20n
  const start = await findEntry(zone.log.database.db, { position: from })
  invariant(start !== null, 'there is an entry to follow from')
  const isOfStream = stream === null || start.stream === stream
  const after = isOfStream ? encodeCursor(scope, { ...start, isCovered: false }) : null
  const wanted = stream === null ? followed : Math.floor(followed / chainsCount)
  return elapsedMsOf(async () => {
    const items = await zone.log.hub.follow({ stream, after })
    for (let received = 0; received < wanted; ) {
      const item = await items.next()
      invariant(item.done !== true, 'a feed does not end')
      if (item.value.kind === 'entry') received += 1
    }
    await items.return()
  })
}

const flat = (atMost: number): Bar => ({ atMost })

const works: readonly Work[] = [
  {
    what: 'append a receipt',
    count: appendsPerChain * chainsCount,
    unit: 'receipt',
    // A rate of at least 0.8.
    bar: flat(1.25),
    turn: append,
  },
  {
    what: 'number its event',
    count: appendsPerChain * chainsCount,
    unit: 'event',
    bar: flat(1.3),
    async turn(zone) {
      await append(zone)
      return elapsedMsOf(() => zone.sequenceAll())
    },
  },
  {
    what: 'seal the log with these events',
    count: 1,
    unit: 'checkpoint',
    bar: flat(1.3),
    async turn(zone) {
      await append(zone)
      await zone.sequenceAll()
      return elapsedMsOf(() => zone.sealLog())
    },
  },
  {
    what: 'seal four chains',
    count: chainsCount,
    unit: 'checkpoint',
    bar: flat(1.3),
    async turn(zone) {
      await append(zone)
      return elapsedMsOf(() => zone.sealAllChains())
    },
  },
  {
    what: 'read a receipt by id',
    count: readsPerRound,
    unit: 'receipt',
    bar: flat(1.3),
    turn: readReceipts,
  },
  {
    what: 'read an entry by position',
    count: readsPerRound,
    unit: 'entry',
    bar: flat(1.3),
    turn: readEntries,
  },
  {
    what: 'page 1 of a chain',
    count: pagesPerRound,
    unit: 'page',
    bar: flat(1.3),
    turn: (zone) => readPage(zone, 0),
  },
  {
    what: 'last page of a chain',
    count: pagesPerRound,
    unit: 'page',
    bar: flat(1.3),
    turn: (zone) => readPage(zone, zone.size / chainsCount - pageRows),
  },
  {
    what: 'prove a receipt',
    count: proofsPerRound,
    unit: 'proof',
    // Ten levels more to read, hash and print.
    bar: flat(1.6),
    turn: proveReceipts,
  },
  {
    what: 'prove an entry of the log',
    count: proofsPerRound,
    unit: 'proof',
    bar: flat(1.6),
    turn: proveEntries,
  },
  {
    what: 'catch up with the end of the log',
    count: followed,
    unit: 'entry',
    bar: flat(1.3),
    turn: (zone) => follow(zone, null),
  },
  {
    what: 'catch up with a stream from its beginning',
    count: Math.floor(followed / chainsCount),
    unit: 'entry',
    bar: flat(1.3),
    turn: (zone) => follow(zone, 'corridor/grown-0'),
  },
]

async function measure(zones: readonly Sized[], work: Work): Promise<Finding[]> {
  const turns = Object.fromEntries(zones.map((zone) => [zone.size, () => work.turn(zone)]))
  const ms = await takeTurns(turns, { rounds, warmups })
  const smallestMs = ms[smallest] ?? []
  const each = (numbers: readonly number[]) => us((median(numbers) / work.count) * 1_000)
  const measured = sizes.map((size) => each(ms[size] ?? [])).join(' / ')
  const ratios = sizes.slice(1).map((size) => ratioOf(ms[size] ?? [], smallestMs))
  const shown = ratios.map((ratio) => ratio.toFixed(2)).join(', ')
  return [
    {
      what: `${work.what}, a ${work.unit}`,
      measured: `${measured}; by the smallest ${shown}`,
      ratio: ratios.at(-1) ?? null,
      bar: work.bar,
      sane: { atMost: 20 },
    },
  ]
}

const us = (number: number): string =>
  number >= 10_000 ? `${(number / 1_000).toFixed(1)} ms` : `${number.toFixed(0)} µs`

/** Reads everything, so each zone is verified once, the small ones more often. */
async function measureVerification(zones: readonly Sized[]): Promise<Finding> {
  const eachUs: number[] = []
  const heapMiB: number[] = []
  for (const zone of zones) {
    const times = Math.max(1, Math.min(5, Math.floor(100_000 / zone.size)))
    const runs: number[] = []
    for (let time = 0; time < times; time += 1) {
      const heapBefore = process.memoryUsage().rss
      const elapsedMs = await elapsedMsOf(async () => {
        const verdict = await verifyLog(zone.log.open(null, 2))
        expect(verdict).toMatchObject({ valid: true, flaw: null })
        runs.push(Number(verdict.size))
      })
      heapMiB.push((process.memoryUsage().rss - heapBefore) / 2 ** 20)
      runs.push((elapsedMs / (runs.pop() ?? 1)) * 1_000)
    }
    eachUs.push(median(runs))
  }
  const ratio = (eachUs.at(-1) ?? 0) / (eachUs[0] ?? 1)
  return {
    what: 'verify the zone, an entry',
    measured: `${eachUs.map(us).join(' / ')}; resident memory grew by at most ${Math.max(...heapMiB).toFixed(0)} MiB in a run`,
    ratio,
    bar: flat(1.3),
    sane: { atMost: 20 },
  }
}

/** Table and indexes, of one receipt with all that belongs to it, and of one entry of the log. */
async function measureBytes(
  zones: readonly Sized[],
  prefix: string,
  names: readonly string[],
): Promise<Finding> {
  const bytes: { readonly table: number; readonly index: number }[] = []
  for (const { sql, size } of zones) {
    const [row] = await sql<{ table: number; index: number }[]>`
      select sum(pg_table_size(part))::float8 as table, sum(pg_indexes_size(part))::float8 as index
      from unnest(${[...names]}::text[]) as name, lateral (
        select name::regclass as part
        union all select inhrelid from pg_inherits where inhparent = name::regclass) as parts`
    invariant(row !== undefined, 'a sum is one row')
    bytes.push({ table: row.table / size, index: row.index / size })
  }
  const sum = (each: { table: number; index: number } | undefined) =>
    (each?.table ?? 0) + (each?.index ?? 0)
  return {
    what: `bytes of ${prefix}, table + indexes`,
    measured: bytes
      .map(({ table, index }) => `${table.toFixed(0)} + ${index.toFixed(0)}`)
      .join(' / '),
    ratio: sum(bytes.at(-1)) / sum(bytes[0]),
    bar: flat(1.3),
    sane: flat(5),
  }
}

/** A copied receipt is what the mutation would have made of it, but for its signature. */
async function expectReal(zone: Sized): Promise<void> {
  const chain = chainOf(zone, 1)
  const last = await findReceipt(zone.ctx.database.db, chain.id, chain.receiptCount - 1)
  const { next_root: root, proof: _, ...content } = parsed(last?.document ?? '')
  expect([root, root]).toEqual([chain.nextRoot, rootAsGiven(content)])
  const before = { receiptCount: chain.receiptCount - 1, nextRoot: last?.prevRoot ?? '' }
  expect({ ...content, next_root: root }).toEqual(receiptDocument(chain.id, before))
}

test('a zone with a million receipts works as fast as one with a thousand', {
  timeout: 3_600_000,
}, async () => {
  await using stack = new AsyncDisposableStack()
  const zones: Sized[] = []
  for (const size of sizes) {
    zones.push({ ...stack.use(await openGrownZone(size)), size })
  }
  for (const zone of zones) await expectReal(zone)
  const findings = [
    await measureBytes(zones, 'a receipt with its proofs and nodes', [
      'corridor.receipts',
      'corridor.receipt_proofs',
      'corridor.mountain_nodes',
    ]),
    await measureBytes(zones, 'an entry of the log with its nodes', [
      'platform.log',
      'platform.log_nodes',
    ]),
  ]
  for (const work of works) findings.push(...(await measure(zones, work)))
  findings.push(await measureVerification(zones))
  const names = sizes.map((size) => size.toLocaleString('en')).join(' / ')
  const missed = await report({
    name: 'growth',
    what: `Zones of ${names} receipts and as many events, in ${chainsCount} chains, side by side on one server. All do the same work in turns; the ratio is that of the largest to the smallest, in time, so that a rate of 0.8 is a ratio of 1.25. The machine was shared with much other work (see the load): only ratios of the same run mean something. Receipts were copied in with all their hashes and with signatures of random bytes; those that are measured are signed and go through the mutation. \`SEZ_GROWTH_RECEIPTS\` was ${receiptsMax}.`,
    findings,
  })
  expect(missed).toEqual([])
})
