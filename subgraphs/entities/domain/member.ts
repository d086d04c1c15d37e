/** Members: who may act for an entity. There is always at least one. @module */
import type { Did } from '@sez/core/did'
import { SezError } from '@sez/core/errors'
import type { MemberRow } from '../tables.ts'

/** Members of one entity. */
export const membersMax = 100

/**
 * One member more.
 *
 * @throws {SezError} `MEMBER_EXISTS`, else `LIST_FULL`.
 */
export function addedMember(known: readonly MemberRow[], member: MemberRow): MemberRow {
  if (known.some(({ did }) => did === member.did)) {
    throw new SezError('MEMBER_EXISTS', { field: 'input.did' })
  }
  if (known.length >= membersMax) {
    throw new SezError('LIST_FULL', { list: 'members', max: membersMax })
  }
  return member
}

/**
 * The member who leaves.
 *
 * @throws {SezError} `NOT_FOUND` when they are none, else `LAST_MEMBER`.
 */
export function removedMember(known: readonly MemberRow[], did: Did): MemberRow {
  const member = known.find((each) => each.did === did)
  if (member === undefined) throw new SezError('NOT_FOUND', { field: 'input.did' })
  if (known.length === 1) throw new SezError('LAST_MEMBER', { field: 'input.did' })
  return member
}
