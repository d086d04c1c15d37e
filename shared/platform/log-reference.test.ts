/** A mutation's answer finds its place in the log once it has one. @module */
import { expect, it } from 'vitest'
import { logReference } from './log-reference.ts'
import { sequence } from './sequencer.ts'
import { openTestLog, say } from './zone-log.fixture.ts'

it('a position is null until its event is numbered; many cost one query', async () => {
  await using log = await openTestLog()
  const numbered = await say(log.context(), 'entity/a', { n: 1 })
  await sequence(log.database)
  const waiting = await say(log.context(), 'entity/a', { n: 2 })
  const ctx = log.context()
  const positions = [numbered, waiting].map((each) => logReference.position(each, {}, ctx))
  expect(await Promise.all(positions)).toEqual([1n, null])
  expect(ctx.loaders.size).toBe(1)
})
