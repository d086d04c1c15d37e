/** When a chain's state is signed, and as what. @module */
import { parseDigest } from '@sez/core/digest'
import { corridorId } from '@sez/core/ids'
import { expect, test } from 'vitest'
import { lawpacks } from '../documents.fixture.ts'
import { checkpointDocument, checkpointIntervalMs } from './checkpoint.ts'
import { growRange, rangeRoot } from './mountain.ts'

const now = new Date('2026-02-01T00:00:10Z')
test('checkpointDocument states count, roots, sets and peaks', () => {
  const root = parseDigest('ab'.repeat(32))
  const range = growRange({ size: 0, peaks: [] }, root)
  const document = checkpointDocument(
    {
      corridorId: corridorId('pak-uae'),
      genesisRoot: root,
      headRoot: root,
      receiptCount: 1,
      peaks: range.peaks,
      lawpackDigestSet: lawpacks,
      rulesetDigestSet: [root],
    },
    now,
  )
  expect(document).toMatchObject({
    type: 'MSEZCorridorStateCheckpoint',
    timestamp: '2026-02-01T00:00:10Z',
    receipt_count: 1,
    lawpack_digest_set: lawpacks,
    ruleset_digest_set: [root],
    mmr: { size: 1, root: rangeRoot(range), peaks: [{ height: 0, hash: rangeRoot(range) }] },
  })
})

test('checkpointIntervalMs is the second that spec/24-corridor.md §8 promises', () => {
  expect(checkpointIntervalMs).toBe(1_000)
})
