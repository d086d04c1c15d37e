/**
 * The only clock and the only source of randomness; everything else is handed `now` and `random`.
 *
 * @module
 */
import { getRandomValues } from 'node:crypto'
import { invariant } from '@sez/core/invariant'

const randomBytesMax = 65_536

/** The machine's time. A zone passes this as `now`; tests pass their own. */
export function systemClock(): Date {
  return new Date()
}

/** `count` bytes from the operating system's generator; the caller owns the buffer. */
export function randomBytes(count: number): Uint8Array {
  invariant(
    Number.isSafeInteger(count) && count >= 0 && count <= randomBytesMax,
    `randomBytes is asked for 0 to ${randomBytesMax} bytes, not ${count}`,
  )
  return getRandomValues(new Uint8Array(count))
}
