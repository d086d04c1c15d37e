import { parseDid } from '@sez/core/did'
import { describe, expect, test } from 'vitest'
import {
  act,
  at,
  director,
  draft,
  entity,
  founder,
  id,
  later,
  law,
  registrar,
} from './entity.fixture.ts'
import {
  approveFormation,
  authorizedSharesOf,
  declarationNames,
  editDraft,
  formationBlockers,
  isMaker,
  localFormOf,
  newEntity,
  registrationNumber,
  requireDraft,
  submitFormation,
} from './formation.ts'

const declarations = Object.fromEntries(declarationNames.map((name) => [name, true]))
const form = localFormOf(law, 'LLC', 'SMC_PVT')
const code = (word: string) => expect.objectContaining({ code: word })
const shares = { recipient: founder, shareClass: 'ORDINARY' }
const capital = { authorized: '1000', parValue: '10', currency: 'PKR' }

describe('newEntity', () => {
  test('is version 1 of a draft whose history has one move', () => {
    const { entity: drafted, transition } = newEntity(draft, {
      id,
      jurisdiction: law,
      by: founder,
      at,
    })
    expect(drafted).toMatchObject({
      version: 1,
      status: 'DRAFT',
      localFormCode: 'SMC_PVT',
      createdBy: founder,
      registrationNumber: null,
      historySeq: 1,
      historyHead: transition.digest,
    })
    expect(transition).toMatchObject({
      seq: 1,
      from: null,
      to: 'DRAFT',
      event: null,
      prevDigest: null,
    })
  })

  test('takes the usual form of its kind when none is named', () => {
    expect(entity({}, { localForm: null }).localFormCode).toBe('PRIVATE_LIMITED')
  })

  test('NAME_REQUIRED wins over LOCAL_FORM_UNKNOWN', () => {
    expect(() => entity({}, { legalName: '—', localForm: 'NONE' })).toThrow(code('NAME_REQUIRED'))
  })

  test('LOCAL_FORM_UNKNOWN names the forms of the kind', () => {
    expect(() => entity({}, { entityType: 'LLP', localForm: 'SMC_PVT' })).toThrow(
      expect.objectContaining({
        code: 'LOCAL_FORM_UNKNOWN',
        details: expect.objectContaining({ allowed: ['LLP'] }),
      }),
    )
    expect(() => localFormOf(law, 'TRUST', null)).toThrow(code('LOCAL_FORM_UNKNOWN'))
  })
})

describe('editDraft', () => {
  const change = { by: founder, at: later, expectedVersion: 1 }

  test('changes what the patch names and leaves the rest', () => {
    const edited = editDraft(entity(), { legalName: 'Ravi' }, law, change)
    expect(edited).toEqual({
      ...entity(),
      legalName: 'Ravi',
      normalizedName: 'RAVI',
      version: 2,
      updatedAt: later,
    })
  })

  test('another kind takes its usual form, the same kind keeps its form', () => {
    expect(editDraft(entity(), { entityType: 'LLP' }, law, change).localFormCode).toBe('LLP')
    expect(editDraft(entity(), { entityType: 'LLC' }, law, change).localFormCode).toBe('SMC_PVT')
    expect(editDraft(entity(), { localForm: null }, law, change).localFormCode).toBe(
      'PRIVATE_LIMITED',
    )
  })

  test('VERSION_CONFLICT wins over ENTITY_NOT_DRAFT wins over NAME_REQUIRED', () => {
    const applied = entity({ status: 'APPLIED', version: 2 })
    const patch = { legalName: '' }
    expect(() => editDraft(applied, patch, law, change)).toThrow(code('VERSION_CONFLICT'))
    const now = { ...change, expectedVersion: 2 }
    expect(() => editDraft(applied, patch, law, now)).toThrow(code('ENTITY_NOT_DRAFT'))
    expect(() => editDraft(entity(), patch, law, change)).toThrow(code('NAME_REQUIRED'))
    expect(() => requireDraft(entity(), 1)).not.toThrow()
  })

  test('time never runs backwards on a row', () => {
    const early = { ...change, at: new Date(0) }
    expect(editDraft(entity(), { lei: null }, law, early).updatedAt).toEqual(at)
  })
})

describe('submitFormation', () => {
  const facts = { declarations, officers: [director(1)], form }

  test('goes to the registrar and says who submitted it', () => {
    const { entity: applied, transition } = submitFormation(entity(), facts, act())
    expect(applied).toMatchObject({
      status: 'APPLIED',
      version: 2,
      submittedBy: founder,
      submittedAt: later,
      historySeq: 2,
      historyHead: transition.digest,
    })
  })

  test.each(declarationNames)('DECLARATION_MISSING when %s is not literally true', (name) => {
    for (const value of [false, null, undefined]) {
      const partly = { ...facts, declarations: { ...declarations, [name]: value } }
      expect(() => submitFormation(entity(), partly, act())).toThrow(
        expect.objectContaining({
          code: 'DECLARATION_MISSING',
          details: { field: `input.declarations.${name}`, missing: [name] },
        }),
      )
    }
  })

  test('the codes have one order', () => {
    const bare = entity(
      { registeredOffice: null, status: 'ACTIVE', version: 2 },
      { initialIssuance: [{ ...shares, shares: 1n }] },
    )
    const none = { declarations: {}, officers: [], form }
    const submit =
      (row = bare, given: typeof facts | typeof none = none, expectedVersion = 2) =>
      () =>
        submitFormation(row, given, act({ expectedVersion }))
    expect(submit(bare, none, 1)).toThrow(code('VERSION_CONFLICT'))
    expect(submit()).toThrow(code('INVALID_TRANSITION'))
    const drafted = { ...bare, status: 'DRAFT' as const }
    expect(submit(drafted)).toThrow(code('DECLARATION_MISSING'))
    expect(submit(drafted, { ...none, declarations })).toThrow(code('DIRECTORS_MINIMUM'))
    expect(submit(drafted, facts)).toThrow(code('OFFICE_MISSING'))
    expect(submit({ ...drafted, registeredOffice: entity().registeredOffice }, facts)).toThrow(
      code('AUTHORIZED_EXCEEDED'),
    )
  })

  test('DIRECTORS_MINIMUM counts different people in office', () => {
    const two = localFormOf(law, 'LLC', 'PRIVATE_LIMITED')
    const same = [director(1), director(2, { identity: director(1).identity, role: 'CHAIRMAN' })]
    const left = [director(1), director(2, { resignedAt: later })]
    const other = [director(1), director(2, { role: 'SECRETARY' })]
    for (const officers of [same, left, other]) {
      expect(() => submitFormation(entity(), { declarations, officers, form: two }, act())).toThrow(
        expect.objectContaining({
          code: 'DIRECTORS_MINIMUM',
          details: { directors: 1, directorsMinimum: 2, localForm: 'PRIVATE_LIMITED' },
        }),
      )
    }
    const officers = [director(1), director(2)]
    expect(formationBlockers(entity(), { officers, form: two })).toEqual([])
  })

  test('AUTHORIZED_EXCEEDED from one share more than the capital allows', () => {
    const exact = entity(
      {},
      { shareCapital: capital, initialIssuance: [{ ...shares, shares: 100n }] },
    )
    expect(authorizedSharesOf(exact)).toBe(100n)
    expect(formationBlockers(exact, facts)).toEqual([])
    const issuance = [100n, 1n].map((count) => ({ ...shares, shares: count }))
    const over = entity({}, { shareCapital: capital, initialIssuance: issuance })
    expect(() => submitFormation(over, facts, act())).toThrow(
      expect.objectContaining({
        code: 'AUTHORIZED_EXCEEDED',
        details: { field: 'initialIssuance', initialShares: '101', authorizedShares: '100' },
      }),
    )
  })

  test('a share beyond the last whole par value is none', () => {
    expect(authorizedSharesOf({ authorizedMinorUnits: 1_999n, parValueMinorUnits: 1_000n })).toBe(
      1n,
    )
    expect(authorizedSharesOf({ authorizedMinorUnits: null, parValueMinorUnits: null })).toBeNull()
  })
})

describe('approveFormation', () => {
  const applied = entity({
    status: 'APPLIED',
    version: 2,
    submittedBy: parseDid('did:web:agent.test'),
  })
  const noTies = { isMember: false, hasSubmitted: false, officers: [] }
  const facts = { ...noTies, jurisdiction: law, issued: 41 }
  const byRegistrar = act({ by: registrar, expectedVersion: 2 })

  test('enters the register with the next number on the day of approval', () => {
    expect(approveFormation(applied, facts, byRegistrar).entity).toMatchObject({
      status: 'ACTIVE',
      registrationNumber: 'RSEZ-0000042',
      formationDate: '2026-02-02',
    })
  })

  test('MAKER_CANNOT_APPROVE for creator, submitter and members', () => {
    const approval = (by: string, isMember: boolean) => () =>
      approveFormation(applied, { ...facts, isMember }, { ...byRegistrar, by: parseDid(by) })
    const refused = code('MAKER_CANNOT_APPROVE')
    expect(approval('did:web:founder.test', false)).toThrow(refused)
    expect(approval('did:web:agent.test', false)).toThrow(refused)
    expect(approval('did:web:registrar.test', true)).toThrow(refused)
    expect(isMaker(applied, registrar, noTies)).toBe(false)
  })

  test('MAKER_CANNOT_APPROVE for who submitted earlier, runs it or takes its shares', () => {
    const refused = code('MAKER_CANNOT_APPROVE')
    const officers = [director(1, { identity: registrar, resignedAt: later })]
    const own = { recipient: registrar, shareClass: 'A', shares: '1' }
    const approval = (row: typeof applied, ties: object) => () =>
      approveFormation(row, { ...facts, ...ties }, byRegistrar)
    expect(approval(applied, { hasSubmitted: true })).toThrow(refused)
    expect(approval(applied, { officers })).toThrow(refused)
    expect(approval({ ...applied, initialIssuance: [own] }, {})).toThrow(refused)
  })

  test('VERSION_CONFLICT wins over INVALID_TRANSITION wins over MAKER_CANNOT_APPROVE', () => {
    const byMaker = act({ expectedVersion: 1 })
    expect(() => approveFormation(applied, facts, byMaker)).toThrow(code('VERSION_CONFLICT'))
    expect(() => approveFormation(entity(), facts, byMaker)).toThrow(code('INVALID_TRANSITION'))
  })

  test('a number outgrows its digits rather than repeating', () => {
    const register = { registrationPrefix: 'A', registrationDigits: 2 }
    expect([7, 99, 100].map((each) => registrationNumber(register, each))).toEqual([
      'A-07',
      'A-99',
      'A-100',
    ])
  })
})
