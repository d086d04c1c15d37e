/** The planner's data rewrites: setting and renaming keys in representations and answers. @module */
import type { FetchDataRewrite } from '@apollo/query-planner'
import { type GraphQLSchema, isAbstractType, isInterfaceType, isObjectType } from 'graphql'
import { assign, type DataObject, own, type ResponsePath } from './merge.ts'

const typeConditionPrefix = '... on '

/** Applies every rewrite to `value` in place. */
export function applyRewrites(
  schema: GraphQLSchema,
  rewrites: readonly FetchDataRewrite[],
  value: unknown,
): void {
  for (const rewrite of rewrites) applyAt(schema, rewrite, value, 0)
}

function applyAt(
  schema: GraphQLSchema,
  rewrite: FetchDataRewrite,
  value: unknown,
  depth: number,
): void {
  if (Array.isArray(value)) {
    for (const item of value) applyAt(schema, rewrite, item, depth)
    return
  }
  if (value === null || typeof value !== 'object') return
  const object = value as DataObject
  const step = rewrite.path[depth]
  if (step === undefined) return
  if (depth === rewrite.path.length - 1) {
    rewriteKey(rewrite, object, step)
    return
  }
  if (!step.startsWith(typeConditionPrefix)) {
    applyAt(schema, rewrite, own(object, step), depth + 1)
    return
  }
  const typename = own(object, '__typename')
  const condition = step.slice(typeConditionPrefix.length)
  if (typeof typename !== 'string' || matchesType(schema, typename, condition)) {
    applyAt(schema, rewrite, object, depth + 1)
  }
}

function rewriteKey(rewrite: FetchDataRewrite, object: DataObject, key: string): void {
  if (rewrite.kind === 'ValueSetter') {
    assign(object, key, rewrite.setValueTo)
    return
  }
  const value = own(object, key)
  if (value === undefined) return
  delete object[key]
  assign(object, rewrite.renameKeyTo, value)
}

/** An error's path after the same renames: a planner's alias means nothing to the client. */
export function renamePath(
  rewrites: readonly FetchDataRewrite[] | undefined,
  path: ResponsePath,
): ResponsePath {
  if (rewrites === undefined) return path
  return path.map((step) => {
    if (typeof step === 'number') return step
    const rename = rewrites.find((one) => one.kind === 'KeyRenamer' && one.path.at(-1) === step)
    return rename?.kind === 'KeyRenamer' ? rename.renameKeyTo : step
  })
}

/** Whether an object of type `typename` satisfies the type condition `condition`. */
export function matchesType(schema: GraphQLSchema, typename: string, condition: string): boolean {
  if (typename === condition) return true
  const type = schema.getType(typename)
  const wanted = schema.getType(condition)
  if (!isAbstractType(wanted)) return false
  return (isObjectType(type) || isInterfaceType(type)) && schema.isSubType(wanted, type)
}
