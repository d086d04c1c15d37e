/**
 * The vectors of entities: our copies are whole, and the originals hold wherever they lie beside
 * us.
 */
import { existsSync, readFileSync } from 'node:fs'
import {
  type EntityEvent,
  type EntityStatus,
  entityLifecycle,
} from '@sez/entities/domain/lifecycle'
import { isLei } from '@sez/entities/domain/lei'
import { describe, expect, test } from 'vitest'

interface Vectors {
  readonly groups: {
    readonly fsm_entity: readonly {
      readonly id: string
      readonly start: EntityStatus
      readonly events: readonly EntityEvent[]
      readonly expected: readonly { readonly state: EntityStatus; readonly error?: string }[]
    }[]
    readonly lei: readonly {
      readonly input: string
      readonly expected: { readonly valid: boolean }
    }[]
  }
}

const copy = new URL('../../spec/vectors/primitives.json', import.meta.url)
const original = new URL('../../../shared/vectors/primitives.json', import.meta.url)
const isBeside = existsSync(original)
if (!isBeside) process.stderr.write('SKIPPED: ../shared/vectors is not beside this clone.\n')

const { groups }: Vectors = JSON.parse(readFileSync(copy, 'utf8'))

test.skipIf(!isBeside)('spec/vectors/primitives.json is the original, byte for byte', () => {
  expect(readFileSync(copy).equals(readFileSync(original))).toBe(true)
})

describe('fsm_entity', () => {
  test('has cases', () => {
    expect(groups.fsm_entity.length).toBeGreaterThan(3)
  })

  test.each(groups.fsm_entity)('$id', ({ start, events, expected }) => {
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

test('lei: each is accepted or refused as its vector says', () => {
  expect(groups.lei.map(({ input }) => ({ input, expected: { valid: isLei(input) } }))).toEqual(
    groups.lei,
  )
})
