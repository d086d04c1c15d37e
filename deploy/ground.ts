/** What every subgraph of one process stands on: its role's pool, and the log's workers. @module */
import { SezError } from '@sez/core/errors'
import { randomBytes, systemClock } from '@sez/platform/clock'
import type { ZoneIdentity } from '@sez/platform/context'
import { type FeedHub, openFeed } from '@sez/platform/feed'
import { startSweeper } from '@sez/platform/idempotency'
import type { ZoneKeys } from '@sez/platform/keys'
import type { Logger } from '@sez/platform/log'
import { type ReactionGround, startReactions } from '@sez/platform/reactions'
import { sealerName, startSealer } from '@sez/platform/sealer'
import { type Sequencer, sequencerName, startSequencer } from '@sez/platform/sequencer'
import type { Storage } from './storage.ts'
import { subgraphs } from './subgraphs.ts'

export interface Workers {
  readonly feed: FeedHub
  readonly sequencer: Sequencer
}

/** Starts sequencer, sealer, sweeper and feed on `stack`. */
export async function startWorkers(
  { platform }: Storage,
  stack: AsyncDisposableStack,
  scope: { readonly identity: ZoneIdentity; readonly keys: ZoneKeys; readonly log: Logger },
): Promise<Workers> {
  const { identity, keys } = scope
  const log = scope.log.child({ room: 'platform' })
  const feed = stack.use(
    await openFeed({ database: platform, zoneId: identity.zoneId, log, now: systemClock }),
  )
  const sequencer = stack.use(startSequencer(platform, { now: systemClock, log }))
  stack.use(
    startSealer(platform, { zoneId: identity.zoneId, keys, hub: feed, now: systemClock, log }),
  )
  stack.use(startSweeper(platform, { now: systemClock, log }))
  return { feed, sequencer }
}

/** The ground of each subgraph, by its name. */
export function openGrounds(
  storage: Storage,
  parts: Workers & {
    readonly identity: ZoneIdentity
    readonly keys: ZoneKeys
    readonly log: Logger
  },
): ReadonlyMap<string, ReactionGround> {
  const { feed, sequencer, identity, keys, log } = parts
  return new Map(
    [...storage.bySubgraph].map(([name, database]) => [
      name,
      {
        database,
        feed,
        zone: identity,
        keys,
        log: log.child({ room: name }),
        now: systemClock,
        random: randomBytes,
        afterCommit: () => sequencer.nudge(),
      },
    ]),
  )
}

/**
 * One of the grounds.
 *
 * @throws {SezError} `NOT_FOUND` when the zone has no such subgraph.
 */
export function groundIn(
  grounds: ReadonlyMap<string, ReactionGround>,
  name: string,
): ReactionGround {
  const ground = grounds.get(name)
  if (ground === undefined) throw new SezError('NOT_FOUND', { subgraph: name })
  return ground
}

/** Starts the subgraphs' reactions and background work; answers the names of their heartbeats. */
export function startSubgraphWork(
  grounds: ReadonlyMap<string, ReactionGround>,
  stack: AsyncDisposableStack,
  hub: FeedHub,
): readonly string[] {
  return subgraphs.flatMap(({ name, reactions, background = [] }) => {
    const ground = groundIn(grounds, name)
    stack.use(startReactions(reactions, { ground, hub }))
    for (const work of background) stack.use(work.start(ground))
    return [
      ...reactions.map((each) => `reaction ${each.name}`),
      ...background.map((each) => each.name),
    ]
  })
}

/** The heartbeats of the log's own workers. */
export const logWorkers: readonly string[] = [sequencerName, sealerName]
