import { expect, test } from 'vitest'
import { isRole, ownRoles, roles } from './roles.ts'

test('roles are the eleven of the house, and own ones are among them', () => {
  expect(roles.length).toBe(11)
  expect(ownRoles).toEqual(['CITIZEN', 'OPERATOR', 'SIGNATORY'])
  expect([...roles].every((role) => isRole(role))).toBe(true)
  for (const word of ['admin', '', null, 5, 'toString', 'ROOT']) expect(isRole(word)).toBe(false)
})
