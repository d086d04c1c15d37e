/**
 * The companies of the worked example: a dozen, in every state an operation can bring about.
 *
 * @module
 */
import { type Did, parseDid } from '@sez/core/did'
import type { EntityId } from '@sez/core/ids'
import type { Role } from '@sez/core/roles'
import { type SeedCompany, type SeedDirector, seedCompanies } from '@sez/entities/seeding'
import type { SubgraphGround } from '@sez/platform/subgraph'
import { personOf } from './persons.ts'

const person = (role: Role) => ({ did: personOf(role), role })
const didOf = (name: string): Did => parseDid(`did:web:${name}.example`)

const director = (
  name: string,
  nationality: string,
  role: SeedDirector['role'] = 'DIRECTOR',
): SeedDirector => ({
  name,
  nationality,
  role,
  identity: didOf(name.toLowerCase().replaceAll(' ', '-')),
})

const office = (line1: string, city: string, country: string) => ({ line1, city, country })
const submit = { move: 'submit' } as const
const approve = { move: 'approve' } as const

/** Textiles for the Gulf: active, with capital and shares taken at formation. */
const indus: SeedCompany = {
  founder: person('CITIZEN'),
  draft: {
    legalName: 'Indus Valley Textiles (Pvt) Ltd',
    jurisdictionId: 'PK-RSEZ',
    entityType: 'LLC',
    localForm: 'PRIVATE_LIMITED',
    tradingNames: ['Indus Cotton'],
    registeredOffice: office('Plot 14, Phase 1', 'Rashakai', 'PK'),
    shareCapital: { authorized: '50000000.00', parValue: '10.00', currency: 'PKR' },
    initialIssuance: [
      { recipient: personOf('CITIZEN'), shareClass: 'ORDINARY', shares: 3_000_000n },
      { recipient: didOf('ayesha-khan'), shareClass: 'ORDINARY', shares: 1_000_000n },
    ],
    activities: { primary: 'Weaving and finishing of cotton', isicCodes: ['1312', '1313'] },
    financialYearEnd: '06-30',
  },
  directors: [director('Ayesha Khan', 'PK'), director('Bilal Yousafzai', 'PK', 'CHAIRMAN')],
  moves: [submit, approve],
}

/** Sent back once for a missing detail, then registered. */
const karakoram: SeedCompany = {
  founder: person('OPERATOR'),
  draft: {
    legalName: 'Karakoram Logistics (SMC-Pvt) Ltd',
    jurisdictionId: 'PK-RSEZ',
    entityType: 'LLC',
    localForm: 'SMC_PVT',
    registeredOffice: office('Dry Port Road 2', 'Rashakai', 'PK'),
    activities: { primary: 'Road freight', isicCodes: ['4923'] },
  },
  directors: [director('Gul Sher', 'PK')],
  moves: [
    submit,
    { move: 'return', reason: 'The registered office needs its plot number.' },
    submit,
    approve,
  ],
}

const nowshera: SeedCompany = {
  founder: person('OPERATOR'),
  draft: {
    legalName: 'Nowshera Steel Limited',
    jurisdictionId: 'PK-RSEZ',
    entityType: 'CORPORATION',
    localForm: 'PUBLIC_UNLISTED',
    registeredOffice: office('Plot 3, Heavy Industry Block', 'Rashakai', 'PK'),
    shareCapital: { authorized: '900000000.00', parValue: '100.00', currency: 'PKR' },
    financialYearEnd: '12-31',
  },
  directors: [
    director('Sana Durrani', 'PK', 'CHAIRMAN'),
    director('Imran Afridi', 'PK', 'MANAGING_DIRECTOR'),
    director('Li Wei', 'CN'),
  ],
  moves: [submit, approve],
}

const khyber: SeedCompany = {
  founder: person('CITIZEN'),
  draft: {
    legalName: 'Khyber Gem Exporters (Pvt) Ltd',
    jurisdictionId: 'PK',
    entityType: 'LLC',
    localForm: 'PRIVATE_LIMITED',
    registeredOffice: office('Namak Mandi 7', 'Peshawar', 'PK'),
  },
  directors: [director('Zarak Khan', 'PK'), director('Mina Shah', 'PK')],
  moves: [submit, approve, { move: 'suspend', reason: 'No annual return for two years.' }],
}

/** Suspended and, the return filed, reinstated. */
const margalla: SeedCompany = {
  founder: person('OPERATOR'),
  draft: {
    legalName: 'Margalla Software House (SMC-Pvt) Ltd',
    jurisdictionId: 'PK',
    entityType: 'LLC',
    localForm: 'SMC_PVT',
    registeredOffice: office('I-9/3, Street 5', 'Islamabad', 'PK'),
  },
  directors: [director('Hira Baig', 'PK')],
  moves: [
    submit,
    approve,
    { move: 'suspend', reason: 'The annual return is overdue.' },
    { move: 'reinstate', reason: 'The annual return was filed.' },
  ],
}

const gwadar: SeedCompany = {
  founder: person('OPERATOR'),
  draft: {
    legalName: 'Gwadar Fisheries LLP',
    jurisdictionId: 'PK-RSEZ',
    entityType: 'LLP',
    registeredOffice: office('Fish Harbour 1', 'Gwadar', 'PK'),
  },
  directors: [director('Nadia Baloch', 'PK'), director('Rahim Dashti', 'PK')],
  moves: [submit],
}

/** A draft that still lacks a director and an office. */
const peshawar: SeedCompany = {
  founder: person('CITIZEN'),
  draft: {
    legalName: 'Peshawar Solar (Pvt) Ltd',
    jurisdictionId: 'PK-RSEZ',
    entityType: 'LLC',
    localForm: 'PRIVATE_LIMITED',
  },
  directors: [director('Asad Marwat', 'PK')],
  moves: [],
}

const swat: SeedCompany = {
  founder: person('OPERATOR'),
  draft: {
    legalName: 'Swat Orchards (SMC-Pvt) Ltd',
    jurisdictionId: 'PK-RSEZ',
    entityType: 'LLC',
    localForm: 'SMC_PVT',
    registeredOffice: office('Fizagat Road', 'Mingora', 'PK'),
  },
  directors: [director('Palwasha Yusuf', 'PK')],
  moves: [submit, { move: 'withdraw' }],
}

const rejected: SeedCompany = {
  founder: person('CITIZEN'),
  draft: {
    legalName: 'State Bank Exchange (SMC-Pvt) Ltd',
    jurisdictionId: 'PK-RSEZ',
    entityType: 'LLC',
    localForm: 'SMC_PVT',
    registeredOffice: office('Plot 40', 'Rashakai', 'PK'),
  },
  directors: [director('Tariq Mehmood', 'PK')],
  moves: [submit, { move: 'reject', reason: 'The name suggests a public authority.' }],
}

const riyadh: SeedCompany = {
  founder: person('OPERATOR'),
  draft: {
    legalName: 'Riyadh Industrial Supplies LLC',
    jurisdictionId: 'SA',
    entityType: 'LLC',
    registeredOffice: office('King Fahd Road 8800', 'Riyadh', 'SA'),
    shareCapital: { authorized: '500000.00', parValue: '100.00', currency: 'SAR' },
  },
  directors: [director('Faisal Al Harbi', 'SA')],
  moves: [submit, approve],
}

const dubai: SeedCompany = {
  founder: person('OPERATOR'),
  draft: {
    legalName: 'Dubai Creek Trading Ltd',
    jurisdictionId: 'AE-DIFC',
    entityType: 'LLC',
    registeredOffice: office('Gate Village 4', 'Dubai', 'AE'),
    shareCapital: { authorized: '50000.00', parValue: '1.00', currency: 'USD' },
  },
  directors: [director('Maryam Al Suwaidi', 'AE')],
  moves: [submit, approve],
}

const shenzhen: SeedCompany = {
  founder: person('OPERATOR'),
  draft: {
    legalName: 'Shenzhen Silk Road Electronics Co., Ltd.',
    jurisdictionId: 'CN',
    entityType: 'LLC',
    registeredOffice: office('Nanshan Avenue 100', 'Shenzhen', 'CN'),
    shareCapital: { authorized: '1000000.00', parValue: '1.00', currency: 'CNY' },
  },
  directors: [director('Chen Jing', 'CN')],
  moves: [submit, approve],
}

/** The companies by the short names that the rest of the worked example calls them. */
export const companies = {
  indus,
  karakoram,
  nowshera,
  khyber,
  margalla,
  gwadar,
  peshawar,
  swat,
  rejected,
  riyadh,
  dubai,
  shenzhen,
} as const satisfies Readonly<Record<string, SeedCompany>>
export type CompanyName = keyof typeof companies

/** Makes the companies that are not there yet and answers the id of each by its short name. */
export async function seedEntities(
  ground: SubgraphGround,
): Promise<ReadonlyMap<CompanyName, EntityId>> {
  // The keys of the record above are all there are.
  const names = Object.keys(companies) as CompanyName[]
  const ids = await seedCompanies(
    ground,
    names.map((name) => companies[name]),
    person('REGISTRAR'),
  )
  return new Map(
    names.flatMap((name, index) => {
      const id = ids[index]
      return id === undefined ? [] : [[name, id] as const]
    }),
  )
}
