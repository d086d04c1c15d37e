/** A dashboard's work: one joined request, pages, and a refusal that says what to do. @module */
import { examples, invitations } from '@sez/deploy/seed/examples'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestZone, type TestZone } from '../zone.fixture.ts'

let zone: TestZone

beforeAll(async () => {
  zone = await openTestZone({ seed: true })
})
afterAll(() => zone[Symbol.asyncDispose]())

interface CorridorNode {
  readonly id: string
  readonly participants: readonly { readonly entity: { readonly legalName: string } | null }[]
  readonly lastReceipts: readonly { readonly sequence: number }[]
}

test('one query lists corridors with participants’ companies and the last five receipts', async () => {
  const { status, data, errors } = await zone.ask(
    `{ corridors(orderBy: ID_ASC) { nodes {
         id
         participants { did role entity { id legalName status } }
         lastReceipts(first: 5) { sequence nextRoot timestamp }
       } } }`,
    {},
    { as: ['REGULATOR'] },
  )
  expect([status, errors]).toEqual([200, []])
  const nodes = (data as unknown as { corridors: { nodes: CorridorNode[] } }).corridors.nodes
  expect(nodes.map(({ id }) => id)).toEqual(['pak-chn', 'pak-ksa', 'pak-uae'])
  for (const { participants, lastReceipts } of nodes) {
    expect(participants.map(({ entity }) => entity?.legalName ?? null)).toContain(
      'Indus Valley Textiles (Pvt) Ltd',
    )
    const newest = lastReceipts[0]?.sequence ?? -1
    expect(lastReceipts.map(({ sequence }) => sequence)).toEqual(
      [0, 1, 2, 3, 4].map((back) => newest - back),
    )
  }
})

test('two pages of companies follow one another without a gap or a repeat', async () => {
  const query = `query Page($after: String) {
    entities(first: 5, after: $after, orderBy: LEGAL_NAME_ASC) {
      nodes { id legalName } totalCount pageInfo { hasNextPage endCursor }
    } }`
  interface Page {
    readonly entities: {
      readonly nodes: readonly { readonly id: string; readonly legalName: string }[]
      readonly totalCount: number
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string }
    }
  }
  const page = async (after: string | null): Promise<Page['entities']> => {
    const { data, errors } = await zone.ask(query, { after }, { as: ['REGISTRAR'] })
    expect(errors).toEqual([])
    return (data as unknown as Page).entities
  }
  const first = await page(null)
  const second = await page(first.pageInfo.endCursor)
  const third = await page(second.pageInfo.endCursor)
  const names = [first, second, third].flatMap(({ nodes }) =>
    nodes.map(({ legalName }) => legalName),
  )
  expect(names).toEqual(names.toSorted())
  expect(new Set(names).size).toBe(first.totalCount)
  expect([first, second, third].map(({ pageInfo }) => pageInfo.hasNextPage)).toEqual([
    true,
    true,
    false,
  ])
})

test('a refused mutation shows code, field and what to do', async () => {
  const { data, errors } = await zone.ask(
    `mutation ($input: CreateEntityInput!) { createEntity(input: $input) { entity { id } } }`,
    { input: { legalName: 'Anything Ltd', jurisdictionId: 'ATLANTIS', entityType: 'LLC' } },
    { as: ['CITIZEN'] },
  )
  expect(data).toBeNull()
  expect(errors).toHaveLength(1)
  expect(errors[0]).toMatchObject({
    path: ['createEntity'],
    message: expect.stringContaining('`jurisdictions` lists'),
    extensions: {
      code: 'JURISDICTION_UNKNOWN',
      class: 'VALIDATION_ERROR',
      retry: false,
      field: 'input.jurisdictionId',
    },
  })
  const code = errors[0]?.extensions.code ?? ''
  const page = await fetch(`${zone.url}/errors/${code}`)
  expect(await page.json()).toMatchObject({ code, class: 'VALIDATION_ERROR' })
})

describe('the worked examples', () => {
  test.each(examples.filter(({ query }) => !query.includes('subscription ')))(
    '$title answers, or refuses as it says',
    async ({ title, query, variables, role }) => {
      const { status, errors } = await zone.ask(query, variables ?? {}, {
        as: [role as 'AUDITOR'],
        did: `did:web:${role.toLowerCase()}.pk-rsez.example`,
      })
      expect(status).toBe(200)
      expect(errors.map(({ extensions }) => extensions.code)).toEqual(
        title.includes('refusal') ? ['JURISDICTION_UNKNOWN'] : [],
      )
    },
  )

  test('what the start prints can be run as it stands', async () => {
    const printed = invitations(zone.url).join('\n')
    const calls = [...printed.matchAll(/role=(\w+)&as=text[\s\S]*?-d '(.*)'/g)]
    expect(calls).toHaveLength(3)
    for (const [, role, body] of calls) {
      const token = await (await fetch(`${zone.url}/dev/token?role=${role}&as=text`)).text()
      const answer = await fetch(`${zone.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: body ?? '',
      })
      const { data, errors } = (await answer.json()) as { data: unknown; errors?: unknown }
      expect([answer.status, errors]).toEqual([200, undefined])
      expect(data).not.toBeNull()
    }
  })
})
