/**
 * Row policy: who may see an object sits on its type and holds wherever the object surfaces: root,
 * list, connection, nested, `_entities`, mutation payload, event (DESIGN §7).
 *
 * @module
 */
import { SezError } from '@sez/core/errors'
import { invariant } from '@sez/core/invariant'
import {
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  isAbstractType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql'
import type { Context } from './context.ts'

/** Who may see rows of one GraphQL type. `Row` is what its resolvers return. */
export interface TypePolicy<Row = never> {
  /** Whether the caller may know that this row exists. */
  seen(row: Row, ctx: Context): boolean | Promise<boolean>
  /** Whether the caller may see all of it; without this, whoever sees a row sees all of it. */
  full?(row: Row, ctx: Context): boolean | Promise<boolean>
  /** The fields of those who may not see all of it. */
  readonly publicFields?: readonly string[]
}

export type Policies = Readonly<Record<string, TypePolicy>>

/** For rows that are public: reference data and public registers. Said aloud, never by omission. */
export const everyRow: TypePolicy = { seen: () => true }

/** Takes out of a field's value what its caller may not see. */
export type Govern = (value: unknown, ctx: Context, info: GraphQLResolveInfo) => unknown

type Verdict = boolean | Promise<boolean>
/** The policy's answer for the object an item stands for. */
type Judge = (item: object, ctx: Context, info: GraphQLResolveInfo) => Verdict

/** What the policies of a schema do to its fields. */
export interface RowPolicy {
  /** Null when nothing a field of this type returns has a policy. */
  govern(type: GraphQLOutputType): Govern | null
  /** Null when whoever sees a row of `parent` sees this field of it. */
  fieldCheck(
    parent: GraphQLObjectType,
    field: string,
  ): ((row: unknown, ctx: Context) => void | Promise<void>) | null
}

/** Compiles the policies of one schema; a policy that fits no type or field stops the start. */
export function rowPolicy(schema: GraphQLSchema, policies: Policies): RowPolicy {
  for (const [name, policy] of Object.entries(policies)) requireFit(schema, name, policy)
  const seen = new Map<string, Judge>()
  const full = new Map<string, Judge>()
  for (const [name, policy] of Object.entries(policies)) {
    // A policy is registered for the rows of its type, which its resolvers promise to return.
    seen.set(
      name,
      once((row, ctx) => policy.seen(row as never, ctx)),
    )
    if (policy.full === undefined) continue
    full.set(
      name,
      once((row, ctx) => policy.full?.(row as never, ctx) ?? false),
    )
  }
  return {
    govern(type) {
      const judge = judgeOf(schema, namedOf(type), seen)
      return judge === null ? null : governed(type, judge)
    },
    fieldCheck(parent, field) {
      const judge = full.get(parent.name)
      if (judge === undefined || policies[parent.name]?.publicFields?.includes(field) === true) {
        return null
      }
      return (row, ctx) => {
        if (typeof row !== 'object' || row === null) return refuseField(parent, field)
        const verdict = judge(row, ctx, noInfo)
        if (verdict === true) return undefined
        if (verdict === false) return refuseField(parent, field)
        return verdict.then((isAllowed) => (isAllowed ? undefined : refuseField(parent, field)))
      }
    },
  }
}

/** `full` is asked about rows of a known object type and never needs to resolve one. */
const noInfo = Object.freeze({}) as GraphQLResolveInfo

function refuseField(parent: GraphQLObjectType, field: string): never {
  throw new SezError('UNAUTHORIZED_FIELD', { field: `${parent.name}.${field}` })
}

function requireFit(schema: GraphQLSchema, name: string, policy: TypePolicy): void {
  const type = schema.getType(name)
  invariant(isObjectType(type), `a policy is for ${name}, which is no object type of the schema`)
  for (const field of policy.publicFields ?? []) {
    invariant(field in type.getFields(), `the policy of ${name} names no field ${field}`)
  }
}

function namedOf(type: GraphQLOutputType): GraphQLOutputType {
  return isNonNullType(type) || isListType(type) ? namedOf(type.ofType) : type
}

function judgeOf(
  schema: GraphQLSchema,
  type: GraphQLOutputType,
  seen: ReadonlyMap<string, Judge>,
): Judge | null {
  if (isAbstractType(type)) {
    const possible = schema.getPossibleTypes(type)
    if (!possible.some(({ name }) => seen.has(name))) return null
    return async (item, ctx, info) => {
      const resolve = type.resolveType
      const name = await (resolve?.(item, ctx, info, type) ?? typenameOf(item))
      // What has no type here is refused by the executor with a message of its own.
      return name === undefined ? true : (seen.get(name)?.(item, ctx, info) ?? true)
    }
  }
  if (!isObjectType(type)) return null
  const own = seen.get(type.name)
  if (own !== undefined) return own
  // An edge stands for its node: where the node is unseen, so is that it is in the list.
  const node = type.getFields()['node']
  const inner = node === undefined ? null : judgeOf(schema, namedOf(node.type), seen)
  if (inner === null) return null
  return (edge, ctx, info) => {
    const row: unknown = Object.hasOwn(edge, 'node') && 'node' in edge ? edge.node : null
    if (isThenable(row)) {
      return Promise.resolve(row).then((each) => (isRow(each) ? inner(each, ctx, info) : true))
    }
    return isRow(row) ? inner(row, ctx, info) : true
  }
}

function typenameOf(item: object): string | undefined {
  const name = '__typename' in item ? item.__typename : undefined
  return typeof name === 'string' ? name : undefined
}

function governed(type: GraphQLOutputType, judge: Judge): Govern {
  const isNullable = !isNonNullType(type)
  const inner = isNullable ? type : type.ofType
  if (isListType(inner)) return governedList(inner.ofType, judge)
  return (value, ctx, info) => {
    if (!isRow(value)) return value
    return answer(judge(value, ctx, info), value, isNullable)
  }
}

function answer(verdict: Verdict, value: unknown, isNullable: boolean): unknown {
  if (verdict === true) return value
  if (verdict !== false) return verdict.then((isSeen) => answer(isSeen, value, isNullable))
  if (isNullable) return null
  throw new SezError('NOT_FOUND')
}

/** Unseen items become null, or leave the list where its items may not be null. */
function governedList(itemType: GraphQLOutputType, judge: Judge): Govern {
  const isNullable = !isNonNullType(itemType)
  const inner = isNullable ? itemType : itemType.ofType
  const nested = isListType(inner) ? governed(itemType, judge) : null
  const governItems = (items: readonly unknown[], ctx: Context, info: GraphQLResolveInfo) => {
    if (nested !== null) return items.map((item) => nested(item, ctx, info))
    const verdicts = items.map((item) => (isRow(item) ? judge(item, ctx, info) : true))
    const keep = (said: readonly boolean[]): unknown[] =>
      isNullable
        ? items.map((item, index) => (said[index] === true ? item : null))
        : items.filter((_, index) => said[index] === true)
    return verdicts.every((verdict) => typeof verdict === 'boolean')
      ? keep(verdicts)
      : Promise.all(verdicts.map((verdict) => Promise.resolve(verdict))).then(keep)
  }
  return (value, ctx, info) => {
    if (!isIterable(value)) return value
    const items = [...value]
    return items.some(isThenable)
      ? Promise.all(items.map(settled)).then((each) => governItems(each, ctx, info))
      : governItems(items, ctx, info)
  }
}

/** A failed item is an error of its own place, as the executor has it. */
async function settled(item: unknown): Promise<unknown> {
  try {
    return await item
  } catch (failure) {
    return failure instanceof Error ? failure : new SezError('INTERNAL', {}, { cause: failure })
  }
}

/** Query builders are thenable without being promises. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'then' in value &&
    typeof value.then === 'function'
  )
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value
}

/** Errors stand for themselves in a list that a loader filled. */
function isRow(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !(value instanceof Error)
}

/** Asks once per request and row, however often the row surfaces. */
function once(ask: (row: object, ctx: Context) => Verdict): Judge {
  const verdicts = new WeakMap<Context, WeakMap<object, Verdict>>()
  return (row, ctx) => {
    let known = verdicts.get(ctx)
    if (known === undefined) verdicts.set(ctx, (known = new WeakMap()))
    const said = known.get(row)
    if (said !== undefined) return said
    const verdict = ask(row, ctx)
    known.set(row, verdict)
    return verdict
  }
}
