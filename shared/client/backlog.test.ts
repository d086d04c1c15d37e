import { expect, test } from 'vitest'
import { openBacklog } from './backlog.ts'

async function all<Item>(taking: AsyncIterable<Item>): Promise<Item[]> {
  const taken: Item[] = []
  for await (const item of taking) taken.push(item)
  return taken
}

test('gives what was put, in order, and ends', async () => {
  const backlog = openBacklog<number>(3)
  backlog.put(1)
  const taking = all(backlog.take())
  await Promise.resolve()
  backlog.put(2)
  backlog.end()
  backlog.put(3)
  expect(await taking).toEqual([1, 2])
  expect(backlog.isFull).toBe(false)
})

test('what is there comes before the error it ends with', async () => {
  const backlog = openBacklog<number>(3)
  backlog.put(1)
  backlog.end(new Error('cut'))
  backlog.end(new Error('later'))
  const taking = backlog.take()
  expect(await taking.next()).toEqual({ done: false, value: 1 })
  await expect(taking.next()).rejects.toThrow('cut')
})

test('never holds more than its bound, and says that it turned something away', async () => {
  const backlog = openBacklog<number>(2)
  for (let item = 1; item <= 5; item += 1) backlog.put(item)
  expect(backlog.isFull).toBe(true)
  expect(await all(backlog.take())).toEqual([1, 2])
})
