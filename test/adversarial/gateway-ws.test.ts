/** Hostile frames to the gateway's WebSocket front: a close code or a coded error, and it goes on. */
import { once } from 'node:events'
import { type Running, startGateway } from '@sez/gateway/gateway.fixture'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'

let running: Running
beforeAll(async () => {
  running = await startGateway({ config: { socketsPerCallerMax: 50 } })
})
afterAll(() => running[Symbol.asyncDispose]())

interface Frame {
  readonly type: string
  readonly id?: string
  readonly payload?: unknown
}

async function open() {
  const socket = new WebSocket(running.socketUrl, 'graphql-transport-ws')
  const frames: Frame[] = []
  const state: { code: number | null } = { code: null }
  socket.on('message', (data: Buffer) => frames.push(JSON.parse(data.toString())))
  socket.on('error', () => undefined)
  socket.on('close', (code) => {
    state.code = code
  })
  await once(socket, 'open')
  socket.send('{"type":"connection_init"}')
  await expect.poll(() => frames[0]?.type).toBe('connection_ack')
  return { socket, frames, state }
}

/** The next caller is served as if nothing had been. */
async function serveNext(): Promise<void> {
  const { socket, frames } = await open()
  const payload = { query: '{ book(upc: "p1") { upc } }' }
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload }))
  await expect.poll(() => frames[1]?.payload).toEqual({ data: { book: { upc: 'p1' } } })
  socket.terminate()
  await expect.poll(() => running.gateway.socketCount).toBe(0)
}

test.for(['__proto__', 'constructor', 'x'.repeat(10_000), '\u0000', '💥'])(
  'an operation may be called %s',
  async (id) => {
    const { socket, frames } = await open()
    const query = 'subscription { reviewed(count: 1) { id } }'
    socket.send(JSON.stringify({ id, type: 'subscribe', payload: { query } }))
    await expect
      .poll(() => frames.map(({ type }) => type))
      .toEqual(['connection_ack', 'next', 'complete'])
    expect(frames[1]).toEqual({ id, type: 'next', payload: { data: { reviewed: { id: 'r1' } } } })
    socket.terminate()
    await serveNext()
  },
)

test('the id of an operation at work cannot be taken', async () => {
  const { socket, state } = await open()
  const frame = JSON.stringify({
    id: '1',
    type: 'subscribe',
    payload: { query: '{ reviews { id } }' },
  })
  socket.send(frame)
  socket.send(frame)
  await expect.poll(() => state.code).toBe(4409)
  await serveNext()
})

test('variables a hundred thousand levels deep are REQUEST_INVALID', async () => {
  const { socket, frames } = await open()
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
  socket.send(
    `{"id":"1","type":"subscribe","payload":{"query":"{ fails }","variables":{"a":${deep}}}}`,
  )
  await expect
    .poll(() => frames[1])
    .toMatchObject({
      type: 'error',
      payload: [{ extensions: { code: 'REQUEST_INVALID', field: 'variables' } }],
    })
  socket.terminate()
  await serveNext()
})

test('a flood of pings from one who reads nothing does not pile up answers', async () => {
  const slow = await startGateway({ config: { stallMs: 300, pingMs: 60_000 } })
  const socket = new WebSocket(slow.socketUrl, 'graphql-transport-ws')
  await once(socket, 'open')
  socket.send('{"type":"connection_init"}')
  await once(socket, 'message')
  socket.pause()
  const ping = JSON.stringify({ type: 'ping', payload: { fill: 'x'.repeat(100_000) } })
  for (let index = 0; index < 200; index += 1) socket.send(ping)
  await expect.poll(() => slow.gateway.socketCount, { timeout: 15_000 }).toBe(0)
  socket.terminate()
  await slow[Symbol.asyncDispose]()
})

test('whatever text a frame holds, the socket is closed with a code or answers', async () => {
  const frame = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.json(),
    fc
      .record(
        {
          type: fc.constantFrom(
            'subscribe',
            'complete',
            'ping',
            'pong',
            'next',
            'error',
            'connection_ack',
          ),
          id: fc.oneof(fc.string(), fc.jsonValue()),
          payload: fc.oneof(
            fc.jsonValue(),
            fc.record({ query: fc.string(), variables: fc.jsonValue() }),
          ),
        },
        { requiredKeys: ['type'] },
      )
      .map((value) => JSON.stringify(value)),
  )
  await fc.assert(
    fc.asyncProperty(frame, async (text) => {
      const { socket, frames, state } = await open()
      socket.send(text)
      socket.send('{"type":"ping"}')
      await expect
        .poll(() => state.code !== null || frames.some(({ type }) => type === 'pong'), {
          interval: 2,
        })
        .toBe(true)
      expect([null, 4400, 4409, 4429, 1007]).toContain(state.code)
      socket.terminate()
    }),
    { numRuns: 100 },
  )
  await serveNext()
})
