/** A connection is one: whatever becomes of it, it is not opened again behind its owner's back. @module */
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { invariant } from '@sez/core/invariant'
import { afterEach, expect, test } from 'vitest'
import { type Connection, openConnection } from './connection.ts'
import { mapDatabaseError } from './db.ts'

let cleanup = new AsyncDisposableStack()
afterEach(async () => {
  await cleanup.disposeAsync()
  cleanup = new AsyncDisposableStack()
})

/** A connection to something that is no Postgres, and how often it was called. */
async function connectTo(meet: (socket: Socket) => void) {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => undefined)
    meet(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanup.defer(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  invariant(typeof address === 'object' && address !== null, 'a TCP listener has a port')
  const connection: Connection = openConnection({
    url: `postgres://zone:zone@127.0.0.1:${address.port}/zone`,
    applicationName: 'test',
    prepare: false,
    bigints: false,
    limited: false,
  })
  cleanup.defer(() => connection.end(0))
  return { connection, sockets }
}

test.each([
  ['hangs up', (socket: Socket) => void socket.end()],
  ['resets', (socket: Socket) => void socket.resetAndDestroy()],
  [
    'answers in another protocol',
    (socket: Socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n'),
  ],
])('DATABASE_UNAVAILABLE, after one call, where somebody %s', async (_, meet) => {
  const { connection, sockets } = await connectTo(meet)
  const failure = await connection.client`select 1`.then(
    () => null,
    (error: unknown) => mapDatabaseError(error),
  )
  expect(failure).toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
  expect(sockets).toHaveLength(1)
})

test('DATABASE_UNAVAILABLE, in bounded time, where somebody accepts and says nothing', async () => {
  const { connection, sockets } = await connectTo(() => undefined)
  const failure = await connection.client`select 1`.then(
    () => null,
    (error: unknown) => mapDatabaseError(error),
  )
  expect(failure).toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
  expect(sockets).toHaveLength(1)
})
