/**
 * The program that appending is measured against: it canonicalizes, digests, verifies and runs the
 * SQL of subgraphs/corridor/chain-store.ts and of the outbox on postgres.js, with one prepared
 * statement after the other in one transaction. It knows no refusals, no roles, no replay, no parts
 * and no GraphQL.
 *
 * @module
 */
import { canonicalize, canonicalText, canonicalizeWithout } from '@sez/core/canonical'
import { didOfVerificationMethod, publicKeyFromDid } from '@sez/core/did'
import { bytesToHex, digest, hexToBytes } from '@sez/core/digest'
import { verify } from '@sez/core/ed25519'
import { mintId } from '@sez/core/ids'
import { invariant } from '@sez/core/invariant'
import type { JsonObject } from '@sez/core/json'
import { leafHash, nodesForAppend } from '@sez/core/mmr'
import { decodeBase64url } from '@sez/core/multibase'
import { timestamp } from '@sez/core/timestamp'
import { randomBytes } from '@sez/platform/clock'
import postgres, { type TransactionSql } from 'postgres'

export interface HandProgram extends AsyncDisposable {
  append(text: string): Promise<void>
}

/** What it reads of a receipt; it trusts that all of it is there. */
interface Receipt extends JsonObject {
  readonly corridor_id: string
  readonly sequence: number
  readonly timestamp: string
  readonly prev_root: string
  readonly next_root: string
  readonly lawpack_digest_set: readonly string[]
  readonly transition: {
    readonly kind: string
    readonly payload: JsonObject
    readonly payload_sha256: string
  }
  readonly proof: {
    readonly created: string
    readonly verificationMethod: string
    readonly jws: string
  }
}

interface Chain {
  readonly state: string
  readonly receipts: number
  readonly head: string
  readonly peaks: string[]
  readonly lawpacks: string[]
  readonly dids: string[]
}

export function openHandProgram(options: {
  /** With the login of the corridor's role. */
  readonly url: string
  readonly connections: number
  readonly zoneId: string
  readonly afterCommit: () => void
}): HandProgram {
  const { url, connections, zoneId, afterCommit } = options
  const sql = postgres(url, {
    max: connections,
    types: { bigint: postgres.BigInt },
    onnotice: () => {},
  })
  return {
    async append(text) {
      const receipt: Receipt = JSON.parse(text)
      const { signer, receiptDigest } = verified(receipt)
      await sql.begin(async (tx) => {
        await tx`select set_config('statement_timeout', ${'5000'}, true),
          set_config('lock_timeout', ${'2000'}, true),
          set_config('idle_in_transaction_session_timeout', ${'10000'}, true)`
        const chain = await lockChain(tx, receipt.corridor_id)
        check(chain, receipt, signer)
        const event = await publish(tx, zoneId, { receipt, signer, receiptDigest })
        await store(tx, chain, { receipt, text, signer, receiptDigest, event })
      })
      afterCommit()
    },
    [Symbol.asyncDispose]: () => sql.end(),
  }
}

function verified(receipt: Receipt) {
  const { proof, transition } = receipt
  const signed = canonicalizeWithout(receipt, ['proof'])
  const signer = didOfVerificationMethod(proof.verificationMethod)
  const isSigned = verify(publicKeyFromDid(signer), signed, decodeBase64url(proof.jws))
  const root = digest(canonicalizeWithout(receipt, ['proof', 'next_root']))
  const payloadDigest = digest(canonicalize(transition.payload))
  invariant(isSigned, 'the receipt is signed')
  invariant(root === receipt.next_root, 'the receipt has the root it claims')
  invariant(payloadDigest === transition.payload_sha256, 'the envelope has the digest it claims')
  return { signer, receiptDigest: digest(signed) }
}

function check(chain: Chain, receipt: Receipt, signer: string): void {
  invariant(chain.state === 'ACTIVE', 'the corridor is active')
  invariant(chain.dids.includes(signer), 'the signer takes part')
  invariant(chain.receipts === receipt.sequence, 'the receipt is the next')
  invariant(chain.head === receipt.prev_root, 'the receipt follows the head')
  invariant(
    chain.lawpacks.every((each) => receipt.lawpack_digest_set.includes(each)),
    'the lawpacks are those of the corridor',
  )
}

async function lockChain(tx: TransactionSql, id: string): Promise<Chain> {
  const [chain] = await tx<Chain[]>`
    select state, receipt_count as receipts, encode(head_root, 'hex') as head, peaks,
      lawpack_digest_set as lawpacks, ruleset_digest_set as rulesets, dids, roles, entities
    from corridor.corridors, lateral (
      select array_agg(did order by position) as dids, array_agg(role order by position) as roles,
        array_agg(entity_id order by position) as entities
      from corridor.participants where corridor_id = corridors.id) as members
    where id = ${id} for no key update of corridors`
  invariant(chain !== undefined, 'the corridor is there')
  return chain
}

interface Taken {
  readonly receipt: Receipt
  readonly signer: string
  readonly receiptDigest: string
}

interface PublishedEvent {
  readonly eventId: string
  readonly eventDigest: string
  readonly now: Date
}

async function publish(
  tx: TransactionSql,
  zoneId: string,
  { receipt, signer, receiptDigest }: Taken,
): Promise<PublishedEvent> {
  const stream = `corridor/${receipt.corridor_id}`
  const [head] = await tx<{ seq: string; head: Uint8Array | null }[]>`
    select seq, head from platform.lock_stream(${stream})`
  invariant(head !== undefined, 'a stream has a head')
  const now = new Date()
  const event = {
    event: 'sez.event.v1',
    eventId: mintId('evt', now, randomBytes(10)),
    zoneId,
    stream,
    streamSeq: Number(head.seq) + 1,
    streamPrev: head.head === null ? null : bytesToHex(head.head),
    type: 'corridor.receipt-appended',
    at: timestamp(now),
    actor: signer,
    data: {
      corridorId: receipt.corridor_id,
      sequence: receipt.sequence,
      prevRoot: receipt.prev_root,
      nextRoot: receipt.next_root,
      receiptDigest,
      signers: [signer],
    },
  }
  const bytes = canonicalize(event)
  const eventDigest = digest(bytes)
  await tx`select platform.append_event(${stream}, ${event.streamSeq}, ${head.head},
    ${event.eventId}, ${canonicalText(bytes)}, ${Buffer.from(hexToBytes(eventDigest))})`
  return { eventId: event.eventId, eventDigest, now }
}

async function store(
  tx: TransactionSql,
  chain: Chain,
  taken: Taken & { readonly text: string; readonly event: PublishedEvent },
): Promise<void> {
  const { receipt, text, signer, receiptDigest, event } = taken
  const { corridor_id: id, sequence, next_root: root, transition, proof } = receipt
  const { peaks, nodes } = grown(chain, root)
  const receipts = [
    {
      sequence,
      prevRoot: receipt.prev_root,
      nextRoot: root,
      digest: receiptDigest,
      document: text,
      timestamp: receipt.timestamp,
      transitionKind: transition.kind,
      payloadDigest: transition.payload_sha256,
      appendedAt: event.now.toISOString(),
      appendedBy: signer,
      eventId: event.eventId,
      eventDigest: event.eventDigest,
    },
  ]
  const proofs = [{ ...proof, sequence, position: 0, signer, receivedAt: event.now.toISOString() }]
  await tx`
    with receipt as (
      insert into corridor.receipts (corridor_id, sequence, prev_root, next_root, digest, document,
        timestamp, transition_kind, payload_digest, appended_at, appended_by, event_id, event_digest)
      select ${id}, sequence, decode("prevRoot", 'hex'), decode("nextRoot", 'hex'),
        decode(digest, 'hex'), document, timestamp, "transitionKind", decode("payloadDigest", 'hex'),
        "appendedAt", "appendedBy", "eventId", decode("eventDigest", 'hex')
      from json_to_recordset(${tx.json(receipts)}::json) as added (
        sequence int, "prevRoot" text, "nextRoot" text, digest text, document text,
        timestamp timestamptz, "transitionKind" text, "payloadDigest" text,
        "appendedAt" timestamptz, "appendedBy" text, "eventId" text, "eventDigest" text)
    ), proof as (
      insert into corridor.receipt_proofs (corridor_id, sequence, position, signer,
        verification_method, created, jws, received_at)
      select ${id}, sequence, position, signer, "verificationMethod", created, jws, "receivedAt"
      from json_to_recordset(${tx.json(proofs)}::json) as added (
        sequence int, position smallint, signer text, "verificationMethod" text,
        created timestamptz, jws text, "receivedAt" timestamptz)
    ), node as (
      insert into corridor.mountain_nodes (corridor_id, height, index, hash)
      select ${id}, height, index, decode(hash, 'hex')
      from json_to_recordset(${tx.json(nodes)}::json) as added (
        height smallint, index int, hash text)
    )
    update corridor.corridors set receipt_count = ${sequence + 1},
      head_root = decode(${root}, 'hex'), peaks = ${peaks}::text[]
    where id = ${id}`
}

/** The peaks after one leaf more, and the nodes above it that it completed. */
function grown(chain: Chain, root: string) {
  const left = [...chain.peaks]
  const nodes = nodesForAppend(chain.receipts, leafHash(root), () => {
    const peak = left.pop()
    invariant(peak !== undefined, 'a range has a peak for every bit of its size')
    // A peak was a digest when it was written.
    return peak as never
  })
  const top = nodes.at(-1)
  invariant(top !== undefined, 'an append gives at least the leaf')
  const above = nodes.filter(({ height }) => height > 0)
  return { peaks: [...left, top.hash], nodes: above.map((node) => ({ ...node })) }
}
