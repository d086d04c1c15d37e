/**
 * Reading foreign values without running anything of theirs: no getter, no overridden method, no
 * iterator (spec/01-canonical-bytes.md §7).
 *
 * @module
 */
import { arrayPrototype, descriptorOf, isArray, ownNames, prototypeOf } from './intrinsics.ts'

/** An own member's value; undefined when there is none, a getter in its place, or a trap. */
export function memberOf(object: object, name: string): unknown {
  try {
    return descriptorOf(object, name)?.value
  } catch {
    // A proxy's trap.
    return undefined
  }
}

/**
 * The items of a list, copied out of it. Its time depends on the items that are there, not on the
 * length it claims.
 *
 * @returns `null` for anything but a plain array without holes, getters or properties of its own.
 */
export function itemsOf(value: unknown): readonly unknown[] | null {
  return readOrNull(() => copyItems(value))
}

function copyItems(value: unknown): readonly unknown[] | null {
  if (!isArray(value) || prototypeOf(value) !== arrayPrototype) return null
  const length = ownNames(value).length - 1
  if (memberOf(value, 'length') !== length) return null
  const items: unknown[] = []
  for (let at = 0; at < length; at += 1) {
    const descriptor = descriptorOf(value, `${at}`)
    if (descriptor === undefined || !('value' in descriptor)) return null
    items[at] = descriptor.value
  }
  return items
}

/**
 * What `read` makes of a foreign value. Looking at a proxy runs its traps: what they throw makes
 * the value unreadable, as any other wrong form does.
 *
 * @returns `null` when it throws.
 */
export function readOrNull<T>(read: () => T | null): T | null {
  try {
    return read()
  } catch {
    return null
  }
}
