/** What a receipt proves by itself, to those who do not know its corridor. @module */
import type { Did } from '@sez/core/did'
import { didOfVerificationMethod } from '@sez/core/did'
import type { Digest } from '@sez/core/digest'
import { SezError } from '@sez/core/errors'
import { isJsonObject, type JsonObject } from '@sez/core/json'
import { rootAsGiven, verifyReceipt } from '@sez/core/receipt'
import { proofsMax } from './credential.ts'

/** The findings on one receipt. */
export interface Verdict {
  readonly valid: boolean
  readonly problems: string[]
  readonly computedNextRoot: Digest
  readonly signers: Did[]
}

/**
 * Checks form, digest sets, envelope, next_root and every signature. Whoever signed is taken to be
 * allowed: who may sign is known only with the corridor.
 *
 * @throws {SezError} `NOT_CANONICAL`.
 */
export function judge(receipt: JsonObject): Verdict {
  const computedNextRoot = rootAsGiven(receipt)
  const { proof } = receipt
  const proofs = Array.isArray(proof) ? proof : [proof]
  if (proofs.length > proofsMax) {
    const problems = [`proof must hold at most ${proofsMax} signatures`]
    return { valid: false, problems, computedNextRoot, signers: [] }
  }
  const keys = proofs.flatMap((each) => {
    const method = isJsonObject(each) ? each['verificationMethod'] : null
    return typeof method === 'string' ? claimedSigner(method) : []
  })
  return { ...verifyReceipt(receipt, { keys }), computedNextRoot }
}

function claimedSigner(verificationMethod: string): Did[] {
  try {
    return [didOfVerificationMethod(verificationMethod)]
  } catch (error) {
    if (error instanceof SezError) return []
    throw error
  }
}
