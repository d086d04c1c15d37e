/** Which keys sign for this zone, and from which log position on. @module */
import type { Did } from '@sez/core/did'
import { SezError } from '@sez/core/errors'
import { sql } from 'drizzle-orm'
import type { Db, Tx } from './db.ts'
import { zoneKeys } from './tables.ts'
import { latestCheckpoint } from './zone-log.ts'

/** One sealer at a time in a zone; taken for one transaction, so a dead one blocks nobody. */
export const sealerLockKey = 7_305_003

/**
 * Publishes the key the zone signs with now. A key that is already among the newest is left as it
 * is; another one is valid from the first position that no checkpoint covers yet, since the next
 * checkpoint is signed with it. The older stay listed, so that what they signed can be verified.
 *
 * It waits for a checkpoint in the making, which the key before signs.
 */
export async function registerZoneKey(tx: Tx, did: Did): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(${sealerLockKey})`)
  if ((await newestKeys(tx)).includes(did)) return
  const sealed = (await latestCheckpoint(tx))?.size ?? 0n
  await tx
    .insert(zoneKeys)
    .values({ did, validFrom: sealed + 1n })
    .onConflictDoNothing()
}

/**
 * Refuses a key that the zone does not sign with: what it signed would prove nothing.
 *
 * @throws {SezError} `ZONE_KEY_UNREGISTERED`.
 */
export async function requireZoneKey(db: Db | Tx, did: Did): Promise<void> {
  if (!(await newestKeys(db)).includes(did)) throw new SezError('ZONE_KEY_UNREGISTERED', { did })
}

async function newestKeys(db: Db | Tx): Promise<readonly Did[]> {
  const rows = await db
    .select({ did: zoneKeys.did })
    .from(zoneKeys)
    .where(sql`${zoneKeys.validFrom} = (select max(valid_from) from platform.zone_keys)`)
  return rows.map(({ did }) => did)
}
