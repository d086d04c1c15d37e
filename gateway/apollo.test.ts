import { ApolloServer, HeaderMap } from '@apollo/server'
import { anonymous } from '@sez/platform/context'
import { expect, test } from 'vitest'
import { apolloGateway, type PipelineContext, stringifyResult } from './apollo.ts'
import { compose, harness } from './federation.fixture.ts'
import { JsonData } from './plan/json-data.ts'
import { media, shop } from './shop.fixture.ts'

const scope = { caller: anonymous, correlationId: 'test', signal: new AbortController().signal }

test('ApolloServer’s own HTTP layer serves the engine as its gateway, through a reload too', async () => {
  const { engine } = harness(compose(shop))
  const server = new ApolloServer<PipelineContext>({
    gateway: apolloGateway(engine),
    stringifyResult: (result) => stringifyResult(result),
  })
  await server.start()
  const ask = async (query: string) => {
    const { body } = await server.executeHTTPGraphQLRequest({
      httpGraphQLRequest: {
        method: 'POST',
        headers: new HeaderMap([['content-type', 'application/json']]),
        search: '',
        body: { query },
      },
      context: () => Promise.resolve({ scope, carried: {} }),
    })
    return body.kind === 'complete' ? body.string : ''
  }
  expect(await ask('{ book(upc: "p1") { upc shipping } }')).toBe(
    '{"data":{"book":{"upc":"p1","shipping":1}}}',
  )
  expect(JSON.parse(await ask('{ fails }'))).toMatchObject({
    data: { fails: null },
    errors: [{ message: 'Cannot say', path: ['fails'], extensions: { code: 'TEAPOT' } }],
  })
  engine.load(compose(media).supergraphSdl)
  expect(await ask('{ book(upc: "p1") { upc } }')).toContain('GRAPHQL_VALIDATION_FAILED')
  await server.stop()
})

test('stringifyResult writes finished text once, and anything else as JSON', () => {
  const data = new JsonData('{"a":1}')
  expect(stringifyResult({ data })).toBe('{"data":{"a":1}}')
  expect(stringifyResult({ data, extensions: { x: 1 } })).toBe(
    '{"data":{"a":1},"extensions":{"x":1}}',
  )
  expect(stringifyResult({ data: { a: 1 } })).toBe('{"data":{"a":1}}')
  expect(JSON.stringify({ data })).toBe('{"data":{"a":1}}')
})
