/** A hundred references cost one query. @module */
import { describe, expect, it } from 'vitest'
import { loaderOf } from './loader.ts'

describe('a loader', () => {
  it('asks once for all keys of a turn, each once, and gives null for what is absent', async () => {
    const asked: (readonly number[])[] = []
    const ctx = { loaders: new Map<string, unknown>() }
    const load = (key: number): Promise<string | null> =>
      loaderOf<number, string>(ctx, 'numbers', async (keys) => {
        asked.push(keys)
        return new Map(keys.filter((each) => each > 0).map((each) => [each, `#${each}`]))
      }).load(key)
    expect(await Promise.all([load(1), load(2), load(1), load(-1)])).toEqual([
      '#1',
      '#2',
      '#1',
      null,
    ])
    expect(asked).toEqual([[1, 2, -1]])
  })

  it('belongs to its request', async () => {
    const batch = async (keys: readonly string[]) => new Map(keys.map((key) => [key, key]))
    const first = { loaders: new Map<string, unknown>() }
    const second = { loaders: new Map<string, unknown>() }
    expect(loaderOf(first, 'a', batch)).toBe(loaderOf(first, 'a', batch))
    expect(loaderOf(first, 'a', batch)).not.toBe(loaderOf(second, 'a', batch))
  })

  it('asks for at most a page at a time', async () => {
    const sizes: number[] = []
    const ctx = { loaders: new Map<string, unknown>() }
    const loader = loaderOf<number, number>(ctx, 'many', async (keys) => {
      sizes.push(keys.length)
      return new Map(keys.map((key) => [key, key]))
    })
    await loader.loadMany(Array.from({ length: 1_001 }, (_, index) => index))
    expect(sizes).toEqual([500, 500, 1])
  })
})
