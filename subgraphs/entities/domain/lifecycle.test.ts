import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  type EntityEvent,
  type EntityStatus,
  entityEvents,
  entityLifecycle,
  entityMoves,
  entityPhases,
  entityStatuses,
  isOffered,
  nameHoldingStatuses,
  phaseOf,
} from './lifecycle.ts'

interface Case {
  readonly id: string
  readonly start: EntityStatus
  readonly events: readonly EntityEvent[]
  readonly expected: readonly {
    readonly ok: boolean
    readonly error?: string
    readonly state: string
  }[]
}

const vectors = JSON.parse(
  readFileSync(new URL('../../../spec/vectors/primitives.json', import.meta.url), 'utf8'),
) as { readonly groups: { readonly fsm_entity: readonly Case[] } }

/** The allowed moves as the specification lists them, apart from the code's own table. */
const allowed: Readonly<Record<EntityStatus, Partial<Record<EntityEvent, EntityStatus>>>> = {
  DRAFT: { submit: 'APPLIED', withdraw: 'WITHDRAWN' },
  APPLIED: {
    withdraw: 'WITHDRAWN',
    returnForCorrection: 'DRAFT',
    approve: 'ACTIVE',
    reject: 'REJECTED',
  },
  ACTIVE: {
    suspend: 'SUSPENDED',
    initiateDissolution: 'DISSOLVING',
    strikeOff: 'STRUCK_OFF',
    beginRedomiciliation: 'REDOMICILING',
  },
  SUSPENDED: { reinstate: 'ACTIVE', strikeOff: 'STRUCK_OFF' },
  DISSOLVING: { cancelDissolution: 'ACTIVE', completeDissolution: 'DISSOLVED' },
  REDOMICILING: { completeRedomiciliation: 'ACTIVE', abortRedomiciliation: 'ACTIVE' },
  STRUCK_OFF: { restore: 'ACTIVE', archive: 'ARCHIVED' },
  DISSOLVED: { archive: 'ARCHIVED' },
  REJECTED: { archive: 'ARCHIVED' },
  WITHDRAWN: { archive: 'ARCHIVED' },
  ARCHIVED: {},
}

describe('vectors fsm_entity', () => {
  test.each(vectors.groups.fsm_entity)('$id', ({ start, events, expected }) => {
    let state = start
    const seen = events.map((event) => {
      try {
        state = entityLifecycle.advance(state, event)
        return { event, ok: true, state }
      } catch (error) {
        return { event, ok: false, error: Reflect.get(Object(error), 'code'), state }
      }
    })
    expect(seen).toEqual(expected)
  })
})

describe('every state and event', () => {
  const pairs = entityStatuses.flatMap((from) => entityEvents.map((event) => ({ from, event })))

  test('the pairs are all there are', () => {
    expect(pairs).toHaveLength(entityStatuses.length * entityEvents.length)
    expect([...entityLifecycle.states].sort()).toEqual([...entityStatuses].sort())
  })

  const allowedPairs = pairs.filter(({ from, event }) => allowed[from][event] !== undefined)
  const forbiddenPairs = pairs.filter(({ from, event }) => allowed[from][event] === undefined)

  test.each(allowedPairs)('$event from $from leads where the specification says', (pair) => {
    const { from, event } = pair
    expect(entityLifecycle.advance(from, event)).toBe(allowed[from][event])
  })

  test.each(forbiddenPairs)('INVALID_TRANSITION for $event from $from', ({ from, event }) => {
    expect(() => entityLifecycle.advance(from, event)).toThrow(
      expect.objectContaining({
        code: 'INVALID_TRANSITION',
        details: { from, event, allowed: Object.keys(allowed[from]) },
      }),
    )
  })
})

test('each status has one of the five phases, and each phase a status', () => {
  expect(new Set(entityStatuses.map(phaseOf))).toEqual(new Set(entityPhases))
  expect(phaseOf('APPLIED')).toBe('FORMATION')
})

test('offered events are those with an operation, and each is in the table', () => {
  expect(entityEvents.filter(isOffered)).toEqual(Object.keys(entityMoves))
  expect(entityLifecycle.moves.map(({ event }) => event)).toEqual(
    expect.arrayContaining(Object.keys(entityMoves)),
  )
})

test('a name is held from the application until nothing can bring the entity back', () => {
  expect(nameHoldingStatuses).not.toContain('DRAFT')
  const free = entityStatuses.filter((each) => !nameHoldingStatuses.some((held) => held === each))
  expect(free).toEqual(['DRAFT', 'DISSOLVED', 'REJECTED', 'WITHDRAWN', 'ARCHIVED'])
})
