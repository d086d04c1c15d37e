/** The entities subgraph on a database of its own, with callers and companies to act on. @module */
import { randomUUID } from 'node:crypto'
import { parseDid } from '@sez/core/did'
import { entityId } from '@sez/core/ids'
import { invariant } from '@sez/core/invariant'
import type { Role } from '@sez/core/roles'
import type { Caller } from '@sez/platform/context'
import { startSequencer } from '@sez/platform/sequencer'
import type { Stream } from '@sez/platform/stream'
import { openSubgraph, type RequestScope, type Subgraph } from '@sez/platform/subgraph'
import { openTestLog, type TestLog } from '@sez/platform/zone-log.fixture'
import { type FormattedExecutionResult, parse } from 'graphql'
import { entities } from './subgraph.ts'

/** Who asks; nobody when left out. */
export interface Who {
  readonly did: string
  readonly as: readonly Role[]
  readonly entityIds?: readonly string[]
}

export const founder: Who = { did: 'did:web:founder.test', as: ['CITIZEN'] }
export const stranger: Who = { did: 'did:web:stranger.test', as: ['CITIZEN', 'OPERATOR'] }
export const registrar: Who = { did: 'did:web:registrar.test', as: ['REGISTRAR'] }

/** An answer, loose on purpose: a test asserts on what it asked for. */
export interface Answer {
  readonly data: Readonly<Record<string, never>> | null
  readonly codes: readonly unknown[]
  readonly errors: NonNullable<FormattedExecutionResult['errors']>
}

/** An entity as a mutation left it. */
export interface Company {
  readonly id: string
  readonly version: number
  readonly status: string
  readonly legalName: string
  readonly registrationNumber: string | null
}

export interface TestEntities extends AsyncDisposable {
  readonly log: TestLog
  readonly subgraph: Subgraph
  ask(query: string, variables?: Record<string, unknown>, who?: Who): Promise<Answer>
  subscribe(query: string, variables: Record<string, unknown>, who: Who): Promise<Stream<Answer>>
  /** Makes one change and answers the entity after it; fails the test when it is refused. */
  change(mutation: string, input: Record<string, unknown>, who?: Who): Promise<Company>
  /** The code with which a change is refused; null when it is not. */
  refusal(mutation: string, input: Record<string, unknown>, who?: Who): Promise<unknown>
  draft(changes?: Record<string, unknown>, who?: Who): Promise<Company>
  applied(changes?: Record<string, unknown>): Promise<Company>
  active(changes?: Record<string, unknown>): Promise<Company>
}

/** A document's digest, for evidence. */
export const evidence = ['ab'.repeat(32)]
export const reason = 'The register asks for it.'
export const declarations = {
  truthful: true,
  amlCompliance: true,
  sanctionsClearance: true,
  authorizedSignatory: true,
  consentToChecks: true,
}
export const office = { line1: '1 Nowshera Road', city: 'Rashakai', country: 'PK' }

/** The input of every change of this subgraph that answers an entity. */
export const inputTypes: Readonly<Record<string, string>> = {
  createEntity: 'CreateEntityInput',
  updateDraft: 'UpdateDraftInput',
  submitFormation: 'SubmitFormationInput',
  withdrawFormation: 'WithdrawFormationInput',
  returnForCorrection: 'ReturnForCorrectionInput',
  approveFormation: 'ApproveFormationInput',
  rejectFormation: 'RejectFormationInput',
  suspendEntity: 'SuspendEntityInput',
  reinstateEntity: 'ReinstateEntityInput',
  addEntityMember: 'AddEntityMemberInput',
  removeEntityMember: 'RemoveEntityMemberInput',
  appointOfficer: 'AppointOfficerInput',
  resignOfficer: 'ResignOfficerInput',
}

/** The document of one change. */
export function changeDocument(mutation: string): string {
  return `mutation ($input: ${inputTypes[mutation]}!) {
    ${mutation}(input: $input) {
      log { eventId digest }
      entity { id version status legalName registrationNumber }
    }
  }`
}

/** A name nobody has: tests share nothing. */
export function freshName(): string {
  return `Indus ${randomUUID()} (Pvt) Ltd`
}

export function draftInput(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    legalName: freshName(),
    jurisdictionId: 'PK-RSEZ',
    entityType: 'LLC',
    localForm: 'SMC_PVT',
    registeredOffice: office,
    ...changes,
  }
}

export function directorInput(entity: Company, did = 'did:web:director.test') {
  return {
    entityId: entity.id,
    expectedVersion: entity.version,
    name: 'Ayesha Khan',
    identity: did,
    role: 'DIRECTOR',
    nationality: 'PK',
    resident: true,
    consentToAct: true,
    fitAndProper: true,
  }
}

export function callerOf(who: Who): Caller {
  return {
    did: parseDid(who.did),
    roles: new Set(who.as),
    entityIds:
      who.entityIds === undefined ? null : new Set(who.entityIds.map((id) => entityId(id))),
    corridorIds: null,
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

/** Opens the subgraph on a copy of the template database, its log being numbered. */
export async function openTestEntities(
  options: { readonly connectionsMax?: number } = {},
): Promise<TestEntities> {
  const stack = new AsyncDisposableStack()
  const log = stack.use(await openTestLog())
  const { database: numbering } = log
  const context = log.context({ database: log.open('entities', options.connectionsMax ?? 8) })
  const sequencer = stack.use(
    startSequencer(numbering, { now: () => context.now(), log: context.log, pollMs: 100 }),
  )
  const subgraph = openSubgraph(entities, { ...context, afterCommit: () => sequencer.nudge() })
  const scopeOf = (who: Who | undefined): RequestScope => ({
    caller: who === undefined ? nobody : callerOf(who),
    correlationId: 'test',
    signal: context.signal,
  })
  const ask: TestEntities['ask'] = async (query, variables = {}, who) =>
    answerOf(await subgraph.execute({ document: parse(query), variables }, scopeOf(who)))
  const change: TestEntities['change'] = async (mutation, input, who = founder) => {
    const { data, codes } = await ask(changeDocument(mutation), { input }, who)
    const payload = data?.[mutation] as { readonly entity: Company } | null | undefined
    invariant(payload, `${mutation} is refused with ${codes.join()}`)
    return payload.entity
  }
  const refusal: TestEntities['refusal'] = async (mutation, input, who = founder) =>
    (await ask(changeDocument(mutation), { input }, who)).codes[0] ?? null
  const draft: TestEntities['draft'] = async (changes = {}, who = founder) => {
    const drafted = await change('createEntity', draftInput(changes), who)
    return change('appointOfficer', directorInput(drafted), who)
  }
  const applied: TestEntities['applied'] = async (changes) => {
    const { id, version } = await draft(changes)
    return change('submitFormation', { id, expectedVersion: version, declarations })
  }
  return {
    log,
    subgraph,
    ask,
    change,
    refusal,
    draft,
    applied,
    async active(changes) {
      const { id, version } = await applied(changes)
      return change('approveFormation', { id, expectedVersion: version, evidence }, registrar)
    },
    async subscribe(query, variables, who) {
      const document = parse(query)
      const stream = await subgraph.subscribe({ document, variables }, scopeOf(who))
      if ('next' in stream) return mapped(stream)
      return mapped(oneOf(stream))
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

function answerOf({ data, errors = [] }: FormattedExecutionResult): Answer {
  return {
    data: (data ?? null) as Answer['data'],
    codes: errors.map(({ extensions }) => extensions?.['code']),
    errors,
  }
}

function mapped(source: AsyncIterator<FormattedExecutionResult>): Stream<Answer> {
  const stream: Stream<Answer> = {
    async next() {
      const item = await source.next()
      return item.done === true
        ? { done: true, value: undefined }
        : { done: false, value: answerOf(item.value) }
    },
    async return() {
      await source.return?.()
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]: () => stream,
  }
  return stream
}

/** A refused subscription, as a stream that says so and ends. */
async function* oneOf(result: FormattedExecutionResult): AsyncGenerator<FormattedExecutionResult> {
  yield result
}
