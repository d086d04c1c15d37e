/**
 * Hard stops across subgraphs: who may not act at all, decided inside the acting transaction and
 * never by a projection that may be late (spec/18-writes.md §5).
 *
 * @module
 */
import { SezError } from '@sez/core/errors'
import { invariant } from '@sez/core/invariant'
import { sql } from 'drizzle-orm'
import type { Tx } from './db.ts'

/** One fact about a subject. Its owner is the role that set it first, under any subject. */
export interface Standing {
  /** `entity/<id>`, `did/<did>`. */
  readonly subject: string
  readonly fact: string
  readonly blocking: boolean
  /** What callers are told; no personal data. */
  readonly reason: string | null
}

/**
 * Sets a fact. Whoever is acting under {@link guard} of the subject finishes first; whoever comes
 * later waits for this transaction and then sees the fact.
 *
 * @throws {SezError} `STANDING_NOT_YOURS` when another subgraph's role owns the fact.
 */
export async function setStanding(tx: Tx, standing: Standing): Promise<void> {
  const { subject, fact, blocking, reason } = standing
  const [row] = await tx.execute<{ set: boolean }>(
    sql`select platform.set_standing(${subject}, ${fact}, ${blocking}, ${reason}) as set`,
  )
  if (row?.set !== true) throw new SezError('STANDING_NOT_YOURS', { subject, fact })
}

/**
 * Refuses unless every subject is known and none is blocked, and keeps it so until the transaction
 * ends. Call it before deciding; subjects are locked in one order, whatever order they come in.
 *
 * @throws {SezError} `STANDING_UNKNOWN` {subject}, else `SUBJECT_BLOCKED` {subject, fact, reason}.
 */
export async function guard(tx: Tx, subjects: readonly string[]): Promise<void> {
  invariant(subjects.length > 0, 'a guard guards someone')
  const refusals = await tx.execute<{
    subject: string
    fact: string | null
    reason: string | null
  }>(sql`select subject, fact, reason from platform.guard(${sql.param([...subjects])}::text[])`)
  const unknown = refusals.find((each) => each.fact === null)
  if (unknown !== undefined) throw new SezError('STANDING_UNKNOWN', { subject: unknown.subject })
  const [blocked] = refusals
  if (blocked !== undefined) {
    const { subject, fact, reason } = blocked
    throw new SezError('SUBJECT_BLOCKED', { subject, fact, reason })
  }
}
