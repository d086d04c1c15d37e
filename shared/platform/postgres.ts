/**
 * The embedded Postgres: made on first use, started or joined, stopped when its owner ends.
 *
 * @module
 */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Logger } from './log.ts'
import { findBinaries, reachableBinaries, serverUserOf } from './postgres-binaries.ts'
import {
  checkVersion,
  initialize,
  type Place,
  placeIn,
  prepareFolder,
  readPassword,
} from './postgres-cluster.ts'
import { Server } from './postgres-server.ts'
import { findPostmaster, type Postmaster } from './postmaster.ts'

/** A running server. Disposing stops it if this process started it, else only lets go. */
export interface EmbeddedPostgres extends AsyncDisposable {
  /** Superuser address of database `postgres`; stays the same when the server is restarted. */
  readonly url: string
  /** The postmaster's process id now. */
  readonly pid: number
  readonly port: number
  /** Whether this call made the data folder. */
  readonly cold: boolean
  /** Whether this process started the server and keeps it running. */
  readonly owned: boolean
}

/**
 * Starts the server of `dataDir`, or joins the one another process of this machine runs there.
 * The owner restarts a server that dies, on the same port; it stops when the owner ends, however
 * that happens (a shell holds a pipe from us and sends a fast shutdown when the pipe closes).
 *
 * @throws {SezError} `PLATFORM_UNSUPPORTED`, `DATA_DIR_UNWRITABLE`, `POSTGRES_UNAVAILABLE`.
 */
export async function startEmbeddedPostgres(options: {
  readonly dataDir: string
  /** Server settings, for tests that trade durability for speed. */
  readonly flags?: Readonly<Record<string, string>>
  readonly log: Pick<Logger, 'info' | 'error'>
}): Promise<EmbeddedPostgres> {
  const dataDir = resolve(options.dataDir)
  const found = findBinaries()
  const place = placeIn(join(dataDir, 'postgres'))
  const user = serverUserOf(place.data)
  prepareFolder(dataDir, user)
  const binaries = reachableBinaries(found, dataDir, user)
  const cold = existsSync(place.data) ? false : await initialize(dataDir, place, binaries, user)
  checkVersion(place, binaries)
  const server = new Server({ place, binaries, user, flags: options.flags ?? {}, log: options.log })
  const { port } = await start(server)
  return {
    url: addressOf(place, port),
    port,
    cold,
    get pid() {
      return server.pid
    },
    owned: server.owned,
    [Symbol.asyncDispose]: () => server.stop(),
  }
}

/**
 * The superuser's address of the server that another process runs on `dataDir`; null when none is
 * ready. Nothing is started.
 *
 * @throws {SezError} `DATA_DIR_UNWRITABLE` when its password may not be read.
 */
export function findEmbeddedPostgres(dataDir: string): string | null {
  const place = placeIn(join(resolve(dataDir), 'postgres'))
  const postmaster = findPostmaster(place.data)
  return postmaster?.ready === true ? addressOf(place, postmaster.port) : null
}

function addressOf(place: Place, port: number): string {
  return `postgres://postgres:${readPassword(place)}@127.0.0.1:${port}/postgres`
}

/** What was spawned and did not get ready is stopped: a start that fails leaves nothing behind. */
async function start(server: Server): Promise<Postmaster> {
  try {
    return await server.start()
  } catch (error) {
    await server.stop()
    throw error
  }
}
