/**
 * Composes subgraphs/<name>/schema.graphql into supergraph.graphql and api.graphql beside this file.
 * `node schemas/compose.ts` writes them; `--check` fails when they are stale or break their clients.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { composeServices } from '@apollo/composition'
import { ROUTER_SUPPORTED_SUPERGRAPH_FEATURES, Supergraph } from '@apollo/federation-internals'
import { SezError } from '@sez/core/errors'
import {
  type BreakingChange,
  buildClientSchema,
  buildSchema,
  findBreakingChanges,
  getIntrospectionQuery,
  type GraphQLError,
  type IntrospectionQuery,
  parse,
  printSchema,
} from 'graphql'

export interface SubgraphSource {
  readonly name: string
  readonly sdl: string
  /** Its routing address; without one it is `sez:<name>`. */
  readonly url?: string
}

export interface Composed {
  /** With the directives the planner and the access policy read. */
  readonly supergraph: string
  /** What clients see. */
  readonly api: string
}

/** What to do about the composition errors met most often. */
const advice: Readonly<Record<string, string>> = {
  EXTERNAL_UNUSED: 'Remove the @external field, or name it in a @key, @requires or @provides.',
  FIELD_TYPE_MISMATCH: 'Give the field the same type in every subgraph.',
  INVALID_FIELD_SHARING: 'Let one subgraph own the field, or mark it @shareable in all of them.',
  INVALID_GRAPHQL: 'Correct the SDL at this place.',
  KEY_FIELDS_SELECT_INVALID_TYPE: 'A @key may name only fields that have one value.',
  SATISFIABILITY_ERROR: 'Give the type a @key in both subgraphs, so that one can reach the other.',
}

/**
 * Composes subgraphs. The result does not depend on their order, and holds no address that was not
 * given: a subgraph's routing URL is else `sez:<name>`, which the deployment resolves.
 *
 * @throws {SezError} `COMPOSITION_FAILED` with every problem and, where known, what to do.
 */
export function compose(subgraphs: readonly SubgraphSource[]): Composed {
  const sorted = [...subgraphs].sort((left, right) => (left.name < right.name ? -1 : 1))
  const services = sorted.map(({ name, sdl, url = `sez:${name}` }) => ({
    name,
    url,
    typeDefs: parsed(name, sdl),
  }))
  const { supergraphSdl, errors } = composeServices(services)
  if (supergraphSdl === undefined) throw compositionFailed((errors ?? []).map(problemOf))
  const built = Supergraph.build(supergraphSdl, {
    supportedFeatures: ROUTER_SUPPORTED_SUPERGRAPH_FEATURES,
  })
  const api = `${printSchema(built.apiSchema().toGraphQLJSSchema())}\n`
  return { supergraph: `${supergraphSdl.trimEnd()}\n`, api }
}

function parsed(name: string, sdl: string) {
  try {
    return parse(sdl)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw compositionFailed([`[${name}] ${message} ${advice['INVALID_GRAPHQL']}`])
  }
}

function problemOf(error: GraphQLError): string {
  const code = error.extensions['code']
  const hint = typeof code === 'string' ? advice[code] : undefined
  return hint === undefined ? error.message : `${error.message} ${hint}`
}

function compositionFailed(problems: readonly string[]): SezError {
  const message = `The subgraphs do not compose:\n${problems.map((one) => `- ${one}`).join('\n')}`
  return new SezError('COMPOSITION_FAILED', { problems }, { message })
}

/**
 * The changes from one API to the next that may break a client and that no line of the changelog's
 * Unreleased section names, by the coordinate (`Entity.legalName`) or by the whole sentence.
 */
export function unnamedBreakingChanges(
  before: string,
  after: string,
  changelog: string,
): readonly string[] {
  const unreleased = unreleasedSection(changelog)
  return findBreakingChanges(buildSchema(before), buildSchema(after))
    .filter((change) => !isNamed(change, unreleased))
    .map(({ description }) => description)
}

function unreleasedSection(changelog: string): string {
  const [, section = ''] =
    /^## \[?Unreleased\]?.*?$(.*?)(?=^## |$(?![\s\S]))/imsu.exec(changelog) ?? []
  return section
}

function isNamed({ description }: BreakingChange, unreleased: string): boolean {
  if (unreleased.includes(description)) return true
  const coordinates =
    description.match(/\b[A-Z_]\w*\.\w+/gu) ?? description.match(/\b[A-Z]\w+/gu) ?? []
  return coordinates.some((name) =>
    new RegExp(`(?<![\\w.])${name}(?![\\w.])`, 'u').test(unreleased),
  )
}

const root = fileURLToPath(new URL('..', import.meta.url))
const files = {
  supergraph: join(root, 'schemas', 'supergraph.graphql'),
  api: join(root, 'schemas', 'api.graphql'),
}

/** The SDL of every subgraph of this tree. */
export function readSubgraphs(): readonly SubgraphSource[] {
  const folder = join(root, 'subgraphs')
  return readdirSync(folder)
    .map((name) => ({ name, file: join(folder, name, 'schema.graphql') }))
    .filter(({ file }) => existsSync(file))
    .map(({ name, file }) => ({ name, sdl: readFileSync(file, 'utf8') }))
}

function read(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

/**
 * The API before this change: the newest committed one that differs from the file at hand, so that
 * the check says the same before the commit and on it.
 */
function apiBefore(): string {
  const now = read(files.api)
  const versions = git('log', '-n', '2', '--format=%H', '--', 'schemas/api.graphql')
    .split('\n')
    .filter((commit) => commit !== '')
    .map((commit) => git('show', `${commit}:schemas/api.graphql`))
  return versions.find((version) => version !== '' && version !== now) ?? now
}

/** What git answers; nothing where there is no git or no history. */
function git(...words: readonly string[]): string {
  try {
    return execFileSync('git', words, {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 16 * 1024 * 1024,
    })
  } catch {
    return ''
  }
}

/**
 * Checks that the API keeps its promises and that the composed files are up to date.
 *
 * @param facts `before` is the API clients rely on, empty when there is none; `written` are the files.
 * @throws {SezError} `COMPOSITION_FAILED`, else `SCHEMA_BREAKING`, else `SCHEMA_STALE`.
 */
export function checkComposed(facts: {
  readonly subgraphs: readonly SubgraphSource[]
  readonly written: Composed
  readonly before: string
  readonly changelog: string
}): void {
  const { written, before, changelog } = facts
  const composed = compose(facts.subgraphs)
  const changes = before === '' ? [] : unnamedBreakingChanges(before, composed.api, changelog)
  if (changes.length > 0) {
    const message = `The API breaks its clients:\n${changes.map((one) => `- ${one}`).join('\n')}`
    throw new SezError('SCHEMA_BREAKING', { changes }, { message })
  }
  const isStale = written.supergraph !== composed.supergraph || written.api !== composed.api
  if (isStale) throw new SezError('SCHEMA_STALE')
}

/** What the check of this tree goes by: its subgraphs, its files, the API before, its changelog. */
export function readFacts(): Parameters<typeof checkComposed>[0] {
  return {
    subgraphs: readSubgraphs(),
    written: { supergraph: read(files.supergraph), api: read(files.api) },
    before: apiBefore(),
    changelog: read(join(root, 'CHANGELOG.md')),
  }
}

/** The types a subgraph defines or adds to, sorted. */
export function typesOf(sdl: string): readonly string[] {
  const names = parse(sdl).definitions.flatMap((node) =>
    'fields' in node || 'types' in node || 'values' in node || node.kind.startsWith('Scalar')
      ? ['name' in node && node.name !== undefined ? node.name.value : []].flat()
      : [],
  )
  return [...new Set(names)].sort()
}

/** The API as SDL from the answer to an introspection query. */
export function apiFromIntrospection(data: IntrospectionQuery): string {
  return `${printSchema(buildClientSchema(data))}\n`
}

/** The introspection query whose answer `apiFromIntrospection` reads. */
export const introspectionQuery: string = getIntrospectionQuery()

function write(): void {
  const composed = compose(readSubgraphs())
  writeFileSync(files.supergraph, composed.supergraph)
  writeFileSync(files.api, composed.api)
}

if (import.meta.main) {
  try {
    if (process.argv.includes('--check')) checkComposed(readFacts())
    else write()
    process.stdout.write('The composed schemas are up to date.\n')
  } catch (error) {
    if (!(error instanceof SezError)) throw error
    process.stderr.write(`${error.code}: ${error.message}\n`)
    process.exitCode = 1
  }
}
