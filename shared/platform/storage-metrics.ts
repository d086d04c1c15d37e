/**
 * The numbers that only Postgres knows. They are present when it answered and absent when it did
 * not, never those of an earlier time (spec/34-telemetry.md §2).
 *
 * @module
 */
import { Registry } from 'prom-client'
import { type Census, readCensus } from './census.ts'
import { type Database, mapDatabaseError } from './db.ts'
import type { Logger } from './log.ts'
import { measure, type Reading } from './metrics.ts'

/** A census serves every scrape of this time. */
const keptMs = 1_000
/** A scrape waits so long for Postgres. */
const answerTimeoutMs = 1_000

/** Opens the source; each call answers metrics text, within about a second whatever Postgres does. */
export function openStorageMetrics(
  database: Pick<Database, 'raw'>,
  options: { readonly now: () => Date; readonly log: Pick<Logger, 'warn'> },
): () => Promise<string> {
  const { now, log } = options
  let latest: { readonly census: Census; readonly at: Date } | null = null
  let running: Promise<Census | null> | null = null

  const ask = async (): Promise<Census | null> => {
    try {
      const census = await readCensus(database.raw)
      latest = { census, at: now() }
      return census
    } catch (error) {
      log.warn({ err: mapDatabaseError(error) }, 'the numbers of the database are missing')
      return null
    } finally {
      running = null
    }
  }
  return async () => {
    const ageMs = latest === null ? Infinity : Math.abs(now().getTime() - latest.at.getTime())
    if (latest !== null && ageMs < keptMs) return textOf(latest.census, now())
    // A question that hangs is not asked again beside itself: scrapes must not use up the pool.
    running ??= ask()
    return textOf(await inTime(running), now())
  }
}

async function inTime(answer: Promise<Census | null>): Promise<Census | null> {
  const late = Promise.withResolvers<null>()
  const timer = setTimeout(() => late.resolve(null), answerTimeoutMs)
  try {
    return await Promise.race([answer, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

function textOf(census: Census | null, now: Date): Promise<string> {
  const registry = new Registry()
  const show = (name: string, help: string, readings: number | readonly Reading[]): void => {
    const list: readonly Reading[] = typeof readings === 'number' ? [[{}, readings]] : readings
    const labelNames = Object.keys(list[0]?.[0] ?? {})
    measure(registry, 'gauge', { name, help, labelNames, read: () => list })
  }
  show('sez_database_up', 'Whether Postgres answered this scrape.', census === null ? 0 : 1)
  if (census !== null) showCensus(census, now, show)
  return registry.metrics()
}

function showCensus(
  census: Census,
  now: Date,
  show: (name: string, help: string, readings: number | readonly Reading[]) => void,
): void {
  const { headPosition, sealedSize, checkpointAt, reactions, heartbeats } = census
  const ageS = (at: Date): number => Math.max(0, now.getTime() - at.getTime()) / 1_000
  show('sez_log_head_entries', 'Length of the zone log.', headPosition)
  show('sez_log_sealed_entries', 'Entries that a signed checkpoint covers.', sealedSize)
  if (checkpointAt !== null) {
    show('sez_log_checkpoint_age_seconds', 'Age of the newest checkpoint.', ageS(checkpointAt))
  }
  show('sez_outbox_entries', 'Committed events without a position.', census.outboxRows)
  const oldest = 'How long the oldest event without a position has waited.'
  show('sez_outbox_oldest_age_seconds', oldest, census.outboxOldestAgeS)
  const byReaction = (value: (each: Census['reactions'][number]) => number): Reading[] =>
    reactions.map((each) => [{ reaction: each.name }, value(each)])
  if (reactions.length > 0) {
    const lag = byReaction(({ position }) => Math.max(0, headPosition - position))
    show('sez_reaction_lag_entries', 'Entries a reaction has not read.', lag)
    const parked = byReaction((each) => each.parked)
    show('sez_reaction_parked_entries', 'Events that wait for another try.', parked)
    const stuck = byReaction((each) => each.stuck)
    show('sez_reaction_stuck_streams', 'Streams a reaction has given up on.', stuck)
  }
  if (heartbeats.length > 0) {
    const ages = heartbeats.map((each): Reading => [{ worker: each.name }, ageS(each.at)])
    show('sez_worker_heartbeat_age_seconds', 'Since the last sign of life.', ages)
  }
}
