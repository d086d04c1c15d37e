/** The corridor subgraph on a database of its own, with keys, documents and callers to act with. @module */
import { setTimeout as delay } from 'node:timers/promises'
import { canonicalize, canonicalText } from '@sez/core/canonical'
import { parseDid } from '@sez/core/did'
import { digestOfBytes } from '@sez/core/digest'
import { corridorId, entityId } from '@sez/core/ids'
import { invariant } from '@sez/core/invariant'
import type { Role } from '@sez/core/roles'
import type { Caller } from '@sez/platform/context'
import { startSealer } from '@sez/platform/sealer'
import { type Sequencer, startSequencer } from '@sez/platform/sequencer'
import type { Stream } from '@sez/platform/stream'
import { openSubgraph, type RequestScope, type Subgraph } from '@sez/platform/subgraph'
import { openTestLog, type TestLog, testZone } from '@sez/platform/zone-log.fixture'
import { type FormattedExecutionResult, parse } from 'graphql'
import { chainSealer } from './chain-sealer.ts'
import {
  agreementText,
  definitionText,
  type Head,
  type Party,
  partyOf,
  receiptText,
} from './documents.fixture.ts'
import { corridor } from './subgraph.ts'

/** Who asks; nobody when left out. */
export interface Who {
  readonly as: readonly Role[]
  readonly did?: string
  readonly corridorIds?: readonly string[]
}

/** An answer, loose on purpose: a test asserts on what it asked for. */
export interface Answer {
  readonly data: Readonly<Record<string, never>> | null
  readonly codes: readonly unknown[]
  readonly errors: NonNullable<FormattedExecutionResult['errors']>
}

export interface TestCorridor extends AsyncDisposable {
  readonly log: TestLog
  readonly subgraph: Subgraph
  readonly sequencer: Sequencer
  /** Two participants of every corridor made here. */
  readonly parties: readonly [Party, Party]
  ask(query: string, variables?: Record<string, unknown>, who?: Who): Promise<Answer>
  subscribe(query: string, variables: Record<string, unknown>, who: Who): Promise<Stream<Answer>>
  /** Opens a corridor and takes it to the state. */
  openCorridor(id: string, state?: 'DRAFT' | 'PENDING' | 'ACTIVE'): Promise<string>
  headOf(id: string): Promise<Head>
  append(document: string, who?: Who): Promise<Answer>
  /** Appends so many receipts, one after the other, by the first party. */
  grow(id: string, count: number): Promise<readonly string[]>
}

export const admin: Who = { as: ['ADMIN'], did: 'did:web:admin.test' }
export const auditor: Who = { as: ['AUDITOR'], did: 'did:web:auditor.test' }
export const stranger: Who = { as: ['PARTNER'], did: 'did:web:stranger.test' }

export const appendDocument = `mutation ($input: AppendReceiptInput!) {
  appendReceipt(input: $input) {
    outcome
    log { eventId digest }
    receipt { sequence nextRoot status signers }
  }
}`

/** Opens the subgraph on a copy of the template database, with sequencer and sealers. */
export async function openTestCorridor(
  options: {
    readonly now?: () => Date
    readonly isSealing?: boolean
    /** A power of two, 4 at least; the real size without it. */
    readonly receiptsPerPart?: number
  } = {},
): Promise<TestCorridor> {
  const stack = new AsyncDisposableStack()
  const { isSealing = true, receiptsPerPart, ...clock } = options
  const log = stack.use(await openTestLog(clock))
  if (receiptsPerPart !== undefined) await setReceiptsPerPart(log, receiptsPerPart)
  const context = log.context({ database: log.open('corridor', 12) })
  const workers = { now: () => context.now(), log: context.log, pollMs: 50 }
  const sequencer = stack.use(startSequencer(log.database, workers))
  const sealing = { ...workers, keys: log.keys, zoneId: testZone, hub: log.hub }
  stack.use(startSealer(log.database, sealing))
  const ground = { ...context, afterCommit: () => sequencer.nudge() }
  if (isSealing) stack.use(chainSealer.start(ground))
  const subgraph = openSubgraph(corridor, ground)
  const parties = [partyOf('pak'), partyOf('uae')] as const
  const partner: Who = { as: ['PARTNER'], did: parties[0].did }
  const ask: TestCorridor['ask'] = async (query, variables = {}, who) =>
    answerOf(await subgraph.execute({ document: parse(query), variables }, scopeOf(who)))
  const change = async (mutation: string, type: string, input: Record<string, unknown>) => {
    const query = `mutation ($input: ${type}!) { ${mutation}(input: $input) { corridor { id } } }`
    const { errors } = await ask(query, { input }, admin)
    invariant(errors.length === 0, `${mutation} is refused: ${JSON.stringify(errors)}`)
  }
  const headOf: TestCorridor['headOf'] = async (id) => {
    const query = `query ($id: ID!) { corridor(id: $id) { head { receiptCount nextRoot } } }`
    const { data } = await ask(query, { id }, admin)
    const found = data?.['corridor'] as { readonly head: Head | null } | null | undefined
    invariant(found?.head, `corridor ${id} has no chain`)
    return found.head
  }
  const append: TestCorridor['append'] = (document, who = partner) =>
    ask(appendDocument, { input: { document } }, who)
  return {
    log,
    subgraph,
    sequencer,
    parties,
    ask,
    headOf,
    append,
    async subscribe(query, variables, who) {
      const document = parse(query)
      const stream = await subgraph.subscribe({ document, variables }, scopeOf(who))
      invariant('next' in stream, `no stream: ${JSON.stringify(stream)}`)
      return answers(stream)
    },
    async openCorridor(id, state = 'ACTIVE') {
      const participants = parties.map(({ did }) => ({ did, role: 'zone_authority' }))
      await change('createCorridor', 'CreateCorridorInput', {
        id,
        title: `Corridor ${id}`,
        participants,
      })
      if (state === 'DRAFT') return id
      const host = { zoneId: testZone, did: log.keys.did }
      const definition = definitionText(id, parties, host)
      await change('proposeCorridor', 'ProposeCorridorInput', { definition, expectedVersion: 1 })
      if (state === 'PENDING') return id
      const agreements = parties.map((party) => agreementText(definition, party, parties))
      await change('activateCorridor', 'ActivateCorridorInput', { agreements, expectedVersion: 2 })
      return id
    },
    async grow(id, count) {
      const roots: string[] = []
      let head = await headOf(id)
      for (let added = 0; added < count; added += 1) {
        const document = receiptText(id, head, [parties[0]])
        const { data, errors } = await append(document)
        const payload = data?.['appendReceipt'] as
          | { readonly receipt: { readonly nextRoot: string } }
          | null
          | undefined
        invariant(payload, `receipt ${head.receiptCount} is refused: ${JSON.stringify(errors)}`)
        roots.push(payload.receipt.nextRoot)
        head = { receiptCount: head.receiptCount + 1, nextRoot: payload.receipt.nextRoot }
      }
      return roots
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

/** Gives the parts of the receipts' tables another size, before there is any receipt. */
async function setReceiptsPerPart(log: TestLog, size: number): Promise<void> {
  await log.open(null, 1).raw.unsafe(`
    create or replace function corridor.receipts_per_part() returns integer
    language sql immutable parallel safe as $$ select ${size} $$;
    drop table corridor_receipts.receipts_1048576, corridor_receipts.receipt_proofs_1048576;
    select corridor.make_receipt_part(${size})`)
}

/** Digests of anything, for tests. */
export const anyDigest = (name: string): string => digestOfBytes(new TextEncoder().encode(name))

/** A value as a document's text. */
export const textOf = (value: unknown): string => canonicalText(canonicalize(value))

/** Asks again until the condition holds. */
export async function eventually<T>(ask: () => Promise<T | null>): Promise<T> {
  const deadline = performance.now() + 10_000
  for (;;) {
    const answer = await ask()
    if (answer !== null) return answer
    invariant(performance.now() < deadline, 'waited ten seconds for nothing')
    await delay(20)
  }
}

/** Takes the next so many items of a stream. */
export async function take<T>(stream: AsyncIterator<T>, count: number): Promise<T[]> {
  const items: T[] = []
  while (items.length < count) {
    const item = await stream.next()
    invariant(item.done !== true, `the stream ended after ${items.length} items`)
    items.push(item.value)
  }
  return items
}

function scopeOf(who: Who | undefined): RequestScope {
  return {
    caller: who === undefined ? nobody : callerOf(who),
    correlationId: 'test',
    signal: new AbortController().signal,
  }
}

function callerOf({ as, did, corridorIds }: Who): Caller {
  return {
    did: did === undefined ? null : parseDid(did),
    roles: new Set(as),
    entityIds: null,
    corridorIds:
      corridorIds === undefined ? null : new Set(corridorIds.map((id) => corridorId(id))),
    expiresAt: null,
  }
}

const nobody: Caller = {
  did: null,
  roles: new Set(),
  entityIds: null,
  corridorIds: null,
  expiresAt: null,
}

/** An entity nobody registered. */
export const unknownEntity = entityId('ent_01890a5d-ac96-774b-8000-000000000001')

function answerOf({ data, errors = [] }: FormattedExecutionResult): Answer {
  return {
    data: (data ?? null) as Answer['data'],
    codes: errors.map(({ extensions }) => extensions?.['code']),
    errors,
  }
}

function answers(source: Stream<FormattedExecutionResult>): Stream<Answer> {
  const stream: Stream<Answer> = {
    async next() {
      const item = await source.next()
      if (item.done === true) return { done: true, value: undefined }
      return { done: false, value: answerOf(item.value) }
    },
    return: () => source.return(),
    [Symbol.asyncIterator]: () => stream,
  }
  return stream
}
