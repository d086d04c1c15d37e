/** A small subgraph in which a row surfaces everywhere it can, for tests of the API. @module */
import { type Did, didFromPublicKey } from '@sez/core/did'
import { SezError } from '@sez/core/errors'
import { zoneId } from '@sez/core/ids'
import type { Role } from '@sez/core/roles'
import { parse } from 'graphql'
import { anonymous, type Caller, type Context } from './context.ts'
import { openLog } from './log.ts'
import { everyRow, type TypePolicy } from './policy.ts'
import type { Stream } from './stream.ts'
import {
  openSubgraph,
  type RequestScope,
  type Subgraph,
  type SubgraphDefinition,
} from './subgraph.ts'

export const owner: Did = didFromPublicKey(new Uint8Array(32).fill(7))
export const stranger: Did = didFromPublicKey(new Uint8Array(32).fill(9))

/** A book is private to its owner, or listed: then everyone sees its id and title. */
export interface BookRow {
  readonly id: string
  readonly title: string
  readonly notes: string
  readonly owner: Did
  readonly isListed: boolean
}

const book = (id: string, isListed: boolean): BookRow =>
  Object.freeze({ id, title: `Book ${id}`, notes: `Notes of ${id}`, owner, isListed })

export const books: readonly BookRow[] = [book('listed', true), book('private', false)]

const find = (id: string): BookRow | null => books.find((each) => each.id === id) ?? null

/** How often each policy was asked since the last reset. */
export const asked = { seen: 0 }

const bookPolicy: TypePolicy<BookRow> = {
  async seen(row, { caller }) {
    asked.seen += 1
    return row.isListed || row.owner === caller.did || caller.roles.has('REGISTRAR')
  },
  full: (row, { caller }) => row.owner === caller.did || caller.roles.has('REGISTRAR'),
  publicFields: ['id', 'title', 'sequel', 'audit'],
}

/** A queue that ends at once when it is closed, even while somebody waits. */
export function queueOf<T>(items: readonly T[], ending?: Error): Stream<T> & { isClosed: boolean } {
  const left = [...items]
  const closed = Promise.withResolvers<IteratorReturnResult<undefined>>()
  const queue: Stream<T> & { isClosed: boolean } = {
    isClosed: false,
    next() {
      const item = left.shift()
      if (item !== undefined) return Promise.resolve({ done: false, value: item })
      return ending === undefined ? closed.promise : Promise.reject(ending)
    },
    async return() {
      queue.isClosed = true
      closed.resolve({ done: true, value: undefined })
      return closed.promise
    },
    [Symbol.asyncIterator]: () => queue,
  }
  return queue
}

export interface Library {
  readonly subgraph: Subgraph
  /** The lines logged so far. */
  readonly logged: string[]
  /** What the next subscription follows. */
  source: Stream<{ readonly id: string }> & { isClosed: boolean }
  now: Date
}

/** Opens the library; parts of its definition can be replaced to see what that breaks. */
export function openLibrary(changes: Partial<SubgraphDefinition> = {}): Library {
  const logged: string[] = []
  const library = { logged, source: queueOf<{ id: string }>([]), now: new Date(1_700_000_000_000) }
  const definition: SubgraphDefinition = {
    name: 'library',
    schema: new URL('library.fixture.graphql', import.meta.url),
    resolvers: resolversOf(library),
    policies: { Book: bookPolicy, Note: everyRow },
    reactions: [],
    ...changes,
  }
  const ground = {
    zone: { zoneId: zoneId('test'), name: 'Test', did: owner, mode: 'development' as const },
    log: openLog({ level: 'warn', pretty: false, stream: { write: (line) => logged.push(line) } }),
    now: () => library.now,
    random: (bytes: number) => new Uint8Array(bytes),
    afterCommit: () => undefined,
  }
  // The library holds no data, so nothing asks for a database, feed or key.
  const subgraph = openSubgraph(definition, ground as unknown as Context)
  return Object.assign(library, { subgraph })
}

const failures: Readonly<Record<string, () => unknown>> = {
  down: () => {
    throw new SezError('DATABASE_UNAVAILABLE', {}, { cause: new Error('the reason below') })
  },
  coded: () => {
    throw new SezError('VALIDATION_ERROR', { field: 'kind', max: 3 }, { cause: new Error('why') })
  },
  late: () => Promise.reject(new SezError('RATE_LIMITED', { retryAfterMs: 250 })),
  plain: () => {
    throw new TypeError('secret detail')
  },
  leaf: () => ({ toString: 'no string' }),
  text: () => Promise.reject('a rejected text'),
}

function resolversOf(library: Pick<Library, 'source'>): object {
  const event = ({ id }: { readonly id: string }): object => ({
    book: failures[id]?.() ?? find(id),
  })
  return {
    Query: {
      hello: () => 'hello',
      whoami: (_: unknown, __: unknown, ctx: Context) => ctx.caller.did,
      archive: () => 'archive',
      ledger: () => ({ balance: 2n ** 62n }),
      book: (_: unknown, { id }: { id: string }) => find(id),
      bookRequired: async (_: unknown, { id }: { id: string }) => find(id),
      books: () => books,
      booksRequired: () => books.map((each) => Promise.resolve(each)),
      shelves: () => [books, []],
      page: () => ({
        nodes: books,
        edges: books.map((node) => ({ node, cursor: node.id })),
        totalCount: () => Promise.resolve(books.length),
      }),
      search: () => [...books, { id: 'note' }],
      item: (_: unknown, { id }: { id: string }) => find(id),
      echo: (_: unknown, { input }: { input: unknown }) => input,
      moment: (_: unknown, { at }: { at: Date }) => at,
      fail: (_: unknown, { kind }: { kind: string }) => failures[kind]?.(),
      failRequired: () => null,
      wait: () => new Promise(() => undefined),
    },
    Mutation: { write: (_: unknown, { id }: { id: string }) => ({ book: find(id) }) },
    Subscription: {
      bookWritten: { subscribe: () => library.source, resolve: event },
      bookStream: {
        subscribe: () => library.source,
        resolve: (row: { readonly id: string }) => find(row.id),
      },
    },
    BookWritten: {
      request: (_: unknown, __: unknown, ctx: Context) => {
        ctx.loaders.set(`loader ${ctx.loaders.size}`, null)
        return ctx.loaders.size
      },
    },
    Book: {
      sequel: () => find('private'),
      audit: () => 'audited',
      __resolveReference: ({ id }: { id: string }) => find(id),
    },
    Note: { __resolveReference: ({ id }: { id: string }) => ({ id }) },
    Item: { __resolveType: () => 'Book' },
    Found: { __resolveType: (row: object) => ('title' in row ? 'Book' : 'Note') },
  }
}

/** A caller with these roles. */
export function callerOf(did: Did | null, ...roles: readonly Role[]): Caller {
  return { ...anonymous, did, roles: new Set(roles) }
}

/** The scope of one request. */
export function scopeOf(caller: Caller = anonymous, signal?: AbortSignal): RequestScope {
  return { caller, correlationId: 'test-request', signal: signal ?? new AbortController().signal }
}

/** Runs a query text and gives data and errors with their prototypes taken off. */
export async function ask(
  { subgraph }: Library,
  text: string,
  caller?: Caller,
  variables?: Readonly<Record<string, unknown>>,
): Promise<{ data: unknown; codes: unknown[]; errors: readonly Record<string, unknown>[] }> {
  const request = { document: parse(text), ...(variables === undefined ? {} : { variables }) }
  const result = structuredClone(await subgraph.execute(request, scopeOf(caller)))
  const errors = (result.errors ?? []) as unknown as readonly Record<string, unknown>[]
  const codes = (result.errors ?? []).map(({ extensions }) => extensions?.['code'])
  return { data: result.data, codes, errors }
}
