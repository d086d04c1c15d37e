/** What this release would say of the operations in a text, before any client sends them. @module */
import { SezError } from '@sez/core/errors'
import { pageRowsMax, queryCostMax } from '@sez/platform/limits'
import {
  type DocumentNode,
  getLocation,
  GraphQLError,
  Kind,
  NoDeprecatedCustomRule,
  type OperationDefinitionNode,
  print,
  separateOperations,
  validate,
} from 'graphql'
import { invalidDocument } from '../plan/answer-error.ts'
import { conditionalRoots, fragmentsOf } from '../plan/operation.ts'
import type { Supergraph } from '../supergraph.ts'
import { rulesTouched } from './access.ts'
import { checkCost, estimateCost, sizingVariables } from './cost.ts'
import { checkDocument, documentLimits, parseQuery } from './limits.ts'
import { type RolesNeeded, rolesNeeded } from './roles-needed.ts'

/** Something a client would be refused, or should change. Lines and columns count from 1. */
export interface DocumentProblem {
  readonly code: string
  readonly message: string
  readonly line: number
  readonly column: number
}

export interface InspectedOperation {
  /** Null when it has none. */
  readonly name: string | null
  readonly kind: `${OperationDefinitionNode['operation']}`
  /** The operation with the fragments it uses, as graphql-js prints them. */
  readonly document: string
  readonly line: number
  /** The roles that see every field. */
  readonly roles: RolesNeeded
  /** Nodes at most, where pages that a variable sizes have the size they have without it. */
  readonly cost: number
  /** Nodes at most, where such pages are as long as a page can be. */
  readonly costMax: number
}

export interface Inspection {
  readonly operations: readonly InspectedOperation[]
  readonly problems: readonly DocumentProblem[]
}

/** A file of many operations is longer than a request may be; each of them is measured by itself. */
const fileTokensMax = 200_000

/**
 * Inspects every operation of a text: syntax, the limits of a document (§3), the API, deprecated
 * fields, cost, the roles needed. Introspection is refused, as it is in production. What ends a
 * request ends the inspection, as far as it concerns one operation, in the same order.
 */
export function inspectText(
  text: string,
  supergraph: Pick<Supergraph, 'apiSchema' | 'access'>,
): Inspection {
  try {
    const document = parseQuery(text, { ...documentLimits, tokensMax: fileTokensMax })
    const documents = Object.values(separateOperations(document))
    const limits = documents.flatMap(limitProblems)
    if (limits.length > 0) return { operations: [], problems: limits }
    requireValid(document, supergraph)
    const deprecated = validate(supergraph.apiSchema, document, [NoDeprecatedCustomRule])
    const inspected = documents.map((each) => inspectOperation(each, supergraph))
    const problems = [
      ...deprecated.map((error) => problemAt('DEPRECATED', error)),
      ...inspected.flatMap((each) => each.problems),
    ]
    return {
      operations: inspected.map(({ operation }) => operation),
      problems: problems.toSorted((a, b) => a.line - b.line || a.column - b.column),
    }
  } catch (error) {
    return { operations: [], problems: problemsOf(error, { line: 1, column: 1 }) }
  }
}

/** Tokens, depth, aliases, root fields, introspection. */
function limitProblems(document: DocumentNode): readonly DocumentProblem[] {
  const operation = onlyOperation(document)
  return problemsOfCheck(operation, () => {
    parseQuery(print(document), documentLimits)
    const options = { limits: documentLimits, introspection: false }
    checkDocument(operation, fragmentsOf(document), options)
  })
}

function requireValid(document: DocumentNode, { apiSchema }: Pick<Supergraph, 'apiSchema'>): void {
  // Before validation, which would throw at these rather than say what is wrong.
  const nodes = conditionalRoots(document)
  if (nodes.length > 0) {
    const message = 'No variable can skip or include the root field of a subscription.'
    throw invalidDocument([new GraphQLError(message, { nodes })])
  }
  const errors = validate(apiSchema, document)
  if (errors.length > 0) throw invalidDocument(errors)
}

function inspectOperation(
  document: DocumentNode,
  { apiSchema: schema, access }: Pick<Supergraph, 'apiSchema' | 'access'>,
): { readonly operation: InspectedOperation; readonly problems: readonly DocumentProblem[] } {
  const operation = onlyOperation(document)
  const fragments = fragmentsOf(document)
  const cost = { schema, operation, fragments }
  const longest = Object.fromEntries(sizingVariables(cost).map((name) => [name, pageRowsMax]))
  return {
    operation: {
      name: operation.name?.value ?? null,
      kind: operation.operation,
      document: print(document),
      line: placeOf(operation).line,
      roles: rolesNeeded(rulesTouched({ schema, access, document, operation, fragments })),
      cost: estimateCost(cost, {}),
      costMax: estimateCost(cost, longest),
    },
    problems: problemsOfCheck(operation, () => checkCost(cost, {}, queryCostMax)),
  }
}

function problemsOfCheck(
  operation: OperationDefinitionNode,
  check: () => void,
): readonly DocumentProblem[] {
  try {
    check()
    return []
  } catch (error) {
    return problemsOf(error, placeOf(operation))
  }
}

function onlyOperation({ definitions }: DocumentNode): OperationDefinitionNode {
  const found = definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION)
  if (found?.kind === Kind.OPERATION_DEFINITION) return found
  throw new SezError('OPERATION_UNKNOWN', { names: [] })
}

function placeOf({ loc }: OperationDefinitionNode) {
  if (loc === undefined) return { line: 1, column: 1 }
  const { line, column } = getLocation(loc.source, loc.start)
  return { line, column }
}

function problemAt(code: string, { message, locations }: GraphQLError): DocumentProblem {
  const { line = 1, column = 1 } = locations?.[0] ?? {}
  return { code, message, line, column }
}

/** A refusal with a place in the text has its own; the others stand at the operation. */
function problemsOf(
  error: unknown,
  place: { readonly line: number; readonly column: number },
): readonly DocumentProblem[] {
  if (!(error instanceof SezError)) throw error
  const { code, details } = error
  const { problems } = details
  if (code === 'GRAPHQL_INVALID' && Array.isArray(problems)) {
    return problems.map((problem: GraphQLError) => problemAt(code, problem))
  }
  const numbers = Object.entries(details).flatMap(([name, value]) =>
    typeof value === 'number' ? [`${name} ${value}`] : [],
  )
  const facts = numbers.length === 0 ? '' : ` (${numbers.join(', ')})`
  return [{ code, message: `${error.message}${facts}`, ...place }]
}
