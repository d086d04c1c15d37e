/** Definitions, agreements and transitions: what they say, and to whom they are acceptable. @module */
import { corridorId, zoneId } from '@sez/core/ids'
import { invariant } from '@sez/core/invariant'
import { signDocument } from '@sez/core/proof'
import { describe, expect, test } from 'vitest'
import {
  agreementText,
  credential,
  definitionText,
  partyOf,
  signedAt,
  signedText,
  transitionText,
} from '../documents.fixture.ts'
import { acceptAgreements, agreementSetDigest, agreementsMax, readAgreement } from './agreement.ts'
import { acceptDefinition, baseRulesets, readDefinition } from './definition.ts'
import { acceptAuthorityTransition, readTransition } from './transition.ts'

const now = new Date('2026-02-01T00:00:00Z')
const parties = [partyOf('pak'), partyOf('uae')] as const
const zone = { zoneId: zoneId('pk-rsez'), did: partyOf('zone').did }
const participants = parties.map(({ did }) => ({ did, role: 'zone_authority', entityId: null }))
const text = definitionText('pak-uae', parties, zone)

test('readDefinition gives host, participants, thresholds and at least the base rulesets', () => {
  const more = 'ab'.repeat(32)
  const definition = readDefinition(
    definitionText('pak-uae', parties, zone, { ruleset_digest_set: [more] }),
    now,
  )
  expect(definition).toMatchObject({
    corridorId: 'pak-uae',
    hostZone: { zoneId: zone.zoneId, authority: zone.did },
    thresholds: [{ role: 'zone_authority', required: 2, of: 2 }],
    rulesets: [...baseRulesets, more].sort(),
  })
})

test('acceptDefinition accepts it for its draft and its host zone only', () => {
  const definition = readDefinition(text, now)
  expect(() => acceptDefinition({ participants }, definition, zone)).not.toThrow()
  const elsewhere = { ...zone, zoneId: zoneId('ae-difc') }
  expect(() => acceptDefinition({ participants }, definition, elsewhere)).toThrow(
    expect.objectContaining({ code: 'HOST_ZONE_ELSEWHERE' }),
  )
})

test('SIGNATURE_MISSING unless everybody it names has signed, but observers', () => {
  const signedBy = (...signers: readonly (typeof parties)[number][]) => {
    const subject = {
      corridor_id: 'pak-uae',
      host_zone: { zone_id: zone.zoneId, authority: zone.did },
      participants: [
        ...parties.map(({ did }) => ({ id: did, role: 'zone_authority' })),
        { id: partyOf('looking on').did, role: 'observer' },
      ],
      activation: { thresholds: [{ role: 'zone_authority', required: 1 }] },
    }
    const document = credential('MSEZCorridorDefinitionCredential', parties[0].did, subject)
    return readDefinition(signedText(document, signers), now)
  }
  const draft = {
    participants: [
      ...participants,
      { did: partyOf('looking on').did, role: 'observer', entityId: null },
    ],
  }
  expect(() => acceptDefinition(draft, signedBy(...parties), zone)).not.toThrow()
  expect(() => acceptDefinition(draft, signedBy(parties[0]), zone)).toThrow(
    expect.objectContaining({
      code: 'SIGNATURE_MISSING',
      details: { signers: [parties[1].did] },
    }),
  )
})

describe('acceptAgreements', () => {
  const definition = readDefinition(text, now)
  const corridor = {
    id: corridorId('pak-uae'),
    definitionDigest: definition.credential.digest,
    participants,
    thresholds: definition.thresholds,
    rulesets: definition.rulesets,
  }
  const [first, second] = parties.map((party, index) =>
    readAgreement(agreementText(text, party, parties), index, now),
  )

  test('gives the same whatever the order', () => {
    invariant(first !== undefined && second !== undefined, 'there are two parties')
    const one = acceptAgreements(corridor, [first, second])
    expect(acceptAgreements(corridor, [second, first])).toEqual(one)
    const digests = [second, first].map(({ credential }) => credential.digest)
    expect(agreementSetDigest(corridor, digests)).toBe(one.agreementSetDigest)
    expect(one.lawpacks).toHaveLength(2)
  })

  test('as many as there can be participants', () => {
    expect(agreementsMax).toBe(16)
  })
})

describe('acceptAuthorityTransition', () => {
  const authority = partyOf('zone')
  const suspending = readTransition(
    transitionText(
      'pak-uae',
      { from: 'ACTIVE', to: 'SUSPENDED' },
      (document) => signDocument(document, authority.key, { created: signedAt }),
      authority.did,
    ),
    now,
  )

  test('is the move between the states', () => {
    const corridor = { state: 'ACTIVE', hostAuthority: authority.did } as const
    expect(acceptAuthorityTransition(corridor, suspending, 'SUSPENDED')).toBe('suspend')
  })

  test('SIGNER_NOT_ALLOWED while there is no authority', () => {
    const corridor = { state: 'ACTIVE', hostAuthority: null } as const
    expect(() => acceptAuthorityTransition(corridor, suspending, 'SUSPENDED')).toThrow(
      expect.objectContaining({ code: 'SIGNER_NOT_ALLOWED' }),
    )
  })
})
