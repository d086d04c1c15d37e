/** What must be so for a zone to be ready, asked anew each time (DESIGN §4, spec/19-storage.md). @module */
import { SezError } from '@sez/core/errors'
import type { Gateway } from '@sez/gateway/gateway'
import type { Authenticator } from '@sez/platform/auth'
import type { Database } from '@sez/platform/db'
import type { FeedHub } from '@sez/platform/feed'
import { type HealthCheck, type HealthReport, openReadiness } from '@sez/platform/health'
import { heartbeatEveryMs, listHeartbeats } from '@sez/platform/heartbeat'
import type { ZoneKeys } from '@sez/platform/keys'
import type { Logger } from '@sez/platform/log'
import { readHead } from '@sez/platform/zone-log'

/** A worker is silent when this many of its signs of life are missing. */
const heartbeatsMissedMax = 5
/** The feed may be this far behind the table before a reader is told so. */
const feedLagEntriesMax = 1_000n

const notReady = (reason: string): SezError =>
  new SezError('NOT_READY', { reason }, { message: reason })

/** The readiness question of one zone: Postgres, log head, token keys, zone key, each worker. */
export function openZoneReadiness(parts: {
  readonly database: Database
  /** The pools of the subgraphs, which may take another way to Postgres. */
  readonly bySubgraph: ReadonlyMap<string, Pick<Database, 'raw'>>
  readonly feed: Pick<FeedHub, 'head' | 'alarm'>
  readonly gateway: Pick<Gateway, 'ready'>
  readonly authenticator: Pick<Authenticator, 'requireKeys'>
  readonly keys: ZoneKeys
  /** Names of the heartbeats that must be fresh. */
  readonly workers: readonly string[]
  readonly log: Logger
  readonly now: () => Date
}): () => Promise<HealthReport> {
  const { database, bySubgraph, feed, gateway, authenticator, keys, workers, log, now } = parts
  const worker = (name: string): HealthCheck => ({
    name,
    async run() {
      const beats = await listHeartbeats(database.db)
      const beat = beats.find((each) => each.name === name)
      if (beat === undefined) throw notReady('it has not started')
      const silentMs = now().getTime() - beat.at.getTime()
      if (silentMs > heartbeatEveryMs * heartbeatsMissedMax) {
        throw notReady(`silent for ${Math.round(silentMs / 1_000)} s`)
      }
      if (beat.detail !== null) throw notReady(beat.detail)
    },
  })
  const checks: HealthCheck[] = [
    { name: 'postgres', run: async () => void (await database.raw`select 1`) },
    ...[...bySubgraph].map(([name, { raw }]) => ({
      name: `postgres for ${name}`,
      run: async () => void (await raw`select 1`),
    })),
    {
      name: 'log head',
      async run() {
        const alarm = feed.alarm()
        if (alarm !== null) throw notReady(alarm)
        const behind = (await readHead(database.db)).position - feed.head().position
        if (behind > feedLagEntriesMax) throw notReady(`the feed is ${behind} entries behind`)
      },
    },
    { name: 'gateway', run: () => gateway.ready() },
    { name: 'token keys', run: () => authenticator.requireKeys() },
    {
      name: 'zone key',
      run: () => void keys.signDocument({ type: 'SezReadinessProbe' }, now()),
    },
    ...workers.map(worker),
  ]
  return openReadiness(checks, { log, now })
}
