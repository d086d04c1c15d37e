/** Who a zone is, and the key it signs with. @module */
import { join } from 'node:path'
import type { Config } from '@sez/platform/config'
import type { ZoneIdentity } from '@sez/platform/context'
import type { Database } from '@sez/platform/db'
import { loadZoneKeys, type ZoneKeys } from '@sez/platform/keys'
import { registerZoneKey, requireZoneKey } from '@sez/platform/zone-key'

/** The zone's keys, from the configured file or in development from one in the data folder. */
export function openKeys(config: Config): ZoneKeys {
  const file = config.zoneKeyFile ?? join(config.dataDir, 'zone-key.json')
  return loadZoneKeys({ file, mode: config.mode })
}

/** What the zone says of itself. */
export function identityOf(config: Config, keys: ZoneKeys): ZoneIdentity {
  return { zoneId: config.zoneId, name: config.zoneName, did: keys.did, mode: config.mode }
}

/** Puts the key on record where the log is kept, before anything is signed with it. */
export async function registerKey({ db }: Database, keys: ZoneKeys): Promise<void> {
  await db.transaction((tx) => registerZoneKey(tx, keys.did))
}

/**
 * Refuses to work with a key that the log's process has not put on record.
 *
 * @throws {SezError} `ZONE_KEY_UNREGISTERED`.
 */
export function requireKey({ db }: Database, keys: ZoneKeys): Promise<void> {
  return requireZoneKey(db, keys.did)
}
