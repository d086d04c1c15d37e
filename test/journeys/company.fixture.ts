/** A company on its way through the register, made through the gateway. @module */
import { randomUUID } from 'node:crypto'
import { invariant } from '@sez/core/invariant'
import type { TestZone, Who } from '../zone.fixture.ts'

export interface Company {
  readonly id: string
  readonly version: number
  readonly status: string
  readonly legalName: string
}

export const evidence = ['ab'.repeat(32)]
const selection = 'entity { id version status legalName }'

/** The document of a change of an entity. */
export function documentOf(mutation: string): string {
  const type = `${mutation.slice(0, 1).toUpperCase()}${mutation.slice(1)}Input`
  return `mutation ($input: ${type}!) { ${mutation}(input: $input) { log { eventId } ${selection} } }`
}

export const draftOf = (legalName = `Kabul River ${randomUUID()} Ltd`) => ({
  legalName,
  jurisdictionId: 'PK-RSEZ',
  entityType: 'LLC',
  localForm: 'SMC_PVT',
  registeredOffice: { line1: '1 Nowshera Road', city: 'Rashakai', country: 'PK' },
})

/** Makes one change and answers the entity after it. */
export async function change(
  zone: TestZone,
  mutation: string,
  input: object,
  who: Who,
): Promise<Company> {
  const { data, errors } = await zone.ask(documentOf(mutation), { input }, who)
  const [error] = errors
  invariant(error === undefined, `${mutation} is refused: ${error?.extensions.code}`)
  return Object(data)[mutation].entity
}

/** A company that waits for a registrar. */
export async function applied(zone: TestZone, who: Who): Promise<Company> {
  const drafted = await change(zone, 'createEntity', draftOf(), who)
  const staffed = await change(
    zone,
    'appointOfficer',
    {
      entityId: drafted.id,
      expectedVersion: drafted.version,
      name: 'Ayesha Khan',
      identity: 'did:web:ayesha.test',
      role: 'DIRECTOR',
      nationality: 'PK',
      resident: true,
      consentToAct: true,
      fitAndProper: true,
    },
    who,
  )
  const declarations = {
    truthful: true,
    amlCompliance: true,
    sanctionsClearance: true,
    authorizedSignatory: true,
    consentToChecks: true,
  }
  const input = { id: staffed.id, expectedVersion: staffed.version, declarations }
  return change(zone, 'submitFormation', input, who)
}
