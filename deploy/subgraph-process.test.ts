/** A subgraph and the log as processes of their own may start in any order. @module */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { roleName } from '@sez/drizzle/roles'
import { type Part, parseConfig } from '@sez/platform/config'
import { openTestDatabase, until } from '@sez/platform/database.fixture'
import { openLog } from '@sez/platform/log'
import { credentialsOf, loginUrl } from '@sez/platform/login'
import { expect, test } from 'vitest'
import { startLog } from './log-process.ts'
import { startSubgraph } from './subgraph-process.ts'

const log = openLog({ level: 'silent', pretty: false })

async function readiness(url: string) {
  const response = await fetch(`${url}/health/ready`)
  return { status: response.status, body: Object(await response.json()) }
}

test('a subgraph waits until the log has told its key, and both get ready', async () => {
  await using stack = new AsyncDisposableStack()
  const database = stack.use(await openTestDatabase())
  const dataDir = mkdtempSync(join(tmpdir(), 'sez-order-'))
  stack.defer(() => rmSync(dataDir, { recursive: true, force: true }))
  const { password } = credentialsOf(database.url)
  const configOf = (part: Part, name: string) => {
    const role = roleName(database.rolePrefix, name)
    const url = loginUrl(database.url, role, password)
    const env = { SEZ_DATA_DIR: dataDir, DATABASE_URL: url, SEZ_PORT: '0' }
    return parseConfig(env, { part, portDefault: 0 })
  }
  const told: string[] = []
  const starting = startSubgraph('corridor', configOf('subgraph', 'corridor'), {
    log,
    onProgress: (step) => told.push(step),
  })
  await until('it waits', () => told.length > 0)
  expect(told).toEqual([expect.stringMatching(/^waiting: The key of this process/u)])
  const ofLog = stack.use(await startLog(configOf('log', 'platform'), { log }))
  const corridor = stack.use(await starting)
  expect(told.slice(1)).toEqual(['storage', 'subgraph'])
  for (const { url } of [ofLog, corridor]) {
    await until('it is ready', async () => (await readiness(url)).status === 200)
    const names = (await readiness(url)).body.checks.map(({ name }: { name: string }) => name)
    expect(names.slice(0, 4)).toEqual(['process', 'postgres', 'log head', 'zone key'])
    expect((await fetch(`${url}/health/live`)).status).toBe(200)
    expect((await fetch(`${url}/errors/NOT_READY`)).status).toBe(200)
  }
})
