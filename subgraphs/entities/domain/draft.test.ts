import { parseDid } from '@sez/core/did'
import { describe, expect, test } from 'vitest'
import {
  draftColumns,
  draftProblems,
  emptyDraft,
  entityTypes,
  initialIssuanceMax,
  nameCharactersMax,
  nameProblems,
  patchColumns,
  tradingNamesMax,
} from './draft.ts'
import { draft } from './entity.fixture.ts'

const office = { line1: 'x', city: 'y', country: 'PK' }
const shares = { recipient: parseDid('did:web:a.test'), shareClass: 'ORDINARY', shares: 1n }

test('a whole draft has no problem', () => {
  const whole = {
    ...draft,
    tradingNames: ['Indus'],
    lei: '213800KUD8LAJWSQ9D15',
    shareCapital: { authorized: '100000.00', parValue: '10', currency: 'PKR' },
    initialIssuance: [shares],
    activities: { primary: 'Weaving', isicCodes: ['C', '1312'], description: 'Cotton' },
    financialYearEnd: '06-30',
  }
  expect(draftProblems(whole, 'input')).toEqual([])
})

describe('each part has its rules', () => {
  test.each([
    ['legalName', { legalName: 'x'.repeat(nameCharactersMax + 1) }],
    ['legalName', { legalName: 'a\u{0}b' }],
    ['legalName', { legalName: '\u{d800}' }],
    ['legalName', { legalName: '\u{fdfa}'.repeat(nameCharactersMax) }],
    ['entityType', { entityType: null }],
    ['localForm', { localForm: ' ' }],
    ['tradingNames', { tradingNames: Array(tradingNamesMax + 1).fill('x') }],
    ['tradingNames[0]', { tradingNames: [''] }],
    ['lei', { lei: '213800KUD8LXJWSQ9D15' }],
    ['registeredOffice.line1', { registeredOffice: { ...office, line1: '' } }],
    ['registeredOffice.line2', { registeredOffice: { ...office, line2: 'x'.repeat(201) } }],
    ['registeredOffice.city', { registeredOffice: { ...office, city: 'x'.repeat(101) } }],
    ['registeredOffice.region', { registeredOffice: { ...office, region: ' ' } }],
    [
      'registeredOffice.postalCode',
      { registeredOffice: { ...office, postalCode: '1'.repeat(21) } },
    ],
    [
      'shareCapital.authorized',
      { shareCapital: { authorized: '-1', parValue: '1', currency: 'PKR' } },
    ],
    [
      'shareCapital.authorized',
      { shareCapital: { authorized: '1.001', parValue: '1', currency: 'PKR' } },
    ],
    [
      'shareCapital.parValue',
      { shareCapital: { authorized: '1', parValue: '0', currency: 'PKR' } },
    ],
    [
      'shareCapital.parValue',
      { shareCapital: { authorized: '1', parValue: '9'.repeat(19), currency: 'PKR' } },
    ],
    [
      'initialIssuance',
      { initialIssuance: Array.from({ length: initialIssuanceMax + 1 }, () => shares) },
    ],
    ['initialIssuance[0].shares', { initialIssuance: [{ ...shares, shares: 0n }] }],
    ['initialIssuance[0].shareClass', { initialIssuance: [{ ...shares, shareClass: '' }] }],
    ['activities.primary', { activities: { primary: '' } }],
    ['activities.isicCodes[0]', { activities: { primary: 'x', isicCodes: ['Z'] } }],
    ['activities.isicCodes', { activities: { primary: 'x', isicCodes: ['C', 'C'] } }],
    ['activities.description', { activities: { primary: 'x', description: 'x'.repeat(2_001) } }],
    ['financialYearEnd', { financialYearEnd: '02-30' }],
    ['financialYearEnd', { financialYearEnd: '04-31' }],
    ['financialYearEnd', { financialYearEnd: '6-30' }],
  ])('%s', (path, part) => {
    const problems = draftProblems({ ...draft, ...part }, 'input')
    expect(problems.map((each) => each.path)).toEqual([`input.${path}`])
  })

  test('all problems are told at once', () => {
    const paths = draftProblems(
      { lei: 'x', financialYearEnd: 'x', tradingNames: ['', ''] },
      'input.patch',
    ).map(({ path }) => path)
    expect(paths).toEqual([
      'input.patch.tradingNames[0]',
      'input.patch.tradingNames[1]',
      'input.patch.lei',
      'input.patch.financialYearEnd',
    ])
  })

  test('a reason never repeats the value', () => {
    const [problem] = draftProblems({ lei: 'secret-value' }, 'input')
    expect(problem?.reason).not.toContain('secret-value')
  })
})

test('29 February may end a financial year', () => {
  expect(draftProblems({ financialYearEnd: '02-29' }, 'input')).toEqual([])
})

test('a blank name is no problem of form: it has a code of its own', () => {
  expect(nameProblems('name', '  ')).toEqual([])
  expect(() => draftColumns({ ...draft, legalName: '  ' })).toThrow(
    expect.objectContaining({ code: 'NAME_REQUIRED' }),
  )
})

test('columns hold amounts in minor units and shares as text', () => {
  const columns = draftColumns({
    ...draft,
    shareCapital: { authorized: '100000.5', parValue: '10', currency: 'PKR' },
    initialIssuance: [{ ...shares, shares: 9_007_199_254_740_993n }],
  })
  expect(columns).toMatchObject({
    capitalCurrency: 'PKR',
    authorizedMinorUnits: 10_000_050n,
    parValueMinorUnits: 1_000n,
    initialIssuance: [{ shares: '9007199254740993' }],
    normalizedName: 'INDUSTEXTILES',
  })
})

test('a patch leaves out what it does not name and empties what it sets to null', () => {
  expect(patchColumns({})).toEqual({})
  expect(
    patchColumns({
      tradingNames: null,
      lei: null,
      registeredOffice: null,
      shareCapital: null,
      initialIssuance: null,
      activities: null,
      financialYearEnd: null,
    }),
  ).toEqual(emptyDraft)
})

test('NAME_REQUIRED when a patch empties the name', () => {
  expect(() => patchColumns({ legalName: null })).toThrow(
    expect.objectContaining({ code: 'NAME_REQUIRED' }),
  )
})

test('there are ten kinds of legal person', () => {
  expect(new Set(entityTypes).size).toBe(10)
})
