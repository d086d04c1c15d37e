/** A query plan compiled to functions, and their execution: order, fetches, merging, errors. @module */
import type { FetchNode, PlanNode } from '@apollo/query-planner'
import { type GraphQLSchema, isInterfaceType } from 'graphql'
import { invariant } from '@sez/core/invariant'
import { SezError } from '@sez/core/errors'
import { upstreamFailure } from '../transport/deadline.ts'
import type { Fetch, UpstreamCall, UpstreamResult } from '../transport/transport.ts'
import { type AnswerError, codedAnswer, passedOn } from './answer-error.ts'
import {
  collectPaths,
  collectTargets,
  type DataObject,
  everyItem,
  mergeInto,
  own,
  type ResponsePath,
} from './merge.ts'
import type { Variables } from './operation.ts'
import { compileRepresentation, type Represent } from './representation.ts'
import { applyRewrites, renamePath } from './rewrite.ts'

/** One execution of one operation. */
export interface Execution {
  readonly variables: Variables
  readonly errors: AnswerError[]
  readonly correlationId: string
  conditionOf(variable: string): boolean
  /** Rejects with a SezError when the subgraph fails, is unknown or takes too long. */
  send(call: UpstreamCall): Promise<UpstreamResult>
}

/** Runs one node of a plan and merges what it fetched into `root`. */
export type Run = (execution: Execution, root: DataObject) => Promise<void>

/** Compiles a plan's node and all below it; `path` is where Flatten nodes above have led. */
export function compileNode(
  node: PlanNode,
  schema: GraphQLSchema,
  path: readonly string[] = [],
): Run {
  switch (node.kind) {
    case 'Sequence': {
      const runs = node.nodes.map((child) => compileNode(child, schema, path))
      return async (execution, root) => {
        for (const run of runs) await run(execution, root)
      }
    }
    case 'Parallel': {
      const runs = node.nodes.map((child) => compileNode(child, schema, path))
      return async (execution, root) => {
        await Promise.all(runs.map((run) => run(execution, root)))
      }
    }
    case 'Flatten':
      return compileNode(node.node, schema, [...path, ...node.path.map(String)])
    case 'Condition': {
      const { condition, ifClause, elseClause } = node
      const whenTrue = ifClause && compileNode(ifClause, schema, path)
      const whenFalse = elseClause && compileNode(elseClause, schema, path)
      return async (execution, root) => {
        await (execution.conditionOf(condition) ? whenTrue : whenFalse)?.(execution, root)
      }
    }
    case 'Fetch':
      return compileFetch(node, schema, path)
    case 'Defer':
      invariant(false, 'the planner is configured without incremental delivery')
  }
}

/** What a transport needs of a fetch node. */
export function fetchOf(node: FetchNode): Fetch {
  invariant(node.operationDocumentNode, 'the planner is configured to expose documents')
  return {
    service: node.serviceName,
    operation: node.operation,
    operationName: node.operationName,
    kind: node.operationKind,
    document: node.operationDocumentNode,
    variableNames: node.variableUsages ?? [],
  }
}

/** The client's variables that a fetch uses, as the members of a JSON object. */
export function variableMembers(fetch: Fetch, variables: Variables): string {
  let members = ''
  for (const name of fetch.variableNames) {
    const value = own(variables, name)
    if (value === undefined) continue
    members += `${members === '' ? '' : ','}"${name}":${JSON.stringify(value)}`
  }
  return members
}

/** One fetch node, with all that its execution needs. */
interface FetchWork {
  readonly fetch: Fetch
  readonly node: FetchNode
  readonly schema: GraphQLSchema
  readonly interfaces: ReadonlySet<string>
  readonly path: readonly string[]
  /** The path down to the first list: a place that surely exists in the answer. */
  readonly place: ResponsePath
}

function compileFetch(node: FetchNode, schema: GraphQLSchema, path: readonly string[]): Run {
  const firstList = path.indexOf(everyItem)
  const place = firstList < 0 ? path : path.slice(0, firstList)
  const interfaces = interfaceNames(schema)
  const work: FetchWork = { fetch: fetchOf(node), node, schema, interfaces, path, place }
  if (node.requires === undefined || node.requires.length === 0) {
    return (execution, root) => fetchRoots(work, execution, root)
  }
  const represent = compileRepresentation(schema, node.requires)
  return (execution, root) => fetchEntities(work, represent, execution, root)
}

const namesBySchema = new WeakMap<GraphQLSchema, ReadonlySet<string>>()

function interfaceNames(schema: GraphQLSchema): ReadonlySet<string> {
  const known = namesBySchema.get(schema)
  if (known !== undefined) return known
  const types = Object.values(schema.getTypeMap()).filter((type) => isInterfaceType(type))
  const names = new Set(types.map(({ name }) => name))
  namesBySchema.set(schema, names)
  return names
}

async function send(
  work: FetchWork,
  execution: Execution,
  representations: string | null,
): Promise<UpstreamResult | undefined> {
  const variables = variableMembers(work.fetch, execution.variables)
  try {
    return await execution.send({ fetch: work.fetch, variables, representations })
  } catch (error) {
    reportFailure(work, execution, error)
    return undefined
  }
}

function reportFailure(work: FetchWork, execution: Execution, error: unknown): void {
  const coded = upstreamFailure(error, work.fetch.service)
  const { correlationId } = execution
  execution.errors.push(
    codedAnswer(
      coded,
      work.place.length === 0 ? { correlationId } : { correlationId, path: work.place },
    ),
  )
}

/** A fetch of root fields, or of fields at the query root reached again from a payload. */
async function fetchRoots(work: FetchWork, execution: Execution, root: DataObject): Promise<void> {
  const targets = collectTargets(root, work.path)
  if (targets.length === 0) return
  const result = await send(work, execution, null)
  if (result === undefined) return
  const { outputRewrites } = work.node
  for (const error of result.errors ?? []) {
    const path = pathOf(error)
    const mapped = path && [...work.place, ...renamePath(outputRewrites, path)]
    execution.errors.push(passedOn(error, mapped))
  }
  if (!result.data) return
  if (outputRewrites) applyRewrites(work.schema, outputRewrites, result.data)
  for (const target of targets) mergeInto(target, result.data, work.interfaces)
}

/** The targets of each distinct representation: an entity met many times is fetched once. */
interface Representations {
  readonly text: string
  readonly groups: readonly Group[]
}

interface Group {
  readonly targets: DataObject[]
  /** Positions of the targets among all of the path, for the paths of errors. */
  readonly positions: number[]
}

function representAll(
  work: FetchWork,
  represent: Represent,
  targets: readonly DataObject[],
): Representations {
  const groups = new Map<string, Group>()
  for (const [position, target] of targets.entries()) {
    const text = rewrittenInput(work, represent(target))
    if (text === undefined) continue
    const group = groups.get(text)
    if (group === undefined) groups.set(text, { targets: [target], positions: [position] })
    else {
      group.targets.push(target)
      group.positions.push(position)
    }
  }
  return { text: [...groups.keys()].join(','), groups: [...groups.values()] }
}

function rewrittenInput(work: FetchWork, text: string | undefined): string | undefined {
  const { inputRewrites } = work.node
  if (text === undefined || inputRewrites === undefined) return text
  const representation: unknown = JSON.parse(text)
  applyRewrites(work.schema, inputRewrites, representation)
  return JSON.stringify(representation)
}

async function fetchEntities(
  work: FetchWork,
  represent: Represent,
  execution: Execution,
  root: DataObject,
): Promise<void> {
  const targets = collectTargets(root, work.path)
  const { text, groups } = representAll(work, represent, targets)
  if (groups.length === 0) return
  const result = await send(work, execution, text)
  if (result === undefined) return
  if (result.errors !== undefined) {
    reportEntityErrors(work, execution, { errors: result.errors, groups, root })
  }
  if (!result.data) return
  const entities = own(result.data, '_entities')
  if (!Array.isArray(entities) || entities.length !== groups.length) {
    const details = { expected: groups.length }
    reportFailure(work, execution, new SezError('UPSTREAM_INVALID', details))
    return
  }
  for (const [index, group] of groups.entries()) mergeEntity(work, group, entities[index])
}

function mergeEntity(work: FetchWork, group: Group, entity: unknown): void {
  if (typeof entity !== 'object' || entity === null || Array.isArray(entity)) return
  // Narrowed to a plain object by the line above.
  const data = entity as DataObject
  const { outputRewrites } = work.node
  const [first] = group.targets
  if (outputRewrites && first) {
    // A rewrite may depend on the type, which the subgraph need not repeat.
    if (own(data, '__typename') === undefined) data['__typename'] = own(first, '__typename')
    applyRewrites(work.schema, outputRewrites, data)
  }
  for (const target of group.targets) mergeInto(target, data, work.interfaces)
}

interface EntityErrors {
  readonly errors: readonly unknown[]
  readonly groups: readonly Group[]
  readonly root: DataObject
}

/** `_entities, index, …` becomes the path of every object that this representation stood for. */
function reportEntityErrors(work: FetchWork, execution: Execution, found: EntityErrors): void {
  let places: readonly ResponsePath[] | undefined
  for (const error of found.errors) {
    const path = pathOf(error)
    const index = path?.[1]
    const group = typeof index === 'number' ? found.groups[index] : undefined
    if (path === undefined || group === undefined) {
      execution.errors.push(passedOn(error, work.place.length === 0 ? undefined : work.place))
      continue
    }
    places ??= collectPaths(found.root, work.path)
    const rest = renamePath(work.node.outputRewrites, path.slice(2))
    for (const position of group.positions) {
      execution.errors.push(passedOn(error, [...(places[position] ?? work.place), ...rest]))
    }
  }
}

function pathOf(error: unknown): ResponsePath | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const path: unknown = own(error, 'path')
  if (!Array.isArray(path)) return undefined
  return path.every(isPathStep) ? path : undefined
}

function isPathStep(step: unknown): step is string | number {
  return typeof step === 'string' || typeof step === 'number'
}
