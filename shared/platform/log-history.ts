/**
 * Files of a zone log read as one history: archives in their order, then an export of what lives
 * (spec/20-events.md §10). Needs no database: the zone's keys are all that is trusted.
 *
 * @module
 */
import { type Digest, isDigest, openDigest, parseDigest } from '@sez/core/digest'
import type { Json, JsonObject } from '@sez/core/json'
import {
  appendLeaf,
  bagPeaks,
  leafHash,
  type Peak,
  peakAddresses,
  verifyConsistency,
} from '@sez/core/mmr'
import { verifyProofs } from '@sez/core/proof'
import { readLines } from './archive-file.ts'
import {
  checkEntry,
  Flaw,
  genesisHash,
  type LogProblem,
  readCheckpoint,
  readObject,
  signerAmong,
  type StreamEnd,
} from './log-check.ts'

/** The first line of an archive: where it stands, and that a signed checkpoint covers all of it. */
export interface ArchiveHeader {
  readonly type: 'SezLogArchive'
  readonly zoneId: string
  readonly from: number
  readonly to: number
  /** Of the entry before `from`. */
  readonly prevHash: Digest
  /** SHA-256 of the lines of the archive before; null in the first. */
  readonly prevFile: Digest | null
  /** Of the range over the entries before `from`. */
  readonly peaks: readonly Peak[]
  /** That the first `to` entries are the beginning of those that the checkpoint states. */
  readonly consistency: Json
  readonly checkpoint: JsonObject
}

/** What files of the log hold. Positions are 0 where nothing was read. */
export interface HistoryVerdict {
  readonly valid: boolean
  readonly zoneId: string | null
  /** Who signed: the trusted key, or the first that was met. */
  readonly zoneDid: string | null
  readonly from: bigint
  readonly to: bigint
  /** Entries up to here are under a signed checkpoint; 0 when none is. */
  readonly sealedTo: bigint
  readonly flaw: {
    readonly position: bigint
    readonly what: LogProblem
    readonly file: string
    readonly line: number
  } | null
}

/** Where a history without a flaw ends. */
export interface HistoryEnd {
  readonly position: bigint
  readonly hash: Digest
  /** Null when the history began in the middle without an archive. */
  readonly root: Digest | null
  readonly streams: ReadonlyMap<string, StreamEnd>
  /** SHA-256 of the lines of the last file. */
  readonly fileDigest: Digest
}

export interface HistoryOptions {
  /** Who may have signed; with none the first signer is taken for the zone. */
  readonly zoneDids: readonly string[]
  /** Called for each entry found good, in order; `root` is null without a known beginning. */
  readonly onEntry?: (
    position: bigint,
    hash: Digest,
    root: () => Digest | null,
  ) => void | Promise<void>
}

/** Reads files in the order given and stops at the first flaw. */
export async function readHistory(
  files: readonly string[],
  options: HistoryOptions,
): Promise<{ readonly verdict: HistoryVerdict; readonly end: HistoryEnd | null }> {
  const reading = new Reading(options)
  try {
    for (const file of files) await reading.collect(file)
    for (const file of files) await reading.read(file)
    reading.finish()
  } catch (error) {
    if (!(error instanceof Flaw)) throw error
    const { position, what } = error
    return { verdict: reading.verdict({ position, what, ...reading.place }), end: null }
  }
  return { verdict: reading.verdict(null), end: reading.end() }
}

class Reading {
  place = { file: '', line: 0 }
  readonly #options: HistoryOptions
  readonly #streams = new Map<string, StreamEnd>()
  /** Checkpoints that stand between or behind the entries of an export, by size. */
  readonly #seals = new Map<bigint, JsonObject[]>()
  #zoneId: string | null = null
  #zoneDid: string | null = null
  #from = 0n
  #position = 0n
  #hash: Digest | null = null
  #peaks: readonly Peak[] | null = null
  #knowsStreams = false
  #sealedTo = 0n
  #fileDigest: Digest | null = null

  constructor(options: HistoryOptions) {
    this.#options = options
  }

  /** An export may hold its checkpoints before or behind the entries they cover. */
  async collect(file: string): Promise<void> {
    this.place = { file, line: 0 }
    for await (const text of readLines(file, openDigest())) {
      this.place.line += 1
      if (this.place.line === 1 && text.includes('"SezLogArchive"')) return
      if (!text.includes('SezLogCheckpoint')) continue
      const document = checkpointIn(readObject(text))
      if (document === null) continue
      const { size } = this.#requireSigned(document)
      this.#seals.set(size, [...(this.#seals.get(size) ?? []), document])
    }
  }

  async read(file: string): Promise<void> {
    this.place = { file, line: 0 }
    const digest = openDigest()
    let header: ArchiveHeader | null = null
    for await (const text of readLines(file, digest)) {
      this.place.line += 1
      const row = readObject(text)
      if (row === null) throw this.#flaw('row')
      if (row['type'] === 'SezLogArchive') header = this.#open(row)
      else if (checkpointIn(row) === null) await this.#enter(row)
    }
    if (header !== null) this.#close(header)
    this.#fileDigest = digest.end()
  }

  finish(): void {
    const beyond = [...this.#seals.keys()].find((size) => size > this.#position)
    if (beyond !== undefined) throw this.#flaw('checkpoint')
    const isUnsigned = this.#options.zoneDids.length > 0 && this.#sealedTo === 0n
    if (isUnsigned) throw this.#flaw('checkpoint')
    if (this.#from === 0n) throw this.#flaw('row')
  }

  verdict(flaw: HistoryVerdict['flaw']): HistoryVerdict {
    return {
      valid: flaw === null,
      zoneId: this.#zoneId,
      zoneDid: this.#zoneDid,
      from: this.#from,
      to: this.#position,
      sealedTo: this.#sealedTo,
      flaw,
    }
  }

  end(): HistoryEnd | null {
    if (this.#hash === null || this.#fileDigest === null) return null
    const { position, root } = { position: this.#position, root: this.#root() }
    return {
      position,
      hash: this.#hash,
      root,
      streams: this.#streams,
      fileDigest: this.#fileDigest,
    }
  }

  #flaw(what: LogProblem): Flaw {
    return new Flaw(this.#position + 1n, what)
  }

  #root(): Digest | null {
    const root = this.#peaks === null ? '' : bagPeaks(this.#peaks)
    return root === '' ? null : root
  }

  /** An archive begins where the file before ended, or is the first that is read. */
  #open(row: JsonObject): ArchiveHeader {
    const header = readHeader(row)
    if (header === null || this.place.line !== 1) throw this.#flaw('archive')
    const before = BigInt(header.from) - 1n
    if (this.#from === 0n) {
      this.#begin(header.zoneId, before, header.prevHash)
      this.#peaks = header.peaks
    }
    const isNext =
      this.#zoneId === header.zoneId &&
      this.#position === before &&
      this.#hash === header.prevHash &&
      (this.#fileDigest === null || this.#fileDigest === header.prevFile) &&
      (this.#fileDigest === null || this.#root() === (bagPeaks(header.peaks) || null))
    const isGenesis = before > 0n || header.prevHash === genesisHash(header.zoneId)
    if (!isNext || !isGenesis) throw this.#flaw('archive')
    return header
  }

  /** All entries of an archive were read: what they come to is under its checkpoint. */
  #close(header: ArchiveHeader): void {
    const stated = this.#requireSigned(header.checkpoint)
    const { consistency: proof } = header
    const isProved =
      this.#position === BigInt(header.to) &&
      verifyConsistency(proof) &&
      isObject(proof) &&
      proof['from_size'] === header.to &&
      proof['from_root'] === this.#root() &&
      proof['to_size'] === Number(stated.size) &&
      proof['to_root'] === stated.root
    if (!isProved) throw this.#flaw('archive')
    this.#sealedTo = this.#position
  }

  #begin(zoneId: string, before: bigint, hash: Digest | null): void {
    this.#zoneId ??= zoneId
    this.#from = before + 1n
    this.#position = before
    this.#hash = hash
    this.#knowsStreams = before === 0n
  }

  async #enter(row: JsonObject): Promise<void> {
    const entry = readEntry(row)
    if (entry === null) throw this.#flaw('row')
    if (this.#from === 0n) {
      const zoneId = readObject(entry.canonical)?.['zoneId']
      if (typeof zoneId !== 'string') throw new Flaw(entry.position, 'event')
      const isFirst = entry.position === 1n
      this.#begin(zoneId, entry.position - 1n, isFirst ? genesisHash(zoneId) : null)
      if (isFirst) this.#peaks = []
    }
    const walk = {
      zoneId: this.#zoneId ?? '',
      streams: this.#streams,
      knowsStreams: this.#knowsStreams,
      position: this.#position,
      hash: this.#hash,
    }
    checkEntry(walk, entry)
    this.#position = walk.position
    this.#hash = walk.hash
    if (this.#peaks !== null) this.#peaks = appendLeaf(this.#peaks, leafHash(entry.hash))
    for (const seal of this.#seals.get(this.#position) ?? []) this.#meet(seal)
    await this.#options.onEntry?.(this.#position, entry.hash, () => this.#root())
  }

  #meet(seal: JsonObject): void {
    const root = this.#root()
    const isSame = seal['headHash'] === this.#hash && (root === null || seal['root'] === root)
    if (!isSame) throw new Flaw(this.#position, 'checkpoint')
    this.#sealedTo = this.#position
  }

  #requireSigned(document: JsonObject) {
    const stated = readCheckpoint(document)
    const { zoneDids } = this.#options
    const known = this.#zoneDid === null || zoneDids.length > 0 ? zoneDids : [this.#zoneDid]
    const signer =
      known.length > 0
        ? signerAmong(document, known)
        : (verifyProofs(document).find((proof) => proof.valid)?.did ?? null)
    if (stated === null || signer === null) throw this.#flaw('checkpoint')
    this.#zoneId ??= stated.zoneId
    if (this.#zoneId !== stated.zoneId) throw this.#flaw('checkpoint')
    this.#zoneDid = signer
    return stated
  }
}

/** The checkpoint that a line is or carries; null for another line. */
function checkpointIn(row: JsonObject | null): JsonObject | null {
  if (row === null) return null
  if (row['type'] === 'SezLogCheckpoint') return row
  const { logCheckpoint, document } = row
  const text = typeof logCheckpoint === 'string' ? logCheckpoint : document
  const inner = typeof text === 'string' ? readObject(text) : null
  return inner?.['type'] === 'SezLogCheckpoint' ? inner : null
}

function readHeader(row: JsonObject): ArchiveHeader | null {
  const { zoneId, from, to, prevHash, prevFile, peaks, checkpoint, consistency } = row
  if (typeof zoneId !== 'string' || !isCount(from) || !isCount(to) || from > to) return null
  if (!isDigest(prevHash) || (prevFile !== null && !isDigest(prevFile))) return null
  if (!isObject(checkpoint) || !Array.isArray(peaks) || consistency === undefined) return null
  const heights = peakAddresses(from - 1)
  const read = peaks.flatMap((peak, at): Peak[] => {
    const { height, hash } = isObject(peak) ? peak : {}
    if (height !== heights[at]?.height || !isDigest(hash)) return []
    return [{ height: Number(height), hash }]
  })
  if (read.length !== heights.length || peaks.length !== heights.length) return null
  const type = 'SezLogArchive'
  return { type, zoneId, from, to, prevHash, prevFile, peaks: read, consistency, checkpoint }
}

function readEntry(row: JsonObject) {
  const { position, eventId, digest, hash } = row
  const canonical = row['document'] ?? row['canonical']
  const place = typeof position === 'number' ? String(position) : position
  if (typeof place !== 'string' || !/^[1-9]\d{0,18}$/u.test(place)) return null
  if (typeof canonical !== 'string' || typeof eventId !== 'string') return null
  if (!isDigest(digest) || !isDigest(hash)) return null
  return {
    position: BigInt(place),
    eventId,
    stream: null,
    streamSeq: null,
    canonical,
    digest: parseDigest(digest),
    hash: parseDigest(hash),
  }
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isCount(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0
}
