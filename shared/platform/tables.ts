/**
 * The tables of Postgres schema `platform`: zone, log, feed, standing and their bookkeeping.
 *
 * @module
 */
import type { Did } from '@sez/core/did'
import type { EventId, Uuid, ZoneId } from '@sez/core/ids'
import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  check,
  index,
  integer,
  pgSchema,
  primaryKey,
  text,
} from 'drizzle-orm/pg-core'
import { digestColumn, instantColumn, orderedText } from './columns.ts'

export const platform = pgSchema('platform')

/** One row: who this zone is. `rolePrefix` names its roles, also in copies of the database. */
export const zone = platform.table(
  'zone',
  {
    singleton: boolean('singleton').primaryKey().default(true),
    zoneId: text('zone_id').$type<ZoneId>().notNull(),
    name: text('name').notNull(),
    rolePrefix: text('role_prefix').notNull(),
    createdAt: instantColumn('created_at').notNull().defaultNow(),
  },
  (table) => [check('zone_singleton', sql`${table.singleton}`)],
)

/** Which role writes each kind of stream and each fact: the one that was first. */
export const owners = platform.table(
  'owners',
  {
    /** `stream` or `fact`. */
    kind: orderedText('kind').notNull(),
    /** What stands before the slash of a stream's name, or the fact's name. */
    name: orderedText('name').notNull(),
    owner: text('owner').notNull(),
  },
  (table) => [primaryKey({ columns: [table.kind, table.name] })],
)

/** The role that wrote a row of bookkeeping: no other subgraph may change it. */
const ownerColumn = () => text('owner').notNull().default(sql`current_user`)

/** The zone's public keys, each valid for log positions from `validFrom` on. */
export const zoneKeys = platform.table(
  'zone_keys',
  {
    did: text('did').$type<Did>().notNull(),
    validFrom: bigint('valid_from', { mode: 'bigint' }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.did, table.validFrom] })],
)

/** The head of each stream: its last sequence number and event digest. */
export const streams = platform.table('streams', {
  stream: orderedText('stream').primaryKey(),
  seq: bigint('seq', { mode: 'number' }).notNull(),
  head: digestColumn('head'),
})

/** Committed events that have no position yet; emptied by the sequencer step. */
export const outbox = platform.table('outbox', {
  id: bigint('id', { mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity(),
  eventId: text('event_id').$type<EventId>().notNull(),
  stream: orderedText('stream').notNull(),
  streamSeq: bigint('stream_seq', { mode: 'number' }).notNull(),
  canonical: text('canonical').notNull(),
  digest: digestColumn('digest').notNull(),
  at: instantColumn('at').notNull().defaultNow(),
})

/**
 * The zone log: dense positions from 1, hash-chained, append-only by trigger and grants. It is
 * partitioned by position (drizzle/platform): an index over all of it cannot be unique without the
 * position, so `logEvents` keeps the event ids apart and each partition its own streams'.
 */
export const log = platform.table(
  'log',
  {
    position: bigint('position', { mode: 'bigint' }).primaryKey(),
    eventId: text('event_id').$type<EventId>().notNull(),
    stream: orderedText('stream').notNull(),
    streamSeq: bigint('stream_seq', { mode: 'number' }).notNull(),
    canonical: text('canonical').notNull(),
    digest: digestColumn('digest').notNull(),
    hash: digestColumn('hash').notNull(),
    recordedAt: instantColumn('recorded_at').notNull().defaultNow(),
  },
  (table) => [index('log_stream_position').on(table.stream, table.position)],
)

/** Where each event of the log stands, archived ones too: an event id is used once, for ever. */
export const logEvents = platform.table('log_events', {
  eventId: text('event_id').$type<EventId>().primaryKey(),
  position: bigint('position', { mode: 'bigint' }).notNull(),
})

/** What was taken from the front of the log, a file each; append-only. The last ends at the floor. */
export const archives = platform.table('archives', {
  to: bigint('to_position', { mode: 'bigint' }).primaryKey(),
  from: bigint('from_position', { mode: 'bigint' }).notNull(),
  /** Of the entry at `to`. */
  hash: digestColumn('hash').notNull(),
  /** Of the range over all entries up to `to`. */
  root: digestColumn('root').notNull(),
  fileName: text('file_name').notNull(),
  /** SHA-256 of the file's lines, before they were compressed. */
  fileDigest: digestColumn('file_digest').notNull(),
  /** The checkpoint that the file proves itself with. */
  checkpointSize: bigint('checkpoint_size', { mode: 'bigint' }).notNull(),
  at: instantColumn('at').notNull().defaultNow(),
})

/** Where each stream that has archived events stands at the floor: its last one there. */
export const streamFloors = platform.table('stream_floors', {
  stream: orderedText('stream').primaryKey(),
  seq: bigint('seq', { mode: 'number' }).notNull(),
  head: digestColumn('head').notNull(),
})

/** One row: the log's last position and hash. Its lock makes the sequencer single. */
export const logHead = platform.table(
  'log_head',
  {
    singleton: boolean('singleton').primaryKey().default(true),
    position: bigint('position', { mode: 'bigint' }).notNull(),
    hash: digestColumn('hash').notNull(),
  },
  (table) => [check('log_head_singleton', sql`${table.singleton}`)],
)

/**
 * Complete nodes of the MMR over entry hashes: (h, i) covers leaves [i·2^h, (i+1)·2^h). Of height 0
 * only those archived leaves that the proofs of an archived checkpoint need.
 */
export const logNodes = platform.table(
  'log_nodes',
  {
    height: integer('height').notNull(),
    idx: bigint('idx', { mode: 'number' }).notNull(),
    hash: digestColumn('hash').notNull(),
  },
  (table) => [primaryKey({ columns: [table.height, table.idx] })],
)

/** Signed checkpoints of the log by size; append-only. */
export const checkpoints = platform.table('checkpoints', {
  size: bigint('size', { mode: 'bigint' }).primaryKey(),
  document: text('document').notNull(),
  digest: digestColumn('digest').notNull(),
  at: instantColumn('at').notNull(),
})

/** Hard stops by subject and fact, written by their owner, locked by every guarded mutation. */
export const standing = platform.table(
  'standing',
  {
    subject: orderedText('subject').notNull(),
    fact: orderedText('fact').notNull(),
    blocking: boolean('blocking').notNull(),
    reason: text('reason'),
    /** The role that wrote the fact and alone may change it. */
    owner: text('owner').notNull(),
    updatedAt: instantColumn('updated_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.subject, table.fact] })],
)

/** What each idempotency key answered: a keyed digest of the body, never the body. */
export const idempotency = platform.table(
  'idempotency',
  {
    caller: text('caller').$type<Did>().notNull(),
    key: text('key').$type<Uuid>().notNull(),
    field: text('field').notNull(),
    bodyHmac: digestColumn('body_hmac').notNull(),
    /** Canonical JSON text: ids and log references only. */
    result: text('result').notNull(),
    createdAt: instantColumn('created_at').notNull().defaultNow(),
    owner: ownerColumn(),
  },
  (table) => [
    primaryKey({ columns: [table.caller, table.key] }),
    index('idempotency_created_at').on(table.createdAt),
  ],
)

/** How far each reaction has read the log; its row lock makes the consumer single. */
export const reactions = platform.table('reactions', {
  name: text('name').primaryKey(),
  position: bigint('position', { mode: 'bigint' }).notNull(),
  owner: ownerColumn(),
})

/** Events a reaction gave up on; later events of that stream wait behind them. */
export const parked = platform.table(
  'parked',
  {
    reaction: text('reaction').notNull(),
    stream: orderedText('stream').notNull(),
    position: bigint('position', { mode: 'bigint' }).notNull(),
    errorCode: text('error_code').notNull(),
    tries: integer('tries').notNull(),
    at: instantColumn('at').notNull().defaultNow(),
    owner: ownerColumn(),
  },
  (table) => [primaryKey({ columns: [table.reaction, table.stream, table.position] })],
)

/** When each background worker last proved to be alive; readiness reads it. */
export const heartbeats = platform.table('heartbeats', {
  name: text('name').primaryKey(),
  at: instantColumn('at').notNull(),
  detail: text('detail'),
  owner: ownerColumn(),
})

export type ZoneRow = typeof zone.$inferSelect
export type LogRow = typeof log.$inferSelect
export type ArchiveRow = typeof archives.$inferSelect
export type CheckpointRow = typeof checkpoints.$inferSelect
export type StandingRow = typeof standing.$inferSelect
