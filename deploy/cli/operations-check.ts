/** The operations in files, inspected against the committed API (spec/30-operations.md §3). @module */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { listRootFields, type RootField } from '@sez/gateway/policy/catalogue'
import {
  type DocumentProblem,
  type InspectedOperation,
  inspectText,
} from '@sez/gateway/policy/inspection'
import { rolesText, suffices } from '@sez/gateway/policy/roles-needed'
import { buildSupergraph, type Supergraph } from '@sez/gateway/supergraph'
import { isStdin, readInput } from './arguments.ts'
import type { CommandIo } from './command.ts'

const supergraphFile = fileURLToPath(new URL('../../schemas/supergraph.graphql', import.meta.url))

export type CheckedOperation = InspectedOperation & { readonly file: string }
export type CheckedProblem = DocumentProblem & { readonly file: string }

/** The graph of this release. */
export function releasedSupergraph(): Supergraph {
  return buildSupergraph(readFileSync(supergraphFile, 'utf8'))
}

/** The root fields that a role alone may ask; all of them for null. */
export function listOperations(role: string | null): {
  readonly fields: readonly RootField[]
  readonly text: string
} {
  const fields = listRootFields(releasedSupergraph()).filter(
    ({ roles }) => role === null || suffices(roles, role),
  )
  return { fields, text: fields.map(fieldText).join('\n') }
}

function fieldText(field: RootField): string {
  const args = field.arguments.map(({ name, type }) => `${name}: ${type}`).join(', ')
  const [first = ''] = (field.description ?? '').split('\n\n')
  return [
    `${field.kind} ${field.name}${args === '' ? '' : `(${args})`}: ${field.type}`,
    `    for ${rolesText(field.roles)}`,
    ...(first === '' ? [] : [`    ${first.replaceAll('\n', ' ')}`]),
    ...(field.deprecated === null ? [] : [`    deprecated: ${field.deprecated}`]),
  ].join('\n')
}

/**
 * Inspects the documents of files and folders.
 *
 * @throws {SezError} `FILE_UNREADABLE`, `NOT_CANONICAL` for what is no UTF-8.
 */
export async function checkFiles(
  paths: readonly string[],
  io: CommandIo,
): Promise<{
  readonly operations: readonly CheckedOperation[]
  readonly problems: readonly CheckedProblem[]
}> {
  const supergraph = releasedSupergraph()
  const operations: CheckedOperation[] = []
  const problems: CheckedProblem[] = []
  for (const file of paths.flatMap(filesIn)) {
    const found = inspectText(await readInput(file, io), supergraph)
    operations.push(...found.operations.map((each) => ({ ...each, file })))
    problems.push(...found.problems.map((each) => ({ ...each, file })))
  }
  return { operations, problems }
}

/** A file is itself; a folder all its *.graphql files, also those of folders in it. */
function filesIn(path: string): readonly string[] {
  if (isStdin(path) || !existsSync(path) || !statSync(path).isDirectory()) return [path]
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.graphql'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.includes('node_modules'))
    .sort()
}

/** The verdict for a person: each problem with its place, then each operation. */
export function checkText(
  operations: readonly CheckedOperation[],
  problems: readonly CheckedProblem[],
): string {
  const told = operations.map(({ file, line, name, kind, roles, cost, costMax }) => {
    const nodes = costMax === cost ? `${cost}` : `${cost}, with the longest pages ${costMax}`
    return `${file}:${line} ${kind} ${name ?? '(no name)'} · nodes ${nodes} · for ${rolesText(roles)}`
  })
  const verdict = problems.length === 0 ? 'No problem found.' : `${problems.length} problems found.`
  return [...problems.map(problemText), ...told, verdict].join('\n')
}

/** One problem on one line, its place first, as editors read it. */
export function problemText({ file, line, column, code, message }: CheckedProblem): string {
  return `${file}:${line}:${column} ${code}: ${message}`
}
