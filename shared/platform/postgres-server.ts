/** One server on one data folder: started or joined, watched, restarted, stopped. @module */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, renameSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { SezError } from '@sez/core/errors'
import { invariant } from '@sez/core/invariant'
import type { Logger } from './log.ts'
import type { Binaries, ServerUser } from './postgres-binaries.ts'
import { lastLine, type Place, readFile, serverEnvironment } from './postgres-cluster.ts'
import { findPostmaster, isAlive, type Postmaster, removeStalePidFile } from './postmaster.ts'

const startTimeoutMs = 60_000
const stopTimeoutMs = 15_000
const pollMs = 15
const startTriesMax = 10
/** A reason that no waiting cures is not tried as often. */
const startTriesBlindMax = 3
const restartDelayMaxMs = 2_000
const serverLogBytesMax = 10 * 1024 * 1024

/** Loopback only, no unix socket (its path may be too long), no values in the server's log. */
const serverSettings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  log_destination: 'stderr',
  log_error_verbosity: 'terse',
  log_timezone: 'UTC',
  timezone: 'UTC',
}

/**
 * $0 is the server, started before the traps so that it does not inherit them. The reader of
 * stdin sees our end of the pipe close and asks for a fast shutdown; the shell ends with the
 * server. A session of its own keeps Ctrl-C away, so that the application drains first.
 */
const watchdog = `
"$0" "$@" </dev/null & server=$!
exec 3<&0
trap '' INT HUP TERM
( cat <&3 >/dev/null; kill -INT $server 2>/dev/null ) & reader=$!
wait $server; status=$?
kill -KILL $reader 2>/dev/null
exit $status`

interface ServerOptions {
  readonly place: Place
  readonly binaries: Binaries
  readonly user: ServerUser | null
  readonly flags: Readonly<Record<string, string>>
  readonly log: Pick<Logger, 'info' | 'error'>
}

/** One server of one data folder, seen from one process. */
export class Server {
  readonly #options: ServerOptions
  #child: ChildProcess | null = null
  #postmaster: Postmaster | null = null
  #stopping = false
  #owned = false
  #restart: Promise<void> = Promise.resolve()

  constructor(options: ServerOptions) {
    this.#options = options
  }

  get owned(): boolean {
    return this.#owned
  }

  get pid(): number {
    invariant(this.#postmaster !== null, 'a server has a pid once it was started')
    return this.#postmaster.pid
  }

  /** Ready as soon as the pid file says so, whoever started the server. */
  async start(portWanted: number | null = null): Promise<Postmaster> {
    const { data } = this.#options.place
    const deadline = performance.now() + startTimeoutMs
    let port = portWanted ?? lastPortOf(data) ?? (await freePort())
    for (let tries = 0; performance.now() < deadline; ) {
      const postmaster = findPostmaster(data)
      if (postmaster?.ready === true) {
        this.#postmaster = postmaster
        this.#owned = this.#child !== null && postmaster.port === port
        return postmaster
      }
      if (postmaster === null && this.#child === null) {
        const triesMax = isPassing(this.#reason()) ? startTriesMax : startTriesBlindMax
        if (tries === triesMax) break
        if (tries > 0) await delay(pollMs * 2 ** Math.min(tries, 5))
        // Another program may have taken the port since it was found free.
        if (tries > 0 && portWanted === null) port = await freePort()
        removeStalePidFile(data)
        this.#spawn(port)
        tries += 1
      }
      await delay(pollMs)
    }
    const message = `The embedded Postgres did not start: ${this.#reason()}`
    throw new SezError('POSTGRES_UNAVAILABLE', {}, { message })
  }

  #reason(): string {
    const { logFile } = this.#options.place
    return existsSync(logFile) ? lastLine(readFile(logFile)) : ''
  }

  async stop(): Promise<void> {
    this.#stopping = true
    await this.#restart
    const child = this.#child
    if (child === null) return
    child.ref()
    const ended = new Promise<void>((done) => child.once('exit', () => done()))
    child.stdin?.destroy()
    const postmaster = this.#postmaster
    const timer = setTimeout(() => {
      if (postmaster !== null && isAlive(postmaster.pid)) process.kill(postmaster.pid, 'SIGQUIT')
    }, stopTimeoutMs)
    await ended
    clearTimeout(timer)
  }

  #spawn(port: number): void {
    const { place, binaries, user, flags } = this.#options
    rotateLog(place.logFile)
    const settings = Object.entries({ ...serverSettings, port: String(port), ...flags })
    const server = join(binaries.folder, 'bin', 'postgres')
    const args = [
      '-D',
      place.data,
      ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ]
    const logFile = openSync(place.logFile, 'a', 0o600)
    const child = spawn('/bin/sh', ['-c', watchdog, server, ...args], {
      detached: true,
      cwd: '/',
      env: serverEnvironment(),
      stdio: ['pipe', logFile, logFile],
      ...(user === null ? {} : { uid: user.uid, gid: user.gid }),
    })
    closeSync(logFile)
    // The pipe breaks when the server ends; that is what the exit below reports.
    child.stdin?.on('error', () => {})
    child.unref()
    this.#child = child
    child.once('error', () => this.#ended(child))
    child.once('exit', () => this.#ended(child))
  }

  #ended(child: ChildProcess): void {
    if (this.#child !== child) return
    child.stdin?.destroy()
    this.#child = null
    if (this.#owned && !this.#stopping) this.#restart = this.#revive()
  }

  /** A server that dies under us comes back on its port, so that every pool finds it again. */
  async #revive(): Promise<void> {
    const { log } = this.#options
    const port = this.#postmaster?.port ?? null
    log.error({ port }, 'the embedded Postgres ended unexpectedly and is started again')
    for (let delayMs = 50; !this.#stopping; delayMs = Math.min(delayMs * 2, restartDelayMaxMs)) {
      try {
        const { pid } = await this.start(port)
        log.info({ port, pid }, 'the embedded Postgres is back')
        return
      } catch (error) {
        log.error({ err: error }, 'the embedded Postgres did not come back')
        await delay(delayMs)
      }
    }
  }
}

/** A taken port, a neighbour that starts it, backends of a killed server that still live. */
function isPassing(reason: string): boolean {
  return /in use|TCP\/IP sockets|lock file|starting up|shutting down/u.test(reason)
}

/**
 * The port it had before, which whoever joined it then still tries: Postgres keeps how it was started
 * beside its data.
 */
function lastPortOf(data: string): number | null {
  const file = join(data, 'postmaster.opts')
  const port = existsSync(file) ? /"port=(\d{1,5})"/u.exec(readFile(file))?.[1] : undefined
  return port === undefined ? null : Number(port)
}

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((done, fail) => {
    probe.once('error', fail)
    probe.listen(0, '127.0.0.1', done)
  })
  const address = probe.address()
  await new Promise<void>((done) => probe.close(() => done()))
  invariant(address !== null && typeof address === 'object', 'a TCP listener has a port')
  return address.port
}

function rotateLog(file: string): void {
  if (existsSync(file) && statSync(file).size > serverLogBytesMax) renameSync(file, `${file}.1`)
}
