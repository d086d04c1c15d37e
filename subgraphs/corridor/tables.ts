/**
 * Postgres schema `corridor`. Receipts, their proofs, the nodes of the mountain range, checkpoints
 * and documents are append-only by trigger (drizzle/corridor); only a corridor's own row changes.
 *
 * @module
 */
import type { Did } from '@sez/core/did'
import type { Digest } from '@sez/core/digest'
import type { CorridorId, EntityId, EventId, ZoneId } from '@sez/core/ids'
import { digestColumn, instantColumn, orderedText } from '@sez/platform/columns'
import {
  index,
  integer,
  jsonb,
  pgSchema,
  primaryKey,
  smallint,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core'
import { corridorDocumentKinds } from './domain/credential.ts'
import { corridorStates } from './domain/lifecycle.ts'
import type { Threshold } from './domain/threshold.ts'

export const schema = pgSchema('corridor')

export const corridors = schema.table(
  'corridors',
  {
    id: orderedText('id').$type<CorridorId>().primaryKey(),
    title: text().notNull(),
    state: text({ enum: corridorStates }).notNull(),
    version: integer().notNull(),
    hostZoneId: text('host_zone_id').$type<ZoneId>(),
    hostAuthority: text('host_authority').$type<Did>(),
    definitionDigest: digestColumn('definition_digest'),
    agreementSetDigest: digestColumn('agreement_set_digest'),
    genesisRoot: digestColumn('genesis_root'),
    activationThresholds: jsonb('activation_thresholds').$type<readonly Threshold[]>(),
    receiptThresholds: jsonb('receipt_thresholds').$type<readonly Threshold[]>(),
    lawpackDigestSet: text('lawpack_digest_set').array().$type<Digest[]>(),
    rulesetDigestSet: text('ruleset_digest_set').array().$type<Digest[]>(),
    /** The chain's end. Rows of one chain are written under the lock of this row. */
    receiptCount: integer('receipt_count').notNull(),
    headRoot: digestColumn('head_root'),
    /** Hashes of the mountain range's peaks from the left; their heights are the bits of the count. */
    peaks: text().array().$type<Digest[]>().notNull(),
    createdAt: instantColumn('created_at').notNull(),
    updatedAt: instantColumn('updated_at').notNull(),
  },
  (table) => [
    index('corridors_created_at_id').on(table.createdAt, table.id),
    index('corridors_state_id').on(table.state, table.id),
  ],
)

export const participants = schema.table(
  'participants',
  {
    corridorId: orderedText('corridor_id')
      .$type<CorridorId>()
      .notNull()
      .references(() => corridors.id),
    position: smallint().notNull(),
    did: text().$type<Did>().notNull(),
    role: text().notNull(),
    entityId: text('entity_id').$type<EntityId>(),
  },
  (table) => [
    primaryKey({ columns: [table.corridorId, table.did] }),
    index('participants_did').on(table.did, table.corridorId),
  ],
)

export const documents = schema.table(
  'documents',
  {
    corridorId: orderedText('corridor_id')
      .$type<CorridorId>()
      .notNull()
      .references(() => corridors.id),
    position: integer().notNull(),
    kind: text({ enum: corridorDocumentKinds }).notNull(),
    digest: digestColumn('digest').notNull(),
    /** As received, never rewritten. */
    document: text().notNull(),
    receivedAt: instantColumn('received_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.corridorId, table.position] }),
    uniqueIndex('documents_corridor_id_digest').on(table.corridorId, table.digest),
  ],
)

// The tables that grow with every receipt have no foreign key: it would cost a lookup per row and
// guard nothing, since a corridor is never deleted.

export const receipts = schema.table(
  'receipts',
  {
    corridorId: orderedText('corridor_id').$type<CorridorId>().notNull(),
    sequence: integer().notNull(),
    prevRoot: digestColumn('prev_root').notNull(),
    nextRoot: digestColumn('next_root').notNull(),
    digest: digestColumn('digest').notNull(),
    /** As received, never rewritten. */
    document: text().notNull(),
    timestamp: instantColumn('timestamp').notNull(),
    transitionKind: text('transition_kind'),
    payloadDigest: digestColumn('payload_digest'),
    appendedAt: instantColumn('appended_at').notNull(),
    appendedBy: text('appended_by').$type<Did>(),
    eventId: text('event_id').$type<EventId>().notNull(),
    eventDigest: digestColumn('event_digest').notNull(),
  },
  // In parts by sequence, as are their proofs. Each part has a unique index on the root, which
  // stands in no statement about the whole table (drizzle/corridor/0002_receipt_parts.sql).
  (table) => [primaryKey({ columns: [table.corridorId, table.sequence] })],
)

export const receiptProofs = schema.table(
  'receipt_proofs',
  {
    corridorId: orderedText('corridor_id').$type<CorridorId>().notNull(),
    sequence: integer().notNull(),
    position: smallint().notNull(),
    signer: text().$type<Did>().notNull(),
    verificationMethod: text('verification_method').notNull(),
    created: instantColumn('created').notNull(),
    jws: text().notNull(),
    receivedAt: instantColumn('received_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.corridorId, table.sequence, table.position] }),
    // One proof is one (verificationMethod, jws), however often it is sent.
    uniqueIndex('receipt_proofs_proof').on(
      table.corridorId,
      table.sequence,
      table.verificationMethod,
      table.jws,
    ),
  ],
)

/**
 * Node (h, i) covers the leaves from i·2^h to (i+1)·2^h − 1. Full nodes of height 1 and more are
 * stored; a leaf is computed from its receipt.
 */
export const mountainNodes = schema.table(
  'mountain_nodes',
  {
    corridorId: orderedText('corridor_id').$type<CorridorId>().notNull(),
    height: smallint().notNull(),
    index: integer().notNull(),
    hash: digestColumn('hash').notNull(),
  },
  (table) => [primaryKey({ columns: [table.corridorId, table.height, table.index] })],
)

export const checkpoints = schema.table(
  'checkpoints',
  {
    corridorId: orderedText('corridor_id').$type<CorridorId>().notNull(),
    receiptCount: integer('receipt_count').notNull(),
    digest: digestColumn('digest').notNull(),
    finalStateRoot: digestColumn('final_state_root').notNull(),
    mmrRoot: digestColumn('mmr_root').notNull(),
    document: text().notNull(),
    at: instantColumn('at').notNull(),
    eventId: text('event_id').$type<EventId>().notNull(),
    eventDigest: digestColumn('event_digest').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.corridorId, table.receiptCount] }),
    uniqueIndex('checkpoints_digest').on(table.digest),
  ],
)

export type CorridorRow = typeof corridors.$inferSelect
export type CorridorParticipantRow = typeof participants.$inferSelect
export type CorridorDocumentRow = typeof documents.$inferSelect
export type ReceiptRow = typeof receipts.$inferSelect
export type ReceiptProofRow = typeof receiptProofs.$inferSelect
export type CorridorCheckpointRow = typeof checkpoints.$inferSelect
