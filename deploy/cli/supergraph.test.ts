/** `sez supergraph`, on this tree and on subgraphs of others. @module */
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readFacts } from '@sez/schemas/compose'
import { buildSchema, graphqlSync } from 'graphql'
import { describe, expect, onTestFinished, test } from 'vitest'
import { sez } from './commands.ts'
import { dispatch } from './dispatch.ts'

async function run(...args: string[]) {
  const [out, err]: [string[], string[]] = [[], []]
  const code = await dispatch(sez, ['supergraph', ...args, '--json'], {
    stdin: () => Promise.resolve(new Uint8Array()),
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
    env: {},
    now: () => new Date('2026-02-01T00:00:00Z'),
  })
  const parse = (lines: string[]) => JSON.parse(lines.join('\n') || 'null') as Record<string, never>
  return { code, answer: parse(out), refusal: parse(err) }
}

function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'sez-supergraph-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

async function serve(answerOf: (query: string) => unknown): Promise<string> {
  const server = createServer((request, response) => {
    let text = ''
    request.setEncoding('utf8').on('data', (part: string) => (text += part))
    request.on('end', () => {
      const { query } = JSON.parse(text || '{}') as { query?: string }
      response.end(JSON.stringify(answerOf(query ?? '')))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/graphql`
}

const head =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])\n'
const products = `${head}type Query { product: Product } type Product @key(fields: "id") { id: ID! }`
const reviews = `${head}type Product @key(fields: "id") { id: ID! stars: Int }`

describe('check', () => {
  const { api } = readFacts().written

  test('0 for this tree, also against its own API in a file and in a running graph', async () => {
    const file = join(folderOf({ 'api.graphql': api }), 'api.graphql')
    const schema = buildSchema(api)
    const address = await serve((source) => graphqlSync({ schema, source }))
    for (const against of [[], ['--against', file], ['--against', address]]) {
      expect(await run('check', ...against)).toMatchObject({
        code: 0,
        answer: { valid: true, breaking: [], stale: [], problems: [] },
      })
    }
  })

  test('1 for what breaks the clients of the given API', async () => {
    const before = api.replace('type Query {', 'type Query {\n  gone: Int')
    const file = join(folderOf({ 'api.graphql': before }), 'api.graphql')
    const { code, answer } = await run('check', '--against', file)
    expect([code, answer['breaking']]).toEqual([1, ['Query.gone was removed.']])
  })

  test('refusals: no file, no SDL, UPSTREAM_FAILED for a graph that does not tell', async () => {
    const folder = folderOf({ 'torn.graphql': 'type {' })
    expect((await run('check', '--against', join(folder, 'none'))).code).toBe(2)
    const torn = await run('check', '--against', join(folder, 'torn.graphql'))
    expect([torn.code, torn.refusal['code']]).toEqual([1, 'GRAPHQL_INVALID'])
    const silent = await run('check', '--against', await serve(() => ({ errors: [{}] })))
    expect([silent.code, silent.refusal['code']]).toEqual([1, 'UPSTREAM_FAILED'])
  })
})

describe('compose', () => {
  test('files and addresses become one supergraph', async () => {
    const address = await serve(() => ({ data: { _service: { sdl: reviews } } }))
    const subgraphs = { products: 'products.graphql', reviews: address }
    const folder = folderOf({
      'products.graphql': products,
      'shop.json': JSON.stringify({ subgraphs }),
    })
    const out = join(folder, 'out.graphql')
    const { code, answer } = await run(
      'compose',
      '--config',
      join(folder, 'shop.json'),
      '--out',
      out,
    )
    expect([code, answer['subgraphs']]).toEqual([0, ['products', 'reviews']])
    const supergraph = readFileSync(out, 'utf8')
    expect(supergraph).toContain(`url: "${address}"`)
    expect(supergraph).toContain('url: "sez:products"')
    expect(answer['api']).toContain('stars: Int')
  })

  test.each([
    ['COMPOSITION_FAILED', { 'a.graphql': reviews }, { subgraphs: { a: 'a.graphql' } }, 1],
    ['FILE_UNREADABLE', {}, { subgraphs: { a: 'none.graphql' } }, 2],
    ['CONFIG_INVALID', {}, { subgraphs: {} }, 1],
    ['CONFIG_INVALID', {}, { subgraphs: { '../a': 'a.graphql' } }, 1],
    ['CONFIG_INVALID', {}, [], 1],
    ['UPSTREAM_FAILED', {}, { subgraphs: { a: 'http://127.0.0.1:1/graphql' } }, 1],
  ])('%s', async (wanted, files, config, exit) => {
    const folder = folderOf({ ...files, 'c.json': JSON.stringify(config) })
    const { code, refusal } = await run('compose', '--config', join(folder, 'c.json'))
    expect([code, refusal['code']]).toEqual([exit, wanted])
  })
})

test('show tells the API, the types of each subgraph and the rules, whole or in parts', async () => {
  const { answer } = await run('show')
  expect(Object.keys(answer)).toEqual(['api', 'subgraphs', 'access'])
  expect(answer['subgraphs']).toContainEqual({
    name: 'corridor',
    types: expect.arrayContaining(['Corridor']),
  })
  expect(answer['access']).toContainEqual({
    field: 'Mutation.appendReceipt',
    roles: [['PARTNER'], ['SYSTEM']],
  })
  expect(Object.keys((await run('show', 'access')).answer)).toEqual(['access'])
})
