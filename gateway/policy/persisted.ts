/**
 * Automatic persisted queries: a client names a document by its SHA-256 and sends the text only once
 * (spec/22-gateway.md §2).
 *
 * @module
 */
import { digestOfBytes, isDigest } from '@sez/core/digest'
import { SezError } from '@sez/core/errors'
import { BoundedCache } from '@sez/platform/bounded-cache'
import { isDataObject, own } from '../plan/merge.ts'

export interface PersistedQueries {
  /**
   * The text of a document named by `extensions.persistedQuery`, or `query` as it is.
   *
   * @throws {SezError} `REQUEST_INVALID`, `PERSISTED_QUERY_MISMATCH` when text and hash differ,
   *   `PERSISTED_QUERY_NOT_FOUND` when the text must be sent along.
   */
  textOf(query: string | null, extensions: Readonly<Record<string, unknown>>): string
  /** Keeps a text that was found well formed under its hash, if the client named one. */
  keep(query: string, extensions: Readonly<Record<string, unknown>>): void
}

const bounds = { entriesMax: 5_000, bytesMax: 32 * 1024 * 1024 }

export function openPersistedQueries(): PersistedQueries {
  const texts = new BoundedCache<string, string>(bounds)
  return {
    textOf(query, extensions) {
      const hash = hashOf(extensions)
      if (hash === null) {
        if (query === null) throw new SezError('REQUEST_INVALID', { field: 'query' })
        return query
      }
      const known = texts.get(hash)
      if (query === null) {
        if (known === undefined) throw new SezError('PERSISTED_QUERY_NOT_FOUND')
        return known
      }
      if (query !== known && digestOfBytes(Buffer.from(query)) !== hash) {
        throw new SezError('PERSISTED_QUERY_MISMATCH')
      }
      return query
    },
    keep(query, extensions) {
      const hash = hashOf(extensions)
      if (hash !== null && texts.get(hash) === undefined) texts.set(hash, query, 2 * query.length)
    },
  }
}

/** The hash a request names; null when it names none. */
function hashOf(extensions: Readonly<Record<string, unknown>>): string | null {
  const named = own(extensions, 'persistedQuery') ?? null
  if (named === null) return null
  const hash = isDataObject(named) && own(named, 'version') === 1 ? own(named, 'sha256Hash') : null
  if (isDigest(hash)) return hash
  throw new SezError('REQUEST_INVALID', { field: 'extensions.persistedQuery' })
}
