/**
 * A zone behind pgbouncer in transaction mode (Debian's 1.18): every role logs in through it with
 * its own derived password, and no statement waits for an answer that never comes.
 */
import { randomUUID } from 'node:crypto'
import { invariant } from '@sez/core/invariant'
import { type Party, partyOf, receiptText } from '@sez/corridor/documents.fixture'
import { openProcessStorage } from '@sez/deploy/storage'
import { parseConfig } from '@sez/platform/config'
import { until } from '@sez/platform/database.fixture'
import { openDatabase } from '@sez/platform/db'
import { openLog } from '@sez/platform/log'
import { credentialsOf, loginUrl } from '@sez/platform/login'
import { startReactions } from '@sez/platform/reactions'
import { openFeed } from '@sez/platform/feed'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  isPgbouncerMissing,
  openPooledZone,
  type PooledZone,
  poolSize,
} from '../pgbouncer.fixture.ts'
import { openTestZone, type TestZone, type Who } from '../zone.fixture.ts'
import { applied, change, documentOf, draftOf, evidence } from './company.fixture.ts'
import { corridorGround } from './corridor-ground.fixture.ts'

if (isPgbouncerMissing) {
  process.stderr.write('\nSKIPPED: the journey behind a pooler needs pgbouncer in the path\n\n')
}

test('a machine that must have pgbouncer has it', () => {
  expect(process.env['SEZ_REQUIRE_PGBOUNCER'] === '1' && isPgbouncerMissing).toBe(false)
})

const citizen: Who = { as: ['CITIZEN'] }
const registrar: Who = { as: ['REGISTRAR'] }
const names = ['platform', 'corridor', 'entities', 'regulator']

describe.skipIf(isPgbouncerMissing)('behind pgbouncer', () => {
  let pooled: PooledZone
  let zone: TestZone

  beforeAll(async () => {
    pooled = await openPooledZone()
    zone = await openTestZone({
      env: { DATABASE_URL: pooled.url, DATABASE_DIRECT_URL: pooled.directUrl },
    })
  })
  afterAll(async () => {
    await zone[Symbol.asyncDispose]()
    await pooled[Symbol.asyncDispose]()
  })

  const loginOf = (address: string, name: string): string =>
    loginUrl(address, `${pooled.rolePrefix}_${name}`, credentialsOf(pooled.directUrl).password)

  test('every role has a pool of its own there, in transaction mode', async () => {
    await using stack = new AsyncDisposableStack()
    const console = postgres(pooled.consoleUrl, { max: 1, prepare: false, fetch_types: false })
    stack.defer(() => console.end())
    const rows = await console.unsafe('show pools').simple()
    const own = rows.filter(({ user }) => String(user).startsWith(pooled.rolePrefix))
    expect(own.map(({ user }) => String(user)).toSorted()).toEqual(
      names.map((name) => `${pooled.rolePrefix}_${name}`).toSorted(),
    )
    expect(new Set(own.map((row) => row['pool_mode']))).toEqual(new Set(['transaction']))
  })

  test('a role has its limits in every server connection, and no other login is let in', async () => {
    await using entities = openDatabase({
      url: loginOf(pooled.url, 'entities'),
      connectionsMax: 2,
      applicationName: 'pooler test',
      prepare: false,
    })
    const [limits] = await entities.raw`select current_setting('statement_timeout') as statement,
      current_setting('lock_timeout') as lock,
      current_setting('idle_in_transaction_session_timeout') as idle, session_user::text as who`
    expect(limits).toEqual({
      statement: '5s',
      lock: '2s',
      idle: '10s',
      who: `${pooled.rolePrefix}_entities`,
    })
    const wrong = new URL(loginOf(pooled.url, 'entities'))
    wrong.username = `${pooled.rolePrefix}_corridor`
    const stranger = postgres(wrong.href, { max: 1, fetch_types: false })
    await expect(stranger`select 1`).rejects.toThrow(/authentication failed/u)
    await stranger.end()
  })

  test('statements sent while others wait are all answered, outside of transactions and in them', async () => {
    await using entities = openDatabase({
      url: loginOf(pooled.url, 'entities'),
      connectionsMax: 2,
      applicationName: 'pooler test',
      prepare: false,
    })
    const { raw } = entities
    const asked = Array.from({ length: 60 }, (_, index) => index)
    const ask = async (sql: typeof raw, n: number): Promise<unknown> => {
      const [row] =
        n % 2 === 0 ? await sql`select ${n}::int as n` : await sql.unsafe(`select ${n} as n`)
      return row?.['n']
    }
    expect(await Promise.all(asked.map((n) => ask(raw, n)))).toEqual(asked)
    const inside = await raw.begin((tx) =>
      Promise.all(asked.map((n) => ask(tx as unknown as typeof raw, n))),
    )
    expect(inside).toEqual(asked)
  })

  test('a process of one subgraph works through it as through Postgres', async () => {
    await using stack = new AsyncDisposableStack()
    const config = parseConfig({
      DATABASE_URL: loginOf(pooled.url, 'regulator'),
      DATABASE_DIRECT_URL: loginOf(pooled.directUrl, 'regulator'),
    })
    const log = openLog({ level: 'silent', pretty: false })
    const database = await openProcessStorage(config, stack, { name: 'regulator', log })
    expect(database.role).toBe(`${pooled.rolePrefix}_regulator`)
  })

  test('a company is formed; its key answers again; its moves are streamed and resumed', async () => {
    const moves = `subscription ($id: ID, $after: String) {
      entityStatusChanged(entityId: $id, after: $after) { cursor to } }`
    const idempotencyKey = randomUUID()
    const input = { ...draftOf(), idempotencyKey }
    const create = () => zone.ask(documentOf('createEntity'), { input }, citizen)
    const answers = await Promise.all([create(), create(), create()])
    answers.push(await create())
    for (const { data, errors } of answers) expect([errors, data]).toEqual([[], answers[0]?.data])

    const company = await applied(zone, citizen)
    const stream = zone.subscribe(moves, { id: company.id }, citizen)
    const next = async () => Object((await stream.next()).value).data.entityStatusChanged
    expect((await next()).to).toBe('DRAFT')
    const submitted = await next()
    expect(submitted.to).toBe('APPLIED')
    const waiting = next()
    const { id, version } = company
    await change(zone, 'approveFormation', { id, expectedVersion: version, evidence }, registrar)
    expect((await waiting).to).toBe('ACTIVE')
    await stream.return?.()
    const rest = zone.subscribe(moves, { id, after: submitted.cursor }, citizen)
    expect(Object((await rest.next()).value).data.entityStatusChanged.to).toBe('ACTIVE')
    await rest.return?.()
  })

  test('receipts are appended to many corridors at once, streamed, and sealed', async () => {
    const parties = [partyOf('pak'), partyOf('uae')] as const
    const ids = ['pooled-a', 'pooled-b', 'pooled-c', 'pooled-d']
    await Promise.all(ids.map((id) => grow(id, parties, 5)))
    const [id = ''] = ids
    const events = 'subscription ($id: ID!) { corridorEvents(corridorId: $id) { kind } }'
    const kinds: string[] = []
    for await (const item of zone.subscribe(events, { id }, { as: ['AUDITOR'] })) {
      const { kind } = Object(item).data.corridorEvents
      if (kind === 'RECEIPT_APPENDED') kinds.push(kind)
      if (kinds.length === 5) break
    }
    expect(kinds).toHaveLength(5)
    await until('the chain is sealed', async () => {
      const proof = 'query ($id: ID!) { receiptProof(corridorId: $id, sequence: 2) { __typename } }'
      return (await zone.ask(proof, { id }, { as: ['AUDITOR'] })).errors.length === 0
    })
  })

  async function grow(id: string, parties: readonly Party[], count: number): Promise<void> {
    const ground = await corridorGround(zone, id, parties)
    const [author] = parties
    invariant(author !== undefined, 'a corridor has parties')
    for (let added = 0; added < count; added += 1) {
      const document = receiptText(id, await ground.head(), [author])
      const append = `mutation ($input: AppendReceiptInput!) {
        appendReceipt(input: $input) { outcome } }`
      const who: Who = { as: ['PARTNER'], did: author.did }
      const { errors } = await zone.ask(append, { input: { document } }, who)
      invariant(errors.length === 0, `a receipt is refused: ${errors[0]?.extensions.code}`)
    }
  }

  test('reactions see every event once, by two processes', async () => {
    const ground = await zone.groundOf('entities')
    const seen: bigint[] = []
    await using stack = new AsyncDisposableStack()
    const { log, now, database, zone: identity } = ground
    const hub = stack.use(await openFeed({ database, zoneId: identity.zoneId, log, now }))
    const watcher = {
      name: 'pooler watcher',
      types: ['entity.drafted'],
      handle: async (_tx: unknown, event: { readonly position: bigint }) => {
        seen.push(event.position)
      },
    }
    for (let count = 0; count < 2; count += 1) stack.use(startReactions([watcher], { ground, hub }))
    await applied(zone, citizen)
    await applied(zone, citizen)
    const admin = postgres(pooled.adminUrl, { max: 1 })
    stack.defer(() => admin.end())
    const made = async (): Promise<number> =>
      (await admin`select 1 from platform.log where canonical::jsonb ->> 'type' = 'entity.drafted'`)
        .length
    await until('both have reacted to all', async () => seen.length >= (await made()))
    expect(seen).toHaveLength(await made())
    expect(new Set(seen).size).toBe(seen.length)
  })

  test('more statements at once than the pooler has connections all get their answers', async () => {
    const query = '{ entities(first: 5) { nodes { id status } } corridors { nodes { id } } }'
    const answers = await Promise.all(
      Array.from({ length: 60 }, () => zone.ask(query, {}, { as: ['REGULATOR'] })),
    )
    for (const { errors } of answers) expect(errors).toEqual([])
    const admin = postgres(pooled.adminUrl, { max: 1 })
    // LISTEN, past the pooler, is the one connection more.
    const rows = await admin<{ user: string; count: number }[]>`
      select usename as user, count(*)::int as count from pg_stat_activity
      where starts_with(usename, ${`${pooled.rolePrefix}_`}) group by 1`
    await admin.end()
    for (const { user, count } of rows) {
      expect([user, count <= poolSize + 1]).toEqual([user, true])
    }
    expect(rows.length).toBeGreaterThan(1)
  })
})
