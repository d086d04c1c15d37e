/** The listener: what it refuses, and how it ends. @module */
import { once } from 'node:events'
import { type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { SezError } from '@sez/core/errors'
import { afterEach, describe, expect, it } from 'vitest'
import { readJson } from './body.ts'
import { until } from './database.fixture.ts'
import {
  correlationIdOf,
  listen,
  type Listener,
  type ListenOptions,
  sendError,
  sendJson,
} from './http.ts'
import { openLog } from './log.ts'

type Body = string | Uint8Array<ArrayBuffer>

const lines: string[] = []
const log = openLog({ level: 'warn', pretty: false, stream: { write: (line) => lines.push(line) } })
const open: Listener[] = []

async function start(
  onRequest: ListenOptions['onRequest'],
  more: Partial<ListenOptions> = {},
): Promise<Listener> {
  const listener = await listen({ host: '127.0.0.1', port: 0, onRequest, log, ...more })
  open.push(listener)
  return listener
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((listener) => listener.close(0)))
})

/** Answers with the JSON it was sent. */
async function echo(request: IncomingMessage, response: ServerResponse): Promise<void> {
  sendJson(response, 200, await readJson(request, { bytesMax: 64, timeoutMs: 200 }))
}

async function post(url: string, body: Body): Promise<{ status: number; body: unknown }> {
  const response = await fetch(url, { method: 'POST', body })
  return { status: response.status, body: await response.json() }
}

describe('a body', () => {
  it('arrives as it was sent', async () => {
    const { url } = await start(echo)
    expect(await post(url, '{"a":"é"}')).toEqual({ status: 200, body: { a: 'é' } })
  })

  it.each<[string, number, Body]>([
    ['BODY_NOT_JSON', 400, '{"a":'],
    ['BODY_NOT_JSON', 400, ''],
    ['BODY_NOT_UTF8', 400, new Uint8Array([0x22, 0xff, 0x22])],
    ['BODY_TOO_LARGE', 413, `"${'x'.repeat(100)}"`],
  ])('%s is answered with %i', async (code, status, body) => {
    const { url } = await start(echo)
    expect(await post(url, body)).toMatchObject({
      status,
      body: { errors: [{ extensions: { code, correlationId: expect.any(String) } }] },
    })
  })

  it('BODY_TOO_LARGE when it grows beyond the limit without having said so', async () => {
    const { url } = await start(echo)
    const request = httpRequest(url, { method: 'POST' })
    request.on('error', () => undefined)
    request.write('"'.padEnd(60, 'x'))
    request.write('x'.repeat(60))
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    expect(response.statusCode).toBe(413)
    request.destroy()
  })

  it('REQUEST_TIMEOUT when it trickles', async () => {
    const { url } = await start(echo)
    const request = httpRequest(url, { method: 'POST', headers: { 'content-length': 10 } })
    request.on('error', () => undefined)
    request.write('{')
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    expect(response.statusCode).toBe(408)
    request.destroy()
  })

  it('REQUEST_ABORTED when the client leaves in the middle', async () => {
    const codes: unknown[] = []
    const { url } = await start(async (request) => {
      await readJson(request).catch((error: unknown) => codes.push(error))
    })
    const request = httpRequest(url, { method: 'POST', headers: { 'content-length': 10 } })
    request.on('error', () => undefined)
    await new Promise<void>((resolve) => request.write('{', () => resolve()))
    request.destroy()
    await until('the body was given up', () => codes.length === 1)
    expect(codes).toMatchObject([{ code: 'REQUEST_ABORTED' }])
  })
})

describe('a failure', () => {
  it.each([
    [
      'thrown',
      () => {
        throw new TypeError('secret')
      },
    ],
    ['rejected', () => Promise.reject(new TypeError('secret'))],
  ])('that is %s is INTERNAL, logged and hidden', async (_case, onRequest) => {
    lines.length = 0
    const { url } = await start(onRequest)
    const { status, body } = await post(url, '')
    expect(status).toBe(500)
    expect(body).toMatchObject({ errors: [{ extensions: { code: 'INTERNAL' } }] })
    expect(JSON.stringify(body)).not.toContain('secret')
    expect(lines.join()).toContain('secret')
  })

  it('says when to come back', async () => {
    const { url } = await start(() => {
      throw new SezError('RATE_LIMITED', { retryAfterMs: 1_500 })
    })
    const response = await fetch(url)
    expect(response.status).toBe(429)
    expect(response.headers.get('retry-after')).toBe('2')
    expect(response.headers.get('cache-control')).toBe('no-store')
  })

  it('after the answer began cuts the connection', async () => {
    const { url } = await start((_, response) => {
      response.writeHead(200, { 'content-length': 100 })
      response.flushHeaders()
      sendError(response, new SezError('NOT_FOUND'), { correlationId: 'x', log })
    })
    await expect(fetch(url).then((response) => response.text())).rejects.toThrow(/terminated/u)
  })

  it('of the protocol is one status line', async () => {
    const { port } = await start(echo)
    const answer = await raw(port, 'NOT HTTP\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\nconnection: close/u)
    const long = await raw(port, `GET / HTTP/1.1\r\nhost: x\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`)
    expect(long).toMatch(/^HTTP\/1\.1 431/u)
  })
})

describe('a correlation id', () => {
  it.each([
    ['request-0001', true],
    ['01890a5d-ac96-774b-bcce-b302099a8057', true],
    ['short', false],
    ['with space', false],
    ['line\nbreak-12', false],
    ['x'.repeat(129), false],
    [undefined, false],
    [['request-0001', 'request-0002'], false],
  ])('%j is kept: %s', (given, isKept) => {
    const id = correlationIdOf({ headers: { 'x-correlation-id': given } })
    expect(id === given).toBe(isKept)
    expect(id).toMatch(/^[\w-]+$/u)
  })
})

describe('an address', () => {
  it('PORT_TAKEN in one sentence', async () => {
    const { port } = await start(echo)
    await expect(start(echo, { port })).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      message: expect.stringContaining(`Port ${port}`),
    })
  })

  it('ADDRESS_UNAVAILABLE when it is not of this machine', async () => {
    await expect(start(echo, { host: '192.0.2.1' })).rejects.toMatchObject({
      code: 'ADDRESS_UNAVAILABLE',
    })
  })
})

describe('a close', () => {
  it('lets a request in flight finish and accepts no other', async () => {
    const arrived = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    const listener = await start(async (_, response) => {
      arrived.resolve()
      await release.promise
      sendJson(response, 200, 'done')
    })
    const answer = fetch(listener.url)
    await arrived.promise
    const closing = listener.close(10_000)
    await expect(fetch(listener.url)).rejects.toThrow(/fetch failed/u)
    release.resolve()
    expect(await (await answer).json()).toBe('done')
    await closing
  })

  it('answers a client that would rather speak HTTP/2, as many offer with every request', async () => {
    const upgraded: unknown[] = []
    const { port } = await start(echo, { onUpgrade: (request) => upgraded.push(request.url) })
    const socket = connect(port, '127.0.0.1')
    socket.write(
      'POST / HTTP/1.1\r\nhost: x\r\nconnection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\n' +
        'http2-settings: AAEAAEAA\r\ncontent-length: 1\r\n\r\n1',
    )
    const [head] = (await once(socket, 'data')) as [Buffer]
    socket.destroy()
    expect(head.toString()).toMatch(/^HTTP\/1\.1 200 /u)
    expect(upgraded).toEqual([])
  })

  it('answers a wish for a socket as an ordinary request where it takes none', async () => {
    const { port } = await start(echo)
    const socket = connect(port, '127.0.0.1')
    socket.write(
      'POST / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n' +
        'content-length: 1\r\n\r\n1',
    )
    const [head] = (await once(socket, 'data')) as [Buffer]
    socket.destroy()
    expect(head.toString()).toMatch(/^HTTP\/1\.1 200 /u)
  })

  it('survives an upgrade that throws, and one whose socket is reset', async () => {
    const resets: Duplex[] = []
    const { url, port } = await start(echo, {
      onUpgrade(request, socket) {
        if (request.url === '/throws') throw new RangeError('no')
        resets.push(socket)
      },
    })
    const upgrade = (path: string): Socket =>
      connect(port, '127.0.0.1', function (this: Socket) {
        this.on('error', () => undefined)
        this.write(
          `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`,
        )
      })
    await once(upgrade('/throws'), 'close')
    expect(lines.some((line) => line.includes('an upgrade failed'))).toBe(true)
    const socket = upgrade('/resets')
    await until('the socket is upgraded', () => resets.length === 1)
    const closed = new Promise((done) => resets[0]?.resume().on('close', done))
    socket.resetAndDestroy()
    await closed
    expect(await post(url, '1')).toEqual({ status: 200, body: 1 })
  })

  it('cuts what has not finished at the deadline, upgraded sockets too', async () => {
    const arrived = Promise.withResolvers<void>()
    const upgraded: unknown[] = []
    const listener = await start(() => arrived.resolve(), {
      onUpgrade: (_, socket) => {
        socket.on('error', () => undefined)
        upgraded.push(socket)
      },
    })
    const hanging = fetch(listener.url).catch(() => 'cut')
    const socket = connect(listener.port, '127.0.0.1')
    socket.on('error', () => undefined)
    socket.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n')
    await arrived.promise
    await until('the socket is upgraded', () => upgraded.length === 1)
    const closed = once(socket, 'close')
    await Promise.all([listener.close(50), listener.close(50)])
    expect(await hanging).toBe('cut')
    await closed
  })
})

async function raw(port: number, text: string): Promise<string> {
  const socket: Socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  let answer = ''
  socket.on('data', (chunk) => (answer += String(chunk)))
  socket.write(text)
  await once(socket, 'close')
  return answer
}
