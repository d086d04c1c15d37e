/** The people of the worked example: who plays which role. @module */
import { type Did, parseDid } from '@sez/core/did'
import type { Role } from '@sez/core/roles'

/** The person a development token of a role is for, unless the caller names another. */
export const personOf = (role: Role): Did =>
  parseDid(`did:web:${role.toLowerCase()}.pk-rsez.example`)
