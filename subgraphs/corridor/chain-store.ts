/** SQL of a chain that grows: its end under lock, the parts it needs, its receipts and proofs. @module */
import type { Digest } from '@sez/core/digest'
import type { CorridorId } from '@sez/core/ids'
import type { MmrNode } from '@sez/core/mmr'
import type { Tx } from '@sez/platform/db'
import { sql } from 'drizzle-orm'
import type { Sequences } from './domain/part.ts'
import {
  type CorridorParticipantRow,
  type CorridorRow,
  type ReceiptProofRow,
  type ReceiptRow,
  receiptProofs,
} from './tables.ts'

/** A chain's end with all that the next receipt is judged by. */
export interface LockedChain
  extends Pick<
    CorridorRow,
    'id' | 'state' | 'receiptCount' | 'headRoot' | 'peaks' | 'lawpackDigestSet' | 'rulesetDigestSet'
  > {
  readonly participants: readonly Pick<CorridorParticipantRow, 'did' | 'role' | 'entityId'>[]
  /** The size of a part of the receipts' tables, which is the database's to say. */
  readonly receiptsPerPart: number
}

/**
 * Reads a chain's end and holds its row as `lockCorridor` does. Hand-written, as is
 * {@link appendReceipts}: every receipt passes both, and built queries took a quarter of its time.
 */
export async function lockChain(tx: Tx, id: CorridorId): Promise<LockedChain | null> {
  const [row] = await tx.execute<{
    state: CorridorRow['state']
    receipts: number
    head: Digest | null
    peaks: Digest[]
    lawpacks: Digest[] | null
    rulesets: Digest[] | null
    dids: CorridorParticipantRow['did'][]
    roles: string[]
    entities: CorridorParticipantRow['entityId'][]
    part: number
  }>(sql`
    select state, receipt_count as receipts, encode(head_root, 'hex') as head, peaks,
      lawpack_digest_set as lawpacks, ruleset_digest_set as rulesets, dids, roles, entities,
      corridor.receipts_per_part() as part
    from corridor.corridors, lateral (
      select array_agg(did order by position) as dids, array_agg(role order by position) as roles,
        array_agg(entity_id order by position) as entities
      from corridor.participants where corridor_id = corridors.id) as members
    where id = ${id} for no key update of corridors`)
  if (row === undefined) return null
  return {
    id,
    state: row.state,
    receiptCount: row.receipts,
    headRoot: row.head,
    peaks: row.peaks,
    lawpackDigestSet: row.lawpacks,
    rulesetDigestSet: row.rulesets,
    participants: row.dids.map((did, index) => ({
      did,
      role: row.roles[index] ?? '',
      entityId: row.entities[index] ?? null,
    })),
    receiptsPerPart: row.part,
  }
}

/** Makes what is missing of the parts that receipts of these sequences are written to, or come near. */
export async function makeParts(tx: Tx, { first, last }: Sequences): Promise<void> {
  await tx.execute(sql`select corridor.make_receipt_parts(${first}, ${last})`)
}

/** Writes new links and moves the head, in one statement. */
export async function appendReceipts(
  tx: Tx,
  added: {
    readonly receipts: readonly ReceiptRow[]
    readonly proofs: readonly ReceiptProofRow[]
    readonly nodes: readonly MmrNode[]
    readonly corridorId: CorridorId
    readonly head: Pick<CorridorRow, 'receiptCount' | 'headRoot' | 'peaks'>
  },
): Promise<void> {
  const { corridorId, head } = added
  // A leaf is computed from its receipt again, so that half of all appends store no node.
  const nodes = added.nodes.filter(({ height }) => height > 0)
  await tx.execute(sql`
    with receipt as (
      insert into corridor.receipts (corridor_id, sequence, prev_root, next_root, digest, document,
        timestamp, transition_kind, payload_digest, appended_at, appended_by, event_id, event_digest)
      select ${corridorId}, sequence, decode("prevRoot", 'hex'), decode("nextRoot", 'hex'),
        decode(digest, 'hex'), document, timestamp, "transitionKind", decode("payloadDigest", 'hex'),
        "appendedAt", "appendedBy", "eventId", decode("eventDigest", 'hex')
      from json_to_recordset(${JSON.stringify(added.receipts)}::json) as added (
        sequence int, "prevRoot" text, "nextRoot" text, digest text, document text,
        timestamp timestamptz, "transitionKind" text, "payloadDigest" text,
        "appendedAt" timestamptz, "appendedBy" text, "eventId" text, "eventDigest" text)
    ), proof as (
      insert into corridor.receipt_proofs (corridor_id, sequence, position, signer,
        verification_method, created, jws, received_at)
      select ${corridorId}, sequence, position, signer, "verificationMethod", created, jws, "receivedAt"
      from json_to_recordset(${JSON.stringify(added.proofs)}::json) as added (
        sequence int, position smallint, signer text, "verificationMethod" text,
        created timestamptz, jws text, "receivedAt" timestamptz)
    ), node as (
      insert into corridor.mountain_nodes (corridor_id, height, index, hash)
      select ${corridorId}, height, index, decode(hash, 'hex')
      from json_to_recordset(${JSON.stringify(nodes)}::json) as added (
        height smallint, index int, hash text)
    )
    update corridor.corridors set receipt_count = ${head.receiptCount},
      head_root = decode(${head.headRoot}, 'hex'), peaks = ${sql.param([...head.peaks])}::text[]
    where id = ${corridorId}`)
}

export async function insertProofs(tx: Tx, proofs: readonly ReceiptProofRow[]): Promise<void> {
  await tx.insert(receiptProofs).values([...proofs])
}
