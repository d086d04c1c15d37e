/** What came and was not taken yet, never more than a bound. @module */

export interface Backlog<Item extends object | number> {
  /** Whether something was turned away; nothing is taken in from then on. */
  readonly isFull: boolean
  put(item: Item): void
  /** Nothing more comes, because of `error` if there is one. */
  end(error?: unknown): void
  /** What is there, then what comes, then the end or its error. */
  take(): AsyncGenerator<Item, undefined, undefined>
}

/** Opens a backlog of at most `itemsMax` items. */
export function openBacklog<Item extends object | number>(itemsMax: number): Backlog<Item> {
  const items: Item[] = []
  let isFull = false
  let ending: { readonly error: unknown } | null = null
  let wake = (): void => undefined
  return {
    get isFull() {
      return isFull
    },
    put(item) {
      if (ending !== null) return
      if (items.length < itemsMax) items.push(item)
      else {
        isFull = true
        ending = { error: null }
      }
      wake()
    },
    end(error = null) {
      ending ??= { error }
      wake()
    },
    async *take() {
      for (;;) {
        // One by one, so that what was not taken yet still counts.
        for (let item = items.shift(); item !== undefined; item = items.shift()) yield item
        if (ending !== null) {
          if (ending.error !== null) throw ending.error
          return undefined
        }
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
  }
}
