/** Composes subgraphs that a file names, each by its SDL or by the address that tells it. @module */
import { writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { SezError } from '@sez/core/errors'
import { compose, type Composed, type SubgraphSource } from '@sez/schemas/compose'
import { readBytes } from './arguments.ts'
import { askGraph } from './supergraph-fetch.ts'

/**
 * Composes what the configuration names, and writes the supergraph to `out` if there is one.
 *
 * @throws {SezError} `FILE_UNREADABLE`, `CONFIG_INVALID`, `UPSTREAM_FAILED`, `COMPOSITION_FAILED`.
 */
export async function composeConfigured(
  config: string,
  out: string | null,
): Promise<Composed & { readonly subgraphs: readonly string[] }> {
  const entries = readEntries(config)
  const sources: SubgraphSource[] = []
  for (const [name, place] of entries) {
    if (/^https?:/u.test(place)) sources.push({ name, sdl: await askSdl(place), url: place })
    else sources.push({ name, sdl: readBytes(resolve(dirname(config), place)).toString('utf8') })
  }
  const composed = compose(sources)
  if (out !== null) write(out, composed.supergraph)
  return { ...composed, subgraphs: sources.map(({ name }) => name).sort() }
}

function readEntries(file: string): readonly (readonly [name: string, place: string])[] {
  let value: unknown
  try {
    value = JSON.parse(readBytes(file).toString('utf8'))
  } catch (cause) {
    if (cause instanceof SezError) throw cause
    throw invalid(file, 'it is not JSON', cause)
  }
  const { subgraphs }: { subgraphs?: unknown } = Object(value)
  if (typeof subgraphs !== 'object' || subgraphs === null || Array.isArray(subgraphs)) {
    throw invalid(file, '"subgraphs" must be an object of names')
  }
  const entries = Object.entries(subgraphs)
  if (entries.length === 0) throw invalid(file, 'it names no subgraph')
  return entries.map(([name, place]: [string, unknown]) => {
    if (!/^[A-Za-z][\w-]*$/u.test(name)) throw invalid(file, `${JSON.stringify(name)} is no name`)
    if (typeof place !== 'string') throw invalid(file, `${name} must be a file or an address`)
    return [name, place] as const
  })
}

async function askSdl(address: string): Promise<string> {
  const { _service: service }: { _service?: unknown } = await askGraph(
    address,
    '{ _service { sdl } }',
  )
  const { sdl }: { sdl?: unknown } = Object(service)
  if (typeof sdl === 'string') return sdl
  const host = URL.parse(address)?.host
  throw new SezError(
    'UPSTREAM_FAILED',
    { host },
    { message: `${host} is no subgraph: it tells no SDL.` },
  )
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text)
  } catch (cause) {
    const message = `${file} cannot be written. Check the folder and its rights.`
    throw new SezError('FILE_UNREADABLE', { path: file }, { message, cause })
  }
}

function invalid(file: string, reason: string, cause?: unknown): SezError {
  const message = `${file} cannot be used: ${reason}.`
  return new SezError('CONFIG_INVALID', { field: file }, { message, cause })
}
