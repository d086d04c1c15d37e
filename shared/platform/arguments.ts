/**
 * Bounds on every argument after coercion, defaults included: no string, list or nesting is
 * endless, and none holds a NUL, which Postgres text cannot store (spec/17-api.md §3).
 *
 * @module
 */
import {
  type GraphQLArgument,
  type GraphQLInputType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql'
import { inputDepthMax, inputListItemsMax, inputStringCharactersMax } from './limits.ts'
import { boundedScalars } from './scalars.ts'
import { invalid, openProblems, type Problems } from './validation.ts'

/** Throws `VALIDATION_ERROR` with every problem of the arguments of one field. */
export type ArgumentsCheck = (args: Readonly<Record<string, unknown>>) => void

/** Null when none of the arguments can break a bound. */
export function argumentsCheck(args: readonly GraphQLArgument[]): ArgumentsCheck | null {
  const walked = args.filter(({ type }) => canBreak(type, new Set()))
  if (walked.length === 0) return null
  return (values) => {
    const problems = openProblems()
    for (const { name, type } of walked)
      walk(type, values[name], { path: name, depth: 1, problems })
    if (problems.list.length > 0) throw invalid(problems.list)
  }
}

/** Bounds a value of no declared shape, such as a federation representation. */
export function walkUntyped(value: unknown, path: string, problems: Problems): void {
  walkFree(value, { path, depth: 1, problems })
}

interface Place {
  readonly path: string
  readonly depth: number
  readonly problems: Problems
}

function walk(type: GraphQLInputType, value: unknown, place: Place): void {
  if (isNonNullType(type)) return walk(type.ofType, value, place)
  if (value === null || value === undefined) return
  const { path, depth, problems } = place
  if (depth > inputDepthMax) {
    problems.add(path, `inputs nest at most ${inputDepthMax} levels deep`)
  } else if (isListType(type)) {
    if (!Array.isArray(value) || !checkList(value, place)) return
    for (const [index, item] of value.entries()) {
      walk(type.ofType, item, { path: `${path}[${index}]`, depth: depth + 1, problems })
    }
  } else if (isInputObjectType(type)) {
    for (const field of Object.values(type.getFields())) {
      const held: unknown = ownValue(value, field.name)
      if (held === undefined) continue
      walk(field.type, held, { path: `${path}.${field.name}`, depth: depth + 1, problems })
    }
  } else if (!isEnumType(type) && !boundedScalars.has(type.name)) {
    walkFree(value, place)
  }
}

function walkFree(value: unknown, place: Place): void {
  const { path, depth, problems } = place
  if (depth > inputDepthMax) {
    problems.add(path, `inputs nest at most ${inputDepthMax} levels deep`)
  } else if (typeof value === 'string') {
    checkText(value, place)
  } else if (Array.isArray(value)) {
    if (!checkList(value, place)) return
    for (const [index, item] of value.entries()) {
      walkFree(item, { path: `${path}[${index}]`, depth: depth + 1, problems })
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      checkText(key, place)
      walkFree(item, { path: `${path}.${key.slice(0, 64)}`, depth: depth + 1, problems })
    }
  }
}

function checkText(text: string, { path, problems }: Place): void {
  problems.require(
    text.length <= inputStringCharactersMax,
    path,
    `must hold at most ${inputStringCharactersMax} characters`,
  )
  problems.require(!text.includes('\0'), path, 'must hold no NUL character')
  problems.require(text.isWellFormed(), path, 'must hold no half of a surrogate pair')
}

function checkList(items: readonly unknown[], { path, problems }: Place): boolean {
  const isShort = items.length <= inputListItemsMax
  problems.require(isShort, path, `must hold at most ${inputListItemsMax} items`)
  return isShort
}

function ownValue(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  return Object.getOwnPropertyDescriptor(value, name)?.value
}

function canBreak(type: GraphQLInputType, visited: Set<string>): boolean {
  if (isNonNullType(type)) return canBreak(type.ofType, visited)
  if (isListType(type)) return true
  if (isEnumType(type)) return false
  if (!isInputObjectType(type)) return !boundedScalars.has(type.name)
  if (visited.has(type.name)) return true
  visited.add(type.name)
  return Object.values(type.getFields()).some((field) => canBreak(field.type, visited))
}
