import { type Role, roles } from '@sez/core/roles'
import { isObjectType, valueFromASTUntyped } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { OfferedEvent } from './domain/lifecycle.ts'
import { entityMovers } from './domain/next-move.ts'
import {
  type Company,
  evidence,
  founder,
  openTestEntities,
  reason,
  registrar,
  type TestEntities,
  type Who,
} from './entities.fixture.ts'

let zone: TestEntities
let active: Company
let draft: Company
beforeAll(async () => {
  zone = await openTestEntities()
  active = await zone.active()
  draft = await zone.draft()
})
afterAll(() => zone[Symbol.asyncDispose]())

const officials: readonly Role[] = [
  'REGISTRAR',
  'COMPLIANCE',
  'TAX',
  'REGULATOR',
  'AUDITOR',
  'ADMIN',
]
const readers: readonly Role[] = [...officials, 'CITIZEN', 'OPERATOR', 'SIGNATORY']
const registerFields = [
  'id',
  'legalName',
  'entityType',
  'jurisdictionId',
  'jurisdiction',
  'registrationNumber',
  'status',
  'phase',
]
const foreign = (role: Role): Who => ({ did: 'did:web:somebody.test', as: [role] })
const own = (role: Role): Who => ({ did: founder.did, as: [role] })

/** Every field of an entity, each asked for alone so that one refusal does not hide another. */
function fieldsOfEntity(): string[] {
  const type = zone.subgraph.schema.getType('Entity')
  return isObjectType(type) ? Object.keys(type.getFields()) : []
}
const selections: Readonly<Record<string, string>> = {
  jurisdiction: '{ id }',
  localForm: '{ code }',
  registeredOffice: '{ line1 }',
  shareCapital: '{ authorizedShares }',
  initialIssuance: '{ shares }',
  activities: '{ primary }',
  members: '{ did }',
  officers: '{ name }',
  nextMoves: '{ event }',
}

/** The places where an entity surfaces; each answers the entity, or null. */
const surfaces: Readonly<
  Record<
    string,
    (id: string, fields: string, who: Who) => Promise<{ entity: unknown; codes: unknown[] }>
  >
> = {
  async entity(id, fields, who) {
    const query = `query ($id: ID!) { entity(id: $id) { ${fields} } }`
    const { data, codes } = await zone.ask(query, { id }, who)
    return { entity: data?.['entity'] ?? null, codes: [...codes] }
  },
  async node(id, fields, who) {
    const query = `query ($id: ID!) { node(id: $id) { ... on Entity { ${fields} } } }`
    const { data, codes } = await zone.ask(query, { id }, who)
    return { entity: data?.['node'] ?? null, codes: [...codes] }
  },
  async _entities(id, fields, who) {
    const query = `query ($of: [_Any!]!) {
      _entities(representations: $of) { ... on Entity { ${fields} } } }`
    const of = [{ __typename: 'Entity', id }]
    const { data, codes } = await zone.ask(query, { of }, who)
    const [entity = null] = (data?.['_entities'] ?? []) as unknown[]
    return { entity, codes: [...codes] }
  },
}

/** Who may ask at a root field at all; `_entities` has no rule but that of the row. */
const askers = (surface: string): readonly Role[] => (surface === '_entities' ? roles : readers)

describe.each(Object.keys(surfaces))('%s', (surface) => {
  const read = surfaces[surface]
  if (read === undefined) return

  const mayAsk = roles.filter((role) => askers(surface).includes(role))
  const mayNot = roles.filter((role) => !mayAsk.includes(role))

  test.each(mayAsk)('%s, foreign: a registered entity shows the register only', async (role) => {
    const isOfficial = officials.includes(role)
    const seen = await Promise.all(
      fieldsOfEntity().map(async (field) => {
        const selected = `id ${field} ${selections[field] ?? ''}`
        const { entity, codes } = await read(active.id, selected, foreign(role))
        // A refused field is null and takes nothing else with it.
        const { id, [field]: value } = Object(entity)
        return { field, codes, id, isLeaked: codes.length > 0 && value !== null }
      }),
    )
    expect(seen).toEqual(
      fieldsOfEntity().map((field) => {
        const isShown = isOfficial || registerFields.includes(field)
        const codes = isShown ? [] : ['UNAUTHORIZED_FIELD']
        return { field, codes, id: active.id, isLeaked: false }
      }),
    )
  })

  test.each(mayAsk)('%s, foreign: a draft is seen by officials only', async (role) => {
    const entity = officials.includes(role) ? { id: draft.id } : null
    expect(await read(draft.id, 'id', foreign(role))).toEqual({ entity, codes: [] })
  })

  test('the other roles may not ask', async () => {
    const codes = await Promise.all(
      mayNot.map(async (role) => (await read(active.id, 'id', foreign(role))).codes),
    )
    expect(codes).toEqual(mayNot.map(() => ['FORBIDDEN']))
  })

  test.each(mayAsk)('%s, own: all of it, registered or not', async (role) => {
    for (const { id } of [active, draft]) {
      const fields = fieldsOfEntity().map((field) => `${field} ${selections[field] ?? ''}`)
      const { entity, codes } = await read(id, fields.join(' '), own(role))
      expect(codes).toEqual([])
      expect(Object(entity)).toMatchObject({ id, createdBy: founder.did })
    }
  })

  test('a narrowed token is a stranger to every other entity, also for officials', async () => {
    for (const who of [own('CITIZEN'), foreign('REGISTRAR')]) {
      const narrow = { ...who, entityIds: [draft.id] }
      expect((await read(draft.id, 'version', narrow)).codes).toEqual([])
      expect((await read(active.id, 'legalName', narrow)).codes).toEqual([])
      expect((await read(active.id, 'createdBy', narrow)).codes).toEqual(['UNAUTHORIZED_FIELD'])
      const other = await zone.draft()
      expect(await read(other.id, 'id', narrow)).toEqual({ entity: null, codes: [] })
    }
  })
})

test('the operations and nextMoves name the same movers', () => {
  const fields = zone.subgraph.schema.getMutationType()?.getFields() ?? {}
  const operations: Readonly<Record<OfferedEvent, string>> = {
    submit: 'submitFormation',
    withdraw: 'withdrawFormation',
    returnForCorrection: 'returnForCorrection',
    approve: 'approveFormation',
    reject: 'rejectFormation',
    suspend: 'suspendEntity',
    reinstate: 'reinstateEntity',
  }
  const said = Object.entries(operations).map(([event, field]) => {
    const node = fields[field]?.astNode?.directives?.find(
      (each) => each.name.value === 'requiresScopes',
    )
    const scopes: unknown = node?.arguments?.map(({ value }) => valueFromASTUntyped(value)).flat(2)
    return { event, roles: scopes }
  })
  expect(said).toEqual(
    Object.entries(entityMovers).map(([event, { roles: movers }]) => ({
      event,
      roles: [...movers],
    })),
  )
})

test('a claim does not make a member', async () => {
  const who = { ...foreign('OPERATOR'), entityIds: [draft.id] }
  const { data } = await zone.ask(
    `query ($id: ID!) { entity(id: $id) { id } }`,
    { id: draft.id },
    who,
  )
  expect(data).toEqual({ entity: null })
})

test('nobody reads nothing without a token but what is public', async () => {
  const { codes } = await zone.ask(`query ($id: ID!) { entity(id: $id) { id } }`, { id: active.id })
  expect(codes).toEqual(['UNAUTHENTICATED'])
})

describe('references', () => {
  const query = `query ($of: [_Any!]!) { _entities(representations: $of) {
    ... on Entity { legalName } ... on Jurisdiction { name } } }`

  test('by registration number, in order, null for what is not there or not seen', async () => {
    const of = [
      {
        __typename: 'Entity',
        jurisdictionId: 'PK-RSEZ',
        registrationNumber: active.registrationNumber,
      },
      { __typename: 'Entity', id: draft.id },
      { __typename: 'Jurisdiction', id: 'SA' },
      { __typename: 'Entity', jurisdictionId: 'PK-RSEZ', registrationNumber: 'RSEZ-9999999' },
      { __typename: 'Jurisdiction', id: 'ZZ' },
    ]
    const { data, codes } = await zone.ask(query, { of }, foreign('PARTNER'))
    expect(codes).toEqual([])
    expect(data).toEqual({
      _entities: [{ legalName: active.legalName }, null, { name: 'Saudi Arabia' }, null, null],
    })
  })

  test('a malformed reference blanks no other', async () => {
    const of = [
      { __typename: 'Entity', id: 'x' },
      { __typename: 'Jurisdiction', id: 'SA' },
    ]
    const { data, codes } = await zone.ask(query, { of }, foreign('PARTNER'))
    expect(codes).toEqual(['VALIDATION_ERROR'])
    expect(data).toEqual({ _entities: [null, { name: 'Saudi Arabia' }] })
  })
})

test('parts of an entity are seen only where the whole of it is', async () => {
  const history = `query ($id: ID!) { statusHistory(entityId: $id) { nodes { seq } } }`
  const asked = [
    'CITIZEN',
    'COMPLIANCE',
    'REGULATOR',
    'AUDITOR',
    'TAX',
    'ADMIN',
    'PARTNER',
  ] as const
  const seen = await Promise.all(
    asked.map(async (role) => {
      const { data, codes } = await zone.ask(history, { id: active.id }, foreign(role))
      return { role, isShown: (data?.['statusHistory'] ?? null) !== null, codes }
    }),
  )
  expect(seen).toEqual([
    { role: 'CITIZEN', isShown: false, codes: [] },
    { role: 'COMPLIANCE', isShown: true, codes: [] },
    { role: 'REGULATOR', isShown: true, codes: [] },
    { role: 'AUDITOR', isShown: true, codes: [] },
    { role: 'TAX', isShown: false, codes: ['FORBIDDEN'] },
    { role: 'ADMIN', isShown: false, codes: ['FORBIDDEN'] },
    { role: 'PARTNER', isShown: false, codes: ['FORBIDDEN'] },
  ])
})

test('the reason of a suspension is not for the public', async () => {
  const company = await zone.active()
  const input = { id: company.id, expectedVersion: company.version, reason, evidence }
  await zone.change('suspendEntity', input, registrar)
  const { data } = await zone.ask(
    `query ($id: ID!) {
      entity(id: $id) { status } statusHistory(entityId: $id) { nodes { reason } } }`,
    { id: company.id },
    foreign('CITIZEN'),
  )
  expect(data).toEqual({ entity: { status: 'SUSPENDED' }, statusHistory: null })
})
