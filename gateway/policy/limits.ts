/** What one operation may ask, decided on the text and the document before anything is validated. @module */
import { SezError } from '@sez/core/errors'
import {
  queryAliasesMax,
  queryDepthMax,
  queryRootFieldsMax,
  queryTokensMax,
} from '@sez/platform/limits'
import {
  type DocumentNode,
  GraphQLError,
  Kind,
  Lexer,
  type NameNode,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
  Source,
  TokenKind,
} from 'graphql'
import { invalidDocument } from '../plan/answer-error.ts'
import type { Fragments } from '../plan/operation.ts'

export interface DocumentLimits {
  readonly tokensMax: number
  readonly depthMax: number
  readonly aliasesMax: number
  readonly rootFieldsMax: number
}

export const documentLimits: DocumentLimits = {
  tokensMax: queryTokensMax,
  depthMax: queryDepthMax,
  aliasesMax: queryAliasesMax,
  rootFieldsMax: queryRootFieldsMax,
}

/**
 * Brackets of any kind within one another, and selection sets with fragments put where they are spread.
 * The parser and every walk over its result recurse, and long before the token limit such nesting would
 * exhaust the stack. No honest query comes near.
 */
const nestingMax = 64

const opening: ReadonlySet<TokenKind> = new Set([
  TokenKind.BRACE_L,
  TokenKind.BRACKET_L,
  TokenKind.PAREN_L,
])
const closing: ReadonlySet<TokenKind> = new Set([
  TokenKind.BRACE_R,
  TokenKind.BRACKET_R,
  TokenKind.PAREN_R,
])

/**
 * Parses a query after counting its tokens and the nesting of its brackets, which stops at the first
 * one too many.
 *
 * @throws {SezError} `QUERY_TOO_LONG` and `QUERY_TOO_DEEP`, whichever comes first in the text, else
 *   `GRAPHQL_INVALID` with the place of the syntax error.
 */
export function parseQuery(query: string, limits: DocumentLimits): DocumentNode {
  const source = new Source(query)
  try {
    countTokens(source, limits)
    return parse(source)
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error
    throw invalidDocument([error])
  }
}

function countTokens(source: Source, limits: DocumentLimits): void {
  const lexer = new Lexer(source)
  let nesting = 0
  for (let tokens = 0; ; tokens += 1) {
    const { kind } = lexer.advance()
    if (kind === TokenKind.EOF) return
    if (tokens >= limits.tokensMax) {
      throw new SezError('QUERY_TOO_LONG', { field: 'query', max: limits.tokensMax })
    }
    if (opening.has(kind)) nesting += 1
    else if (closing.has(kind)) nesting -= 1
    if (nesting > nestingMax) {
      throw new SezError('QUERY_TOO_DEEP', { field: 'query', max: limits.depthMax })
    }
  }
}

/**
 * Checks depth, aliases, root fields, and what fragments expand to. Fragments count wherever they are
 * spread, though each is measured once. The planner writes them out, so thirty small ones that spread
 * each other twice would be millions of selections; written out, an operation may not be longer than
 * the token limit lets one be that has no fragments. All fragments are measured, because validation
 * walks those of every operation.
 *
 * @throws {SezError} `GRAPHQL_INVALID` for a fragment that spreads itself, else `INTROSPECTION_DISABLED`,
 *   else `TOO_MANY_ROOT_FIELDS`, else `TOO_MANY_ALIASES`, else `QUERY_TOO_DEEP`, else `QUERY_TOO_LONG`;
 *   details hold what was found and the most that is allowed.
 */
export function checkDocument(
  operation: OperationDefinitionNode,
  fragments: Fragments,
  options: { readonly limits: DocumentLimits; readonly introspection: boolean },
): void {
  const { limits } = options
  const measures = new Measurer(fragments)
  const measure = measures.ofSet(operation.selectionSet)
  const { depth, aliases, rootFields, introspects } = measure
  const all = [measure, ...measures.ofFragments()]
  if (introspects && !options.introspection) {
    throw new SezError('INTROSPECTION_DISABLED', { field: 'query' })
  }
  if (rootFields > limits.rootFieldsMax) {
    const details = { field: 'query', rootFields, max: limits.rootFieldsMax }
    throw new SezError('TOO_MANY_ROOT_FIELDS', details)
  }
  if (aliases > limits.aliasesMax) {
    throw new SezError('TOO_MANY_ALIASES', { field: 'query', aliases, max: limits.aliasesMax })
  }
  if (depth > limits.depthMax) {
    throw new SezError('QUERY_TOO_DEEP', { field: 'query', depth, max: limits.depthMax })
  }
  if (all.some(({ nesting }) => nesting > nestingMax)) {
    throw new SezError('QUERY_TOO_DEEP', { field: 'query', max: limits.depthMax })
  }
  if (all.some(({ selections }) => selections > limits.tokensMax)) {
    throw new SezError('QUERY_TOO_LONG', { field: 'query', max: limits.tokensMax })
  }
}

interface Measure {
  /** Levels of fields; introspection below the root does not count, its lists are validation's. */
  readonly depth: number
  readonly aliases: number
  /** Fields at this level itself. */
  readonly rootFields: number
  readonly introspects: boolean
  /** Fields, spreads and inline fragments, all levels together. */
  readonly selections: number
  /** Selection sets within one another. */
  readonly nesting: number
}

const nothing: Measure = {
  depth: 0,
  aliases: 0,
  rootFields: 0,
  introspects: false,
  selections: 0,
  nesting: 0,
}

class Measurer {
  readonly #fragments: Fragments
  /** Measured fragments; null while one is being measured. */
  readonly #measured = new Map<string, Measure | null>()

  constructor(fragments: Fragments) {
    this.#fragments = fragments
  }

  ofFragments(): readonly Measure[] {
    return [...this.#fragments.values()].map(({ name }) => this.#ofFragment(name))
  }

  ofSet(set: SelectionSetNode): Measure {
    let { depth, aliases, rootFields, introspects, selections, nesting } = nothing
    for (const selection of set.selections) {
      let part: Measure
      if (selection.kind === Kind.FRAGMENT_SPREAD) part = this.#ofFragment(selection.name)
      else if (selection.kind === Kind.INLINE_FRAGMENT) part = this.ofSet(selection.selectionSet)
      else {
        const name = selection.name.value
        const below = selection.selectionSet ? this.ofSet(selection.selectionSet) : nothing
        const isMeta = name === '__schema' || name === '__type'
        part = {
          ...below,
          depth: isMeta ? 1 : below.depth + 1,
          aliases: below.aliases + (selection.alias ? 1 : 0),
          rootFields: 1,
          introspects: isMeta || below.introspects,
        }
      }
      depth = Math.max(depth, part.depth)
      aliases += part.aliases
      rootFields += part.rootFields
      introspects ||= part.introspects
      selections += 1 + part.selections
      nesting = Math.max(nesting, part.nesting)
    }
    return { depth, aliases, rootFields, introspects, selections, nesting: nesting + 1 }
  }

  #ofFragment(node: NameNode): Measure {
    const name = node.value
    const known = this.#measured.get(name)
    if (known === null) {
      const message = `Cannot spread fragment "${name}" within itself.`
      throw invalidDocument([new GraphQLError(message, { nodes: node })])
    }
    if (known !== undefined) return known
    const fragment = this.#fragments.get(name)
    if (fragment === undefined) return nothing
    this.#measured.set(name, null)
    const measure = this.ofSet(fragment.selectionSet)
    this.#measured.set(name, measure)
    return measure
  }
}
