/** The corridor's mutations, each lock → decide → append → publish (spec/24-corridor.md). @module */
import { SezError } from '@sez/core/errors'
import { type CorridorId, corridorId, entityId } from '@sez/core/ids'
import { invariant } from '@sez/core/invariant'
import { type Context, hasRole, mayTouchCorridor } from '@sez/platform/context'
import type { Tx } from '@sez/platform/db'
import { receiptBatchMax } from '@sez/platform/limits'
import type { LogReference } from '@sez/platform/outbox'
import { openProblems, type Problems } from '@sez/platform/validation'
import { write } from '@sez/platform/write'
import { type Appended, appendAll } from './append.ts'
import { acceptAgreements, agreementsMax, readAgreement } from './domain/agreement.ts'
import type { Credential, CorridorDocumentKind } from './domain/credential.ts'
import { acceptDefinition, readDefinition } from './domain/definition.ts'
import { type CorridorState, lifecycle } from './domain/lifecycle.ts'
import { readReceipt, type SentReceipt } from './domain/receipt.ts'
import { type Participant, participantsMax } from './domain/threshold.ts'
import { acceptAuthorityTransition, checkFresh, readTransition } from './domain/transition.ts'
import { corridorActivated, corridorCreated, corridorMoved, corridorProposed } from './events.ts'
import type {
  CorridorTransitionInput,
  CreateCorridorInput,
  MutationResolvers,
} from './schema.types.ts'
import * as store from './store.ts'
import type { CorridorRow, ReceiptRow } from './tables.ts'
import { participantsOf, seesCorridor } from './visibility.ts'

/** What a change of one corridor answers; a type alias, because it is stored for replay. */
type Moved = { readonly corridorId: CorridorId; readonly log: LogReference }

const titleCharactersMax = 200
const participantsMin = 2
const roleForm = /^[a-z][a-z0-9_]{0,63}$/u

export const mutations = {
  async createCorridor(_root, { input }, ctx) {
    const { id, title, participants } = readDraft(input, ctx)
    const moved = await write<Moved>(ctx, { field: 'createCorridor', input }, async (tx) => {
      const now = ctx.now()
      const isNew = await store.insertCorridor(
        tx,
        draftRow(id, title, now),
        participants.map((each, position) => ({ ...each, corridorId: id, position })),
      )
      if (!isNew) throw new SezError('CORRIDOR_EXISTS', { field: 'id' })
      return { corridorId: id, log: await corridorCreated(tx, ctx, { id, participants }) }
    })
    return movedPayload(ctx, moved)
  },

  async proposeCorridor(_root, { input }, ctx) {
    const definition = readDefinition(input.definition, ctx.now())
    const seen = await lookAt(ctx, definition.corridorId)
    const moved = await write<Moved>(ctx, { field: 'proposeCorridor', input }, async (tx) => {
      const corridor = await lock(tx, seen, input.expectedVersion)
      const state = lifecycle.advance(corridor.state, 'submit')
      acceptDefinition(seen, definition, ctx.zone)
      await move(tx, ctx, corridor, {
        state,
        hostZoneId: definition.hostZone.zoneId,
        hostAuthority: definition.hostZone.authority,
        definitionDigest: definition.credential.digest,
        activationThresholds: definition.thresholds,
        rulesetDigestSet: [...definition.rulesets],
      })
      await keep(tx, ctx, corridor.id, 'DEFINITION', [definition.credential])
      return { corridorId: corridor.id, log: await corridorProposed(tx, ctx, definition) }
    })
    return movedPayload(ctx, moved)
  },

  async activateCorridor(_root, { input }, ctx) {
    requireCount('agreements', input.agreements, agreementsMax)
    const now = ctx.now()
    const [first, ...others] = input.agreements.map((text, index) =>
      readAgreement(text, index, now),
    )
    invariant(first !== undefined, 'a list that was counted has a first item')
    const seen = await lookAt(ctx, first.corridorId)
    const moved = await write<Moved>(ctx, { field: 'activateCorridor', input }, async (tx) => {
      const corridor = await lock(tx, seen, input.expectedVersion)
      const state = lifecycle.advance(corridor.state, 'activate')
      const activation = acceptAgreements(pending(corridor, seen.participants), [first, ...others])
      await move(tx, ctx, corridor, {
        state,
        agreementSetDigest: activation.agreementSetDigest,
        genesisRoot: activation.genesisRoot,
        headRoot: activation.genesisRoot,
        receiptThresholds: activation.receiptThresholds,
        lawpackDigestSet: [...activation.lawpacks],
      })
      const agreements = [first, ...others]
      const credentials = agreements.map(({ credential }) => credential)
      await keep(tx, ctx, corridor.id, 'AGREEMENT', credentials)
      const log = await corridorActivated(tx, ctx, corridor.id, { agreements, activation })
      return { corridorId: corridor.id, log }
    })
    return movedPayload(ctx, moved)
  },

  suspendCorridor: (_root, { input }, ctx) =>
    moveByAuthority(ctx, { field: 'suspendCorridor', input, to: 'SUSPENDED' }),

  resumeFromSuspension: (_root, { input }, ctx) =>
    moveByAuthority(ctx, { field: 'resumeFromSuspension', input, to: 'ACTIVE' }),

  async appendReceipt(_root, { input }, ctx) {
    const receipts = [readReceipt(input.document)]
    const [result] = await append(ctx, { field: 'appendReceipt', input, receipts })
    invariant(result !== undefined, 'one receipt has one result')
    return result
  },

  async appendReceipts(_root, { input }, ctx) {
    requireCount('documents', input.documents, receiptBatchMax)
    const receipts = input.documents.map((text, index) => readReceipt(text, `documents[${index}].`))
    return { results: await append(ctx, { field: 'appendReceipts', input, receipts }) }
  },
} satisfies Required<MutationResolvers>

// ----------------------------------------------------------------------------- corridors: shared

/** What a caller may know of a corridor before its row is locked: nothing here ever changes. */
interface Seen {
  readonly id: CorridorId
  readonly isSeen: boolean
  readonly participants: readonly Participant[]
}

/** Reads outside the transaction, which would wait for a second connection. */
async function lookAt(ctx: Context, id: CorridorId): Promise<Seen> {
  const isSeen = await seesCorridor(ctx, id)
  return { id, isSeen, participants: isSeen ? await participantsOf(ctx, id) : [] }
}

async function lock(tx: Tx, { id, isSeen }: Seen, expectedVersion: number): Promise<CorridorRow> {
  const corridor = isSeen ? await store.lockCorridor(tx, id) : null
  if (corridor === null) throw new SezError('NOT_FOUND', { field: 'corridor_id' })
  if (corridor.version !== expectedVersion) {
    throw new SezError('VERSION_CONFLICT', { field: 'expectedVersion', version: corridor.version })
  }
  return corridor
}

function move(
  tx: Tx,
  ctx: Context,
  { id, version }: CorridorRow,
  changes: Partial<CorridorRow>,
): Promise<void> {
  return store.updateCorridor(tx, id, { ...changes, version: version + 1, updatedAt: ctx.now() })
}

function keep(
  tx: Tx,
  ctx: Context,
  id: CorridorId,
  kind: CorridorDocumentKind,
  credentials: readonly Credential[],
): Promise<void> {
  const receivedAt = ctx.now()
  return store.insertDocuments(
    tx,
    id,
    credentials.map(({ text, digest }) => ({ kind, digest, document: text, receivedAt })),
  )
}

async function moveByAuthority(
  ctx: Context,
  act: {
    readonly field: string
    readonly input: CorridorTransitionInput
    readonly to: CorridorState
  },
) {
  const transition = readTransition(act.input.transition, ctx.now())
  const seen = await lookAt(ctx, transition.corridorId)
  const moved = await write<Moved>(ctx, act, async (tx) => {
    const corridor = await lock(tx, seen, act.input.expectedVersion)
    const event = acceptAuthorityTransition(corridor, transition, act.to)
    checkFresh(transition, await store.findFollowed(tx, corridor.id, transition.credential.digest))
    await move(tx, ctx, corridor, { state: lifecycle.advance(corridor.state, event) })
    await keep(tx, ctx, corridor.id, 'TRANSITION', [transition.credential])
    return { corridorId: corridor.id, log: await corridorMoved(tx, ctx, transition) }
  })
  return movedPayload(ctx, moved)
}

async function movedPayload(ctx: Context, { corridorId: id, log }: Moved) {
  const corridor = (await store.findCorridors(ctx.database.db, [id])).get(id)
  invariant(corridor !== undefined, 'a corridor is never deleted')
  return { corridor, log }
}

// -------------------------------------------------------------------------------- drafts, agreements

function readDraft(input: CreateCorridorInput, ctx: Context) {
  const problems = openProblems()
  const id = problems.parse('id', corridorId, input.id)
  const title = input.title.trim()
  problems.require(
    title !== '' && title.length <= titleCharactersMax,
    'title',
    `must be 1 to ${titleCharactersMax} characters`,
  )
  const participants = readParticipants(input, problems)
  const { caller } = ctx
  problems.require(
    hasRole(caller, 'ADMIN') || participants.some(({ did }) => did === caller.did),
    'participants',
    'must name you: a partner opens only corridors it takes part in',
  )
  problems.refuse()
  invariant(id !== null, 'a refused id is a problem')
  if (!mayTouchCorridor(caller, id)) throw new SezError('FORBIDDEN', { field: 'id' })
  return { id, title, participants }
}

function readParticipants(
  { participants }: CreateCorridorInput,
  problems: Problems,
): readonly Participant[] {
  const count = participants.length
  problems.require(
    count >= participantsMin && count <= participantsMax,
    'participants',
    `must be ${participantsMin} to ${participantsMax}`,
  )
  return participants.map(({ did, role, entityId: entity }, index) => {
    const path = `participants[${index}]`
    problems.require(
      participants.findIndex((each) => each.did === did) === index,
      `${path}.did`,
      'is named twice',
    )
    problems.require(
      roleForm.test(role),
      `${path}.role`,
      'must be lower-case letters, digits and underscores, a letter first',
    )
    const isGiven = entity !== null && entity !== undefined
    return {
      did,
      role,
      entityId: isGiven ? problems.parse(`${path}.entityId`, entityId, entity) : null,
    }
  })
}

function draftRow(id: CorridorId, title: string, now: Date): CorridorRow {
  return {
    id,
    title,
    state: lifecycle.initial,
    version: 1,
    hostZoneId: null,
    hostAuthority: null,
    definitionDigest: null,
    agreementSetDigest: null,
    genesisRoot: null,
    activationThresholds: null,
    receiptThresholds: null,
    lawpackDigestSet: null,
    rulesetDigestSet: null,
    receiptCount: 0,
    headRoot: null,
    peaks: [],
    createdAt: now,
    updatedAt: now,
  }
}

function pending(corridor: CorridorRow, participants: readonly Participant[]) {
  const { id, definitionDigest, activationThresholds, rulesetDigestSet } = corridor
  invariant(
    definitionDigest !== null && activationThresholds !== null && rulesetDigestSet !== null,
    'a pending corridor has a definition',
  )
  return {
    id,
    definitionDigest,
    participants,
    thresholds: activationThresholds,
    rulesets: rulesetDigestSet,
  }
}

function requireCount(field: string, items: readonly string[], itemsMax: number): void {
  const problems = openProblems()
  problems.require(
    items.length >= 1 && items.length <= itemsMax,
    field,
    `must hold 1 to ${itemsMax} documents`,
  )
  problems.refuse()
}

// -------------------------------------------------------------------------------------- receipts

async function append(
  ctx: Context,
  act: {
    readonly field: string
    readonly input: unknown
    readonly receipts: readonly SentReceipt[]
  },
) {
  const { field, input, receipts } = act
  const [first] = receipts
  invariant(first !== undefined, 'a list that was counted has a first item')
  const { corridorId: id } = first
  const problems = openProblems()
  for (const [index, receipt] of receipts.entries()) {
    const path = `documents[${index}].corridor_id`
    problems.require(receipt.corridorId === id, path, 'must be that of the first receipt')
  }
  problems.refuse()
  type Answer = { readonly results: readonly Appended[] }
  const stored = new Map<number, ReceiptRow>()
  const { results } = await write<Answer>(ctx, { field, input }, async (tx) => ({
    results: await appendAll(tx, ctx, id, { receipts, stored }),
  }))
  // A repeated request is answered from its key, without having read or written any receipt.
  const missing = results.map(({ sequence }) => sequence).filter((each) => !stored.has(each))
  const rows =
    missing.length === 0 ? stored : await store.findReceiptsBySequence(ctx.database.db, id, missing)
  return results.map(({ sequence, outcome, log }) => {
    const receipt = stored.get(sequence) ?? rows.get(sequence)
    invariant(receipt !== undefined, 'a receipt is never deleted')
    return { receipt, outcome, log }
  })
}
