/**
 * How a migration waits for others without making the others wait for it (spec/32-migrations.md §3).
 *
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises'
import { SezError } from '@sez/core/errors'
import type { Client } from '@sez/platform/connection'
import { databaseCodeOf } from '@sez/platform/db'

/** Whoever wants a table queues behind a migration that waits for it; requests give up after 2 s. */
export const tableLockTimeoutMs = 500

/** How long something is tried, and how long it rests in between. */
export interface Patience {
  readonly forMs: number
  readonly pauseMs: number
}

/** Longer than any transaction of ours may stand still, so that each blocked try meets other ones. */
export const tablePatience: Patience = { forMs: 120_000, pauseMs: 1_000 }

export const turnPatience: Patience = { forMs: 120_000, pauseMs: 100 }

/**
 * Takes an advisory lock of the session. It asks again and again rather than waiting in the server:
 * a statement that waits there is a transaction, which CREATE INDEX CONCURRENTLY of the one whose
 * turn it is would wait for, and both would stand still.
 *
 * @throws {SezError} `LOCK_TIMEOUT`.
 */
export async function takeTurn(sql: Client, key: number, patience = turnPatience): Promise<void> {
  const deadline = performance.now() + patience.forMs
  for (;;) {
    const [row] = await sql<{ taken: boolean }[]>`select pg_try_advisory_lock(${key}) as taken`
    if (row?.taken === true) return
    if (performance.now() >= deadline) {
      const message = 'Another process is migrating this database. Try again when it is done.'
      throw new SezError('LOCK_TIMEOUT', {}, { message })
    }
    await delay(patience.pauseMs)
  }
}

/** Tries `work`, which leaves nothing behind when it fails, until no lock is in its way. */
export async function unblocked(
  work: () => Promise<void>,
  patience = tablePatience,
): Promise<void> {
  const deadline = performance.now() + patience.forMs
  for (;;) {
    try {
      await work()
      return
    } catch (error) {
      if (!isBlocked(error) || performance.now() >= deadline) throw error
    }
    await delay(patience.pauseMs)
  }
}

/** 55P03 waited too long for a lock, 40P01 was chosen to end a deadlock. */
function isBlocked(error: unknown): boolean {
  return ['55P03', '40P01'].includes(databaseCodeOf(error) ?? '')
}
