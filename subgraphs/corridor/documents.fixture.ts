/** Signed documents of a corridor, made as its participants make them. @module */
import { canonicalize, canonicalText } from '@sez/core/canonical'
import { type Did, didFromPublicKey } from '@sez/core/did'
import { type Digest, digest, digestOfBytes, hexToBytes } from '@sez/core/digest'
import { type KeyPair, keyFromSeed } from '@sez/core/ed25519'
import { invariant } from '@sez/core/invariant'
import { isJsonObject, type JsonObject, parseJson } from '@sez/core/json'
import { documentDigest, signDocument } from '@sez/core/proof'
import { normalizeDigestSet, rootAsGiven } from '@sez/core/receipt'
import { baseRulesets } from './domain/definition.ts'

/** Someone with a key. */
export interface Party {
  readonly name: string
  readonly key: KeyPair
  readonly did: Did
}

/** Where a chain stands. */
export interface Head {
  readonly receiptCount: number
  readonly nextRoot: string
}

export const signedAt = new Date('2026-02-01T00:00:00Z')
export const lawpacks: readonly Digest[] = normalizeDigestSet(
  ['pk-financial', 'ae-financial'].map((name) => digestOfBytes(new TextEncoder().encode(name))),
)

/** A party whose key comes from its name, the same in every run. */
export function partyOf(name: string): Party {
  const seed = hexToBytes(digestOfBytes(new TextEncoder().encode(`corridor test key ${name}`)))
  const key = keyFromSeed(seed)
  return { name, key, did: didFromPublicKey(key.publicKey) }
}

/** The text of a document signed by all of these, in order. */
export function signedText(document: JsonObject, signers: readonly Party[]): string {
  const signed = signers.reduce(
    (each, { key }) => signDocument(each, key, { created: signedAt }),
    document,
  )
  return canonicalText(canonicalize(signed))
}

/** A credential around a subject, unsigned. */
export function credential(type: string, issuer: Did, subject: JsonObject): JsonObject {
  return {
    '@context': ['https://www.w3.org/2018/credentials/v1'],
    type: ['VerifiableCredential', type],
    issuer,
    issuanceDate: '2026-01-01T00:00:00Z',
    credentialSubject: subject,
  }
}

export const thresholds = [{ role: 'zone_authority', required: 2, of: 2 }]
const membersOf = (parties: readonly Party[]) =>
  parties.map(({ did }) => ({ id: did, role: 'zone_authority' }))

export function definitionText(
  id: string,
  parties: readonly Party[],
  host: { readonly zoneId: string; readonly did: Did },
  changes: JsonObject = {},
): string {
  const [first] = parties
  invariant(first !== undefined, 'a definition has an issuer')
  const subject = {
    corridor_id: id,
    host_zone: { zone_id: host.zoneId, authority: host.did },
    participants: membersOf(parties),
    activation: { thresholds },
    ...changes,
  }
  return signedText(credential('MSEZCorridorDefinitionCredential', first.did, subject), parties)
}

export function agreementText(
  definition: string,
  party: Party,
  parties: readonly Party[],
  changes: JsonObject = {},
): string {
  return signedText(agreementDocument(definition, party, parties, changes), [party])
}

export function agreementDocument(
  definition: string,
  party: Party,
  parties: readonly Party[],
  changes: JsonObject = {},
): JsonObject {
  const document = parsed(definition)
  const { credentialSubject } = document
  const id = isJsonObject(credentialSubject) ? (credentialSubject['corridor_id'] ?? '') : ''
  return credential('MSEZCorridorAgreementCredential', party.did, {
    corridor_id: id,
    definition_payload_sha256: documentDigest(document),
    participants: membersOf(parties),
    activation: { thresholds },
    party: { id: party.did, role: 'zone_authority' },
    pinned_lawpacks: [
      {
        jurisdiction_id: party.name,
        domain: 'financial',
        lawpack_digest_sha256: lawpacks[party.name === 'pak' ? 0 : 1] ?? '',
      },
    ],
    ...changes,
  })
}

export function transitionText(
  id: string,
  {
    from,
    to,
    at = '2026-02-01T00:00:00Z',
  }: { readonly from: string; readonly to: string; readonly at?: string },
  sign: (document: JsonObject) => JsonObject,
  issuer: Did,
): string {
  const document = credential('MSEZCorridorLifecycleTransitionCredential', issuer, {
    type: 'MSEZCorridorLifecycleTransition',
    corridor_id: id,
    from_state: from,
    to_state: to,
    transitioned_at: at,
    reason: 'By order of the zone authority.',
  })
  return canonicalText(canonicalize(sign(document)))
}

/** The next receipt of a chain, unsigned. */
export function receiptDocument(id: string, head: Head, changes: JsonObject = {}): JsonObject {
  const payload = { ref: `${id}-${head.receiptCount}`, amount: { currency: 'PKR', value: '10.00' } }
  const { next_root: claimed, ...rest } = changes
  const content = {
    type: 'MSEZCorridorStateReceipt',
    corridor_id: id,
    sequence: head.receiptCount,
    timestamp: '2026-02-01T00:00:00Z',
    prev_root: head.nextRoot,
    lawpack_digest_set: [...lawpacks],
    ruleset_digest_set: [...baseRulesets],
    transition: {
      type: 'MSEZTransitionEnvelope',
      kind: 'settle.v1',
      payload,
      payload_sha256: digest(canonicalize(payload)),
    },
    ...rest,
  }
  return { ...content, next_root: claimed ?? rootAsGiven(content) }
}

export function receiptText(
  id: string,
  head: Head,
  signers: readonly Party[],
  changes: JsonObject = {},
): string {
  return signedText(receiptDocument(id, head, changes), signers)
}

/** A document's text as an object. */
export function parsed(text: string): JsonObject {
  const document = parseJson(text)
  invariant(isJsonObject(document), 'a document is an object')
  return document
}
