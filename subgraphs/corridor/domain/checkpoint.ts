/** The state of a chain as the zone signs it: MSEZCorridorStateCheckpoint (spec/24-corridor.md §8). @module */
import type { Digest } from '@sez/core/digest'
import type { CorridorId } from '@sez/core/ids'
import type { JsonObject } from '@sez/core/json'
import { receiptTypes } from '@sez/core/receipt'
import { timestamp } from '@sez/core/timestamp'
import { peaksWithHeights, rangeRoot } from './mountain.ts'

/** A chain with at least one receipt. */
export interface ChainState {
  readonly corridorId: CorridorId
  readonly genesisRoot: Digest
  readonly headRoot: Digest
  readonly receiptCount: number
  readonly peaks: readonly Digest[]
  readonly lawpackDigestSet: readonly Digest[]
  readonly rulesetDigestSet: readonly Digest[]
}

/** The checkpoint of a chain, ready to be signed. */
export function checkpointDocument(chain: ChainState, at: Date): JsonObject {
  const range = { size: chain.receiptCount, peaks: chain.peaks }
  return {
    type: receiptTypes.checkpoint,
    corridor_id: chain.corridorId,
    timestamp: timestamp(at),
    genesis_root: chain.genesisRoot,
    final_state_root: chain.headRoot,
    receipt_count: chain.receiptCount,
    lawpack_digest_set: [...chain.lawpackDigestSet],
    ruleset_digest_set: [...chain.rulesetDigestSet],
    mmr: {
      type: receiptTypes.range,
      algorithm: 'sha256',
      size: chain.receiptCount,
      root: rangeRoot(range),
      peaks: peaksWithHeights(range).map(({ height, hash }) => ({ height, hash })),
    },
  }
}

/** A chain is signed at most this often, and at most about this far behind. */
export const checkpointIntervalMs = 1_000
