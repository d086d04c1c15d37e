import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type Company,
  directorInput,
  draftInput,
  founder,
  freshName,
  office,
  openTestEntities,
  registrar,
  stranger,
  type TestEntities,
  type Who,
} from './entities.fixture.ts'

let zone: TestEntities
beforeAll(async () => {
  zone = await openTestEntities()
})
afterAll(() => zone[Symbol.asyncDispose]())

const unknown = 'ent_01890a5d-ac96-774b-8cce-b302099a8057'

async function ask<T>(query: string, variables: Record<string, unknown>, who?: Who): Promise<T> {
  const { data, codes } = await zone.ask(query, variables, who)
  expect(codes).toEqual([])
  return data as T
}

describe('entity', () => {
  const byId = `query ($id: ID) { entity(id: $id) { id legalName } }`
  const byNumber = `query ($place: ID, $number: String) {
    entity(jurisdictionId: $place, registrationNumber: $number) { id } }`

  test('by id and by registration number', async () => {
    const { id, legalName, registrationNumber: number } = await zone.active()
    expect(await ask(byId, { id }, founder)).toEqual({ entity: { id, legalName } })
    expect(await ask(byNumber, { place: 'PK-RSEZ', number }, founder)).toEqual({ entity: { id } })
    expect(await ask(byNumber, { place: 'PK', number }, founder)).toEqual({ entity: null })
  })

  test('null when there is none', async () => {
    expect(await ask(byId, { id: unknown }, registrar)).toEqual({ entity: null })
    const node = `query ($id: ID!) { node(id: $id) { __typename id } }`
    expect(await ask(node, { id: unknown }, registrar)).toEqual({ node: null })
  })

  test('VALIDATION_ERROR for no way, both ways, half a way, and what is no id', async () => {
    const codesOf = async (args: string) =>
      (await zone.ask(`{ entity${args} { id } }`, {}, founder)).codes
    for (const args of [
      '',
      `(id: "${unknown}", jurisdictionId: "PK", registrationNumber: "1")`,
      '(jurisdictionId: "PK")',
      '(registrationNumber: "1")',
      '(id: "company-7")',
      '(jurisdictionId: "?", registrationNumber: "1")',
    ]) {
      expect(await codesOf(args)).toEqual(['VALIDATION_ERROR'])
    }
  })

  test('shows everything a draft was given', async () => {
    const given = draftInput({
      tradingNames: ['Indus'],
      lei: '213800KUD8LAJWSQ9D15',
      shareCapital: { authorized: '100000.5', parValue: '10', currency: 'PKR' },
      initialIssuance: [
        { recipient: founder.did, shareClass: 'ORDINARY', shares: '9007199254740993' },
      ],
      activities: { primary: 'Weaving', isicCodes: ['1312'] },
      financialYearEnd: '06-30',
    })
    const { id } = await zone.change('createEntity', given)
    const query = `query ($id: ID!) { entity(id: $id) {
      version entityType phase tradingNames lei financialYearEnd formationDate createdBy submittedBy
      localForm { code name directorsMinimum } jurisdiction { id name country parent { id } }
      registeredOffice { line1 line2 city country }
      shareCapital { authorized { amount currency } parValue { amount } authorizedShares }
      initialIssuance { recipient shareClass shares }
      activities { primary isicCodes description } members { did addedBy } officers { id } } }`
    expect(await ask(query, { id }, founder)).toEqual({
      entity: {
        version: 1,
        entityType: 'LLC',
        phase: 'FORMATION',
        tradingNames: ['Indus'],
        lei: '213800KUD8LAJWSQ9D15',
        financialYearEnd: '06-30',
        formationDate: null,
        createdBy: founder.did,
        submittedBy: null,
        localForm: { code: 'SMC_PVT', name: 'Single-member private company', directorsMinimum: 1 },
        jurisdiction: {
          id: 'PK-RSEZ',
          name: 'Rashakai Special Economic Zone',
          country: 'PK',
          parent: { id: 'PK' },
        },
        registeredOffice: { ...office, line2: null },
        shareCapital: {
          authorized: { amount: '100000.50', currency: 'PKR' },
          parValue: { amount: '10.00' },
          authorizedShares: '10000',
        },
        initialIssuance: [
          { recipient: founder.did, shareClass: 'ORDINARY', shares: '9007199254740993' },
        ],
        activities: { primary: 'Weaving', isicCodes: ['1312'], description: null },
        members: [{ did: founder.did, addedBy: founder.did }],
        officers: [],
      },
    })
  })

  test('node finds an entity, viewer tells who asks', async () => {
    const { id } = await zone.draft()
    const query = `query ($id: ID!) {
      node(id: $id) { __typename id ... on Entity { status } } viewer { did roles } }`
    expect(await ask(query, { id }, founder)).toEqual({
      node: { __typename: 'Entity', id, status: 'DRAFT' },
      viewer: { did: founder.did, roles: ['CITIZEN'] },
    })
    expect(await ask(`{ viewer { did roles } }`, {})).toEqual({ viewer: { did: null, roles: [] } })
  })
})

describe('nextMoves', () => {
  const query = `query ($id: ID!) { entity(id: $id) { nextMoves { event blockedBy } } }`

  test('names what stands in the way for whoever asks', async () => {
    const { id } = await zone.change('createEntity', draftInput({ registeredOffice: null }))
    expect(await ask(query, { id }, founder)).toEqual({
      entity: {
        nextMoves: [
          { event: 'SUBMIT', blockedBy: ['DIRECTORS_MINIMUM', 'OFFICE_MISSING'] },
          { event: 'WITHDRAW', blockedBy: [] },
        ],
      },
    })
    const seen = await ask<{ entity: { nextMoves: { blockedBy: string[] }[] } }>(
      query,
      { id },
      registrar,
    )
    expect(seen.entity.nextMoves.every(({ blockedBy }) => blockedBy.includes('FORBIDDEN'))).toBe(
      true,
    )
  })
})

describe('entities', () => {
  const prefix = `Kohat ${Math.random()}`
  const companies: Company[] = []
  const kinds = ['draft', 'applied', 'active', 'draft', 'active'] as const
  const query = `query ($filter: EntityFilter, $order: EntityOrder, $first: Int, $after: String) {
    entities(filter: $filter, orderBy: $order, first: $first, after: $after) {
      nodes { id legalName status } edges { cursor node { id } }
      pageInfo { hasNextPage hasPreviousPage endCursor startCursor } totalCount } }`
  interface Page {
    readonly entities: {
      readonly nodes: readonly Company[]
      readonly edges: readonly { readonly node: { readonly id: string } }[]
      readonly totalCount: number
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
    }
  }
  const mine = { legalName: { prefix } }
  const ids = ({ entities }: Page) => entities.nodes.map(({ id }) => id)
  const list = (variables: Record<string, unknown>, who: Who = registrar) =>
    ask<Page>(query, { first: 50, order: 'CREATED_AT_ASC', ...variables }, who)

  beforeAll(async () => {
    for (const [index, status] of kinds.entries()) {
      const changes = {
        legalName: `${prefix} ${'edcba'[index]} Mills`,
        jurisdictionId: index < 3 ? 'PK' : 'SA',
      }
      const form = index < 3 ? {} : { localForm: 'SA_LLC' }
      companies.push(await zone[status]({ ...changes, ...form }))
    }
  })

  test('pages hold each entity once, in every order and page size', async () => {
    const created = companies.map(({ id }) => id)
    const orders = {
      CREATED_AT_ASC: created,
      CREATED_AT_DESC: created.toReversed(),
      LEGAL_NAME_ASC: created.toReversed(),
      LEGAL_NAME_DESC: created,
      UPDATED_AT_ASC: created,
      UPDATED_AT_DESC: created.toReversed(),
    }
    for (const [order, expected] of Object.entries(orders)) {
      for (const first of [1, 2, 5, 50]) {
        const seen: string[] = []
        let after: string | null = null
        do {
          const page: Page = await list({ filter: mine, order, first, after })
          expect(page.entities.totalCount).toBe(5)
          expect(page.entities.edges.map(({ node }) => node.id)).toEqual(ids(page))
          seen.push(...ids(page))
          after = page.entities.pageInfo.hasNextPage ? page.entities.pageInfo.endCursor : null
        } while (after !== null)
        expect({ order, first, seen }).toEqual({ order, first, seen: expected })
      }
    }
  })

  test('filters by status, kind, jurisdiction, name, time, and by and/or of these', async () => {
    const [draft, applied, active, saudi, saudiActive] = companies.map(({ id }) => id)
    const found = async (filter: object) => ids(await list({ filter: { ...mine, ...filter } }))
    expect(await found({ status: { eq: 'ACTIVE' } })).toEqual([active, saudiActive])
    expect(await found({ status: { in: ['DRAFT', 'APPLIED'] } })).toEqual([draft, applied, saudi])
    expect(await found({ jurisdictionId: { eq: 'SA' } })).toEqual([saudi, saudiActive])
    expect(await found({ entityType: { eq: 'TRUST' } })).toEqual([])
    expect(await found({ status: { in: [] } })).toEqual([])
    expect(await found({ and: [{ legalName: { prefix: `${prefix} a` } }] })).toEqual([saudiActive])
    const or = [{ status: { eq: 'APPLIED' } }, { jurisdictionId: { eq: 'SA' } }]
    expect(await found({ or })).toEqual([applied, saudi, saudiActive])
    expect(await found({ createdAt: { until: '2020-01-01T00:00:00.000Z' } })).toEqual([])
    expect(await found({ updatedAt: { from: '2020-01-01T00:00:00.000Z' } })).toHaveLength(5)
  })

  test('holds the own for members, none for strangers, fewer for a narrowed token', async () => {
    expect(ids(await list({ filter: mine }, founder))).toHaveLength(5)
    expect((await list({ filter: mine }, stranger)).entities).toMatchObject({
      nodes: [],
      totalCount: 0,
    })
    const [first] = companies
    const narrow = (who: Who) => ({ ...who, entityIds: [first?.id ?? ''] })
    expect(ids(await list({ filter: mine }, narrow(founder)))).toEqual([first?.id])
    expect(ids(await list({ filter: mine }, narrow(registrar)))).toEqual([first?.id])
    expect(ids(await list({ filter: mine }, narrow(stranger)))).toEqual([])
  })

  test('PAGE_SIZE_EXCEEDED, VALIDATION_ERROR, CURSOR_INVALID', async () => {
    const codes = async (variables: object) =>
      (await zone.ask(query, { ...variables }, registrar)).codes
    expect(await codes({ first: 501 })).toEqual(['PAGE_SIZE_EXCEEDED'])
    expect(await codes({ first: 0 })).toEqual(['VALIDATION_ERROR'])
    expect(await codes({ after: 'x' })).toEqual(['CURSOR_INVALID'])
    const page = await list({ filter: mine, first: 1 })
    const after = page.entities.pageInfo.endCursor
    expect(await codes({ after, order: 'LEGAL_NAME_ASC' })).toEqual(['CURSOR_INVALID'])
    expect(await codes({ filter: { or: [] } })).toEqual(['VALIDATION_ERROR'])
  })

  test('entityCounts counts what entities lists, every status included', async () => {
    const counts = `query ($place: ID) { entityCounts(jurisdictionId: $place) { status count } }`
    const { entityCounts } = await ask<{ entityCounts: { status: string; count: number }[] }>(
      counts,
      { place: 'SA' },
      founder,
    )
    expect(entityCounts).toHaveLength(11)
    expect(entityCounts.filter(({ count }) => count > 0)).toEqual([
      { status: 'DRAFT', count: 1 },
      { status: 'ACTIVE', count: 1 },
    ])
    expect((await zone.ask(counts, { place: '?' }, founder)).codes).toEqual(['VALIDATION_ERROR'])
  })

  test('a page by the longest of names goes on from its cursor', async () => {
    const legalName = '\u{4e2d}'.repeat(499)
    const names = [`${legalName}\u{4e2d}`, `${legalName}\u{4e8c}`]
    for (const name of names) await zone.draft({ legalName: name })
    const filter = { legalName: { prefix: legalName } }
    const page = await list({ filter, order: 'LEGAL_NAME_ASC', first: 1 })
    const after = page.entities.pageInfo.endCursor
    const rest = await list({ filter, order: 'LEGAL_NAME_ASC', after })
    expect(rest.entities.nodes.map((each) => each.legalName)).toEqual(names.slice(1))
  })

  test('a filter is text to the database, whatever it holds', async () => {
    for (const text of ["'; drop table entities.entities; --", '%', '_', '\\']) {
      expect(ids(await list({ filter: { legalName: { prefix: text } } }))).toEqual([])
    }
  })
})

describe('nameAvailability', () => {
  const query = `query ($name: String!, $place: ID!) {
    nameAvailability(name: $name, jurisdictionId: $place) {
      available normalized conflicts { status entity { id legalName registrationNumber } } } }`

  test('is open to everybody and names a registered holder', async () => {
    const { id, legalName, registrationNumber } = await zone.active()
    const name = ` the ${legalName.toLowerCase().replace('(pvt) ltd', 'limited')} `
    expect(await ask(query, { name, place: 'PK-RSEZ' })).toMatchObject({
      nameAvailability: {
        available: false,
        conflicts: [{ status: 'ACTIVE', entity: { id, legalName, registrationNumber } }],
      },
    })
    expect(await ask(query, { name: 'Indus (Pvt.) Ltd', place: 'PK' })).toEqual({
      nameAvailability: { available: true, normalized: 'INDUS', conflicts: [] },
    })
  })

  test('does not say who has applied for a name, except to who may see them', async () => {
    const { id, legalName } = await zone.applied()
    const conflict = async (who?: Who) =>
      (
        await ask<{ nameAvailability: { conflicts: readonly { entity: unknown }[] } }>(
          query,
          { name: legalName, place: 'PK-RSEZ' },
          who,
        )
      ).nameAvailability.conflicts
    expect(await conflict()).toEqual([{ status: 'APPLIED', entity: null }])
    expect(await conflict(founder)).toMatchObject([{ entity: { id } }])
  })

  test('VALIDATION_ERROR, then NAME_REQUIRED, then JURISDICTION_UNKNOWN', async () => {
    const codes = async (name: string, place: string) =>
      (await zone.ask(query, { name, place })).codes
    expect(await codes('x'.repeat(501), 'ZZ')).toEqual(['VALIDATION_ERROR'])
    expect(await codes('—', 'ZZ')).toEqual(['NAME_REQUIRED'])
    expect(await codes('Indus', 'ZZ')).toEqual(['JURISDICTION_UNKNOWN'])
  })
})

describe('jurisdictions', () => {
  test('are open to everybody, with the legal forms of their law', async () => {
    const query = `{ jurisdictions {
      id currency parent { id } localForms { code entityType directorsMinimum } } }`
    const { jurisdictions } = await ask<{
      jurisdictions: { id: string; localForms: { code: string; directorsMinimum: number }[] }[]
    }>(query, {})
    expect(jurisdictions.map(({ id }) => id)).toEqual([
      'AE',
      'AE-DIFC',
      'CN',
      'PK',
      'PK-RSEZ',
      'SA',
    ])
    for (const { localForms } of jurisdictions) {
      expect(new Set(localForms.map(({ code }) => code)).size).toBe(localForms.length)
      expect(localForms.every(({ directorsMinimum }) => directorsMinimum >= 1)).toBe(true)
    }
  })

  test('one of them by id; null when there is none', async () => {
    const query = `query ($id: ID!) { jurisdiction(id: $id) { id name } }`
    expect(await ask(query, { id: 'SA' })).toEqual({
      jurisdiction: { id: 'SA', name: 'Saudi Arabia' },
    })
    expect(await ask(query, { id: 'ZZ' })).toEqual({ jurisdiction: null })
    expect((await zone.ask(query, { id: '?' })).codes).toEqual(['VALIDATION_ERROR'])
  })
})

test('what a request changes, the rest of the same request sees', async () => {
  const drafted = await zone.change('createEntity', draftInput())
  const document = `mutation (
    $a: AddEntityMemberInput!, $b: AppointOfficerInput!, $c: UpdateDraftInput!
  ) {
    a: addEntityMember(input: $a) { entity { version members { did } } }
    b: appointOfficer(input: $b) { entity { version members { did } officers { id } } }
    c: updateDraft(input: $c) { entity { version officers { name } } } }`
  const legalName = freshName()
  const { data, codes } = await zone.ask(
    document,
    {
      a: { entityId: drafted.id, did: stranger.did },
      b: directorInput(drafted),
      c: { id: drafted.id, expectedVersion: 2, patch: { legalName } },
    },
    founder,
  )
  expect(codes).toEqual([])
  expect(data).toMatchObject({
    a: { entity: { version: 1, members: [{ did: founder.did }, { did: stranger.did }] } },
    b: { entity: { version: 2, officers: [expect.anything()] } },
    c: { entity: { version: 3, officers: [{ name: 'Ayesha Khan' }] } },
  })
})
