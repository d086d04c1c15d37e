/**
 * Checks the whole zone log against what it promises and names the first entry that breaks it
 * (spec/20-events.md §9). It trusts nothing stored: every hash, link and signature is made again.
 *
 * @module
 */
import type { Digest } from '@sez/core/digest'
import { invariant } from '@sez/core/invariant'
import { bagPeaks, type MmrNode, peakAddresses, type ReadNode } from '@sez/core/mmr'
import { documentDigest } from '@sez/core/proof'
import { and, asc, gt, lte, sql } from 'drizzle-orm'
import type { Database, Tx } from './db.ts'
import {
  checkEntry,
  Flaw,
  genesisHash,
  type LogProblem,
  readCanonical,
  readCheckpoint,
  signerAmong,
  type StreamEnd,
  type Walk,
} from './log-check.ts'
import { findNodes, growRange, readNodes } from './log-range.ts'
import {
  archives,
  type CheckpointRow,
  checkpoints,
  log,
  type LogRow,
  streamFloors,
  zone,
  zoneKeys,
} from './tables.ts'
import { readHead } from './zone-log.ts'

export interface LogVerdict {
  readonly valid: boolean
  /** Entries up to here are archived; they are not read. */
  readonly floor: bigint
  /** Entries up to here were found good, from the floor on. */
  readonly size: bigint
  readonly hash: Digest
  /** Checkpoints found good. */
  readonly checkpoints: number
  /** The first flaw by position; null when there is none. */
  readonly flaw: { readonly position: bigint; readonly what: LogProblem } | null
}

/** What is known of the log up to its floor from the archives themselves. */
export interface Archived {
  readonly position: bigint
  readonly hash: Digest
  readonly root: Digest
  readonly streams: ReadonlyMap<string, StreamEnd>
}

export interface AuditOptions {
  /** What the archives hold, when they were read; else the log's own record of them is taken. */
  readonly archived?: Archived
  /** Called for each entry found good, in order; `root` is that of the range up to it. */
  readonly onEntry?: (entry: LogRow, root: () => Digest) => void
}

const pageEntries = 1_000

/**
 * Walks the log from its floor, in one snapshot, and stops at the first flaw. It reads everything:
 * minutes for millions of entries.
 */
export async function verifyLog(
  database: Pick<Database, 'db'>,
  options: AuditOptions = {},
): Promise<LogVerdict> {
  return database.db.transaction(
    async (tx) => {
      // Before the snapshot, so that no archive takes entries away while they are read.
      await tx.execute(sql`lock table platform.log in access share mode`)
      const audit = await openAudit(tx, options)
      try {
        await checkFloor(tx, audit)
        await walk(tx, audit)
        return verdictOf(audit, null)
      } catch (error) {
        if (error instanceof Flaw) return verdictOf(audit, error)
        throw error
      }
    },
    { isolationLevel: 'repeatable read', accessMode: 'read only' },
  )
}

interface Audit extends Walk {
  readonly options: AuditOptions
  readonly keys: readonly { readonly did: string; readonly validFrom: bigint }[]
  floor: bigint
  hash: Digest
  checkpoints: number
  readPeak: ReadNode
}

async function openAudit(tx: Tx, options: AuditOptions): Promise<Audit> {
  const [here] = await tx.select().from(zone)
  invariant(here !== undefined, 'the zone has a name')
  return {
    options,
    zoneId: here.zoneId,
    keys: await tx.select().from(zoneKeys).orderBy(asc(zoneKeys.validFrom)),
    streams: new Map(options.archived?.streams),
    knowsStreams: true,
    position: 0n,
    floor: 0n,
    hash: genesisHash(here.zoneId),
    checkpoints: 0,
    readPeak: await readNodes(tx, []),
  }
}

/** Begins where the archives end, once their record is dense and says what they say. */
async function checkFloor(tx: Tx, audit: Audit): Promise<void> {
  const { archived } = audit.options
  const taken = await tx.select().from(archives).orderBy(asc(archives.to))
  for (const archive of taken) {
    if (archive.from !== audit.floor + 1n) throw new Flaw(audit.floor + 1n, 'archive')
    audit.floor = archive.to
  }
  const last = taken.at(-1)
  if (last === undefined) {
    if (archived !== undefined) throw new Flaw(1n, 'archive')
    return
  }
  audit.readPeak = await readNodes(tx, peakAddresses(Number(last.to)))
  const isOnRecord =
    archived === undefined ||
    (archived.position === last.to && archived.hash === last.hash && archived.root === last.root)
  if (!isOnRecord || rootOf(last.to, audit.readPeak) !== last.root) {
    throw new Flaw(last.to, 'archive')
  }
  audit.position = last.to
  audit.hash = last.hash
  const [below] = await tx.select().from(log).where(lte(log.position, last.to)).limit(1)
  if (below !== undefined) throw new Flaw(below.position, 'archive')
}

async function walk(tx: Tx, audit: Audit): Promise<void> {
  for (;;) {
    const entries = await tx
      .select()
      .from(log)
      .where(gt(log.position, audit.position))
      .orderBy(asc(log.position))
      .limit(pageEntries)
    if (entries.length === 0) break
    await learnStreams(tx, audit, entries)
    await checkPage(tx, audit, entries)
  }
  const head = await readHead(tx)
  if (head.position !== audit.position || head.hash !== audit.hash) {
    throw new Flaw(head.position < audit.position ? head.position : audit.position + 1n, 'head')
  }
  const [beyond] = await tx
    .select()
    .from(checkpoints)
    .where(gt(checkpoints.size, audit.position))
    .orderBy(asc(checkpoints.size))
    .limit(1)
  if (beyond !== undefined) throw new Flaw(audit.position + 1n, 'checkpoint')
}

/** Where streams seen for the first time stood at the floor, unless the archives have told. */
async function learnStreams(tx: Tx, audit: Audit, entries: readonly LogRow[]): Promise<void> {
  if (audit.floor === 0n || audit.options.archived !== undefined) return
  const unseen = new Set(entries.map(({ stream }) => stream)).difference(audit.streams)
  if (unseen.size === 0) return
  const rows = await tx
    .select()
    .from(streamFloors)
    .where(sql`${streamFloors.stream} = any(${sql.param([...unseen])}::text[])`)
  for (const { stream, seq, head } of rows) audit.streams.set(stream, { seq, digest: head })
}

/** Entries one by one, each before the nodes and the checkpoint that stand on it. */
async function checkPage(tx: Tx, audit: Audit, entries: readonly LogRow[]): Promise<void> {
  const size = Number(audit.position)
  const first = audit.position
  const until = first + BigInt(pageEntries)
  const sealings = await tx
    .select()
    .from(checkpoints)
    .where(and(gt(checkpoints.size, first), lte(checkpoints.size, until)))
  const sealingBySize = new Map(sealings.map((each) => [each.size, each]))
  const [newest] = await tx
    .select({ size: checkpoints.size })
    .from(checkpoints)
    .where(gt(checkpoints.size, until))
    .limit(1)
  const sealed = newest === undefined ? maxOf(sealings.map((each) => each.size)) : until
  const { nodes, readNode } = growRange(
    size,
    entries.map((each) => each.hash),
    audit.readPeak,
  )
  const nodesByLeaf = Map.groupBy(nodes, lastLeafOf)
  const stored = await findNodes(
    tx,
    nodes.filter((node) => node.height > 0 && lastLeafOf(node) < Number(sealed)),
  )
  for (const entry of entries) {
    checkEntry(audit, entry)
    const leaf = Number(entry.position) - 1
    if (entry.position <= sealed) {
      for (const node of nodesByLeaf.get(leaf) ?? []) {
        if (node.height > 0 && stored.get(`${node.height}/${node.index}`) !== node.hash) {
          throw new Flaw(entry.position, 'node')
        }
      }
    }
    const sealing = sealingBySize.get(entry.position)
    if (sealing !== undefined) checkCheckpoint(audit, sealing, readNode)
    audit.options.onEntry?.(entry, () => rootOf(entry.position, readNode))
  }
  const peaks = growRange(Number(audit.position), [], readNode)
  audit.readPeak = peaks.readNode
}

function checkCheckpoint(audit: Audit, row: CheckpointRow, readNode: ReadNode): void {
  const { position, hash } = audit
  const document = readCanonical(row.document)
  const stated = document === null ? null : readCheckpoint(document)
  // Keys put on record at one position are equally new: neither had signed anything before.
  const validFrom = maxOf(
    audit.keys.map((each) => each.validFrom).filter((each) => each <= position),
  )
  const signers = audit.keys.filter((each) => each.validFrom === validFrom)
  const isGood =
    document !== null &&
    stated !== null &&
    stated.zoneId === audit.zoneId &&
    stated.size === position &&
    stated.root === rootOf(position, readNode) &&
    stated.headHash === hash &&
    documentDigest(document) === row.digest &&
    signerAmong(
      document,
      signers.map(({ did }) => did),
    ) !== null
  if (!isGood) throw new Flaw(position, 'checkpoint')
  audit.checkpoints += 1
}

function rootOf(size: bigint, readNode: ReadNode): Digest {
  const peaks = peakAddresses(Number(size)).map((at) => ({
    height: at.height,
    hash: readNode(at),
  }))
  const root = bagPeaks(peaks)
  invariant(root !== '', 'a range with an entry has a root')
  return root
}

/** The last leaf a node stands on, which completed it. */
function lastLeafOf(node: MmrNode): number {
  return (node.index + 1) * 2 ** node.height - 1
}

function maxOf(sizes: readonly bigint[]): bigint {
  return sizes.reduce((most, size) => (size > most ? size : most), 0n)
}

function verdictOf(audit: Audit, flaw: Flaw | null): LogVerdict {
  return {
    valid: flaw === null,
    floor: audit.floor,
    size: audit.position,
    hash: audit.hash,
    checkpoints: audit.checkpoints,
    flaw: flaw === null ? null : { position: flaw.position, what: flaw.what },
  }
}
