/** Signs of life of background workers, which readiness reads. @module */
import type { Database, Db } from './db.ts'
import { heartbeats } from './tables.ts'

export interface Heartbeat {
  readonly name: string
  readonly at: Date
  /** What the worker wants an operator to know, such as a parked stream; else null. */
  readonly detail: string | null
}

export const heartbeatEveryMs = 2_000

/**
 * A function that records a sign of life of `name`, at most every two seconds unless `detail`
 * changed. Workers of one name in several processes share one row: any of them will do.
 */
export function heartbeatOf(
  database: Pick<Database, 'db'>,
  name: string,
  now: () => Date,
): (detail?: string | null) => Promise<void> {
  let last: { readonly at: Date; readonly detail: string | null } | null = null
  return async (detail = null) => {
    const at = now()
    // A clock set back must not silence the worker until it has caught up.
    const isDue = last === null || Math.abs(at.getTime() - last.at.getTime()) >= heartbeatEveryMs
    if (!isDue && last?.detail === detail) return
    const row = { at, detail }
    await database.db
      .insert(heartbeats)
      .values({ name, ...row })
      .onConflictDoUpdate({ target: heartbeats.name, set: row })
    last = row
  }
}

/** Every worker's last sign of life. */
export function listHeartbeats(db: Db): Promise<Heartbeat[]> {
  const { name, at, detail } = heartbeats
  return db.select({ name, at, detail }).from(heartbeats).orderBy(name)
}
