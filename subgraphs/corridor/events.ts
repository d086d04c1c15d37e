/** What this subgraph tells the world: one function per event of stream `corridor/<id>`. @module */
import type { Digest } from '@sez/core/digest'
import type { CorridorId } from '@sez/core/ids'
import type { JsonObject } from '@sez/core/json'
import type { Context } from '@sez/platform/context'
import type { Tx } from '@sez/platform/db'
import { type LogReference, publish } from '@sez/platform/outbox'
import type { Activation, Agreement } from './domain/agreement.ts'
import type { Definition } from './domain/definition.ts'
import type { SentReceipt } from './domain/receipt.ts'
import type { Participant } from './domain/threshold.ts'
import type { Transition } from './domain/transition.ts'
import type { CorridorCheckpointRow, ReceiptProofRow } from './tables.ts'

/** The stream that tells all of one corridor and nothing else. */
export const corridorStream = (id: CorridorId): string => `corridor/${id}`

export const receiptAppendedType = 'corridor.receipt-appended'

/** Every event of this subgraph: what happened, and what its `data` holds. */
export const eventTypes = {
  'corridor.created': {
    about: 'A corridor was opened in DRAFT.',
    data: 'corridorId, participants [{did, role, entityId}]',
  },
  'corridor.proposed': {
    about: 'It was defined by a signed document.',
    data: 'corridorId, definitionDigest, hostZoneId, hostAuthority, rulesetDigestSet',
  },
  'corridor.activated': {
    about: 'The participants agreed; it accepts receipts.',
    data: 'corridorId, agreementDigests, agreementSetDigest, genesisRoot, lawpackDigestSet',
  },
  'corridor.suspended': {
    about: 'The zone authority stopped it.',
    data: 'corridorId, transitionDigest, from, to',
  },
  'corridor.resumed': {
    about: 'The zone authority lifted the suspension.',
    data: 'corridorId, transitionDigest, from, to',
  },
  'corridor.receipt-appended': {
    about: 'A receipt was appended.',
    data: 'corridorId, sequence, prevRoot, nextRoot, receiptDigest, signers',
  },
  'corridor.proofs-merged': {
    about: 'Further valid proofs of a stored receipt were kept.',
    data: 'corridorId, sequence, nextRoot, proofs [{signer, verificationMethod, jws}]',
  },
  'corridor.checkpointed': {
    about: 'The zone signed a checkpoint of the chain.',
    data: 'corridorId, checkpointDigest, receiptCount, finalStateRoot, mmrRoot',
  },
} as const

/** Publishes in the corridor's own stream; the type is one of the table. */
function tell(
  tx: Tx,
  ctx: Publisher,
  id: CorridorId,
  event: { readonly type: keyof typeof eventTypes; readonly data: JsonObject },
): Promise<LogReference> {
  return publish(tx, ctx, { stream: corridorStream(id), ...event })
}

type Publisher = Pick<Context, 'caller' | 'zone' | 'now' | 'random'>

export function corridorCreated(
  tx: Tx,
  ctx: Publisher,
  corridor: { readonly id: CorridorId; readonly participants: readonly Participant[] },
): Promise<LogReference> {
  return tell(tx, ctx, corridor.id, {
    type: 'corridor.created',
    data: {
      corridorId: corridor.id,
      participants: corridor.participants.map(({ did, role, entityId }) => ({
        did,
        role,
        entityId,
      })),
    },
  })
}

export function corridorProposed(
  tx: Tx,
  ctx: Publisher,
  { corridorId, credential, hostZone, rulesets }: Definition,
): Promise<LogReference> {
  return tell(tx, ctx, corridorId, {
    type: 'corridor.proposed',
    data: {
      corridorId,
      definitionDigest: credential.digest,
      hostZoneId: hostZone.zoneId,
      hostAuthority: hostZone.authority,
      rulesetDigestSet: [...rulesets],
    },
  })
}

export function corridorActivated(
  tx: Tx,
  ctx: Publisher,
  corridorId: CorridorId,
  fixed: { readonly agreements: readonly Agreement[]; readonly activation: Activation },
): Promise<LogReference> {
  const { agreements, activation } = fixed
  return tell(tx, ctx, corridorId, {
    type: 'corridor.activated',
    data: {
      corridorId,
      agreementDigests: agreements.map(({ credential }) => credential.digest).sort(),
      agreementSetDigest: activation.agreementSetDigest,
      genesisRoot: activation.genesisRoot,
      lawpackDigestSet: [...activation.lawpacks],
    },
  })
}

export function corridorMoved(
  tx: Tx,
  ctx: Publisher,
  { corridorId, credential, from, to }: Transition,
): Promise<LogReference> {
  return tell(tx, ctx, corridorId, {
    type: to === 'SUSPENDED' ? 'corridor.suspended' : 'corridor.resumed',
    data: { corridorId, transitionDigest: credential.digest, from, to },
  })
}

export function receiptAppended(
  tx: Tx,
  ctx: Publisher,
  receipt: SentReceipt,
): Promise<LogReference> {
  const { corridorId, sequence, prevRoot, nextRoot, digest, proofs } = receipt
  return tell(tx, ctx, corridorId, {
    type: receiptAppendedType,
    data: {
      corridorId,
      sequence,
      prevRoot,
      nextRoot,
      receiptDigest: digest,
      signers: [...new Set(proofs.map(({ signer }) => signer))],
    },
  })
}

export function proofsMerged(
  tx: Tx,
  ctx: Publisher,
  receipt: {
    readonly corridorId: CorridorId
    readonly sequence: number
    readonly nextRoot: Digest
  },
  proofs: readonly ReceiptProofRow[],
): Promise<LogReference> {
  const { corridorId, sequence, nextRoot } = receipt
  return tell(tx, ctx, corridorId, {
    type: 'corridor.proofs-merged',
    data: {
      corridorId,
      sequence,
      nextRoot,
      proofs: proofs.map(({ signer, verificationMethod, jws }) => ({
        signer,
        verificationMethod,
        jws,
      })),
    },
  })
}

export function corridorCheckpointed(
  tx: Tx,
  ctx: Publisher,
  checkpoint: Omit<CorridorCheckpointRow, 'eventId' | 'eventDigest'>,
): Promise<LogReference> {
  const { corridorId, digest, receiptCount, finalStateRoot, mmrRoot } = checkpoint
  return tell(tx, ctx, corridorId, {
    type: 'corridor.checkpointed',
    data: { corridorId, checkpointDigest: digest, receiptCount, finalStateRoot, mmrRoot },
  })
}
