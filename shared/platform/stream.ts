/**
 * Streams that can be closed while they wait. An async generator parked on an `await` does not see
 * `return()` until that await settles, so a subscriber that left would never be forgotten.
 *
 * @module
 */

/** An endless iterable whose `return()` takes effect at once, also on a pending `next()`. */
export interface Stream<T> extends AsyncIterableIterator<T, undefined> {
  next(): Promise<IteratorResult<T, undefined>>
  return(): Promise<IteratorReturnResult<undefined>>
  [Symbol.asyncIterator](): Stream<T>
}

const over: IteratorReturnResult<undefined> = { done: true, value: undefined }

/**
 * `source` with each item replaced by `map(item)`, and dropped where that gives undefined.
 *
 * Closing it closes `source` and answers a pending `next()` at once, even while `map` is at work.
 * When `map` throws, the stream ends with that error and `source` is closed.
 */
export function mapStream<A, B>(
  source: Stream<A>,
  map: (item: A) => Promise<B | undefined> | B | undefined,
): Stream<B> {
  const state = { isClosed: false }
  // One promise per call rather than a race against one long-lived promise, which would keep every
  // item of an endless stream in memory.
  const waiting = new Set<PromiseWithResolvers<IteratorResult<B, undefined>>>()
  const close = async (): Promise<IteratorReturnResult<undefined>> => {
    state.isClosed = true
    for (const each of waiting) each.resolve(over)
    waiting.clear()
    await source.return()
    return over
  }
  const pull = async (): Promise<IteratorResult<B, undefined>> => {
    while (!state.isClosed) {
      const item = await source.next()
      if (item.done === true) return over
      const mapped = await map(item.value)
      if (mapped !== undefined) return { done: false, value: mapped }
    }
    return over
  }
  const answer = async (
    before: Promise<void>,
    asked: PromiseWithResolvers<IteratorResult<B, undefined>>,
  ): Promise<void> => {
    await before
    try {
      asked.resolve(await pull())
    } catch (error) {
      asked.reject(error)
      // The error that ended the stream is the one to show, not one of closing it.
      await close().catch(() => undefined)
    } finally {
      waiting.delete(asked)
    }
  }
  // Calls queue up behind one another: an iterator may be asked ahead of its answers.
  let last: Promise<void> = Promise.resolve()
  const stream: Stream<B> = {
    next() {
      if (state.isClosed) return Promise.resolve(over)
      const asked = Promise.withResolvers<IteratorResult<B, undefined>>()
      waiting.add(asked)
      last = answer(last, asked)
      return asked.promise
    },
    return: close,
    [Symbol.asyncIterator]: () => stream,
  }
  return stream
}
