/** From DRAFT to ACTIVE and to SUSPENDED and back, by signed documents only. @module */
import { signDocument } from '@sez/core/proof'
import { testZone } from '@sez/platform/zone-log.fixture'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  admin,
  type Answer,
  anyDigest,
  openTestCorridor,
  stranger,
  type TestCorridor,
  type Who,
} from './corridor.fixture.ts'
import {
  agreementDocument,
  agreementText,
  definitionText,
  parsed,
  partyOf,
  receiptText,
  signedAt,
  signedText,
  thresholds,
  transitionText,
} from './documents.fixture.ts'

let zone: TestCorridor
beforeAll(async () => {
  zone = await openTestCorridor({ isSealing: false })
})
afterAll(() => zone[Symbol.asyncDispose]())

const outsider = partyOf('outsider')
const host = () => ({ zoneId: testZone, did: zone.log.keys.did })
const partner = (): Who => ({ as: ['PARTNER'], did: zone.parties[0].did })

const inputTypes: Readonly<Record<string, string>> = {
  createCorridor: 'CreateCorridorInput',
  proposeCorridor: 'ProposeCorridorInput',
  activateCorridor: 'ActivateCorridorInput',
  suspendCorridor: 'CorridorTransitionInput',
  resumeFromSuspension: 'CorridorTransitionInput',
}

function move(mutation: string, input: Record<string, unknown>, who: Who = admin) {
  const query = `mutation ($input: ${inputTypes[mutation]}!) {
    ${mutation}(input: $input) {
      corridor {
        id state version genesisRoot agreementSetDigest definitionDigest lawpackDigestSet
        hostZone { zoneId authority } head { sequence nextRoot receiptCount }
        participants { did role } documents { kind digest }
        receiptThresholds { role required of }
        nextMoves { event to blockedBy }
      }
      log { eventId digest }
    }
  }`
  return zone.ask(query, { input }, who)
}

const corridorOf = ({ data }: Answer): Readonly<Record<string, unknown>> => {
  const [payload] = Object.values(data ?? {}) as unknown as {
    readonly corridor: Readonly<Record<string, unknown>>
  }[]
  return payload?.corridor ?? {}
}

const draft = (id: string, changes: Record<string, unknown> = {}) => ({
  id,
  title: 'A corridor',
  participants: zone.parties.map(({ did }) => ({ did, role: 'zone_authority' })),
  ...changes,
})

describe('createCorridor', () => {
  test('opens a DRAFT with its participants in order', async () => {
    const answer = await move('createCorridor', draft('open'), partner())
    expect(answer.errors).toEqual([])
    expect(corridorOf(answer)).toMatchObject({
      state: 'DRAFT',
      version: 1,
      head: null,
      hostZone: null,
      participants: zone.parties.map(({ did }) => ({ did, role: 'zone_authority' })),
      nextMoves: [{ event: 'SUBMIT', to: 'PENDING', blockedBy: [] }],
    })
  })

  test('CORRIDOR_EXISTS for an id that is taken', async () => {
    await move('createCorridor', draft('taken'))
    expect((await move('createCorridor', draft('taken'))).codes).toEqual(['CORRIDOR_EXISTS'])
  })

  test('VALIDATION_ERROR lists every problem', async () => {
    const [pak] = zone.parties
    const participants = [
      { did: pak.did, role: 'Zone Authority' },
      { did: pak.did, role: 'zone_authority', entityId: 'company' },
    ]
    const { errors } = await move('createCorridor', draft('PAK UAE', { title: ' ', participants }))
    const details = errors[0]?.extensions?.['details'] as {
      readonly problems: readonly { readonly path: string }[]
    }
    expect(details.problems.map(({ path }) => path)).toEqual([
      'id',
      'title',
      'participants[0].role',
      'participants[1].did',
      'participants[1].entityId',
    ])
  })

  test('a partner opens only corridors it takes part in', async () => {
    expect((await move('createCorridor', draft('others'), stranger)).codes).toEqual([
      'VALIDATION_ERROR',
    ])
    const narrowed = { ...partner(), corridorIds: ['another'] }
    expect((await move('createCorridor', draft('narrowed'), narrowed)).codes).toEqual(['FORBIDDEN'])
  })

  test('nobody else may: UNAUTHENTICATED without a token, FORBIDDEN without the role', async () => {
    const query =
      'mutation ($input: CreateCorridorInput!) { createCorridor(input: $input) { log { eventId } } }'
    expect((await zone.ask(query, { input: draft('x') })).codes).toEqual(['UNAUTHENTICATED'])
    const who: Who = { as: ['REGULATOR'], did: 'did:web:regulator.test' }
    expect((await move('createCorridor', draft('x'), who)).codes).toEqual(['FORBIDDEN'])
  })
})

describe('proposeCorridor', () => {
  test('takes the host zone, thresholds and rulesets from the definition', async () => {
    await zone.openCorridor('proposed', 'DRAFT')
    const definition = definitionText('proposed', zone.parties, host())
    const answer = await move('proposeCorridor', { definition, expectedVersion: 1 }, partner())
    expect(answer.errors).toEqual([])
    expect(corridorOf(answer)).toMatchObject({
      state: 'PENDING',
      version: 2,
      hostZone: { zoneId: testZone, authority: zone.log.keys.did },
      documents: [{ kind: 'DEFINITION' }],
      nextMoves: [{ event: 'ACTIVATE', to: 'ACTIVE', blockedBy: [] }],
    })
  })

  test.for<[string, (id: string) => string, Partial<{ expectedVersion: number; who: Who }>]>([
    [
      'NOT_CANONICAL',
      (id) => definitionText(id, zone.parties, host()).replace('"required":2', '"required":2.0'),
      {},
    ],
    [
      'VALIDATION_ERROR',
      (id) => definitionText(id, zone.parties, host(), { participants: [], host_zone: 1 }),
      {},
    ],
    ['NOT_FOUND', (id) => definitionText(`${id}-none`, zone.parties, host()), {}],
    ['NOT_FOUND', (id) => definitionText(id, zone.parties, host()), { who: stranger }],
    ['VERSION_CONFLICT', (id) => definitionText(id, zone.parties, host()), { expectedVersion: 2 }],
    [
      'SIGNATURE_INVALID',
      (id) => definitionText(id, zone.parties, host()).replace('2026-01-01', '2025-12-31'),
      {},
    ],
    [
      'SIGNER_NOT_ALLOWED',
      (id) => signedText(unsigned(definitionText(id, zone.parties, host())), [outsider]),
      {},
    ],
    [
      'SIGNER_NOT_ALLOWED',
      (id) => signedText(unsigned(definitionText(id, zone.parties, host())), [zone.parties[1]]),
      {},
    ],
    [
      'HOST_ZONE_ELSEWHERE',
      (id) => definitionText(id, zone.parties, { ...host(), zoneId: 'ae-difc' }),
      {},
    ],
    [
      'HOST_ZONE_ELSEWHERE',
      (id) => definitionText(id, zone.parties, { ...host(), did: outsider.did }),
      {},
    ],
    [
      'DEFINITION_MISMATCH',
      (id) =>
        definitionText(id, zone.parties, host(), {
          participants: [{ id: zone.parties[0].did, role: 'zone_authority' }],
        }),
      {},
    ],
    [
      'THRESHOLD_INVALID',
      (id) =>
        definitionText(id, zone.parties, host(), {
          activation: { thresholds: [{ role: 'zone_authority', required: 2, of: 3 }] },
        }),
      {},
    ],
  ])(
    '%s and the draft stays as it is',
    async ([code, textFor, { expectedVersion = 1, who }], { task }) => {
      const id = `p-${task.id.split('_').at(-1)}`
      await zone.openCorridor(id, 'DRAFT')
      const definition = textFor(id)
      expect((await move('proposeCorridor', { definition, expectedVersion }, who)).codes).toEqual([
        code,
      ])
      const { data } = await zone.ask(`{ corridor(id: "${id}") { state version } }`, {}, admin)
      expect(data?.['corridor']).toEqual({ state: 'DRAFT', version: 1 })
    },
  )

  test('INVALID_TRANSITION a second time', async () => {
    await zone.openCorridor('again', 'PENDING')
    const definition = definitionText('again', zone.parties, host())
    expect((await move('proposeCorridor', { definition, expectedVersion: 2 })).codes).toEqual([
      'INVALID_TRANSITION',
    ])
  })
})

describe('activateCorridor', () => {
  async function pendingCorridor(id: string): Promise<string> {
    await zone.openCorridor(id, 'PENDING')
    return definitionText(id, zone.parties, host())
  }

  test('fixes genesis, lawpacks and thresholds, whatever the order of the agreements', async () => {
    const definition = await pendingCorridor('active')
    const agreements = zone.parties.map((party) => agreementText(definition, party, zone.parties))
    const answer = await move('activateCorridor', {
      agreements: agreements.toReversed(),
      expectedVersion: 2,
    })
    expect(answer.errors).toEqual([])
    const corridor = corridorOf(answer)
    expect(corridor).toMatchObject({
      state: 'ACTIVE',
      version: 3,
      receiptThresholds: thresholds,
      head: { sequence: null, receiptCount: 0, nextRoot: corridor['genesisRoot'] },
      documents: [{ kind: 'DEFINITION' }, { kind: 'AGREEMENT' }, { kind: 'AGREEMENT' }],
      nextMoves: [{ event: 'SUSPEND', to: 'SUSPENDED', blockedBy: [] }],
    })
  })

  test('takes one document signed by several, and its own receipt thresholds', async () => {
    const definition = await pendingCorridor('several')
    const { credentialSubject } = agreementDocument(definition, zone.parties[0], zone.parties)
    const { party: _, ...subject } = credentialSubject as Record<string, never>
    const document = {
      ...agreementDocument(definition, zone.parties[0], zone.parties),
      credentialSubject: {
        ...subject,
        state_channel: {
          receipt_signing: { thresholds: [{ role: 'zone_authority', required: 1, of: 2 }] },
        },
      },
    }
    const answer = await move('activateCorridor', {
      agreements: [signedText(document, zone.parties)],
      expectedVersion: 2,
    })
    expect(answer.errors).toEqual([])
    expect(corridorOf(answer)['receiptThresholds']).toEqual([
      { role: 'zone_authority', required: 1, of: 2 },
    ])
  })

  type Build = (definition: string) => readonly string[]
  const pak = () => zone.parties[0]
  const uae = () => zone.parties[1]
  const agreed = (definition: string, changes = {}) =>
    zone.parties.map((party) => agreementText(definition, party, zone.parties, changes))

  test.for<[string, Build]>([
    ['VALIDATION_ERROR', () => []],
    ['VALIDATION_ERROR', (definition) => agreed(definition, { unknown: true })],
    [
      'SIGNATURE_INVALID',
      (definition) => agreed(definition).map((text) => text.replace('2026-01-01', '2025-12-31')),
    ],
    [
      'SIGNER_NOT_ALLOWED',
      (definition) => [signedText(agreementDocument(definition, pak(), zone.parties), [outsider])],
    ],
    [
      'SIGNER_NOT_ALLOWED',
      (definition) => [signedText(agreementDocument(definition, pak(), zone.parties), [uae()])],
    ],
    [
      'DEFINITION_MISMATCH',
      (definition) => agreed(definition, { definition_payload_sha256: anyDigest('d') }),
    ],
    [
      'DEFINITION_MISMATCH',
      (definition) =>
        agreed(definition, {
          activation: { thresholds: [{ role: 'zone_authority', required: 1 }] },
        }),
    ],
    [
      'AGREEMENTS_DIFFER',
      (definition) => [
        agreementText(definition, pak(), zone.parties),
        agreementText(definition, uae(), zone.parties, { terms: 'others' }),
      ],
    ],
    [
      'AGREEMENT_PATTERN_MIXED',
      (definition) => {
        const { credentialSubject, ...rest } = agreementDocument(definition, uae(), zone.parties)
        const { party: _, ...subject } = credentialSubject as Record<string, never>
        return [
          agreementText(definition, pak(), zone.parties),
          signedText({ ...rest, credentialSubject: subject }, [uae()]),
        ]
      },
    ],
    [
      'AGREEMENT_REPEATED',
      (definition) => [
        agreementText(definition, pak(), zone.parties),
        agreementText(definition, pak(), zone.parties),
      ],
    ],
    [
      'AGREEMENT_WITHHELD',
      (definition) => [
        agreementText(definition, pak(), zone.parties),
        agreementText(definition, uae(), zone.parties, { commitment: 'withdraw' }),
      ],
    ],
    [
      'THRESHOLD_INVALID',
      (definition) =>
        agreed(definition, {
          state_channel: { receipt_signing: { thresholds: [{ role: 'watcher', required: 1 }] } },
        }),
    ],
    ['THRESHOLD_NOT_MET', (definition) => [agreementText(definition, pak(), zone.parties)]],
  ])('%s and the corridor stays PENDING', async ([code, build], { task }) => {
    const id = `a-${task.id.split('_').at(-1)}`
    const definition = await pendingCorridor(id)
    const input = { agreements: build(definition), expectedVersion: 2 }
    expect((await move('activateCorridor', input)).codes).toEqual([code])
    const { data } = await zone.ask(`{ corridor(id: "${id}") { state version } }`, {}, admin)
    expect(data?.['corridor']).toEqual({ state: 'PENDING', version: 2 })
  })

  test('AGREEMENT_WITHHELD names who blocks, and with what', async () => {
    const definition = await pendingCorridor('withheld')
    const { errors } = await move('activateCorridor', {
      agreements: [
        agreementText(definition, pak(), zone.parties),
        agreementText(definition, uae(), zone.parties, { commitment: 'suspend' }),
      ],
      expectedVersion: 2,
    })
    expect(errors[0]?.extensions?.['details']).toEqual({ blocking: [`${uae().did}:suspend`] })
  })
})

describe('suspendCorridor and resumeFromSuspension', () => {
  const byZone = (id: string, from: string, to: string, at?: string): string =>
    transitionText(
      id,
      { from, to, ...(at === undefined ? {} : { at }) },
      (document) => zone.log.keys.signDocument(document, signedAt),
      zone.log.keys.did,
    )

  test('stop and take up receipts again', async () => {
    const id = await zone.openCorridor('paused')
    const suspended = await move('suspendCorridor', {
      transition: byZone(id, 'ACTIVE', 'SUSPENDED'),
      expectedVersion: 3,
    })
    expect(corridorOf(suspended)).toMatchObject({
      state: 'SUSPENDED',
      version: 4,
      nextMoves: [{ event: 'RESUME_FROM_SUSPENSION', to: 'ACTIVE' }],
    })
    const document = receiptText(id, await zone.headOf(id), [zone.parties[0]])
    expect((await zone.append(document)).codes).toEqual(['CORRIDOR_NOT_ACTIVE'])
    const resumed = await move('resumeFromSuspension', {
      transition: byZone(id, 'SUSPENDED', 'ACTIVE'),
      expectedVersion: 4,
    })
    expect(corridorOf(resumed)).toMatchObject({ state: 'ACTIVE', version: 5 })
    expect((await zone.append(document)).codes).toEqual([])
  })

  test('a transition moves a corridor once, and none decided before the last one does', async () => {
    const id = await zone.openCorridor('replayed')
    const orders = [
      ['suspendCorridor', byZone(id, 'ACTIVE', 'SUSPENDED')],
      ['resumeFromSuspension', byZone(id, 'SUSPENDED', 'ACTIVE')],
    ] as const
    for (const [index, [mutation, transition]] of orders.entries()) {
      expect((await move(mutation, { transition, expectedVersion: 3 + index })).codes).toEqual([])
    }
    const [[, used]] = orders
    const again = await move('suspendCorridor', { transition: used, expectedVersion: 5 })
    expect(again.codes).toEqual(['TRANSITION_STALE'])
    const older = byZone(id, 'ACTIVE', 'SUSPENDED', '2026-01-31T23:59:59Z')
    const late = await move('suspendCorridor', { transition: older, expectedVersion: 5 })
    expect(late.codes).toEqual(['TRANSITION_STALE'])
    const newer = byZone(id, 'ACTIVE', 'SUSPENDED', '2026-02-01T00:00:01Z')
    const next = await move('suspendCorridor', { transition: newer, expectedVersion: 5 })
    expect(corridorOf(next)).toMatchObject({ state: 'SUSPENDED', version: 6 })
  })

  test.for<[string, (id: string) => string]>([
    ['VALIDATION_ERROR', (id) => byZone(id, 'OPERATIONAL', 'SUSPENDED')],
    ['VALIDATION_ERROR', (id) => byZone(id, 'ACTIVE', 'SUSPENDED', '2999-02-01T00:00:00Z')],
    [
      'SIGNATURE_INVALID',
      (id) => byZone(id, 'ACTIVE', 'SUSPENDED').replace('By order', 'Without order'),
    ],
    [
      'SIGNER_NOT_ALLOWED',
      (id) =>
        transitionText(
          id,
          { from: 'ACTIVE', to: 'SUSPENDED' },
          (document) => signDocument(document, zone.parties[0].key, { created: signedAt }),
          zone.parties[0].did,
        ),
    ],
    ['TRANSITION_MISMATCH', (id) => byZone(id, 'ACTIVE', 'TERMINATED')],
    ['FROM_STATE_MISMATCH', (id) => byZone(id, 'HALTED', 'SUSPENDED')],
    ['NOT_FOUND', () => byZone('nowhere', 'ACTIVE', 'SUSPENDED')],
  ])('%s and the corridor stays ACTIVE', async ([code, textFor], { task }) => {
    const id = await zone.openCorridor(`s-${task.id.split('_').at(-1)}`)
    const transition = textFor(id)
    const answer = await move('suspendCorridor', { transition, expectedVersion: 3 })
    expect(answer.codes).toEqual([code])
    const { data } = await zone.ask(`{ corridor(id: "${id}") { state version } }`, {}, admin)
    expect(data?.['corridor']).toEqual({ state: 'ACTIVE', version: 3 })
  })

  test('INVALID_TRANSITION for a move that the table lacks', async () => {
    const id = await zone.openCorridor('early', 'PENDING')
    const answer = await move('suspendCorridor', {
      transition: byZone(id, 'PENDING', 'SUSPENDED'),
      expectedVersion: 2,
    })
    expect(answer.codes).toEqual(['INVALID_TRANSITION'])
  })

  test('FORBIDDEN for a partner', async () => {
    const id = await zone.openCorridor('partner-stop')
    const input = { transition: byZone(id, 'ACTIVE', 'SUSPENDED'), expectedVersion: 3 }
    expect((await move('suspendCorridor', input, partner())).codes).toEqual(['FORBIDDEN'])
    expect((await move('resumeFromSuspension', input, partner())).codes).toEqual(['FORBIDDEN'])
  })
})

function unsigned(text: string) {
  const { proof: _, ...document } = parsed(text)
  return document
}
