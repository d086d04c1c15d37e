/**
 * `_entities`: the rows that other subgraphs' references name, each under its type's policy.
 *
 * @module
 */
import { invariant } from '@sez/core/invariant'
import { type GraphQLResolveInfo, type GraphQLSchema, isObjectType } from 'graphql'
import { walkUntyped } from './arguments.ts'
import type { Context } from './context.ts'
import { queryCostMax } from './limits.ts'
import { invalid, openProblems } from './validation.ts'

type ResolveReference = (reference: object, ctx: Context, info: GraphQLResolveInfo) => unknown

/** Resolvers of the two federation fields that a subgraph with `@key` types has. */
export interface ReferenceResolvers {
  readonly entities: (
    root: unknown,
    args: { readonly representations: readonly unknown[] },
    ctx: Context,
    info: GraphQLResolveInfo,
  ) => Promise<unknown>[]
  readonly typeOf: (row: object) => string | undefined
}

/**
 * Resolves references without marking the rows, so that frozen and shared rows stay as they are. A
 * reference that fails is an error of its own place in the list and blanks no other.
 */
export function referenceResolvers(schema: GraphQLSchema): ReferenceResolvers {
  const typenames = new WeakMap<object, string>()
  return {
    entities(_root, { representations }, ctx, info) {
      requireBounded(representations)
      return representations.map(async (representation) => {
        const { typename, resolve } = resolverOf(schema, representation)
        const row: unknown = await resolve(Object(representation), ctx, info)
        if (row === null || row === undefined || row instanceof Error) return row
        invariant(typeof row === 'object', `a reference to ${typename} resolves to a row or null`)
        typenames.set(row, typename)
        return row
      })
    },
    typeOf: (row) => typenames.get(row),
  }
}

function requireBounded(representations: readonly unknown[]): void {
  const problems = openProblems()
  problems.require(
    representations.length <= queryCostMax,
    'representations',
    `must hold at most ${queryCostMax} items`,
  )
  if (representations.length <= queryCostMax) {
    for (const [index, each] of representations.entries()) {
      walkUntyped(each, `representations[${index}]`, problems)
    }
  }
  problems.refuse()
}

function resolverOf(
  schema: GraphQLSchema,
  representation: unknown,
): { typename: string; resolve: ResolveReference } {
  const typename =
    typeof representation === 'object' && representation !== null && '__typename' in representation
      ? representation.__typename
      : null
  const type = typeof typename === 'string' ? schema.getType(typename) : undefined
  const resolve = isObjectType(type) ? resolveReferenceOf(type.extensions) : undefined
  if (type === undefined || resolve === undefined) {
    const reason = 'must name a type of this subgraph that can be referred to'
    throw invalid([{ path: 'representations.__typename', reason }])
  }
  return { typename: type.name, resolve }
}

/** Where the subgraph library keeps a type's `__resolveReference`. */
function resolveReferenceOf(
  extensions: Readonly<Record<string, unknown>>,
): ResolveReference | undefined {
  const apollo = extensions['apollo'] as
    | { readonly subgraph?: { readonly resolveReference?: ResolveReference } }
    | undefined
  return apollo?.subgraph?.resolveReference
}
