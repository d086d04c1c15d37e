/** The addresses under which the doctor asks the database of a zone. @module */
import { join } from 'node:path'
import type { Config } from '@sez/platform/config'
import { placeIn, readPassword } from '@sez/platform/postgres-cluster'
import { findPostmaster } from '@sez/platform/postmaster'

interface Address {
  /** The name of its check. */
  readonly name: string
  readonly url: string
  /** The password, where no setting holds it. */
  readonly secret: string | null
}

/** The one that reaches Postgres itself first; none while the embedded server does not run. */
export function addressesOf(config: Config): readonly Address[] {
  const { databaseUrl, databaseDirectUrl, dataDir } = config
  if (databaseUrl === null) {
    const place = placeIn(join(dataDir, 'postgres'))
    const running = findPostmaster(place.data)
    if (running === null) return []
    const secret = readPassword(place)
    const url = `postgres://postgres:${secret}@127.0.0.1:${running.port}/postgres`
    return [{ name: 'database', url, secret }]
  }
  if (databaseDirectUrl === null) return [{ name: 'database', url: databaseUrl, secret: null }]
  return [
    { name: 'database', url: databaseDirectUrl, secret: null },
    { name: 'database through DATABASE_URL', url: databaseUrl, secret: null },
  ]
}
