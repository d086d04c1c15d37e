/**
 * Gives committed events their place in the zone log. Any process may do it, several at once may:
 * the step itself is single (spec/20-events.md §4).
 *
 * @module
 */
import type { Database } from './db.ts'
import { heartbeatOf } from './heartbeat.ts'
import type { Logger } from './log.ts'
import { startWorker } from './worker.ts'

export interface Sequencer extends AsyncDisposable {
  /** Call after each commit: what was committed is numbered at once rather than at the next poll. */
  readonly nudge: () => void
  readonly stop: () => Promise<void>
}

/** The name of the sequencer's heartbeat. */
export const sequencerName = 'sequencer'

const batchEvents = 1_000
/** How long events of a process that died between commit and nudge wait. */
const pollDefaultMs = 500

/** Starts numbering. It outlives restarts of the database and never throws. */
export function startSequencer(
  database: Pick<Database, 'db' | 'raw'>,
  options: { readonly now: () => Date; readonly log: Logger; readonly pollMs?: number },
): Sequencer {
  const beat = heartbeatOf(database, sequencerName, options.now)
  const worker = startWorker({
    name: sequencerName,
    pollMs: options.pollMs ?? pollDefaultMs,
    log: options.log,
    async step() {
      const moved = await sequence(database)
      await beat()
      return moved === batchEvents
    },
  })
  const { wake, stop } = worker
  return { nudge: wake, stop, [Symbol.asyncDispose]: stop }
}

/** How long a process's own events may wait that were committed while its last step failed. */
const ownPollMs = 5_000

/**
 * Numbers what this process commits, when told, beside the zone's sequencer: without a sign of life,
 * since that other one is what the zone relies on.
 */
export function startOwnSequencer(
  database: Pick<Database, 'raw'>,
  options: { readonly log: Logger },
): Sequencer {
  const { wake, stop } = startWorker({
    name: 'own sequencer',
    pollMs: ownPollMs,
    log: options.log,
    step: async () => (await sequence(database)) === batchEvents,
  })
  return { nudge: wake, stop, [Symbol.asyncDispose]: stop }
}

/** One step: numbers at most a thousand committed events, oldest first, and answers how many. */
export async function sequence(database: Pick<Database, 'raw'>): Promise<number> {
  const [row] = await database.raw<{ moved: number }[]>`
    select platform.sequence_step(${batchEvents}) as moved`
  return row?.moved ?? 0
}
