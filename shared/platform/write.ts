/**
 * The one path of every mutation: a transaction with its own timeouts, once per idempotency key,
 * tried again when others were in the way (spec/18-writes.md).
 *
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises'
import { SezError } from '@sez/core/errors'
import type { JsonObject } from '@sez/core/json'
import { sql } from 'drizzle-orm'
import type { Context } from './context.ts'
import { databaseCodeOf, mapDatabaseError, type Tx } from './db.ts'
import { type Claim, claimOf, findAnswer, keepAnswer } from './idempotency.ts'
import { idleInTransactionTimeoutMs, lockTimeoutMs, statementTimeoutMs } from './limits.ts'

const attemptsMax = 6
const retryDelayMs = 8
const retryDelayMaxMs = 250

/**
 * Runs `decide` in a transaction and answers what it answers, which stays true for 24 hours: the
 * same input with the same `idempotencyKey` gives the same answer without a second effect.
 *
 * @param act `field` is the mutation's name, `input` its whole input.
 * @param decide Lock, decide, append, publish, on `tx` alone. It may run more than once, each time
 *   in a fresh transaction. Its answer holds ids and log references only, since it is stored.
 * @throws {SezError} `UNAUTHENTICATED`, `VALIDATION_ERROR` for a bad key, `IDEMPOTENCY_KEY_REUSED`,
 *   then what `decide` throws; `WRITE_CONTENDED`, `LOCK_TIMEOUT`, `STATEMENT_TIMEOUT`,
 *   `DATABASE_UNAVAILABLE`. Whatever is thrown, nothing was written; only when the connection is
 *   lost during commit this is unknown, and the same key finds out.
 */
export async function write<T extends JsonObject>(
  ctx: Context,
  act: { readonly field: string; readonly input: unknown },
  decide: (tx: Tx) => Promise<T>,
): Promise<T> {
  const caller = ctx.caller.did
  if (caller === null) throw new SezError('UNAUTHENTICATED')
  const claim = claimOf(ctx, caller, act)
  const trace = ctx.trace?.part(`write ${act.field}`)
  try {
    return await writeInTurn(ctx, claim, decide)
  } finally {
    trace?.end()
  }
}

/** Tries until others are no longer in the way. */
async function writeInTurn<T extends JsonObject>(
  ctx: Context,
  claim: Claim | null,
  decide: (tx: Tx) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const answer = await ctx.database.db.transaction((tx) => writeOnce(ctx, tx, claim, decide))
      // What this request loaded before is stale: its answer shows what was written.
      ctx.loaders.clear()
      ctx.afterCommit()
      return answer
    } catch (error) {
      if (!isCollision(error)) throw mapDatabaseError(error)
      if (attempt === attemptsMax) {
        throw new SezError('WRITE_CONTENDED', {}, { cause: mapDatabaseError(error) })
      }
    }
    ctx.database.collisions.retried += 1
    await delay(retryDelay(attempt, ctx.random(1)))
  }
}

async function writeOnce<T extends JsonObject>(
  ctx: Context,
  tx: Tx,
  claim: Claim | null,
  decide: (tx: Tx) => Promise<T>,
): Promise<T> {
  if (claim === null) return decideInTime(tx, decide)
  // Sent together with the look-up: the server runs them in order, so the timeouts hold for it.
  const [, answered] = await Promise.all([limitTime(tx), findAnswer(tx, claim, ctx.now())])
  // The key's body is the same as before, hence the mutation and the shape of its answer too.
  if (answered !== null) return answered as T
  const answer = await decide(tx)
  await keepAnswer(tx, claim, answer, ctx.now())
  return answer
}

/** Sends the timeouts and the first statement of `decide` together, which saves a round trip. */
async function decideInTime<T>(tx: Tx, decide: (tx: Tx) => Promise<T>): Promise<T> {
  const [limited, decided] = await Promise.allSettled([limitTime(tx), decide(tx)])
  // After this failure the server refused whatever came next, so it is the one to tell.
  if (limited.status === 'rejected') throw limited.reason
  if (decided.status === 'rejected') throw decided.reason
  return decided.value
}

/**
 * Gives a transaction its timeouts. Set inside it, so that they hold for whoever
 * logs in: poolers refuse start-up parameters, and only a zone's roles have them as settings.
 */
export async function limitTime(tx: Tx): Promise<void> {
  const query = tx.execute(
    sql`select set_config('statement_timeout', ${String(statementTimeoutMs)}, true),
      set_config('lock_timeout', ${String(lockTimeoutMs)}, true),
      set_config('idle_in_transaction_session_timeout',
        ${String(idleInTransactionTimeoutMs)}, true)`,
  )
  // Sent now: what is only awaited, drizzle sends a turn later, when the next might overtake it.
  await query.execute()
}

/** 40001: the snapshot was overtaken; 40P01: two waited for each other. Both may just try again. */
function isCollision(error: unknown): boolean {
  if (error instanceof SezError) return false
  const code = databaseCodeOf(error)
  return code === '40001' || code === '40P01'
}

/** Doubles from 8 ms, of which a random half to whole is waited, so that rivals part. */
function retryDelay(attempt: number, random: Uint8Array): number {
  const whole = Math.min(retryDelayMs * 2 ** attempt, retryDelayMaxMs)
  return whole * (0.5 + (random[0] ?? 0) / 512)
}
