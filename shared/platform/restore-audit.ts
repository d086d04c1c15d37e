/**
 * Whether a restored log is the one that checkpoints kept outside state, or where it differs
 * (spec/20-events.md §11).
 *
 * @module
 */
import type { Digest } from '@sez/core/digest'
import { SezError } from '@sez/core/errors'
import { invariant } from '@sez/core/invariant'
import type { JsonObject } from '@sez/core/json'
import { bagPeaks, peakAddresses } from '@sez/core/mmr'
import { and, asc, gte, lt } from 'drizzle-orm'
import { verifyWhole, type WholeVerdict } from './archive-audit.ts'
import type { Database, Db } from './db.ts'
import { readCheckpoint, signerAmong, type Stated } from './log-check.ts'
import { type HistoryVerdict, readHistory } from './log-history.ts'
import { readNodes } from './log-range.ts'
import { log, zone } from './tables.ts'
import { readHead } from './zone-log.ts'

/** What a restored log is, next to what was kept outside. */
export interface RestoreVerdict {
  /** The log holds together, and the newest given checkpoint states its beginning. */
  readonly valid: boolean
  /** Where the restored log ends. */
  readonly size: bigint
  /** The size of the newest given checkpoint that states exactly this history; 0 for none. */
  readonly provenTo: bigint
  /** Entries that a given checkpoint states and the log does not have. */
  readonly missing: { readonly from: bigint; readonly to: bigint } | null
  /** The first entry that is another lies behind `after`, and not behind `notAfter`. */
  readonly differsBetween: { readonly after: bigint; readonly notAfter: bigint } | null
  /** The first entry that is another than in the export; null when none is, or there is no export. */
  readonly firstDifference: bigint | null
  /** Given documents that prove nothing, by their place among them. */
  readonly problems: readonly { readonly index: number; readonly reason: string }[]
  readonly log: WholeVerdict
  /** The verdict on the export itself. */
  readonly export: HistoryVerdict | null
}

/** What was kept outside of the database. */
export interface Kept {
  readonly zoneDids: readonly string[]
  /** Signed checkpoints in any order; null for a line that was no document. */
  readonly checkpoints: readonly (JsonObject | null)[]
  /** Files of an export of the log, whole or from some position on. */
  readonly exports: readonly string[]
  /** Files of all that was archived, in their order. */
  readonly archives: readonly string[]
}

const pageEntries = 1_000n

/**
 * Audits the restored log and compares it with what was kept.
 *
 * @throws {SezError} `FILE_UNREADABLE`, `NOT_CANONICAL` for a file.
 */
export async function verifyRestore(
  database: Pick<Database, 'db'>,
  kept: Kept,
): Promise<RestoreVerdict> {
  const { db } = database
  const { zoneDids, archives } = kept
  const { good, problems } = await judge(db, kept)
  const found = new Map<bigint, Found>()
  const wanted = new Set(good.map(({ size }) => size))
  const audit = await verifyWhole(database, {
    archives,
    zoneDids,
    onEntry(position, hash, root) {
      if (wanted.has(position)) found.set(position, { hash, root: root() })
    },
  })
  for (const size of wanted) {
    const isBelow = size <= audit.floor && !found.has(size)
    const root = isBelow ? await findRoot(db, size) : null
    if (root !== null) found.set(size, { hash: null, root })
  }
  const head = await readHead(db)
  const exported = await compareExport(db, kept, { floor: audit.floor, head: head.position })
  const comparison = compare(good, found, head.position)
  const isSame =
    comparison.missing === null &&
    comparison.differsBetween === null &&
    exported.firstDifference === null
  // A checkpoint of an archived size may be unknown here: that is no proof.
  const isProven = comparison.provenTo === good.at(-1)?.size && problems.length === 0
  const isKept = exported.export?.valid !== false
  return {
    valid: audit.valid && isSame && isProven && isKept,
    size: head.position,
    ...comparison,
    ...exported,
    problems,
    log: audit,
  }
}

/** What the database's own history comes to at a size. */
interface Found {
  /** Null where it is archived and unknown. */
  readonly hash: Digest | null
  readonly root: Digest | null
}

/** The documents that the zone signed and that state this zone's log, oldest first. */
async function judge(db: Db, { checkpoints, zoneDids }: Kept) {
  const [here] = await db.select().from(zone)
  invariant(here !== undefined, 'the zone has a name')
  const good: Stated[] = []
  const problems: { index: number; reason: string }[] = []
  for (const [index, document] of checkpoints.entries()) {
    const stated = document === null ? null : readCheckpoint(document)
    const refuse = (reason: string) => void problems.push({ index, reason })
    if (document === null || stated === null) refuse('no checkpoint of a log')
    else if (stated.zoneId !== here.zoneId) refuse('a checkpoint of another zone')
    else if (signerAmong(document, zoneDids) === null) refuse('not signed by the zone')
    else good.push(stated)
  }
  good.sort((one, other) => Number(one.size - other.size))
  return { good, problems }
}

function compare(
  good: readonly Stated[],
  found: ReadonlyMap<bigint, Found>,
  head: bigint,
): Pick<RestoreVerdict, 'provenTo' | 'missing' | 'differsBetween'> {
  const known = good.flatMap((stated) => {
    const here = found.get(stated.size)
    if (here === undefined) return []
    const isSame =
      here.root === stated.root && (here.hash === null || here.hash === stated.headHash)
    return [{ size: stated.size, isSame }]
  })
  const differs = known.find(({ isSame }) => !isSame)?.size ?? null
  // Nothing behind a difference counts: two checkpoints of one size may contradict one another.
  const proven = known.findLast(
    ({ size, isSame }) => isSame && (differs === null || size < differs),
  )
  const provenTo = proven?.size ?? 0n
  const newest = good.at(-1)?.size ?? 0n
  return {
    provenTo,
    missing: newest > head ? { from: head + 1n, to: newest } : null,
    differsBetween: differs === null ? null : { after: provenTo, notAfter: differs },
  }
}

/** The root at an archived size, from the stored nodes; null where they do not tell. */
async function findRoot(db: Db, size: bigint): Promise<Digest | null> {
  const addresses = peakAddresses(Number(size))
  try {
    const readNode = await readNodes(db, addresses)
    const root = bagPeaks(addresses.map((at) => ({ height: at.height, hash: readNode(at) })))
    return root === '' ? null : root
  } catch (error) {
    if (error instanceof SezError && error.code === 'ENTRY_ARCHIVED') return null
    throw error
  }
}

/** Goes through the export entry by entry; what is archived here is not compared. */
async function compareExport(
  db: Db,
  { exports, zoneDids }: Kept,
  { floor, head }: { readonly floor: bigint; readonly head: bigint },
): Promise<Pick<RestoreVerdict, 'firstDifference' | 'export'>> {
  if (exports.length === 0) return { firstDifference: null, export: null }
  let firstDifference: bigint | null = null
  let page = new Map<bigint, Digest>()
  const { verdict } = await readHistory(exports, {
    zoneDids,
    async onEntry(position, hash) {
      if (firstDifference !== null || position <= floor || position > head) return
      if (!page.has(position)) page = await hashesFrom(db, position)
      if (page.get(position) !== hash) firstDifference = position
    },
  })
  return { firstDifference, export: verdict }
}

async function hashesFrom(db: Db, position: bigint): Promise<Map<bigint, Digest>> {
  const rows = await db
    .select({ position: log.position, hash: log.hash })
    .from(log)
    .where(and(gte(log.position, position), lt(log.position, position + pageEntries)))
    .orderBy(asc(log.position))
  return new Map(rows.map((row) => [row.position, row.hash]))
}
