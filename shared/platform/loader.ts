/** Per-request batching: a hundred references to one type cost one query. @module */
import DataLoader from 'dataloader'
import type { Context } from './context.ts'
import { pageRowsMax } from './limits.ts'

/** Finds many at once. Keys it leaves out of the map load as null. */
export type Batch<K, V> = (keys: readonly K[]) => Promise<ReadonlyMap<K, V>>

/**
 * The loader called `name` of this request, made on first use. Keys asked for in one turn of the
 * event loop reach `batch` together and once each, at most `pageRowsMax` at a time.
 *
 * @param name One per query, `entities.by-id`: every caller of a name passes the same batch.
 */
export function loaderOf<K extends string | number | bigint, V>(
  ctx: Pick<Context, 'loaders'>,
  name: string,
  batch: Batch<K, V>,
): DataLoader<K, V | null> {
  const known = ctx.loaders.get(name)
  // The name stands for one batch function, hence for one pair of types.
  if (known !== undefined) return known as DataLoader<K, V | null>
  const loader = new DataLoader<K, V | null>(
    async (keys) => {
      const found = await batch(keys)
      return keys.map((key) => found.get(key) ?? null)
    },
    { maxBatchSize: pageRowsMax, name },
  )
  ctx.loaders.set(name, loader)
  return loader
}
