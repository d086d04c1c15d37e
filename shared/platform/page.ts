/**
 * Keyset pages: `(a, b) > ($1, $2)` by row comparison, never OFFSET, so that page 1,800 costs what
 * page 1 costs (spec/17-api.md §4).
 *
 * @module
 */
import { digestOfBytes } from '@sez/core/digest'
import { SezError } from '@sez/core/errors'
import { invariant } from '@sez/core/invariant'
import { asc, desc, sql, type SQL } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import { cursorCharactersMax, pageRowsDefault, pageRowsMax } from './limits.ts'

export type CursorKind = 'text' | 'instant' | 'bigint' | 'int'
export type CursorValue = string | Date | bigint | number

/** One column of an order. `of` reads the same value from a row that the column holds. */
export interface PageKey<Row> {
  readonly column: PgColumn
  readonly kind: CursorKind
  of(row: Row): CursorValue
}

/**
 * A total order of a list. All keys run the same way, which is what row comparison can do, and the
 * last of them is unique. None may be null.
 */
export interface PageOrder<Row> {
  /** The name in the API, `CREATED_AT_DESC`. */
  readonly name: string
  readonly direction: 'asc' | 'desc'
  readonly keys: readonly PageKey<Row>[]
}

export interface PageArgs {
  readonly first?: number | null | undefined
  readonly after?: string | null | undefined
}

/** What a list query needs: `where` beside its own conditions, `orderBy`, `limit`. */
export interface Page<Row> {
  readonly list: string
  readonly order: PageOrder<Row>
  /** Rows to show; `limit` is one more, to know whether there is a next page. */
  readonly size: number
  readonly limit: number
  readonly where: SQL | undefined
  readonly orderBy: SQL[]
  readonly hasPreviousPage: boolean
}

export interface PageInfo {
  readonly hasNextPage: boolean
  readonly hasPreviousPage: boolean
  readonly startCursor: string | null
  readonly endCursor: string | null
}

export interface Connection<Node> {
  readonly edges: { readonly cursor: string; readonly node: Node }[]
  readonly nodes: Node[]
  readonly pageInfo: PageInfo
  readonly totalCount: number | null
}

/**
 * How many rows the caller wants.
 *
 * @throws {SezError} `VALIDATION_ERROR` below 1, `PAGE_SIZE_EXCEEDED` beyond `pageRowsMax`.
 */
export function pageSize(first: number | null | undefined): number {
  if (first === null || first === undefined) return pageRowsDefault
  if (first > pageRowsMax) {
    throw new SezError('PAGE_SIZE_EXCEEDED', { field: 'first', max: pageRowsMax })
  }
  if (!Number.isInteger(first) || first < 1) {
    const reason = `first must be between 1 and ${pageRowsMax}`
    throw new SezError('VALIDATION_ERROR', {
      field: 'first',
      problems: [{ path: 'first', reason }],
    })
  }
  return first
}

/**
 * The page a caller asks for.
 *
 * @param list Names the list, `Query.entities`: a cursor of one list is refused by every other.
 * @throws {SezError} `PAGE_SIZE_EXCEEDED`, `VALIDATION_ERROR`, else `CURSOR_INVALID`.
 */
export function openPage<Row>(
  list: string,
  order: PageOrder<Row>,
  { first, after }: PageArgs,
): Page<Row> {
  const size = pageSize(first)
  const position = after === null || after === undefined ? null : parseCursor(list, order, after)
  return {
    list,
    order,
    size,
    limit: size + 1,
    where: position === null ? undefined : keyset(order, position),
    orderBy: order.keys.map(({ column }) => (order.direction === 'asc' ? asc : desc)(column)),
    hasPreviousPage: position !== null,
  }
}

/** `(a, b) > ($1, $2)`, or `<` in a descending order. */
export function keyset<Row>(order: PageOrder<Row>, position: readonly CursorValue[]): SQL {
  invariant(order.keys.length === position.length, `a position of ${order.name} has its keys`)
  invariant(
    order.keys.every(({ column }) => column.notNull),
    `every column of the order ${order.name} is NOT NULL, or rows are skipped`,
  )
  const columns = sql.join(
    order.keys.map(({ column }) => sql`${column}`),
    sql`, `,
  )
  const values = sql.join(
    order.keys.map(({ column }, index) => sql`${sql.param(position[index], column)}`),
    sql`, `,
  )
  return order.direction === 'asc'
    ? sql`(${columns}) > (${values})`
    : sql`(${columns}) < (${values})`
}

/**
 * The Relay connection of up to `page.limit` rows fetched for `page`, in its order.
 *
 * @param totalCount Only where it is cheap or asked for.
 */
export function connection<Row>(
  page: Page<Row>,
  rows: readonly Row[],
  totalCount: number | null = null,
): Connection<Row> {
  const nodes = rows.slice(0, page.size)
  const edges = nodes.map((node) => ({ cursor: cursorOf(page.list, page.order, node), node }))
  return {
    edges,
    nodes,
    pageInfo: {
      hasNextPage: rows.length > page.size,
      hasPreviousPage: page.hasPreviousPage,
      startCursor: edges.at(0)?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    totalCount,
  }
}

/** The opaque cursor of one row. */
export function cursorOf<Row>(list: string, order: PageOrder<Row>, row: Row): string {
  const values = order.keys.map((key) => printValue(key.kind, key.of(row)))
  return Buffer.from([fingerprint(list, order), ...values].join('\0')).toString('base64url')
}

function parseCursor<Row>(list: string, order: PageOrder<Row>, cursor: string): CursorValue[] {
  if (cursor.length > cursorCharactersMax) throw cursorInvalid()
  const bytes = Buffer.from(cursor, 'base64url')
  // Buffer skips what is not base64url; a cursor we made survives the round trip unchanged.
  if (bytes.toString('base64url') !== cursor) throw cursorInvalid()
  const [mark, ...texts] = bytes.toString('utf8').split('\0')
  if (mark !== fingerprint(list, order) || texts.length !== order.keys.length) {
    throw cursorInvalid()
  }
  return order.keys.map(({ kind }, index) => parseValue(kind, texts[index] ?? ''))
}

const encoder = new TextEncoder()
const fingerprints = new Map<string, string>()
const fingerprintDigits = 16

/** Binds a cursor to its list, order, direction and key kinds. */
function fingerprint<Row>(list: string, order: PageOrder<Row>): string {
  const text = [list, order.name, order.direction, ...order.keys.map(({ kind }) => kind)].join('\0')
  const known = fingerprints.get(text)
  if (known !== undefined) return known
  const made = digestOfBytes(encoder.encode(text)).slice(0, fingerprintDigits)
  fingerprints.set(text, made)
  return made
}

function printValue(kind: CursorKind, value: CursorValue): string {
  if (kind === 'instant') {
    invariant(value instanceof Date, 'an instant key reads a Date')
    return String(value.getTime())
  }
  invariant(!(value instanceof Date), `a ${kind} key reads no Date`)
  return String(value)
}

const instantMsMax = 8_640_000_000_000_000
const bigintMax = 2n ** 63n - 1n
const intMax = 2 ** 31 - 1

function parseValue(kind: CursorKind, text: string): CursorValue {
  if (kind === 'text') {
    if (text.includes('\u{fffd}')) throw cursorInvalid()
    return text
  }
  if (!/^-?\d{1,19}$/u.test(text)) throw cursorInvalid()
  const value = BigInt(text)
  const max = { bigint: bigintMax, int: BigInt(intMax), instant: BigInt(instantMsMax) }[kind]
  if (value > max || value < -max) throw cursorInvalid()
  if (kind === 'bigint') return value
  return kind === 'int' ? Number(value) : new Date(Number(value))
}

function cursorInvalid(): SezError {
  return new SezError('CURSOR_INVALID', { field: 'after' })
}
