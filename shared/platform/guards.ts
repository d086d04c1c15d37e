/**
 * Access rules, argument bounds and row policies, put around the fields of a schema once.
 *
 * @module
 */
import {
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLSchema,
  isObjectType,
} from 'graphql'
import { type AccessRules, accessCheck } from './access.ts'
import { argumentsCheck } from './arguments.ts'
import type { Context } from './context.ts'
import { isThenable, type RowPolicy } from './policy.ts'

/** Guards every field of every object type; introspection is left alone. */
export function guardFields(schema: GraphQLSchema, rules: AccessRules, policy: RowPolicy): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue
    for (const field of Object.values(type.getFields())) guardField(type, field, rules, policy)
  }
}

/**
 * Puts the checks around a field's resolver: may ask, may see this field of the row, arguments
 * within bounds, then the resolver, then which of its rows may be seen. A field without any stays
 * bare.
 */
function guardField(
  type: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
  rules: AccessRules,
  policy: RowPolicy,
): void {
  const access = accessCheck(rules, type, field)
  const isWhole = policy.fieldCheck(type, field.name)
  const bounds = field.name === '_entities' ? null : argumentsCheck(field.args)
  const govern = policy.govern(field.type)
  if (access === null && isWhole === null && bounds === null && govern === null) return
  const resolve = (field.resolve ?? ownField) as GraphQLFieldResolver<unknown, Context>
  const guarded: GraphQLFieldResolver<unknown, Context> = (row, args, ctx, info) => {
    access?.(ctx.caller)
    bounds?.(args)
    const run = (): unknown => {
      const value: unknown = resolve(row, args, ctx, info)
      if (govern === null) return value
      return isThenable(value)
        ? value.then((each) => govern(each, ctx, info))
        : govern(value, ctx, info)
    }
    const whole = isWhole?.(row, ctx)
    return whole === undefined ? run() : whole.then(run)
  }
  field.resolve = guarded as GraphQLFieldResolver<unknown, unknown>
  const subscribe = field.subscribe as GraphQLFieldResolver<unknown, Context> | undefined
  if (subscribe === undefined) return
  const guardedSubscribe: GraphQLFieldResolver<unknown, Context> = (row, args, ctx, info) => {
    access?.(ctx.caller)
    bounds?.(args)
    return subscribe(row, args, ctx, info)
  }
  field.subscribe = guardedSubscribe as GraphQLFieldResolver<unknown, unknown>
}

/**
 * The resolver of a field without one: the row's own property of that name, so that `constructor`
 * and its kin never answer. A function there is called, as for a count that is made when asked for.
 */
export const ownField: GraphQLFieldResolver<unknown, unknown> = (row, args, ctx, info) => {
  if (typeof row !== 'object' || row === null || !Object.hasOwn(row, info.fieldName))
    return undefined
  const value: unknown = Reflect.get(row, info.fieldName)
  return typeof value === 'function' ? value.call(row, args, ctx, info) : value
}
