/**
 * Someone who means harm, at the front door of a running zone: each attempt gets a coded answer, the
 * next good request is served, and the log verifies at the end (what storage suffers is told in
 * adversary-storage.test.ts).
 *
 * @module
 */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseDid } from '@sez/core/did'
import { invariant } from '@sez/core/invariant'
import { corridorGround } from './corridor-ground.fixture.ts'
import { partyOf, receiptText } from '@sez/corridor/documents.fixture'
import { openDatabase } from '@sez/platform/db'
import { type DevelopmentIssuer, openDevelopmentIssuer } from '@sez/platform/dev-issuer'
import { verifyLog } from '@sez/platform/log-audit'
import { until } from '@sez/platform/database.fixture'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openTestZone, type TestZone, type Who } from '../zone.fixture.ts'
import { applied, change, documentOf, draftOf, evidence } from './company.fixture.ts'

const citizen: Who = { as: ['CITIZEN'], did: 'did:web:owner.test' }
const registrar: Who = { as: ['REGISTRAR'], did: 'did:web:registrar.test' }
const stranger: Who = { as: ['CITIZEN'], did: 'did:web:stranger.test' }

let zone: TestZone
beforeAll(async () => {
  zone = await openTestZone({ seed: true })
})
afterAll(() => zone[Symbol.asyncDispose]())

afterEach(async () => {
  const { status, data } = await zone.ask('{ corridors { nodes { id } } }', {}, { as: ['AUDITOR'] })
  const { nodes } = Object(data).corridors
  invariant(status === 200 && nodes.length >= 3, 'the zone serves whoever comes next')
})

interface Refusal {
  readonly status: number
  readonly code: unknown
  readonly data: unknown
  readonly details: unknown
}

async function post(body: string | Buffer<ArrayBuffer>, authorization?: string): Promise<Refusal> {
  const response = await fetch(`${zone.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json',
      ...(authorization !== undefined && { authorization }),
    },
    body,
  })
  const text = await response.text()
  const { data = null, errors = [] } = Object(JSON.parse(text))
  const { code, details, correlationId } = Object(Object(errors[0]).extensions)
  const isTraceable = correlationId === response.headers.get('x-correlation-id')
  invariant(code === undefined || isTraceable, 'an error names the request it answers')
  return { status: response.status, code, data, details }
}

const ask = (query: string, variables: unknown, authorization?: string) =>
  post(JSON.stringify({ query, variables }), authorization)

async function codeOf(query: string, variables: Record<string, unknown>, who?: Who) {
  const { errors } = await zone.ask(query, variables, who)
  return errors.map(({ extensions }) => extensions.code)
}

const entities = '{ entities { nodes { id } } }'

describe('with a token that is none of ours', () => {
  const bearer = async (token: Promise<string>) => `Bearer ${await token}`
  const sub = parseDid('did:web:registrar.test')

  /** An issuer of the same name, on the zone's own key or on another. */
  async function issuer(dataDir: string, audience: string): Promise<DevelopmentIssuer> {
    const now = () => new Date()
    return openDevelopmentIssuer({ mode: 'development', dataDir, audience, now })
  }

  async function withKeyOfOwn(): Promise<string> {
    const dataDir = mkdtempSync(join(tmpdir(), 'sez-forger-'))
    try {
      const forger = await issuer(dataDir, 'sez')
      return await forger.token({ sub, roles: ['REGISTRAR'] })
    } finally {
      rmSync(dataDir, { recursive: true, force: true })
    }
  }

  /** A good token with some parts of it written anew, its signature kept. */
  async function rewritten(change: { head?: object; claims?: object }): Promise<string> {
    const [head = '', claims = '', signature = ''] = (await zone.token(citizen)).split('.')
    const merge = (part: string, by: object = {}) => {
      const members = JSON.parse(Buffer.from(part, 'base64url').toString())
      return Buffer.from(JSON.stringify({ ...members, ...by })).toString('base64url')
    }
    return `${merge(head, change.head)}.${merge(claims, change.claims)}.${signature}`
  }

  test('no token: UNAUTHENTICATED', async () => {
    expect(await ask(entities, {})).toMatchObject({ code: 'UNAUTHENTICATED' })
    const input = draftOf()
    expect(await ask(documentOf('createEntity'), { input })).toMatchObject({
      code: 'UNAUTHENTICATED',
    })
  })

  test('an expired one: TOKEN_EXPIRED', async () => {
    const token = zone.token({ ...registrar, lifetimeS: -3_600 })
    expect(await ask(entities, {}, await bearer(token))).toMatchObject({
      status: 401,
      code: 'TOKEN_EXPIRED',
    })
  })

  test('one for another audience: TOKEN_INVALID', async () => {
    const elsewhere = await issuer(zone.dataDir, 'another-zone')
    const token = elsewhere.token({ sub, roles: ['REGISTRAR'] })
    expect(await ask(entities, {}, await bearer(token))).toMatchObject({
      status: 401,
      code: 'TOKEN_INVALID',
      details: { reason: expect.stringContaining('aud') },
    })
  })

  test.for<[string, () => Promise<string>]>([
    ['signed with another key', withKeyOfOwn],
    ['of another issuer', () => rewritten({ claims: { iss: 'https://elsewhere.example' } })],
    ['with more roles than were signed', () => rewritten({ claims: { roles: ['ADMIN'] } })],
    ['for somebody else', () => rewritten({ claims: { sub } })],
    ['without an algorithm', () => rewritten({ head: { alg: 'none' } })],
    ['with a secret algorithm', () => rewritten({ head: { alg: 'HS256' } })],
    ['with a key of its own inside', () => rewritten({ head: { jwk: { kty: 'OKP' }, kid: 'x' } })],
    ['that is no token', async () => 'a.b.c'],
    ['of 10 kB', async () => 'x'.repeat(10_000)],
  ])('one %s: TOKEN_INVALID', async ([, make]) => {
    const answer = await ask(entities, {}, `Bearer ${await make()}`)
    expect(answer).toMatchObject({ status: 401, code: 'TOKEN_INVALID', data: null })
  })

  test('one with a role nobody knows: TOKEN_INVALID, not a token with one role less', async () => {
    // The issuer's types do not let this through; a careless issuer would.
    const roles = ['REGISTRAR', 'EMPEROR'] as never
    const answer = await ask(entities, {}, await bearer(zone.issuer.token({ sub, roles })))
    expect(answer).toMatchObject({ code: 'TOKEN_INVALID' })
  })
})

describe('with rights that are not theirs', () => {
  test('the wrong role: FORBIDDEN', async () => {
    const { id, version } = await applied(zone, citizen)
    const input = { id, expectedVersion: version, evidence }
    expect(await codeOf(documentOf('approveFormation'), { input }, citizen)).toEqual(['FORBIDDEN'])
    const rejection = { id, expectedVersion: version, reason: 'No.' }
    expect(
      await codeOf(documentOf('rejectFormation'), { input: rejection }, { as: ['AUDITOR'] }),
    ).toEqual(['FORBIDDEN'])
  })

  test('a claim that names another\u2019s company widens nothing', async () => {
    const { id, version } = await applied(zone, citizen)
    const wide: Who = { ...stranger, entityIds: [id] }
    const query = 'query ($id: ID!) { entity(id: $id) { id } }'
    expect((await zone.ask(query, { id }, wide)).data).toEqual({ entity: null })
    const input = { id, expectedVersion: version }
    expect(await codeOf(documentOf('withdrawFormation'), { input }, wide)).toEqual(['NOT_FOUND'])
    await change(zone, 'approveFormation', { ...input, evidence }, registrar)
    const secrets = 'query ($id: ID!) { entity(id: $id) { legalName members { did } } }'
    expect(await codeOf(secrets, { id }, wide)).toEqual(['UNAUTHORIZED_FIELD'])
    const member = { entityId: id, did: 'did:web:stranger.test' }
    const add = `mutation ($input: AddEntityMemberInput!) {
      addEntityMember(input: $input) { log { eventId } } }`
    expect(await codeOf(add, { input: member }, wide)).toEqual(['FORBIDDEN'])
  })

  test('a claim that names another\u2019s corridor widens nothing', async () => {
    const wide: Who = {
      as: ['PARTNER'],
      did: 'did:web:outsider.test',
      corridorIds: ['pak-uae'],
    }
    const query =
      '{ corridor(id: "pak-uae") { id } receipts(corridorId: "pak-uae") { nodes { sequence } } }'
    expect((await zone.ask(query, {}, wide)).data).toEqual({ corridor: null, receipts: null })
    const stream = zone.subscribe(
      'subscription { corridorEvents(corridorId: "pak-uae") { cursor } }',
      {},
      wide,
    )
    const refusal = await stream.next().then(
      ({ value }) => Object(value).errors,
      (errors: unknown) => errors,
    )
    expect(refusal).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }])
  })

  test('an empty claim leaves nothing', async () => {
    const { id } = await applied(zone, citizen)
    const query = 'query ($id: ID!) { entity(id: $id) { id } }'
    const narrow: Who = { ...citizen, entityIds: [] }
    expect((await zone.ask(query, { id }, narrow)).data).toEqual({ entity: null })
  })
})

describe('with a request that is none', () => {
  const aliases = Array.from({ length: 10_000 }, (_, index) => `a${index}: viewer { did }`)
  const deep = `{ corridors { nodes ${'{ lastReceipts { corridor '.repeat(50)} { id } ${'} }'.repeat(50)} } }`
  const byName = `query ($name: String!) { nameAvailability(name: $name, jurisdictionId: "PK") {
    available } }`
  test.for<[string, number, string, () => string | Buffer<ArrayBuffer>]>([
    ['1 MiB', 413, 'BODY_TOO_LARGE', () => `{"query":"${'x'.repeat(1_048_576)}"}`],
    [
      '10,000 aliases',
      400,
      'QUERY_TOO_LONG',
      () => JSON.stringify({ query: `{${aliases.join(' ')}}` }),
    ],
    [
      '31 aliases below the root',
      400,
      'TOO_MANY_ALIASES',
      () =>
        JSON.stringify({
          query: `{ viewer { ${Array.from({ length: 31 }, (_, index) => `a${index}: did`).join(' ')} } }`,
        }),
    ],
    ['depth 100', 400, 'QUERY_TOO_DEEP', () => JSON.stringify({ query: deep })],
    ['malformed JSON', 400, 'BODY_NOT_JSON', () => '{"query": "{ viewer { did } }"'],
    [
      'invalid UTF-8',
      400,
      'BODY_NOT_UTF8',
      () => Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]),
    ],
    [
      'a NUL in a string',
      200,
      'VALIDATION_ERROR',
      () => JSON.stringify({ query: byName, variables: { name: 'a\u0000b' } }),
    ],
    [
      'half of a surrogate pair',
      200,
      'VALIDATION_ERROR',
      () => JSON.stringify({ query: byName, variables: { name: '\ud83d' } }),
    ],
    [
      'variables on the prototype',
      400,
      'VALIDATION_ERROR',
      () => `{"query":${JSON.stringify(byName)},"variables":{"__proto__":{"name":"Indus"}}}`,
    ],
    [
      'a query on the prototype',
      400,
      'REQUEST_INVALID',
      () => '{"__proto__":{"query":"{ viewer { did } }"}}',
    ],
  ])('%s: %i %s', async ([, status, code, body]) => {
    expect(await post(body())).toMatchObject({ status, code })
  })

  test('__proto__ as a member of an input is no member of it: VALIDATION_ERROR', async () => {
    const body = JSON.stringify({ query: documentOf('createEntity'), variables: { input: 0 } })
    const input = JSON.stringify(draftOf()).replace('{', '{"__proto__":{"lei":"x"},')
    const authorization = `Bearer ${await zone.token(citizen)}`
    const answer = await post(body.replace('"input":0', `"input":${input}`), authorization)
    expect(answer.code).toBe('VALIDATION_ERROR')
  })

  test('__proto__ as a name of variable and answer is a name like any other', async () => {
    const query = `query ($__proto__: ID!) { __proto__: jurisdiction(id: $__proto__) { constructor: id } }`
    const response = await fetch(`${zone.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: `{"query":${JSON.stringify(query)},"variables":{"__proto__":"SA"}}`,
    })
    expect(await response.text()).toBe('{"data":{"__proto__":{"constructor":"SA"}}}')
    expect(Object.hasOwn(Object.prototype, 'id')).toBe(false)
  })
})

describe('with one request many times', () => {
  test('the same key and body is one act with one answer, another body is refused', async () => {
    const input = { ...draftOf(), idempotencyKey: randomUUID() }
    const query = documentOf('createEntity')
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => zone.ask(query, { input }, citizen)),
    )
    answers.push(await zone.ask(query, { input }, citizen))
    const [first] = answers
    expect(first?.errors).toEqual([])
    expect(new Set(answers.map(({ data }) => JSON.stringify(data))).size).toBe(1)
    const other = { ...input, legalName: draftOf().legalName }
    const { errors } = await zone.ask(query, { input: other }, citizen)
    expect(errors).toMatchObject([{ extensions: { code: 'IDEMPOTENCY_KEY_REUSED', retry: false } }])
    expect(await codeOf(query, { input: other }, stranger)).toEqual([])
    const filter = { legalName: { in: [input.legalName, other.legalName] } }
    const list = 'query ($filter: EntityFilter) { entities(filter: $filter) { totalCount } }'
    const { data } = await zone.ask(list, { filter }, registrar)
    expect(data).toEqual({ entities: { totalCount: 2 } })
  })

  test('of fifty approvals of one entity at once one succeeds', async () => {
    const { id, version } = await applied(zone, citizen)
    const input = { id, expectedVersion: version, evidence }
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        zone.ask(
          documentOf('approveFormation'),
          { input },
          { as: ['REGISTRAR'], did: `did:web:registrar-${index}.test` },
        ),
      ),
    )
    expect(answers.filter(({ errors }) => errors.length === 0)).toHaveLength(1)
    const codes = answers.flatMap(({ errors }) => errors.map(({ extensions }) => extensions.code))
    expect(new Set(codes)).toEqual(new Set(['VERSION_CONFLICT']))
    const history = 'query ($id: ID!) { statusHistory(entityId: $id) { nodes { to } chainValid } }'
    expect((await zone.ask(history, { id }, registrar)).data).toEqual({
      statusHistory: {
        nodes: [{ to: 'DRAFT' }, { to: 'APPLIED' }, { to: 'ACTIVE' }],
        chainValid: true,
      },
    })
  })

  test('of two partners that append one sequence one does, the other is told the head', async () => {
    const parties = [partyOf('pak'), partyOf('uae')] as const
    const corridor = await corridorGround(zone, 'contested', parties)
    const append = `mutation ($input: AppendReceiptInput!) {
      appendReceipt(input: $input) { outcome receipt { sequence nextRoot } } }`
    for (let sequence = 0; sequence < 5; sequence += 1) {
      const head = await corridor.head()
      const answers = await Promise.all(
        parties.map((party) => {
          const changes = { timestamp: `2026-02-01T00:00:0${parties.indexOf(party)}Z` }
          const document = receiptText('contested', head, [party], changes)
          return zone.ask(append, { input: { document } }, { as: ['PARTNER'], did: party.did })
        }),
      )
      const won = answers.filter(({ errors }) => errors.length === 0)
      expect(won).toMatchObject([{ data: { appendReceipt: { outcome: 'APPENDED' } } }])
      const { receipt } = Object(won[0]?.data).appendReceipt
      expect(answers.flatMap(({ errors }) => errors)).toMatchObject([
        {
          extensions: {
            code: 'STALE_HEAD',
            class: 'CONFLICT',
            details: { sequence, receiptCount: sequence + 1, nextRoot: receipt.nextRoot },
          },
        },
      ])
    }
    expect(await corridor.head()).toMatchObject({ receiptCount: 5 })
  })
})

test('after all of it the log verifies', async () => {
  await using database = openDatabase({
    url: zone.databaseUrl,
    connectionsMax: 1,
    applicationName: 'test',
  })
  await until('every event is in the log', async () => {
    const [row] = await database.raw<{ count: number }[]>`
      select count(*)::int as count from platform.outbox`
    return row?.count === 0
  })
  const verdict = await verifyLog(database)
  expect(verdict).toMatchObject({ valid: true, flaw: null })
  expect(verdict.size).toBeGreaterThan(150n)
  expect(verdict.checkpoints).toBeGreaterThan(0)
})
