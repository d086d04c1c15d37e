/** A zone that can be made to fail: GraphQL over HTTP and WebSocket around one fixture corridor. @module */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import { type WebSocket, WebSocketServer } from 'ws'
import { type Connection, connect } from './connection.ts'
import type { FixtureCorridor, FixtureRow } from './corridor.fixture.ts'
import { parseDocument } from './corridor-event.ts'
import { recordOf } from './zone-error.ts'

export interface FakeZone extends AsyncDisposable {
  readonly url: string
  readonly connection: Connection
  /** Everything that was asked over HTTP, by operation name. */
  readonly asked: string[]
  /** The `after` of each subscription. */
  readonly subscribed: (string | null)[]
  readonly faults: Faults
  /** Subscriptions that the client ended. */
  readonly ended: number
  /** Tells the subscribers that rows were added. */
  announce(): void
}

export interface Faults {
  /** Sockets are cut after so many events each. */
  cutAfter: number
  refuseSockets: boolean
  /** How sockets are left without a word, and without an end. */
  mute: 'never greets' | 'falls silent' | 'never answers the handshake' | null
  /** Every page claims that there is another one. */
  alwaysMore: boolean
  /** Closes every socket so when it says hello. */
  closeWith: { code: number; reason: string } | null
  /** Answers to so many mutations are lost after they were carried out. */
  loseAnswers: number
  /** So many requests are answered with this status and no GraphQL. */
  failures: { count: number; status: number }
  /** Errors to answer the next operations with, subscriptions included. */
  errors: object[]
  /** Changes a row on its way out. */
  tamper: (row: FixtureRow) => unknown
  /** Called before an append is judged, to let another partner be faster. */
  beforeAppend: () => void
}

export async function openFakeZone(corridor: FixtureCorridor): Promise<FakeZone> {
  const asked: string[] = []
  const subscribed: (string | null)[] = []
  const listeners = new Set<() => void>()
  const faults: Faults = {
    cutAfter: Infinity,
    refuseSockets: false,
    mute: null,
    alwaysMore: false,
    closeWith: null,
    loseAnswers: 0,
    failures: { count: 0, status: 503 },
    errors: [],
    tamper: (row) => row,
    beforeAppend: () => undefined,
  }
  const announce = (): void => {
    for (const listener of listeners) listener()
  }
  const ended = { count: 0 }
  const zone = {
    ended,
    corridor,
    faults,
    asked,
    subscribed,
    listeners,
    announce,
    answers: new Map(),
  }
  const server = createServer((request, response) => void handle(zone, request, response))
  const unanswered = new Set<Duplex>()
  const sockets = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request, socket, head) => {
    if (faults.refuseSockets) socket.destroy()
    else if (faults.mute === 'never answers the handshake') {
      unanswered.add(socket.on('error', () => undefined))
    } else sockets.handleUpgrade(request, socket, head, (opened) => serve(zone, opened))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`
  return {
    url,
    connection: connect({ url, token: () => Promise.resolve('token'), random: () => 0 }),
    asked,
    subscribed,
    faults,
    get ended() {
      return ended.count
    },
    announce,
    async [Symbol.asyncDispose]() {
      for (const client of sockets.clients) client.terminate()
      for (const socket of unanswered) socket.destroy()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

interface Zone extends Pick<FakeZone, 'faults' | 'asked' | 'subscribed' | 'announce'> {
  readonly ended: { count: number }
  readonly corridor: FixtureCorridor
  readonly listeners: Set<() => void>
  readonly answers: Map<string, object>
}

async function handle(
  zone: Zone,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { faults } = zone
  const { query, variables } = recordOf(JSON.parse(await text(request)))
  const name = /(?:query|mutation) (\w+)/.exec(String(query))?.[1] ?? ''
  zone.asked.push(name)
  if (faults.failures.count > 0) {
    faults.failures.count -= 1
    response.writeHead(faults.failures.status).end('no GraphQL here')
    return
  }
  const error = faults.errors.shift()
  const result = error === undefined ? answer(zone, name, recordOf(variables)) : failed(error)
  if (name === 'Append' && faults.loseAnswers > 0) {
    faults.loseAnswers -= 1
    response.destroy()
    return
  }
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(result))
}

const failed = (extensions: object): object => ({ errors: [{ message: 'refused', extensions }] })

function answer(zone: Zone, name: string, variables: Readonly<Record<string, unknown>>): object {
  const { corridor, faults } = zone
  switch (name) {
    case 'Head': {
      const { sequence, prevRoot } = corridor.place()
      const head = { receiptCount: sequence, nextRoot: prevRoot }
      const sets = { lawpackDigestSet: [], rulesetDigestSet: [] }
      const found = { state: 'ACTIVE', head, ...sets }
      return { data: { corridor: variables['corridorId'] === corridor.corridorId ? found : null } }
    }
    case 'Page': {
      const from = startOf(corridor, variables['after'])
      const nodes = corridor.rows.slice(from, from + 3).map(faults.tamper)
      const hasNextPage = faults.alwaysMore || from + 3 < corridor.rows.length
      return { data: { corridorEventLog: { nodes, pageInfo: { hasNextPage } } } }
    }
    case 'Append':
      return append(zone, recordOf(variables['input']))
    case 'Proof': {
      const sequence = Number(variables['sequence'])
      const document = JSON.stringify(corridor.proof(sequence))
      const checkpoint = { document: JSON.stringify(corridor.sealed()) }
      return { data: { receiptProof: { document, checkpoint } } }
    }
    default:
      return { data: {} }
  }
}

function append(zone: Zone, input: Readonly<Record<string, unknown>>): object {
  const { corridor, answers, faults } = zone
  const idempotencyKey = String(input['idempotencyKey'])
  const known = answers.get(idempotencyKey)
  if (known !== undefined) return known
  faults.beforeAppend()
  const document = String(input['document'])
  const receipt = parseDocument(document) ?? {}
  const { sequence, prevRoot } = corridor.place()
  const stored = corridor.nextRoots.findIndex((root) => root === receipt['next_root'])
  if (stored < 0 && (receipt['sequence'] !== sequence || receipt['prev_root'] !== prevRoot)) {
    const head = { sequence: sequence - 1, receiptCount: sequence, nextRoot: prevRoot }
    return failed({ code: 'STALE_HEAD', retry: false, details: head })
  }
  const row = stored < 0 ? corridor.receipt(document) : undefined
  zone.announce()
  const { eventId = 'evt_known', digest = '', position = null } = row ?? {}
  const result = {
    data: {
      appendReceipt: {
        outcome: stored < 0 ? 'APPENDED' : 'ALREADY_STORED',
        receipt: { sequence: receipt['sequence'], nextRoot: receipt['next_root'] },
        log: { eventId, digest, position },
      },
    },
  }
  answers.set(idempotencyKey, result)
  return result
}

function startOf({ rows }: FixtureCorridor, after: unknown): number {
  return typeof after === 'string' ? rows.findIndex(({ cursor }) => cursor === after) + 1 : 0
}

/** The graphql-transport-ws protocol, as far as one subscription needs it. */
function serve(zone: Zone, socket: WebSocket): void {
  const { corridor, faults, listeners, subscribed } = zone
  const send = (message: object): void => socket.send(JSON.stringify(message))
  socket.on('message', (data: Buffer) => {
    const { type, id, payload } = recordOf(JSON.parse(data.toString('utf8')))
    if (faults.mute === 'never greets') return
    if (type === 'connection_init') {
      const { closeWith } = faults
      if (closeWith !== null) return socket.close(closeWith.code, closeWith.reason)
      return send({ type: 'connection_ack' })
    }
    if (type === 'ping') return faults.mute === null ? send({ type: 'pong' }) : undefined
    if (type === 'complete') zone.ended.count += 1
    if (type !== 'subscribe') return
    const error = faults.errors.shift()
    if (error !== undefined) return send({ id, type: 'error', payload: failedList(error) })
    const { after = null } = recordOf(recordOf(payload)['variables'])
    subscribed.push(after as string | null)
    if (faults.mute !== null) return
    let next = startOf(corridor, after)
    let left = faults.cutAfter
    const flush = (): void => {
      for (; next < corridor.rows.length && left > 0; next += 1, left -= 1) {
        const row = corridor.rows[next] as FixtureRow
        send({ id, type: 'next', payload: { data: { corridorEvents: faults.tamper(row) } } })
      }
      if (left === 0) socket.close(1012, 'restarting')
    }
    listeners.add(flush)
    socket.on('close', () => listeners.delete(flush))
    flush()
  })
}

const failedList = (extensions: object): object[] => [{ message: 'refused', extensions }]
