/** The data folder of the embedded Postgres: made once, by one process, and checked. @module */
import { execFile } from 'node:child_process'
import {
  accessSync,
  chmodSync,
  chownSync,
  existsSync,
  constants as fileAccess,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { SezError } from '@sez/core/errors'
import { randomBytes } from './clock.ts'
import {
  type Binaries,
  closedFolder,
  dataDirUnwritable,
  platformUnsupported,
  type ServerUser,
} from './postgres-binaries.ts'
import { isAlive } from './postmaster.ts'
import { makeFolder } from './folder.ts'

export interface Place {
  readonly home: string
  readonly data: string
  readonly passwordFile: string
  readonly logFile: string
}

export function placeIn(home: string): Place {
  return {
    home,
    data: join(home, 'data'),
    passwordFile: join(home, 'password'),
    logFile: join(home, 'server.log'),
  }
}

export function prepareFolder(dataDir: string, user: ServerUser | null): void {
  try {
    makeFolder(dataDir)
    accessSync(dataDir, fileAccess.W_OK | fileAccess.X_OK)
  } catch (cause) {
    throw dataDirUnwritable(dataDir, 'this process may not write there', cause)
  }
  const closed = closedFolder(dataDir, user)
  if (closed === null) return
  const who = `the user ${user?.name}, as whom Postgres runs because this process is root`
  throw dataDirUnwritable(dataDir, `${closed} is closed to ${who}`)
}

/** Makes the cluster beside its place and renames it there: of several at once, one wins. */
export async function initialize(
  dataDir: string,
  place: Place,
  binaries: Binaries,
  user: ServerUser | null,
): Promise<boolean> {
  removeDebris(dataDir)
  const draft = placeIn(mkdtempSync(join(dataDir, `postgres-draft-${process.pid}-`)))
  chmodSync(draft.home, 0o711)
  mkdirSync(draft.data, { mode: 0o700 })
  writeFileSync(draft.passwordFile, Buffer.from(randomBytes(24)).toString('base64url'), {
    mode: 0o600,
  })
  if (user !== null) {
    for (const path of [draft.data, draft.passwordFile]) chownSync(path, user.uid, user.gid)
  }
  try {
    await runInitdb(draft, binaries, user)
    if (user !== null) chownSync(draft.passwordFile, 0, 0)
    renameSync(draft.home, place.home)
    return true
  } catch (error) {
    rmSync(draft.home, { recursive: true, force: true })
    if (existsSync(place.data)) return false
    throw error
  }
}

async function runInitdb(place: Place, binaries: Binaries, user: ServerUser | null): Promise<void> {
  const settings = [
    ['-D', place.data],
    ['-U', 'postgres'],
    [`--pwfile=${place.passwordFile}`, '--auth=scram-sha-256', '--encoding=UTF8'],
    // One order of text on every machine, without its locales.
    ['--locale-provider=builtin', '--locale=C.UTF-8'],
    ['--no-sync', '--no-instructions'],
  ].flat()
  try {
    await promisify(execFile)(join(binaries.folder, 'bin', 'initdb'), settings, {
      env: serverEnvironment(),
      cwd: '/',
      ...(user === null ? {} : { uid: user.uid, gid: user.gid }),
    })
  } catch (cause) {
    // The file exists, so it is its loader that does not: a system without glibc.
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') {
      throw platformUnsupported(`${process.platform}-${process.arch} without glibc`, cause)
    }
    const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : ''
    const message = `The embedded Postgres could not make ${place.data}: ${lastLine(said)}`
    throw new SezError('POSTGRES_UNAVAILABLE', {}, { message, cause })
  }
}

/** Drafts of processes that died while making them. */
function removeDebris(dataDir: string): void {
  for (const name of readdirSync(dataDir)) {
    const pid = /^postgres-draft-(\d+)-/u.exec(name)?.[1]
    if (pid !== undefined && !isAlive(Number(pid))) {
      rmSync(join(dataDir, name), { recursive: true, force: true })
    }
  }
}

export function checkVersion(place: Place, binaries: Binaries): void {
  const made = readFile(join(place.data, 'PG_VERSION')).trim()
  const major = binaries.version.split('.')[0]
  if (made === major) return
  const message =
    `The data in ${place.data} was made by Postgres ${made}, the embedded server is ${major}. ` +
    'Move it with the dump and restore of that version, or start over in another SEZ_DATA_DIR.'
  throw new SezError('POSTGRES_UNAVAILABLE', { made }, { message })
}

export function readPassword(place: Place): string {
  return readFile(place.passwordFile).trim()
}

export function readFile(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw dataDirUnwritable(path, 'this process may not read it', cause)
  }
}

/** What the programs of Postgres get of our environment: nothing that could change them. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], LC_ALL: 'C' }
}

/** The line of a program's output that says why it failed. */
export function lastLine(text: string): string {
  const lines = text.trim().split('\n')
  return (
    lines.findLast((line) => /FATAL|PANIC|error/iu.test(line)) ?? lines.at(-1) ?? 'no reason given'
  )
}
