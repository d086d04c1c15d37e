/** Corridors through the gateway: every root field, taken, refused and not found. @module */
import { parseJson } from '@sez/core/json'
import { verifyInclusion } from '@sez/core/mmr'
import {
  agreementText,
  definitionText,
  type Head,
  parsed,
  partyOf,
  receiptText,
  signedAt,
  transitionText,
} from '@sez/corridor/documents.fixture'
import { until } from '@sez/platform/database.fixture'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestZone, type TestZone, type Who } from '../zone.fixture.ts'

const parties = [partyOf('pak'), partyOf('uae')] as const
const admin: Who = { as: ['ADMIN'] }
const auditor: Who = { as: ['AUDITOR'] }
const partner: Who = { as: ['PARTNER'], did: parties[0].did }
const stranger: Who = { as: ['PARTNER'], did: 'did:web:stranger.test' }
const citizen: Who = { as: ['CITIZEN'] }

let zone: TestZone
beforeAll(async () => {
  zone = await openTestZone()
  await open('pak-uae', 3)
  await append('pak-uae', 5)
})
afterAll(() => zone[Symbol.asyncDispose]())

async function ask(query: string, variables: Record<string, unknown> = {}, who?: Who) {
  const { data, errors } = await zone.ask(query, variables, who)
  return { data: Object(data), codes: errors.map(({ extensions }) => extensions.code) }
}

const inputTypes: Readonly<Record<string, string>> = {
  createCorridor: 'CreateCorridorInput',
  proposeCorridor: 'ProposeCorridorInput',
  activateCorridor: 'ActivateCorridorInput',
  suspendCorridor: 'CorridorTransitionInput',
  resumeFromSuspension: 'CorridorTransitionInput',
  appendReceipt: 'AppendReceiptInput',
  appendReceipts: 'AppendReceiptsInput',
}
const selections: Readonly<Record<string, string>> = {
  appendReceipt: 'outcome receipt { sequence nextRoot } log { eventId }',
  appendReceipts: 'results { outcome receipt { sequence } }',
}

function change(mutation: string, input: object, who: Who = admin) {
  const selection = selections[mutation] ?? 'corridor { id state version } log { eventId digest }'
  const query = `mutation ($input: ${inputTypes[mutation]}!) {
    ${mutation}(input: $input) { ${selection} }
  }`
  return ask(query, { input }, who)
}

const draft = (id: string) => ({
  id,
  title: 'Pakistan – United Arab Emirates',
  participants: parties.map(({ did }) => ({ did, role: 'zone_authority' })),
})
const host = () => ({ zoneId: zone.identity.zoneId, did: zone.identity.did })
const proposal = (id: string) => ({
  definition: definitionText(id, parties, host()),
  expectedVersion: 1,
})
const activation = (id: string) => ({
  agreements: parties.map((party) =>
    agreementText(definitionText(id, parties, host()), party, parties),
  ),
  expectedVersion: 2,
})
const order = (id: string, from: string, to: string, expectedVersion: number) => ({
  transition: transitionText(
    id,
    { from, to },
    (document) => zone.keys.signDocument(document, signedAt),
    zone.identity.did,
  ),
  expectedVersion,
})

/** Takes a corridor to its n-th version: 1 is DRAFT, 2 PENDING, 3 ACTIVE. */
async function open(id: string, version: 1 | 2 | 3): Promise<void> {
  const steps = [
    ['createCorridor', draft(id)],
    ['proposeCorridor', proposal(id)],
    ['activateCorridor', activation(id)],
  ] as const
  for (const [mutation, input] of steps.slice(0, version)) {
    expect((await change(mutation, input)).codes).toEqual([])
  }
}

async function headOf(id: string): Promise<Head> {
  const query = 'query ($id: ID!) { corridor(id: $id) { head { receiptCount nextRoot } } }'
  return (await ask(query, { id }, auditor)).data.corridor.head
}

async function append(id: string, count: number): Promise<void> {
  for (let added = 0; added < count; added += 1) {
    const document = receiptText(id, await headOf(id), [parties[0]])
    expect((await change('appendReceipt', { document }, partner)).codes).toEqual([])
  }
}

/** Asks until it is answered without a code; what is sealed a moment later is waited for. */
async function settled(query: string, variables: Record<string, unknown>, who: Who) {
  let answer = await ask(query, variables, who)
  await until('the chain is sealed', async () => {
    if (!answer.codes.includes('CHECKPOINT_PENDING')) return true
    answer = await ask(query, variables, who)
    return false
  })
  return answer
}

interface Asked {
  readonly field: string
  /** What of the answer is looked at. */
  of(value: never): unknown
  readonly expected: unknown
}

const asked = {
  corridor: {
    field: 'corridor(id: $id) { id state lastReceipts(first: 5) { sequence } }',
    of: ({ state }) => state,
    expected: 'ACTIVE',
  },
  receipt: {
    field: 'receipt(corridorId: $id, sequence: 2) { sequence corridor { id } }',
    of: ({ sequence }) => sequence,
    expected: 2,
  },
  receipts: {
    field: 'receipts(corridorId: $id, first: 2) { nodes { sequence } totalCount }',
    of: ({ totalCount }) => totalCount,
    expected: 5,
  },
  receiptProof: {
    field: 'receiptProof(corridorId: $id, sequence: 4) { document }',
    of: ({ document }) => verifyInclusion(parseJson(document)),
    expected: true,
  },
  checkpoints: {
    field: 'checkpoints(corridorId: $id) { nodes { document } }',
    of: ({ nodes }) => Array.isArray(nodes),
    expected: true,
  },
  consistencyProof: {
    field: 'consistencyProof(corridorId: $id, from: 2, to: 5) { from to }',
    of: ({ to }) => to,
    expected: 5,
  },
  corridorEventLog: {
    field: 'corridorEventLog(corridorId: $id, first: 3) { nodes { kind } }',
    of: ({ nodes }) => nodes[0],
    expected: { kind: 'CREATED' },
  },
} satisfies Readonly<Record<string, Asked>>
type Name = keyof typeof asked

/** What is looked at in a partner's answer, or the codes it got instead. */
async function found(name: Name): Promise<unknown> {
  const { field, of } = asked[name]
  const { data, codes } = await settled(`query ($id: ID!) { ${field} }`, { id: 'pak-uae' }, partner)
  // The selection gives what `of` takes.
  return codes.length > 0 ? codes : of(data[name] as never)
}

/** The answers about a corridor that is none, and to a stranger about one that is. */
async function unseen(name: Name): Promise<readonly unknown[]> {
  const query = `query ($id: ID!) { ${asked[name].field} }`
  return Promise.all([
    ask(query, { id: 'nowhere' }, auditor),
    ask(query, { id: 'pak-uae' }, stranger),
  ])
}
const nothing = (name: Name) => {
  const answer = { data: { [name]: null }, codes: [] }
  return [answer, answer]
}

/** The codes for what is no id, without a token, and for a role that may not ask. */
async function refused(name: Name): Promise<readonly unknown[]> {
  const query = `query ($id: ID!) { ${asked[name].field} }`
  const answers = await Promise.all([
    ask(query, { id: 'No Name' }, auditor),
    ask(query, { id: 'pak-uae' }),
    ask(query, { id: 'pak-uae' }, { as: ['TAX'] }),
  ])
  return answers.flatMap(({ codes }) => codes)
}
const refusals = ['VALIDATION_ERROR', 'UNAUTHENTICATED', 'FORBIDDEN']

describe('queries', () => {
  test('corridor · success', async () => {
    expect(await found('corridor')).toEqual(asked.corridor.expected)
  })
  test('corridor · not found', async () => {
    expect(await unseen('corridor')).toEqual(nothing('corridor'))
  })
  test('corridor · refusal', async () => {
    expect(await refused('corridor')).toEqual(refusals)
  })
  test('receipt · success', async () => {
    expect(await found('receipt')).toEqual(asked.receipt.expected)
  })
  test('receipt · not found', async () => {
    expect(await unseen('receipt')).toEqual(nothing('receipt'))
  })
  test('receipt · refusal', async () => {
    expect(await refused('receipt')).toEqual(refusals)
  })
  test('receipts · success', async () => {
    expect(await found('receipts')).toEqual(asked.receipts.expected)
  })
  test('receipts · not found', async () => {
    expect(await unseen('receipts')).toEqual(nothing('receipts'))
  })
  test('receipts · refusal', async () => {
    expect(await refused('receipts')).toEqual(refusals)
  })
  test('receiptProof · success', async () => {
    expect(await found('receiptProof')).toEqual(asked.receiptProof.expected)
  })
  test('receiptProof · not found', async () => {
    expect(await unseen('receiptProof')).toEqual(nothing('receiptProof'))
  })
  test('receiptProof · refusal', async () => {
    expect(await refused('receiptProof')).toEqual(refusals)
  })
  test('checkpoints · success', async () => {
    expect(await found('checkpoints')).toEqual(asked.checkpoints.expected)
  })
  test('checkpoints · not found', async () => {
    expect(await unseen('checkpoints')).toEqual(nothing('checkpoints'))
  })
  test('checkpoints · refusal', async () => {
    expect(await refused('checkpoints')).toEqual(refusals)
  })
  test('consistencyProof · success', async () => {
    expect(await found('consistencyProof')).toEqual(asked.consistencyProof.expected)
  })
  test('consistencyProof · not found', async () => {
    expect(await unseen('consistencyProof')).toEqual(nothing('consistencyProof'))
  })
  test('consistencyProof · refusal', async () => {
    expect(await refused('consistencyProof')).toEqual(refusals)
  })
  test('corridorEventLog · success', async () => {
    expect(await found('corridorEventLog')).toEqual(asked.corridorEventLog.expected)
  })
  test('corridorEventLog · not found', async () => {
    expect(await unseen('corridorEventLog')).toEqual(nothing('corridorEventLog'))
  })
  test('corridorEventLog · refusal', async () => {
    expect(await refused('corridorEventLog')).toEqual(refusals)
  })

  const list = 'query ($first: Int) { corridors(first: $first) { nodes { id } totalCount } }'

  test('corridors · success', async () => {
    const { data } = await ask(list, {}, partner)
    expect(data.corridors.nodes).toContainEqual({ id: 'pak-uae' })
  })
  test('corridors · not found', async () => {
    expect((await ask(list, {}, stranger)).data.corridors).toEqual({ nodes: [], totalCount: 0 })
  })
  test('corridors · refusal', async () => {
    expect((await ask(list, { first: 501 }, auditor)).codes).toEqual(['PAGE_SIZE_EXCEEDED'])
  })

  const verdict = `query ($document: SignedDocument!) {
    verifyReceipt(document: $document) { valid problems receipt { sequence } }
  }`

  test('verifyReceipt · success', async () => {
    const stored = '{ receipt(corridorId: "pak-uae", sequence: 1) { document } }'
    const { document } = (await ask(stored, {}, auditor)).data.receipt
    const { data } = await ask(verdict, { document }, partner)
    expect(data.verifyReceipt).toEqual({ valid: true, problems: [], receipt: { sequence: 1 } })
  })
  test('verifyReceipt · not found', async () => {
    const document = receiptText('nowhere', { receiptCount: 0, nextRoot: 'ab'.repeat(32) }, [
      parties[0],
    ])
    const { data } = await ask(verdict, { document })
    expect(data.verifyReceipt).toEqual({ valid: true, problems: [], receipt: null })
  })
  test('verifyReceipt · refusal', async () => {
    expect((await ask(verdict, { document: '{"sequence":1.0}' })).codes).toEqual(['NOT_CANONICAL'])
  })
})

describe('mutations', () => {
  test('createCorridor · success', async () => {
    const { data, codes } = await change('createCorridor', draft('created'), partner)
    expect(codes).toEqual([])
    expect(data.createCorridor.corridor).toEqual({ id: 'created', state: 'DRAFT', version: 1 })
  })
  test('createCorridor · refusal', async () => {
    expect((await change('createCorridor', draft('pak-uae'))).codes).toEqual(['CORRIDOR_EXISTS'])
    expect((await change('createCorridor', draft('x'), citizen)).codes).toEqual(['FORBIDDEN'])
  })
  test('createCorridor · not found', async () => {
    expect((await change('createCorridor', draft('of-others'), stranger)).codes).toEqual([
      'VALIDATION_ERROR',
    ])
    const { data } = await ask('{ corridor(id: "of-others") { id } }', {}, auditor)
    expect(data).toEqual({ corridor: null })
  })

  test('proposeCorridor · success', async () => {
    await open('proposed', 1)
    const { data } = await change('proposeCorridor', proposal('proposed'), partner)
    expect(data.proposeCorridor.corridor).toMatchObject({ state: 'PENDING', version: 2 })
  })
  test('proposeCorridor · refusal', async () => {
    const { codes } = await change('proposeCorridor', {
      ...proposal('pak-uae'),
      expectedVersion: 3,
    })
    expect(codes).toEqual(['INVALID_TRANSITION'])
  })
  test('proposeCorridor · not found', async () => {
    expect((await change('proposeCorridor', proposal('nowhere'))).codes).toEqual(['NOT_FOUND'])
  })

  test('activateCorridor · success', async () => {
    await open('activated', 2)
    const { data } = await change('activateCorridor', activation('activated'), partner)
    expect(data.activateCorridor.corridor).toMatchObject({ state: 'ACTIVE', version: 3 })
  })
  test('activateCorridor · refusal', async () => {
    await open('half', 2)
    const { agreements } = activation('half')
    const { codes } = await change('activateCorridor', {
      agreements: agreements.slice(0, 1),
      expectedVersion: 2,
    })
    expect(codes).toEqual(['THRESHOLD_NOT_MET'])
  })
  test('activateCorridor · not found', async () => {
    expect((await change('activateCorridor', activation('nowhere'))).codes).toEqual(['NOT_FOUND'])
  })

  test('suspendCorridor · success', async () => {
    await open('suspended', 3)
    const { data } = await change('suspendCorridor', order('suspended', 'ACTIVE', 'SUSPENDED', 3))
    expect(data.suspendCorridor.corridor).toMatchObject({ state: 'SUSPENDED', version: 4 })
  })
  test('suspendCorridor · refusal', async () => {
    const { codes } = await change('suspendCorridor', order('pak-uae', 'HALTED', 'SUSPENDED', 3))
    expect(codes).toEqual(['FROM_STATE_MISMATCH'])
  })
  test('suspendCorridor · not found', async () => {
    const { codes } = await change('suspendCorridor', order('nowhere', 'ACTIVE', 'SUSPENDED', 3))
    expect(codes).toEqual(['NOT_FOUND'])
  })

  test('resumeFromSuspension · success', async () => {
    await open('resumed', 3)
    await change('suspendCorridor', order('resumed', 'ACTIVE', 'SUSPENDED', 3))
    const { data } = await change(
      'resumeFromSuspension',
      order('resumed', 'SUSPENDED', 'ACTIVE', 4),
    )
    expect(data.resumeFromSuspension.corridor).toMatchObject({ state: 'ACTIVE', version: 5 })
  })
  test('resumeFromSuspension · refusal', async () => {
    const { codes } = await change(
      'resumeFromSuspension',
      order('pak-uae', 'SUSPENDED', 'ACTIVE', 9),
    )
    expect(codes).toEqual(['VERSION_CONFLICT'])
  })
  test('resumeFromSuspension · not found', async () => {
    const { codes } = await change(
      'resumeFromSuspension',
      order('nowhere', 'SUSPENDED', 'ACTIVE', 4),
    )
    expect(codes).toEqual(['NOT_FOUND'])
  })

  test('appendReceipt · success', async () => {
    await open('appended', 3)
    const document = receiptText('appended', await headOf('appended'), parties)
    const { data } = await change('appendReceipt', { document }, partner)
    expect(data.appendReceipt).toMatchObject({ outcome: 'APPENDED', receipt: { sequence: 0 } })
  })
  test('appendReceipt · refusal', async () => {
    const stale = receiptText('pak-uae', { receiptCount: 0, nextRoot: 'ab'.repeat(32) }, [
      parties[0],
    ])
    const query =
      'mutation ($input: AppendReceiptInput!) { appendReceipt(input: $input) { outcome } }'
    const { errors } = await zone.ask(query, { input: { document: stale } }, partner)
    expect(errors[0]?.extensions).toMatchObject({
      code: 'STALE_HEAD',
      class: 'CONFLICT',
      retry: false,
      details: { sequence: 4, receiptCount: 5, nextRoot: (await headOf('pak-uae')).nextRoot },
    })
  })
  test('appendReceipt · not found', async () => {
    const document = receiptText('pak-uae', await headOf('pak-uae'), [parties[0]])
    expect((await change('appendReceipt', { document }, stranger)).codes).toEqual(['NOT_FOUND'])
  })

  test('appendReceipts · success', async () => {
    await open('batched', 3)
    const documents = [receiptText('batched', await headOf('batched'), parties)]
    const { data } = await change('appendReceipts', { documents }, partner)
    expect(data.appendReceipts.results).toEqual([{ outcome: 'APPENDED', receipt: { sequence: 0 } }])
  })
  test('appendReceipts · refusal', async () => {
    expect((await change('appendReceipts', { documents: [] }, partner)).codes).toEqual([
      'VALIDATION_ERROR',
    ])
  })
  test('appendReceipts · not found', async () => {
    const documents = [
      receiptText('nowhere', { receiptCount: 0, nextRoot: 'ab'.repeat(32) }, parties),
    ]
    expect((await change('appendReceipts', { documents }, partner)).codes).toEqual(['NOT_FOUND'])
  })
})

describe('the stream', () => {
  const subscription = `subscription ($id: ID!, $after: String) {
    corridorEvents(corridorId: $id, after: $after) {
      kind cursor streamSequence digest previousDigest document
      corridor { id title } receipt { sequence document }
    }
  }`

  test('corridorEvents · success', async () => {
    await open('streamed', 3)
    const seen: Event[] = []
    const kinds: string[] = []
    const source = zone.subscribe(subscription, { id: 'streamed' }, partner)
    for await (const { data } of source) {
      const event = Object(data).corridorEvents
      if (event.kind === 'CHECKPOINT') continue
      kinds.push(event.kind)
      seen.push(event)
      expect(event.corridor).toEqual({ id: 'streamed', title: draft('').title })
      if (event.kind === 'ACTIVATED') await append('streamed', 1)
      if (event.kind === 'RECEIPT_APPENDED') break
    }
    expect(parsed(seen.at(-1)?.receipt?.document ?? '{}')['sequence']).toBe(0)
    expect(kinds).toEqual(['CREATED', 'PROPOSED', 'ACTIVATED', 'RECEIPT_APPENDED'])
    expect(seen.map(({ streamSequence }) => streamSequence)).toEqual([1, 2, 3, 4])
    expect(seen.slice(1).map(({ previousDigest }) => previousDigest)).toEqual(
      seen.slice(0, -1).map(({ digest }) => digest),
    )
  })

  interface Event {
    readonly streamSequence: number
    readonly digest: string
    readonly previousDigest: string | null
    readonly receipt: { readonly document: string } | null
  }

  const codeOf = async (variables: Record<string, unknown>, who: Who): Promise<unknown> => {
    try {
      const { value } = await zone.subscribe(subscription, variables, who).next()
      return value?.errors?.[0]?.extensions.code
    } catch (failure) {
      const [error] = Array.isArray(failure) ? failure : [failure]
      return error?.extensions?.code
    }
  }

  test('corridorEvents · refusal', async () => {
    expect(await codeOf({ id: 'pak-uae', after: 'no cursor' }, partner)).toBe('CURSOR_INVALID')
    expect(await codeOf({ id: 'pak-uae' }, citizen)).toBe('FORBIDDEN')
  })
  test('corridorEvents · not found', async () => {
    expect(await codeOf({ id: 'nowhere' }, auditor)).toBe('NOT_FOUND')
    expect(await codeOf({ id: 'pak-uae' }, stranger)).toBe('NOT_FOUND')
  })
})
