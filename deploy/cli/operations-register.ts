/** Adds checked operations to a registry: all of them or none (spec/30-operations.md §2). @module */
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { SezError } from '@sez/core/errors'
import {
  operationId,
  parseSafelist,
  printSafelist,
  type RegisteredOperation,
} from '@sez/gateway/policy/safelist'
import { readInput } from './arguments.ts'
import type { CommandIo } from './command.ts'
import { type CheckedOperation, checkFiles, problemText } from './operations-check.ts'

export interface Registration {
  /** How many the registry holds. */
  readonly operations: number
  /** Names. */
  readonly added: readonly string[]
  readonly replaced: readonly string[]
}

/**
 * Registers every operation of the files.
 *
 * @throws {SezError} `OPERATIONS_REFUSED`, `SAFELIST_INVALID`, `FILE_UNREADABLE`.
 */
export async function registerFiles(
  paths: readonly string[],
  options: { readonly out: string; readonly replace: boolean },
  io: CommandIo,
): Promise<Registration> {
  const { out, replace } = options
  const before = existsSync(out) ? parseSafelist(await readInput(out, io)).operations : []
  const { operations, problems } = await checkFiles(paths, io)
  if (problems.length > 0) {
    throw refused(problems.map((each) => ({ path: each.file, reason: problemText(each) })))
  }
  if (operations.length === 0) {
    throw refused(paths.map((path) => ({ path, reason: 'holds no operation' })))
  }
  const merged = merge(before, operations, replace)
  writeWhole(out, printSafelist([...merged.byName.values()]))
  return { operations: merged.byName.size, added: merged.added, replaced: merged.replaced }
}

function merge(
  before: readonly RegisteredOperation[],
  given: readonly CheckedOperation[],
  replace: boolean,
) {
  const known = new Map(before.map((each) => [each.name, each]))
  const byName = new Map(known)
  const ids = new Map<string, string>()
  const problems: { readonly path: string; readonly reason: string }[] = []
  for (const { file, line, name, kind, document, roles, cost } of given) {
    const path = `${file}:${line}`
    if (name === null) {
      problems.push({ path, reason: 'the operation has no name' })
      continue
    }
    const id = operationId(document)
    const twin = ids.get(name)
    const registered = known.get(name)
    if (twin !== undefined && twin !== id) {
      problems.push({ path, reason: `${name} is given twice, with other documents` })
    } else if (registered !== undefined && registered.id !== id && !replace) {
      problems.push({ path, reason: `${name} is registered with another document` })
    }
    ids.set(name, id)
    byName.set(name, { id, name, kind, document, roles, cost })
  }
  if (problems.length > 0) throw refused(problems)
  const names = [...ids].filter(([name, id]) => known.get(name)?.id !== id).map(([name]) => name)
  return {
    byName,
    added: names.filter((name) => !known.has(name)).sort(),
    replaced: names.filter((name) => known.has(name)).sort(),
  }
}

function refused(
  problems: readonly { readonly path: string; readonly reason: string }[],
): SezError {
  return new SezError('OPERATIONS_REFUSED', { problems })
}

/** A reader sees the registry before or after, never a part of it. */
function writeWhole(file: string, text: string): void {
  const draft = `${file}.${process.pid}.new`
  try {
    writeFileSync(draft, text)
    renameSync(draft, file)
  } catch (cause) {
    rmSync(draft, { force: true })
    const message = `${file} cannot be written. Check the folder and its rights.`
    throw new SezError('FILE_UNREADABLE', { path: file }, { message, cause })
  }
}
