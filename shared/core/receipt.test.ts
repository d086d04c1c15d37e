import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalize } from './canonical.ts'
import { didFromPublicKey } from './did.ts'
import { digest } from './digest.ts'
import { generateKey, type KeyPair, keyFromSeed } from './ed25519.ts'
import type { JsonObject } from './json.ts'
import { signDocument } from './proof.ts'
import {
  genesisRoot,
  nextRoot,
  normalizeDigestSet,
  receiptTypes,
  rootAsGiven,
  unnormalizedSets,
  verifyReceipt,
} from './receipt.ts'

const created = new Date('2026-02-01T00:00:00Z')
const low = 'a'.repeat(64)
const high = 'b'.repeat(64)
const payload = { ref: 'x', note: null }

function draft(change: JsonObject = {}): JsonObject {
  return {
    type: receiptTypes.receipt,
    corridor_id: 'pak-uae',
    sequence: 0,
    timestamp: '2026-02-01T00:00:00Z',
    prev_root: low,
    lawpack_digest_set: [low, high],
    ruleset_digest_set: [],
    transition: {
      type: receiptTypes.transition,
      kind: 'noop',
      payload,
      payload_sha256: digest(canonicalize(payload)),
    },
    ...change,
  }
}

function signed(key: KeyPair, change: JsonObject = {}): JsonObject {
  const receipt = draft(change)
  return signDocument({ next_root: rootAsGiven(receipt), ...receipt }, key, { created })
}

const key = keyFromSeed(new Uint8Array(32).fill(1))
const did = didFromPublicKey(key.publicKey)
const verdictOf = (receipt: unknown): ReturnType<typeof verifyReceipt> =>
  verifyReceipt(receipt, { keys: [did] })

describe('digest sets', () => {
  test('are trimmed, lowered, unique, sorted, and references count as their digest', () => {
    const reference = { artifact_type: 'lawpack', digest_sha256: high.toUpperCase() }
    expect(normalizeDigestSet([` ${high}\n`, '', reference, low])).toEqual([low, high])
    expect(normalizeDigestSet([])).toEqual([])
  })

  test('normalising twice is normalising once, in whatever order', () => {
    const entry = fc
      .uint8Array({ minLength: 32, maxLength: 32 })
      .map((bytes) => Buffer.from(bytes).toString('hex'))
    fc.assert(
      fc.property(fc.array(entry), (set) => {
        const once = normalizeDigestSet(set)
        expect(normalizeDigestSet(once)).toEqual(once)
        expect(normalizeDigestSet(set.toReversed())).toEqual(once)
        expect(unnormalizedSets({ lawpack_digest_set: once, ruleset_digest_set: once })).toEqual([])
      }),
    )
  })

  test.each([[['xyz']], [[5]], [[null]], [[{}]], ['x'], [null], [{}]])(
    'VALIDATION_ERROR for %j',
    (set) => {
      expect(() => normalizeDigestSet(set)).toThrow(
        expect.objectContaining({ code: 'VALIDATION_ERROR' }),
      )
    },
  )
})

describe('roots', () => {
  test('the genesis root takes sets in any form, the next root in their one form only', () => {
    const genesis = {
      tag: receiptTypes.genesisTag,
      corridor_id: 'pak-uae',
      definition_payload_sha256: low,
      agreement_set_sha256: '',
      lawpack_digest_set: [high, low, low],
      ruleset_digest_set: [],
    }
    expect(genesisRoot(genesis)).toBe(genesisRoot({ ...genesis, lawpack_digest_set: [low, high] }))
    expect(nextRoot(draft())).toBe(rootAsGiven(draft()))
    for (const lawpack_digest_set of [
      [high, low],
      [low, low],
      [low.toUpperCase()],
      [{}],
      'x',
      null,
    ]) {
      expect(() => nextRoot(draft({ lawpack_digest_set }))).toThrow(
        expect.objectContaining({
          code: 'DIGEST_SET_NOT_NORMALIZED',
          details: { field: 'lawpack_digest_set' },
        }),
      )
    }
  })

  test('proof and next_root are left out, everything else counts', () => {
    const root = nextRoot(draft())
    expect(nextRoot({ ...draft(), proof: 1, next_root: 2 })).toBe(root)
    for (const change of [{ sequence: 1 }, { prev_root: high }, { zk: null }, { extra: 1 }]) {
      expect(nextRoot(draft(change))).not.toBe(root)
    }
  })

  test('NOT_CANONICAL for what has no form', () => {
    expect(() => nextRoot(draft({ extra: 1.5 }))).toThrow(
      expect.objectContaining({ code: 'NOT_CANONICAL' }),
    )
  })
})

describe('the verdict on a receipt', () => {
  test('is good for a good one, with its distinct signers', () => {
    using second = generateKey()
    const other = didFromPublicKey(second.publicKey)
    const both = signDocument(signDocument(signed(key), second, { created }), key, { created })
    expect(verifyReceipt(both, { keys: [did, other] })).toEqual({
      valid: true,
      problems: [],
      signers: [did, other],
    })
    expect(verifyReceipt(both, { keys: [key.publicKey, second.publicKey] }).valid).toBe(true)
  })

  test.each<[string, JsonObject, string]>([
    ['another type', { type: 'X' }, 'type must be'],
    ['no corridor', { corridor_id: '' }, 'corridor_id must be'],
    ['a negative sequence', { sequence: -1 }, 'sequence must be'],
    ['a sequence as text', { sequence: '0' }, 'sequence must be'],
    ['a timestamp with a fraction', { timestamp: '2026-02-01T00:00:00.0Z' }, 'timestamp must be'],
    ['an upper-case root', { prev_root: low.toUpperCase() }, 'prev_root must be'],
    ['a null member', { zk: null }, 'zk must be absent, not null'],
    ['a member of no receipt', { extra: 1 }, 'extra is not a member'],
    ['an inherited name', { toString: 1 }, 'toString is not a member'],
    ['unsorted sets', { lawpack_digest_set: [high, low] }, 'lawpack_digest_set must be sorted'],
    ['another root', { next_root: low }, 'next_root must be the digest'],
    ['a transition that is none', { transition: 'noop' }, 'transition must be an object'],
    ['an open transition', transition({ extra: 1 }), 'transition.extra is not a member'],
    ['a kind in blanks', transition({ kind: ' noop' }), 'transition.kind must be'],
    ['another payload', transition({ payload: 2 }), 'transition.payload_sha256 must be the digest'],
    [
      'another circuit',
      { ...transition({ zk_circuit_digest_sha256: low }), zk: { circuit_digest_sha256: high } },
      'zk.circuit_digest_sha256 must be',
    ],
  ])('names %s', (_, change, problem) => {
    const { valid, problems } = verdictOf(signed(key, change))
    expect(valid).toBe(false)
    expect(problems.filter((one) => one.startsWith(problem))).toHaveLength(1)
  })

  test('names every required member that is missing', () => {
    expect(verdictOf({}).problems).toHaveLength(
      ['type', 'corridor_id', 'sequence', 'timestamp', 'prev_root', 'next_root'].length +
        ['lawpack_digest_set', 'ruleset_digest_set', 'proof'].length +
        ['next_root wrong', 'set not sorted', 'set not sorted', 'no signature'].length,
    )
  })

  test('a payload may be null or absent, its digest not', () => {
    const nothing = digest(canonicalize(null))
    expect(
      verdictOf(signed(key, transition({ payload: null, payload_sha256: nothing }))).valid,
    ).toBe(true)
    const bare = { type: receiptTypes.transition, kind: 'private', payload_sha256: low }
    expect(verdictOf(signed(key, { transition: bare })).valid).toBe(true)
    const { payload_sha256: _, ...without } = bare
    expect(verdictOf(signed(key, { transition: without })).problems).toEqual([
      'transition.payload_sha256 must be there',
    ])
  })

  test('names proofs that are missing, broken or by a stranger', () => {
    using stranger = generateKey()
    const one = signed(key)
    expect(verdictOf({ ...one, proof: [] }).problems).toEqual([
      'proof must hold at least one signature',
    ])
    const mixed = signDocument(one, stranger, { created })
    const { valid, problems, signers } = verdictOf(mixed)
    expect([valid, signers]).toEqual([false, [did]])
    expect(problems).toEqual([expect.stringMatching(/^proof\[1\] is by did:key:.*may not sign$/)])
    const moved = { ...mixed, sequence: 1 }
    expect(verdictOf(moved).signers).toEqual([])
    expect(verdictOf({ ...moved, next_root: rootAsGiven(moved) }).problems).toHaveLength(2)
  })

  test('is never an exception', () => {
    const thrower = new Proxy(signed(key), {
      ownKeys: () => {
        throw new RangeError('mine')
      },
    })
    expect(verdictOf(thrower)).toEqual({
      valid: false,
      problems: ['receipt cannot be read'],
      signers: [],
    })
    expect(verdictOf(signed(key, {})).valid).toBe(true)
    const broken = { ...signed(key), sequence: 1.5 }
    expect(verdictOf(broken).problems[0]).toContain('sequence')
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withNullPrototype: true }), (value) => {
        expect(verdictOf(value).valid).toBe(false)
        expect(verdictOf({ ...signed(key), transition: value }).valid).toBe(false)
      }),
      { numRuns: 200 },
    )
  })
})

function transition(change: JsonObject): JsonObject {
  const base = { type: receiptTypes.transition, kind: 'noop', payload: 1 }
  return { transition: { ...base, payload_sha256: digest(canonicalize(1)), ...change } }
}

test('values that are no receipts, payloads or keys are refused with a code', () => {
  const code = (code: string): unknown => expect.objectContaining({ code })
  for (const value of [null, undefined, 'text', 1]) {
    // Callers without types can hand in anything.
    const hostile = value as never
    expect(() => genesisRoot(hostile)).toThrow(code('VALIDATION_ERROR'))
    expect(() => nextRoot(hostile)).toThrow(code('DIGEST_SET_NOT_NORMALIZED'))
    expect(() => verifyReceipt({}, hostile)).toThrow(code('VALIDATION_ERROR'))
    expect(() => verifyReceipt({}, { keys: [hostile, null as never] })).toThrow(
      code('VALIDATION_ERROR'),
    )
  }
  // The time limit of the test is part of the assertion.
  const claimed = { lawpack_digest_set: Object.assign([], { length: 2 ** 32 - 1 }) }
  expect(verifyReceipt(claimed, { keys: [] })).toMatchObject({ valid: false })
})
