import { anonymous } from '@sez/platform/context'
import type { Stream } from '@sez/platform/stream'
import { type FormattedExecutionResult, OperationTypeNode, parse } from 'graphql'
import { expect, test } from 'vitest'
import { collected, source } from '../stream.fixture.ts'
import { localTransport } from './local.ts'
import type { CallScope, UpstreamCall } from './transport.ts'

const operation =
  'query Q($a: Int, $representations: [_Any!]!) { _entities(representations: $representations) { __typename } }'
const call: UpstreamCall = {
  fetch: {
    service: 'entities',
    operation,
    operationName: 'Q',
    kind: OperationTypeNode.QUERY,
    document: parse(operation),
    variableNames: ['a'],
  },
  variables: '"a":1',
  representations: '{"__typename":"Entity","id":"x"},{"__typename":"Entity","id":"y"}',
}
const scope: CallScope = {
  caller: anonymous,
  correlationId: 'c',
  signal: new AbortController().signal,
}

function recording(subscription: Stream<FormattedExecutionResult> | FormattedExecutionResult = {}) {
  const asked: unknown[] = []
  return {
    asked,
    execute(...args: unknown[]) {
      asked.push(args)
      return Promise.resolve({ data: { _entities: [] } })
    },
    subscribe(...args: unknown[]) {
      asked.push(args)
      return Promise.resolve(subscription)
    },
  }
}

test('a call is one request with the planner’s document, all variables, and the caller', async () => {
  const subgraph = recording()
  expect(await localTransport(subgraph).send(call, scope)).toEqual({ data: { _entities: [] } })
  const representations = [
    { __typename: 'Entity', id: 'x' },
    { __typename: 'Entity', id: 'y' },
  ]
  const variables = { a: 1, representations }
  expect(subgraph.asked).toEqual([
    [{ document: call.fetch.document, variables, operationName: 'Q' }, scope],
  ])
})

test('every call has variables of its own', async () => {
  const subgraph = recording()
  const transport = localTransport(subgraph)
  await transport.send({ ...call, representations: null }, scope)
  await transport.send({ ...call, representations: null }, scope)
  const [first, second] = subgraph.asked as [{ variables: unknown }][]
  expect(first?.[0].variables).toEqual({ a: 1 })
  expect(first?.[0].variables).not.toBe(second?.[0].variables)
})

test('a stream passes events on and closes the subgraph’s when returned', async () => {
  const upstream = source<FormattedExecutionResult>()
  const answer = await localTransport(recording(upstream)).subscribe(call, scope)
  upstream.push({ data: { n: 1 } })
  upstream.push({ data: { n: 2 } })
  upstream.end()
  const stream = answer as Stream<FormattedExecutionResult>
  expect(await collected(stream, ({ data }) => data)).toEqual([{ n: 1 }, { n: 2 }])
  await stream.return()
  expect(upstream.isClosed).toBe(true)
})

test('a refusal to subscribe is the one answer', async () => {
  const errors = [{ message: 'no' }]
  expect(await localTransport(recording({ errors })).subscribe(call, scope)).toEqual({ errors })
})
