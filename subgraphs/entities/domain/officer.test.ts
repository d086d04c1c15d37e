import { officerId } from '@sez/core/ids'
import { expect, test } from 'vitest'
import { at, director, id, later } from './entity.fixture.ts'
import {
  appointedOfficer,
  appointmentProblems,
  directorsCount,
  officerNameCharactersMax,
  officerRoles,
  officersMax,
  resignedOfficer,
} from './officer.ts'

const appointment = {
  name: ' Ayesha Khan ',
  identity: director(1).identity,
  role: 'DIRECTOR',
  nationality: 'PK',
  resident: true,
  consentToAct: true,
  fitAndProper: true,
} as const
const facts = { id: director(1).id, entityId: id, appointedAt: at }
const many = Array.from({ length: officersMax }, (_, index) => director(index + 1))

test('an appointment makes an officer in office', () => {
  expect(appointedOfficer(appointment, [], facts)).toEqual(director(1))
})

test('OFFICER_UNFIT names what is missing and wins over LIST_FULL', () => {
  for (const field of ['consentToAct', 'fitAndProper']) {
    expect(() => appointedOfficer({ ...appointment, [field]: false }, many, facts)).toThrow(
      expect.objectContaining({ code: 'OFFICER_UNFIT', details: { field: `input.${field}` } }),
    )
  }
})

test('LIST_FULL beyond the maximum, resigned entries counted', () => {
  const resigned = many.map((each) => ({ ...each, resignedAt: later }))
  expect(() => appointedOfficer(appointment, resigned, facts)).toThrow(
    expect.objectContaining({ code: 'LIST_FULL', details: { list: 'officers', max: officersMax } }),
  )
  expect(appointedOfficer(appointment, many.slice(1), facts).resignedAt).toBeNull()
})

test('a name is not blank and not endless', () => {
  expect(appointmentProblems(appointment)).toEqual([])
  expect(appointmentProblems({ ...appointment, name: ' ' })).toHaveLength(1)
  const long = 'x'.repeat(officerNameCharactersMax + 1)
  expect(appointmentProblems({ ...appointment, name: long })).toHaveLength(1)
})

test('an officer resigns once', () => {
  expect(resignedOfficer([director(1)], director(1).id, later).resignedAt).toEqual(later)
  const gone = director(1, { resignedAt: later })
  const unknown = officerId('off_01890a5d-ac96-774b-8cce-b302099a8057')
  for (const wanted of [gone.id, unknown]) {
    expect(() => resignedOfficer([gone], wanted, later)).toThrow(
      expect.objectContaining({ code: 'NOT_FOUND' }),
    )
  }
})

test('five of the roles are directors', () => {
  const counted = officerRoles.filter((role) => directorsCount([director(1, { role })]) === 1)
  expect(counted).toEqual(officerRoles.slice(0, 5))
})
