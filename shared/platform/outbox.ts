/**
 * What a mutation tells the world: one event in its stream, written in the mutation's transaction
 * (spec/20-events.md §2–3).
 *
 * @module
 */
import { canonicalize, canonicalText } from '@sez/core/canonical'
import type { Did } from '@sez/core/did'
import { bytesToHex, type Digest, digest, hexToBytes, parseDigest } from '@sez/core/digest'
import { SezError } from '@sez/core/errors'
import { type EventId, mintId, type ZoneId } from '@sez/core/ids'
import { invariant } from '@sez/core/invariant'
import type { JsonObject } from '@sez/core/json'
import { type Timestamp, timestamp } from '@sez/core/timestamp'
import { sql } from 'drizzle-orm'
import type { Context } from './context.ts'
import type { Tx } from './db.ts'
import { eventBytesMax } from './limits.ts'

/**
 * Where an event is found: its id, and the digest of its canonical text. A type alias, since an
 * interface would not be accepted as a JsonObject.
 */
export type LogReference = { readonly eventId: EventId; readonly digest: Digest }

/** What a subgraph wants to tell. No personal data, nor an unkeyed digest of what can be guessed. */
export interface EventDraft {
  /** What one outsider may follow whole: `entity/<id>`, `corridor/<id>`. */
  readonly stream: string
  /** Past tense, after its subgraph: `entity.submitted`. */
  readonly type: string
  readonly data: JsonObject
}

/** An event as it is hashed. */
export interface SezEvent {
  readonly event: 'sez.event.v1'
  readonly eventId: EventId
  readonly zoneId: ZoneId
  readonly stream: string
  /** Dense, from 1. */
  readonly streamSeq: number
  /** Digest of the stream's previous event; null in the first. */
  readonly streamPrev: Digest | null
  readonly type: string
  readonly at: Timestamp
  /** Who acted; null when nobody was asked. */
  readonly actor: Did | null
  readonly data: JsonObject
}

const streamForm = /^[a-z][a-z-]{0,31}\/[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/u
const typeForm = /^[a-z][a-z-]{0,31}\.[a-z][a-z0-9-]{0,63}$/u
const eventIdRandomBytes = 10

/**
 * Appends an event to its stream. It enters the zone log if, and only if, `tx` commits.
 *
 * The stream stays locked until then: publish last, and where one transaction speaks in several
 * streams, in ascending order of their names. The database checks sequence, digest and size again.
 *
 * @throws {SezError} `EVENT_TOO_LARGE` beyond 64 KiB of canonical text.
 */
export async function publish(
  tx: Tx,
  ctx: Pick<Context, 'caller' | 'zone' | 'now' | 'random'>,
  draft: EventDraft,
): Promise<LogReference> {
  invariant(streamForm.test(draft.stream), `a stream is kind/id, not ${draft.stream}`)
  invariant(typeForm.test(draft.type), `an event type is subgraph.fact, not ${draft.type}`)
  const [head] = await tx.execute<{ seq: string; head: Uint8Array | null }>(
    sql`select seq, head from platform.lock_stream(${draft.stream})`,
  )
  invariant(head !== undefined, 'lock_stream answers one row')
  const now = ctx.now()
  const event = {
    event: 'sez.event.v1',
    eventId: mintId('evt', now, ctx.random(eventIdRandomBytes)),
    zoneId: ctx.zone.zoneId,
    stream: draft.stream,
    streamSeq: Number(head.seq) + 1,
    streamPrev: head.head === null ? null : parseDigest(bytesToHex(head.head)),
    type: draft.type,
    at: timestamp(now),
    actor: ctx.caller.did,
    data: draft.data,
  } satisfies SezEvent
  const bytes = canonicalize(event)
  if (bytes.length > eventBytesMax) {
    throw new SezError('EVENT_TOO_LARGE', { bytes: bytes.length, bytesMax: eventBytesMax })
  }
  const reference = { eventId: event.eventId, digest: digest(bytes) }
  await tx.execute(
    sql`select platform.append_event(${event.stream}, ${event.streamSeq}, ${head.head},
      ${event.eventId}, ${canonicalText(bytes)}, ${Buffer.from(hexToBytes(reference.digest))})`,
  )
  return reference
}

// The canonical form sorts names, so after `data` these always stand in this order, and inside a
// JSON string the quotes of such a name would be escaped.
const tailStart = '"streamPrev":'
const tailForm =
  /^"streamPrev":(?:null|"([0-9a-f]{64})"),"streamSeq":\d+,"type":"([a-z0-9.-]+)","zoneId":"[^"]*"\}$/u

/** The two facts of an event that the log keeps in no column, without parsing all of its text. */
export function readTail(canonical: string): { streamPrev: Digest | null; type: string } {
  const found = tailForm.exec(canonical.slice(canonical.lastIndexOf(tailStart)))
  const [, streamPrev, type] = found ?? []
  invariant(type !== undefined, 'a logged event ends as spec/20-events.md §2 says')
  return { streamPrev: streamPrev === undefined ? null : parseDigest(streamPrev), type }
}
