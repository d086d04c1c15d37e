/** When a chain needs another part of the receipts' tables (spec/19-storage.md §8). @module */

/** Sequences of receipts in order, both ends included. */
export interface Sequences {
  readonly first: number
  readonly last: number
}

/**
 * Whether these receipts begin a part, or take one past three quarters of its size: only then can
 * they need a part that is not there. The first part always is.
 *
 * @param receiptsPerPart A power of two, 4 at least.
 */
export function reachesPart({ first, last }: Sequences, receiptsPerPart: number): boolean {
  const before = Math.max(first - 1, 0)
  const partOf = (sequence: number): number => Math.floor(sequence / receiptsPerPart)
  const ahead = receiptsPerPart / 4
  return partOf(last) > partOf(before) || partOf(last + ahead) > partOf(before + ahead)
}
