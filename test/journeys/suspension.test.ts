/** A company is suspended at night: what it may do elsewhere stops with that commit. @module */
import type { CorridorId } from '@sez/core/ids'
import { seedAuthority } from '@sez/deploy/seed/corridors'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestZone, type TestZone } from '../zone.fixture.ts'

let zone: TestZone

beforeAll(async () => {
  zone = await openTestZone({ seed: true })
})
afterAll(() => zone[Symbol.asyncDispose]())

const registrar = { as: ['REGISTRAR'] } as const
const partner = { as: ['PARTNER'], did: seedAuthority('PAK') } as const

async function company(): Promise<{ id: string; version: number }> {
  const { data } = await zone.ask(
    `{ entities(filter: { legalName: { prefix: "Indus" } }) { nodes { id version } } }`,
    {},
    registrar,
  )
  const page = data as unknown as { entities: { nodes: { id: string; version: number }[] } }
  const [found] = page.entities.nodes
  if (found === undefined) expect.fail('the worked example has this company')
  return found
}

const move = async (field: 'suspendEntity' | 'reinstateEntity') => {
  const { id, version } = await company()
  const name = `${field[0]?.toUpperCase()}${field.slice(1)}Input`
  return zone.ask(
    `mutation ($input: ${name}!) { ${field}(input: $input) { entity { status } } }`,
    {
      input: {
        id,
        expectedVersion: version,
        reason: 'Sanctions update of tonight.',
        evidence: ['a'.repeat(64)],
      },
    },
    registrar,
  )
}

/** The newest receipt once more with a next_root of its own: refused for that, once it gets so far. */
async function tryAppend(corridorId: CorridorId | string): Promise<string | undefined> {
  const { data } = await zone.ask(
    `query ($id: ID!) { corridor(id: $id) { lastReceipts(first: 1) { document } } }`,
    { id: corridorId },
    partner,
  )
  const { corridor } = data as unknown as {
    corridor: { lastReceipts: { document: string }[] }
  }
  const document = (corridor.lastReceipts[0]?.document ?? '').replace(/("sequence":)(\d+)/, '$10')
  const { errors } = await zone.ask(
    `mutation ($document: SignedDocument!) {
       appendReceipt(input: { document: $document }) { receipt { sequence } } }`,
    { document },
    partner,
  )
  return errors[0]?.extensions.code
}

test('SUBJECT_BLOCKED stops receipts from the commit of the suspension to that of its end', async () => {
  expect(await tryAppend('pak-uae')).toBe('SIGNATURE_INVALID')
  const suspended = await move('suspendEntity')
  expect([suspended.errors, suspended.data]).toEqual([
    [],
    { suspendEntity: { entity: { status: 'SUSPENDED' } } },
  ])
  expect(await tryAppend('pak-uae')).toBe('SUBJECT_BLOCKED')
  expect(await tryAppend('pak-ksa')).toBe('SUBJECT_BLOCKED')
  const reinstated = await move('reinstateEntity')
  expect(reinstated.errors).toEqual([])
  expect(await tryAppend('pak-uae')).toBe('SIGNATURE_INVALID')
})
