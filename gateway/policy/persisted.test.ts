import { digestOfBytes } from '@sez/core/digest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Running, startGateway } from '../gateway.fixture.ts'

const query = '{ book(upc: "p1") { upc } }'
const data = { book: { upc: 'p1' } }
const hashOf = (text: string): string => digestOfBytes(Buffer.from(text))
const persisted = (sha256Hash: unknown, version: unknown = 1) => ({
  extensions: { persistedQuery: { version, sha256Hash } },
})

interface Answered {
  readonly data?: unknown
  readonly errors?: readonly { readonly message: string; readonly extensions: { code: string } }[]
}

describe('automatic persisted queries', () => {
  let running: Running
  beforeAll(async () => {
    running = await startGateway()
  })
  afterAll(() => running[Symbol.asyncDispose]())

  const ask = async (body: object): Promise<Answered> =>
    (await (await running.post(body)).json()) as Answered
  const codeOf = async (body: object) => (await ask(body)).errors?.[0]?.extensions.code

  test('a hash alone is asked for its text, once', async () => {
    const named = persisted(hashOf(query))
    expect(await codeOf(named)).toBe('PERSISTED_QUERY_NOT_FOUND')
    expect(await ask({ query, ...named })).toEqual({ data })
    expect(await ask(named)).toEqual({ data })
  })

  test('a GET with a hash alone is answered', async () => {
    const text = 'query G { book(upc: "p1") { upc } }'
    await ask({ query: text, ...persisted(hashOf(text)) })
    const search = new URLSearchParams({
      extensions: JSON.stringify(persisted(hashOf(text)).extensions),
    })
    const response = await fetch(`${running.url}?${search.toString()}`)
    expect(await response.json()).toEqual({ data })
  })

  test('another text never comes under the hash of this one', async () => {
    const other = '{ book(upc: "p3") { upc } }'
    const named = persisted(hashOf('{ book(upc: "p4") { upc } }'))
    expect(await codeOf({ query: other, ...named })).toBe('PERSISTED_QUERY_MISMATCH')
    expect(await codeOf(named)).toBe('PERSISTED_QUERY_NOT_FOUND')
    expect(await codeOf({ query: other, ...persisted(hashOf(query)) })).toBe(
      'PERSISTED_QUERY_MISMATCH',
    )
    expect(await ask(persisted(hashOf(query)))).toEqual({ data })
  })

  test('a text that is no document is not kept', async () => {
    const broken = '{ book('
    expect(await codeOf({ query: broken, ...persisted(hashOf(broken)) })).toBe('GRAPHQL_INVALID')
    expect(await codeOf(persisted(hashOf(broken)))).toBe('PERSISTED_QUERY_NOT_FOUND')
  })

  test.for([
    persisted('short'),
    persisted(hashOf(query).toUpperCase()),
    persisted(7),
    persisted(hashOf(query), 2),
    { extensions: { persistedQuery: 'x' } },
    { extensions: { persistedQuery: [] } },
    { extensions: {} },
    {},
  ])('REQUEST_INVALID for %j', async (body) => {
    expect(await codeOf(body)).toBe('REQUEST_INVALID')
  })
})
