/** Reads postmaster.pid: the server's lock, its address, and whether it still lives. @module */
import { execFileSync } from 'node:child_process'
import { linkSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'

/** What the server says of itself in `postmaster.pid`. */
export interface Postmaster {
  readonly pid: number
  readonly port: number
  readonly ready: boolean
}

/**
 * The living server on a data folder, or null. A pid file whose process is gone, or is now some
 * other program (the number was given out again), counts as no server.
 */
export function findPostmaster(data: string): Postmaster | null {
  const lines = pidFileLines(data)
  if (lines === null) return null
  // Lines: pid, data folder, start time, port, socket folder, address, shared memory, status.
  const pid = Number(lines[0])
  if (!Number.isSafeInteger(pid) || pid <= 1) return null
  if (!isServer(pid, lines[1] ?? data)) return null
  return { pid, port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' }
}

/**
 * Takes away a pid file that names a living process which is no Postgres: the server itself would
 * believe it and refuse to start. A file of a dead process stays: in it the server finds the shared
 * memory to look for before it takes over, so that no orphaned backend writes beside it.
 */
export function removeStalePidFile(data: string): void {
  const before = pidFileLines(data)
  const pid = Number(before?.[0])
  if (before === null || !Number.isSafeInteger(pid) || pid <= 1) return
  if (!isAlive(pid) || isServer(pid, before[1] ?? data)) return
  const file = join(data, 'postmaster.pid')
  const aside = `${file}.stale-${process.pid}`
  try {
    renameSync(file, aside)
  } catch {
    return
  }
  // A neighbour may have started a server between the look and the rename: give its file back.
  const taken = readFileSync(aside, 'utf8')
  if (taken !== before.join('\n')) linkSync(aside, file)
  rmSync(aside, { force: true })
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

function pidFileLines(data: string): string[] | null {
  try {
    return readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')
  } catch {
    // Absent, or unreadable to us: then it is not ours to attach to either.
    return null
  }
}

/** The command line tells a postmaster of this folder from whatever else got its number. */
function isServer(pid: number, data: string): boolean {
  if (!isAlive(pid)) return false
  const command = commandOf(pid)
  if (command === null) return true
  const [program = '', ...rest] = command
  return basename(program).startsWith('postgres') && rest.includes(data)
}

function commandOf(pid: number): string[] | null {
  try {
    if (process.platform === 'linux')
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    const line = execFileSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], {
      encoding: 'utf8',
    })
    return line.trim().split(' ')
  } catch {
    // A hidden process table: the pid file is then all there is to go by.
    return null
  }
}
