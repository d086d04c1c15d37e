/** Proves the byte rules in this very process before it serves. @module */
import { canonicalize, canonicalizeJson, canonicalText, jcs } from './canonical.ts'
import { bytesToHex, digest } from './digest.ts'
import { keyFromSeed, sign, verify } from './ed25519.ts'
import { SezError } from './errors.ts'
import { parseJson } from './json.ts'
import { leafHash, nodeHash } from './mmr.ts'

/** JSON text, canonical text and its digest: order, escapes, integers and times. */
const documents: readonly (readonly [text: string, canonical: string, digest: string])[] = [
  [
    '{"b":[1,2,{"y":"\\u00e9","x":null}],"a":true}',
    '{"a":true,"b":[1,2,{"x":null,"y":"\u00e9"}]}',
    'eb1a31e6c425e013b589b52092871ce35aacd1a857ae4c65fafab36ac0b1e207',
  ],
  [
    '{"\\ue000":1,"\\ud83d\\ude00":2,"10":3,"9":4,"__proto__":5}',
    '{"10":3,"9":4,"__proto__":5,"\u{1f600}":2,"\ue000":1}',
    '7fb2d30232d82e7f9b14cbf2f5a57c4e3cac4cf2bdda47f1cacff647fd681389',
  ],
  [
    '"\\"\\\\\\/\\b\\f\\n\\r\\t\\u001f\\u007f\\u2028"',
    '"\\"\\\\/\\b\\f\\n\\r\\t\\u001f\u007f\u2028"',
    'be5872b620e1572f9e169e830e858882e5bc2f927d211c1264ad921b397a6471',
  ],
  [
    '[-0,9007199254740993,-9223372036854775808,18446744073709551615]',
    '[0,9007199254740993,-9223372036854775808,18446744073709551615]',
    '7661e2d720dd88a32a1cf5105cb35ae9a66620cd33dd8c1f5d44f65bfbc00c47',
  ],
  [
    '["2026-01-01T02:30:00.9+05:00","2016-12-31T23:59:60Z","2026-02-30T00:00:00Z"]',
    '["2025-12-31T21:30:00Z","2016-12-31T23:59:60Z","2026-02-30T00:00:00Z"]',
    '46c15246a310b36dfb674047bfa0fc9ddc62043e896cb8173df0b46fb5e0c740',
  ],
]

const refusedTexts: readonly string[] = ['1.0', '1e2', '18446744073709551616', '"\\ud800"', '[1,]']

const numbersOfOthers = '[1e+21,1e-7,0.1,0,333333333.3333333]'
const publicKeyHex = 'ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c'
const signatureHex =
  'c3c84c44582dc618e2d0e6ee5aa8306b397910e03cffb1e80fb12cfe46309642' +
  'fb09dac35a35cc58268092e906759bda8068d90ace76a8bd6fc179754e58ab0e'
const leafHex = '7f9c9e31ac8256ca2f258583df262dbc7d6f68f2a03043d5c99a4ae5a7396ce9'
const nodeHex = 'a4b8c7873a49d5d53af0b2a0202486483020d95935d763edc4ef2f602200d8de'

/**
 * Computes fixed vectors of every byte rule and compares them; takes about a millisecond. Called
 * once at start: a process in which it throws must not serve.
 *
 * @throws {SezError} `SELF_TEST_FAILED` naming the rule in `details.rule`.
 * @see spec/01-canonical-bytes.md §8
 */
export function selfTest(): void {
  for (const [text, canonical, expected] of documents) {
    const bytes = canonicalizeJson(text)
    demand(canonicalText(bytes) === canonical, `canonical form of ${text}`)
    demand(digest(bytes) === expected, `digest of ${text}`)
    demand(canonicalText(canonicalize(parseJson(text))) === canonical, `value ${text}`)
  }
  for (const text of refusedTexts) demand(isRefused(text), `refusal of ${text}`)
  const numbers = [1e21, 1e-7, 0.1, -0, 333333333.3333333]
  demand(canonicalText(jcs(numbers)) === numbersOfOthers, 'RFC 8785 numbers')
  demand(leafHash('0'.repeat(64)) === leafHex, 'leaf hash')
  demand(nodeHash(leafHex, leafHex) === nodeHex, 'node hash')
  testSignatures()
}

function testSignatures(): void {
  using key = keyFromSeed(new Uint8Array(32).fill(7))
  const bytes = canonicalize({ a: 1 })
  const signature = sign(key, bytes)
  demand(bytesToHex(key.publicKey) === publicKeyHex, 'Ed25519 public key')
  demand(bytesToHex(signature) === signatureHex, 'Ed25519 signature')
  demand(verify(key.publicKey, bytes, signature), 'Ed25519 verification')
  demand(!verify(key.publicKey, canonicalize({ a: 2 }), signature), 'Ed25519 refusal')
}

function isRefused(text: string): boolean {
  try {
    canonicalizeJson(text)
    return false
  } catch (error) {
    return error instanceof SezError && error.code === 'NOT_CANONICAL'
  }
}

function demand(holds: boolean, rule: string): void {
  if (!holds) throw new SezError('SELF_TEST_FAILED', { rule })
}
