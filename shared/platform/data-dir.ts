/** Where a zone keeps its files when nobody says where. @module */
import { lstatSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { digestOfBytes } from '@sez/core/digest'
import { closedFolder, dataDirUnwritable, serverUserOf } from './postgres-binaries.ts'

/**
 * `.sez` in `folder`. Root's embedded Postgres runs as another user; where that one cannot pass, as
 * in a home folder of mode 0700, it is a folder in /var/tmp that this checkout always gets.
 *
 * @throws {SezError} `DATA_DIR_UNWRITABLE` when that folder was made by somebody else.
 */
export function defaultDataDir(folder: string): string {
  const preferred = resolve(folder, '.sez')
  if (process.getuid?.() !== 0) return preferred
  if (closedFolder(preferred, serverUserOf(join(preferred, 'postgres', 'data'))) === null) {
    return preferred
  }
  const name = digestOfBytes(new TextEncoder().encode(preferred)).slice(0, 16)
  const shared = join('/var/tmp', `sez-${name}`)
  checkSharedFolder(shared)
  return shared
}

/**
 * Anybody may make a folder in /var/tmp; one that root did not make is not to be trusted.
 *
 * @throws {SezError} `DATA_DIR_UNWRITABLE`.
 */
export function checkSharedFolder(folder: string): void {
  const found = lstatSync(folder, { throwIfNoEntry: false })
  if (found === undefined || (found.uid === 0 && found.isDirectory())) return
  throw dataDirUnwritable(folder, 'somebody else made it')
}
