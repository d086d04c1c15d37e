import { afterAll, beforeAll, expect, test } from 'vitest'
import { eq } from 'drizzle-orm'
import { entityId, jurisdictionId } from '@sez/core/ids'
import {
  declarations,
  evidence,
  founder,
  freshName,
  openTestEntities,
  reason,
  registrar,
  type TestEntities,
} from './entities.fixture.ts'
import * as store from './store.ts'
import { entities, registers } from './tables.ts'

let zone: TestEntities
beforeAll(async () => {
  zone = await openTestEntities({ connectionsMax: 12 })
})
afterAll(() => zone[Symbol.asyncDispose]())

const count = (values: readonly unknown[]) =>
  Object.fromEntries(
    [...Map.groupBy(values, String)].map(([value, all]) => [value, all.length] as const),
  )

test('of 50 approvals of one entity at once one succeeds and 49 are conflicts', async () => {
  const { id, version } = await zone.applied()
  const input = { id, expectedVersion: version, evidence }
  const codes = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      zone.refusal('approveFormation', input, {
        ...registrar,
        did: `did:web:registrar-${index}.test`,
      }),
    ),
  )
  expect(count(codes)).toEqual({ null: 1, VERSION_CONFLICT: 49 })
})

test('of two submissions of one name at once one is NAME_TAKEN', async () => {
  for (let round = 0; round < 5; round += 1) {
    const legalName = freshName()
    const drafts = await Promise.all([zone.draft({ legalName }), zone.draft({ legalName })])
    const codes = await Promise.all(
      drafts.map(({ id, version }) =>
        zone.refusal('submitFormation', { id, expectedVersion: version, declarations }),
      ),
    )
    expect(count(codes)).toEqual({ null: 1, NAME_TAKEN: 1 })
  }
})

test('registration numbers are unique and without gaps, refusals between them', async () => {
  const place = { jurisdictionId: 'PK', entityType: 'LLC', localForm: 'SMC_PVT' }
  const applied = await Promise.all(Array.from({ length: 24 }, () => zone.applied(place)))
  const numbers = await Promise.all(
    applied.flatMap(({ id, version }, index) => {
      const input = { id, expectedVersion: version, evidence }
      const approval = async () =>
        (await zone.change('approveFormation', input, registrar)).registrationNumber
      // A maker's approval takes the register's lock as well, and must not use a number up.
      const maker = { ...founder, as: ['CITIZEN', 'REGISTRAR'] as const }
      const refusal = async () => {
        await zone.refusal('approveFormation', input, maker)
        return null
      }
      return index % 3 === 0 ? [refusal(), approval()] : [approval()]
    }),
  )
  const ordinals = numbers
    .filter((number) => number !== null)
    .map((number) => Number(number.replace('SECP-', '')))
    .sort((a, b) => a - b)
  expect(ordinals).toEqual(Array.from({ length: 24 }, (_, index) => index + 1))
})

test('a rollback gives the number back', async () => {
  const { db } = zone.log.open('entities')
  const place = jurisdictionId('CN')
  const issuedOf = async () =>
    (await db.select().from(registers).where(eq(registers.jurisdictionId, place)))[0]?.issued ?? 0
  await expect(
    db.transaction(async (tx) => {
      const issued = await store.lockRegister(tx, place)
      await store.saveRegister(tx, place, issued + 1)
      tx.rollback()
    }),
  ).rejects.toThrow('Rollback')
  expect(await issuedOf()).toBe(0)
})

test('NAME_TAKEN by the unique index where the lock on the name was not taken', async () => {
  const { db } = zone.log.open('entities')
  const legalName = freshName()
  await zone.applied({ legalName })
  const draft = await zone.draft({ legalName })
  const row = await store.findEntity(db, entityId(draft.id))
  expect(row).not.toBeNull()
  if (row === null) return
  const applied = { ...row, status: 'APPLIED' as const, version: row.version + 1 }
  await expect(db.transaction((tx) => store.saveEntity(tx, applied))).rejects.toThrow(
    expect.objectContaining({ code: 'NAME_TAKEN' }),
  )
})

test('members added while one leaves: the entity never has none', async () => {
  const { id } = await zone.draft()
  const others = ['a', 'b', 'c'].map((name) => `did:web:${name}.test`)
  for (const did of others) await zone.change('addEntityMember', { entityId: id, did })
  const everybody = [founder.did, ...others]
  const codes = await Promise.all(
    everybody.map((did) =>
      zone.refusal('removeEntityMember', { entityId: id, did }, { did, as: ['CITIZEN'] }),
    ),
  )
  expect(count(codes)).toEqual({ null: 3, LAST_MEMBER: 1 })
})

test('suspension and reinstatement race to one state with one history', async () => {
  const { id, version } = await zone.active()
  const input = { id, expectedVersion: version, reason, evidence }
  const codes = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      zone.refusal(index % 2 === 0 ? 'suspendEntity' : 'reinstateEntity', input, registrar),
    ),
  )
  expect(codes.filter((code) => code === null)).toHaveLength(1)
  const query = `query ($id: ID!) { statusHistory(entityId: $id) { chainValid nodes { to } } }`
  const { data } = await zone.ask(query, { id }, registrar)
  expect(data?.['statusHistory']).toMatchObject({
    chainValid: true,
    nodes: ['DRAFT', 'APPLIED', 'ACTIVE', 'SUSPENDED'].map((to) => ({ to })),
  })
})

test('the entity in the database is what the register shows', async () => {
  const { db } = zone.log.open('entities')
  const rows = await db.select().from(entities).where(eq(entities.status, 'ACTIVE'))
  expect(rows.every(({ registrationNumber }) => registrationNumber !== null)).toBe(true)
})
