/** Operations end in data or in coded errors, whatever their resolvers do. @module */
import { SezError } from '@sez/core/errors'
import { parse } from 'graphql'
import { describe, expect, it } from 'vitest'
import {
  ask,
  callerOf,
  type Library,
  openLibrary,
  owner,
  queueOf,
  scopeOf,
} from './library.fixture.ts'
import type { Stream } from './stream.ts'

describe('errors', () => {
  it('keep code, class, retry, field and details, and take the correlation id', async () => {
    const library = openLibrary()
    const { data, errors } = await ask(library, '{ fail(kind: "coded") }')
    expect(data).toEqual({ fail: null })
    expect(errors).toEqual([
      {
        message: expect.stringContaining('The input breaks a rule'),
        locations: [{ line: 1, column: 3 }],
        path: ['fail'],
        extensions: {
          code: 'VALIDATION_ERROR',
          class: 'VALIDATION_ERROR',
          retry: false,
          field: 'kind',
          details: { max: 3 },
          correlationId: 'test-request',
        },
      },
    ])
    // Its cause is the caller's fault, and no line of the operator's log.
    expect(library.logged.join()).not.toContain('why')
  })

  it('of ours are logged with their cause', async () => {
    const library = openLibrary()
    const { errors } = await ask(library, '{ fail(kind: "down") }')
    expect(errors[0]?.['extensions']).toMatchObject({ code: 'DATABASE_UNAVAILABLE', retry: true })
    expect(library.logged.join()).toContain('the reason below')
  })

  it('lift retryAfterMs out of the details', async () => {
    const { errors } = await ask(openLibrary(), '{ fail(kind: "late") }')
    expect(errors[0]?.['extensions']).toEqual({
      code: 'RATE_LIMITED',
      class: 'SERVICE_UNAVAILABLE',
      retry: true,
      retryAfterMs: 250,
      correlationId: 'test-request',
    })
  })

  it.each(['plain', 'leaf', 'text'])('INTERNAL hides a %s failure and logs it', async (kind) => {
    const library = openLibrary()
    const { errors } = await ask(library, `{ fail(kind: "${kind}") }`)
    expect(errors).toMatchObject([{ path: ['fail'], extensions: { code: 'INTERNAL' } }])
    expect(JSON.stringify(errors)).not.toMatch(/secret|cannot represent|rejected/u)
    const [line] = library.logged
    expect(line).toContain('"correlationId":"test-request"')
    expect(line).toContain('stack')
  })

  it('INTERNAL stands for a null where none may be', async () => {
    const { data, codes } = await ask(openLibrary(), '{ failRequired }')
    expect(data).toBeNull()
    expect(codes).toEqual(['INTERNAL'])
  })

  it.each([
    ['an unknown field', '{ nothing }', /Cannot query field/u],
    ['a missing argument', '{ book { id } }', /is required/u],
    ['an unknown operation', 'query A { hello } query B { hello }', /no single operation/u],
    ['a subscription', 'subscription { bookStream { id } }', /needs a connection/u],
  ])('GRAPHQL_INVALID for %s', async (_case, text, message) => {
    const { data, errors } = await ask(openLibrary(), text)
    expect(data).toBeUndefined()
    expect(errors).toMatchObject([
      { message: expect.stringMatching(message), extensions: { code: 'GRAPHQL_INVALID' } },
    ])
  })

  it('GRAPHQL_INVALID for subscribing to a query', async () => {
    const { subgraph } = openLibrary()
    const result = await subgraph.subscribe({ document: parse('{ hello }') }, scopeOf())
    expect(result).toMatchObject({ errors: [{ extensions: { code: 'GRAPHQL_INVALID' } }] })
  })

  it('choose the operation that is named', async () => {
    const { subgraph } = openLibrary()
    const document = parse('query A { hello } query B { __typename }')
    const result = await subgraph.execute({ document, operationName: 'A' }, scopeOf())
    expect(result.data).toEqual({ hello: 'hello' })
  })
})

describe('arguments', () => {
  const text = 'query ($input: EchoInput!) { echo(input: $input) }'

  it('VALIDATION_ERROR lists every refused variable by path', async () => {
    const input = { digest: 'no', key: 7, texts: ['a', 3], inner: { count: 1.5, extra: 1 } }
    const { data, errors } = await ask(openLibrary(), text, undefined, { input })
    expect(data).toBeUndefined()
    expect(errors).toHaveLength(1)
    expect(errors[0]).toMatchObject({
      extensions: {
        code: 'VALIDATION_ERROR',
        details: {
          problems: [
            { path: 'input.texts[1]', reason: expect.stringMatching(/String/u) },
            { path: 'input.inner.count', reason: expect.stringMatching(/whole number/u) },
            { path: 'input.inner', reason: expect.stringMatching(/"extra" is not defined/u) },
            { path: 'input.digest', reason: expect.any(String) },
            { path: 'input.key', reason: expect.any(String) },
          ],
        },
      },
    })
  })

  it.each([
    ['missing', {}],
    ['null', { input: null }],
  ])('VALIDATION_ERROR for a %s variable', async (_case, variables) => {
    const { errors } = await ask(openLibrary(), text, undefined, variables)
    expect(errors).toMatchObject([
      {
        extensions: {
          code: 'VALIDATION_ERROR',
          field: 'input',
          details: { problems: [{ path: 'input', reason: 'is required' }] },
        },
      },
    ])
  })

  it('VALIDATION_ERROR for a refused literal', async () => {
    const { codes } = await ask(openLibrary(), '{ echo(input: { digest: "no" }) }')
    expect(codes).toEqual(['VALIDATION_ERROR'])
  })

  it.each<[string, object, string, RegExp]>([
    ['a long text', { text: 'x'.repeat(10_001) }, 'input.text', /10000 characters/u],
    ['a NUL', { inner: { text: 'a\0' } }, 'input.inner.text', /NUL/u],
    ['a lone surrogate', { text: '\ud800' }, 'input.text', /surrogate/u],
    ['a long list', { texts: Array(1_001).fill('') }, 'input.texts', /1000 items/u],
    ['an item of a list', { texts: ['', '\0'] }, 'input.texts[1]', /NUL/u],
  ])('VALIDATION_ERROR for %s', async (_case, input, path, reason) => {
    const { errors } = await ask(openLibrary(), text, undefined, { input })
    const problems = [{ path, reason: expect.stringMatching(reason) }]
    expect(errors).toMatchObject([
      { extensions: { code: 'VALIDATION_ERROR', field: path, details: { problems } } },
    ])
  })

  it('VALIDATION_ERROR for inputs without end', async () => {
    let input: object = {}
    for (let depth = 0; depth < 40; depth += 1) input = { inner: input }
    const { codes } = await ask(openLibrary(), text, undefined, { input })
    expect(codes).toEqual(['VALIDATION_ERROR'])
  })

  it('arrive parsed', async () => {
    const input = { digest: 'a'.repeat(64), document: '{"a":1.0}', json: { a: [1] }, count: '9' }
    const { data, codes } = await ask(openLibrary(), text, undefined, { input })
    expect(codes).toEqual([])
    expect(data).toEqual({ echo: { ...input, count: 9n } })
  })

  it('take defaults, which are parsed as well', async () => {
    const { data } = await ask(openLibrary(), '{ moment }')
    expect(data).toEqual({ moment: '2026-01-01T00:00:00.000Z' })
  })
})

describe('fields without a resolver', () => {
  it('read own properties only', async () => {
    const { data, codes } = await ask(openLibrary(), '{ constructor }')
    expect(codes).toEqual([])
    expect(data).toEqual({ constructor: null })
  })

  it('call a function, as for a count made when asked for', async () => {
    const { data } = await ask(openLibrary(), '{ page { totalCount } }')
    expect(data).toEqual({ page: { totalCount: 2 } })
  })
})

describe('references', () => {
  const text = 'query ($of: [_Any!]!) { _entities(representations: $of) { __typename } }'

  it('fail each in its own place', async () => {
    const of = [
      { __typename: 'Book', id: 'listed' },
      { __typename: 'Nothing', id: '1' },
      { __typename: 'BookEdge' },
      { id: '1' },
      { __typename: 'Book', id: 'absent' },
      { __typename: 'Note', id: '2' },
    ]
    const { data, errors } = await ask(openLibrary(), text, undefined, { of })
    expect(data).toEqual({
      _entities: [{ __typename: 'Book' }, null, null, null, null, { __typename: 'Note' }],
    })
    expect(errors.map(({ path }) => path)).toEqual([1, 2, 3].map((index) => ['_entities', index]))
    expect(errors[0]).toMatchObject({ extensions: { code: 'VALIDATION_ERROR' } })
  })

  it.each([
    ['a NUL', [{ __typename: 'Book', id: '\0' }]],
    ['too many', Array.from({ length: 5_001 }, () => ({ __typename: 'Book', id: '1' }))],
  ])('VALIDATION_ERROR for %s', async (_case, of) => {
    const { codes } = await ask(openLibrary(), text, undefined, { of })
    expect(codes).toEqual(['VALIDATION_ERROR'])
  })
})

describe('an abort', () => {
  const document = parse('{ wait }')

  it('REQUEST_ABORTED at once when nobody waited from the start', async () => {
    const { subgraph } = openLibrary()
    const result = await subgraph.execute({ document }, scopeOf(undefined, AbortSignal.abort()))
    expect(result).toMatchObject({ errors: [{ extensions: { code: 'REQUEST_ABORTED' } }] })
  })

  it('REQUEST_ABORTED while a resolver still waits', async () => {
    const { subgraph } = openLibrary()
    const leaving = new AbortController()
    const pending = subgraph.execute({ document }, scopeOf(undefined, leaving.signal))
    leaving.abort()
    expect(await pending).toMatchObject({ errors: [{ extensions: { code: 'REQUEST_ABORTED' } }] })
  })

  it('keeps the code it was given as a reason', async () => {
    const { subgraph } = openLibrary()
    const signal = AbortSignal.abort(new SezError('REQUEST_TIMEOUT', { timeoutMs: 1 }))
    const result = await subgraph.execute({ document }, scopeOf(undefined, signal))
    expect(result).toMatchObject({ errors: [{ extensions: { code: 'REQUEST_TIMEOUT' } }] })
  })
})

describe('a subscription', () => {
  const document = parse('subscription { bookWritten { request book { id } } }')
  const citizen = callerOf(owner, 'CITIZEN')
  type Item = { data?: unknown; errors?: readonly object[] }

  async function open(
    library: Library,
    signal?: AbortSignal,
    caller = citizen,
  ): Promise<Stream<Item>> {
    const stream = await library.subgraph.subscribe({ document }, scopeOf(caller, signal))
    if (!('next' in stream)) throw new TypeError('refused')
    return stream
  }

  it('gives each event a Context of its own', async () => {
    const library = openLibrary()
    library.source = queueOf([{ id: 'listed' }, { id: 'private' }])
    const stream = await open(library)
    const events = [await stream.next(), await stream.next()]
    expect(structuredClone(events.map(({ value }) => value))).toEqual([
      { data: { bookWritten: { request: 1, book: { id: 'listed' } } } },
      { data: { bookWritten: { request: 1, book: { id: 'private' } } } },
    ])
  })

  it('closes at once while it waits, and its source with it', async () => {
    const library = openLibrary()
    const stream = await open(library)
    const pending = stream.next()
    await stream.return()
    expect(await pending).toEqual({ done: true, value: undefined })
    expect(library.source.isClosed).toBe(true)
  })

  it('closes when its request is aborted', async () => {
    const library = openLibrary()
    const leaving = new AbortController()
    const stream = await open(library, leaving.signal)
    const pending = stream.next()
    leaving.abort()
    expect(await pending).toMatchObject({ done: true })
    expect(library.source.isClosed).toBe(true)
  })

  it('ends with one coded error when its source fails', async () => {
    const library = openLibrary()
    library.source = queueOf<{ id: string }>([], new SezError('RATE_LIMITED'))
    const stream = await open(library)
    const last = await stream.next()
    expect(last.value).toMatchObject({ errors: [{ extensions: { code: 'RATE_LIMITED' } }] })
    expect(await stream.next()).toMatchObject({ done: true })
  })

  it('ends at an event that cannot be told for now, so that the next does not hide it', async () => {
    const library = openLibrary()
    library.source = queueOf([{ id: 'listed' }, { id: 'down' }, { id: 'private' }])
    const stream = await open(library)
    await stream.next()
    const last = await stream.next()
    expect(last.value).toMatchObject({
      errors: [{ path: ['bookWritten'], extensions: { code: 'DATABASE_UNAVAILABLE' } }],
    })
    expect(last.value).not.toHaveProperty('data')
    expect(await stream.next()).toMatchObject({ done: true })
    expect(library.source.isClosed).toBe(true)
  })

  it('goes on behind an event with a fault that will not pass', async () => {
    const library = openLibrary()
    library.source = queueOf([{ id: 'coded' }, { id: 'listed' }])
    const stream = await open(library)
    const codes = { errors: [{ extensions: { code: 'VALIDATION_ERROR' } }] }
    expect((await stream.next()).value).toMatchObject(codes)
    expect((await stream.next()).value).toMatchObject({ data: { bookWritten: { request: 1 } } })
  })

  it('TOKEN_EXPIRED ends it when its token has, skew allowed', async () => {
    const library = openLibrary()
    library.source = queueOf([{ id: 'listed' }, { id: 'listed' }])
    const caller = { ...citizen, expiresAt: new Date(library.now.getTime() - 59_000) }
    const stream = await open(library, undefined, caller)
    expect((await stream.next()).value).toMatchObject({ data: { bookWritten: { request: 1 } } })
    library.now = new Date(library.now.getTime() + 1_000)
    const last = await stream.next()
    expect(last.value).toMatchObject({ errors: [{ extensions: { code: 'TOKEN_EXPIRED' } }] })
    expect(await stream.next()).toMatchObject({ done: true })
  })
})
