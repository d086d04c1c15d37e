import type { Role } from '@sez/core/roles'
import { describe, expect, test } from 'vitest'
import { director, entity, founder, law, registrar } from './entity.fixture.ts'
import { localFormOf } from './formation.ts'
import { entityLifecycle, entityMoves, entityStatuses, isOffered } from './lifecycle.ts'
import { type Asker, entityMovers, nextMoves } from './next-move.ts'

const asker = (roles: readonly Role[], changes: Partial<Asker> = {}): Asker => ({
  did: founder,
  roles: new Set(roles),
  isMember: true,
  hasSubmitted: false,
  officers: [director(1)],
  form: localFormOf(law, 'LLC', 'SMC_PVT'),
  ...changes,
})

test('each state offers the moves of the table that have an operation', () => {
  for (const status of entityStatuses) {
    const moves = nextMoves(entity({ status }), asker(['CITIZEN'])).map(({ event }) => event)
    const table = entityLifecycle.movesFrom(status).map(({ event }) => event)
    expect(moves).toEqual(table.filter(isOffered).map((event) => entityMoves[event]))
  }
})

test('every offered event has its movers', () => {
  expect(Object.keys(entityMovers)).toEqual(Object.keys(entityMoves))
})

describe('a draft', () => {
  test('is free to go for a member in one of the own roles', () => {
    expect(nextMoves(entity(), asker(['OPERATOR']))).toEqual([
      { event: 'SUBMIT', blockedBy: [] },
      { event: 'WITHDRAW', blockedBy: [] },
    ])
  })

  test('is FORBIDDEN to officials and to who is no member', () => {
    for (const who of [asker(['REGISTRAR']), asker(['CITIZEN'], { isMember: false })]) {
      const [submit] = nextMoves(entity(), who)
      expect(submit?.blockedBy).toEqual(['FORBIDDEN'])
    }
  })

  test('names everything that is missing', () => {
    const bare = entity(
      { registeredOffice: null },
      { initialIssuance: [{ recipient: founder, shareClass: 'A', shares: 1n }] },
    )
    const [submit] = nextMoves(bare, asker(['CITIZEN'], { officers: [] }))
    expect(submit?.blockedBy).toEqual([
      'DIRECTORS_MINIMUM',
      'OFFICE_MISSING',
      'AUTHORIZED_EXCEEDED',
    ])
  })
})

describe('an application', () => {
  const blockers = (who: Asker) =>
    Object.fromEntries(
      nextMoves(entity({ status: 'APPLIED' }), who).map(({ event, blockedBy }) => [
        event,
        blockedBy,
      ]),
    )

  test('is free for a registrar who had no hand in it', () => {
    const free = blockers(asker(['REGISTRAR'], { did: registrar, isMember: false }))
    expect(free).toMatchObject({ APPROVE: [], REJECT: [], RETURN_FOR_CORRECTION: [] })
    expect(free['WITHDRAW']).toEqual(['FORBIDDEN'])
  })

  test('cannot be approved by its maker', () => {
    expect(blockers(asker(['REGISTRAR']))['APPROVE']).toEqual(['MAKER_CANNOT_APPROVE'])
    const former = asker(['REGISTRAR'], { did: registrar, isMember: false, hasSubmitted: true })
    expect(blockers(former)['APPROVE']).toEqual(['MAKER_CANNOT_APPROVE'])
  })
})
