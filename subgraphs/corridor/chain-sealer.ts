/**
 * Signs where the chains stand, each at most once a second and at most a second behind
 * (spec/24-corridor.md §8). A loop of its own and no reaction: a reaction's transaction would hold
 * the streams of all chains it signs until its whole batch is done, and appends would wait for it.
 *
 * @module
 */
import { canonicalize, canonicalText } from '@sez/core/canonical'
import type { CorridorId } from '@sez/core/ids'
import { invariant } from '@sez/core/invariant'
import { documentDigest } from '@sez/core/proof'
import type { Role } from '@sez/core/roles'
import type { Caller } from '@sez/platform/context'
import { heartbeatOf } from '@sez/platform/heartbeat'
import type { ReactionGround } from '@sez/platform/reactions'
import type { BackgroundWork } from '@sez/platform/subgraph'
import { startWorker } from '@sez/platform/worker'
import { limitTime } from '@sez/platform/write'
import { checkpointDocument, checkpointIntervalMs } from './domain/checkpoint.ts'
import { rangeRoot } from './domain/mountain.ts'
import { corridorCheckpointed } from './events.ts'
import * as checkpointStore from './checkpoint-store.ts'
import * as store from './store.ts'

const name = 'corridor chain sealer'
const pollMs = 200
const chainsPerStep = 100

export const chainSealer: BackgroundWork = {
  name,
  start(ground) {
    const beat = heartbeatOf(ground.database, name, () => ground.now())
    let seen = -1n
    let isOwing = true
    return startWorker({
      name,
      pollMs,
      log: ground.log,
      async step() {
        const { position } = ground.feed.head()
        // Without anything new in the log and with every chain signed there is nothing to look for.
        if (position !== seen || isOwing) {
          isOwing = (await sealChains(ground)) > 0
          seen = position
        }
        await beat()
        return false
      },
    })
  },
}

/** Signs every chain that is due, and answers how many have receipts under no checkpoint yet. */
export async function sealChains(ground: ReactionGround): Promise<number> {
  const { db } = ground.database
  const unsealed = await checkpointStore.listUnsealed(db, chainsPerStep)
  const nowMs = ground.now().getTime()
  // A clock set back must not leave a chain unsigned until it has caught up.
  const due = unsealed.filter(
    ({ sealedAt }) =>
      sealedAt === null || Math.abs(nowMs - sealedAt.getTime()) >= checkpointIntervalMs,
  )
  for (const { id } of due) await sealChain(ground, id)
  if (due.length > 0) ground.afterCommit()
  return unsealed.length
}

async function sealChain(ground: ReactionGround, id: CorridorId): Promise<void> {
  await ground.database.db.transaction(async (tx) => {
    const [, isMine] = await Promise.all([limitTime(tx), checkpointStore.tryLockSealing(tx, id)])
    if (!isMine) return
    // One snapshot of a row that only grows: no lock, so that appends do not wait for a signature.
    const [corridor, last] = await Promise.all([
      store.findCorridors(tx, [id]).then((rows) => rows.get(id)),
      checkpointStore.findLatestCheckpoint(tx, id),
    ])
    invariant(corridor !== undefined, 'a corridor is never deleted')
    const { receiptCount, headRoot, genesisRoot, peaks } = corridor
    if ((last?.receiptCount ?? 0) >= receiptCount) return
    invariant(headRoot !== null && genesisRoot !== null, 'a chain with receipts has roots')
    const at = ground.now()
    const chain = {
      corridorId: id,
      genesisRoot,
      headRoot,
      receiptCount,
      peaks,
      lawpackDigestSet: corridor.lawpackDigestSet ?? [],
      rulesetDigestSet: corridor.rulesetDigestSet ?? [],
    }
    const document = ground.keys.signDocument(checkpointDocument(chain, at), at)
    const checkpoint = {
      corridorId: id,
      receiptCount,
      digest: documentDigest(document),
      finalStateRoot: headRoot,
      mmrRoot: rangeRoot({ size: receiptCount, peaks }),
      document: canonicalText(canonicalize(document)),
      at,
    }
    const log = await corridorCheckpointed(tx, publisherOf(ground), checkpoint)
    await checkpointStore.insertCheckpoint(tx, {
      ...checkpoint,
      eventId: log.eventId,
      eventDigest: log.digest,
    })
  })
}

/** The zone itself acts. */
function publisherOf(ground: ReactionGround) {
  const caller: Caller = {
    did: ground.zone.did,
    roles: new Set<Role>(['SYSTEM']),
    entityIds: null,
    corridorIds: null,
    expiresAt: null,
  }
  const { zone } = ground
  return { caller, zone, now: () => ground.now(), random: (bytes: number) => ground.random(bytes) }
}
