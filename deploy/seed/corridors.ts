/**
 * Three corridors of the worked example, PAK–KSA, PAK–UAE and PAK–CHN, with a hundred signed receipts:
 * every document is made as participants make it and goes through the subgraph's own mutations.
 *
 * @module
 */
import { canonicalize, canonicalText } from '@sez/core/canonical'
import { type Did, didFromPublicKey } from '@sez/core/did'
import { type Digest, digest, digestOfBytes, hexToBytes } from '@sez/core/digest'
import { type KeyPair, keyFromSeed } from '@sez/core/ed25519'
import { SezError } from '@sez/core/errors'
import { type CorridorId, corridorId, type EntityId } from '@sez/core/ids'
import { invariant } from '@sez/core/invariant'
import type { JsonObject } from '@sez/core/json'
import { documentDigest, signDocument } from '@sez/core/proof'
import { normalizeDigestSet, receiptTypes, rootAsGiven } from '@sez/core/receipt'
import { timestamp } from '@sez/core/timestamp'
import { baseRulesets } from '@sez/corridor/domain/definition'
import { mutations } from '@sez/corridor/mutations'
import { findCorridors } from '@sez/corridor/store'
import type { CorridorRow } from '@sez/corridor/tables'
import type { Context } from '@sez/platform/context'
import type { ReactionGround } from '@sez/platform/reactions'

type Country = 'PAK' | 'KSA' | 'UAE' | 'CHN'

/** Who is brought in besides the authorities of the two sides. */
export interface CorridorGuests {
  /** Those who may look on and follow; they sign nothing that counts. */
  readonly observers?: readonly Did[]
  /** An active company behind the Pakistani side of each corridor. */
  readonly company?: EntityId | null
}

interface Party {
  readonly country: Country
  readonly key: KeyPair
  readonly did: Did
}

const plans = [
  { id: 'pak-ksa', title: 'Pakistan – Saudi Arabia', other: 'KSA', currency: 'SAR', receipts: 40 },
  {
    id: 'pak-uae',
    title: 'Pakistan – United Arab Emirates',
    other: 'UAE',
    currency: 'AED',
    receipts: 35,
  },
  { id: 'pak-chn', title: 'Pakistan – China', other: 'CHN', currency: 'CNY', receipts: 25 },
] as const
type Plan = (typeof plans)[number]

const encoder = new TextEncoder()
/** When the worked example's treaties were signed. */
const agreedAt = new Date('2026-01-05T09:00:00Z')
const authority = 'zone_authority'
const observer = 'observer'

/**
 * The DID under which a country's authority signs in the worked example. Its key can be computed by
 * anyone, so it exists in development only.
 */
export function seedAuthority(country: Country): Did {
  return partyOf(country).did
}

/**
 * Opens and fills the corridors, going on where an earlier seeding was cut off; answers false, and
 * does nothing, when all is there.
 *
 * @param ground That of the corridor subgraph.
 * @throws {SezError} `DEVELOPMENT_ONLY` in production, else whatever refuses a document.
 */
export async function seedCorridors(
  ground: ReactionGround,
  guests: CorridorGuests = {},
): Promise<boolean> {
  if (ground.zone.mode !== 'development') throw new SezError('DEVELOPMENT_ONLY')
  const ids = plans.map(({ id }) => corridorId(id))
  const found = await findCorridors(ground.database.db, ids)
  const missing = plans.filter(({ id }) => !found.get(corridorId(id))?.receiptCount)
  for (const plan of missing) await seedCorridor({ ground, plan, guests }, found)
  return missing.length > 0
}

interface Seeding {
  readonly ground: ReactionGround
  readonly plan: Plan
  readonly guests: CorridorGuests
}

/** Each step is one transaction, and the corridor's version says which of them are done. */
async function seedCorridor(
  seeding: Seeding,
  found: ReadonlyMap<CorridorId, Pick<CorridorRow, 'version'>>,
): Promise<void> {
  const { ground, plan } = seeding
  const parties = [partyOf('PAK'), partyOf(plan.other)] as const
  const admin = () => contextOf(ground, ground.zone.did, 'ADMIN')
  const version = found.get(corridorId(plan.id))?.version ?? 0
  if (version < 1) {
    await mutations.createCorridor({}, { input: draftOf(seeding, parties) }, admin())
  }
  const definition = definitionOf(seeding, parties)
  if (version < 2) {
    const proposal = { definition: textOf(definition), expectedVersion: 1 }
    await mutations.proposeCorridor({}, { input: proposal }, admin())
  }
  if (version < 3) {
    const agreements = parties.map((party) => textOf(agreementOf(seeding, definition, party)))
    const activation = { agreements, expectedVersion: 2 }
    await mutations.activateCorridor({}, { input: activation }, admin())
  }
  await seedReceipts(seeding, parties)
}

function draftOf({ plan, guests }: Seeding, parties: readonly [Party, Party]) {
  const { observers = [], company = null } = guests
  return {
    id: plan.id,
    title: plan.title,
    participants: [
      { did: parties[0].did, role: authority, entityId: company },
      { did: parties[1].did, role: authority },
      ...observers.map((did) => ({ did, role: observer })),
    ],
  }
}

/** The same bytes whenever it is made: the agreements of a later start name its digest. */
function definitionOf(seeding: Seeding, parties: readonly [Party, Party]): JsonObject {
  const { zoneId, did } = seeding.ground.zone
  const subject = { ...termsOf(seeding, parties), host_zone: { zone_id: zoneId, authority: did } }
  const document = credential('MSEZCorridorDefinitionCredential', parties[0], agreedAt, subject)
  return signed(document, parties, agreedAt)
}

function agreementOf(seeding: Seeding, definition: JsonObject, party: Party): JsonObject {
  const parties = [partyOf('PAK'), partyOf(seeding.plan.other)]
  const document = credential('MSEZCorridorAgreementCredential', party, agreedAt, {
    ...termsOf(seeding, parties),
    definition_payload_sha256: documentDigest(definition),
    party: { id: party.did, role: authority },
    pinned_lawpacks: [
      {
        jurisdiction_id: party.country.toLowerCase(),
        domain: 'trade',
        lawpack_digest_sha256: lawpackOf(party.country),
      },
    ],
  })
  return signed(document, [party], agreedAt)
}

/** What the definition and every agreement say alike. */
function termsOf({ plan, guests }: Seeding, parties: readonly Party[]): JsonObject {
  return {
    corridor_id: plan.id,
    participants: [
      ...parties.map(({ did }) => ({ id: did, role: authority })),
      ...(guests.observers ?? []).map((did) => ({ id: did, role: observer })),
    ],
    activation: { thresholds: [{ role: authority, required: 2, of: 2 }] },
  }
}

/** Both sides sign all receipts but the newest, which still waits for the other side. */
async function seedReceipts(
  { ground, plan }: Seeding,
  parties: readonly [Party, Party],
): Promise<void> {
  const id = corridorId(plan.id)
  const { genesisRoot } = (await findCorridors(ground.database.db, [id])).get(id) ?? {}
  invariant(genesisRoot, 'an active corridor has a genesis')
  const documents: string[] = []
  let prevRoot: string = genesisRoot
  for (let sequence = 0; sequence < plan.receipts; sequence += 1) {
    const at = new Date(ground.now().getTime() - (plan.receipts - sequence) * 60_000)
    const receipt = receiptOf(plan, { sequence, prevRoot, at })
    const signers = sequence === plan.receipts - 1 ? parties.slice(0, 1) : parties
    documents.push(textOf(signed(receipt, signers, at)))
    prevRoot = receipt.next_root
  }
  const partner = contextOf(ground, parties[0].did, 'PARTNER')
  await mutations.appendReceipts({}, { input: { documents } }, partner)
}

const kinds = ['trade.invoice.issue.v1', 'trade.bol.issue.v1', 'settle.v1'] as const

function receiptOf(
  plan: Plan,
  { sequence, prevRoot, at }: { sequence: number; prevRoot: string; at: Date },
) {
  const shipment = Math.floor(sequence / kinds.length) + 1
  const payload = {
    reference: `${plan.id}-${String(shipment).padStart(4, '0')}`,
    amount: { currency: plan.currency, value: `${12_500 + shipment * 275}.00` },
    from: sequence % 2 === 0 ? 'PAK' : plan.other,
  }
  const content = {
    type: receiptTypes.receipt,
    corridor_id: plan.id,
    sequence,
    timestamp: timestamp(at),
    prev_root: prevRoot,
    lawpack_digest_set: normalizeDigestSet([lawpackOf('PAK'), lawpackOf(plan.other)]),
    ruleset_digest_set: [...baseRulesets],
    transition: {
      type: receiptTypes.transition,
      kind: kinds[sequence % kinds.length] ?? kinds[0],
      payload,
      payload_sha256: digest(canonicalize(payload)),
    },
  }
  return { ...content, next_root: rootAsGiven(content) }
}

// ------------------------------------------------------------------------------------- documents

function partyOf(country: Country): Party {
  const seed = digestOfBytes(encoder.encode(`sez development corridor authority ${country}`))
  const key = keyFromSeed(hexToBytes(seed))
  return { country, key, did: didFromPublicKey(key.publicKey) }
}

function lawpackOf(country: Country): Digest {
  return digestOfBytes(encoder.encode(`sez development lawpack ${country} trade`))
}

function credential(type: string, issuer: Party, at: Date, subject: JsonObject): JsonObject {
  return {
    '@context': ['https://www.w3.org/2018/credentials/v1'],
    type: ['VerifiableCredential', type],
    issuer: issuer.did,
    issuanceDate: timestamp(at),
    credentialSubject: subject,
  }
}

function signed(document: JsonObject, signers: readonly Party[], created: Date): JsonObject {
  return signers.reduce((each, { key }) => signDocument(each, key, { created }), document)
}

const textOf = (document: JsonObject): string => canonicalText(canonicalize(document))

// -------------------------------------------------------------------------------------- requests

/** A request of its own, as the front would make it. */
function contextOf(ground: ReactionGround, did: Did, role: 'ADMIN' | 'PARTNER'): Context {
  return {
    ...ground,
    now: () => ground.now(),
    random: (bytes) => ground.random(bytes),
    caller: { did, roles: new Set([role]), entityIds: null, corridorIds: null, expiresAt: null },
    correlationId: 'seed',
    signal: new AbortController().signal,
    loaders: new Map(),
  }
}
