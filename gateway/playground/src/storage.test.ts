import { expect, test } from 'vitest'
import { namedStorage, tabStateKey } from './storage.ts'

function memory() {
  const entries = new Map<string, string>()
  return {
    entries,
    getItem: (key: string) => entries.get(key) ?? null,
    setItem: (key: string, value: string) => void entries.set(key, value),
    removeItem: (key: string) => void entries.delete(key),
    clear: () => entries.clear(),
    get length() {
      return entries.size
    },
  }
}

test('two sets of examples keep their tabs apart and share the theme', () => {
  const store = memory()
  const [one, two] = [namedStorage(store, 'one'), namedStorage(store, 'two')]
  one.setItem(tabStateKey, 'tabs of one')
  one.setItem('graphiql:theme', 'dark')
  expect(two.getItem(tabStateKey)).toBeNull()
  expect(two.getItem('graphiql:theme')).toBe('dark')
  expect(one.getItem(tabStateKey)).toBe('tabs of one')
  expect(one.length).toBe(2)
})

test('clear forgets the tabs of this set, also those of an earlier visit, and nothing else', () => {
  const store = memory()
  namedStorage(store, 'one').setItem(tabStateKey, 'tabs')
  namedStorage(store, 'two').setItem(tabStateKey, 'tabs')
  store.setItem('foreign', 'kept')
  const one = namedStorage(store, 'one')
  one.setItem('graphiql:docExplorerFlex', '1')
  one.clear()
  expect([...store.entries.keys()].toSorted()).toEqual(['foreign', 'sez:two:graphiql:tabState'])
  one.setItem('x', '1')
  one.removeItem('x')
  expect(one.getItem('x')).toBeNull()
})
