import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  changeDocument,
  type Company,
  declarations,
  directorInput,
  draftInput,
  evidence,
  founder,
  freshName,
  inputTypes,
  openTestEntities,
  reason,
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
const of = ({ id, version }: Company) => ({ id, expectedVersion: version })
const system: Who = { did: 'did:web:watcher.test', as: ['SYSTEM'] }

test('a draft becomes an active entity, is suspended and reinstated', async () => {
  const drafted = await zone.change('createEntity', draftInput())
  expect(drafted).toMatchObject({ status: 'DRAFT', version: 1, registrationNumber: null })
  const staffed = await zone.change('appointOfficer', directorInput(drafted))
  const applied = await zone.change('submitFormation', { ...of(staffed), declarations })
  expect(applied).toMatchObject({ status: 'APPLIED', version: 3, registrationNumber: null })
  const active = await zone.change('approveFormation', { ...of(applied), evidence }, registrar)
  expect(active.status).toBe('ACTIVE')
  expect(active.registrationNumber).toMatch(/^RSEZ-\d{7}$/)
  const grounds = { reason, evidence }
  const suspended = await zone.change('suspendEntity', { ...of(active), ...grounds }, registrar)
  expect(suspended.status).toBe('SUSPENDED')
  const back = await zone.change('reinstateEntity', { ...of(suspended), ...grounds }, registrar)
  expect(back).toEqual({ ...active, version: 6 })
})

test('an application is returned, corrected, and rejected', async () => {
  const applied = await zone.applied()
  const returned = await zone.change('returnForCorrection', { ...of(applied), reason }, registrar)
  expect(returned.status).toBe('DRAFT')
  const legalName = freshName()
  const edited = await zone.change('updateDraft', { ...of(returned), patch: { legalName } })
  expect(edited).toMatchObject({ legalName, version: returned.version + 1 })
  const again = await zone.change('submitFormation', { ...of(edited), declarations })
  const rejected = await zone.change('rejectFormation', { ...of(again), reason }, registrar)
  expect(rejected.status).toBe('REJECTED')
})

test('a draft and an application can be withdrawn, and free their name', async () => {
  const draft = await zone.draft()
  expect((await zone.change('withdrawFormation', of(draft))).status).toBe('WITHDRAWN')
  const legalName = freshName()
  const applied = await zone.applied({ legalName })
  expect((await zone.change('withdrawFormation', of(applied))).status).toBe('WITHDRAWN')
  expect((await zone.applied({ legalName })).status).toBe('APPLIED')
})

test('a system of the zone may suspend, and sees what the register shows', async () => {
  const active = await zone.active()
  const document = `mutation ($input: SuspendEntityInput!) {
    suspendEntity(input: $input) { entity { id status } } }`
  const input = { ...of(active), reason, evidence }
  const { data, codes } = await zone.ask(document, { input }, system)
  expect(codes).toEqual([])
  expect(data).toEqual({ suspendEntity: { entity: { id: active.id, status: 'SUSPENDED' } } })
})

describe('members', () => {
  const partner: Who = { did: 'did:web:partner.test', as: ['OPERATOR'] }

  test('the creator is the first and lets another act', async () => {
    const draft = await zone.draft()
    expect(await zone.refusal('withdrawFormation', of(draft), partner)).toBe('NOT_FOUND')
    await zone.change('addEntityMember', { entityId: draft.id, did: partner.did })
    expect((await zone.change('withdrawFormation', of(draft), partner)).status).toBe('WITHDRAWN')
  })

  test('who leaves an entity that is not on the register sees it no more', async () => {
    const draft = await zone.draft()
    await zone.change('addEntityMember', { entityId: draft.id, did: partner.did })
    const input = { entityId: draft.id, did: founder.did }
    const { data, codes } = await zone.ask(changeDocument('removeEntityMember'), { input }, founder)
    expect(codes).toEqual([])
    expect(data).toMatchObject({ removeEntityMember: { entity: null, log: expect.anything() } })
    expect(await zone.refusal('removeEntityMember', input, founder)).toBe('NOT_FOUND')
  })

  test('MEMBER_EXISTS, LAST_MEMBER, NOT_FOUND', async () => {
    const { id } = await zone.draft()
    const refused = (mutation: string, did: string) => zone.refusal(mutation, { entityId: id, did })
    expect(await refused('addEntityMember', founder.did)).toBe('MEMBER_EXISTS')
    expect(await refused('removeEntityMember', founder.did)).toBe('LAST_MEMBER')
    expect(await refused('removeEntityMember', stranger.did)).toBe('NOT_FOUND')
  })

  test('LIST_FULL at a hundred', async () => {
    const { id } = await zone.draft()
    for (let number = 1; number < 100; number += 1) {
      await zone.change('addEntityMember', { entityId: id, did: `did:web:m${number}.test` })
    }
    const last = { entityId: id, did: 'did:web:m100.test' }
    expect(await zone.refusal('addEntityMember', last)).toBe('LIST_FULL')
  })
})

describe('officers', () => {
  test('are appointed and resign in a draft, each change a version', async () => {
    const drafted = await zone.change('createEntity', draftInput())
    const document = `mutation ($input: AppointOfficerInput!) {
      appointOfficer(input: $input) {
        officer { id name role } entity { version officers { id } } } }`
    const { data } = await zone.ask(document, { input: directorInput(drafted) }, founder)
    const { officer, entity } = Object(data)['appointOfficer']
    expect(officer).toMatchObject({ name: 'Ayesha Khan', role: 'DIRECTOR' })
    expect(entity).toEqual({ version: 2, officers: [{ id: officer.id }] })
    const input = { entityId: drafted.id, expectedVersion: 2, officerId: officer.id }
    expect((await zone.change('resignOfficer', input)).version).toBe(3)
    expect(await zone.refusal('resignOfficer', { ...input, expectedVersion: 3 })).toBe('NOT_FOUND')
    const list = `query ($id: ID!) { entity(id: $id) {
      officers { id } officersEver: officers(includeResigned: true) { id resignedAt } } }`
    const listed = await zone.ask(list, { id: drafted.id }, founder)
    expect(listed.data).toEqual({
      entity: { officers: [], officersEver: [{ id: officer.id, resignedAt: expect.any(String) }] },
    })
  })

  test('OFFICER_UNFIT, then ENTITY_NOT_DRAFT once it is submitted', async () => {
    const draft = await zone.draft()
    const unfit = { ...directorInput(draft), fitAndProper: false }
    expect(await zone.refusal('appointOfficer', unfit)).toBe('OFFICER_UNFIT')
    const applied = await zone.change('submitFormation', { ...of(draft), declarations })
    expect(await zone.refusal('appointOfficer', directorInput(applied))).toBe('ENTITY_NOT_DRAFT')
    const officer = 'off_01890a5d-ac96-774b-8cce-b302099a8057'
    const input = { entityId: applied.id, expectedVersion: applied.version, officerId: officer }
    expect(await zone.refusal('resignOfficer', input)).toBe('ENTITY_NOT_DRAFT')
    const patch = { lei: null }
    expect(await zone.refusal('updateDraft', { ...of(applied), patch })).toBe('ENTITY_NOT_DRAFT')
  })
})

/** One input per change that is well formed but for what a row of a table spoils. */
const wellFormed: Readonly<Record<string, Record<string, unknown>>> = {
  updateDraft: { id: unknown, expectedVersion: 1, patch: { legalName: 'Ravi' } },
  submitFormation: { id: unknown, expectedVersion: 1, declarations },
  withdrawFormation: { id: unknown, expectedVersion: 1 },
  returnForCorrection: { id: unknown, expectedVersion: 1, reason },
  approveFormation: { id: unknown, expectedVersion: 1, evidence },
  rejectFormation: { id: unknown, expectedVersion: 1, reason },
  suspendEntity: { id: unknown, expectedVersion: 1, reason, evidence },
  reinstateEntity: { id: unknown, expectedVersion: 1, reason, evidence },
  addEntityMember: { entityId: unknown, did: stranger.did },
  removeEntityMember: { entityId: unknown, did: stranger.did },
  appointOfficer: directorInput({ id: unknown, version: 1 } as Company),
  resignOfficer: {
    entityId: unknown,
    expectedVersion: 1,
    officerId: unknown.replace('ent', 'off'),
  },
}
const everyone: Who = { did: 'did:web:all.test', as: ['CITIZEN', 'REGISTRAR'] }

describe('every change', () => {
  test.each(Object.entries(wellFormed))(
    '%s: NOT_FOUND for an id nobody has',
    async (name, input) => {
      expect(await zone.refusal(name, input, everyone)).toBe('NOT_FOUND')
    },
  )

  test.each(Object.entries(wellFormed))(
    '%s: VALIDATION_ERROR for what is no id',
    async (name, input) => {
      const field = 'id' in input ? 'id' : 'entityId'
      const { errors } = await zone.ask(
        changeDocument(name),
        { input: { ...input, [field]: 'company-7' } },
        everyone,
      )
      expect(errors[0]?.extensions).toMatchObject({
        code: 'VALIDATION_ERROR',
        details: { problems: [{ path: `input.${field}`, reason: expect.any(String) }] },
      })
    },
  )

  test.each(Object.keys(inputTypes))('%s: UNAUTHENTICATED without a token', async (name) => {
    const input = wellFormed[name] ?? draftInput()
    const { codes } = await zone.ask(changeDocument(name), { input })
    expect(codes).toEqual(['UNAUTHENTICATED'])
  })

  test.each(Object.keys(inputTypes))('%s: FORBIDDEN to those who only read', async (name) => {
    const input = wellFormed[name] ?? draftInput()
    const reader: Who = { did: 'did:web:reader.test', as: ['REGULATOR', 'AUDITOR', 'ADMIN', 'TAX'] }
    expect(await zone.refusal(name, input, reader)).toBe('FORBIDDEN')
  })

  test.each(Object.entries(wellFormed).filter(([, input]) => 'expectedVersion' in input))(
    '%s: VERSION_CONFLICT tells the version there is',
    async (name, input) => {
      const draft = await zone.draft({}, everyone)
      const field = 'id' in input ? 'id' : 'entityId'
      const { errors } = await zone.ask(
        changeDocument(name),
        { input: { ...input, [field]: draft.id, expectedVersion: 99 } },
        everyone,
      )
      expect(errors[0]?.extensions).toMatchObject({
        code: 'VERSION_CONFLICT',
        details: { expectedVersion: 99, version: draft.version },
      })
    },
  )

  test.each(Object.entries(wellFormed).filter(([, input]) => 'reason' in input))(
    '%s: all problems of its grounds at once',
    async (name, input) => {
      const { errors } = await zone.ask(
        changeDocument(name),
        { input: { ...input, id: 'x', reason: ' ' } },
        everyone,
      )
      const problems = Object(errors[0]?.extensions?.['details'])['problems'] as { path: string }[]
      expect(problems.map(({ path }) => path)).toEqual(['input.id', 'input.reason'])
    },
  )
})

test('resignOfficer tells of both ids at once', async () => {
  const input = { entityId: 'x', officerId: 'y', expectedVersion: 1 }
  const { errors } = await zone.ask(changeDocument('resignOfficer'), { input }, founder)
  expect(errors[0]?.extensions?.['details']).toMatchObject({
    problems: [{ path: 'input.entityId' }, { path: 'input.officerId' }],
  })
})

describe('createEntity', () => {
  test('VALIDATION_ERROR lists every problem', async () => {
    const input = draftInput({ lei: 'x', financialYearEnd: 'x', jurisdictionId: '?' })
    const { errors } = await zone.ask(changeDocument('createEntity'), { input }, founder)
    const problems = Object(errors[0]?.extensions?.['details'])['problems'] as { path: string }[]
    expect(problems.map(({ path }) => path)).toEqual([
      'input.jurisdictionId',
      'input.lei',
      'input.financialYearEnd',
    ])
  })

  test('JURISDICTION_UNKNOWN wins over NAME_REQUIRED wins over LOCAL_FORM_UNKNOWN', async () => {
    const wrong = { localForm: 'NONE', legalName: '—', jurisdictionId: 'ZZ' }
    const refused = (changes: object) =>
      zone.refusal('createEntity', draftInput({ ...wrong, ...changes }))
    expect(await refused({})).toBe('JURISDICTION_UNKNOWN')
    expect(await refused({ jurisdictionId: 'PK' })).toBe('NAME_REQUIRED')
    expect(await refused({ jurisdictionId: 'PK', legalName: 'Ravi' })).toBe('LOCAL_FORM_UNKNOWN')
  })

  test('FORBIDDEN with a token for some entities only', async () => {
    const narrow = { ...founder, entityIds: [unknown] }
    expect(await zone.refusal('createEntity', draftInput(), narrow)).toBe('FORBIDDEN')
  })

  test('a draft reserves nothing: two may have one name', async () => {
    const legalName = freshName()
    await zone.draft({ legalName })
    expect((await zone.draft({ legalName })).status).toBe('DRAFT')
  })
})

describe('submitFormation', () => {
  test('NAME_TAKEN while an application or a registered entity has the name', async () => {
    const legalName = freshName()
    await zone.applied({ legalName })
    const other = await zone.draft({
      legalName: legalName.toUpperCase().replace('(PVT)', 'Private'),
    })
    expect(await zone.refusal('submitFormation', { ...of(other), declarations })).toBe('NAME_TAKEN')
    const elsewhere = await zone.applied({ legalName, jurisdictionId: 'PK' })
    expect(elsewhere.status).toBe('APPLIED')
  })

  test('each guard refuses with its code', async () => {
    const drafted = await zone.change('createEntity', draftInput({ registeredOffice: null }))
    const refused = (row: Company, made: object = declarations) =>
      zone.refusal('submitFormation', { ...of(row), declarations: made })
    expect(await refused(drafted, { ...declarations, truthful: false })).toBe('DECLARATION_MISSING')
    expect(await refused(drafted, {})).toBe('DECLARATION_MISSING')
    expect(await refused(drafted)).toBe('DIRECTORS_MINIMUM')
    const staffed = await zone.change('appointOfficer', directorInput(drafted))
    expect(await refused(staffed)).toBe('OFFICE_MISSING')
    const patch = {
      registeredOffice: { line1: '1 Road', city: 'Rashakai', country: 'PK' },
      shareCapital: { authorized: '1000', parValue: '10', currency: 'PKR' },
      initialIssuance: [{ recipient: founder.did, shareClass: 'ORDINARY', shares: '101' }],
    }
    const edited = await zone.change('updateDraft', { ...of(staffed), patch })
    expect(await refused(edited)).toBe('AUTHORIZED_EXCEEDED')
  })

  test('INVALID_TRANSITION twice', async () => {
    const applied = await zone.applied()
    const input = { ...of(applied), declarations }
    expect(await zone.refusal('submitFormation', input)).toBe('INVALID_TRANSITION')
  })
})

describe('approveFormation', () => {
  test('MAKER_CANNOT_APPROVE for a registrar with a hand in it', async () => {
    const maker: Who = { did: 'did:web:maker.test', as: ['CITIZEN', 'REGISTRAR'] }
    const draft = await zone.draft({}, maker)
    const applied = await zone.change('submitFormation', { ...of(draft), declarations }, maker)
    const input = { ...of(applied), evidence }
    expect(await zone.refusal('approveFormation', input, maker)).toBe('MAKER_CANNOT_APPROVE')
    expect((await zone.change('approveFormation', input, registrar)).status).toBe('ACTIVE')
  })

  test('MAKER_CANNOT_APPROVE for who submitted it once, left it since, and was followed', async () => {
    const maker: Who = { did: 'did:web:former-maker.test', as: ['CITIZEN', 'REGISTRAR'] }
    const draft = await zone.draft()
    const membership = { entityId: draft.id, did: maker.did }
    await zone.change('addEntityMember', membership)
    const once = await zone.change('submitFormation', { ...of(draft), declarations }, maker)
    const back = await zone.change('returnForCorrection', { ...of(once), reason }, registrar)
    await zone.change('removeEntityMember', membership)
    const applied = await zone.change('submitFormation', { ...of(back), declarations })
    const input = { ...of(applied), evidence }
    expect(await zone.refusal('approveFormation', input, maker)).toBe('MAKER_CANNOT_APPROVE')
    expect((await zone.change('approveFormation', input, registrar)).status).toBe('ACTIVE')
  })

  test('INVALID_TRANSITION on a draft, naming what is allowed', async () => {
    const draft = await zone.draft()
    const input = { ...of(draft), evidence }
    const { errors } = await zone.ask(changeDocument('approveFormation'), { input }, registrar)
    expect(errors[0]?.extensions).toMatchObject({
      code: 'INVALID_TRANSITION',
      class: 'CONFLICT',
      details: { from: 'DRAFT', event: 'approve', allowed: ['submit', 'withdraw'] },
    })
  })
})

describe('who acts', () => {
  test('FORBIDDEN where the entity is on the register, NOT_FOUND where it is not', async () => {
    const active = await zone.active()
    const draft = await zone.draft()
    expect(await zone.refusal('withdrawFormation', of(active), stranger)).toBe('FORBIDDEN')
    expect(await zone.refusal('withdrawFormation', of(draft), stranger)).toBe('NOT_FOUND')
  })

  test('a token for other entities does not act, not even for a registrar or member', async () => {
    const active = await zone.active()
    const input = { ...of(active), reason, evidence }
    const narrow = { ...registrar, entityIds: [unknown] }
    expect(await zone.refusal('suspendEntity', input, narrow)).toBe('FORBIDDEN')
    const draft = await zone.draft()
    const member = { ...founder, entityIds: [active.id] }
    expect(await zone.refusal('withdrawFormation', of(draft), member)).toBe('NOT_FOUND')
  })
})

describe('idempotency', () => {
  test('the same key and input give the same act once', async () => {
    const input = draftInput({ idempotencyKey: randomUUID() })
    const first = await zone.ask(changeDocument('createEntity'), { input }, founder)
    const second = await zone.ask(changeDocument('createEntity'), { input }, founder)
    expect(first.codes).toEqual([])
    expect(second.data).toEqual(first.data)
  })

  test('IDEMPOTENCY_KEY_REUSED for another input', async () => {
    const idempotencyKey = randomUUID()
    await zone.change('createEntity', draftInput({ idempotencyKey }))
    expect(await zone.refusal('createEntity', draftInput({ idempotencyKey }))).toBe(
      'IDEMPOTENCY_KEY_REUSED',
    )
  })
})
