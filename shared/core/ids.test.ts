import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  corridorId,
  entityId,
  eventId,
  jurisdictionId,
  mintId,
  officerId,
  uuid,
  uuidv7,
  zoneId,
} from './ids.ts'

const validationError = expect.objectContaining({ code: 'VALIDATION_ERROR' })
const one = '01890a5d-ac96-774b-bcce-b302099a8057'

describe('parsers', () => {
  test('each reads its own form', () => {
    expect(uuid(one.toUpperCase())).toBe(one)
    expect(entityId(`ent_${one}`)).toBe(`ent_${one}`)
    expect(officerId(`off_${one}`)).toBe(`off_${one}`)
    expect(eventId(`evt_${one}`)).toBe(`evt_${one}`)
    expect(corridorId('org.momentum.msez.corridor.pak-ksa')).toContain('pak-ksa')
    expect(zoneId('pk-rsez')).toBe('pk-rsez')
    expect(jurisdictionId('AE-DIFC')).toBe('AE-DIFC')
  })

  test.each([
    ['uuid', () => uuid('01890a5d-ac96-074b-bcce-b302099a8057')],
    ['uuid', () => uuid('01890a5d-ac96-774b-1cce-b302099a8057')],
    ['uuid', () => uuid(`${one}\n`)],
    ['uuid', () => uuid(7)],
    ['entityId', () => entityId(one)],
    ['entityId', () => entityId(`off_${one}`)],
    ['entityId', () => entityId(`ent_${one.toUpperCase()}`)],
    ['officerId', () => officerId(`ent_${one}`)],
    ['eventId', () => eventId('evt_1')],
    ['corridorId', () => corridorId('')],
    ['corridorId', () => corridorId('-a')],
    ['corridorId', () => corridorId('PAK')],
    ['corridorId', () => corridorId('a'.repeat(65))],
    ['corridorId', () => corridorId('a/b')],
    ['zoneId', () => zoneId(null)],
    ['jurisdictionId', () => jurisdictionId(' PK')],
  ])('VALIDATION_ERROR from %s', (_, act) => {
    expect(act).toThrow(validationError)
  })

  test('the field at fault is named where the caller knows it', () => {
    expect(() => entityId('x', 'input.id')).toThrow(
      expect.objectContaining({
        details: {
          field: 'input.id',
          problems: [{ path: 'input.id', reason: expect.any(String) }],
        },
      }),
    )
  })
})

describe('minting', () => {
  const ten = fc.uint8Array({ minLength: 10, maxLength: 10 })
  const ms = fc.integer({ min: 0, max: 2 ** 48 - 1 })

  test('ids sort by their time and differ by their random bits', () => {
    fc.assert(
      fc.property(ms, ms, ten, ten, (early, late, left, right) => {
        fc.pre(early < late)
        const first = uuidv7(new Date(early), left)
        expect(first < uuidv7(new Date(late), right)).toBe(true)
        expect(uuid(first)).toBe(first)
        expect(Number.parseInt(first.replaceAll('-', '').slice(0, 12), 16)).toBe(early)
      }),
    )
  })

  test('version and variant are those of RFC 9562', () => {
    expect(uuidv7(new Date(0x017f22e279b0), new Uint8Array(10).fill(0xff))).toBe(
      '017f22e2-79b0-7fff-bfff-ffffffffffff',
    )
    expect(mintId('ent', new Date(0), new Uint8Array(10))).toBe(
      'ent_00000000-0000-7000-8000-000000000000',
    )
    expect(entityId(mintId('ent', new Date(1), new Uint8Array(10)))).toContain('ent_')
  })

  test('VALIDATION_ERROR for a time before 1970 or another count of bytes', () => {
    expect(() => uuidv7(new Date(-1), new Uint8Array(10))).toThrow(validationError)
    expect(() => uuidv7(new Date(Number.NaN), new Uint8Array(10))).toThrow(validationError)
    expect(() => mintId('evt', new Date(0), new Uint8Array(9))).toThrow(validationError)
  })
})
