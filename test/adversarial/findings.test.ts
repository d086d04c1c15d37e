/**
 * One test for each known defect of the original system that this zone's storage, front and API had
 * to answer; core's own are in findings-core.test.ts, the schema's in findings-schema.test.ts. A name
 * begins with the finding's id where it has one, else with the section of the reference sheet that
 * records it.
 *
 * @module
 */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { invariant } from '@sez/core/invariant'
import { partyOf, receiptText } from '@sez/corridor/documents.fixture'
import { parseConfig } from '@sez/platform/config'
import { databaseUrl, openTestDatabase, until } from '@sez/platform/database.fixture'
import { type Database, openDatabase } from '@sez/platform/db'
import { sealerName } from '@sez/platform/sealer'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { applied, change, documentOf, draftOf, evidence } from '../journeys/company.fixture.ts'
import { corridorGround } from '../journeys/corridor-ground.fixture.ts'
import { openTestZone, type TestZone, type Who } from '../zone.fixture.ts'

const citizen: Who = { as: ['CITIZEN'] }
const registrar: Who = { as: ['REGISTRAR'] }
const auditor: Who = { as: ['AUDITOR'] }

let zone: TestZone
let admin: Database
beforeAll(async () => {
  zone = await openTestZone()
  admin = connect(zone.databaseUrl)
})
afterAll(async () => {
  await admin[Symbol.asyncDispose]()
  await zone[Symbol.asyncDispose]()
})

function connect(url: string): Database {
  return openDatabase({ url, connectionsMax: 2, applicationName: 'test admin' })
}

async function errorsOf(query: string, variables: Record<string, unknown>, who?: Who) {
  return (await zone.ask(query, variables, who)).errors.map(({ extensions }) => extensions)
}
const codesOf = async (query: string, variables: Record<string, unknown>, who?: Who) =>
  (await errorsOf(query, variables, who)).map(({ code }) => code)

describe('a failure', () => {
  const secret = 'tuple 4711 of the inner table'

  /** While `work` runs, Postgres fails at the last step of every write, after all locks are taken. */
  async function whileOutboxFails(work: () => Promise<void>): Promise<void> {
    await admin.raw.unsafe(`
      create function public.fail() returns trigger language plpgsql as
        $$ begin raise exception '${secret}'; end $$;
      create trigger fail before insert on platform.outbox execute function public.fail()`)
    try {
      await work()
    } finally {
      await admin.raw.unsafe('drop trigger fail on platform.outbox; drop function public.fail()')
    }
  }

  test('P0 no poisoned lock: forty failed writes leave nothing locked and the next succeeds', async () => {
    const { id, version } = await applied(zone, citizen)
    const input = { id, expectedVersion: version, evidence }
    await whileOutboxFails(async () => {
      const answers = await Promise.all(
        Array.from({ length: 40 }, () =>
          codesOf(documentOf('approveFormation'), { input }, registrar),
        ),
      )
      expect(new Set(answers.flat())).toEqual(new Set(['INTERNAL']))
    })
    const held = await admin.raw`
      select from pg_locks join pg_stat_activity using (pid)
      where datname = current_database() and state <> 'active' and locktype in ('tuple', 'transactionid')
        and application_name like 'sez entities%'`
    expect(held).toHaveLength(0)
    const started = performance.now()
    const approved = await change(zone, 'approveFormation', input, registrar)
    expect(approved).toMatchObject({ status: 'ACTIVE', version: version + 1 })
    expect(performance.now() - started).toBeLessThan(2_000)
  })

  test('P0 no poisoned lock: callers who leave in the middle of a write leave nothing behind', async () => {
    const { id, version } = await applied(zone, citizen)
    const body = JSON.stringify({
      query: documentOf('approveFormation'),
      variables: { input: { id, expectedVersion: version, evidence } },
    })
    const authorization = `Bearer ${await zone.token(registrar)}`
    const leaving = new AbortController()
    const left = Array.from({ length: 40 }, () =>
      fetch(`${zone.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization },
        body,
        signal: leaving.signal,
      }).then(
        () => 'answered',
        () => 'left',
      ),
    )
    // By the time the first is answered the others are at work or wait for its lock.
    await Promise.race(left)
    leaving.abort()
    expect(await Promise.all(left)).toContain('left')
    const query = 'query ($id: ID!) { entity(id: $id) { status version } }'
    await until('the entity is as one approval leaves it', async () => {
      const { data } = await zone.ask(query, { id }, registrar)
      return Object(data).entity.version === version + 1
    })
    const suspension = { id, expectedVersion: version + 1, reason: 'Overdue.', evidence }
    expect((await change(zone, 'suspendEntity', suspension, registrar)).status).toBe('SUSPENDED')
    await until('no transaction is left open', async () => {
      const open = await admin.raw`
        select from pg_stat_activity
        where datname = current_database() and state like 'idle in transaction%'`
      return open.length === 0
    })
  })

  test('P0 no raw throw: INTERNAL with a correlation id, and no text of ours', async () => {
    await whileOutboxFails(async () => {
      const { data, errors } = await zone.ask(
        documentOf('createEntity'),
        { input: draftOf() },
        citizen,
      )
      expect(data).toBeNull()
      expect(errors).toMatchObject([
        {
          path: ['createEntity'],
          extensions: {
            code: 'INTERNAL',
            class: 'INTERNAL_ERROR',
            correlationId: expect.any(String),
          },
        },
      ])
      expect(JSON.stringify(errors)).not.toMatch(/4711|outbox|insert|trigger|\.ts\b/iu)
      expect(errors[0]?.extensions.details).toBeUndefined()
    })
  })

  test('P0 no raw throw in a query: a table that is gone is INTERNAL, and back when it is back', async () => {
    const query = '{ entities { nodes { id } } }'
    expect(await codesOf(query, {}, registrar)).toEqual([])
    await admin.raw`alter table entities.entities rename to gone`
    try {
      const errors = await errorsOf(query, {}, registrar)
      expect(errors).toMatchObject([{ code: 'INTERNAL' }])
      expect(JSON.stringify(errors)).not.toMatch(/entities\.|select|gone|does not exist/iu)
    } finally {
      await admin.raw`alter table entities.gone rename to entities`
    }
    expect(await codesOf(query, {}, registrar)).toEqual([])
  })
})

describe('rates', () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => index)

  async function post(body: unknown, authorization: string | null): Promise<string | null> {
    const response = await fetch(`${zone.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(authorization && { authorization }) },
      body: JSON.stringify(body),
    })
    const answer: unknown = await response.json()
    const { errors = [] } = Object(Array.isArray(answer) ? answer[0] : answer)
    return errors[0]?.extensions.code ?? null
  }
  const viewer = { query: '{ viewer { did } }' }
  const batch = many(10).map(() => viewer)

  /** A token that claims to be somebody's and is signed by nobody. */
  async function forgedFor(who: Who): Promise<string> {
    const [head, claims] = (await zone.token(who)).split('.')
    return `Bearer ${head}.${claims}.${'A'.repeat(86)}`
  }

  test('P0 authentication before rate limit: a forged token is refused as one, also when its bucket is empty', async () => {
    const busy: Who = { as: ['CITIZEN'], did: 'did:web:busy.test' }
    const authorization = `Bearer ${await zone.token(busy)}`
    await until('the caller has spent its bucket', async () => {
      const codes = await Promise.all(many(10).map(() => post(batch, authorization)))
      return codes.includes('RATE_LIMITED')
    })
    expect(await post(viewer, await forgedFor(busy))).toBe('TOKEN_INVALID')
    expect(await post(viewer, `Bearer ${await zone.token(citizen)}`)).toBeNull()
  })

  test('P0 the unauthenticated cannot spend a caller\u2019s bucket', async () => {
    const victim: Who = { as: ['CITIZEN'], did: 'did:web:victim.test' }
    const forged = await forgedFor(victim)
    // Far more than a caller's bucket holds, in the victim's name and in nobody's.
    const codes = await Promise.all(
      many(600).map((index) => post(viewer, index % 2 === 0 ? forged : null)),
    )
    expect(new Set(codes)).toEqual(new Set([null, 'TOKEN_INVALID', 'RATE_LIMITED']))
    const authorization = `Bearer ${await zone.token(victim)}`
    const served = await Promise.all(many(30).map(() => post(batch, authorization)))
    expect(new Set(served)).toEqual(new Set([null]))
  })
})

async function health(path: string) {
  const response = await fetch(`${zone.url}/health/${path}`)
  return { status: response.status, ...Object(await response.json()) }
}

async function reasonsOf(check: string): Promise<string[]> {
  const { checks } = await health('ready')
  return checks
    .filter(({ name }: { name: string }) => name === check)
    .map(({ reason }: { reason?: string }) => reason ?? '')
}

test('P0 readiness is real: a worker that gives no sign of life is named, NOT_READY', async () => {
  let reasons: string[] = []
  // Its next sign mends this within two seconds, so it is made silent until it is seen so.
  await until('the sealer is missed', async () => {
    await admin.raw`
      update platform.heartbeats set at = at - interval '1 hour' where name = ${sealerName}`
    reasons = await reasonsOf(sealerName)
    return reasons.some((reason) => reason !== '')
  })
  expect(reasons).toEqual([expect.stringMatching(/^NOT_READY: silent for \d+ s$/u)])
  await until('it is ready again', async () => (await health('ready')).status === 'ready')
})

test('P0 readiness is real: without its database a zone is live and not ready, and says why', async () => {
  await until('it is ready', async () => (await health('ready')).status === 'ready')
  const name = new URL(zone.databaseUrl).pathname.slice(1)
  await using server = connect(databaseUrl(inject('postgres').url, 'postgres'))
  const close = async () => {
    await server.raw.unsafe(`alter database ${name} with allow_connections false`)
    await server.raw`
      select pg_terminate_backend(pid) from pg_stat_activity where datname = ${name}`
  }
  await close()
  try {
    const found = await health('ready')
    expect(found.status).toBe('not ready')
    const postgres = found.checks.find((check: { name: string }) => check.name === 'postgres')
    expect(postgres).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/^DATABASE_UNAVAILABLE: /u),
    })
    expect(JSON.stringify(found)).not.toContain(name)
    expect(await health('live')).toMatchObject({ status: 'live' })
    expect(await codesOf('{ entities { nodes { id } } }', {}, registrar)).toEqual([
      'DATABASE_UNAVAILABLE',
    ])
  } finally {
    await server.raw.unsafe(`alter database ${name} with allow_connections true`)
  }
  await until('it is ready again', async () => (await health('ready')).status === 'ready')
  expect(await codesOf('{ entities { nodes { id } } }', {}, registrar)).toEqual([])
})

test('P0 persistence: after a restart everything is there, tokens and answers of keys included', async () => {
  await using database = await openTestDatabase()
  const dataDir = mkdtempSync(join(tmpdir(), 'sez-kept-'))
  using _ = { [Symbol.dispose]: () => rmSync(dataDir, { recursive: true, force: true }) }
  const env = { DATABASE_URL: database.url, SEZ_DATA_DIR: dataDir }
  const query = `{
    entities(orderBy: CREATED_AT_ASC) { nodes { id legalName status version createdAt } totalCount }
    corridor(id: "kept") { state version head { receiptCount nextRoot } documents { document } }
    receipts(corridorId: "kept") { nodes { sequence document signers status } }
    logEntries(first: 500) { nodes { position digest hash document } }
    zone { did id } zoneKeys { did }
  }`
  const parties = [partyOf('pak'), partyOf('uae')] as const
  const input = { ...draftOf(), idempotencyKey: randomUUID() }

  async function write(first: TestZone) {
    const answer = await first.ask(documentOf('createEntity'), { input }, citizen)
    const corridor = await corridorGround(first, 'kept', parties)
    const document = receiptText('kept', await corridor.head(), parties)
    const append =
      'mutation ($input: AppendReceiptInput!) { appendReceipt(input: $input) { outcome } }'
    const partner: Who = { as: ['PARTNER'], did: parties[0].did }
    expect((await first.ask(append, { input: { document } }, partner)).errors).toEqual([])
    // The zone's checkpoint of the chain is the last event that follows from all this.
    await until('the history is whole', async () => {
      const { data } = await first.ask(query, {}, auditor)
      return Object(data).logEntries.nodes.at(-1)?.document.includes('corridor.checkpointed')
    })
    return { answer, found: await first.ask(query, {}, auditor), token: await first.token(auditor) }
  }

  const before = await (async () => {
    await using first = await openTestZone({ env })
    return await write(first)
  })()
  expect(Object(before.found.data).logEntries.nodes.length).toBeGreaterThanOrEqual(6)
  await using second = await openTestZone({ env })
  expect(await second.ask(query, {}, auditor)).toEqual(before.found)
  expect(await second.ask(documentOf('createEntity'), { input }, citizen)).toEqual(before.answer)
  const response = await fetch(`${second.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${before.token}` },
    body: JSON.stringify({ query: '{ viewer { roles } }' }),
  })
  expect(await response.json()).toEqual({ data: { viewer: { roles: ['AUDITOR'] } } })
})

describe('what the original did without asking', () => {
  test('primitives §12.8 the database itself knows every status and refuses any other word', async () => {
    const { id } = await change(zone, 'createEntity', draftOf(), citizen)
    const rewrite = () =>
      admin.raw.begin(async (sql) => {
        // Past every trigger, as only a superuser can go.
        await sql`set local session_replication_role = replica`
        await sql`update entities.entities set status = 'active' where id = ${id}`
      })
    await expect(rewrite()).rejects.toMatchObject({ constraint_name: 'entities_status_known' })
  })

  test('primitives §12.11 nothing answers success without a check: an altered receipt is not valid', async () => {
    const query = `query ($document: SignedDocument!) {
      verifyReceipt(document: $document) { valid problems } }`
    const head = { receiptCount: 0, nextRoot: 'ab'.repeat(32) }
    const document = receiptText('somewhere', head, [partyOf('pak')])
    const verdict = async (text: string) =>
      Object((await zone.ask(query, { document: text })).data).verifyReceipt
    expect(await verdict(document)).toEqual({ valid: true, problems: [] })
    const altered = await verdict(document.replace('"value":"10.00"', '"value":"99.00"'))
    expect(altered.valid).toBe(false)
    expect(altered.problems.length).toBeGreaterThan(0)
  })

  test('primitives §12.15 no constant on a dashboard: counts follow what happens', async () => {
    const drafts = async () => {
      const { data } = await zone.ask('{ entityCounts { status count } }', {}, registrar)
      const found = Object(data).entityCounts.find(
        ({ status }: { status: string }) => status === 'DRAFT',
      )
      invariant(found !== undefined, 'every status is counted')
      return found.count
    }
    const before = await drafts()
    await change(zone, 'createEntity', draftOf(), citizen)
    expect(await drafts()).toBe(before + 1)
  })

  test('primitives §11 no mode without authentication: production demands an issuer of tokens', () => {
    const env = { SEZ_MODE: 'production', DATABASE_URL: 'postgres://u@db:5432/zone' }
    expect(() => parseConfig(env)).toThrow(/SEZ_JWKS_URL is missing/u)
  })
})
