/** spec/vectors/receipts.json and lifecycle.json: what the corridor's own decisions make of them. @module */
import { readFileSync } from 'node:fs'
import { canonicalize, canonicalText } from '@sez/core/canonical'
import { digest, hexToBytes, parseDigest } from '@sez/core/digest'
import { keyFromSeed } from '@sez/core/ed25519'
import { parseDid } from '@sez/core/did'
import { SezError } from '@sez/core/errors'
import { corridorId } from '@sez/core/ids'
import { isJsonObject, type Json, type JsonObject } from '@sez/core/json'
import { documentDigest, signDocument } from '@sez/core/proof'
import { normalizeDigestSet, rootAsGiven } from '@sez/core/receipt'
import {
  acceptAgreements,
  type Agreement,
  agreementSetDigest,
  readAgreement,
} from '@sez/corridor/domain/agreement'
import { checkpointDocument } from '@sez/corridor/domain/checkpoint'
import { readEnvelope } from '@sez/corridor/domain/envelope'
import {
  acceptTransition,
  corridorState,
  corridorStates,
  isZoneAuthorityMove,
  lifecycle,
} from '@sez/corridor/domain/lifecycle'
import { growRange, peaksWithHeights, rangeRoot } from '@sez/corridor/domain/mountain'
import { openReading } from '@sez/corridor/domain/reading'
import { type Chain, checkAppend, readReceipt } from '@sez/corridor/domain/receipt'
import { describe, expect, test } from 'vitest'

interface Case extends JsonObject {
  readonly id: string
  readonly kind: string
}
interface Vectors {
  readonly keys: readonly { readonly seed_hex: string; readonly did: string }[]
  readonly cases: readonly Case[]
}

function read(name: string): Vectors {
  return JSON.parse(readFileSync(new URL(`../../spec/vectors/${name}`, import.meta.url), 'utf8'))
}
const receipts = read('receipts.json')
const moves = read('lifecycle.json')
const ofKind = ({ cases }: Vectors, kind: string): readonly Case[] =>
  cases.filter((each) => each.kind === kind)

const keys = receipts.keys.map(({ seed_hex: seed }) => keyFromSeed(hexToBytes(seed)))
const participants = receipts.keys.map(({ did }) => ({
  did: parseDid(did),
  role: 'zone_authority',
  entityId: null,
}))
const now = new Date('2026-03-01T00:00:00Z')

const objects = (value: Json | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter(isJsonObject) : []
const object = (value: Json | undefined): JsonObject => (isJsonObject(value) ? value : {})
/** A member that is text; the empty text for anything else. */
const word = (value: Json | undefined): string => (typeof value === 'string' ? value : '')
const text = (value: JsonObject): string => canonicalText(canonicalize(value))

/** The code with which something is refused, null when it is not. */
function refusal(act: () => unknown): string | null {
  try {
    act()
    return null
  } catch (error) {
    if (error instanceof SezError) return error.code
    throw error
  }
}

describe('genesis', () => {
  test.for(ofKind(receipts, 'genesis'))('$id: activation gives the vector’s roots', (one) => {
    const payload = object(one['genesis_payload'])
    const signed = objects(one['agreement_vcs']).map((agreement, index) => {
      const key = keys[index]
      return key === undefined ? agreement : signDocument(agreement, key, { created: now })
    })
    const [first, ...others] = signed.map((each, index) => readAgreement(text(each), index, now))
    const id = corridorId(payload['corridor_id'])
    const definitionDigest = parseDigest(one['definition_payload_sha256'])
    const activation = acceptAgreements(
      {
        id,
        definitionDigest,
        participants,
        thresholds: [{ role: 'zone_authority', required: 2, of: 2 }],
        rulesets: normalizeDigestSet(payload['ruleset_digest_set']),
      },
      [first as Agreement, ...others],
    )
    expect(activation).toEqual({
      agreementSetDigest: one['agreement_set_sha256_mcf'],
      genesisRoot: one['genesis_root'],
      lawpacks: payload['lawpack_digest_set'],
      receiptThresholds: [{ role: 'zone_authority', required: 2, of: 2 }],
    })
    const digests = normalizeDigestSet(one['agreement_payload_sha256'])
    expect(agreementSetDigest({ id, definitionDigest }, digests.toReversed())).toBe(
      one['agreement_set_sha256_mcf'],
    )
  })
})

/** A chain of the vectors before its first receipt. */
function chainOf(one: Case, sets: JsonObject): Chain & { readonly headRoot: string } {
  return {
    state: 'ACTIVE',
    participants,
    receiptCount: 0,
    headRoot: parseDigest(one['genesis_root']),
    lawpackDigestSet: normalizeDigestSet(sets['lawpack_digest_set']),
    rulesetDigestSet: normalizeDigestSet(sets['ruleset_digest_set']),
  }
}

describe('chains', () => {
  test.for(ofKind(receipts, 'chain'))(
    '$id: every receipt is accepted, ending in the range',
    (one) => {
      const signed = objects(one['receipts_signed'])
      let chain = chainOf(one, signed[0] ?? {})
      let range = { size: 0, peaks: [] as readonly ReturnType<typeof parseDigest>[] }
      for (const document of signed) {
        const receipt = readReceipt(text(document))
        checkAppend(chain, receipt)
        chain = { ...chain, receiptCount: chain.receiptCount + 1, headRoot: receipt.nextRoot }
        range = growRange(range, receipt.nextRoot)
      }
      expect(chain.headRoot).toBe(one['final_state_root'])
      const { size, root, peaks } = object(one['mmr'])
      expect({ size: range.size, root: rangeRoot(range), peaks: peaksWithHeights(range) }).toEqual({
        size,
        root,
        peaks,
      })
    },
  )

  test.for(ofKind(receipts, 'checkpoint'))('$id: the zone would sign the same bytes', (one) => {
    const expected = object(one['checkpoint'])
    const { peaks } = object(expected['mmr'])
    const document = checkpointDocument(
      {
        corridorId: corridorId(expected['corridor_id']),
        genesisRoot: parseDigest(expected['genesis_root']),
        headRoot: parseDigest(expected['final_state_root']),
        receiptCount: Number(expected['receipt_count']),
        peaks: objects(peaks).map(({ hash }) => parseDigest(hash)),
        lawpackDigestSet: normalizeDigestSet(expected['lawpack_digest_set']),
        rulesetDigestSet: normalizeDigestSet(expected['ruleset_digest_set']),
      },
      new Date(word(expected['timestamp'])),
    )
    expect(documentDigest(document)).toBe(one['checkpoint_digest_sha256'])
  })
})

describe('appends that are refused', () => {
  const codes: Readonly<Record<string, readonly string[]>> = {
    sequence_mismatch: ['SEQUENCE_GAP', 'STALE_HEAD'],
    prev_root_mismatch: ['STALE_HEAD'],
    next_root_mismatch: ['NEXT_ROOT_MISMATCH'],
  }

  test.for(ofKind(receipts, 'append_rejected'))('$id', (one) => {
    const document = object(one['receipt'])
    const head = object(one['head'])
    const chain = {
      ...chainOf(one, document),
      receiptCount: Number(head['sequence']),
      headRoot: parseDigest(head['prev_root']),
    }
    expect(codes[word(one['expected_error'])]).toContain(
      refusal(() => checkAppend(chain, readReceipt(text(signed(document))))),
    )
  })

  test.for(ofKind(receipts, 'digest_set_normalization'))('$id: no set but the one form', (one) => {
    const document = object(one['receipt_without_next_root'])
    const next_root = rootAsGiven(document)
    const chain = {
      ...chainOf({ ...one, genesis_root: word(document['prev_root']) }, document),
      receiptCount: Number(document['sequence']),
    }
    const receipt = readReceipt(text(signed({ ...document, next_root })))
    expect(refusal(() => checkAppend(chain, receipt))).toBe('DIGEST_SET_NOT_NORMALIZED')
  })

  function signed(document: JsonObject): JsonObject {
    const [key] = keys
    return key === undefined ? document : signDocument(document, key, { created: now })
  }
})

describe('transition envelopes', () => {
  const judged = (value: Json | undefined) => {
    const reading = openReading()
    const envelope = readEnvelope(reading, value, undefined)
    reading.refuse()
    return envelope
  }

  const envelopes = ofKind(receipts, 'transition_envelope')

  test.for(envelopes.filter(({ rejected }) => rejected !== true))('$id', (one) => {
    const { kind, payload_sha256: payloadDigest } = object(one['envelope'])
    expect(judged(one['envelope'])).toEqual({ kind, payloadDigest, problem: null })
  })

  test.for(envelopes.filter(({ rejected }) => rejected === true))('$id', (one) => {
    const outcome = refusal(() => {
      const envelope = judged(one['input'])
      if (envelope?.problem !== null) throw new SezError('ENVELOPE_MISMATCH')
    })
    expect(outcome).toMatch(/^(ENVELOPE_MISMATCH|VALIDATION_ERROR)$/u)
  })

  test('a payload of null is a payload, and has a digest', () => {
    expect(digest(canonicalize(null))).toBe(
      '74234e98afe7498fb5daf1f36ac2d78acc339464f950703b8c019892f982b90b',
    )
  })
})

describe('lifecycle.json', () => {
  test('holds all of its cases', () => {
    expect(ofKind(moves, 'pair')).toHaveLength(36)
    expect(ofKind(moves, 'apply')).toHaveLength(24)
  })

  test.for(ofKind(moves, 'pair'))('$id', (one) => {
    const from = stateOf(one['from'])
    const found = lifecycle.movesFrom(from).filter(({ to }) => to === one['to'])
    expect(found.length > 0).toBe(one['allowed_v2'])
    const evidence = one['requires_evidence_vc_types'] ?? []
    for (const { event } of found) {
      expect(event).toBe(one['transition'])
      expect(isZoneAuthorityMove(event)).toBe(one['authorization'] === 'zone_authority')
      const claim = {
        from,
        to: stateOf(one['to']),
        finality: word(one['requires_finality_level']),
      }
      const given = Array.isArray(evidence) ? evidence.map(word) : []
      expect(acceptTransition(from, { ...claim, evidence: given })).toBe(event)
      const without = refusal(() => acceptTransition(from, { ...claim, evidence: [] }))
      expect(without).toBe(given.length === 0 ? null : 'EVIDENCE_MISSING')
    }
  })

  const codes: Readonly<Record<string, string>> = {
    from_state_mismatch: 'FROM_STATE_MISMATCH',
    not_allowed: 'INVALID_TRANSITION',
    finality_too_low: 'FINALITY_TOO_LOW',
    evidence_missing: 'EVIDENCE_MISSING',
  }

  test.for(ofKind(moves, 'apply'))('$id', (one) => {
    const state = stateOf(one['state'])
    const evidence = one['evidence_vc_types']
    const claim = {
      from: stateOf(one['from_state']),
      to: stateOf(one['to_state']),
      evidence: Array.isArray(evidence) ? evidence.map(word) : [],
      finality: one['finality_level'] === null ? null : word(one['finality_level']),
    }
    const expected = one['expected_error']
    const code = refusal(() => acceptTransition(state, claim))
    expect(code).toBe(expected === null ? null : codes[word(expected)])
    const next = code === null ? lifecycle.advance(state, acceptTransition(state, claim)) : state
    expect(next).toBe(one['new_state'])
  })

  function stateOf(name: Json | undefined): (typeof corridorStates)[number] {
    const state = corridorState(word(name))
    expect(corridorStates).toContain(state)
    return state ?? 'DRAFT'
  }
})
