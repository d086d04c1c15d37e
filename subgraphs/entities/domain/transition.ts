/**
 * The history of an entity as a chain: each move holds the digest of the one before
 * (spec/23-entities.md §5).
 *
 * The text of a reason may name people, so the chain holds a digest of it that only the zone can
 * compute: the text can be erased and the chain still verifies.
 *
 * @module
 */
import { canonicalize } from '@sez/core/canonical'
import type { Did } from '@sez/core/did'
import { type Digest, digest } from '@sez/core/digest'
import type { EntityId } from '@sez/core/ids'
import { timestamp } from '@sez/core/timestamp'
import type { EntityMove, EntityStatus } from './lifecycle.ts'

/** One move, before the zone log gave it a place. */
export interface Transition {
  readonly entityId: EntityId
  /** From 1, without gaps. */
  readonly seq: number
  readonly from: EntityStatus | null
  readonly to: EntityStatus
  readonly event: EntityMove | null
  readonly at: Date
  readonly actor: Did
  readonly reason: string | null
  readonly reasonHmac: Digest | null
  readonly evidence: Digest[]
  readonly digest: Digest
  readonly prevDigest: Digest | null
}

/** Everything of a move but its digest. */
export type TransitionFacts = Omit<Transition, 'digest'>

/** The move with its digest. */
export function sealTransition(facts: TransitionFacts): Transition {
  return { ...facts, digest: transitionDigest(facts) }
}

/** The SHA-256 of the move's canonical document; the reason enters by its keyed digest. */
export function transitionDigest(facts: TransitionFacts): Digest {
  return digest(
    canonicalize({
      transition: 'sez.entity.transition.v1',
      entityId: facts.entityId,
      seq: facts.seq,
      from: facts.from,
      to: facts.to,
      event: facts.event,
      at: timestamp(facts.at),
      actor: facts.actor,
      reasonHmac: facts.reasonHmac,
      evidence: [...facts.evidence],
      prevDigest: facts.prevDigest,
    }),
  )
}

/**
 * Whether a stretch of a history, oldest first, continues the chain after `previous`: counted
 * without gaps, each digest right, each linked to the one before and starting where that ended.
 *
 * @param previous Null where the history begins.
 */
export function isChainValid(stretch: readonly Transition[], previous: Transition | null): boolean {
  let last = previous
  for (const each of stretch) {
    const isNext =
      each.seq === (last?.seq ?? 0) + 1 &&
      each.prevDigest === (last?.digest ?? null) &&
      each.from === (last?.to ?? null) &&
      each.digest === transitionDigest(each)
    if (!isNext) return false
    last = each
  }
  return true
}
