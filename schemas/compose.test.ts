import { SezError } from '@sez/core/errors'
import { buildSchema } from 'graphql'
import { describe, expect, test } from 'vitest'
import { checkComposed, compose, readSubgraphs, unnamedBreakingChanges } from './compose.ts'

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@requiresScopes", "@inaccessible"])\n`
const left = {
  name: 'left',
  sdl: `${link} type Query { item: Item @requiresScopes(scopes: [["ADMIN"]]) } type Item @key(fields: "id") { id: ID! hidden: Int @inaccessible }`,
}
const right = { name: 'right', sdl: `${link} type Item @key(fields: "id") { id: ID! size: Int }` }

function problemsOf(run: () => unknown): { code: string; message: string } {
  try {
    run()
  } catch (error) {
    if (error instanceof SezError) return { code: error.code, message: error.message }
    throw error
  }
  return { code: 'none', message: '' }
}

test('composing joins subgraphs and keeps what clients may not see out of the API', () => {
  const { supergraph, api } = compose([left, right])
  expect(supergraph).toContain('@requiresScopes(scopes: [["ADMIN"]])')
  expect(supergraph).toContain('hidden: Int')
  const item = buildSchema(api).getType('Item')
  expect(api).not.toContain('hidden')
  expect(item?.toString()).toBe('Item')
})

test('the order of the subgraphs does not change the result', () => {
  expect(compose([right, left])).toEqual(compose([left, right]))
})

test('routing addresses are names, so that no address is committed', () => {
  expect(compose([left, right]).supergraph).toContain('url: "sez:right"')
})

test('COMPOSITION_FAILED says where and what to do', () => {
  const clash = { name: 'clash', sdl: `${link} type Item @key(fields: "id") { id: ID! size: Int }` }
  const { code, message } = problemsOf(() => compose([left, right, clash]))
  expect(code).toBe('COMPOSITION_FAILED')
  expect(message).toContain('Item.size')
  expect(message).toContain('mark it @shareable')
})

test('COMPOSITION_FAILED names the subgraph whose SDL does not parse', () => {
  const { code, message } = problemsOf(() => compose([{ name: 'torn', sdl: 'type {' }]))
  expect(code).toBe('COMPOSITION_FAILED')
  expect(message).toContain('[torn]')
})

const before = 'type Query { a: Int b(first: Int): Int } enum Kind { X Y }'
const after = 'type Query { a: Int! b(first: Int): String } enum Kind { X }'

test('a breaking change is reported until the Unreleased section names it', () => {
  const changes = unnamedBreakingChanges(
    before,
    after,
    '# Changelog\n\n## Unreleased\n\n- nothing\n',
  )
  expect(changes.toSorted()).toEqual([
    'Query.b changed type from Int to String.',
    'Y was removed from enum type Kind.',
  ])
  const log = '## Unreleased\n\n- `Query.b` answers text; Kind lost Y.\n\n## 0.1.0\n'
  expect(unnamedBreakingChanges(before, after, log)).toEqual([])
})

test('naming it under an earlier release does not count, nor does a longer name', () => {
  const log = '## [Unreleased]\n\n- Query.bb and Kinds\n\n## 0.1.0\n\n- Query.b, Kind\n'
  expect(unnamedBreakingChanges(before, after, log)).toHaveLength(2)
})

test('additions are no breaking change', () => {
  expect(unnamedBreakingChanges(before, `${before} type New { x: Int }`, '')).toEqual([])
})

test('the subgraphs of this tree compose', () => {
  const subgraphs = readSubgraphs()
  expect(subgraphs.length).toBeGreaterThan(0)
  expect(() => compose(subgraphs)).not.toThrow()
})

describe('the check', () => {
  const subgraphs = [left, right]
  const written = compose(subgraphs)
  const facts = { subgraphs, written, before: written.api, changelog: '' }

  test('passes when the files are what the subgraphs compose to', () => {
    expect(problemsOf(() => checkComposed(facts)).code).toBe('none')
    expect(problemsOf(() => checkComposed({ ...facts, before: '' })).code).toBe('none')
  })

  test('SCHEMA_STALE when either file is not', () => {
    const stale = { ...facts, written: { ...written, api: '' } }
    expect(problemsOf(() => checkComposed(stale)).code).toBe('SCHEMA_STALE')
    const other = { ...facts, written: { ...written, supergraph: 'x' } }
    expect(problemsOf(() => checkComposed(other)).code).toBe('SCHEMA_STALE')
  })

  test('SCHEMA_BREAKING wins over SCHEMA_STALE, until the changelog names the change', () => {
    const before = written.api.replace('size: Int', 'size: Int\n  gone: Int')
    const broken = { ...facts, before, written: { supergraph: '', api: '' } }
    const { code, message } = problemsOf(() => checkComposed(broken))
    expect([code, message]).toEqual(['SCHEMA_BREAKING', expect.stringContaining('Item.gone')])
    const named = { ...broken, changelog: '## Unreleased\n\n- Item.gone is gone.\n' }
    expect(problemsOf(() => checkComposed(named)).code).toBe('SCHEMA_STALE')
  })
})
