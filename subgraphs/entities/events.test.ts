import { guard } from '@sez/platform/standing'
import { listEntries, parseEvent } from '@sez/platform/zone-log'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type Company,
  type Answer,
  declarations,
  directorInput,
  draftInput,
  evidence,
  founder,
  openTestEntities,
  reason,
  registrar,
  stranger,
  type TestEntities,
  type Who,
} from './entities.fixture.ts'
import { entityDrafted, entityStream, moveEventTypes, readMove } from './events.ts'
import { entityId } from '@sez/core/ids'

let zone: TestEntities
beforeAll(async () => {
  zone = await openTestEntities()
})
afterAll(() => zone[Symbol.asyncDispose]())

const of = ({ id, version }: Company) => ({ id, expectedVersion: version })

/** The entries of an entity's stream once there are `count`. */
async function entriesOf({ id }: Company, count: number) {
  const stream = entityStream(entityId(id))
  const read = () => listEntries(zone.log.database.db, { stream, after: 0n, limit: 500 })
  await expect.poll(async () => (await read()).length).toBe(count)
  return read()
}

test('every change is one event of its stream, and none holds personal data', async () => {
  const drafted = await zone.change('createEntity', draftInput())
  const staffed = await zone.change('appointOfficer', directorInput(drafted))
  const director = directorInput(staffed, 'did:web:second.test')
  const twice = await zone.change('appointOfficer', director)
  const list = `query ($id: ID!) { entity(id: $id) { officers { id } } }`
  const { data } = await zone.ask(list, { id: drafted.id }, founder)
  const [officer] = Object(data)['entity']['officers']
  const input = { entityId: drafted.id, expectedVersion: twice.version, officerId: officer.id }
  const resigned = await zone.change('resignOfficer', input)
  const patch = { lei: '213800KUD8LAJWSQ9D15' }
  const edited = await zone.change('updateDraft', { ...of(resigned), patch })
  await zone.change('addEntityMember', { entityId: edited.id, did: stranger.did })
  await zone.change('removeEntityMember', { entityId: edited.id, did: stranger.did })
  const applied = await zone.change('submitFormation', { ...of(edited), declarations })
  const returned = await zone.change('returnForCorrection', { ...of(applied), reason }, registrar)
  const again = await zone.change('submitFormation', { ...of(returned), declarations })
  const active = await zone.change('approveFormation', { ...of(again), evidence }, registrar)
  const grounds = { reason, evidence }
  const suspended = await zone.change('suspendEntity', { ...of(active), ...grounds }, registrar)
  await zone.change('reinstateEntity', { ...of(suspended), ...grounds }, registrar)

  const entries = await entriesOf(drafted, 13)
  expect(entries.map(({ type }) => type)).toEqual([
    entityDrafted,
    'entity.officer-appointed',
    'entity.officer-appointed',
    'entity.officer-resigned',
    'entity.draft-updated',
    'entity.member-added',
    'entity.member-removed',
    moveEventTypes.SUBMIT,
    moveEventTypes.RETURN_FOR_CORRECTION,
    moveEventTypes.SUBMIT,
    moveEventTypes.APPROVE,
    moveEventTypes.SUSPEND,
    moveEventTypes.REINSTATE,
  ])
  for (const { canonical } of entries) {
    for (const secret of ['Ayesha', 'Nowshera', reason, '213800KUD8LAJWSQ9D15']) {
      expect(canonical).not.toContain(secret)
    }
  }
})

test('a draft\u{2019}s name is not in the log before it is on the register', async () => {
  const active = await zone.active()
  const entries = await entriesOf(active, 4)
  const holding = entries.filter(({ canonical }) => canonical.includes(active.legalName))
  expect(holding.map(({ type }) => type)).toEqual([moveEventTypes.APPROVE])
  const [entry] = holding
  expect(entry && parseEvent(entry).data['register']).toMatchObject({
    legalName: active.legalName,
    registrationNumber: active.registrationNumber,
    entityType: 'LLC',
    localForm: 'SMC_PVT',
  })
})

test('a rejected and a withdrawn application are told', async () => {
  const applied = await zone.applied()
  await zone.change('rejectFormation', { ...of(applied), reason }, registrar)
  expect((await entriesOf(applied, 4)).at(-1)?.type).toBe(moveEventTypes.REJECT)
  const draft = await zone.draft()
  await zone.change('withdrawFormation', of(draft))
  const [, , last] = await entriesOf(draft, 3)
  expect(last?.type).toBe(moveEventTypes.WITHDRAW)
  expect(last && readMove(last)?.body).toMatchObject({
    from: 'DRAFT',
    to: 'WITHDRAWN',
    register: null,
  })
})

test('a refused change tells nothing', async () => {
  const draft = await zone.draft()
  expect(await zone.refusal('submitFormation', { ...of(draft), declarations: {} })).not.toBeNull()
  const { entityId: id } = { entityId: entityId(draft.id) }
  const entries = await listEntries(zone.log.database.db, {
    stream: entityStream(id),
    after: 0n,
    limit: 9,
  })
  expect(entries.length).toBeLessThanOrEqual(2)
})

describe('standing', () => {
  const guarded = (id: string) =>
    zone.log.open('corridor').db.transaction((tx) => guard(tx, [entityStream(entityId(id))]))

  test('is unknown before registration, free after it, blocked while suspended', async () => {
    const applied = await zone.applied()
    await expect(guarded(applied.id)).rejects.toMatchObject({ code: 'STANDING_UNKNOWN' })
    const active = await zone.change('approveFormation', { ...of(applied), evidence }, registrar)
    await expect(guarded(active.id)).resolves.toBeUndefined()
    const grounds = { reason, evidence }
    const suspended = await zone.change('suspendEntity', { ...of(active), ...grounds }, registrar)
    await expect(guarded(active.id)).rejects.toMatchObject({
      code: 'SUBJECT_BLOCKED',
      details: { fact: 'REGISTRATION', reason: expect.not.stringContaining(reason) },
    })
    await zone.change('reinstateEntity', { ...of(suspended), ...grounds }, registrar)
    await expect(guarded(active.id)).resolves.toBeUndefined()
  })
})

describe('entityStatusChanged', () => {
  const document = `subscription ($id: ID, $place: ID, $after: String) {
    entityStatusChanged(entityId: $id, jurisdictionId: $place, after: $after) {
      cursor from to event at transitionDigest log { eventId position } entity { id status } } }`
  const partner: Who = { did: 'did:web:partner.test', as: ['PARTNER'] }

  /** The next `count` answers of a subscription. */
  async function take(
    variables: Record<string, unknown>,
    who: Who,
    count: number,
  ): Promise<readonly Answer[]> {
    const stream = await zone.subscribe(document, variables, who)
    const answers: Answer[] = []
    for await (const answer of stream) if (answers.push(answer) === count) break
    return answers
  }
  const moves = (answers: readonly Answer[]) =>
    answers.map(({ data }) => Object(data?.['entityStatusChanged']))
  const states = (answers: readonly Answer[]) => moves(answers).map(({ to }) => to)

  test('tells the past, then the present, each move once', async () => {
    const { id, version } = await zone.applied()
    const stream = await zone.subscribe(document, { id }, founder)
    const seen: Answer[] = []
    const next = async () => {
      const item = await stream.next()
      if (item.done !== true) seen.push(item.value)
    }
    await next()
    await next()
    const waiting = next()
    await zone.change('approveFormation', { id, expectedVersion: version, evidence }, registrar)
    await waiting
    await stream.return()
    expect(states(seen)).toEqual(['DRAFT', 'APPLIED', 'ACTIVE'])
    expect(moves(seen).at(-1)).toMatchObject({
      from: 'APPLIED',
      event: 'APPROVE',
      entity: { id, status: 'ACTIVE' },
      log: { position: expect.any(String) },
    })
  })

  test('resumes after a cursor without repeating or missing a move', async () => {
    const { id } = await zone.active()
    const whole = await take({ id }, founder, 3)
    for (const [index, { cursor }] of moves(whole).entries()) {
      if (index === 2) continue
      const rest = await take({ id, after: cursor }, founder, 2 - index)
      expect(moves(rest)).toEqual(moves(whole).slice(index + 1))
    }
  })

  test('tells the public only what is on the register', async () => {
    const { id } = await zone.active()
    expect(states(await take({ id }, partner, 1))).toEqual(['ACTIVE'])
    expect(states(await take({ id }, stranger, 1))).toEqual(['ACTIVE'])
  })

  test('shows the public the register and no other field of the entity', async () => {
    const { id, legalName } = await zone.active()
    const query = `subscription ($id: ID) { entityStatusChanged(entityId: $id) {
      to entity { legalName version officers { name } } } }`
    const stream = await zone.subscribe(query, { id }, partner)
    const { value } = await stream.next()
    await stream.return()
    expect(value).toMatchObject({
      codes: ['UNAUTHORIZED_FIELD', 'UNAUTHORIZED_FIELD'],
      data: {
        entityStatusChanged: {
          to: 'ACTIVE',
          entity: { legalName, version: null, officers: null },
        },
      },
    })
  })

  test('NOT_FOUND for an entity that is not yours to see', async () => {
    const { id } = await zone.draft()
    for (const who of [partner, stranger]) {
      const [answer] = await take({ id }, who, 1)
      expect(answer?.codes).toEqual(['NOT_FOUND'])
    }
  })

  test('of the whole zone: everything for officials, filtered by jurisdiction', async () => {
    const pakistani = await zone.active({ jurisdictionId: 'PK' })
    const told = moves(await take({ place: 'PK' }, registrar, 3))
    expect(told.map(({ entity }) => entity.id)).toEqual([pakistani.id, pakistani.id, pakistani.id])
    const others = moves(await take({ place: 'PK' }, partner, 1))
    expect(others).toMatchObject([{ to: 'ACTIVE', entity: { id: pakistani.id } }])
  })

  test('codes before a stream begins', async () => {
    const codes = async (variables: Record<string, unknown>, who: Who) =>
      (await take(variables, who, 1))[0]?.codes
    expect(await codes({ id: 'x' }, founder)).toEqual(['VALIDATION_ERROR'])
    expect(await codes({ after: 'x' }, founder)).toEqual(['CURSOR_INVALID'])
    expect(await codes({}, { did: 'did:web:tax.test', as: ['TAX'] })).toEqual(['FORBIDDEN'])
  })

  test('who stops listening is forgotten at once', async () => {
    const before = zone.log.hub.followerCount()
    const stream = await zone.subscribe(document, {}, partner)
    expect(zone.log.hub.followerCount()).toBe(before + 1)
    await stream.return()
    expect(zone.log.hub.followerCount()).toBe(before)
  })
})
