/** What the zone log's readers in platform do not read already. @module */
import type { Db } from '@sez/platform/db'
import { zoneKeys } from '@sez/platform/tables'
import { asc } from 'drizzle-orm'

/** The zone's public keys in the order in which they began to sign. */
export async function listZoneKeys(db: Db) {
  return db
    .select({ did: zoneKeys.did, validFrom: zoneKeys.validFrom })
    .from(zoneKeys)
    .orderBy(asc(zoneKeys.validFrom))
}
