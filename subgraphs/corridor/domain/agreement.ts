/** The signed agreements that take a corridor from PENDING to ACTIVE (spec/24-corridor.md §4). @module */
import { canonicalize, canonicalText } from '@sez/core/canonical'
import type { Did } from '@sez/core/did'
import { type Digest, digest } from '@sez/core/digest'
import { SezError } from '@sez/core/errors'
import { type CorridorId, corridorId } from '@sez/core/ids'
import type { JsonObject } from '@sez/core/json'
import { genesisRoot, normalizeDigestSet, receiptTypes } from '@sez/core/receipt'
import { type Credential, readCredential, signersOf } from './credential.ts'
import { openReading, type Reading } from './reading.ts'
import {
  checkThresholds,
  type Participant,
  readParticipants,
  readThresholds,
  sameParticipants,
  shortfalls,
  type Threshold,
} from './threshold.ts'

export interface Agreement {
  readonly credential: Credential
  readonly corridorId: CorridorId
  readonly definitionDigest: Digest
  readonly participants: readonly Pick<Participant, 'did' | 'role'>[]
  readonly thresholds: readonly Threshold[]
  readonly acceptCommitments: readonly string[]
  readonly commitment: string
  /** Set in a document that speaks for one party only. */
  readonly party: Pick<Participant, 'did' | 'role'> | null
  readonly lawpacks: readonly Digest[]
  /** Null when the activation thresholds hold for receipts too. */
  readonly receiptThresholds: readonly Threshold[] | null
}

/** What an agreement is judged against. */
export interface PendingCorridor {
  readonly id: CorridorId
  readonly definitionDigest: Digest
  readonly participants: readonly Participant[]
  readonly thresholds: readonly Threshold[]
  readonly rulesets: readonly Digest[]
}

/** What an accepted set of agreements fixes for good. */
export interface Activation {
  readonly agreementSetDigest: Digest
  readonly genesisRoot: Digest
  readonly lawpacks: readonly Digest[]
  readonly receiptThresholds: readonly Threshold[]
}

/** At most one agreement for each participant there can be. */
export const agreementsMax = 16
const lawpacksMax = 64
const commitmentCharactersMax = 64
const subjectFields = [
  'corridor_id',
  'definition_vc_id',
  'definition_payload_sha256',
  'participants',
  'activation',
  'state_channel',
  'terms',
  'version',
  'maintainer',
  'party',
  'commitment',
  'party_terms',
  'pinned_lawpacks',
]
/** What must be the same in every agreement of a set. */
const baseFields = ['corridor_id', 'participants', 'activation', 'state_channel', 'terms'] as const

/**
 * The n-th agreement of a request, its signatures verified and not yet judged.
 *
 * @throws {SezError} `NOT_CANONICAL`, else `VALIDATION_ERROR`.
 */
export function readAgreement(text: string, index: number, now: Date): Agreement {
  const root = `agreements[${index}].`
  const credential = readCredential(text, 'MSEZCorridorAgreementCredential', { now, root })
  const reading = openReading(`${root}credentialSubject.`)
  const { subject } = credential
  reading.closed(subject, '', subjectFields)
  const name = reading.text(subject['corridor_id'], 'corridor_id')
  const activation = reading.object(subject['activation'], 'activation')
  const definitionPath = 'definition_payload_sha256'
  const definitionDigest = reading.digestOrReference(subject[definitionPath], definitionPath)
  const agreement = {
    credential,
    definitionDigest,
    participants: readParticipants(reading, subject['participants'], 'participants'),
    thresholds: readThresholds(reading, activation['thresholds'], 'activation.thresholds'),
    acceptCommitments: readAcceptCommitments(reading, activation),
    commitment:
      subject['commitment'] === undefined
        ? 'agree'
        : reading.text(subject['commitment'], 'commitment', commitmentCharactersMax),
    party: readParty(reading, subject),
    lawpacks: readLawpacks(reading, subject),
    receiptThresholds: readReceiptThresholds(reading, subject),
  }
  reading.refuse()
  return { ...agreement, corridorId: corridorId(name) }
}

function readAcceptCommitments(reading: Reading, activation: JsonObject): readonly string[] {
  const path = 'activation.accept_commitments'
  const value = activation['accept_commitments']
  if (value === undefined) return ['agree']
  return reading
    .list(value, path, agreementsMax)
    .map((word, index) => reading.text(word, `${path}[${index}]`, commitmentCharactersMax))
}

function readParty(reading: Reading, subject: JsonObject): Agreement['party'] {
  if (subject['party'] === undefined) return null
  const party = reading.object(subject['party'], 'party')
  return {
    did: reading.did(party['id'], 'party.id'),
    role: reading.text(party['role'], 'party.role'),
  }
}

function readLawpacks(reading: Reading, subject: JsonObject): readonly Digest[] {
  if (subject['pinned_lawpacks'] === undefined) return []
  return reading
    .list(subject['pinned_lawpacks'], 'pinned_lawpacks', lawpacksMax)
    .map((item, index) => {
      const path = `pinned_lawpacks[${index}]`
      const pin = reading.object(item, path)
      reading.text(pin['jurisdiction_id'], `${path}.jurisdiction_id`)
      reading.text(pin['domain'], `${path}.domain`)
      const name = 'lawpack_digest_sha256'
      return reading.digestOrReference(pin[name], `${path}.${name}`)
    })
}

function readReceiptThresholds(reading: Reading, subject: JsonObject): readonly Threshold[] | null {
  if (subject['state_channel'] === undefined) return null
  const channel = reading.object(subject['state_channel'], 'state_channel')
  if (channel['receipt_signing'] === undefined) return null
  const path = 'state_channel.receipt_signing'
  const signing = reading.object(channel['receipt_signing'], path)
  if (signing['thresholds'] === undefined) return null
  return readThresholds(reading, signing['thresholds'], `${path}.thresholds`)
}

/**
 * Accepts a set of agreements and computes what they fix: the digest of the set, the genesis root,
 * the lawpacks and the receipt thresholds.
 *
 * @throws {SezError} `SIGNATURE_INVALID`, `SIGNER_NOT_ALLOWED`, `DEFINITION_MISMATCH`,
 *   `AGREEMENTS_DIFFER`, `AGREEMENT_PATTERN_MIXED`, `AGREEMENT_REPEATED`, `AGREEMENT_WITHHELD`,
 *   `THRESHOLD_INVALID`, else `THRESHOLD_NOT_MET`.
 * @see spec/24-corridor.md §4
 */
export function acceptAgreements(
  corridor: PendingCorridor,
  agreements: readonly [Agreement, ...Agreement[]],
): Activation {
  const signed = agreements.map((agreement) => ({
    agreement,
    signers: votersOf(corridor, agreement),
  }))
  for (const { agreement } of signed) checkAgainstDefinition(corridor, agreement)
  checkAlike(agreements)
  checkDistinct(agreements)
  const blocking = signed.flatMap(({ agreement, signers }) =>
    agreement.acceptCommitments.includes(agreement.commitment)
      ? []
      : signers.map((did) => `${did}:${agreement.commitment}`),
  )
  if (blocking.length > 0) throw new SezError('AGREEMENT_WITHHELD', { blocking })
  const receiptThresholds = agreements[0].receiptThresholds ?? corridor.thresholds
  checkThresholds(receiptThresholds, corridor.participants)
  const voters = signed.flatMap(({ signers }) => signers)
  const missing = shortfalls(corridor.thresholds, corridor.participants, voters)
  if (missing.length > 0) throw new SezError('THRESHOLD_NOT_MET', { missing })
  const lawpacks = normalizeDigestSet(agreements.flatMap((agreement) => agreement.lawpacks))
  const setDigest = agreementSetDigest(
    corridor,
    agreements.map(({ credential }) => credential.digest),
  )
  return {
    agreementSetDigest: setDigest,
    genesisRoot: genesisRoot({
      tag: receiptTypes.genesisTag,
      corridor_id: corridor.id,
      definition_payload_sha256: corridor.definitionDigest,
      agreement_set_sha256: setDigest,
      lawpack_digest_set: lawpacks,
      ruleset_digest_set: [...corridor.rulesets],
    }),
    lawpacks,
    receiptThresholds,
  }
}

/** The digest of a set of agreements, whatever their order (spec/24-corridor.md §4). */
export function agreementSetDigest(
  corridor: Pick<PendingCorridor, 'id' | 'definitionDigest'>,
  digests: readonly Digest[],
): Digest {
  return digest(
    canonicalize({
      corridor_id: corridor.id,
      definition_payload_sha256: corridor.definitionDigest,
      agreement_payload_sha256: [...digests].sort(),
    }),
  )
}

/** Whose will a document states: its party's, else that of all who signed it. */
function votersOf(corridor: PendingCorridor, { credential, party }: Agreement): readonly Did[] {
  const signers = signersOf(
    credential,
    corridor.participants.map(({ did }) => did),
  )
  if (party === null) return signers
  const reason = !signers.includes(party.did)
    ? 'the party has not signed'
    : credential.issuer !== party.did
      ? 'the issuer is not the party'
      : null
  if (reason !== null) throw new SezError('SIGNER_NOT_ALLOWED', { signer: party.did, reason })
  return [party.did]
}

function checkAgainstDefinition(corridor: PendingCorridor, agreement: Agreement): void {
  const { party } = agreement
  const field =
    agreement.corridorId !== corridor.id
      ? 'corridor_id'
      : agreement.definitionDigest !== corridor.definitionDigest
        ? 'definition_payload_sha256'
        : !sameParticipants(corridor.participants, agreement.participants)
          ? 'participants'
          : canonicalOf(agreement.thresholds) !== canonicalOf(corridor.thresholds)
            ? 'activation.thresholds'
            : party !== null && !isParticipant(corridor.participants, party)
              ? 'party'
              : null
  if (field !== null) throw new SezError('DEFINITION_MISMATCH', { field })
}

function isParticipant(
  participants: readonly Participant[],
  { did, role }: Pick<Participant, 'did' | 'role'>,
): boolean {
  return participants.some((each) => each.did === did && each.role === role)
}

function checkAlike(agreements: readonly [Agreement, ...Agreement[]]): void {
  const [first, ...others] = agreements
  for (const other of others) {
    const differing = baseFields.find(
      (name) =>
        canonicalOf(first.credential.subject[name] ?? null) !==
        canonicalOf(other.credential.subject[name] ?? null),
    )
    const isMultiSigner = first.party === null && other.party === null
    const field =
      differing ?? (isMultiSigner && first.commitment !== other.commitment ? 'commitment' : null)
    if (field !== null) throw new SezError('AGREEMENTS_DIFFER', { field })
  }
}

function checkDistinct(agreements: readonly Agreement[]): void {
  const parties = agreements.flatMap(({ party }) => (party === null ? [] : [party.did]))
  if (parties.length > 0 && parties.length < agreements.length) {
    throw new SezError('AGREEMENT_PATTERN_MIXED')
  }
  const names: readonly string[] =
    parties.length > 0 ? parties : agreements.map(({ credential }) => credential.digest)
  const repeated = names.find((name, index) => names.indexOf(name) !== index)
  if (repeated !== undefined) throw new SezError('AGREEMENT_REPEATED', { repeated })
}

function canonicalOf(value: unknown): string {
  return canonicalText(canonicalize(value))
}
