/** What a process stands on: the feed, the log's workers, and the ground and work of a subgraph. @module */
import { randomBytes, systemClock } from '@sez/platform/clock'
import { startCarrierRelay } from '@sez/platform/carrier-relay'
import type { NatsSettings } from '@sez/platform/config'
import type { ZoneIdentity } from '@sez/platform/context'
import type { Database } from '@sez/platform/db'
import { type FeedHub, openFeed } from '@sez/platform/feed'
import { startSweeper } from '@sez/platform/idempotency'
import type { ZoneKeys } from '@sez/platform/keys'
import type { Logger } from '@sez/platform/log'
import { type ReactionGround, startReactions } from '@sez/platform/reactions'
import { sealerName, startSealer } from '@sez/platform/sealer'
import { type Sequencer, sequencerName, startSequencer } from '@sez/platform/sequencer'
import type { SubgraphDefinition } from '@sez/platform/subgraph'

/** What all work of one process shares. */
export interface Scope {
  readonly identity: ZoneIdentity
  readonly keys: ZoneKeys
  readonly log: Logger
}

/** Opens the feed of this process on `stack`. */
export async function openHub(
  database: Database,
  stack: AsyncDisposableStack,
  { identity, log: parent }: Scope,
): Promise<FeedHub> {
  const { zoneId } = identity
  const log = parent.child({ room: 'platform' })
  return stack.use(await openFeed({ database, zoneId, log, now: systemClock }))
}

/** The heartbeats of the log's own workers. */
export const logWorkers: readonly string[] = [sequencerName, sealerName]

/** Starts sequencer, sealer, sweeper and, where there is one, the relay to NATS on `stack`. */
export function startLogWork(
  platform: Database,
  stack: AsyncDisposableStack,
  scope: Scope & { readonly hub: FeedHub; readonly nats: NatsSettings | null },
): Sequencer {
  const { identity, keys, log: parent, hub, nats } = scope
  const { zoneId } = identity
  const log = parent.child({ room: 'platform' })
  const sequencer = stack.use(startSequencer(platform, { now: systemClock, log }))
  stack.use(startSealer(platform, { zoneId, keys, hub, now: systemClock, log }))
  stack.use(startSweeper(platform, { now: systemClock, log }))
  if (nats !== null) {
    stack.use(startCarrierRelay(platform, { nats, zoneId, hub, now: systemClock, log }))
  }
  return sequencer
}

/** The ground of one subgraph on the pools of its own role. */
export function groundOf(
  name: string,
  database: Database,
  scope: Scope & { readonly hub: FeedHub; readonly sequencer: Sequencer },
): ReactionGround {
  const { identity, keys, log, hub, sequencer } = scope
  return {
    database,
    feed: hub,
    zone: identity,
    keys,
    log: log.child({ room: name }),
    now: systemClock,
    random: randomBytes,
    afterCommit: () => sequencer.nudge(),
  }
}

/** Starts a subgraph's reactions and background work; answers the names of their heartbeats. */
export function startSubgraphWork(
  { reactions, background = [] }: SubgraphDefinition,
  stack: AsyncDisposableStack,
  { ground, hub }: { readonly ground: ReactionGround; readonly hub: FeedHub },
): readonly string[] {
  stack.use(startReactions(reactions, { ground, hub }))
  for (const work of background) stack.use(work.start(ground))
  return [
    ...reactions.map((each) => `reaction ${each.name}`),
    ...background.map((each) => each.name),
  ]
}
