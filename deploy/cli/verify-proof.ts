/** The verdict on a proof file: what the API answers to `receiptProof` or `logProof`. @module */
import { verifyLogInclusion, verifyReceiptInclusion, type Verdict } from '@sez/client/verification'
import { SezError } from '@sez/core/errors'
import { isJsonObject, type Json, type JsonObject, parseJson } from '@sez/core/json'

/**
 * Verifies `{proof, checkpoint, receipt?, entry?}`, or the API's answer that holds these as
 * `document` and `checkpoint { document }`.
 *
 * Without a receipt or an entry the verdict is on the place and the root that the proof itself
 * names; they are in the answer, to be compared.
 *
 * @throws {SezError} `NOT_CANONICAL` when proof or checkpoint is missing or unreadable.
 */
export function verifyProofFile(
  file: JsonObject,
  trusted: { readonly zoneDid: string; readonly receipt: JsonObject | null },
): Verdict & { readonly of: string; readonly place: Json; readonly root: Json } {
  const answer = unwrap(file)
  const proof = documentIn(answer['proof'] ?? answer['document'], 'proof')
  const checkpoint = documentIn(answer['checkpoint'], 'checkpoint')
  const { zoneDid } = trusted
  const { leaf_index: index = null, receipt_next_root: root = null } = proof
  if (checkpoint['type'] === 'SezLogCheckpoint') {
    const entry = entryOf(answer, index, root)
    const verdict = verifyLogInclusion({ entry, proof, checkpoint, zoneDid })
    return { of: 'zone log entry', ...verdict, place: entry.position, root: entry.hash }
  }
  const receipt = trusted.receipt ??
    (answer['receipt'] === undefined ? null : documentIn(answer['receipt'], 'receipt')) ?? {
      sequence: index,
      next_root: root,
      corridor_id: checkpoint['corridor_id'] ?? null,
    }
  const verdict = verifyReceiptInclusion({ receipt, proof, checkpoint, zoneDid })
  const { sequence = null, next_root: nextRoot = null } = receipt
  return { of: 'receipt', ...verdict, place: sequence, root: nextRoot }
}

/** The answer of the API around a proof, if it is one. */
function unwrap(file: JsonObject): JsonObject {
  const { data } = file
  if (!isJsonObject(data)) return file
  const answers = Object.values(data).filter(isJsonObject)
  return answers.find((answer) => answer['checkpoint'] !== undefined) ?? file
}

function documentIn(value: Json | undefined, path: string): JsonObject {
  const inner =
    isJsonObject(value) && typeof value['document'] === 'string' ? value['document'] : value
  const document = typeof inner === 'string' ? parseJson(inner) : inner
  if (isJsonObject(document)) return document
  throw new SezError('NOT_CANONICAL', { path: `$.${path}`, reason: 'not a document' })
}

function entryOf(
  answer: JsonObject,
  index: Json,
  root: Json,
): { readonly position: string; readonly hash: string } {
  const entry = isJsonObject(answer['entry']) ? answer['entry'] : answer
  const { position, hash = root } = entry
  const place = typeof position === 'number' ? String(position) : position
  const named = typeof index === 'number' ? String(index + 1) : ''
  return {
    position: typeof place === 'string' ? place : named,
    hash: typeof hash === 'string' ? hash : '',
  }
}
