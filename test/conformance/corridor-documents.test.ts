/** schemas/documents: what the schemas require and close is what the corridor refuses. @module */
import { readFileSync } from 'node:fs'
import { canonicalize, canonicalText } from '@sez/core/canonical'
import { hexToBytes, parseDigest } from '@sez/core/digest'
import { keyFromSeed } from '@sez/core/ed25519'
import { isJsonObject, type JsonObject } from '@sez/core/json'
import { signDocument } from '@sez/core/proof'
import { readAgreement } from '@sez/corridor/domain/agreement'
import { checkpointDocument } from '@sez/corridor/domain/checkpoint'
import { readDefinition } from '@sez/corridor/domain/definition'
import { readReceipt } from '@sez/corridor/domain/receipt'
import { readTransition } from '@sez/corridor/domain/transition'
import { corridorId } from '@sez/core/ids'
import { describe, expect, test } from 'vitest'

interface Schema {
  readonly required: readonly string[]
  readonly additionalProperties?: boolean
  readonly properties: Readonly<Record<string, Schema>>
}

const key = keyFromSeed(hexToBytes('11'.repeat(32)))
const now = new Date('2026-02-01T00:00:00Z')
const hex = parseDigest('ab'.repeat(32))
const did = 'did:key:z6Mkv715sNVwvrkogUhgbhS5NjTXHqJsPJR4Kwmf3GFMHHJr'
const participants = [{ id: did, role: 'zone_authority' }]
const activation = { thresholds: [{ role: 'zone_authority', required: 1 }] }

function schemaOf(name: string): Schema {
  const path = new URL(`../../schemas/documents/${name}.schema.json`, import.meta.url)
  return JSON.parse(readFileSync(path, 'utf8'))
}

const credential = (type: string, credentialSubject: JsonObject): JsonObject => ({
  '@context': ['https://www.w3.org/2018/credentials/v1'],
  type: ['VerifiableCredential', type],
  issuer: did,
  issuanceDate: '2026-01-01T00:00:00Z',
  credentialSubject,
})

const documents: readonly {
  readonly name: string
  readonly document: JsonObject
  readonly read: (text: string) => unknown
}[] = [
  {
    name: 'corridor-definition',
    document: credential('MSEZCorridorDefinitionCredential', {
      corridor_id: 'pak-uae',
      host_zone: { zone_id: 'pk-rsez', authority: did },
      participants,
      activation,
    }),
    read: (text) => readDefinition(text, now),
  },
  {
    name: 'corridor-agreement',
    document: credential('MSEZCorridorAgreementCredential', {
      corridor_id: 'pak-uae',
      definition_payload_sha256: hex,
      participants,
      activation,
    }),
    read: (text) => readAgreement(text, 0, now),
  },
  {
    name: 'corridor-transition',
    document: credential('MSEZCorridorLifecycleTransitionCredential', {
      type: 'MSEZCorridorLifecycleTransition',
      corridor_id: 'pak-uae',
      from_state: 'ACTIVE',
      to_state: 'SUSPENDED',
      transitioned_at: '2026-01-01T00:00:00Z',
    }),
    read: (text) => readTransition(text, now),
  },
  {
    name: 'corridor-receipt',
    document: {
      type: 'MSEZCorridorStateReceipt',
      corridor_id: 'pak-uae',
      sequence: 0,
      timestamp: '2026-01-01T00:00:00Z',
      prev_root: hex,
      next_root: hex,
      lawpack_digest_set: [],
      ruleset_digest_set: [],
    },
    read: readReceipt,
  },
]

const refused = expect.objectContaining({ code: 'VALIDATION_ERROR' })
const signedText = (document: JsonObject): string =>
  canonicalText(canonicalize(signDocument(document, key, { created: now })))

describe.each(documents)('$name', ({ name, document, read }) => {
  const schema = schemaOf(name)
  const { credentialSubject } = schema.properties

  test('a document with no more than what is required is read', () => {
    expect(() => read(signedText(document))).not.toThrow()
    expect(Object.keys(document).sort()).toEqual(
      schema.required.filter((field) => field !== 'proof').sort(),
    )
  })

  test('without any of the required members it is refused', () => {
    for (const field of schema.required) {
      const { [field]: _, ...rest } = document
      const text = field === 'proof' ? canonicalText(canonicalize(document)) : signedText(rest)
      expect(() => read(text)).toThrow(refused)
    }
    const { credentialSubject: subject = null } = document
    const required = isJsonObject(subject) ? (credentialSubject?.required ?? []) : []
    for (const field of required) {
      const { [field]: _, ...rest } = isJsonObject(subject) ? subject : {}
      expect(() => read(signedText({ ...document, credentialSubject: rest }))).toThrow(refused)
    }
  })

  test('a member more is refused exactly where the schema is closed', () => {
    const extended = { ...document, unheard_of: 1 }
    const act = () => read(signedText(extended))
    const isClosed = schema.additionalProperties === false
    expect(outcome(act)).toBe(isClosed ? 'refused' : 'read')
    const { credentialSubject: subject = null } = document
    if (!isJsonObject(subject)) return
    const inner = { ...document, credentialSubject: { ...subject, unheard_of: 1 } }
    const isInnerClosed = credentialSubject?.additionalProperties === false
    expect(outcome(() => read(signedText(inner)))).toBe(isInnerClosed ? 'refused' : 'read')
  })
})

function outcome(act: () => unknown): 'read' | 'refused' {
  try {
    act()
    return 'read'
  } catch {
    return 'refused'
  }
}

test('corridor-checkpoint: what the zone signs has the required members and no others', () => {
  const document = checkpointDocument(
    {
      corridorId: corridorId('pak-uae'),
      genesisRoot: hex,
      headRoot: hex,
      receiptCount: 1,
      peaks: [hex],
      lawpackDigestSet: [],
      rulesetDigestSet: [],
    },
    now,
  )
  const schema = schemaOf('corridor-checkpoint')
  const own = Object.keys(document)
  expect(own.sort()).toEqual(schema.required.filter((field) => field !== 'proof').sort())
  const { mmr } = document
  const members = isJsonObject(mmr) ? Object.keys(mmr) : []
  expect(Object.keys(schema.properties['mmr']?.properties ?? {})).toEqual(
    expect.arrayContaining(members),
  )
})
