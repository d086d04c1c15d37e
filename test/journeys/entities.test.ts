/**
 * The register of companies through the gateway: every root field, taken, refused and not found.
 */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestZone, type TestZone, type Who } from '../zone.fixture.ts'

let zone: TestZone
beforeAll(async () => {
  zone = await openTestZone()
})
afterAll(() => zone[Symbol.asyncDispose]())

const citizen: Who = { as: ['CITIZEN'] }
const registrar: Who = { as: ['REGISTRAR'] }
/** May call every change, and is a stranger to every entity that is not its own. */
const everyone: Who = { as: ['CITIZEN', 'REGISTRAR'], did: 'did:web:everyone.test' }
const unknown = 'ent_01890a5d-ac96-774b-8cce-b302099a8057'
const evidence = ['ab'.repeat(32)]
const reason = 'The register asks for it.'
const declarations = {
  truthful: true,
  amlCompliance: true,
  sanctionsClearance: true,
  authorizedSignatory: true,
  consentToChecks: true,
}

interface Company {
  readonly id: string
  readonly version: number
  readonly status: string
  readonly legalName: string
  readonly registrationNumber: string | null
}

async function answer(query: string, variables: Record<string, unknown>, who?: Who) {
  const { data, errors } = await zone.ask(query, variables, who)
  return { data: Object(data), codes: errors.map(({ extensions }) => extensions.code) }
}

function documentOf(mutation: string): string {
  const type = `${mutation.slice(0, 1).toUpperCase()}${mutation.slice(1)}Input`
  return `mutation ($input: ${type}!) { ${mutation}(input: $input) {
    log { eventId digest } entity { id version status legalName registrationNumber } } }`
}

/** Makes one change and answers the entity after it. */
async function change(mutation: string, input: object, who = citizen): Promise<Company> {
  const { data, codes } = await answer(documentOf(mutation), { input }, who)
  expect(codes).toEqual([])
  return data[mutation].entity
}

const draftInput = (changes: object = {}) => ({
  legalName: `Kabul River ${randomUUID()} Ltd`,
  jurisdictionId: 'PK-RSEZ',
  entityType: 'LLC',
  localForm: 'SMC_PVT',
  registeredOffice: { line1: '1 Nowshera Road', city: 'Rashakai', country: 'PK' },
  ...changes,
})
const directorInput = ({ id, version }: Pick<Company, 'id' | 'version'>) => ({
  entityId: id,
  expectedVersion: version,
  name: 'Ayesha Khan',
  identity: 'did:web:ayesha.test',
  role: 'DIRECTOR',
  nationality: 'PK',
  resident: true,
  consentToAct: true,
  fitAndProper: true,
})
const of = ({ id, version }: Company) => ({ id, expectedVersion: version })

async function draft(): Promise<Company> {
  return change('appointOfficer', directorInput(await change('createEntity', draftInput())))
}
async function applied(): Promise<Company> {
  return change('submitFormation', { ...of(await draft()), declarations })
}
async function active(): Promise<Company> {
  return change('approveFormation', { ...of(await applied()), evidence }, registrar)
}

test('createEntity · success, submitFormation · success, approveFormation · success', async () => {
  const drafted = await change('createEntity', draftInput())
  expect(drafted).toMatchObject({ status: 'DRAFT', version: 1 })
  const staffed = await change('appointOfficer', directorInput(drafted))
  const submitted = await change('submitFormation', { ...of(staffed), declarations })
  expect(submitted.status).toBe('APPLIED')
  const approved = await change('approveFormation', { ...of(submitted), evidence }, registrar)
  expect(approved.registrationNumber).toMatch(/^RSEZ-\d{7}$/)
})

test('updateDraft · success', async () => {
  const edited = await change('updateDraft', {
    ...of(await draft()),
    patch: { financialYearEnd: '06-30' },
  })
  expect(edited.version).toBe(3)
})

test('returnForCorrection · success, rejectFormation · success', async () => {
  const returned = await change(
    'returnForCorrection',
    { ...of(await applied()), reason },
    registrar,
  )
  expect(returned.status).toBe('DRAFT')
  const again = await change('submitFormation', { ...of(returned), declarations })
  const rejected = await change('rejectFormation', { ...of(again), reason }, registrar)
  expect(rejected.status).toBe('REJECTED')
})

test('withdrawFormation · success', async () => {
  expect((await change('withdrawFormation', of(await draft()))).status).toBe('WITHDRAWN')
})

test('suspendEntity · success, reinstateEntity · success', async () => {
  const grounds = { reason, evidence }
  const suspended = await change('suspendEntity', { ...of(await active()), ...grounds }, registrar)
  expect(suspended.status).toBe('SUSPENDED')
  const back = await change('reinstateEntity', { ...of(suspended), ...grounds }, registrar)
  expect(back.status).toBe('ACTIVE')
})

test('addEntityMember · success, removeEntityMember · success', async () => {
  const { id } = await draft()
  const input = { entityId: id, did: 'did:web:partner.test' }
  expect((await change('addEntityMember', input)).id).toBe(id)
  expect((await change('removeEntityMember', input)).id).toBe(id)
})

test('appointOfficer · success, resignOfficer · success', async () => {
  const { id, version } = await draft()
  const query = `query ($id: ID!) { entity(id: $id) { officers { id name } } }`
  const { data } = await answer(query, { id }, citizen)
  const [officer] = data.entity.officers
  expect(officer.name).toBe('Ayesha Khan')
  const input = { entityId: id, expectedVersion: version, officerId: officer.id }
  expect((await change('resignOfficer', input)).version).toBe(version + 1)
})

/** Each change on an id nobody has, and the same spoilt. */
const changes: Readonly<Record<string, { readonly input: object; readonly spoilt: object }>> = {
  updateDraft: {
    input: { id: unknown, expectedVersion: 1, patch: { lei: null } },
    spoilt: { patch: { lei: 'x' } },
  },
  submitFormation: {
    input: { id: unknown, expectedVersion: 1, declarations },
    spoilt: { id: 'x' },
  },
  withdrawFormation: { input: { id: unknown, expectedVersion: 1 }, spoilt: { id: 'x' } },
  returnForCorrection: {
    input: { id: unknown, expectedVersion: 1, reason },
    spoilt: { reason: ' ' },
  },
  approveFormation: {
    input: { id: unknown, expectedVersion: 1, evidence },
    spoilt: { evidence: [...evidence, ...evidence] },
  },
  rejectFormation: {
    input: { id: unknown, expectedVersion: 1, reason },
    spoilt: { reason: 'x'.repeat(2_001) },
  },
  suspendEntity: {
    input: { id: unknown, expectedVersion: 1, reason, evidence },
    spoilt: { evidence: [] },
  },
  reinstateEntity: {
    input: { id: unknown, expectedVersion: 1, reason, evidence },
    spoilt: { reason: '' },
  },
  addEntityMember: {
    input: { entityId: unknown, did: 'did:web:a.test' },
    spoilt: { entityId: 'x' },
  },
  removeEntityMember: {
    input: { entityId: unknown, did: 'did:web:a.test' },
    spoilt: { did: 'no did' },
  },
  appointOfficer: {
    input: directorInput({ id: unknown, version: 1 }),
    spoilt: { name: ' ' },
  },
  resignOfficer: {
    input: { entityId: unknown, expectedVersion: 1, officerId: unknown.replace('ent', 'off') },
    spoilt: { officerId: 'x' },
  },
}

// Titles: updateDraft · refusal, updateDraft · not found, submitFormation · refusal,
// submitFormation · not found, withdrawFormation · refusal, withdrawFormation · not found,
// returnForCorrection · refusal, returnForCorrection · not found, approveFormation · refusal,
// approveFormation · not found, rejectFormation · refusal, rejectFormation · not found,
// suspendEntity · refusal, suspendEntity · not found, reinstateEntity · refusal,
// reinstateEntity · not found, addEntityMember · refusal, addEntityMember · not found,
// removeEntityMember · refusal, removeEntityMember · not found, appointOfficer · refusal,
// appointOfficer · not found, resignOfficer · refusal, resignOfficer · not found.
describe.each(Object.entries(changes))('%s', (mutation, { input, spoilt }) => {
  test(`${mutation} · refusal`, async () => {
    const variables = { input: { ...input, ...spoilt } }
    const { codes } = await answer(documentOf(mutation), variables, everyone)
    expect(codes).toEqual(['VALIDATION_ERROR'])
  })

  test(`${mutation} · not found`, async () => {
    const { codes } = await answer(documentOf(mutation), { input }, everyone)
    expect(codes).toEqual(['NOT_FOUND'])
  })
})

test('createEntity · refusal tells every problem and what to do', async () => {
  const input = draftInput({ lei: 'x', financialYearEnd: '13-01' })
  const { errors } = await zone.ask(documentOf('createEntity'), { input }, citizen)
  expect(errors[0]?.extensions).toMatchObject({
    code: 'VALIDATION_ERROR',
    class: 'VALIDATION_ERROR',
    retry: false,
    field: 'input.lei',
    details: { problems: [{ path: 'input.lei' }, { path: 'input.financialYearEnd' }] },
  })
})

test('createEntity · not found: the jurisdiction', async () => {
  const input = draftInput({ jurisdictionId: 'ZZ' })
  expect((await answer(documentOf('createEntity'), { input }, citizen)).codes).toEqual([
    'JURISDICTION_UNKNOWN',
  ])
})

describe('queries of entities', () => {
  const byId = `query ($id: ID!) { entity(id: $id) { id status jurisdiction { id name } } }`

  test('entity · success', async () => {
    const { id, registrationNumber } = await active()
    const { data } = await answer(byId, { id }, citizen)
    expect(data.entity).toMatchObject({ id, status: 'ACTIVE', jurisdiction: { id: 'PK-RSEZ' } })
    const byNumber = `query ($number: String!) {
      entity(jurisdictionId: "PK-RSEZ", registrationNumber: $number) { id } }`
    const found = await answer(byNumber, { number: registrationNumber }, everyone)
    expect(found.data.entity).toEqual({ id })
  })

  test('entity · refusal', async () => {
    expect((await answer(byId, { id: 'x' }, citizen)).codes).toEqual(['VALIDATION_ERROR'])
    expect((await answer(byId, { id: unknown })).codes).toEqual(['UNAUTHENTICATED'])
  })

  test('entity · not found, and a field of another\u{2019}s entity', async () => {
    expect((await answer(byId, { id: unknown }, registrar)).data).toEqual({ entity: null })
    const { id } = await active()
    const query = `query ($id: ID!) { entity(id: $id) { legalName officers { name } } }`
    const { data, codes } = await answer(query, { id }, { as: ['OPERATOR'] })
    expect(codes).toEqual(['UNAUTHORIZED_FIELD'])
    expect(data.entity).toMatchObject({ officers: null })
  })

  const node = `query ($id: ID!) { node(id: $id) { id ... on Entity { legalName } } }`

  test('node · success', async () => {
    const { id, legalName } = await draft()
    expect((await answer(node, { id }, citizen)).data).toEqual({ node: { id, legalName } })
  })

  test('node · refusal', async () => {
    expect((await answer(node, { id: 'x' }, citizen)).codes).toEqual(['VALIDATION_ERROR'])
  })

  test('node · not found', async () => {
    expect((await answer(node, { id: unknown }, citizen)).data).toEqual({ node: null })
  })

  const list = `query ($filter: EntityFilter, $first: Int, $after: String) {
    entities(filter: $filter, first: $first, after: $after, orderBy: CREATED_AT_ASC) {
      nodes { id } pageInfo { hasNextPage endCursor } totalCount } }`

  test('entities · success', async () => {
    const made = [await draft(), await draft(), await draft()].map(({ id }) => id)
    const owner: Who = { as: ['CITIZEN'] }
    const filter = { status: { eq: 'DRAFT' } }
    const whole = (await answer(list, { filter, first: 500 }, owner)).data.entities
    expect(whole.nodes.map(({ id }: Company) => id).slice(-3)).toEqual(made)
    expect(whole.totalCount).toBe(whole.nodes.length)
    const first = (await answer(list, { filter, first: whole.totalCount - 1 }, owner)).data.entities
    expect(first.pageInfo.hasNextPage).toBe(true)
    const after = first.pageInfo.endCursor
    const rest = (await answer(list, { filter, after }, owner)).data.entities
    expect(rest.nodes).toEqual([{ id: made[2] }])
  })

  test('entities · refusal', async () => {
    expect((await answer(list, { first: 501 }, citizen)).codes).toEqual(['PAGE_SIZE_EXCEEDED'])
    expect((await answer(list, { after: 'x' }, citizen)).codes).toEqual(['CURSOR_INVALID'])
  })

  test('entities · not found', async () => {
    const filter = { legalName: { eq: 'Nobody' } }
    const { data } = await answer(list, { filter }, registrar)
    expect(data.entities).toMatchObject({ nodes: [], totalCount: 0 })
  })

  const counts = `query ($place: ID) { entityCounts(jurisdictionId: $place) { status count } }`

  test('entityCounts · success', async () => {
    await draft()
    const { data } = await answer(counts, { place: 'PK-RSEZ' }, registrar)
    const found = Object.fromEntries(
      data.entityCounts.map(({ status, count }: { status: string; count: number }) => [
        status,
        count,
      ]),
    )
    expect(found['DRAFT']).toBeGreaterThan(0)
  })

  test('entityCounts · refusal', async () => {
    expect((await answer(counts, { place: '?' }, registrar)).codes).toEqual(['VALIDATION_ERROR'])
  })

  test('entityCounts · not found', async () => {
    const { data } = await answer(counts, { place: 'ZZ' }, registrar)
    expect(data.entityCounts.every(({ count }: { count: number }) => count === 0)).toBe(true)
  })

  const history = `query ($id: ID!) { statusHistory(entityId: $id) {
    nodes { seq to digest prevDigest log { eventId } } chainValid } }`

  test('statusHistory · success', async () => {
    const { id } = await active()
    const { data } = await answer(history, { id }, citizen)
    expect(data.statusHistory).toMatchObject({
      chainValid: true,
      nodes: [{ to: 'DRAFT' }, { to: 'APPLIED' }, { to: 'ACTIVE' }],
    })
  })

  test('statusHistory · refusal', async () => {
    expect((await answer(history, { id: 'x' }, citizen)).codes).toEqual(['VALIDATION_ERROR'])
  })

  test('statusHistory · not found', async () => {
    expect((await answer(history, { id: unknown }, citizen)).data).toEqual({ statusHistory: null })
  })
})

describe('what everybody may ask', () => {
  const availability = `query ($name: String!, $place: ID!) {
    nameAvailability(name: $name, jurisdictionId: $place) {
      available conflicts { entity { id } } } }`

  test('nameAvailability · success', async () => {
    const { id, legalName } = await active()
    const name = legalName.toUpperCase().replace('LTD', 'Limited')
    const { data } = await answer(availability, { name, place: 'PK-RSEZ' })
    expect(data.nameAvailability).toEqual({ available: false, conflicts: [{ entity: { id } }] })
  })

  test('nameAvailability · refusal', async () => {
    const { codes } = await answer(availability, { name: '—', place: 'PK' })
    expect(codes).toEqual(['NAME_REQUIRED'])
  })

  test('nameAvailability · not found: the jurisdiction', async () => {
    const { codes } = await answer(availability, { name: 'Indus', place: 'ZZ' })
    expect(codes).toEqual(['JURISDICTION_UNKNOWN'])
  })

  test('jurisdictions · success', async () => {
    const { data } = await answer('{ jurisdictions { id localForms { code } } }', {})
    expect(data.jurisdictions.length).toBeGreaterThan(5)
  })

  const jurisdiction = 'query ($id: ID!) { jurisdiction(id: $id) { name } }'

  test('jurisdiction · success', async () => {
    const { data } = await answer(jurisdiction, { id: 'SA' })
    expect(data).toEqual({ jurisdiction: { name: 'Saudi Arabia' } })
  })

  test('jurisdiction · refusal', async () => {
    expect((await answer(jurisdiction, { id: '?' })).codes).toEqual(['VALIDATION_ERROR'])
  })

  test('jurisdiction · not found', async () => {
    expect((await answer(jurisdiction, { id: 'ZZ' })).data).toEqual({ jurisdiction: null })
  })

  test('viewer · success', async () => {
    const query = '{ viewer { did roles } }'
    expect((await answer(query, {})).data).toEqual({ viewer: { did: null, roles: [] } })
    const { data } = await answer(query, {}, everyone)
    expect(data.viewer.did).toBe(everyone.did)
  })
})

describe('entityStatusChanged', () => {
  const document = `subscription ($id: ID, $after: String) {
    entityStatusChanged(entityId: $id, after: $after) {
      cursor to entity { id legalName jurisdiction { name } } } }`

  test('entityStatusChanged · success: the past, the present, and on from a cursor', async () => {
    const company = await applied()
    const moves = zone.subscribe(document, { id: company.id }, citizen)
    const next = async () => {
      const item = await moves.next()
      return Object(item.value).data.entityStatusChanged
    }
    expect((await next()).to).toBe('DRAFT')
    const submitted = await next()
    expect(submitted.to).toBe('APPLIED')
    const waiting = next()
    await change('approveFormation', { ...of(company), evidence }, registrar)
    expect(await waiting).toMatchObject({
      to: 'ACTIVE',
      entity: { id: company.id, legalName: company.legalName },
    })
    await moves.return?.()
    const rest = zone.subscribe(document, { id: company.id, after: submitted.cursor }, citizen)
    const { value } = await rest.next()
    expect(Object(value).data.entityStatusChanged.to).toBe('ACTIVE')
    await rest.return?.()
  })

  /** The codes of a subscription that is refused, however the protocol carries them. */
  async function refusal(variables: Record<string, unknown>, who: Who): Promise<unknown[]> {
    try {
      const { value } = await zone.subscribe(document, variables, who).next()
      return codesOf(Object(value).errors)
    } catch (errors) {
      return codesOf(errors)
    }
  }
  const codesOf = (errors: unknown): unknown[] =>
    Array.isArray(errors) ? errors.map((each) => Object(Object(each).extensions).code) : [errors]

  test('entityStatusChanged · refusal', async () => {
    expect(await refusal({ id: 'x' }, citizen)).toEqual(['VALIDATION_ERROR'])
  })

  test('entityStatusChanged · not found', async () => {
    expect(await refusal({ id: unknown }, citizen)).toEqual(['NOT_FOUND'])
  })
})
