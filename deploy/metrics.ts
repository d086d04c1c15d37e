/** The numbers of a zone gathered in one place, and the address they are read at (spec/34-telemetry.md). @module */
import { readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { SezError } from '@sez/core/errors'
import { systemClock } from '@sez/platform/clock'
import type { Config } from '@sez/platform/config'
import type { Database } from '@sez/platform/db'
import type { FeedHub } from '@sez/platform/feed'
import { listen, type OnRequest } from '@sez/platform/http'
import type { Logger } from '@sez/platform/log'
import {
  measure,
  metricsContentType,
  openMetrics,
  type Reading,
  type Registry,
} from '@sez/platform/metrics'
import { openStorageMetrics } from '@sez/platform/storage-metrics'

export const metricsPath = '/metrics'

/** Of this stack, for numbers and traces. */
export const { version: stackVersion } = JSON.parse(
  readFileSync(new URL('package.json', import.meta.url), 'utf8'),
) as {
  readonly version: string
}

/** The numbers of one process, from its start on. */
export interface ProcessMetrics {
  readonly registry: Registry
  /** For the process's main listener; null where that must not answer it. */
  readonly page: OnRequest | null
  /** Where the numbers have a listener of their own, else null. */
  readonly url: string | null
  /** Adds the use of the pools by the name of their role. */
  watchPools(databases: ReadonlyMap<string, Database>): void
  /** Adds what Postgres tells of the whole log to the role of its workers. */
  watchLog(platform: Database): void
  watchFeed(feed: FeedHub): void
}

/**
 * Opens the numbers of a process, and their listener where the configuration names one.
 *
 * @throws {SezError} the codes of the listener.
 */
export async function openProcessMetrics(
  config: Config,
  stack: AsyncDisposableStack,
  log: Logger,
): Promise<ProcessMetrics> {
  const { mode, zoneId: zone, metrics } = config
  const { registry } = stack.use(openMetrics({ version: stackVersion, mode, zone }))
  const sources: (() => Promise<string>)[] = [() => registry.metrics()]
  const page: OnRequest = async (request, response) => {
    if (request.method !== 'GET') throw new SezError('METHOD_NOT_ALLOWED')
    const texts = await Promise.all(sources.map((source) => source()))
    sendText(response, texts.join(''))
  }
  const listener =
    metrics === null
      ? null
      : stack.use(
          await listen({ ...metrics, setting: 'SEZ_METRICS_PORT', onRequest: alone(page), log }),
        )
  return {
    registry,
    page: mode === 'development' && listener === null ? page : null,
    url: listener?.url ?? null,
    watchPools: (databases) => measurePools(registry, databases),
    watchLog: (platform) =>
      void sources.push(openStorageMetrics(platform, { now: systemClock, log })),
    watchFeed: (feed) => measureFeed(registry, feed),
  }
}

/** A listener of the numbers answers nothing else. */
function alone(page: OnRequest): OnRequest {
  return (request, response) => {
    if (request.url !== metricsPath) throw new SezError('NOT_FOUND')
    return page(request, response)
  }
}

function sendText(response: ServerResponse, text: string): void {
  const body = Buffer.from(text)
  response.writeHead(200, {
    'content-type': metricsContentType,
    'content-length': body.byteLength,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  })
  response.end(body)
}

function measurePools(registry: Registry, databases: ReadonlyMap<string, Database>): void {
  const clients = [...databases].flatMap(([pool, database]) =>
    (['drizzle', 'raw'] as const).map((client) => ({ pool, client, database })),
  )
  const labelNames = ['pool', 'client'] as const
  measure(registry, 'gauge', {
    name: 'sez_pool_connections',
    help: 'Connections to Postgres.',
    labelNames: [...labelNames, 'state'],
    read: () =>
      clients.flatMap(({ pool, client, database }): readonly Reading[] => {
        const { busy, idle } = database.load()[client]
        return [
          [{ pool, client, state: 'busy' }, busy],
          [{ pool, client, state: 'idle' }, idle],
        ]
      }),
  })
  measure(registry, 'gauge', {
    name: 'sez_pool_waiting',
    help: 'Transactions that wait for a connection.',
    labelNames,
    read: () =>
      clients.map(
        ({ pool, client, database }): Reading => [
          { pool, client },
          database.load()[client].waiting,
        ],
      ),
  })
  measure(registry, 'counter', {
    name: 'sez_pool_refused_total',
    help: 'Transactions that waited for a connection in vain.',
    labelNames,
    read: () =>
      clients.map(
        ({ pool, client, database }): Reading => [
          { pool, client },
          database.load()[client].refused,
        ],
      ),
  })
  measure(registry, 'counter', {
    name: 'sez_write_retries_total',
    help: 'Transactions tried again because they collided with others.',
    labelNames: ['pool'],
    read: () =>
      [...databases].map(([pool, { collisions }]): Reading => [{ pool }, collisions.retried]),
  })
}

function measureFeed(registry: Registry, feed: FeedHub): void {
  const single = (
    kind: 'gauge' | 'counter',
    name: string,
    facts: { readonly help: string; readonly value: () => number },
  ): void => {
    const { help, value } = facts
    measure(registry, kind, { name: `sez_feed_${name}`, help, read: () => [[{}, value()]] })
  }
  single('gauge', 'position_entries', {
    help: 'The last entry this process has handed on.',
    value: () => Number(feed.head().position),
  })
  single('gauge', 'followers', { help: 'Open readers.', value: () => feed.followerCount() })
  single('gauge', 'queued_entries', {
    help: 'Entries that wait to be taken by a reader.',
    value: () => feed.load().queued,
  })
  single('counter', 'overflows_total', {
    help: 'Full queues that fell back to the table.',
    value: () => feed.load().overflows,
  })
  single('counter', 'too_slow_total', {
    help: 'Readers ended because they took nothing.',
    value: () => feed.load().tooSlow,
  })
  single('gauge', 'alarm', {
    help: '1 while the log has a gap.',
    value: () => (feed.alarm() === null ? 0 : 1),
  })
}
