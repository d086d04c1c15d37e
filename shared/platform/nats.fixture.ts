/** A nats-server of one's own that can be killed, and a wire to it that can be cut. @module */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { invariant } from '@sez/core/invariant'
import { until } from './database.fixture.ts'

/** Where Debian puts it is not in everybody's path. */
const path = `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin`

/** Whether this machine has no nats-server; said aloud, since tests are skipped then. */
export const isNatsMissing =
  spawnSync('nats-server', ['--version'], { env: { PATH: path } }).status !== 0
if (isNatsMissing) {
  process.stderr.write('\nSKIPPED: the tests of the carrier need nats-server in the path\n\n')
}

export interface TestNats extends AsyncDisposable {
  readonly url: string
  readonly port: number
  /** Ends the process at once; what it has acknowledged is on disk. */
  kill(): Promise<void>
  /** Starts it again on the same port and files. */
  start(): Promise<void>
}

/** Starts a server with JetStream on files of its own. */
export async function openNats(settings: readonly string[] = []): Promise<TestNats> {
  const folder = mkdtempSync(join(tmpdir(), 'sez-nats-'))
  const port = await freePort()
  let child: ChildProcess | null = null
  const start = async (): Promise<void> => {
    const flags = ['-js', '-a', '127.0.0.1', '-p', String(port), '-sd', folder, ...settings]
    child = spawn('nats-server', flags, { env: { PATH: path }, stdio: 'ignore' })
    await until('nats-server listens', () => isListening(port))
  }
  const kill = async (): Promise<void> => {
    const running = child
    child = null
    if (running === null) return
    const ended = once(running, 'exit')
    running.kill('SIGKILL')
    await ended
  }
  await start()
  return {
    url: `nats://127.0.0.1:${port}`,
    port,
    kill,
    start,
    async [Symbol.asyncDispose]() {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export interface Wire extends AsyncDisposable {
  readonly url: string
  /** How many connections it has carried. */
  readonly connections: () => number
  /** How many bytes have gone from its callers to the server. */
  readonly bytesUp: () => number
  /** Cuts every connection, in the middle of whatever is under way. */
  cut(): void
}

/** A way to `port` whose connections can be cut. */
export async function openWire(port: number): Promise<Wire> {
  const open = new Set<Socket>()
  let connections = 0
  let bytesUp = 0
  const server = createServer((near) => {
    connections += 1
    const far = connect(port, '127.0.0.1')
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from)
      from.pipe(to)
      from.on('error', () => to.destroy())
      from.on('close', () => {
        open.delete(from)
        to.destroy()
      })
    }
    near.on('data', (chunk) => {
      bytesUp += chunk.length
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  invariant(typeof address === 'object' && address !== null, 'a TCP server has a port')
  const cut = (): void => {
    for (const socket of open) socket.destroy()
  }
  return {
    url: `nats://127.0.0.1:${address.port}`,
    connections: () => connections,
    bytesUp: () => bytesUp,
    cut,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      cut()
      await closed
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  invariant(typeof address === 'object' && address !== null, 'a TCP server has a port')
  server.close()
  await once(server, 'close')
  return address.port
}

/** The server greets as soon as it serves. */
async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'data')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
