/**
 * Seals the log: keeps the range over its hashes and signs checkpoints, at most a second or a
 * thousand entries behind (spec/20-events.md §5).
 *
 * @module
 */
import { canonicalize, canonicalText } from '@sez/core/canonical'
import type { ZoneId } from '@sez/core/ids'
import { invariant } from '@sez/core/invariant'
import { bagPeaks, peakAddresses } from '@sez/core/mmr'
import { documentDigest } from '@sez/core/proof'
import { timestamp } from '@sez/core/timestamp'
import { and, asc, desc, gt, lte, sql } from 'drizzle-orm'
import type { Database, Tx } from './db.ts'
import type { FeedHub } from './feed.ts'
import { heartbeatOf } from './heartbeat.ts'
import type { ZoneKeys } from './keys.ts'
import type { Logger } from './log.ts'
import { growRange, readNodes } from './log-range.ts'
import { checkpoints, log } from './tables.ts'
import { startWorker } from './worker.ts'
import { limitTime } from './write.ts'
import { registerZoneKey, sealerLockKey } from './zone-key.ts'
import { checkpointOf, type LogCheckpoint, readHead } from './zone-log.ts'

export interface Sealer extends AsyncDisposable {
  stop(): Promise<void>
}

/** What sealing needs beside the database. */
export interface SealerGround {
  readonly keys: ZoneKeys
  readonly zoneId: ZoneId
  readonly now: () => Date
}

/** The name of the sealer's heartbeat. */
export const sealerName = 'sealer'

const pollDefaultMs = 400
/** So many unsealed entries do not wait for the poll. */
const eagerEntries = 500n
const sealedEntriesMax = 5_000n
const checkpointType = 'SezLogCheckpoint'

/** Starts sealing. It outlives restarts of the database; several may run, one at a time works. */
export function startSealer(
  database: Pick<Database, 'db'>,
  options: SealerGround & {
    readonly log: Logger
    readonly hub?: Pick<FeedHub, 'onAdvance' | 'head'>
    readonly pollMs?: number
  },
): Sealer {
  const { hub, now, log: logger, pollMs = pollDefaultMs } = options
  const beat = heartbeatOf(database, sealerName, now)
  let sealed = 0n
  const worker = startWorker({
    name: sealerName,
    pollMs,
    log: logger,
    async step() {
      const checkpoint = await seal(database, options)
      await beat()
      // Nothing was left to seal, or another sealer has it.
      sealed = checkpoint?.size ?? hub?.head().position ?? sealed
      return hub !== undefined && hub.head().position - sealed >= eagerEntries
    },
  })
  const wake = hub?.onAdvance(() => {
    if (hub.head().position - sealed >= eagerEntries) worker.wake()
  })
  const stop = async (): Promise<void> => {
    wake?.[Symbol.dispose]()
    await worker.stop()
  }
  return { stop, [Symbol.asyncDispose]: stop }
}

/**
 * One step: seals at most 5,000 entries under one checkpoint; null when nothing is unsealed, or
 * another sealer is at work.
 */
export async function seal(
  database: Pick<Database, 'db'>,
  ground: SealerGround,
): Promise<LogCheckpoint | null> {
  return database.db.transaction(async (tx) => {
    // The timeouts also end a process that stands still with the lock in its hand.
    const [, [row]] = await Promise.all([
      limitTime(tx),
      tx.execute<{ locked: boolean }>(
        sql`select pg_try_advisory_xact_lock(${sealerLockKey}) as locked`,
      ),
    ])
    if (row?.locked !== true) return null
    const [last] = await tx
      .select({ size: checkpoints.size })
      .from(checkpoints)
      .orderBy(desc(checkpoints.size))
      .limit(1)
    const from = last?.size ?? 0n
    const head = await readHead(tx)
    if (head.position <= from) return null
    const most = from + sealedEntriesMax
    return sealUpTo(tx, ground, { from, to: head.position < most ? head.position : most })
  })
}

async function sealUpTo(
  tx: Tx,
  ground: SealerGround,
  { from, to }: { readonly from: bigint; readonly to: bigint },
): Promise<LogCheckpoint> {
  const entries = await tx
    .select({ hash: log.hash })
    .from(log)
    .where(and(gt(log.position, from), lte(log.position, to)))
    .orderBy(asc(log.position))
  const last = entries.at(-1)
  invariant(
    last !== undefined && BigInt(entries.length) === to - from,
    `the log has no gap between ${from} and ${to}`,
  )
  const size = Number(from)
  const range = growRange(
    size,
    entries.map((entry) => entry.hash),
    await readNodes(tx, peakAddresses(size)),
  )
  const peaks = peakAddresses(Number(to)).map((at) => ({
    height: at.height,
    hash: range.readNode(at),
  }))
  const now = ground.now()
  const document = ground.keys.signDocument(
    {
      type: checkpointType,
      zoneId: ground.zoneId,
      size: Number(to),
      root: bagPeaks(peaks),
      headHash: last.hash,
      at: timestamp(now),
    },
    now,
  )
  const row = {
    size: to,
    document: canonicalText(canonicalize(document)),
    digest: documentDigest(document),
    at: now,
  }
  // On record before anyone can see what it signed.
  await registerZoneKey(tx, ground.keys.did)
  // Leaves are not stored: the log itself holds what they are computed from.
  const nodes = range.nodes.filter((node) => node.height > 0)
  await Promise.all([
    tx.execute(sql`
      insert into platform.log_nodes (height, idx, hash)
      select height, idx, decode(hash, 'hex') from unnest(
        ${sql.param(nodes.map((node) => node.height))}::int[],
        ${sql.param(nodes.map((node) => node.index))}::bigint[],
        ${sql.param(nodes.map((node) => node.hash))}::text[]) as node (height, idx, hash)`),
    tx.insert(checkpoints).values(row),
    tx.execute(sql`select pg_notify('sez_checkpoint', ${String(to)})`),
  ])
  return checkpointOf(row)
}
