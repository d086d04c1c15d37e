import { startSequencer } from '@sez/platform/sequencer'
import { listEntries } from '@sez/platform/zone-log'
import { openTestLog } from '@sez/platform/zone-log.fixture'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { entityMoves } from '@sez/entities/domain/lifecycle'
import { companies, seedEntities } from './entities.ts'

let stack: AsyncDisposableStack
let ground: Parameters<typeof seedEntities>[0]
beforeAll(async () => {
  stack = new AsyncDisposableStack()
  const log = stack.use(await openTestLog())
  const context = log.context()
  const sequencer = startSequencer(log.database, { now: () => context.now(), log: context.log })
  stack.use(sequencer)
  ground = { ...context, afterCommit: () => sequencer.nudge() }
})
afterAll(() => stack.disposeAsync())

test('a dozen companies are made by real operations, once', async () => {
  const made = await seedEntities(ground)
  expect(made.size).toBe(12)
  expect([...made.keys()]).toEqual(Object.keys(companies))
  const count = async () =>
    (await listEntries(ground.database.db, { stream: null, after: 0n, limit: 500 })).length
  const events = Object.values(companies).reduce(
    (sum, { directors, moves }) => sum + 1 + directors.length + moves.length,
    0,
  )
  await expect.poll(count).toBe(events)
  expect(await seedEntities(ground)).toEqual(made)
  expect(await count()).toBe(events)
})

test('the example shows every move that has an operation', () => {
  const shown = Object.values(companies).flatMap(({ moves }) => moves.map(({ move }) => move))
  expect(new Set(shown).size).toBe(Object.keys(entityMoves).length)
})
