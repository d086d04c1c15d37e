/** The transition envelope inside a receipt (spec/06-receipt-chain.md, MSEZTransitionEnvelope). @module */
import { canonicalize } from '@sez/core/canonical'
import { type Digest, digest } from '@sez/core/digest'
import { isJsonObject, type Json } from '@sez/core/json'
import { receiptTypes } from '@sez/core/receipt'
import type { Reading } from './reading.ts'

export interface Envelope {
  readonly kind: string
  readonly payloadDigest: Digest
  /** Why the envelope contradicts itself; null when it does not. */
  readonly problem: string | null
}

const kindCharactersMax = 128
const fields = [
  'type',
  'kind',
  'payload_sha256',
  'schema',
  'schema_digest_sha256',
  'ruleset_digest_sha256',
  'zk_circuit_digest_sha256',
  'registry_override',
  'payload',
  'attachments',
  'meta',
]

/**
 * The envelope of a receipt, null when it has none. Form errors are noted in `reading`; whether the
 * payload has the digest it claims is left to the one who judges the receipt.
 *
 * @param circuit The receipt's own `zk.circuit_digest_sha256`, with which the envelope must agree.
 */
export function readEnvelope(
  reading: Reading,
  value: Json | undefined,
  circuit: Json | undefined,
): Envelope | null {
  if (value === undefined) return null
  const envelope = reading.object(value, 'transition')
  reading.closed(envelope, 'transition', fields)
  reading.constant(envelope['type'], 'transition.type', receiptTypes.transition)
  const kind = reading.text(envelope['kind'], 'transition.kind', kindCharactersMax)
  if (kind !== kind.trim()) reading.fail('transition.kind', 'must not begin or end with blanks')
  const claimed = reading.digest(envelope['payload_sha256'], 'transition.payload_sha256')
  const { payload } = envelope
  const isWrong = payload !== undefined && digest(canonicalize(payload)) !== claimed
  const circuits = [circuit, envelope['zk_circuit_digest_sha256']]
    .filter((each) => each !== undefined)
    .map((each) => (isJsonObject(each) ? each['digest_sha256'] : each))
  return {
    kind,
    payloadDigest: claimed,
    problem: isWrong
      ? 'payload_sha256 is not the digest of the payload'
      : new Set(circuits).size > 1
        ? 'the receipt and its envelope name different circuits'
        : null,
  }
}
