/** Background work: one step at a time, owed at most once, surviving its own failures. @module */
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { until } from './database.fixture.ts'
import { startWorker } from './worker.ts'

function recorder() {
  const lines: string[] = []
  const note = (_: unknown, message?: string): void => void lines.push(message ?? '')
  return { lines, log: { warn: note, info: note } }
}

test('many wakes during one step owe exactly one more', async () => {
  const gate = Promise.withResolvers<void>()
  let steps = 0
  let running = 0
  await using worker = startWorker({
    name: 'w',
    pollMs: 60_000,
    log: recorder().log,
    async step() {
      steps += 1
      running += 1
      expect(running).toBe(1)
      await gate.promise
      running -= 1
      return false
    },
  })
  for (let n = 0; n < 50; n += 1) worker.wake()
  gate.resolve()
  await until('the owed step has run', () => steps === 2)
  await delay(20)
  expect(steps).toBe(2)
})

test('it goes on at once while there is more, and by itself on its timer', async () => {
  let steps = 0
  await using _worker = startWorker({
    name: 'w',
    pollMs: 5,
    log: recorder().log,
    step: async () => (steps += 1) < 10,
  })
  await until('the timer has come round', () => steps > 12)
  expect(steps).toBeGreaterThan(12)
})

test('a failing step is logged once, tried again, and its recovery is logged', async () => {
  const { lines, log } = recorder()
  let steps = 0
  await using _worker = startWorker({
    name: 'w',
    pollMs: 60_000,
    log,
    async step() {
      steps += 1
      if (steps <= 3) throw new RangeError('away')
      return false
    },
  })
  await until('it recovered', () => steps === 4)
  await until('it said so', () => lines.length === 2)
  expect(lines).toEqual(['background work failed, retrying', 'background work goes on'])
})

test('stop waits for the step under way, and no step begins after it', async () => {
  const gate = Promise.withResolvers<void>()
  let finished = 0
  const worker = startWorker({
    name: 'w',
    pollMs: 1,
    log: recorder().log,
    async step() {
      await gate.promise
      finished += 1
      return true
    },
  })
  const stopping = worker.stop()
  gate.resolve()
  await stopping
  worker.wake()
  await delay(20)
  expect(finished).toBe(1)
})
