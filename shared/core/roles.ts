/** The roles a caller may hold: a set, never an order (spec/03-keys-and-signatures.md §6). @module */

/** Every role a token can carry. No role contains another. */
export const roles = [
  'CITIZEN',
  'OPERATOR',
  'SIGNATORY',
  'REGISTRAR',
  'COMPLIANCE',
  'TAX',
  'REGULATOR',
  'AUDITOR',
  'PARTNER',
  'SYSTEM',
  'ADMIN',
] as const

export type Role = (typeof roles)[number]

/** The roles that act only on what is their own; the row policy narrows what that is. */
export const ownRoles = ['CITIZEN', 'OPERATOR', 'SIGNATORY'] as const satisfies readonly Role[]

/** Whether a word of a token names a role. */
export function isRole(word: unknown): word is Role {
  return roles.some((role) => role === word)
}
