/** A subscription source the test pushes into, which notes when it is closed. @module */
import type { Stream } from '@sez/platform/stream'

export interface Source<T> extends Stream<T> {
  push(item: T): void
  fail(error: Error): void
  end(): void
  readonly isClosed: boolean
  /** How many items were asked for and not yet given. */
  readonly waiting: number
  readonly queued: number
}

export function source<T>(): Source<T> {
  type Item = IteratorResult<T, undefined>
  const queue: (Item | Error)[] = []
  const waiting: PromiseWithResolvers<Item>[] = []
  let isClosed = false
  const over: IteratorReturnResult<undefined> = { done: true, value: undefined }
  const give = (item: Item | Error): void => {
    const next = waiting.shift()
    if (next === undefined) queue.push(item)
    else if (item instanceof Error) next.reject(item)
    else next.resolve(item)
  }
  const self: Source<T> = {
    push: (value) => give({ done: false, value }),
    fail: (error) => give(error),
    end: () => give(over),
    get isClosed() {
      return isClosed
    },
    get waiting() {
      return waiting.length
    },
    get queued() {
      return queue.length
    },
    next() {
      const next = queue.shift()
      if (next instanceof Error) return Promise.reject(next)
      if (next !== undefined) return Promise.resolve(next)
      if (isClosed) return Promise.resolve(over)
      const asked = Promise.withResolvers<Item>()
      waiting.push(asked)
      return asked.promise
    },
    return() {
      isClosed = true
      for (const asked of waiting.splice(0)) asked.resolve(over)
      return Promise.resolve(over)
    },
    [Symbol.asyncIterator]: () => self,
  }
  return self
}

/** Everything a stream gives until it ends. */
export async function collected<T, U>(
  stream: AsyncIterable<T>,
  map: (item: T) => U,
): Promise<readonly U[]> {
  const items: U[] = []
  for await (const item of stream) items.push(map(item))
  return items
}
