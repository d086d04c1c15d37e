/** The signed definition that takes a corridor from DRAFT to PENDING (spec/24-corridor.md §3). @module */
import type { Did } from '@sez/core/did'
import type { Digest } from '@sez/core/digest'
import { SezError } from '@sez/core/errors'
import { type CorridorId, corridorId, type ZoneId, zoneId } from '@sez/core/ids'
import { normalizeDigestSet } from '@sez/core/receipt'
import { type Credential, readCredential, signersOf } from './credential.ts'
import { openReading } from './reading.ts'
import {
  checkThresholds,
  type Participant,
  readParticipants,
  readThresholds,
  sameParticipants,
  type Threshold,
} from './threshold.ts'

export interface Definition {
  readonly credential: Credential
  readonly corridorId: CorridorId
  readonly hostZone: { readonly zoneId: ZoneId; readonly authority: Did }
  readonly participants: readonly Pick<Participant, 'did' | 'role'>[]
  readonly thresholds: readonly Threshold[]
  /** Normalized; every receipt must name at least these. */
  readonly rulesets: readonly Digest[]
}

/**
 * Digests of the descriptors of `msez.corridor.verification.v1` and
 * `msez.corridor.state-transition.v2`, by which every receipt is judged (vectors/receipts.json).
 */
export const baseRulesets: readonly Digest[] = normalizeDigestSet([
  'e6faa2ad8b1dbc71f51eb7e7d6e3fa87d2d334684b0498f01bb47f09e3515ce2',
  'f20f3e782dd7ad930db779c991c84747268f53b8623401583efb2c58e8b3efdf',
])
const rulesetsMax = 32

/**
 * A definition, its signatures verified and not yet judged.
 *
 * @throws {SezError} `NOT_CANONICAL`, else `VALIDATION_ERROR`.
 */
export function readDefinition(text: string, now: Date): Definition {
  const root = 'definition.'
  const credential = readCredential(text, 'MSEZCorridorDefinitionCredential', { now, root })
  const reading = openReading(`${root}credentialSubject.`)
  const { subject } = credential
  const name = reading.text(subject['corridor_id'], 'corridor_id')
  const host = reading.object(subject['host_zone'], 'host_zone')
  const hostId = reading.text(host['zone_id'], 'host_zone.zone_id')
  const authority = reading.did(host['authority'], 'host_zone.authority')
  const participants = readParticipants(reading, subject['participants'], 'participants')
  const activation = reading.object(subject['activation'], 'activation')
  const thresholds = readThresholds(reading, activation['thresholds'], 'activation.thresholds')
  const rulesets = (
    subject['ruleset_digest_set'] === undefined
      ? []
      : reading.list(subject['ruleset_digest_set'], 'ruleset_digest_set', rulesetsMax)
  ).map((value, index) => reading.digestOrReference(value, `ruleset_digest_set[${index}]`))
  reading.refuse()
  return {
    credential,
    corridorId: corridorId(name),
    hostZone: { zoneId: zoneId(hostId), authority },
    participants,
    thresholds,
    rulesets: normalizeDigestSet([...baseRulesets, ...rulesets]),
  }
}

/** The role of who may look on and follow; it signs nothing that counts, and need not sign this. */
const observer = 'observer'

/**
 * Accepts a definition for the draft it names. Nobody is made a party by the others alone: each one
 * named has signed what it takes part in (spec/24-corridor.md §3).
 *
 * @param zone This zone; it must be the host.
 * @throws {SezError} `SIGNATURE_INVALID`, `SIGNER_NOT_ALLOWED` (signers are participants and the zone
 *   authority, the issuer among them), `HOST_ZONE_ELSEWHERE`, `DEFINITION_MISMATCH` when its
 *   participants are not the draft's, `SIGNATURE_MISSING` unless every participant but observers
 *   has signed, else `THRESHOLD_INVALID`.
 */
export function acceptDefinition(
  draft: { readonly participants: readonly Participant[] },
  definition: Definition,
  zone: { readonly zoneId: ZoneId; readonly did: Did },
): void {
  const { credential, hostZone, participants, thresholds } = definition
  const allowed = [...draft.participants.map(({ did }) => did), zone.did]
  const signers = signersOf(credential, allowed)
  if (!signers.includes(credential.issuer)) {
    const reason = 'the issuer has not signed'
    throw new SezError('SIGNER_NOT_ALLOWED', { signer: credential.issuer, reason })
  }
  if (hostZone.zoneId !== zone.zoneId || hostZone.authority !== zone.did) {
    throw new SezError('HOST_ZONE_ELSEWHERE', { hostZone, zoneId: zone.zoneId })
  }
  if (!sameParticipants(draft.participants, participants)) {
    throw new SezError('DEFINITION_MISMATCH', { field: 'participants' })
  }
  const unsigned = participants.filter(
    ({ did, role }) => role !== observer && !signers.includes(did),
  )
  if (unsigned.length > 0) {
    throw new SezError('SIGNATURE_MISSING', { signers: unsigned.map(({ did }) => did) })
  }
  checkThresholds(thresholds, participants)
}
