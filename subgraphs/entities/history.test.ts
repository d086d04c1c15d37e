import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  evidence,
  founder,
  openTestEntities,
  reason,
  registrar,
  stranger,
  type TestEntities,
  type Who,
} from './entities.fixture.ts'

let zone: TestEntities
beforeAll(async () => {
  zone = await openTestEntities()
})
afterAll(() => zone[Symbol.asyncDispose]())

const unknown = 'ent_01890a5d-ac96-774b-8cce-b302099a8057'
const auditor: Who = { did: 'did:web:auditor.test', as: ['AUDITOR'] }

async function ask<T>(query: string, variables: Record<string, unknown>, who?: Who): Promise<T> {
  const { data, codes } = await zone.ask(query, variables, who)
  expect(codes).toEqual([])
  return data as T
}

describe('statusHistory', () => {
  const query = `query ($id: ID!, $first: Int, $after: String) {
    statusHistory(entityId: $id, first: $first, after: $after) {
      nodes { seq from to event reason evidence digest prevDigest actor
        log { eventId digest position } }
      pageInfo { hasNextPage endCursor } totalCount chainValid } }`
  interface History {
    readonly statusHistory: {
      readonly nodes: readonly Record<string, unknown>[]
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string }
      readonly totalCount: number
      readonly chainValid: boolean
    } | null
  }

  test('is a chain of moves with their places in the log', async () => {
    const { id, version } = await zone.active()
    await zone.change(
      'suspendEntity',
      { id, expectedVersion: version, reason, evidence },
      registrar,
    )
    const { statusHistory } = await ask<History>(query, { id }, founder)
    expect(statusHistory).toMatchObject({ totalCount: 4, chainValid: true })
    expect(statusHistory?.nodes).toMatchObject([
      { seq: 1, from: null, to: 'DRAFT', event: null, prevDigest: null, actor: founder.did },
      { seq: 2, from: 'DRAFT', to: 'APPLIED', event: 'SUBMIT' },
      { seq: 3, from: 'APPLIED', to: 'ACTIVE', event: 'APPROVE', evidence, reason: null },
      { seq: 4, from: 'ACTIVE', to: 'SUSPENDED', event: 'SUSPEND', evidence, reason },
    ])
    const nodes = statusHistory?.nodes ?? []
    for (const [index, { prevDigest }] of nodes.entries()) {
      expect(prevDigest).toBe(nodes[index - 1]?.['digest'] ?? null)
    }
    await expect
      .poll(async () =>
        (await ask<History>(query, { id }, founder)).statusHistory?.nodes.map(
          ({ log }) => typeof Object(log).position,
        ),
      )
      .toEqual(['string', 'string', 'string', 'string'])
  })

  test('comes in pages', async () => {
    const { id } = await zone.active()
    const first = await ask<History>(query, { id, first: 2 }, auditor)
    expect(first.statusHistory?.pageInfo.hasNextPage).toBe(true)
    const after = first.statusHistory?.pageInfo.endCursor
    const second = await ask<History>(query, { id, first: 2, after }, auditor)
    expect(second.statusHistory?.nodes).toMatchObject([{ seq: 3 }])
    expect(second.statusHistory).toMatchObject({ chainValid: true, totalCount: 3 })
  })

  test('null for who does not see the whole entity, on the register or not', async () => {
    const active = await zone.active()
    expect(await ask(query, { id: active.id }, stranger)).toEqual({ statusHistory: null })
    expect(await ask(query, { id: unknown }, registrar)).toEqual({ statusHistory: null })
    expect((await zone.ask(query, { id: 'x' }, registrar)).codes).toEqual(['VALIDATION_ERROR'])
  })

  test('chainValid is false once a stored move was changed, which only an owner can', async () => {
    const { id } = await zone.active()
    const change = sql`update entities.status_transitions set to_status = 'REJECTED'
      where entity_id = ${id} and seq = 2`
    await expect(zone.log.open('entities').db.execute(change)).rejects.toMatchObject({
      cause: { code: '42501' },
    })
    const { db } = zone.log.open(null)
    await db.transaction(async (tx) => {
      await tx.execute(sql`set local session_replication_role = replica`)
      await tx.execute(change)
    })
    const { statusHistory } = await ask<History>(query, { id }, founder)
    expect(statusHistory?.chainValid).toBe(false)
  })

  test('chainValid stays true when the text of a reason is erased', async () => {
    const applied = await zone.applied()
    const input = { id: applied.id, expectedVersion: applied.version, reason }
    await zone.change('rejectFormation', input, registrar)
    await zone.log
      .open('entities')
      .db.execute(sql`delete from entities.transition_reasons where entity_id = ${applied.id}`)
    const { statusHistory } = await ask<History>(query, { id: applied.id }, founder)
    expect(statusHistory?.chainValid).toBe(true)
    expect(statusHistory?.nodes.at(-1)).toMatchObject({ to: 'REJECTED', reason: null })
  })
})
