/**
 * Makes companies from data by the subgraph's own operations, so that every event, digest and link
 * is as real as a registrar's. What is there already is left as it is, and a seeding that was cut
 * off goes on where it stopped.
 *
 * @module
 */
import { canonicalize } from '@sez/core/canonical'
import type { Did } from '@sez/core/did'
import { digest } from '@sez/core/digest'
import { type EntityId, entityId } from '@sez/core/ids'
import { invariant } from '@sez/core/invariant'
import type { Role } from '@sez/core/roles'
import { openSubgraph, type Subgraph, type SubgraphGround } from '@sez/platform/subgraph'
import { parse } from 'graphql'
import type { Appointment } from './domain/officer.ts'
import type { CreateEntityInput } from './schema.types.ts'
import { entities } from './subgraph.ts'

/** One step of a company's life; texts are the reasons given. */
export type SeedMove =
  | { readonly move: 'submit' | 'withdraw' | 'approve' }
  | {
      readonly move: 'return' | 'reject' | 'suspend' | 'reinstate'
      readonly reason: string
    }

export type SeedDirector = Pick<Appointment, 'name' | 'identity' | 'role' | 'nationality'>

/** One company: who founds it, what its draft says, what then happens to it. */
export interface SeedCompany {
  readonly founder: SeedPerson
  readonly draft: CreateEntityInput
  readonly directors: readonly SeedDirector[]
  readonly moves: readonly SeedMove[]
}

export interface SeedPerson {
  readonly did: Did
  readonly role: Role
}

/** Makes the companies that are not there yet, and answers the ids of all in their order. */
export async function seedCompanies(
  ground: SubgraphGround,
  companies: readonly SeedCompany[],
  registrar: SeedPerson,
): Promise<readonly EntityId[]> {
  const subgraph = openSubgraph(entities, ground)
  const ids: EntityId[] = []
  for (const company of companies) ids.push(await seedCompany(subgraph, company, registrar))
  return ids
}

interface Made {
  readonly id: string
  readonly version: number
  readonly officersCount: number
  readonly movesCount: number
}

const declarations = {
  truthful: true,
  amlCompliance: true,
  sanctionsClearance: true,
  authorizedSignatory: true,
  consentToChecks: true,
}

async function seedCompany(
  subgraph: Subgraph,
  company: SeedCompany,
  registrar: SeedPerson,
): Promise<EntityId> {
  const { founder, draft } = company
  const made = (await findMade(subgraph, company)) ?? {
    ...(await change(subgraph, founder, 'createEntity', draft)),
    officersCount: 0,
    movesCount: 0,
  }
  const { id } = made
  let { version } = made
  for (const director of company.directors.slice(made.officersCount)) {
    const input = {
      ...director,
      entityId: id,
      expectedVersion: version,
      resident: director.nationality === draft.registeredOffice?.country,
      consentToAct: true,
      fitAndProper: true,
    }
    ;({ version } = await change(subgraph, founder, 'appointOfficer', input))
  }
  for (const step of company.moves.slice(made.movesCount)) {
    const { mutation, grounds } = callOf(step, draft.legalName)
    const isOwn = step.move === 'submit' || step.move === 'withdraw'
    const input = { ...grounds, id, expectedVersion: version }
    ;({ version } = await change(subgraph, isOwn ? founder : registrar, mutation, input))
  }
  return entityId(id)
}

/** The operation that makes a step, and what it asks for beside id and version. */
function callOf(step: SeedMove, legalName: string) {
  const documentOf = (kind: string) => [digest(canonicalize({ document: kind, legalName }))]
  switch (step.move) {
    case 'submit':
      return { mutation: 'submitFormation', grounds: { declarations } }
    case 'withdraw':
      return { mutation: 'withdrawFormation', grounds: {} }
    case 'approve':
      return { mutation: 'approveFormation', grounds: { evidence: documentOf('articles') } }
    case 'return':
      return { mutation: 'returnForCorrection', grounds: { reason: step.reason } }
    case 'reject':
      return { mutation: 'rejectFormation', grounds: { reason: step.reason } }
    case 'suspend':
    case 'reinstate': {
      const grounds = { reason: step.reason, evidence: documentOf(`${step.move} order`) }
      return { mutation: `${step.move}Entity`, grounds }
    }
  }
}

/** The company as an earlier seeding left it; null when there is none of its name. */
async function findMade(subgraph: Subgraph, { founder, draft }: SeedCompany): Promise<Made | null> {
  const list = `query ($filter: EntityFilter) { entities(filter: $filter) {
    nodes { id version officers(includeResigned: true) { id } } } }`
  const filter = {
    legalName: { eq: draft.legalName },
    jurisdictionId: { eq: draft.jurisdictionId },
  }
  interface Found {
    readonly nodes: readonly {
      readonly id: string
      readonly version: number
      readonly officers: readonly unknown[]
    }[]
  }
  const [found] = (await ask<Found>(subgraph, founder, list, { filter })).nodes
  if (found === undefined) return null
  const history = `query ($id: ID!) { statusHistory(entityId: $id) { totalCount } }`
  const { totalCount } = await ask<{ readonly totalCount: number }>(subgraph, founder, history, {
    id: found.id,
  })
  // The first move is the drafting itself.
  const officersCount = found.officers.length
  return { id: found.id, version: found.version, officersCount, movesCount: totalCount - 1 }
}

async function change(
  subgraph: Subgraph,
  person: SeedPerson,
  mutation: string,
  input: object,
): Promise<{ readonly id: string; readonly version: number }> {
  const inputType = `${mutation.slice(0, 1).toUpperCase()}${mutation.slice(1)}Input`
  const document = `mutation ($input: ${inputType}!) {
    ${mutation}(input: $input) { entity { id version } } }`
  interface Payload {
    readonly entity: { readonly id: string; readonly version: number }
  }
  const { entity } = await ask<Payload>(subgraph, person, document, { input })
  return entity
}

/** The one root field of an operation. Seed data that is refused is a mistake in the data. */
async function ask<T>(
  subgraph: Subgraph,
  person: SeedPerson,
  document: string,
  variables: Record<string, unknown>,
): Promise<T> {
  const caller = {
    did: person.did,
    roles: new Set([person.role]),
    entityIds: null,
    corridorIds: null,
    expiresAt: null,
  }
  const { data, errors } = await subgraph.execute(
    { document: parse(document), variables },
    { caller, correlationId: 'seed', signal: new AbortController().signal },
  )
  const [answer] = Object.values(data ?? {})
  const refusals = (errors ?? []).map(({ message }) => message)
  invariant(answer !== undefined && refusals.length === 0, `seed data: ${refusals.join(' ')}`)
  // The operation's own selection says what its answer holds.
  return answer as T
}
