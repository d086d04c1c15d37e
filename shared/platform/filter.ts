/**
 * The one filter grammar of all lists: `eq`, `in`, `prefix`, `from`/`until`, and `and`/`or` around
 * them (spec/17-api.md §5). An absent or null member says nothing.
 *
 * @module
 */
import { and, eq, gte, inArray, like, lt, or, sql, type SQL } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import { filterDepthMax, filterTermsMax, filterValuesMax } from './limits.ts'
import { openProblems, type Problems } from './validation.ts'

type Maybe<T> = T | null | undefined

export interface TextFilter {
  readonly eq?: Maybe<string>
  readonly in?: Maybe<readonly string[]>
  readonly prefix?: Maybe<string>
}
export interface ChoiceFilter<T> {
  readonly eq?: Maybe<T>
  readonly in?: Maybe<readonly T[]>
}
/** `from` is part of the range, `until` is not. */
export interface RangeFilter<T> {
  readonly from?: Maybe<T>
  readonly until?: Maybe<T>
}

/** What one field of a filter means in SQL; undefined when it says nothing. */
export type Condition<V> = (value: V) => SQL | undefined

/** One condition per field of a filter input, `and` and `or` apart. */
export type FilterFields<F> = {
  readonly [K in Exclude<keyof F, 'and' | 'or'>]-?: Condition<NonNullable<F[K]>>
}

interface Nesting<F> {
  readonly and?: Maybe<readonly F[]>
  readonly or?: Maybe<readonly F[]>
}

/** Text by equality, list or prefix. Prefixes use an index only on `COLLATE "C"` columns. */
export function textCondition(column: PgColumn): Condition<TextFilter> {
  return (filter) =>
    and(
      ...choices(column, filter),
      isGiven(filter.prefix) ? like(column, `${likeLiteral(filter.prefix)}%`) : undefined,
    )
}

/** Enums, ids and other closed values by equality or list. */
export function choiceCondition<T extends string | number | bigint>(
  column: PgColumn,
): Condition<ChoiceFilter<T>> {
  return (filter) => and(...choices(column, filter))
}

/** Instants, dates and numbers by half-open range. */
export function rangeCondition<T extends Date | string | bigint | number>(
  column: PgColumn,
): Condition<RangeFilter<T>> {
  return ({ from, until }) =>
    and(
      isGiven(from) ? gte(column, from) : undefined,
      isGiven(until) ? lt(column, until) : undefined,
    )
}

/**
 * The SQL of a filter: its fields and nested filters, all of which must hold.
 *
 * @param path Where the filter sits in the arguments, for the problems.
 * @returns Undefined when the filter says nothing.
 * @throws {SezError} `VALIDATION_ERROR` beyond `filterDepthMax` levels, `filterTermsMax` fields or
 *   `filterValuesMax` values in a list, and for an empty `or`.
 */
export function filterSql<F extends Nesting<F>>(
  filter: Maybe<F>,
  fields: FilterFields<F>,
  path = 'filter',
): SQL | undefined {
  if (!isGiven(filter)) return undefined
  const problems = openProblems()
  checkFilter(filter, { path, depth: 1, problems, terms: { count: 0 } })
  problems.refuse()
  return build(filter, fields)
}

function build<F extends Nesting<F>>(filter: F, fields: FilterFields<F>): SQL | undefined {
  const conditions: (SQL | undefined)[] = []
  // Own keys of the compiled table only: a filter cannot name what the table does not hold.
  for (const name of Object.keys(fields) as (keyof FilterFields<F>)[]) {
    const value = Object.hasOwn(filter, name) ? filter[name] : undefined
    // isGiven narrows to NonNullable, which the compiler cannot see through a generic key.
    if (isGiven(value)) conditions.push(fields[name](value as NonNullable<typeof value>))
  }
  for (const nested of filter.and ?? []) conditions.push(build(nested, fields))
  if (isGiven(filter.or)) {
    // A branch that says nothing holds for every row, and so does the whole alternative.
    const branches = filter.or.map((nested) => build(nested, fields))
    if (branches.every((branch) => branch !== undefined)) conditions.push(or(...branches))
  }
  return and(...conditions)
}

interface Place {
  readonly path: string
  readonly depth: number
  readonly problems: Problems
  readonly terms: { count: number }
}

function checkFilter<F extends Nesting<F>>(filter: F, place: Place): void {
  const { path, depth, problems, terms } = place
  if (depth > filterDepthMax) {
    problems.add(path, `filters nest at most ${filterDepthMax} levels deep`)
    return
  }
  for (const [name, value] of Object.entries(filter)) {
    if (!isGiven(value) || name === 'and' || name === 'or') continue
    terms.count += 1
    if (terms.count === filterTermsMax + 1) {
      problems.add(path, `a filter holds at most ${filterTermsMax} fields`)
    }
    checkValues(value, `${path}.${name}`, problems)
  }
  problems.require(filter.or?.length !== 0, `${path}.or`, 'or needs at least one alternative')
  for (const word of ['and', 'or'] as const) {
    for (const [index, nested] of (filter[word] ?? []).entries()) {
      checkFilter(nested, { ...place, path: `${path}.${word}[${index}]`, depth: depth + 1 })
      if (terms.count > filterTermsMax) return
    }
  }
}

function checkValues(value: unknown, path: string, problems: Problems): void {
  if (typeof value !== 'object' || value === null || !('in' in value)) return
  const values = value.in
  problems.require(
    !Array.isArray(values) || values.length <= filterValuesMax,
    `${path}.in`,
    `a list of values holds at most ${filterValuesMax}`,
  )
}

function choices<T>(column: PgColumn, filter: ChoiceFilter<T>): (SQL | undefined)[] {
  return [
    isGiven(filter.eq) ? eq(column, filter.eq) : undefined,
    isGiven(filter.in)
      ? filter.in.length === 0
        ? sql`false`
        : inArray(column, [...filter.in])
      : undefined,
  ]
}

function likeLiteral(text: string): string {
  return text.replaceAll(/[\\%_]/gu, (sign) => `\\${sign}`)
}

function isGiven<T>(value: Maybe<T>): value is T {
  return value !== null && value !== undefined
}
