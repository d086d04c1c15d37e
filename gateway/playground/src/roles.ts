/** The roles a developer can try on, and what each is for. @module */

export interface RoleFacts {
  readonly name: string
  readonly about: string
}

/** Acts without a token: only public fields answer. */
export const anonymousRole = 'ANONYMOUS'

/** Every role of the zone, in the order of @sez/core/roles, after the one that needs no token. */
export const roleFacts: readonly RoleFacts[] = [
  { name: anonymousRole, about: 'No token: public register fields only.' },
  { name: 'CITIZEN', about: 'A person, for themself.' },
  { name: 'OPERATOR', about: 'Runs the entities they are a member of.' },
  { name: 'SIGNATORY', about: 'Signs consents for their entities.' },
  { name: 'REGISTRAR', about: 'Approves, rejects, suspends entities.' },
  { name: 'COMPLIANCE', about: 'Reviews screening and compliance.' },
  { name: 'TAX', about: 'A tax officer.' },
  { name: 'REGULATOR', about: 'Reads everything in the zone, writes nothing.' },
  { name: 'AUDITOR', about: 'Reads the log and its proofs, writes nothing.' },
  { name: 'PARTNER', about: 'A corridor partner: appends receipts, follows events.' },
  { name: 'SYSTEM', about: 'Adapters and schedulers.' },
  { name: 'ADMIN', about: 'The zone authority.' },
]
