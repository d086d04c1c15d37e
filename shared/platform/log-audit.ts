/**
 * Checks the whole zone log against what it promises and names the first entry that breaks it
 * (spec/20-events.md §9). It trusts nothing stored: every hash, link and signature is made again.
 *
 * @module
 */
import { canonicalizeJson, canonicalText } from '@sez/core/canonical'
import { chainHash, type Digest, digestOfBytes, hexToBytes } from '@sez/core/digest'
import { SezError } from '@sez/core/errors'
import { invariant } from '@sez/core/invariant'
import { isJsonObject, type JsonObject, parseJson } from '@sez/core/json'
import { bagPeaks, type MmrNode, peakAddresses, type ReadNode } from '@sez/core/mmr'
import { documentDigest, verifyProofs } from '@sez/core/proof'
import { and, asc, gt, lte } from 'drizzle-orm'
import type { Database, Tx } from './db.ts'
import { findNodes, growRange, readNodes } from './log-range.ts'
import { type CheckpointRow, checkpoints, log, type LogRow, zone, zoneKeys } from './tables.ts'
import { readHead } from './zone-log.ts'

/** What is wrong with an entry, in the order in which it is looked for. */
export type LogProblem =
  /** A position is missing. */
  | 'gap'
  /** The text does not have the stored digest. */
  | 'digest'
  /** The stored hash does not follow from the one before. */
  | 'hash'
  /** The text is no canonical event, or says something else than its columns. */
  | 'event'
  /** It is not linked to the event of its stream before it. */
  | 'stream'
  /** A stored node of the range is missing or wrong. */
  | 'node'
  /** A checkpoint here is wrong, not signed by the zone, or states more than the log holds. */
  | 'checkpoint'
  /** The log ends elsewhere than its head says. */
  | 'head'

export interface LogVerdict {
  readonly valid: boolean
  /** Entries found good, from the first on. */
  readonly size: bigint
  readonly hash: Digest
  /** Checkpoints found good. */
  readonly checkpoints: number
  /** The first flaw by position; null when there is none. */
  readonly flaw: { readonly position: bigint; readonly what: LogProblem } | null
}

const pageEntries = 1_000

/**
 * Walks the log from the first entry, in one snapshot, and stops at the first flaw. It reads
 * everything: minutes for millions of entries.
 */
export async function verifyLog(database: Pick<Database, 'db'>): Promise<LogVerdict> {
  return database.db.transaction(
    async (tx) => {
      const audit = await openAudit(tx)
      try {
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

/** Ends the walk; never leaves this file. */
class Flaw extends Error {
  readonly position: bigint
  readonly what: LogProblem

  constructor(position: bigint, what: LogProblem) {
    super(what)
    this.position = position
    this.what = what
  }
}

/** What is known of the log up to `position`. */
interface Audit {
  readonly zoneId: string
  readonly keys: readonly { readonly did: string; readonly validFrom: bigint }[]
  readonly streams: Map<string, { readonly seq: number; readonly digest: Digest }>
  position: bigint
  hash: Digest
  checkpoints: number
  /** Nodes up to here are stored. */
  sealed: bigint
  readPeak: ReadNode
}

async function openAudit(tx: Tx): Promise<Audit> {
  const [here] = await tx.select().from(zone)
  invariant(here !== undefined, 'the zone has a name')
  const keys = await tx.select().from(zoneKeys).orderBy(asc(zoneKeys.validFrom))
  return {
    zoneId: here.zoneId,
    keys,
    streams: new Map(),
    position: 0n,
    hash: chainHash('sez-log-genesis-v1', Buffer.from(here.zoneId, 'utf8')),
    checkpoints: 0,
    sealed: 0n,
    readPeak: await readNodes(tx, []),
  }
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
    nodes.filter((node) => lastLeafOf(node) < Number(sealed)),
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
  }
  const peaks = growRange(Number(audit.position), [], readNode)
  audit.readPeak = peaks.readNode
}

function checkEntry(audit: Audit, entry: LogRow): void {
  const position = audit.position + 1n
  if (entry.position !== position) throw new Flaw(position, 'gap')
  if (digestOfBytes(Buffer.from(entry.canonical, 'utf8')) !== entry.digest) {
    throw new Flaw(position, 'digest')
  }
  const hash = chainHash('sez-log-v1', hexToBytes(audit.hash), hexToBytes(entry.digest))
  if (hash !== entry.hash) throw new Flaw(position, 'hash')
  const event = readEvent(entry.canonical)
  const isWhatColumnsSay =
    event !== null &&
    event['event'] === 'sez.event.v1' &&
    event['zoneId'] === audit.zoneId &&
    event['eventId'] === entry.eventId &&
    event['stream'] === entry.stream &&
    event['streamSeq'] === entry.streamSeq
  if (!isWhatColumnsSay) throw new Flaw(position, 'event')
  const before = audit.streams.get(entry.stream)
  const isLinked =
    entry.streamSeq === (before?.seq ?? 0) + 1 && event['streamPrev'] === (before?.digest ?? null)
  if (!isLinked) throw new Flaw(position, 'stream')
  audit.streams.set(entry.stream, { seq: entry.streamSeq, digest: entry.digest })
  audit.position = position
  audit.hash = hash
}

function checkCheckpoint(audit: Audit, row: CheckpointRow, readNode: ReadNode): void {
  const { position, hash } = audit
  const document = readEvent(row.document)
  const peaks = peakAddresses(Number(position)).map((at) => ({
    height: at.height,
    hash: readNode(at),
  }))
  // Keys put on record at one position are equally new: neither had signed anything before.
  const validFrom = maxOf(
    audit.keys.map((each) => each.validFrom).filter((each) => each <= position),
  )
  const signers = audit.keys.filter((each) => each.validFrom === validFrom)
  const isGood =
    document !== null &&
    document['type'] === 'SezLogCheckpoint' &&
    document['zoneId'] === audit.zoneId &&
    document['size'] === Number(position) &&
    document['root'] === bagPeaks(peaks) &&
    document['headHash'] === hash &&
    documentDigest(document) === row.digest &&
    verifyProofs(document).some(
      (proof) => proof.valid && signers.some((signer) => signer.did === proof.did),
    )
  if (!isGood) throw new Flaw(position, 'checkpoint')
  audit.checkpoints += 1
}

/** The object a canonical text holds; null when it holds none or is not canonical. */
function readEvent(text: string): JsonObject | null {
  try {
    const value = parseJson(text)
    return isJsonObject(value) && canonicalText(canonicalizeJson(text)) === text ? value : null
  } catch (error) {
    if (error instanceof SezError) return null
    throw error
  }
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
    size: audit.position,
    hash: audit.hash,
    checkpoints: audit.checkpoints,
    flaw: flaw === null ? null : { position: flaw.position, what: flaw.what },
  }
}
