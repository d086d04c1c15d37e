/** How much waits where in the platform's tables, in three small queries. @module */
import { invariant } from '@sez/core/invariant'
import type { Sql } from './db.ts'
import { reactionTriesMax } from './reactions.ts'

export interface Census {
  /** The log's last position. */
  readonly headPosition: number
  /** How much of the log checkpoints cover. */
  readonly sealedSize: number
  /** Null before the first checkpoint. */
  readonly checkpointAt: Date | null
  /** Committed events without a position; counted up to `outboxCountedMax`. */
  readonly outboxRows: number
  /** How long the oldest of them has waited; 0 when there is none. */
  readonly outboxOldestAgeS: number
  readonly reactions: readonly {
    readonly name: string
    readonly position: number
    readonly parked: number
    /** Streams given up on. */
    readonly stuck: number
  }[]
  readonly heartbeats: readonly { readonly name: string; readonly at: Date }[]
}

/** A backlog is not counted beyond this: whoever watches knows enough, and counting costs. */
const outboxCountedMax = 100_000

/** Reads the census. The queries are not of one moment, and need not be. */
export async function readCensus(raw: Sql): Promise<Census> {
  const [[log], reactions, heartbeats] = await Promise.all([
    raw<Omit<Census, 'reactions' | 'heartbeats'>[]>`
      select head.position::float8 as "headPosition",
        coalesce(checkpoint.size, 0)::float8 as "sealedSize",
        checkpoint.at as "checkpointAt",
        (select count(*)::int from (
          select from platform.outbox limit ${outboxCountedMax}) as waiting) as "outboxRows",
        coalesce((select greatest(extract(epoch from clock_timestamp() - at), 0)::float8
          from platform.outbox order by id limit 1), 0) as "outboxOldestAgeS"
      from platform.log_head as head
      left join (select size, at from platform.checkpoints order by size desc limit 1)
        as checkpoint on true`,
    raw<Census['reactions'][number][]>`
      select name, position::float8 as position,
        (select count(*)::int from platform.parked as event
          where event.reaction = reactions.name) as parked,
        (select count(distinct stream)::int from platform.parked as event
          where event.reaction = reactions.name and event.tries >= ${reactionTriesMax}) as stuck
      from platform.reactions order by name`,
    raw<Census['heartbeats'][number][]>`select name, at from platform.heartbeats order by name`,
  ])
  invariant(log !== undefined, 'the log has a head')
  return { ...log, reactions, heartbeats }
}
