/** Which roles let a caller have everything that some rules guard. @module */
import type { AccessRule } from './access.ts'

/**
 * Sets of roles, each enough by itself: null when nobody need be known, a list with the empty set
 * when anybody known may, an empty list when nobody may. No set holds another; all are sorted.
 */
export type RolesNeeded = readonly (readonly string[])[] | null

/** The roles that satisfy all of `rules` at once (spec/22-gateway.md §4). */
export function rolesNeeded(rules: readonly AccessRule[]): RolesNeeded {
  if (rules.length === 0) return null
  if (rules.some(({ policed }) => policed)) return []
  let sets: readonly ReadonlySet<string>[] = [new Set()]
  for (const alternatives of rules.flatMap(({ scopes }) => scopes)) {
    sets = smallest(
      sets.flatMap((held) => alternatives.map((scopes) => new Set([...held, ...scopes]))),
    )
  }
  return sets.map((set) => [...set].sort()).sort((a, b) => (a.join(' ') < b.join(' ') ? -1 : 1))
}

/** Those that hold none of the others; of equal ones the first. */
function smallest(sets: readonly ReadonlySet<string>[]): readonly ReadonlySet<string>[] {
  return sets.filter(
    (set, index) =>
      !sets.some(
        (other, place) =>
          place !== index && other.isSubsetOf(set) && (other.size < set.size || place < index),
      ),
  )
}

/** Whether a caller who holds `role` alone may. */
export function suffices(needed: RolesNeeded, role: string): boolean {
  return needed === null || needed.some((set) => set.every((each) => each === role))
}

/** The roles in words. */
export function rolesText(needed: RolesNeeded): string {
  if (needed === null) return 'anybody'
  if (needed.length === 0) return 'nobody'
  return needed.map((set) => (set.length === 0 ? 'anybody known' : set.join(' + '))).join(', ')
}
