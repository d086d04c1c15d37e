/** What somebody meant who mistyped a name. @module */

/** The name nearest to a mistyped one, or null where none is near. */
export function nearestName(typed: string, names: readonly string[]): string | null {
  const distanceMax = Math.max(1, Math.floor(typed.length / 3))
  let found: { readonly name: string; readonly distance: number } | null = null
  for (const name of names) {
    const distance = editDistance(typed.toLowerCase(), name.toLowerCase())
    if (distance <= distanceMax && distance < (found?.distance ?? Infinity))
      found = { name, distance }
  }
  return found?.name ?? null
}

/** Letters to put in, leave out, change or swap with their neighbour, to make one text the other. */
function editDistance(from: string, to: string): number {
  let before: number[] = []
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= to.length; j += 1) {
      const isEqual = from[i - 1] === to[j - 1]
      const changed = at(row, j - 1) + (isEqual ? 0 : 1)
      const isSwap = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]
      const swapped = isSwap ? at(before, j - 2) + 1 : Infinity
      next.push(Math.min(changed, at(row, j) + 1, at(next, j - 1) + 1, swapped))
    }
    before = row
    row = next
  }
  return at(row, to.length)
}

const at = (row: readonly number[], index: number): number => row[index] ?? Infinity
