import { parseDigest } from '@sez/core/digest'
import { describe, expect, test } from 'vitest'
import { act, at, entity, hmac, later } from './entity.fixture.ts'
import {
  changed,
  evidenceMax,
  evidenceProblems,
  move,
  reasonCharactersMax,
  reasonProblems,
  requireMove,
  requireVersion,
} from './move.ts'

const digests = (count: number) =>
  Array.from({ length: count }, (_, index) => parseDigest(index.toString(16).padStart(64, '0')))

describe('move', () => {
  test('links the new state to the head of the history', () => {
    const active = entity({ status: 'ACTIVE', version: 4, historySeq: 3 })
    const grounds = { reason: 'Late filings', reasonHmac: hmac, evidence: digests(2) }
    const moved = move(active, 'suspend', act({ expectedVersion: 4, ...grounds }))
    expect(moved.entity).toEqual({
      ...active,
      status: 'SUSPENDED',
      version: 5,
      updatedAt: later,
      historySeq: 4,
      historyHead: moved.transition.digest,
    })
    expect(moved.transition).toMatchObject({
      seq: 4,
      from: 'ACTIVE',
      to: 'SUSPENDED',
      event: 'SUSPEND',
      at: later,
      prevDigest: active.historyHead,
      ...grounds,
    })
  })

  test('VERSION_CONFLICT tells the version there is', () => {
    expect(() => requireVersion({ version: 3 }, 2)).toThrow(
      expect.objectContaining({
        code: 'VERSION_CONFLICT',
        details: { field: 'input.expectedVersion', expectedVersion: 2, version: 3 },
      }),
    )
  })

  test('VERSION_CONFLICT wins over INVALID_TRANSITION', () => {
    const codes = [2, 1].map((version) => {
      try {
        return move(entity(), 'approve', act({ expectedVersion: version }))
      } catch (error) {
        return Reflect.get(Object(error), 'code')
      }
    })
    expect(codes).toEqual(['VERSION_CONFLICT', 'INVALID_TRANSITION'])
    expect(requireMove(entity(), 'submit', 1)).toBe('APPLIED')
  })

  test('a change counts one version and keeps the later time', () => {
    expect(changed(entity(), new Date(0), { lei: null })).toEqual({
      ...entity(),
      version: 2,
      updatedAt: at,
    })
  })
})

describe('grounds', () => {
  test('a reason is readable, not blank and not endless', () => {
    expect(reasonProblems('Two lines\nare fine.')).toEqual([])
    for (const reason of ['', ' \n', 'x'.repeat(reasonCharactersMax + 1), 'a\u{7}b']) {
      expect(reasonProblems(reason)).toHaveLength(1)
    }
  })

  test('evidence has a minimum, a maximum and nothing twice', () => {
    expect(evidenceProblems(digests(evidenceMax), { itemsMin: 1 })).toEqual([])
    expect(evidenceProblems([], { itemsMin: 0 })).toEqual([])
    expect(evidenceProblems([], { itemsMin: 1 })).toHaveLength(1)
    expect(evidenceProblems(digests(evidenceMax + 1), { itemsMin: 1 })).toHaveLength(1)
    expect(evidenceProblems([...digests(1), ...digests(1)], { itemsMin: 1 })).toHaveLength(1)
  })
})
