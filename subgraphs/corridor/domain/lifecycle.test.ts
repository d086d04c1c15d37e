/** The corridor’s table of moves, and the moves it forbids. @module */
import { describe, expect, test } from 'vitest'
import {
  acceptTransition,
  corridorMoves,
  corridorState,
  corridorStates,
  finalityLevels,
  isZoneAuthorityMove,
  lifecycle,
} from './lifecycle.ts'

describe('lifecycle', () => {
  test('has six states and nine moves, each allowed from one state only', () => {
    expect(new Set(lifecycle.states)).toEqual(new Set(corridorStates))
    expect(lifecycle.moves.map(({ event }) => event).sort()).toEqual([...corridorMoves].sort())
  })

  const pairs = corridorStates.flatMap((from) =>
    corridorMoves.map((event) => {
      const move = lifecycle.moves.find((each) => each.from === from && each.event === event)
      return { from, event, to: move?.to ?? null }
    }),
  )

  test.for(pairs.filter(({ to }) => to !== null))(
    '$from by $event is $to',
    ({ from, event, to }) => {
      expect(lifecycle.advance(from, event)).toBe(to)
    },
  )

  test.for(pairs.filter(({ to }) => to === null))(
    'INVALID_TRANSITION from $from by $event',
    ({ from, event }) => {
      expect(() => lifecycle.advance(from, event)).toThrow(
        expect.objectContaining({ code: 'INVALID_TRANSITION' }),
      )
    },
  )

  test('nothing leaves DEPRECATED', () => {
    expect(lifecycle.movesFrom('DEPRECATED')).toEqual([])
  })
})

describe('corridorState', () => {
  test('reads TERMINATED as DEPRECATED and refuses the names of version 1', () => {
    expect(corridorState('TERMINATED')).toBe('DEPRECATED')
    for (const name of ['PROPOSED', 'OPERATIONAL', 'active', '']) {
      expect(corridorState(name)).toBeNull()
    }
    for (const state of corridorStates) expect(corridorState(state)).toBe(state)
  })
})

describe('acceptTransition', () => {
  const claim = { from: 'PENDING', to: 'ACTIVE', evidence: [], finality: null } as const
  const agreed = { ...claim, evidence: ['MSEZCorridorAgreementCredential'] }

  test('FROM_STATE_MISMATCH wins over INVALID_TRANSITION', () => {
    expect(() => acceptTransition('ACTIVE', { ...claim, to: 'DRAFT' })).toThrow(
      expect.objectContaining({ code: 'FROM_STATE_MISMATCH' }),
    )
  })

  test('FINALITY_TOO_LOW wins over EVIDENCE_MISSING', () => {
    expect(() => acceptTransition('PENDING', claim)).toThrow(
      expect.objectContaining({ code: 'FINALITY_TOO_LOW' }),
    )
    expect(() => acceptTransition('PENDING', { ...claim, finality: 'receipt_signed' })).toThrow(
      expect.objectContaining({ code: 'EVIDENCE_MISSING' }),
    )
  })

  test('activation needs receipt_signed or more', () => {
    const [proposed, ...enough] = finalityLevels
    expect(() => acceptTransition('PENDING', { ...agreed, finality: proposed })).toThrow(
      expect.objectContaining({ code: 'FINALITY_TOO_LOW' }),
    )
    for (const finality of enough) {
      expect(acceptTransition('PENDING', { ...agreed, finality })).toBe('activate')
    }
  })
})

test('isZoneAuthorityMove holds for suspending, its undoing and every deprecation', () => {
  expect(corridorMoves.filter((move) => isZoneAuthorityMove(move))).toEqual([
    'suspend',
    'resume_from_suspension',
    'deprecate',
    'deprecate_from_halt',
    'deprecate_from_suspension',
  ])
})
