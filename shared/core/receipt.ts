/**
 * A corridor's receipts as bytes: the genesis root, the root each receipt leaves behind, and the
 * offline verdict on one receipt (spec/06-receipt-chain.md).
 *
 * @module
 */
import { canonicalize, canonicalizeWithout } from './canonical.ts'
import { type Did, didFromPublicKey } from './did.ts'
import { type Digest, digest, isDigest } from './digest.ts'
import { invalidInput, SezError } from './errors.ts'
import { isBytes } from './intrinsics.ts'
import { InvariantViolation } from './invariant.ts'
import { isJsonObject, type Json, type JsonObject } from './json.ts'
import { itemsOf, memberOf, readOrNull } from './plain-data.ts'
import { verifyProofs } from './proof.ts'
import { isTimestamp } from './timestamp.ts'

/** The `type` and `tag` words of the chain's documents. */
export const receiptTypes = {
  genesisTag: 'msez.corridor.state.genesis.v1',
  receipt: 'MSEZCorridorStateReceipt',
  transition: 'MSEZTransitionEnvelope',
  checkpoint: 'MSEZCorridorStateCheckpoint',
  range: 'MSEZReceiptMMR',
  inclusionProof: 'MSEZCorridorReceiptInclusionProof',
} as const

/** What a corridor's first root is made of. An empty agreement digest means no agreement. */
export interface GenesisPayload {
  readonly tag: string
  readonly corridor_id: string
  readonly definition_payload_sha256: string
  readonly agreement_set_sha256: string
  readonly lawpack_digest_set: readonly Json[]
  readonly ruleset_digest_set: readonly Json[]
}

/** A receipt as signed. Absent members are absent, never null. */
export interface Receipt extends JsonObject {
  readonly type: 'MSEZCorridorStateReceipt'
  readonly corridor_id: string
  readonly sequence: number
  readonly timestamp: string
  readonly prev_root: string
  readonly next_root: string
  readonly lawpack_digest_set: readonly string[]
  readonly ruleset_digest_set: readonly string[]
  readonly proof: JsonObject | readonly JsonObject[]
}

/** The offline verdict on a receipt. */
export interface ReceiptVerdict {
  /** Whether there is no problem at all. */
  readonly valid: boolean
  /** Everything wrong, each as one sentence beginning with the member at fault. */
  readonly problems: string[]
  /** The distinct allowed signers whose proof is good, in the order of their proofs. */
  readonly signers: Did[]
}

/**
 * A digest set in its one form: entries trimmed, lowered, unique and sorted; an artifact reference
 * counts as its `digest_sha256`, an empty text not at all.
 *
 * @throws {SezError} `VALIDATION_ERROR` for a list that holds anything else.
 * @see spec/06-receipt-chain.md §2
 */
export function normalizeDigestSet(values: unknown): Digest[] {
  const items = itemsOf(values)
  if (items === null) throw invalidInput('must be a list of digests')
  const digests = new Set<Digest>()
  for (const value of items) {
    const entry: unknown =
      typeof value === 'object' && value !== null ? memberOf(value, 'digest_sha256') : value
    const text = typeof entry === 'string' ? entry.trim().toLowerCase() : entry
    if (text === '') continue
    if (!isDigest(text)) throw invalidInput('must hold 64 hex digits in each entry')
    digests.add(text)
  }
  return [...digests].sort()
}

/**
 * The root before a corridor's first receipt: the digest of the payload with both sets normalised.
 *
 * @throws {SezError} `VALIDATION_ERROR` for a set or no object at all, `NOT_CANONICAL`.
 */
export function genesisRoot(payload: GenesisPayload): Digest {
  const copy = readOrNull(() => (isJsonObject(payload) ? { ...payload } : null))
  if (copy === null) throw invalidInput('must be an object', 'payload')
  return digest(
    canonicalize({
      ...copy,
      lawpack_digest_set: normalizeDigestSet(copy.lawpack_digest_set),
      ruleset_digest_set: normalizeDigestSet(copy.ruleset_digest_set),
    }),
  )
}

/**
 * The root a receipt leaves behind: the digest of everything but `proof` and `next_root`. Sets
 * must be normalised already, because a signed receipt is never rewritten.
 *
 * @throws {SezError} `DIGEST_SET_NOT_NORMALIZED` naming the member in `field`, `NOT_CANONICAL`.
 * @see spec/06-receipt-chain.md §3
 */
export function nextRoot(receipt: object): Digest {
  const [field] = unnormalizedSets(receipt)
  if (field !== undefined) throw new SezError('DIGEST_SET_NOT_NORMALIZED', { field })
  return rootAsGiven(receipt)
}

/**
 * The root a receipt would leave behind if its sets were taken as they stand. For judging a foreign
 * receipt in the order of spec/06-receipt-chain.md §5, never for making one.
 *
 * @throws {SezError} `NOT_CANONICAL`.
 */
export function rootAsGiven(receipt: object): Digest {
  return digest(canonicalizeWithout(receipt, ['proof', 'next_root']))
}

/** The names of a receipt's digest sets that are not sorted, unique, lower-case digests. */
export function unnormalizedSets(receipt: object): string[] {
  return ['lawpack_digest_set', 'ruleset_digest_set'].filter(
    (name) => !isNormalized(memberOf(Object(receipt), name)),
  )
}

/**
 * Judges one receipt by itself: form, payload digest, root, sets and every proof, each of which
 * must be good and by one of `keys`. Its place in a chain is for the chain to judge. Never throws
 * for a receipt.
 *
 * @param options Who may sign, as DIDs or 32-byte public keys.
 * @throws {SezError} `VALIDATION_ERROR` when `keys` is no list of these.
 * @see spec/06-receipt-chain.md §4; spec/vectors/receipts.json
 */
export function verifyReceipt(
  receipt: unknown,
  options: { readonly keys: readonly (Did | string | Uint8Array)[] },
): ReceiptVerdict {
  const keys = itemsOf(memberOf(Object(options), 'keys'))
  if (keys === null) throw invalidInput('must be a list of DIDs or public keys', 'keys')
  const allowed = new Set(keys.map((key) => nameOf(key)))
  if (!isJsonObject(receipt)) return refusedFor('receipt must be an object')
  try {
    return judge(receipt, allowed)
  } catch (error) {
    // Proxies that fail when looked at; our own broken promises are not hidden.
    if (error instanceof InvariantViolation) throw error
    return refusedFor('receipt cannot be read')
  }
}

function judge(receipt: JsonObject, allowed: ReadonlySet<string>): ReceiptVerdict {
  const problems = [...formProblems(receipt), ...rootProblems(receipt)]
  const signers = new Set<Did>()
  const results = verifyProofs(receipt)
  if (results.length === 0) problems.push('proof must hold at least one signature')
  for (const [at, { did, valid, reason }] of results.entries()) {
    if (!valid || did === null) problems.push(`proof[${at}] is not valid: ${reason}`)
    else if (!allowed.has(did)) problems.push(`proof[${at}] is by ${did}, who may not sign`)
    else signers.add(did)
  }
  return { valid: problems.length === 0, problems, signers: [...signers] }
}

function refusedFor(problem: string): ReceiptVerdict {
  return { valid: false, problems: [problem], signers: [] }
}

type Rule = (value: unknown) => string | null

const text: Rule = (value) =>
  typeof value === 'string' && value !== '' ? null : 'must be a non-empty text'
const digestText: Rule = (value) => (isDigest(value) ? null : 'must be 64 lower-case hex digits')
const object: Rule = (value) => (isJsonObject(value) ? null : 'must be an object')
const list: Rule = (value) => (Array.isArray(value) ? null : 'must be a list')
const anything: Rule = () => null

/** The closed form of a receipt: each member's rule, and which members must be there. */
const receiptRules: Readonly<Record<string, Rule>> = {
  type: (value) => (value === receiptTypes.receipt ? null : `must be ${receiptTypes.receipt}`),
  corridor_id: text,
  sequence: (value) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
      ? null
      : 'must be an integer from 0 on',
  timestamp: (value) => (isTimestamp(value) ? null : 'must be UTC in whole seconds'),
  prev_root: digestText,
  next_root: digestText,
  lawpack_digest_set: list,
  ruleset_digest_set: list,
  proof: anything,
  transition: object,
  transition_type_registry_digest_sha256: anything,
  zk: object,
  anchor: object,
}
const optionalMembers = ['transition', 'transition_type_registry_digest_sha256', 'zk', 'anchor']

/** The closed form of a transition envelope. */
const transitionRules: Readonly<Record<string, Rule>> = {
  type: (value) =>
    value === receiptTypes.transition ? null : `must be ${receiptTypes.transition}`,
  kind: (value) =>
    typeof value === 'string' && value !== '' && value.trim() === value
      ? null
      : 'must be a text without blanks around it',
  payload_sha256: digestText,
  payload: anything,
  schema: anything,
  schema_digest_sha256: anything,
  ruleset_digest_sha256: anything,
  zk_circuit_digest_sha256: anything,
  registry_override: anything,
  attachments: list,
  meta: object,
}
const transitionMembers = ['type', 'kind', 'payload_sha256']

function formProblems(receipt: JsonObject): string[] {
  const required = Object.keys(receiptRules).filter((name) => !optionalMembers.includes(name))
  const problems = problemsOf(receipt, receiptRules, required, '')
  const transition = memberOf(receipt, 'transition')
  if (!isJsonObject(transition)) return problems
  problems.push(...problemsOf(transition, transitionRules, transitionMembers, 'transition.'))
  problems.push(...payloadProblems(transition))
  const zk = memberOf(receipt, 'zk')
  const circuit = isJsonObject(zk) ? digestOf(memberOf(zk, 'circuit_digest_sha256')) : null
  const wanted = digestOf(memberOf(transition, 'zk_circuit_digest_sha256'))
  if (circuit !== null && wanted !== null && circuit !== wanted) {
    problems.push('zk.circuit_digest_sha256 must be the one of the transition')
  }
  return problems
}

function problemsOf(
  document: JsonObject,
  rules: Readonly<Record<string, Rule>>,
  required: readonly string[],
  prefix: string,
): string[] {
  const problems: string[] = []
  for (const name of Object.keys(document)) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined
    const value = memberOf(document, name)
    const problem =
      value === null && name !== 'payload' ? 'must be absent, not null' : rule?.(value)
    if (rule === undefined) problems.push(`${prefix}${name} is not a member of this document`)
    else if (typeof problem === 'string') problems.push(`${prefix}${name} ${problem}`)
  }
  for (const name of required) {
    if (!Object.hasOwn(document, name)) problems.push(`${prefix}${name} must be there`)
  }
  return problems
}

function payloadProblems(transition: JsonObject): string[] {
  if (!Object.hasOwn(transition, 'payload')) return []
  try {
    const payloadDigest = digest(canonicalize(transition['payload']))
    if (memberOf(transition, 'payload_sha256') === payloadDigest) return []
    return ['transition.payload_sha256 must be the digest of the payload']
  } catch (error) {
    if (error instanceof SezError) return ['transition.payload is not canonical']
    throw error
  }
}

function rootProblems(receipt: JsonObject): string[] {
  const problems = unnormalizedSets(receipt).map(
    (name) => `${name} must be sorted, unique, lower-case digests`,
  )
  try {
    if (rootAsGiven(receipt) !== memberOf(receipt, 'next_root')) {
      problems.unshift('next_root must be the digest of the receipt without proof and next_root')
    }
  } catch (error) {
    if (!(error instanceof SezError)) throw error
    problems.unshift(`receipt is not canonical: ${String(error.details['reason'])}`)
  }
  return problems
}

function isNormalized(value: unknown): boolean {
  let last = ''
  for (const entry of itemsOf(value) ?? ['not a list']) {
    if (!isDigest(entry) || !(last < entry)) return false
    last = entry
  }
  return true
}

/** A digest given as text or as an artifact reference, `null` for anything else. */
function digestOf(value: unknown): string | null {
  const entry = isJsonObject(value) ? memberOf(value, 'digest_sha256') : value
  return typeof entry === 'string' ? entry : null
}

function nameOf(key: unknown): string {
  if (typeof key === 'string') return key
  if (isBytes(key)) return didFromPublicKey(key)
  throw invalidInput('must hold DIDs or public keys', 'keys')
}
