/** What a gateway sends to a subgraph: its form, its limits, and its documents parsed once. @module */
import { SezError } from '@sez/core/errors'
import { isJsonObject, type JsonObject } from '@sez/core/json'
import { type DocumentNode, getOperationAST, GraphQLError, OperationTypeNode, parse } from 'graphql'
import { BoundedCache } from './bounded-cache.ts'
import { jsonOf, textOf } from './body.ts'
import {
  jsonDepthMax,
  subgraphDocumentBytesMax,
  subgraphDocumentsMax,
  subgraphQueryTokensMax,
} from './limits.ts'
import type { SubgraphRequest } from './operations.ts'

export type OperationKind = OperationTypeNode | null

/** A request whose document is parsed when it is first asked for. */
export interface ReceivedRequest {
  readonly request: SubgraphRequest
  /** Null when no single operation is meant, which execution then says. */
  readonly kind: OperationKind
}

export interface RequestReader {
  /**
   * The GraphQL request in the bytes of a body or of a batch line.
   *
   * @throws {SezError} `BODY_NOT_UTF8`, `BODY_NOT_JSON`, `REQUEST_INVALID` naming the field at fault,
   *   `QUERY_TOO_LONG`, `GRAPHQL_INVALID`.
   */
  read(bytes: Uint8Array): ReceivedRequest
}

/** A parsed document weighs several times its text. */
const bytesPerCharacter = 20

/** Reads requests; the same text gives the same document, so that it is validated once. */
export function openRequestReader(): RequestReader {
  const documents = new BoundedCache<string, DocumentNode>({
    entriesMax: subgraphDocumentsMax,
    bytesMax: subgraphDocumentBytesMax,
  })
  return {
    read(bytes) {
      const { query, operationName, variables } = parseRequest(jsonOf(textOf(bytes)))
      const document = documents.getOrMake(query, () => ({
        value: parseDocument(query),
        bytes: query.length * bytesPerCharacter,
      }))
      const kind = getOperationAST(document, operationName)?.operation ?? null
      const request = operationName === undefined ? {} : { operationName }
      return { request: { ...request, document, variables }, kind }
    },
  }
}

interface RequestFields {
  readonly query: string
  readonly operationName: string | undefined
  readonly variables: JsonObject
}

function parseRequest(value: unknown): RequestFields {
  if (!isJsonObject(value)) throw new SezError('REQUEST_INVALID', { field: 'body' })
  const { query } = value
  if (typeof query !== 'string' || query === '') {
    throw new SezError('REQUEST_INVALID', { field: 'query' })
  }
  const operationName = value['operationName'] ?? undefined
  if (operationName !== undefined && typeof operationName !== 'string') {
    throw new SezError('REQUEST_INVALID', { field: 'operationName' })
  }
  const variables = value['variables'] ?? {}
  if (!isJsonObject(variables) || isDeeperThan(variables, jsonDepthMax)) {
    throw new SezError('REQUEST_INVALID', { field: 'variables' })
  }
  if (!isJsonObject(value['extensions'] ?? {})) {
    throw new SezError('REQUEST_INVALID', { field: 'extensions' })
  }
  return { query, operationName: operationName === '' ? undefined : operationName, variables }
}

/** Goes level by level, so that no depth can exhaust the stack. */
function isDeeperThan(value: object, depthMax: number): boolean {
  let level: object[] = [value]
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > depthMax) return true
    const below: object[] = []
    for (const parent of level) {
      for (const child of Object.values(parent)) {
        if (typeof child === 'object' && child !== null) below.push(child as object)
      }
    }
    level = below
  }
  return false
}

function parseDocument(query: string): DocumentNode {
  try {
    return parse(query, { maxTokens: subgraphQueryTokensMax })
  } catch (cause) {
    if (!(cause instanceof GraphQLError)) throw cause
    if (/tokens\. Parsing aborted/u.test(cause.message)) {
      throw new SezError('QUERY_TOO_LONG', { max: subgraphQueryTokensMax })
    }
    throw new SezError('GRAPHQL_INVALID', {}, { message: cause.message, cause })
  }
}
