/**
 * Resolvers of `type LogReference`: what ties a mutation's answer to its entry in the zone log.
 *
 * @module
 */
import type { EventId } from '@sez/core/ids'
import type { Context } from './context.ts'
import { loaderOf } from './loader.ts'
import type { LogReference } from './outbox.ts'
import { positionsOf } from './zone-log.ts'

/** `eventId` and `digest` are in the row; the position is known once the sequencer numbered it. */
export const logReference = {
  position: (reference: LogReference, _args: unknown, ctx: Context): Promise<bigint | null> =>
    loaderOf<EventId, bigint>(ctx, 'platform.log-positions', (eventIds) =>
      positionsOf(ctx.database.db, eventIds),
    ).load(reference.eventId),
}
