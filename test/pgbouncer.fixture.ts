/** Debian's pgbouncer in transaction mode before the run's Postgres, and a zone's owner behind it. @module */
import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEmptyDatabase, until } from '@sez/platform/database.fixture'
import { credentialsOf } from '@sez/platform/login'
import { serverUserOf } from '@sez/platform/postgres-binaries'
import postgres from 'postgres'
import { freePort } from './process.fixture.ts'

export interface PooledZone extends AsyncDisposable {
  /** The owner's addresses: through the pooler, and past it. */
  readonly url: string
  readonly directUrl: string
  /** A superuser's, past the pooler. */
  readonly adminUrl: string
  readonly rolePrefix: string
  /** The pooler's own console, which knows one protocol only: use `unsafe(…).simple()`. */
  readonly consoleUrl: string
}

/** Server connections of one login: fewer than a zone's pools have, so that they must take turns. */
export const poolSize = 3

export const isPgbouncerMissing = spawnSync('pgbouncer', ['--version']).error !== undefined

/**
 * An empty database with an owner who may make roles, and a pooler that knows no passwords: it asks
 * the server for the verifier of whoever comes, and passes the client's proof on.
 */
export async function openPooledZone(): Promise<PooledZone> {
  const stack = new AsyncDisposableStack()
  const database = stack.use(await openEmptyDatabase())
  const admin = postgres(database.url, { max: 1, onnotice: () => {} })
  const owner = `${database.rolePrefix}_owner`
  const password = randomBytes(18).toString('base64url')
  await admin.unsafe(`create role ${owner} login createrole password '${password}'`)
  await admin.unsafe(`alter database ${database.rolePrefix} owner to ${owner}`)
  stack.defer(async () => {
    await admin.unsafe(`alter database ${database.rolePrefix} owner to current_user`)
    await admin.unsafe(`drop owned by ${owner} cascade`)
    await admin.end()
  })
  const port = await startPgbouncer(database.url, stack)
  const direct = new URL(database.url)
  direct.username = owner
  direct.password = password
  const pooled = new URL(direct)
  pooled.port = String(port)
  const console = new URL(database.url)
  console.port = String(port)
  console.pathname = '/pgbouncer'
  return {
    url: pooled.href,
    directUrl: direct.href,
    adminUrl: database.url,
    rolePrefix: database.rolePrefix,
    consoleUrl: console.href,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

/** Starts it before the server of `url`, a superuser's address; answers its port. */
async function startPgbouncer(url: string, stack: AsyncDisposableStack): Promise<number> {
  const { hostname, port: serverPort } = new URL(url)
  const { user, password } = credentialsOf(url)
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'sez-pgbouncer-'))
  stack.defer(() => rmSync(folder, { recursive: true, force: true }))
  // It does not run as root.
  const runner = serverUserOf(join(folder, 'none'))
  const [settings, users] = [join(folder, 'pgbouncer.ini'), join(folder, 'userlist.txt')]
  writeFileSync(users, `"${user}" "${password ?? ''}"\n`, { mode: 0o600 })
  writeFileSync(
    settings,
    `[databases]
* = host=${hostname} port=${serverPort === '' ? 5432 : serverPort}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
pool_mode = transaction
default_pool_size = ${poolSize}
max_client_conn = 200
query_wait_timeout = 20
auth_type = scram-sha-256
auth_file = ${users}
auth_user = ${user}
auth_query = select usename, passwd from pg_shadow where usename = $1
admin_users = ${user}
`,
  )
  if (runner !== null) {
    chmodSync(folder, 0o755)
    for (const path of [folder, settings, users]) chownSync(path, runner.uid, runner.gid)
  }
  const child = spawn('pgbouncer', ['--quiet', settings], {
    stdio: 'ignore',
    ...(runner === null ? {} : { uid: runner.uid, gid: runner.gid }),
  })
  stack.defer(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  })
  await until('pgbouncer listens', () => isListening(port))
  return port
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  return new Promise((done) => {
    socket.once('connect', () => done(true)).once('error', () => done(false))
  }).finally(() => socket.destroy()) as Promise<boolean>
}
