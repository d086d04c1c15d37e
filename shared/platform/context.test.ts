/** Callers and the clock. @module */
import { corridorId, entityId } from '@sez/core/ids'
import { describe, expect, it } from 'vitest'
import { randomBytes, systemClock } from './clock.ts'
import { anonymous, hasRole, isExpired, mayTouchCorridor, mayTouchEntity } from './context.ts'

const entity = entityId('ent_01890a5d-ac96-774b-bcce-b302099a8057')
const corridor = corridorId('pak-uae')

describe('a caller', () => {
  it('holds roles as a set', () => {
    const caller = { ...anonymous, roles: new Set(['TAX', 'CITIZEN'] as const) }
    expect(hasRole(caller, 'ADMIN', 'TAX')).toBe(true)
    expect(hasRole(caller, 'ADMIN')).toBe(false)
    expect(hasRole(caller)).toBe(false)
  })

  it('is narrowed by its sets and not by their absence', () => {
    const narrowed = { ...anonymous, entityIds: new Set([entity]), corridorIds: new Set([]) }
    expect(mayTouchEntity(anonymous, entity)).toBe(true)
    expect(mayTouchCorridor(anonymous, corridor)).toBe(true)
    expect(mayTouchEntity(narrowed, entity)).toBe(true)
    expect(mayTouchCorridor(narrowed, corridor)).toBe(false)
  })

  it('expires after the skew; nobody never does', () => {
    const caller = { ...anonymous, expiresAt: new Date(0) }
    expect(isExpired(caller, new Date(59_999))).toBe(false)
    expect(isExpired(caller, new Date(60_000))).toBe(true)
    expect(isExpired(anonymous, new Date(8.64e15))).toBe(false)
  })
})

describe('the ground', () => {
  it('has a clock that runs', () => {
    expect(Math.abs(systemClock().getTime() - Date.now())).toBeLessThan(1_000)
  })

  it('has random bytes, as many as asked for', () => {
    expect(randomBytes(32)).toHaveLength(32)
    expect(randomBytes(0)).toHaveLength(0)
    expect(randomBytes(16)).not.toEqual(randomBytes(16))
    expect(() => randomBytes(-1)).toThrow(/0 to 65536/u)
    expect(() => randomBytes(1.5)).toThrow(/0 to 65536/u)
  })
})
