/** One move of an entity: the row it leaves and the link it adds to the history. @module */
import type { Did } from '@sez/core/did'
import type { Digest } from '@sez/core/digest'
import { SezError } from '@sez/core/errors'
import type { EntityRow } from '../tables.ts'
import { type EntityStatus, entityLifecycle, entityMoves, type OfferedEvent } from './lifecycle.ts'
import { distinctRules, listRules, type Problem, textRules } from './rule.ts'
import { sealTransition, type Transition } from './transition.ts'

/** UTF-16 units of a reason. */
export const reasonCharactersMax = 2_000
/** Documents one move rests on. */
export const evidenceMax = 50

/** Who changes a row, when, and which version they decided on. */
export interface Change {
  readonly by: Did
  readonly at: Date
  readonly expectedVersion: number
}

/** A change that moves the entity, with its grounds. */
export interface Act extends Change {
  readonly reason: string | null
  /** The zone's keyed digest of the reason; null without one. */
  readonly reasonHmac: Digest | null
  readonly evidence: readonly Digest[]
}

/** What a move decides. */
export interface Moved {
  readonly entity: EntityRow
  readonly transition: Transition
}

/** What is wrong with the form of a reason. */
export function reasonProblems(reason: string): readonly Problem[] {
  return textRules('input.reason', reason, { charactersMax: reasonCharactersMax })
}

/** What is wrong with the form of a list of evidence. */
export function evidenceProblems(
  evidence: readonly Digest[],
  limits: { readonly itemsMin: number },
): readonly Problem[] {
  const path = 'input.evidence'
  return [
    ...listRules(path, evidence, { itemsMax: evidenceMax, itemsMin: limits.itemsMin }),
    ...distinctRules(path, evidence),
  ]
}

/**
 * Refuses a change that was decided on another version of the entity.
 *
 * @throws {SezError} `VERSION_CONFLICT` with the version it has now.
 */
export function requireVersion(entity: Pick<EntityRow, 'version'>, expectedVersion: number): void {
  if (entity.version === expectedVersion) return
  throw new SezError('VERSION_CONFLICT', {
    field: 'input.expectedVersion',
    expectedVersion,
    version: entity.version,
  })
}

/**
 * The status an event leads to, for a caller who knows the entity as it is.
 *
 * @throws {SezError} `VERSION_CONFLICT`, else `INVALID_TRANSITION`.
 */
export function requireMove(
  entity: EntityRow,
  event: OfferedEvent,
  expectedVersion: number,
): EntityStatus {
  requireVersion(entity, expectedVersion)
  return entityLifecycle.advance(entity.status, event)
}

/**
 * The entity after an event, and the link this adds to its history. Guards of the event are the
 * caller's to check first.
 *
 * @param changes Columns the event sets beside the status.
 * @throws {SezError} `VERSION_CONFLICT`, else `INVALID_TRANSITION`.
 */
export function move(
  entity: EntityRow,
  event: OfferedEvent,
  act: Act,
  changes: Partial<EntityRow> = {},
): Moved {
  const to = requireMove(entity, event, act.expectedVersion)
  const transition = sealTransition({
    entityId: entity.id,
    seq: entity.historySeq + 1,
    from: entity.status,
    to,
    event: entityMoves[event],
    at: act.at,
    actor: act.by,
    reason: act.reason,
    reasonHmac: act.reasonHmac,
    evidence: [...act.evidence],
    prevDigest: entity.historyHead,
  })
  return {
    transition,
    entity: {
      ...changed(entity, act.at, changes),
      status: to,
      historySeq: transition.seq,
      historyHead: transition.digest,
    },
  }
}

/** The next version of a row. Time never runs backwards on it, whatever the clock does. */
export function changed(entity: EntityRow, at: Date, changes: Partial<EntityRow>): EntityRow {
  const updatedAt = at.getTime() < entity.updatedAt.getTime() ? entity.updatedAt : at
  return { ...entity, ...changes, version: entity.version + 1, updatedAt }
}
