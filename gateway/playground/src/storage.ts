/** Where GraphiQL keeps tabs: apart for each set of examples, the theme shared. @module */

/** The part of Web Storage that GraphiQL uses. */
interface Store {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
  clear(): void
  readonly length: number
}

/** Where GraphiQL keeps the open tabs. */
export const tabStateKey = 'graphiql:tabState'

const sharedKeys = new Set(['graphiql:theme'])

/** A view of `store` in which every key but the theme carries `name`. */
export function namedStorage(store: Store, name: string): Store {
  const prefix = `sez:${name}:`
  const own = (key: string): string => (sharedKeys.has(key) ? key : prefix + key)
  const written = new Set<string>()
  return {
    getItem: (key) => store.getItem(own(key)),
    setItem(key, value) {
      written.add(own(key))
      store.setItem(own(key), value)
    },
    removeItem: (key) => store.removeItem(own(key)),
    clear() {
      for (const key of written) store.removeItem(key)
      for (const key of tabKeys) store.removeItem(own(key))
    },
    get length() {
      return store.length
    },
  }
}

/** What GraphiQL saves of a session; without them it opens the default tabs. */
const tabKeys = [tabStateKey, 'graphiql:query', 'graphiql:variables', 'graphiql:headers']
