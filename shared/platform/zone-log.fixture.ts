/** A zone log on a database of its own, and contexts to write to it. @module */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseDid } from '@sez/core/did'
import { zoneId } from '@sez/core/ids'
import type { JsonObject } from '@sez/core/json'
import type { Role } from '@sez/core/roles'
import { randomBytes, systemClock } from './clock.ts'
import { developmentZone } from './config.ts'
import type { Context } from './context.ts'
import { openTestDatabase } from './database.fixture.ts'
import { type Database, openDatabase } from './db.ts'
import { type FeedHub, openFeed } from './feed.ts'
import { loadZoneKeys, type ZoneKeys } from './keys.ts'
import { openLog } from './log.ts'
import { type LogReference, publish } from './outbox.ts'

export interface TestLog extends AsyncDisposable {
  readonly url: string
  readonly rolePrefix: string
  /** The address with the login of a subgraph's role, or of `platform`. */
  loginOf(name: string): string
  /** As the platform: sequencer, sealer, feed. */
  readonly database: Database
  readonly keys: ZoneKeys
  readonly hub: FeedHub
  /** Lines the workers logged. */
  readonly lines: string[]
  context(overrides?: Partial<Context>): Context
  /** Opens pools as another role, closed with the log. */
  open(role: string | null, connectionsMax?: number): Database
}

export const testZone = zoneId(developmentZone.id)

/** Opens everything but the workers: tests start those they are about. */
export async function openTestLog(
  options: {
    readonly now?: () => Date
    readonly pollMs?: number
    /** A power of two; the real size without it. */
    readonly partitionEntries?: number
  } = {},
): Promise<TestLog> {
  const { now = systemClock, pollMs = 100, partitionEntries } = options
  const stack = new AsyncDisposableStack()
  const copy = stack.use(await openTestDatabase())
  const { url, rolePrefix } = copy
  const loginOf = (name: string): string => copy.loginOf(name)
  const open = (role: string | null, connectionsMax = 8): Database =>
    stack.use(
      openDatabase({
        url: role === null ? url : loginOf(role),
        connectionsMax,
        applicationName: `sez ${role ?? 'test'}`,
      }),
    )
  if (partitionEntries !== undefined) {
    await setPartitionEntries(open(null, 1), partitionEntries)
  }
  const folder = mkdtempSync(join(tmpdir(), 'sez-keys-'))
  stack.defer(() => rmSync(folder, { recursive: true, force: true }))
  const keys = stack.use(loadZoneKeys({ file: join(folder, 'zone.json'), mode: 'development' }))
  const lines: string[] = []
  const log = openLog({
    level: 'info',
    pretty: false,
    stream: { write: (line) => lines.push(line) },
  })
  const database = open('platform')
  const hub = stack.use(await openFeed({ database, zoneId: testZone, log, now, pollMs }))
  const ground = {
    caller: {
      did: parseDid('did:web:writer.test'),
      roles: new Set<Role>(['SYSTEM']),
      entityIds: null,
      corridorIds: null,
      expiresAt: null,
    },
    correlationId: 'test',
    signal: new AbortController().signal,
    database: open('entities'),
    feed: hub,
    zone: { zoneId: testZone, name: 'Test', did: keys.did, mode: 'development' },
    keys,
    log,
    now,
    random: randomBytes,
    afterCommit: () => {},
  } satisfies Omit<Context, 'loaders'>
  return {
    url,
    rolePrefix,
    loginOf,
    database,
    keys,
    hub,
    lines,
    open,
    context: (overrides = {}) => ({ ...ground, loaders: new Map(), ...overrides }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

/** Makes the partitions of a log that is still empty this small. */
export async function setPartitionEntries(
  { raw }: Pick<Database, 'raw'>,
  entries: number,
): Promise<void> {
  await raw.unsafe(`
    create or replace function platform.log_partition_entries() returns bigint
    language sql immutable parallel safe set search_path = pg_catalog, pg_temp
    as $$ select ${entries}::bigint $$`)
}

/** Publishes one event in a transaction of its own. */
export function say(ctx: Context, stream: string, data: JsonObject = {}): Promise<LogReference> {
  return ctx.database.db.transaction((tx) =>
    publish(tx, ctx, { stream, type: 'entity.noted', data }),
  )
}
