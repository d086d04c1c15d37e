import { anonymous } from '@sez/platform/context'
import { parse } from 'graphql'
import { describe, expect, test } from 'vitest'
import { compose, harness, plain } from '../federation.fixture.ts'
import { shop } from '../shop.fixture.ts'
import { collected, source } from '../stream.fixture.ts'
import type { CallScope, Transport, UpstreamResult } from '../transport/transport.ts'

const graph = compose(shop)
const review = {
  __typename: 'Review',
  id: 'r1',
  stars: 3,
  author: { __typename: 'User', id: 'u1' },
}
const event = (): UpstreamResult => ({ data: { reviewed: structuredClone(review) } })

/** The opinions subgraph with a source in the test's hand. */
function opened() {
  const upstream = source<UpstreamResult>()
  let scope: CallScope | undefined
  const opinions: Transport = {
    send: () => Promise.resolve({ data: {} }),
    subscribe(_call, given) {
      scope = given
      return Promise.resolve(upstream)
    },
  }
  return { upstream, opinions, scopeOf: () => scope }
}

describe('a subscription', () => {
  test('completes every event with the rest of its plan, in order', async () => {
    const { subscribe, calls } = harness(graph)
    const stream = await subscribe(
      'subscription { seen: reviewed(count: 2) { id by: author { name visits } product { ... on Book { shipping name } ... on Gadget { name } } } }',
    )
    const answers = await collected(stream, plain)
    expect(answers).toEqual([
      {
        data: {
          seen: { id: 'r1', by: { name: 'Bob', visits: 7 }, product: { name: expect.any(String) } },
        },
      },
      {
        data: {
          seen: {
            id: 'r2',
            by: { name: 'Ann', visits: 7 },
            product: { name: expect.any(String), shipping: 61 },
          },
        },
      },
    ])
    expect(calls.map(({ service }) => service)).toContain('warehouse')
  })

  test('honours conditions and aliases that take a key’s name', async () => {
    const { subscribe } = harness(graph)
    const query =
      'subscription S($on: Boolean!) { reviewed(count: 1) { id: stars author { id: name visits @include(if: $on) } } }'
    const answer = async (on: boolean) =>
      (await collected(await subscribe(query, { variables: { on } }), plain))[0]
    expect(await answer(true)).toEqual({
      data: { reviewed: { id: 1, author: { id: 'Bob', visits: 7 } } },
    })
    expect(await answer(false)).toEqual({ data: { reviewed: { id: 1, author: { id: 'Bob' } } } })
  })

  test('passes an event’s errors on, and bubbles its nulls', async () => {
    const { subscribe } = harness(graph)
    const answers = await collected(await subscribe('subscription { broken { id } }'), plain)
    expect(answers[0]).toEqual({ data: { broken: { id: 'r1' } } })
    expect(answers[1]).toMatchObject({ data: null, errors: [{ path: ['broken'] }] })
  })

  test('that its subgraph refuses is one answer with that error', async () => {
    const { engine } = harness(graph)
    const query = 'subscription { refused { id } }'
    const operation = engine.admit(query, parse(query), undefined)
    const scope = { caller: anonymous, correlationId: 'test', signal: new AbortController().signal }
    const answer = await engine.subscribe(operation, {}, scope)
    expect(answer).toMatchObject({
      errors: [{ message: 'Not today', extensions: { code: 'REFUSED' } }],
    })
  })

  test('pulls the next event only when its consumer asks', async () => {
    const { upstream, opinions } = opened()
    const { subscribe } = harness(graph, { opinions })
    const stream = await subscribe('subscription { reviewed { id } }')
    upstream.push(event())
    upstream.push(event())
    await stream.next()
    expect(upstream.queued).toBe(1)
    await stream.return()
  })
})

describe('leaving a subscription', () => {
  test('closes the upstream at once, also while an answer is awaited', async () => {
    const { upstream, opinions, scopeOf } = opened()
    const { subscribe } = harness(graph, { opinions })
    const stream = await subscribe('subscription { reviewed { id } }')
    const waiting = stream.next()
    await expect.poll(() => upstream.waiting).toBe(1)
    await stream.return()
    expect(await waiting).toEqual({ done: true, value: undefined })
    expect(upstream.isClosed).toBe(true)
    expect(scopeOf()?.signal.aborted).toBe(true)
  })

  test('aborts the fetches of an event at work', async () => {
    const { upstream, opinions } = opened()
    let fetching: AbortSignal | undefined
    const warehouse: Transport = {
      send(_call, scope) {
        fetching = scope.signal
        return new Promise(() => {})
      },
      subscribe: () => new Promise(() => {}),
    }
    const { subscribe } = harness(graph, { opinions, warehouse })
    const stream = await subscribe('subscription { reviewed { author { visits } } }')
    upstream.push(event())
    const waiting = stream.next()
    await expect.poll(() => fetching !== undefined).toBe(true)
    await stream.return()
    expect(await waiting).toEqual({ done: true, value: undefined })
    expect(fetching?.aborted).toBe(true)
  })

  test('by the caller’s signal does the same', async () => {
    const leaving = new AbortController()
    const { upstream, opinions } = opened()
    const { subscribe } = harness(graph, { opinions })
    const stream = await subscribe('subscription { reviewed { id } }', { signal: leaving.signal })
    const waiting = stream.next()
    leaving.abort()
    expect(await waiting).toEqual({ done: true, value: undefined })
    expect(upstream.isClosed).toBe(true)
  })

  test('before the upstream opened closes it when it does', async () => {
    const leaving = new AbortController()
    const upstream = source<UpstreamResult>()
    const opening = Promise.withResolvers<typeof upstream>()
    const opinions: Transport = {
      send: () => Promise.resolve({ data: {} }),
      subscribe: () => opening.promise,
    }
    const { subscribe } = harness(graph, { opinions })
    const answer = subscribe('subscription { reviewed { id } }', { signal: leaving.signal })
    leaving.abort()
    await expect(answer).rejects.toMatchObject({ code: 'REQUEST_ABORTED' })
    opening.resolve(upstream)
    await expect.poll(() => upstream.isClosed).toBe(true)
  })
})

describe('an upstream', () => {
  test('that does not open in time is UPSTREAM_TIMEOUT', async () => {
    const opinions: Transport = {
      send: () => Promise.resolve({ data: {} }),
      subscribe: () => new Promise(() => {}),
    }
    const { subscribe } = harness(graph, { opinions }, { upstreamTimeoutMs: 20 })
    await expect(subscribe('subscription { reviewed { id } }')).rejects.toMatchObject({
      code: 'UPSTREAM_TIMEOUT',
    })
  })

  test('that breaks ends the stream with one last answer that says so', async () => {
    const { upstream, opinions } = opened()
    const { subscribe } = harness(graph, { opinions })
    const stream = await subscribe('subscription { reviewed { id } }')
    upstream.push(event())
    upstream.fail(new Error('connection reset'))
    const answers = await collected(stream, plain)
    expect(answers).toMatchObject([
      { data: { reviewed: { id: 'r1' } } },
      {
        data: null,
        errors: [{ extensions: { code: 'UPSTREAM_FAILED', details: { subgraph: 'opinions' } } }],
      },
    ])
  })

  test('that ends, ends the stream', async () => {
    const { upstream, opinions } = opened()
    const { subscribe } = harness(graph, { opinions })
    const stream = await subscribe('subscription { reviewed { id } }')
    upstream.end()
    expect(await collected(stream, plain)).toEqual([])
  })

  test('failing in another subgraph during one event leaves the next events whole', async () => {
    const { upstream, opinions } = opened()
    let calls = 0
    const warehouse: Transport = {
      send() {
        calls += 1
        if (calls === 1) return Promise.reject(new Error('down'))
        return Promise.resolve({ data: { _entities: [{ visits: 9 }] } })
      },
      subscribe: () => new Promise(() => {}),
    }
    const { subscribe } = harness(graph, { opinions, warehouse })
    const stream = await subscribe('subscription { reviewed { author { visits } } }')
    upstream.push(event())
    upstream.push(event())
    upstream.end()
    expect(await collected(stream, plain)).toMatchObject([
      {
        data: { reviewed: { author: { visits: null } } },
        errors: [{ extensions: { code: 'UPSTREAM_FAILED' } }],
      },
      { data: { reviewed: { author: { visits: 9 } } } },
    ])
  })
})
