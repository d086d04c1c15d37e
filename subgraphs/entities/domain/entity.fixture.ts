/** Rows for tests of decisions. @module */
import { parseDid } from '@sez/core/did'
import { parseDigest } from '@sez/core/digest'
import { entityId, jurisdictionId, officerId } from '@sez/core/ids'
import type { EntityRow, JurisdictionRow, MemberRow, OfficerRow } from '../tables.ts'
import type { Draft } from './draft.ts'
import { newEntity } from './formation.ts'
import type { Act } from './move.ts'

export const founder = parseDid('did:web:founder.test')
export const registrar = parseDid('did:web:registrar.test')
export const at = new Date('2026-02-01T09:30:00.250Z')
export const later = new Date('2026-02-02T10:00:00.000Z')
export const id = entityId('ent_01890a5d-ac96-774b-8cce-b302099a8057')
export const hmac = parseDigest('cd'.repeat(32))

export const law: JurisdictionRow = {
  id: jurisdictionId('PK-RSEZ'),
  name: 'Rashakai',
  country: 'PK',
  parentId: null,
  currency: 'PKR',
  registrationPrefix: 'RSEZ',
  registrationDigits: 7,
  localForms: [
    { code: 'PRIVATE_LIMITED', name: 'Private', entityType: 'LLC', directorsMinimum: 2 },
    { code: 'SMC_PVT', name: 'Single member', entityType: 'LLC', directorsMinimum: 1 },
    { code: 'LLP', name: 'Partnership', entityType: 'LLP', directorsMinimum: 2 },
  ],
}

export const draft: Draft = {
  legalName: 'Indus Textiles (Pvt) Ltd',
  entityType: 'LLC',
  localForm: 'SMC_PVT',
  registeredOffice: { line1: '1 Nowshera Road', city: 'Rashakai', country: 'PK' },
}

/** A draft by the founder, with these columns changed. */
export function entity(changes: Partial<EntityRow> = {}, parts: Partial<Draft> = {}): EntityRow {
  const facts = { id, jurisdiction: law, by: founder, at }
  return { ...newEntity({ ...draft, ...parts }, facts).entity, ...changes }
}

export function act(changes: Partial<Act> = {}): Act {
  return {
    by: founder,
    at: later,
    expectedVersion: 1,
    reason: null,
    reasonHmac: null,
    evidence: [],
    ...changes,
  }
}

/** A director in office, a different person for each number. */
export function director(number: number, changes: Partial<OfficerRow> = {}): OfficerRow {
  return {
    id: officerId(`off_01890a5d-ac96-774b-8cce-${String(number).padStart(12, '0')}`),
    entityId: id,
    name: 'Ayesha Khan',
    identity: parseDid(`did:web:director-${number}.test`),
    role: 'DIRECTOR',
    nationality: 'PK',
    resident: true,
    appointedAt: at,
    resignedAt: null,
    ...changes,
  }
}

export function member(name: string): MemberRow {
  return { entityId: id, did: parseDid(`did:web:${name}.test`), addedAt: at, addedBy: founder }
}
