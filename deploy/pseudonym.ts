/** What the access log calls a caller: the same each time, and nobody without the key can tell whom. @module */
import type { Did } from '@sez/core/did'

/** What the keyed digest is made of. */
export const pseudonymText = (did: Did): string => `access-log ${did}`

/** So many hexadecimal digits of it. */
export const pseudonymDigits = 16
