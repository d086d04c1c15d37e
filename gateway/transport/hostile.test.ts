import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { until, refusalOf } from '@sez/platform/database.fixture'
import { expect, test } from 'vitest'
import { callOf, openTransport, scopeOf, serveRaw } from './http.fixture.ts'

type Misdeed = (response: ServerResponse, request: IncomingMessage) => void

const limits = {
  timeoutMs: 20_000,
  responseBytesMax: 20_000,
  batchBytesMax: 30_000,
  streamIdleMs: 300,
}
const answerType = { 'content-type': 'application/graphql-response+json' }
const query = '{ a }'

const misdeeds: readonly (readonly [name: string, code: string, misdeed: Misdeed])[] = [
  ['says nothing', 'UPSTREAM_TIMEOUT', () => undefined],
  [
    'stops after the head',
    'UPSTREAM_TIMEOUT',
    (response) => response.writeHead(200, answerType).flushHeaders(),
  ],
  [
    'never ends',
    'UPSTREAM_TIMEOUT',
    (response) => {
      response.writeHead(200, answerType).write('{')
    },
  ],
  [
    'closes at once',
    'UPSTREAM_FAILED',
    (response) => {
      response.destroy()
    },
  ],
  [
    'closes in the middle',
    'UPSTREAM_FAILED',
    (response) => {
      response.writeHead(200, { ...answerType, 'content-length': '100' }).write('{"data"')
      setImmediate(() => response.destroy())
    },
  ],
  [
    'is no HTTP',
    'UPSTREAM_FAILED',
    (response) => {
      response.socket?.end('no HTTP at all\r\n\r\n')
    },
  ],
  [
    'sends a huge header',
    'UPSTREAM_FAILED',
    (response) => {
      response.writeHead(200, { ...answerType, 'x-big': 'x'.repeat(70_000) }).end('{"data":{}}')
    },
  ],
  [
    'answers 500',
    'UPSTREAM_FAILED',
    (response) => {
      response.writeHead(500).end('at /secret/path')
    },
  ],
  [
    'answers 503',
    'UPSTREAM_FAILED',
    (response) => {
      response.writeHead(503).end()
    },
  ],
  [
    'sends elsewhere',
    'UPSTREAM_FAILED',
    (response) => {
      response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()
    },
  ],
  [
    'does not believe us',
    'UPSTREAM_FAILED',
    (response) => {
      response
        .writeHead(401, answerType)
        .end('{"errors":[{"message":"x","extensions":{"code":"ASSERTION_INVALID"}}]}')
    },
  ],
  [
    'sends a page',
    'UPSTREAM_INVALID',
    (response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')
    },
  ],
  [
    'sends no JSON',
    'UPSTREAM_INVALID',
    (response) => {
      response.writeHead(200, answerType).end('{"data":')
    },
  ],
  [
    'sends nothing',
    'UPSTREAM_INVALID',
    (response) => {
      response.writeHead(200, answerType).end()
    },
  ],
  [
    'sends too much',
    'UPSTREAM_TOO_LARGE',
    (response) => {
      response.writeHead(200, answerType).end(`{"data":"${'x'.repeat(20_000)}"}`)
    },
  ],
  [
    'sends without end',
    'UPSTREAM_TOO_LARGE',
    (response) => {
      response.writeHead(200, answerType)
      flood(response, 'x'.repeat(1_000))
    },
  ],
]

function flood(response: ServerResponse, text: string): void {
  const more = (): void => {
    if (!response.destroyed) response.write(text, () => setImmediate(more))
  }
  more()
}

test.each(misdeeds)('a subgraph that %s is %s', async (_name, code, misdeed) => {
  await using server = await serveRaw((request, response) => {
    request.resume()
    request.once('end', () => misdeed(response, request))
  })
  // Short only where the end of time is what is tested: repeats take theirs on a busy machine.
  const timeoutMs = code === 'UPSTREAM_TIMEOUT' ? 700 : limits.timeoutMs
  await using transport = openTransport({ url: server.url, limits: { ...limits, timeoutMs } })
  for (const operation of [query, 'mutation { a }', 'subscription { a }']) {
    const call = callOf(operation)
    const work = operation.startsWith('sub')
      ? transport.subscribe(call, scopeOf())
      : transport.send(call, scopeOf())
    const error = await refusalOf(work)
    expect([operation, error.code, error.details['subgraph']]).toEqual([operation, code, 'shop'])
    expect(JSON.stringify([error.message, error.details])).not.toMatch(/127\.0\.0\.1|secret/)
  }
})

test('a dead subgraph is told as failed, at once', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  server.close()
  await using transport = openTransport({ url: `http://127.0.0.1:${port}/graphql`, limits })
  for (const operation of [query, 'mutation { a }']) {
    const error = await refusalOf(transport.send(callOf(operation), scopeOf()))
    expect(error.code).toBe('UPSTREAM_FAILED')
  }
  expect((await refusalOf(transport.subscribe(callOf('subscription { a }'), scopeOf()))).code).toBe(
    'UPSTREAM_FAILED',
  )
})

const batchMisdeeds: readonly (readonly [string, readonly (string | null)[], string])[] = [
  ['sends one line too few', [null, 'UPSTREAM_INVALID'], '{"data":{"n":1}}\n'],
  ['sends one line too many', [null, null], '{"data":{"n":1}}\n{"data":{"n":2}}\n{"data":{}}\n'],
  ['leaves the last line open', [null, 'UPSTREAM_INVALID'], '{"data":{"n":1}}\n{"data":{"n":2}}'],
  ['sends a line that is no JSON', ['UPSTREAM_INVALID', null], 'x\n{"data":{"n":2}}\n'],
  [
    'sends a line too long',
    ['UPSTREAM_TOO_LARGE', 'UPSTREAM_TOO_LARGE'],
    `"${'x'.repeat(20_000)}"\n{}\n`,
  ],
  ['sends blank lines without end', ['UPSTREAM_INVALID', 'UPSTREAM_INVALID'], '\n'.repeat(500)],
]

test.each(batchMisdeeds)(
  'a subgraph that %s is found out for each line',
  async (_name, codes, text) => {
    await using server = await serveRaw((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' }).end(text)
    })
    await using transport = openTransport({ url: server.url, limits })
    const answers = await Promise.allSettled([
      transport.send(callOf('{ a }'), scopeOf()),
      transport.send(callOf('{ b }'), scopeOf()),
    ])
    const found = answers.map((answer) =>
      answer.status === 'rejected' ? (answer.reason as { code: string }).code : null,
    )
    expect(found).toEqual(codes)
  },
)

test('a query is sent again when the connection fails, a mutation never', async () => {
  let arrived = 0
  await using server = await serveRaw((request, response) => {
    arrived += 1
    request.resume()
    if (arrived === 1) response.destroy()
    else if (arrived === 2) response.writeHead(502).end()
    else response.writeHead(200, answerType).end('{"data":{"n":1}}')
  })
  await using transport = openTransport({ url: server.url })
  expect(await transport.send(callOf(query), scopeOf())).toEqual({ data: { n: 1 } })
  expect(arrived).toBe(3)
  arrived = 0
  expect((await refusalOf(transport.send(callOf('mutation { a }'), scopeOf()))).code).toBe(
    'UPSTREAM_FAILED',
  )
  arrived = 1
  expect((await refusalOf(transport.send(callOf('mutation { a }'), scopeOf()))).code).toBe(
    'UPSTREAM_FAILED',
  )
  expect(arrived).toBe(2)
})

test('who leaves is forgotten, and the POST is given up when all left', async () => {
  let closed = 0
  let arrived = 0
  await using server = await serveRaw((_request, response) => {
    arrived += 1
    response.on('close', () => {
      closed += 1
    })
  })
  await using transport = openTransport({ url: server.url })
  const leaving = [new AbortController(), new AbortController()]
  const work = leaving.map(({ signal }, i) =>
    refusalOf(transport.send(callOf(`{ a${i} }`), scopeOf({ signal }))),
  )
  await until('one POST arrived', () => arrived === 1)
  leaving[0]?.abort()
  expect((await work[0])?.code).toBe('REQUEST_ABORTED')
  expect(closed).toBe(0)
  leaving[1]?.abort()
  expect((await work[1])?.code).toBe('REQUEST_ABORTED')
  await until('it was given up', () => closed === 1)
})

test('disposing fails what is under way', async () => {
  await using server = await serveRaw(() => undefined)
  const transport = openTransport({ url: server.url })
  const work = [
    refusalOf(transport.send(callOf(query), scopeOf())),
    refusalOf(transport.subscribe(callOf('subscription { a }'), scopeOf())),
  ]
  await transport[Symbol.asyncDispose]()
  expect((await Promise.all(work)).map(({ code }) => code)).toEqual([
    'UPSTREAM_FAILED',
    'UPSTREAM_FAILED',
  ])
  expect((await refusalOf(transport.send(callOf(query), scopeOf()))).code).toBe('UPSTREAM_FAILED')
})
