/** Assertion for states that cannot be. @module */

/** Thrown by {@link invariant}; never caught below the request edge, where it becomes INTERNAL. */
export class InvariantViolation extends Error {
  override readonly name = 'InvariantViolation'
}

/**
 * Crashes the request when `condition` is false. For what our own code guarantees, never for input.
 *
 * @throws {InvariantViolation} with `message`; shown to callers as `INTERNAL`.
 */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantViolation(message)
}
