/** How many long-lived connections each caller holds, over every way to hold one. @module */

/** Connections of each caller, or of each address while nobody knows the caller. */
export interface ConnectionCounts {
  /** False when there are as many as allowed. */
  take(key: string): boolean
  release(key: string): void
}

/** At most `max` connections under one key. */
export function openCounts(max: number): ConnectionCounts {
  const counts = new Map<string, number>()
  return {
    take(key) {
      const count = counts.get(key) ?? 0
      if (count >= max) return false
      counts.set(key, count + 1)
      return true
    },
    release(key) {
      const count = counts.get(key) ?? 0
      if (count <= 1) counts.delete(key)
      else counts.set(key, count - 1)
    },
  }
}
