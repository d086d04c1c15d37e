/** Sockets of people who mean harm: none keeps a place, memory or a stream that is not its own. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { type Running, startGateway, testAuthenticator } from '@sez/gateway/gateway.fixture'
import { type Source, source } from '@sez/gateway/stream.fixture'
import type { UpstreamResult } from '@sez/gateway/transport/transport'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'

const reviewed = 'subscription { reviewed { id } }'

async function open(running: Running, payload: Record<string, unknown> = {}) {
  const socket = new WebSocket(running.socketUrl, 'graphql-transport-ws')
  const frames: { readonly type: string; readonly payload?: unknown }[] = []
  socket.on('message', (data: Buffer) => frames.push(JSON.parse(data.toString())))
  socket.on('error', () => undefined)
  const closed = new Promise<[number, string]>((resolve) => {
    socket.once('close', (code, reason) => resolve([code, String(reason)]))
  })
  await once(socket, 'open')
  const send = (frame: unknown) => socket.send(JSON.stringify(frame))
  send({ type: 'connection_init', payload })
  return { socket, frames, closed, send }
}

const subscribe = (id: string, query = reviewed) => ({ id, type: 'subscribe', payload: { query } })

test('who leaves while the token is looked at keeps no place of the caller or the address', async () => {
  const answers: (() => void)[] = []
  const authenticator = {
    async callerOf(authorization: string | null) {
      await new Promise<void>((resolve) => answers.push(resolve))
      return testAuthenticator.callerOf(authorization)
    },
  }
  const config = { socketsPerCallerMax: 2 }
  await using running = await startGateway({ authenticator, config })
  for (let round = 0; round < 4; round += 1) {
    const { socket, closed } = await open(running, { token: 'CITIZEN' })
    await expect.poll(() => answers.length).toBe(1)
    socket.terminate()
    await closed
    await expect.poll(() => running.gateway.socketCount).toBe(0)
    answers.shift()?.()
  }
  const { frames, socket } = await open(running, { token: 'CITIZEN' })
  await expect.poll(() => answers.length).toBe(1)
  answers.shift()?.()
  await expect.poll(() => frames[0]?.type).toBe('connection_ack')
  socket.terminate()
})

test('pings of one who reads no pongs are dropped, not kept', async () => {
  await using running = await startGateway({ config: { pingMs: 60_000 } })
  const { socket, frames } = await open(running)
  await expect.poll(() => frames.length).toBe(1)
  let pongs = 0
  socket.on('pong', () => {
    pongs += 1
  })
  socket.pause()
  const pings = 400_000
  const payload = Buffer.alloc(125)
  const written = Promise.withResolvers<void>()
  const write = (left: number): void => {
    for (let index = 1; index < 10_000; index += 1) socket.ping(payload)
    socket.ping(payload, true, () => (left === 0 ? written.resolve() : write(left - 10_000)))
  }
  write(pings - 10_000)
  await written.promise
  socket.resume()
  const last = once(socket, 'message')
  socket.send('{"type":"ping"}')
  await last
  // What the kernel holds for both sides is a few megabytes; the pings are fifty.
  expect(pongs).toBeLessThan(pings / 2)
  socket.terminate()
})

test('one refused for too many sockets is let go of, though it never closes its side', async () => {
  await using running = await startGateway({ config: { socketsPerCallerMax: 1 } })
  const { socket, frames } = await open(running)
  await expect.poll(() => frames.length).toBe(1)
  const { hostname, port } = new URL(running.url)
  const peer = connect({ port: Number(port), host: hostname, allowHalfOpen: true })
  const said: Buffer[] = []
  peer.on('data', (chunk) => said.push(chunk))
  const failed = once(peer, 'error')
  peer.write(
    'GET /graphql HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n' +
      'sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  )
  await once(peer, 'end')
  expect(String(Buffer.concat(said))).toContain('429')
  // A server that only ended its own side would take this for ever.
  const talking = setInterval(() => peer.write('x'), 5)
  await failed
  clearInterval(talking)
  peer.destroy()
  socket.terminate()
})

test('an id that is taken again while its first operation opens is closed 4409, and so is its stream', async () => {
  const sources: Source<UpstreamResult>[] = []
  const opinions = {
    send: () => Promise.resolve({ data: {} }),
    async subscribe() {
      const upstream = source<UpstreamResult>()
      sources.push(upstream)
      await new Promise((resolve) => setImmediate(resolve))
      return upstream
    },
  }
  await using running = await startGateway({ transports: { opinions } })
  const { send, frames, closed } = await open(running)
  await expect.poll(() => frames.length).toBe(1)
  for (let round = 0; round < 5; round += 1) {
    send(subscribe('1'))
    send({ id: '1', type: 'complete' })
  }
  expect((await closed)[0]).toBe(4409)
  await expect.poll(() => sources.every(({ isClosed }) => isClosed)).toBe(true)
})

test('an operation that is completed before it opens keeps its place until it has ended', async () => {
  let calls = 0
  const opinions = {
    send: () => Promise.resolve({ data: {} }),
    subscribe() {
      calls += 1
      return Promise.withResolvers<UpstreamResult>().promise
    },
  }
  const config = { subscriptionsPerSocketMax: 2 }
  await using running = await startGateway({ transports: { opinions }, config })
  const { send, frames, socket } = await open(running)
  await expect.poll(() => frames.length).toBe(1)
  for (const id of ['1', '2', '3', '4']) {
    send(subscribe(id))
    send({ id, type: 'complete' })
  }
  send(subscribe('5'))
  await expect
    .poll(() => frames[1])
    .toMatchObject({ id: '5', payload: [{ extensions: { code: 'TOO_MANY_SUBSCRIPTIONS' } }] })
  expect(calls).toBe(2)
  socket.terminate()
})

test('a close reason that quotes the client is cut to what a close frame holds', async () => {
  await using running = await startGateway()
  const { send, frames, closed } = await open(running)
  await expect.poll(() => frames.length).toBe(1)
  const id = '💥'.repeat(1_000)
  send(subscribe(id, '{ reviews { id } }'))
  send(subscribe(id, '{ reviews { id } }'))
  const [code, reason] = await closed
  expect(code).toBe(4409)
  expect(reason).toMatch(/^Subscriber for (?:💥)+$/u)
  expect(running.logged).toEqual([])
})

test('a subscription that a variable could skip is GRAPHQL_INVALID, also beside a query', async () => {
  await using running = await startGateway()
  const { send, frames } = await open(running)
  await expect.poll(() => frames.length).toBe(1)
  const skipped = 'subscription S($s: Boolean!) { reviewed @skip(if: $s) { id } }'
  const hidden =
    'subscription S($s: Boolean!) { ...F } fragment F on Subscription { ... @include(if: $s) { reviewed { id } } }'
  send(subscribe('1', skipped))
  send(subscribe('2', hidden))
  const payload = { query: `query Q { fails } ${skipped}`, operationName: 'Q' }
  send({ id: '3', type: 'subscribe', payload })
  await expect.poll(() => frames.length).toBe(4)
  for (const { payload: errors } of frames.slice(1)) {
    expect(errors).toMatchObject([{ extensions: { code: 'GRAPHQL_INVALID' } }])
  }
  expect(running.logged).toEqual([])
})

test('without introspection no refusal suggests names of the schema', async () => {
  await using running = await startGateway({ config: { introspection: false } })
  const { send, frames } = await open(running)
  await expect.poll(() => frames.length).toBe(1)
  send(subscribe('1', 'subscription { reviewd { id } }'))
  send(subscribe('2', '{ reviewz { id } }'))
  await expect.poll(() => frames.length).toBe(3)
  expect(JSON.stringify(frames)).toContain('Cannot query field')
  expect(JSON.stringify(frames)).not.toContain('Did you mean')
})
