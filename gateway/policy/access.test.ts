import { parseDid } from '@sez/core/did'
import type { Role } from '@sez/core/roles'
import { anonymous, type Caller } from '@sez/platform/context'
import { parse } from 'graphql'
import { describe, expect, test } from 'vitest'
import { compose, harness, type Service } from '../federation.fixture.ts'
import { source } from '../stream.fixture.ts'
import type { Transport, UpstreamResult } from '../transport/transport.ts'

const acts: string[] = []
const rows = [
  { __typename: 'Company', id: '1', name: 'Open', taxId: 'T1', books: { total: 5 } },
  { __typename: 'Person', id: '2', name: 'Ali', taxId: 'T2' },
]
const services: readonly Service[] = [
  {
    name: 'register',
    sdl: `
      interface Party { id: ID! name: String taxId: String }
      type Company implements Party @key(fields: "id") {
        id: ID! name: String taxId: String @requiresScopes(scopes: [["TAX"]])
        strict: String! @requiresScopes(scopes: [["ADMIN"]]) books: Books both: String @authenticated @requiresScopes(scopes: [["TAX", "AUDITOR"], ["ADMIN"]])
      }
      type Person implements Party @key(fields: "id") { id: ID! name: String taxId: String }
      type Books @requiresScopes(scopes: [["AUDITOR"]]) { total: Int }
      type Query {
        open: Party company: Company parties: [Party!]!
        mine: Company @authenticated
        secret: String @requiresScopes(scopes: [["REGISTRAR"], ["ADMIN"]])
        must: String! @requiresScopes(scopes: [["REGISTRAR"]])
        governed: String @policy(policies: [["moon"]])
        books: Books
      }
      type Mutation {
        file(name: String!): Int @requiresScopes(scopes: [["REGISTRAR"]])
        note: Int @authenticated
      }
      type Subscription { filed: Company @requiresScopes(scopes: [["REGISTRAR"]]) seen: Company }
    `,
    resolvers: {
      Party: { __resolveType: ({ __typename }: { __typename: string }) => __typename },
      Company: { strict: () => 'strict', both: () => 'both' },
      Query: {
        open: () => rows[0],
        company: () => rows[0],
        mine: () => rows[0],
        parties: () => rows,
        secret: () => 'secret',
        must: () => 'must',
        governed: () => 'governed',
        books: () => rows[0]?.books,
      },
      Mutation: {
        file: () => acts.push('file'),
        note: () => acts.push('note'),
      },
    },
  },
  {
    name: 'extra',
    sdl: `type Company @key(fields: "id") { id: ID! score: Int @requiresScopes(scopes: [["COMPLIANCE"]]) motto: String }`,
    resolvers: { Company: { score: () => 7, motto: () => 'on' } },
  },
]
const graph = compose(services)

function callerWith(...roles: Role[]): Caller {
  const did = parseDid('did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK')
  return { ...anonymous, did, roles: new Set(roles) }
}

const codes = (errors: readonly { extensions?: unknown; path?: unknown }[] = []) =>
  errors.map(({ path, extensions }) => [path, (extensions as { code: string }).code])

describe('a root field', () => {
  test('UNAUTHENTICATED for the anonymous', async () => {
    const { run, calls } = harness(graph)
    const { data, errors } = await run('{ mine { id } secret }')
    expect(data).toEqual({ mine: null, secret: null })
    expect(codes(errors)).toEqual([
      [['mine'], 'UNAUTHENTICATED'],
      [['secret'], 'UNAUTHENTICATED'],
    ])
    expect(calls).toEqual([])
  })

  test('FORBIDDEN names the roles that may', async () => {
    const { run } = harness(graph)
    const { errors } = await run('{ secret }', { caller: callerWith('CITIZEN') })
    expect(errors).toMatchObject([
      { extensions: { code: 'FORBIDDEN', details: { rolesAllowed: ['ADMIN', 'REGISTRAR'] } } },
    ])
  })

  test('that is allowed is fetched while the denied one beside it is not', async () => {
    const { run, calls } = harness(graph)
    const answer = await run('{ secret company { name } }', { caller: callerWith('CITIZEN') })
    expect(answer.data).toEqual({ secret: null, company: { name: 'Open' } })
    expect(calls[0]?.query).not.toContain('secret')
  })

  test('of a guarded type is guarded too', async () => {
    const { run } = harness(graph)
    expect(codes((await run('{ books { total } }', { caller: callerWith('TAX') })).errors)).toEqual(
      [[['books'], 'FORBIDDEN']],
    )
    const { data } = await run('{ books { total } }', { caller: callerWith('AUDITOR') })
    expect(data).toEqual({ books: { total: 5 } })
  })

  test('that must not be null takes the whole data with it', async () => {
    const { run } = harness(graph)
    const { data, errors } = await run('{ must company { id } }')
    expect(data).toBeNull()
    expect(codes(errors)).toEqual([[['must'], 'UNAUTHENTICATED']])
  })

  test('under a policy nobody here can decide is denied to everyone', async () => {
    const { run } = harness(graph)
    const { errors } = await run('{ governed }', { caller: callerWith('ADMIN', 'REGISTRAR') })
    expect(codes(errors)).toEqual([[['governed'], 'FORBIDDEN']])
  })
})

describe('a field below', () => {
  test('UNAUTHORIZED_FIELD and null, and it is not fetched', async () => {
    const { run, calls } = harness(graph)
    const { data, errors } = await run('{ company { name taxId score motto } }')
    expect(data).toEqual({ company: { name: 'Open', taxId: null, score: null, motto: 'on' } })
    expect(codes(errors)).toEqual([
      [['company', 'taxId'], 'UNAUTHORIZED_FIELD'],
      [['company', 'score'], 'UNAUTHORIZED_FIELD'],
    ])
    expect(calls.map(({ query }) => query).join()).not.toMatch(/taxId|score/)
  })

  test('of a subgraph asked for nothing else spares that subgraph', async () => {
    const { run, calls } = harness(graph)
    await run('{ company { name score } }')
    expect(calls.map(({ service }) => service)).toEqual(['register'])
  })

  test('is told under the client’s alias and in fragments', async () => {
    const { run } = harness(graph)
    const query =
      '{ company { ...F } } fragment F on Company { number: taxId ... { inner: taxId } }'
    expect(codes((await run(query)).errors)).toEqual([
      [['company', 'number'], 'UNAUTHORIZED_FIELD'],
      [['company', 'inner'], 'UNAUTHORIZED_FIELD'],
    ])
  })

  test('that must not be null takes its parent with it', async () => {
    const { run } = harness(graph)
    const { data, errors } = await run('{ company { name strict } }')
    expect(data).toEqual({ company: null })
    expect(codes(errors)).toEqual([[['company', 'strict'], 'UNAUTHORIZED_FIELD']])
  })

  test('needs every directive on it, and one alternative whole', async () => {
    const { run } = harness(graph)
    const isNull = async (...roles: Role[]) =>
      (await run('{ company { both } }', { caller: callerWith(...roles) })).errors !== undefined
    expect(await isNull('TAX')).toBe(true)
    expect(await isNull('TAX', 'AUDITOR')).toBe(false)
    expect(await isNull('ADMIN')).toBe(false)
  })

  test('asked on an interface is answered only for the types that allow it', async () => {
    const { run } = harness(graph)
    const { data, errors } = await run('{ parties { __typename taxId } }')
    expect(data).toEqual({
      parties: [
        { __typename: 'Company', taxId: null },
        { __typename: 'Person', taxId: 'T2' },
      ],
    })
    expect(codes(errors)).toEqual([[['parties', 0, 'taxId'], 'UNAUTHORIZED_FIELD']])
    const allowed = await run('{ parties { taxId } }', { caller: callerWith('TAX') })
    expect(allowed).toEqual({ data: { parties: [{ taxId: 'T1' }, { taxId: 'T2' }] } })
  })

  test('of a guarded type leaves an object that was asked for nothing else', async () => {
    const { run } = harness(graph)
    expect((await run('{ company { books { total } } }')).data).toEqual({
      company: { books: null },
    })
  })
})

describe('a mutation', () => {
  test('that is forbidden does not run, while the allowed one beside it does', async () => {
    const { run } = harness(graph)
    acts.length = 0
    const { data, errors } = await run('mutation { file(name: "x") note }', {
      caller: callerWith('CITIZEN'),
    })
    expect(acts).toEqual(['note'])
    expect(data).toEqual({ file: null, note: 1 })
    expect(codes(errors)).toEqual([[['file'], 'FORBIDDEN']])
  })

  test('hidden behind a fragment or an alias does not run either', async () => {
    const { run } = harness(graph)
    acts.length = 0
    await run(
      'mutation { ...F ... { b: file(name: "b") } } fragment F on Mutation { a: file(name: "a") }',
    )
    expect(acts).toEqual([])
  })
})

describe('a subscription', () => {
  const query = 'subscription { filed { id } }'

  test('that is forbidden opens no upstream', async () => {
    let opened = 0
    const register: Transport = {
      send: () => Promise.resolve({ data: {} }),
      subscribe: () => {
        opened += 1
        return Promise.resolve(source<UpstreamResult>())
      },
    }
    const { engine } = harness(graph, { register })
    const operation = engine.admit(query, parse(query), undefined)
    const scope = { caller: anonymous, correlationId: 'c', signal: new AbortController().signal }
    expect(await engine.subscribe(operation, {}, scope)).toMatchObject({
      errors: [{ path: ['filed'], extensions: { code: 'UNAUTHENTICATED' } }],
    })
    expect(opened).toBe(0)
  })

  test('filters the fields of its events', async () => {
    const upstream = source<UpstreamResult>()
    const register: Transport = {
      send: () => Promise.resolve({ data: {} }),
      subscribe: () => Promise.resolve(upstream),
    }
    const { subscribe } = harness(graph, { register })
    const stream = await subscribe('subscription { seen { id taxId } }')
    upstream.push({ data: { seen: { __typename: 'Company', id: '1', taxId: 'leaked' } } })
    const { value } = await stream.next()
    expect(value).toMatchObject({ errors: [{ path: ['seen', 'taxId'] }] })
    expect(JSON.stringify(value)).not.toContain('leaked')
    await stream.return()
  })
})

test('what a subgraph answers unasked never reaches a caller who may not have it', async () => {
  const register: Transport = {
    send: () =>
      Promise.resolve({ data: { company: { __typename: 'Company', name: 'n', taxId: 'leaked' } } }),
    subscribe: () => Promise.resolve({}),
  }
  const { run } = harness(graph, { register })
  expect(JSON.stringify(await run('{ company { name taxId } }'))).not.toContain('leaked')
})

test('callers of different rights never share a plan', async () => {
  const { run } = harness(graph)
  const query = '{ company { taxId } secret }'
  const anonymousAnswer = await run(query)
  const tax = await run(query, { caller: callerWith('TAX') })
  const both = await run(query, { caller: callerWith('TAX', 'REGISTRAR') })
  expect(await run(query)).toEqual(anonymousAnswer)
  expect(tax.data).toEqual({ company: { taxId: 'T1' }, secret: null })
  expect(both).toEqual({ data: { company: { taxId: 'T1' }, secret: 'secret' } })
})
