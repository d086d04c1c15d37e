/**
 * The same request twice has one effect: what each key answered, for 24 hours, beside a keyed
 * digest of the input and never the input (spec/18-writes.md §3).
 *
 * @module
 */
import { canonicalize, canonicalText } from '@sez/core/canonical'
import type { Did } from '@sez/core/did'
import { type Digest, equalBytes, hexToBytes } from '@sez/core/digest'
import { SezError } from '@sez/core/errors'
import { type Uuid, uuid } from '@sez/core/ids'
import { invariant } from '@sez/core/invariant'
import { isJsonObject, type JsonObject, parseJson } from '@sez/core/json'
import { and, eq, sql } from 'drizzle-orm'
import type { Context } from './context.ts'
import type { Database, Tx } from './db.ts'
import { heartbeatOf } from './heartbeat.ts'
import { idempotencyKeptH } from './limits.ts'
import type { Logger } from './log.ts'
import { idempotency } from './tables.ts'
import { startWorker, type Worker } from './worker.ts'

/** One caller's key for one input. */
export interface Claim {
  readonly caller: Did
  readonly key: Uuid
  readonly field: string
  readonly bodyHmac: Digest
}

const keptMs = idempotencyKeptH * 60 * 60 * 1_000
/** Keeps these advisory locks apart from others that hash texts. */
const lockSeed = 7_305_002

/**
 * The claim an input makes by its `idempotencyKey`; null when it has none.
 *
 * @throws {SezError} `VALIDATION_ERROR` for a key that is no UUID.
 */
export function claimOf(
  ctx: Pick<Context, 'keys'>,
  caller: Did,
  act: { readonly field: string; readonly input: unknown },
): Claim | null {
  const { field, input } = act
  if (!isJsonObject(input)) return null
  const key = input['idempotencyKey']
  if (key === undefined || key === null) return null
  const body = canonicalText(canonicalize({ field, input }))
  return { caller, key: uuid(key, 'idempotencyKey'), field, bodyHmac: ctx.keys.hmac(body) }
}

/**
 * What this claim was answered before; null when it is new. Until the transaction ends, another
 * request with the same caller and key waits here.
 *
 * Both statements are sent at once: the server runs them in order, so the second sees what the
 * holder of the lock has committed.
 *
 * @throws {SezError} `IDEMPOTENCY_KEY_REUSED`.
 */
export async function findAnswer(tx: Tx, claim: Claim, now: Date): Promise<JsonObject | null> {
  const lockName = `${claim.caller} ${claim.key}`
  const [, [found]] = await Promise.all([
    tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${lockName}, ${lockSeed}))`),
    tx
      .select()
      .from(idempotency)
      .where(and(eq(idempotency.caller, claim.caller), eq(idempotency.key, claim.key))),
  ])
  if (found === undefined || isExpired(found.createdAt, now)) return null
  if (!equalBytes(hexToBytes(found.bodyHmac), hexToBytes(claim.bodyHmac))) {
    throw new SezError('IDEMPOTENCY_KEY_REUSED', { field: 'idempotencyKey' })
  }
  const answer = parseJson(found.result)
  invariant(isJsonObject(answer), 'an answer is kept as an object')
  return answer
}

/** Keeps an answer for a claim that {@link findAnswer} found new, in the same transaction. */
export async function keepAnswer(
  tx: Tx,
  claim: Claim,
  answer: JsonObject,
  now: Date,
): Promise<void> {
  const row = { ...claim, result: canonicalText(canonicalize(answer)), createdAt: now }
  await tx
    .insert(idempotency)
    .values(row)
    .onConflictDoUpdate({
      target: [idempotency.caller, idempotency.key],
      set: { ...row, owner: sql`excluded.owner` },
    })
}

const sweptRowsMax = 1_000
const sweepEveryMs = 60_000
/** The name of the sweeper's heartbeat. */
export const sweeperName = 'idempotency-sweeper'

/** Forgets answers older than 24 hours, at most a thousand at a time; answers how many. */
export async function sweepAnswers(database: Pick<Database, 'raw'>, now: Date): Promise<number> {
  const kept = new Date(now.getTime() - keptMs)
  const swept = await database.raw`
    delete from platform.idempotency where ctid = any (array(
      select ctid from platform.idempotency where created_at <= ${kept}
      order by created_at limit ${sweptRowsMax} for update skip locked))`
  return swept.count
}

/** Sweeps every minute; one such worker in the zone is enough, more do no harm. */
export function startSweeper(
  database: Pick<Database, 'db' | 'raw'>,
  options: { readonly now: () => Date; readonly log: Logger },
): Worker {
  const beat = heartbeatOf(database, sweeperName, options.now)
  return startWorker({
    name: sweeperName,
    pollMs: sweepEveryMs,
    log: options.log,
    async step() {
      const swept = await sweepAnswers(database, options.now())
      await beat()
      return swept === sweptRowsMax
    },
  })
}

function isExpired(createdAt: Date, now: Date): boolean {
  return now.getTime() - createdAt.getTime() >= keptMs
}
