import { expect, test } from 'vitest'
import { member } from './entity.fixture.ts'
import { addedMember, membersMax, removedMember } from './member.ts'

const many = Array.from({ length: membersMax }, (_, index) => member(`member-${index}`))

test('MEMBER_EXISTS wins over LIST_FULL', () => {
  expect(() => addedMember(many, member('member-7'))).toThrow(
    expect.objectContaining({ code: 'MEMBER_EXISTS' }),
  )
  expect(() => addedMember(many, member('new'))).toThrow(
    expect.objectContaining({ code: 'LIST_FULL', details: { list: 'members', max: membersMax } }),
  )
  expect(addedMember(many.slice(1), member('new'))).toEqual(member('new'))
})

test('NOT_FOUND for who is no member, LAST_MEMBER for the last', () => {
  const two = [member('a'), member('b')]
  expect(removedMember(two, member('b').did)).toEqual(member('b'))
  expect(() => removedMember(two, member('c').did)).toThrow(
    expect.objectContaining({ code: 'NOT_FOUND' }),
  )
  expect(() => removedMember([member('a')], member('a').did)).toThrow(
    expect.objectContaining({ code: 'LAST_MEMBER' }),
  )
})
