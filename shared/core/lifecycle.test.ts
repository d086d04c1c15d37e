import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InvariantViolation } from './invariant.ts'
import { defineLifecycle } from './lifecycle.ts'

const door = defineLifecycle({
  initial: 'CLOSED',
  terminal: ['GONE'],
  moves: [
    { from: 'CLOSED', event: 'open', to: 'OPEN' },
    { from: 'OPEN', event: 'close', to: 'CLOSED' },
    { from: 'CLOSED', event: 'lock', to: 'LOCKED' },
    { from: 'LOCKED', event: 'unlock', to: 'CLOSED' },
    { from: 'LOCKED', event: 'remove', to: 'GONE' },
  ],
})
const events = ['open', 'close', 'lock', 'unlock', 'remove'] as const

describe('a lifecycle', () => {
  const pairs = door.states.flatMap((state) => events.map((event) => ({ state, event })))
  const target = ({ state, event }: (typeof pairs)[number]): string | undefined =>
    door.moves.find((move) => move.from === state && move.event === event)?.to

  test.each(pairs.filter((pair) => target(pair) !== undefined))(
    'allows $event in $state, as its table says',
    ({ state, event }) => {
      expect(door.advance(state, event)).toBe(target({ state, event }))
    },
  )

  test.each(pairs.filter((pair) => target(pair) === undefined))(
    'INVALID_TRANSITION for $event in $state',
    ({ state, event }) => {
      const allowed = door.movesFrom(state).map((move) => move.event)
      expect(() => door.advance(state, event)).toThrow(
        expect.objectContaining({
          code: 'INVALID_TRANSITION',
          details: { from: state, event, allowed },
        }),
      )
    },
  )

  test('lists its states, the initial one first, and none leaves a terminal one', () => {
    expect(door.states).toEqual(['CLOSED', 'OPEN', 'LOCKED', 'GONE'])
    expect(door.movesFrom('GONE')).toEqual([])
    expect([door.initial, door.terminal]).toEqual(['CLOSED', ['GONE']])
  })

  test('foreign words are refused, not looked up on a prototype', () => {
    for (const word of ['toString', '__proto__', 'constructor']) {
      expect(() => door.advance(word as 'OPEN', 'close')).toThrow(
        expect.objectContaining({ code: 'INVALID_TRANSITION', details: expect.anything() }),
      )
      expect(() => door.advance('OPEN', word as 'close')).toThrow(
        expect.objectContaining({ code: 'INVALID_TRANSITION' }),
      )
    }
  })

  test('any walk stays in the table and ends only where it says', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...events)), (walk) => {
        let state: (typeof door.states)[number] = door.initial
        for (const event of walk) {
          if (!door.movesFrom(state).some((move) => move.event === event)) continue
          state = door.advance(state, event)
        }
        expect(door.movesFrom(state).length === 0).toBe(door.terminal.some((end) => end === state))
      }),
    )
  })
})

describe('an unsound table', () => {
  const moves = [{ from: 'A', event: 'go', to: 'B' }] as const
  test.each([
    ['two ways for one event', [...moves, { from: 'A', event: 'go', to: 'A' }], ['B']],
    ['a way out of a terminal state', [...moves, { from: 'B', event: 'back', to: 'A' }], ['B']],
    ['a dead end not declared', moves, []],
    ['a state that cannot be reached', [...moves, { from: 'C', event: 'go', to: 'B' }], ['B']],
    ['a terminal state that is not in it', moves, ['B', 'C']],
  ])('crashes for %s', (_, table, terminal) => {
    expect(() => defineLifecycle<string, string>({ initial: 'A', moves: table, terminal })).toThrow(
      InvariantViolation,
    )
  })
})
