/** The registry of operations a zone knows: its file, and finding an operation in it (spec/30-operations.md). @module */
import { digestOfBytes } from '@sez/core/digest'
import { SezError } from '@sez/core/errors'
import { type DocumentNode, Kind, type OperationDefinitionNode } from 'graphql'
import { isDataObject } from '../plan/merge.ts'
import { documentLimits, parseQuery } from './limits.ts'
import type { RolesNeeded } from './roles-needed.ts'

export interface RegisteredOperation {
  /** Lower-case hex SHA-256 of `document` as UTF-8: what Apollo's persisted queries send. */
  readonly id: string
  readonly name: string
  readonly kind: `${OperationDefinitionNode['operation']}`
  /** The exact text a client sends, or names by `id`. */
  readonly document: string
  readonly roles: RolesNeeded
  /** Nodes at most, as it was when it was registered. */
  readonly cost: number
}

export interface Safelist {
  /** By name. */
  readonly operations: readonly RegisteredOperation[]
  /** The operation of an id, or null. */
  find(id: string): RegisteredOperation | null
  /** The operation of exactly this text, or null. */
  findText(document: string): RegisteredOperation | null
}

const fileType = 'sez-operations.v1'
const fileCharactersMax = 64 * 1024 * 1024
const fileKeys = ['operations', 'type']
const operationKeys = ['cost', 'document', 'id', 'kind', 'name', 'roles']
const kinds: readonly unknown[] = ['query', 'mutation', 'subscription']

/** The id of a document: of its bytes as they are, so that another space is another document. */
export function operationId(document: string): string {
  return digestOfBytes(new TextEncoder().encode(document))
}

/**
 * Reads a registry. Every id is computed anew, and every document parsed.
 *
 * @throws {SezError} `SAFELIST_INVALID` with the place and the reason of the first offence.
 */
export function parseSafelist(text: string): Safelist {
  if (text.length > fileCharactersMax) throw invalid('$', `longer than ${fileCharactersMax}`)
  const file = parseFile(text)
  requireKeys(file, fileKeys, '$')
  if (file['type'] !== fileType) throw invalid('$.type', `must be ${fileType}`)
  const { operations: listed } = file
  if (!Array.isArray(listed)) throw invalid('$.operations', 'must be a list')
  const operations = listed.map((value, index) => readOperation(value, `$.operations[${index}]`))
  for (const [index, { name }] of operations.entries()) {
    const before = operations[index - 1]?.name
    const path = `$.operations[${index}].name`
    if (before === name) throw invalid(path, `${name} is there twice`)
    if (before !== undefined && before > name) throw invalid(path, 'must be sorted by name')
  }
  return openSafelist(operations)
}

function openSafelist(operations: readonly RegisteredOperation[]): Safelist {
  const byId = new Map(operations.map((each) => [each.id, each]))
  const find: Safelist['find'] = (id) => byId.get(id) ?? null
  return { operations, find, findText: (document) => find(operationId(document)) }
}

/** The file of a registry: the same operations give the same bytes. */
export function printSafelist(operations: readonly RegisteredOperation[]): string {
  const sorted = operations.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const listed = sorted.map(({ id, name, kind, document, roles, cost }) => {
    return { id, name, kind, document, roles, cost }
  })
  return `${JSON.stringify({ type: fileType, operations: listed }, null, 2)}\n`
}

function parseFile(text: string): Readonly<Record<string, unknown>> {
  let file: unknown
  try {
    file = JSON.parse(text)
  } catch (cause) {
    throw new SezError('SAFELIST_INVALID', { path: '$', reason: 'not JSON' }, { cause })
  }
  if (isDataObject(file)) return file
  throw invalid('$', 'not an object')
}

function readOperation(value: unknown, path: string): RegisteredOperation {
  if (!isDataObject(value)) throw invalid(path, 'not an object')
  requireKeys(value, operationKeys, path)
  const { id, name, kind, document, roles, cost } = value
  if (typeof document !== 'string') throw invalid(`${path}.document`, 'must be text')
  if (id !== operationId(document)) {
    throw invalid(`${path}.id`, 'must be the SHA-256 of the document')
  }
  const operation = operationIn(document, `${path}.document`)
  if (name !== operation.name?.value || typeof name !== 'string') {
    throw invalid(`${path}.name`, 'must be the name of the one operation in the document')
  }
  if (!kinds.includes(kind) || kind !== operation.operation) {
    throw invalid(`${path}.kind`, 'must be the kind of the operation in the document')
  }
  if (!isRoles(roles)) throw invalid(`${path}.roles`, 'must be null or a list of lists of roles')
  if (typeof cost !== 'number' || !Number.isSafeInteger(cost) || cost < 0) {
    throw invalid(`${path}.cost`, 'must be a whole number')
  }
  return { id, name, kind: operation.operation, document, roles, cost }
}

/** The one operation of a document. */
function operationIn(document: string, path: string): OperationDefinitionNode {
  let parsed: DocumentNode
  try {
    parsed = parseQuery(document, documentLimits)
  } catch (cause) {
    const reason = cause instanceof SezError ? cause.message : 'does not parse'
    throw new SezError('SAFELIST_INVALID', { path, reason }, { cause })
  }
  const [operation, ...others] = parsed.definitions.filter(
    (each): each is OperationDefinitionNode => each.kind === Kind.OPERATION_DEFINITION,
  )
  if (operation !== undefined && others.length === 0) return operation
  throw invalid(path, 'must hold one operation')
}

function isRoles(value: unknown): value is RolesNeeded {
  const isSet = (set: unknown): boolean =>
    Array.isArray(set) && set.every((role: unknown) => typeof role === 'string')
  return value === null || (Array.isArray(value) && value.every(isSet))
}

function requireKeys(
  value: Readonly<Record<string, unknown>>,
  keys: readonly string[],
  path: string,
): void {
  const found = Object.keys(value)
  const missing = keys.find((key) => !found.includes(key))
  if (missing !== undefined) throw invalid(`${path}.${missing}`, 'is missing')
  const other = found.find((key) => !keys.includes(key))
  if (other !== undefined) throw invalid(`${path}.${other}`, 'is not known')
}

function invalid(path: string, reason: string): SezError {
  const message = `The registry of operations is not usable: ${path} ${reason}.`
  return new SezError('SAFELIST_INVALID', { path, reason }, { message })
}
