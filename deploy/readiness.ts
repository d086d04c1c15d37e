/** What must be so for a process to be ready, asked anew each time (spec/28-processes.md §4). @module */
import { statfs } from 'node:fs/promises'
import { SezError } from '@sez/core/errors'
import type { Authenticator } from '@sez/platform/auth'
import { carrierName } from '@sez/platform/carrier-relay'
import type { NatsSettings } from '@sez/platform/config'
import type { Database } from '@sez/platform/db'
import type { FeedHub } from '@sez/platform/feed'
import type { HealthCheck } from '@sez/platform/health'
import { heartbeatEveryMs, listHeartbeats } from '@sez/platform/heartbeat'
import type { ZoneKeys } from '@sez/platform/keys'
import { requireZoneKey } from '@sez/platform/zone-key'
import { readHead } from '@sez/platform/zone-log'

/** A worker is silent when five of its signs of life are missing. */
const silentMaxMs = heartbeatEveryMs * 5
const bytesPerMb = 1024 * 1024
/** Postgres takes its journal in pieces of 16 MiB. */
const diskLeftMinMb = 32
/** The feed may be this far behind the table before a reader is told so. */
const feedLagEntriesMax = 1_000n

const notReady = (reason: string): SezError =>
  new SezError('NOT_READY', { reason }, { message: reason })

/** Whoever sends it work hears first that the process is about to end. */
export function processCheck(signal: AbortSignal | undefined): HealthCheck {
  return {
    name: 'process',
    run() {
      if (signal?.aborted === true) throw notReady('it is stopping')
    },
  }
}

/** Whether Postgres answers; a subgraph among others may take another way to it. */
export function postgresCheck({ raw }: Pick<Database, 'raw'>, subgraph?: string): HealthCheck {
  return {
    name: subgraph === undefined ? 'postgres' : `postgres for ${subgraph}`,
    run: async () => void (await raw`select 1`),
  }
}

/** Whether the data folder, which holds the embedded Postgres, can still grow. */
export function diskCheck(dataDir: string): HealthCheck {
  return {
    name: 'disk',
    async run() {
      const { bavail, bsize } = await statfs(dataDir)
      const leftMb = Math.floor((bavail * bsize) / bytesPerMb)
      if (leftMb < diskLeftMinMb) throw notReady(`${leftMb} MiB are left in the data folder`)
    },
  }
}

/** Whether this process sees the log whole and lately. */
export function logHeadCheck(
  { db }: Pick<Database, 'db'>,
  feed: Pick<FeedHub, 'head' | 'alarm'>,
): HealthCheck {
  return {
    name: 'log head',
    async run() {
      const alarm = feed.alarm()
      if (alarm !== null) throw notReady(alarm)
      const behind = (await readHead(db)).position - feed.head().position
      if (behind > feedLagEntriesMax) throw notReady(`the feed is ${behind} entries behind`)
    },
  }
}

/** Whether the key can sign, and the zone signs with it. */
export function keyCheck(
  { db }: Pick<Database, 'db'>,
  { keys, now }: { readonly keys: ZoneKeys; readonly now: () => Date },
): HealthCheck {
  return {
    name: 'zone key',
    async run() {
      keys.signDocument({ type: 'SezReadinessProbe' }, now())
      await requireZoneKey(db, keys.did)
    },
  }
}

/** Whether each worker of these names has lately given a sign of life and has nothing to tell. */
export function workerChecks(
  { db }: Pick<Database, 'db'>,
  { names, now }: { readonly names: readonly string[]; readonly now: () => Date },
): HealthCheck[] {
  return names.map((name) => ({
    name,
    async run() {
      const beat = (await listHeartbeats(db)).find((each) => each.name === name)
      if (beat === undefined) throw notReady('it has not started')
      const silentMs = now().getTime() - beat.at.getTime()
      if (silentMs > silentMaxMs) throw notReady(`silent for ${Math.round(silentMs / 1_000)} s`)
      if (silentMs < -silentMaxMs) {
        // Of a clock that was ahead, or of another process's: it says nothing about this moment.
        throw notReady(`its last sign of life is ${Math.round(-silentMs / 1_000)} s ahead`)
      }
      if (beat.detail !== null) throw notReady(beat.detail)
    },
  }))
}

/** Whether NATS has the log lately: nothing in the zone waits for it. */
export function carrierCheck(
  database: Pick<Database, 'db'>,
  { nats, now }: { readonly nats: NatsSettings | null; readonly now: () => Date },
): HealthCheck[] {
  if (nats === null) return []
  const checks = workerChecks(database, { names: [carrierName], now })
  return checks.map((check) => ({ ...check, isOptional: true }))
}

/** Whether tokens can be verified. */
export function tokenCheck(authenticator: Pick<Authenticator, 'requireKeys'>): HealthCheck {
  return { name: 'token keys', run: () => authenticator.requireKeys() }
}
