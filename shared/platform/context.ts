/**
 * What every resolver is handed: who is asking, for whom we answer, and the zone's ground.
 *
 * @module
 */
import type { Did } from '@sez/core/did'
import type { CorridorId, EntityId, ZoneId } from '@sez/core/ids'
import type { Role } from '@sez/core/roles'
import type { Database } from './db.ts'
import type { Feed } from './feed.ts'
import type { ZoneKeys } from './keys.ts'
import { clockSkewS } from './limits.ts'
import type { Logger } from './log.ts'
import type { Trace } from './tracing.ts'

/** Who is asking. Roles are a set and never an order; the id sets narrow and never widen. */
export interface Caller {
  /** Null for an anonymous caller. */
  readonly did: Did | null
  readonly roles: ReadonlySet<Role>
  /** Null when the token does not narrow to entities. */
  readonly entityIds: ReadonlySet<EntityId> | null
  /** Null when the token does not narrow to corridors. */
  readonly corridorIds: ReadonlySet<CorridorId> | null
  /** When the token ends; streams of this caller end with it. Null for an anonymous caller. */
  readonly expiresAt: Date | null
}

export interface ZoneIdentity {
  readonly zoneId: ZoneId
  readonly name: string
  readonly did: Did
  readonly mode: 'development' | 'production'
}

/** One request, or one event of a subscription: each gets a Context of its own. */
export interface Context {
  readonly caller: Caller
  readonly correlationId: string
  readonly signal: AbortSignal
  /** The work this belongs to, of an operation that is traced. */
  readonly trace?: Trace
  readonly database: Database
  readonly feed: Feed
  readonly zone: ZoneIdentity
  readonly keys: ZoneKeys
  readonly log: Logger
  /** Per-request batching, filled by `loaderOf` (loader.ts). */
  readonly loaders: Map<string, unknown>
  now(): Date
  random(bytes: number): Uint8Array
  /** Nudges the sequencer, so that what was just committed is numbered at once. */
  readonly afterCommit: () => void
}

/** Nobody: no token was sent. */
export const anonymous: Caller = Object.freeze({
  did: null,
  roles: new Set<Role>(),
  entityIds: null,
  corridorIds: null,
  expiresAt: null,
})

/** Whether the caller holds any of these roles. */
export function hasRole(caller: Caller, ...wanted: readonly Role[]): boolean {
  return wanted.some((role) => caller.roles.has(role))
}

/** Whether the caller's token still allows this entity; membership is checked elsewhere. */
export function mayTouchEntity(caller: Caller, id: EntityId): boolean {
  return caller.entityIds === null || caller.entityIds.has(id)
}

/** Whether the caller's token still allows this corridor; participation is checked elsewhere. */
export function mayTouchCorridor(caller: Caller, id: CorridorId): boolean {
  return caller.corridorIds === null || caller.corridorIds.has(id)
}

/** Whether the caller's token has ended, clock skew allowed. */
export function isExpired(caller: Caller, now: Date): boolean {
  return (
    caller.expiresAt !== null && caller.expiresAt.getTime() + clockSkewS * 1_000 <= now.getTime()
  )
}
