/**
 * The life of the zone's process: it starts with nothing, keeps what it holds, stops cleanly, dies
 * without leaving anything behind, and refuses in one sentence what it cannot live on.
 */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { verifyZoneLog } from '@sez/client/zone-log'
import { invariant } from '@sez/core/invariant'
import { databaseUrl, until } from '@sez/platform/database.fixture'
import { isAlive } from '@sez/platform/postmaster'
import { createClient } from 'graphql-ws'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { WebSocket } from 'ws'
import {
  askZone,
  freePort,
  openWorkplace,
  type ProcessAnswer,
  type Run,
  tokenOf,
  type Workplace,
  type ZoneRun,
} from '../process.fixture.ts'

const longMs = 120_000
const corridors = '{ corridors { nodes { id state } } }'
const examples = ['pak-chn', 'pak-ksa', 'pak-uae'].map((id) => ({ id, state: 'ACTIVE' }))

function nodesOf({ data }: ProcessAnswer): readonly Record<string, unknown>[] {
  return Object(data).corridors.nodes
}

const exampleCorridors = async (url: string) =>
  nodesOf(await askZone(url, corridors)).toSorted((a, b) =>
    String(a['id']) < String(b['id']) ? -1 : 1,
  )

const createDocument = `mutation ($input: CreateEntityInput!) {
  createEntity(input: $input) { entity { id } }
}`
const draftInput = () => ({
  legalName: `Kabul River ${randomUUID()} Ltd`,
  jurisdictionId: 'PK-RSEZ',
  entityType: 'LLC',
  localForm: 'SMC_PVT',
  registeredOffice: { line1: '1 Nowshera Road', city: 'Rashakai', country: 'PK' },
})

async function createCompany(url: string): Promise<string> {
  const variables = { input: draftInput() }
  const { data } = await askZone(url, createDocument, { variables, role: 'CITIZEN' })
  return Object(data).createEntity.entity.id
}

/** Which of these companies the zone knows. */
async function foundOf(url: string, ids: readonly string[]): Promise<readonly string[]> {
  const query = 'query ($id: ID!) { entity(id: $id) { id } }'
  const answers = await Promise.all(
    ids.map((id) => askZone(url, query, { variables: { id }, role: 'CITIZEN' })),
  )
  return answers.flatMap(({ data }) => {
    const id: string | undefined = Object(data).entity?.id
    return id === undefined ? [] : [id]
  })
}

/** A subscriber: its first event, and how its socket ends. */
async function subscribe(url: string) {
  const closed = Promise.withResolvers<{ readonly code: number; readonly reason: string }>()
  const authorization = `Bearer ${await tokenOf(url, 'PARTNER')}`
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization },
    retryAttempts: 0,
    on: { closed: (event) => closed.resolve(event as Awaited<typeof closed.promise>) },
  })
  const events = client.iterate({
    query: 'subscription { corridorEvents(corridorId: "pak-uae") { kind } }',
  })
  const { value } = await events.next()
  return { first: value?.data?.['corridorEvents'], closed: closed.promise }
}

/** A request that has reached the zone and waits for the second half of its body. */
async function halfSent(url: string) {
  const body = Buffer.from(JSON.stringify({ query: corridors }))
  const sending = request(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'content-length': body.byteLength,
      authorization: `Bearer ${await tokenOf(url, 'REGULATOR')}`,
      // The zone says when it has taken the request in.
      expect: '100-continue',
    },
  })
  const answered = once(sending, 'response') as Promise<[IncomingMessage]>
  sending.flushHeaders()
  await once(sending, 'continue')
  sending.write(body.subarray(0, 9))
  return {
    async finish() {
      sending.end(body.subarray(9))
      const [response] = await answered
      return { status: response.statusCode, body: await text(response) }
    },
  }
}

describe('a zone in one process', () => {
  let place: Workplace
  let zone: ZoneRun
  let company = ''
  beforeAll(async () => {
    place = openWorkplace()
    zone = await place.zone()
  }, longMs)
  afterAll(() => place[Symbol.asyncDispose]())

  test('starts with nothing and answers a query, a subscription and the playground', async () => {
    expect(await exampleCorridors(zone.url)).toEqual(examples)
    expect((await subscribe(zone.url)).first).toEqual({ kind: 'CREATED' })
    const page = await fetch(zone.url)
    expect(page.headers.get('content-type')).toContain('text/html')
    expect(await page.text()).toContain('SEZ')
    company = await createCompany(zone.url)
  })

  test('SIGINT: subscribers are told, what is in flight is answered, nothing runs on', async () => {
    const { closed } = await subscribe(zone.url)
    const pending = await halfSent(zone.url)
    zone.kill('SIGINT')
    expect(await closed).toMatchObject({ code: 1001, reason: 'GOING_AWAY' })
    const { status, body } = await pending.finish()
    expect(status).toBe(200)
    expect(JSON.parse(body).data.corridors.nodes).toHaveLength(3)
    expect(await zone.ended).toEqual({ code: 0, signal: null })
    expect(zone.said()).toContain('Stopping (SIGINT)')
    expect(zone.complained()).toBe('')
    expect(place.postgres()).toBeNull()
  })

  test(
    'a second start is warm and keeps the data',
    async () => {
      zone = await place.zone()
      expect(zone.said()).not.toContain('a worked example zone')
      expect(await foundOf(zone.url, [company])).toEqual([company])
      expect(await exampleCorridors(zone.url)).toEqual(examples)
    },
    longMs,
  )

  test('ZONE_RUNNING: reset refuses while the zone runs', async () => {
    const reset = place.sez(['reset'])
    expect(await reset.ended).toEqual({ code: 1, signal: null })
    expect(reset.complained()).toMatch(/^sez: The zone is running\. Stop it first.*\n$/u)
    expect(await foundOf(zone.url, [company])).toEqual([company])
  })

  test('PORT_TAKEN: a second zone beside it says so and leaves the first alone', async () => {
    const port = new URL(zone.url).port
    const second = place.sez(['zone'], { SEZ_PORT: port })
    expect(await second.ended).toEqual({ code: 1, signal: null })
    expect(second.complained()).toBe(
      `sez: Port ${port} on 127.0.0.1 is taken. Stop the other program or set SEZ_PORT.\n`,
    )
    expect(await foundOf(zone.url, [company])).toEqual([company])
  })

  test('SIGTERM stops it as well', async () => {
    zone.kill('SIGTERM')
    expect(await zone.ended).toEqual({ code: 0, signal: null })
    expect(place.postgres()).toBeNull()
  })

  test('reset makes the next start the first', async () => {
    expect(await place.sez(['reset']).ended).toEqual({ code: 0, signal: null })
    expect(existsSync(place.dataDir)).toBe(false)
  })
})

describe('killed', () => {
  let place: Workplace
  beforeAll(() => {
    place = openWorkplace()
  })
  afterAll(() => place[Symbol.asyncDispose]())

  test(
    'SIGKILL in the middle of writes leaves nothing running and loses nothing acknowledged',
    async () => {
      const first = await place.zone()
      const postgres = place.postgres()
      const acknowledged = await writeUntilKilled(first)
      expect(await first.ended).toEqual({ code: null, signal: 'SIGKILL' })
      await until('Postgres is gone', () => postgres === null || !isAlive(postgres))
      const second = await place.zone()
      expect(await foundOf(second.url, acknowledged)).toEqual(acknowledged)
      expect(await auditLog(second.url)).toMatchObject({ valid: true, isWhole: true })
      second.kill('SIGTERM')
      expect(await second.ended).toEqual({ code: 0, signal: null })
    },
    longMs,
  )

  /** Four writers at once; the kill meets them at work. */
  async function writeUntilKilled(zone: ZoneRun): Promise<readonly string[]> {
    const acknowledged: string[] = []
    const writer = async (): Promise<void> => {
      for (;;) {
        acknowledged.push(await createCompany(zone.url))
        if (acknowledged.length === 12) zone.kill('SIGKILL')
      }
    }
    await Promise.allSettled([1, 2, 3, 4].map(writer))
    expect(acknowledged.length).toBeGreaterThanOrEqual(12)
    return acknowledged
  }
})

const logDocument = `query ($after: String) {
  logEntries(first: 200, after: $after) {
    nodes { position eventId document digest hash }
    pageInfo { hasNextPage endCursor }
  }
  latestCheckpoint { document size }
  zone { did }
}`

/** The whole log as an auditor exports it, verified offline up to the newest checkpoint. */
async function auditLog(url: string) {
  const rows: unknown[] = []
  for (let after: string | null = null; ; ) {
    const { data } = await askZone(url, logDocument, { variables: { after }, role: 'AUDITOR' })
    const { logEntries, latestCheckpoint, zone } = Object(data)
    rows.push(...logEntries.nodes)
    after = logEntries.pageInfo.endCursor
    if (logEntries.pageInfo.hasNextPage === true) continue
    rows.push(latestCheckpoint)
    return verifyZoneLog(rows, { zoneDid: zone.did })
  }
}

describe('a start given up', () => {
  let place: Workplace
  beforeAll(() => {
    place = openWorkplace()
  })
  afterAll(() => place[Symbol.asyncDispose]())

  // The words that the zone says when the step is done; the signal meets the next one.
  test.each([
    { word: 'Starting the zone', signal: 'SIGINT' },
    { word: 'migrations', signal: 'SIGTERM' },
    { word: 'gateway', signal: 'SIGINT' },
  ] as const)('$signal after "$word" ends it cleanly', async ({ word, signal }) => {
    const zone = place.sez(['zone'])
    await until(`it says ${word}`, () => zone.said().includes(word) || !isAlive(zone.pid))
    zone.kill(signal)
    expect(await zone.ended).toEqual({ code: 0, signal: null })
    expect(zone.said()).toContain(`Stopping (${signal})`)
    expect(zone.said()).not.toContain('The zone answers')
    expect(zone.complained()).toBe('')
    expect(place.postgres()).toBeNull()
  })

  test(
    'the next start completes what SIGKILL left half done',
    async () => {
      const port = await freePort()
      const first = place.sez(['zone'], { SEZ_PORT: String(port) })
      const url = `http://127.0.0.1:${port}`
      await until('the first corridor is made', async () => {
        const answer = await askZone(url, corridors).catch(() => null)
        return answer?.data != null && nodesOf(answer).length > 0
      })
      first.kill('SIGKILL')
      await first.ended
      const zone = await place.zone()
      expect(await exampleCorridors(zone.url)).toEqual(examples)
      const heads = '{ corridors { nodes { head { receiptCount } } } }'
      const counts = nodesOf(await askZone(zone.url, heads)).map(({ head }) =>
        Number(Object(head).receiptCount),
      )
      expect(counts.toSorted((a, b) => a - b)).toEqual([25, 35, 40])
    },
    longMs,
  )
})

function portOf(server: Server): number {
  const address = server.address()
  invariant(typeof address === 'object' && address !== null, 'a TCP listener has a port')
  return address.port
}

describe.concurrent('what it cannot live on', () => {
  let place: Workplace
  beforeAll(() => {
    place = openWorkplace()
  })
  afterAll(() => place[Symbol.asyncDispose]())

  /** The sentence of a start that fails: no stack, no secret, exit code 1. */
  async function refusalOf(run: Run): Promise<string> {
    expect(await run.ended).toEqual({ code: 1, signal: null })
    const said = run.complained()
    expect(said).toMatch(/^sez: [A-Z][^\n]*\.\n$/u)
    expect(said).not.toMatch(/\n\s+at |Error:|hunter2/u)
    return said
  }
  const refused = (env: Record<string, string>) => refusalOf(place.sez(['zone'], env))

  test('PORT_TAKEN', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    try {
      const said = await refused({ SEZ_PORT: String(portOf(other)) })
      expect(said).toContain(`Port ${portOf(other)} on 127.0.0.1 is taken.`)
      expect(place.postgres()).toBeNull()
    } finally {
      other.close()
    }
  })

  test('CONFIG_INVALID for an address that is none', async () => {
    expect(await refused({ DATABASE_URL: 'nonsense:hunter2' })).toContain('DATABASE_URL must be')
  })

  test('CONFIG_INVALID tells every problem at once', async () => {
    const said = await refused({ SEZ_MODE: 'staging', SEZ_PORT: 'x', SEZ_HOST: '0.0.0.0' })
    for (const name of ['SEZ_MODE', 'SEZ_PORT', 'SEZ_HOST']) expect(said).toContain(name)
  })

  test('DATABASE_UNAVAILABLE when nobody listens there', async () => {
    const said = await refused({ DATABASE_URL: 'postgres://zone:hunter2@127.0.0.1:1/zone' })
    expect(said).toContain('127.0.0.1:1')
    expect(said).toContain('DATABASE_URL')
  })

  test('DATABASE_UNAVAILABLE where something else than Postgres answers', async () => {
    const other = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    other.listen(0, '127.0.0.1')
    await once(other, 'listening')
    try {
      const host = `127.0.0.1:${portOf(other)}`
      const said = await refused({ DATABASE_URL: `postgres://zone:hunter2@${host}/zone` })
      expect(said).toContain(host)
    } finally {
      other.close()
    }
  })

  test('DATABASE_REFUSED for a login that Postgres does not know', async () => {
    const address = new URL(inject('postgres').url)
    address.username = 'nobody-of-that-name'
    address.password = 'hunter2'
    expect(await refused({ DATABASE_URL: address.href })).toContain('refused DATABASE_URL')
  })

  test('DATABASE_REFUSED for a database that does not exist', async () => {
    const url = databaseUrl(inject('postgres').url, 'sez_absent')
    expect(await refused({ DATABASE_URL: url })).toContain('"sez_absent" does not exist')
  })

  test('DATA_DIR_UNWRITABLE', async () => {
    const file = join(place.folder, 'file')
    writeFileSync(file, '')
    const dataDir = join(file, 'data')
    const said = await refused({ SEZ_DATA_DIR: dataDir })
    expect(said).toContain(dataDir)
    expect(said).toContain('SEZ_DATA_DIR')
  })

  test.skipIf(process.platform !== 'linux')(
    'DATA_DIR_UNWRITABLE where the system lets nobody make a folder',
    async () => {
      expect(await refused({ SEZ_DATA_DIR: '/proc/sez' })).toContain('/proc/sez')
    },
  )

  test('PLATFORM_UNSUPPORTED names DATABASE_URL as the way out', async () => {
    const disguise = `Object.defineProperty(process, 'platform', { value: 'sunos' })`
    const hook = `data:text/javascript,${encodeURIComponent(disguise)}`
    const said = await refusalOf(place.run(['--import', hook, 'deploy/sez.ts', 'zone']))
    expect(said).toContain('sunos')
    expect(said).toContain('DATABASE_URL')
  })

  test('DEVELOPMENT_ONLY: reset touches no database of your own', async () => {
    const reset = place.sez(['reset'], { DATABASE_URL: 'postgres://zone:hunter2@db.test/zone' })
    expect(await refusalOf(reset)).toContain('a database of its own')
  })
})

describe('the command line', () => {
  let place: Workplace
  beforeAll(() => {
    place = openWorkplace()
  })
  afterAll(() => place[Symbol.asyncDispose]())

  test('--help shows the commands, and each command its examples', async () => {
    const overview = place.sez(['--help'])
    const help = place.sez(['verify', 'log', '--help'])
    expect([await overview.ended, await help.ended]).toMatchObject([{ code: 0 }, { code: 0 }])
    expect(existsSync(place.dataDir)).toBe(false)
    expect(overview.said()).toMatch(/zone .*\n(?:.*\n)*.*reset /u)
    expect(help.said()).toContain('Examples:')
  })

  test('exit code 2 for a command or an option that does not exist', async () => {
    const command = place.sez(['zoen'])
    const option = place.sez(['zone', '--fast'])
    const part = place.sez(['serve', 'gatway'])
    expect([await command.ended, await option.ended]).toMatchObject([{ code: 2 }, { code: 2 }])
    expect(await part.ended).toMatchObject({ code: 2 })
    expect(part.complained()).toContain('one of gateway, log, entities')
    expect(command.complained()).toContain('no command "zoen"')
    expect(option.complained()).toMatch(/^sez: The command line cannot be understood: [^\n]*\n$/u)
  })

  test('reset leaves what is not of the zone', async () => {
    mkdirSync(join(place.dataDir, 'postgres', 'data'), { recursive: true })
    writeFileSync(join(place.dataDir, 'zone-key.json'), '{}')
    writeFileSync(join(place.dataDir, 'letters.txt'), 'dear')
    const reset = place.sez(['reset'])
    expect(await reset.ended).toEqual({ code: 0, signal: null })
    expect(existsSync(join(place.dataDir, 'letters.txt'))).toBe(true)
    expect(existsSync(join(place.dataDir, 'postgres'))).toBe(false)
    expect(existsSync(join(place.dataDir, 'zone-key.json'))).toBe(false)
  })
})
