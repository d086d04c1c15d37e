/**
 * Takes whole sealed partitions off the front of the log, each into a file that proves itself,
 * verified before anything goes (spec/20-events.md §10).
 *
 * @module
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { canonicalize, canonicalText } from '@sez/core/canonical'
import { type Digest, hexToBytes } from '@sez/core/digest'
import { SezError } from '@sez/core/errors'
import { invariant } from '@sez/core/invariant'
import { peakAddresses } from '@sez/core/mmr'
import { and, asc, gt, lt, lte } from 'drizzle-orm'
import { writeLines } from './archive-file.ts'
import { databaseCodeOf, type Database, type Db, mapDatabaseError } from './db.ts'
import { genesisHash, readObject } from './log-check.ts'
import { lastArchive } from './log-floor.ts'
import { type ArchiveHeader, type HistoryEnd, readHistory } from './log-history.ts'
import { readNodes } from './log-range.ts'
import { log, parked, reactions, zone, zoneKeys } from './tables.ts'
import { checkpointCovering, latestCheckpoint, logConsistencyProof, readHead } from './zone-log.ts'

/** A partition that may go: its entries, first and last included. */
export interface Part {
  readonly from: bigint
  readonly to: bigint
}

/** A partition that went, and the file it is in. */
export interface Taken extends Part {
  readonly file: string
  /** SHA-256 of the file's lines. */
  readonly digest: Digest
  readonly hash: Digest
}

export interface ArchiveOptions {
  readonly folder: string
  readonly isCompressed: boolean
  readonly onProgress?: (part: Part, step: 'writing' | 'verified' | 'taken') => void
}

const pageEntries = 1_000
const lockTriesMax = 3

/**
 * The partitions that end before a position, or that leave so many entries. The one with the head
 * always stays.
 *
 * @throws {SezError} `ARCHIVE_UNSEALED`, `ARCHIVE_NEEDED` when one of them may not go yet.
 */
export async function planArchive(
  database: Pick<Database, 'db' | 'raw'>,
  wanted: { readonly before: bigint } | { readonly keep: bigint },
): Promise<Part[]> {
  const { db } = database
  const [head, floor] = await Promise.all([readHead(db), lastArchive(db)])
  const before = 'before' in wanted ? wanted.before : head.position - wanted.keep + 1n
  const ends = await listPartitions(database)
  let from = (floor?.to ?? 0n) + 1n
  const parts: Part[] = []
  for (const to of ends) {
    if (to >= before || to >= head.position) break
    parts.push({ from, to })
    from = to + 1n
  }
  const last = parts.at(-1)
  if (last !== undefined) await requireFree(db, last.to)
  return parts
}

/** Where the partitions of the log end, in their order. */
async function listPartitions({ raw }: Pick<Database, 'raw'>): Promise<bigint[]> {
  const rows = await raw<{ to: bigint }[]>`
    select substring(relname from '^log_(\\d+)$')::bigint as to
    from pg_inherits join pg_class on pg_class.oid = inhrelid
    where inhparent = 'platform.log'::regclass order by 1`
  return rows.map((row) => row.to)
}

async function requireFree(db: Db, to: bigint): Promise<void> {
  const sealed = (await latestCheckpoint(db))?.size ?? 0n
  if (sealed < to) {
    throw new SezError('ARCHIVE_UNSEALED', { to: String(to), sealed: String(sealed) })
  }
  const [behind] = await db.select().from(reactions).where(lt(reactions.position, to)).limit(1)
  const [waiting] = await db.select().from(parked).where(lte(parked.position, to)).limit(1)
  const name = behind?.name ?? waiting?.reaction
  const position = behind?.position ?? waiting?.position
  if (name === undefined) return
  const details = { to: String(to), reaction: name, position: String(position) }
  throw new SezError('ARCHIVE_NEEDED', details)
}

/**
 * Writes the file of a partition, proves it by reading it back, and then takes the partition off in
 * one transaction. A file of an earlier try is used when it proves itself, and never overwritten.
 *
 * @param database As the login that owns the log.
 * @throws {SezError} `ARCHIVE_INVALID`, `ARCHIVE_UNSEALED`, `ARCHIVE_NEEDED`, `FILE_EXISTS`,
 *   `LOCK_TIMEOUT` when readers hold the log for too long, `WRITE_CONTENDED` when another run was
 *   faster, `DATABASE_REFUSED` for a login that does not own the log.
 */
export async function archivePart(
  database: Pick<Database, 'db' | 'raw'>,
  part: Part,
  options: ArchiveOptions,
): Promise<Taken> {
  const { db } = database
  const header = await headerOf(db, part)
  const ending = options.isCompressed ? 'jsonl.gz' : 'jsonl'
  const name = `${header.zoneId}-log-${padded(part.from)}-${padded(part.to)}.${ending}`
  const path = join(options.folder, name)
  const dids = (await db.select({ did: zoneKeys.did }).from(zoneKeys)).map(({ did }) => did)
  const prove = async (file: string): Promise<HistoryEnd> => {
    const { verdict, end } = await readHistory([file], { zoneDids: dids })
    const [last] = await db
      .select()
      .from(log)
      .where(and(gt(log.position, part.to - 1n), lte(log.position, part.to)))
    const isThis =
      end !== null &&
      verdict.from === part.from &&
      end.position === part.to &&
      end.hash === last?.hash
    if (isThis) return end
    const { what, position } = verdict.flaw ?? { what: 'archive', position: part.from }
    throw new SezError('ARCHIVE_INVALID', { file, what, position: String(position) })
  }
  options.onProgress?.(part, 'writing')
  if (!existsSync(path)) {
    const file = { path, isCompressed: options.isCompressed }
    await writeLines(file, linesOf(db, header, part), async (draft, digest) => {
      const { fileDigest } = await prove(draft)
      invariant(fileDigest === digest, 'what is read back is what was written')
    })
  }
  // Also the file of a run that died between writing and taking, which may be another one.
  const end = await prove(path).catch((error: unknown) => {
    if (error instanceof SezError && error.code === 'ARCHIVE_INVALID') {
      throw new SezError('FILE_EXISTS', { path }, { cause: error })
    }
    throw error
  })
  options.onProgress?.(part, 'verified')
  await take(database, { part, end, name, proof: BigInt(checkpointSizeOf(header)) })
  options.onProgress?.(part, 'taken')
  return { ...part, file: path, digest: end.fileDigest, hash: end.hash }
}

const padded = (position: bigint): string => String(position).padStart(12, '0')

function checkpointSizeOf({ checkpoint }: ArchiveHeader): number {
  return Number(checkpoint['size'])
}

async function headerOf(db: Db, { from, to }: Part): Promise<ArchiveHeader> {
  const [[here], previous, checkpoint] = await Promise.all([
    db.select().from(zone),
    lastArchive(db),
    checkpointCovering(db, to),
  ])
  invariant(here !== undefined, 'the zone has a name')
  if (checkpoint === null) throw new SezError('ARCHIVE_UNSEALED', { to: String(to) })
  if ((previous?.to ?? 0n) !== from - 1n) throw new SezError('WRITE_CONTENDED')
  const document = readObject(checkpoint.text)
  invariant(document !== null, 'a checkpoint is an object')
  const addresses = peakAddresses(Number(from) - 1)
  const readNode = await readNodes(db, addresses)
  // A proof is plain data; it is written as JSON and read as that.
  const proof = await logConsistencyProof(db, to, checkpoint.size)
  const consistency = readObject(canonicalText(canonicalize(proof)))
  return {
    type: 'SezLogArchive',
    zoneId: here.zoneId,
    from: Number(from),
    to: Number(to),
    prevHash: previous?.hash ?? genesisHash(here.zoneId),
    prevFile: previous?.fileDigest ?? null,
    peaks: addresses.map((at) => ({ height: at.height, hash: readNode(at) })),
    consistency,
    checkpoint: document,
  }
}

/** The header, then each entry as `logEntries` gives it. */
async function* linesOf(db: Db, header: ArchiveHeader, { from, to }: Part): AsyncGenerator<string> {
  yield JSON.stringify(header)
  let after = from - 1n
  while (after < to) {
    const rows = await db
      .select()
      .from(log)
      .where(and(gt(log.position, after), lte(log.position, to)))
      .orderBy(asc(log.position))
      .limit(pageEntries)
    const last = rows.at(-1)
    if (last === undefined) {
      // Another run took it, or a row is missing.
      throw new SezError('ARCHIVE_INVALID', { what: 'gap', position: String(after + 1n) })
    }
    for (const { position, eventId, digest, hash, recordedAt, canonical: document } of rows) {
      yield JSON.stringify({
        position: String(position),
        eventId,
        digest,
        hash,
        recordedAt,
        document,
      })
    }
    after = last.position
  }
}

/** Takes the partition off; a reader that holds the log is waited for, a few times, never long. */
async function take(
  database: Pick<Database, 'raw'>,
  taken: {
    readonly part: Part
    readonly end: HistoryEnd
    readonly name: string
    readonly proof: bigint
  },
): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await takeOnce(database, taken)
      return
    } catch (error) {
      const failure = failureOf(error, taken.part)
      const isHeld = failure instanceof SezError && failure.code === 'LOCK_TIMEOUT'
      if (!isHeld || tries === lockTriesMax) throw failure
    }
  }
}

async function takeOnce(
  { raw }: Pick<Database, 'raw'>,
  { part, end, name, proof }: Parameters<typeof take>[1],
): Promise<void> {
  const { hash, root, fileDigest } = end
  invariant(root !== null, 'an archive knows the range before it')
  const bytes = (digest: Digest) => Buffer.from(hexToBytes(digest))
  await raw.begin(async (sql) => {
    // A million entries take seconds; the log is locked only at the end of them.
    await sql`set local statement_timeout = 0`
    await sql`
      select platform.archive_log(${part.from}, ${part.to}, ${bytes(hash)}, ${bytes(root)}, ${name},
        ${bytes(fileDigest)}, ${proof})`
  })
}

function failureOf(error: unknown, { to }: Part): unknown {
  const details = { to: String(to) }
  const code = databaseCodeOf(error)
  if (code === 'SZ007') return new SezError('WRITE_CONTENDED', details)
  if (code === 'SZ008') return new SezError('ARCHIVE_UNSEALED', details)
  if (code === 'SZ009') return new SezError('ARCHIVE_NEEDED', details)
  if (code === '42501') {
    const message =
      'This login may not take entries off the log. Use the one of `sez migrate`, which owns it.'
    return new SezError('DATABASE_REFUSED', details, { message, cause: mapDatabaseError(error) })
  }
  return mapDatabaseError(error)
}
