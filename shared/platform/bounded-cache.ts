/** A map that forgets what was used longest ago, bounded by entries and by bytes. @module */

interface Entry<Value> {
  readonly value: Value
  readonly bytes: number
}

/**
 * Keeps the most recently used values. A JavaScript Map remembers insertion order, so moving a key to
 * the end on every use leaves the least recently used one in front.
 */
export class BoundedCache<Key, Value> {
  readonly #entries = new Map<Key, Entry<Value>>()
  readonly #entriesMax: number
  readonly #bytesMax: number
  #bytes = 0
  #hits = 0
  #misses = 0

  constructor(bounds: { readonly entriesMax: number; readonly bytesMax: number }) {
    this.#entriesMax = bounds.entriesMax
    this.#bytesMax = bounds.bytesMax
  }

  get size(): number {
    return this.#entries.size
  }

  /** The sum of the sizes stated at `set`. */
  get bytes(): number {
    return this.#bytes
  }

  /** How often `get` found something, since the start. */
  get hits(): number {
    return this.#hits
  }

  /** How often `get` found nothing, since the start. */
  get misses(): number {
    return this.#misses
  }

  get(key: Key): Value | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) {
      this.#misses += 1
      return undefined
    }
    this.#hits += 1
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    return entry.value
  }

  /** The value under `key`, if any; asking neither counts nor keeps it. */
  peek(key: Key): Value | undefined {
    return this.#entries.get(key)?.value
  }

  /** `bytes` is the caller's estimate; a value above the whole budget is not kept at all. */
  set(key: Key, value: Value, bytes: number): void {
    this.#drop(key)
    if (bytes > this.#bytesMax) return
    this.#entries.set(key, { value, bytes })
    this.#bytes += bytes
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#entriesMax && this.#bytes <= this.#bytesMax) return
      this.#drop(oldest)
    }
  }

  /** The value under `key`, made once when absent. */
  getOrMake(key: Key, make: () => { readonly value: Value; readonly bytes: number }): Value {
    const known = this.get(key)
    if (known !== undefined) return known
    const { value, bytes } = make()
    this.set(key, value, bytes)
    return value
  }

  #drop(key: Key): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    this.#entries.delete(key)
    this.#bytes -= entry.bytes
  }
}
