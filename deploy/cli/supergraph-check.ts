/** Whether the subgraphs of this tree compose to its files and keep its clients (spec/22-gateway.md §7). @module */
import { SezError } from '@sez/core/errors'
import {
  apiFromIntrospection,
  compose,
  type Composed,
  introspectionQuery,
  readFacts,
  unnamedBreakingChanges,
} from '@sez/schemas/compose'
import { readBytes } from './arguments.ts'
import { askGraph, fetchText } from './supergraph-fetch.ts'

export interface TreeReport {
  /** Why the subgraphs do not compose, each with what to do where it is known. */
  readonly problems: readonly string[]
  readonly breaking: readonly string[]
  /** Files that are not what the subgraphs compose to. */
  readonly stale: readonly string[]
}

/**
 * Checks this tree, against the API in `against` or else the last committed one.
 *
 * @throws {SezError} `FILE_UNREADABLE`, `UPSTREAM_FAILED`, `GRAPHQL_INVALID` when what is to be
 *   compared with cannot be had.
 */
export async function checkTree(against: string | null): Promise<TreeReport> {
  const facts = readFacts()
  const before = against === null ? facts.before : await readApi(against)
  let composed: Composed
  try {
    composed = compose(facts.subgraphs)
  } catch (error) {
    if (!(error instanceof SezError) || error.code !== 'COMPOSITION_FAILED') throw error
    return { problems: error.details['problems'] as string[], breaking: [], stale: [] }
  }
  // What a deployed API breaks is broken whatever the changelog says of it.
  const changelog = against === null ? facts.changelog : ''
  const names = ['supergraph', 'api'] as const
  return {
    problems: [],
    breaking: before === '' ? [] : breakingChanges(before, composed.api, changelog),
    stale: names
      .filter((name) => facts.written[name] !== composed[name])
      .map((name) => `schemas/${name}.graphql`),
  }
}

function breakingChanges(before: string, after: string, changelog: string): readonly string[] {
  try {
    return unnamedBreakingChanges(before, after, changelog)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    const message = `The API to compare with is no usable SDL: ${reason}`
    throw new SezError('GRAPHQL_INVALID', { field: 'against' }, { message, cause })
  }
}

async function readApi(against: string): Promise<string> {
  if (!/^https?:/u.test(against)) return readBytes(against).toString('utf8')
  if (new URL(against).pathname.endsWith('.graphql')) return fetchText(against)
  return apiFromIntrospection((await askGraph(against, introspectionQuery)) as never)
}
