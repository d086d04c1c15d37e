import { describe, expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { did, fixtureCorridor } from './corridor.fixture.ts'
import type { CorridorState } from './corridor-state.ts'
import type { VerifiedEvent } from './event-chain.ts'
import { type CorridorEvents, type FollowBehaviour, followCorridor, resume } from './events.ts'
import { openFakeZone } from './zone.fixture.ts'

const quick: FollowBehaviour = { random: () => 0 }

async function take(events: CorridorEvents, count: number): Promise<VerifiedEvent[]> {
  const taken: VerifiedEvent[] = []
  for await (const event of events) {
    taken.push(event)
    if (taken.length === count) break
  }
  return taken
}

function longCorridor() {
  const corridor = fixtureCorridor()
  for (let index = 0; index < 8; index += 1) corridor.append(index % 2 === 0 ? 'ada' : 'bob')
  corridor.checkpoint()
  corridor.logCheckpoint()
  return corridor
}

describe('followCorridor', () => {
  test('gives what happened before and then what happens', async () => {
    const corridor = fixtureCorridor()
    await using zone = await openFakeZone(corridor)
    const events = followCorridor({ connection: zone.connection, corridorId: 'pak-uae' })
    expect((await take(events, 3)).map(({ kind }) => kind)).toEqual([
      'CREATED',
      'PROPOSED',
      'ACTIVATED',
    ])
    const live = followCorridor({ connection: zone.connection, corridorId: 'pak-uae' })
    for (let index = 0; index < 3; index += 1) await live.next()
    const next = live.next()
    corridor.append()
    zone.announce()
    expect((await next).value).toMatchObject({ kind: 'RECEIPT_APPENDED', streamSequence: 4 })
    await live.return?.()
  })

  test('a socket cut after every second event loses and repeats nothing', async () => {
    const { rows, ...corridor } = longCorridor()
    await using zone = await openFakeZone({ rows, ...corridor })
    zone.faults.cutAfter = 2
    const failures: number[] = []
    const behaviour = {
      ...quick,
      onFailure: (_: unknown, attempt: number) => failures.push(attempt),
    }
    const { connection } = zone
    const events = followCorridor({ connection, corridorId: 'pak-uae', behaviour })
    const taken = await take(events, rows.length)
    expect(taken.map(({ cursor }) => cursor)).toEqual(rows.map(({ cursor }) => cursor))
    expect(zone.subscribed.slice(0, 3)).toEqual([null, 'cursor-2', 'cursor-4'])
    expect(Math.max(...failures)).toBe(1)
  })

  test('goes on from a stored state, in another process as it were', async () => {
    const { rows, ...corridor } = longCorridor()
    await using zone = await openFakeZone({ rows, ...corridor })
    const first = followCorridor({ connection: zone.connection, corridorId: 'pak-uae' })
    const before = await take(first, 5)
    const stored = JSON.stringify(before.at(-1)?.state)
    const after = await take(
      resume(zone.connection, JSON.parse(stored) as CorridorState),
      rows.length - 5,
    )
    expect([...before, ...after].map(({ cursor }) => cursor)).toEqual(rows.map((row) => row.cursor))
    expect(zone.subscribed).toEqual([null, 'cursor-5'])
  })

  test('reads the paged log while sockets are refused, and the socket again later', async () => {
    const { rows, ...corridor } = longCorridor()
    await using zone = await openFakeZone({ rows, ...corridor })
    zone.faults.refuseSockets = true
    const { connection } = zone
    const events = followCorridor({ connection, corridorId: 'pak-uae', behaviour: quick })
    const taken: VerifiedEvent[] = []
    while (taken.length < rows.length) taken.push((await events.next()).value as VerifiedEvent)
    zone.faults.refuseSockets = false
    corridor.append()
    taken.push((await events.next()).value as VerifiedEvent)
    await events.return?.()
    expect(taken.map(({ cursor }) => cursor)).toEqual(rows.map(({ cursor }) => cursor))
    expect(zone.asked).toContain('Page')
    expect(zone.subscribed).toEqual([`cursor-${rows.length - 1}`])
  })

  test('a zone checkpoint that comes again on a new socket is given out once', async () => {
    const corridor = longCorridor()
    const [seal] = corridor.rows.slice(-1)
    if (seal !== undefined) corridor.rows.push({ ...seal, cursor: 'again' })
    corridor.append()
    await using zone = await openFakeZone(corridor)
    const events = followCorridor({ connection: zone.connection, corridorId: 'pak-uae' })
    const taken = await take(events, corridor.rows.length - 1)
    expect(taken.filter(({ kind }) => kind === 'CHECKPOINT').length).toBe(1)
    expect(taken.at(-1)?.streamSequence).toBe(13)
  })

  test('whoever is slower than the zone gets all of it, by pages once the socket is far ahead', async () => {
    const corridor = longCorridor()
    for (let index = 0; index < 1_100; index += 1) corridor.event('NOTED')
    await using zone = await openFakeZone(corridor)
    const { connection } = zone
    const events = followCorridor({ connection, corridorId: 'pak-uae', behaviour: quick })
    const first = [(await events.next()).value as VerifiedEvent]
    // All that the socket sends arrives before the second event is asked for.
    await vi.waitFor(() => expect(zone.ended).toBeGreaterThan(0))
    const rest = await take(events, corridor.rows.length - 1)
    expect([...first, ...rest].map(({ cursor }) => cursor)).toEqual(
      corridor.rows.map(({ cursor }) => cursor),
    )
    expect(zone.asked).toContain('Page')
    expect(zone.subscribed).toEqual([null])
  })

  test.each([
    ['never greets', undefined],
    ['falls silent', undefined],
    ['never answers the handshake', undefined],
    ['never answers the handshake', WebSocket],
  ] as const)('a zone that %s is left and found again', async (how, webSocket) => {
    const corridor = longCorridor()
    await using zone = await openFakeZone(corridor)
    zone.faults.mute = how
    const { connection } = zone
    const behaviour = {
      ...quick,
      silenceMaxMs: 60,
      webSocket,
      onFailure: () => (zone.faults.mute = null),
    }
    const events = followCorridor({ connection, corridorId: 'pak-uae', behaviour })
    const taken = await take(events, corridor.rows.length)
    expect(taken.map(({ cursor }) => cursor)).toEqual(corridor.rows.map(({ cursor }) => cursor))
    expect(zone.subscribed.length).toBe(how === 'falls silent' ? 2 : 1)
  })

  test('a page without events ends the reading, whatever it says of the next', async () => {
    const corridor = longCorridor()
    await using zone = await openFakeZone(corridor)
    zone.faults.refuseSockets = true
    zone.faults.alwaysMore = true
    const { connection } = zone
    const events = followCorridor({ connection, corridorId: 'pak-uae', behaviour: quick })
    for (const _ of corridor.rows) await events.next()
    const waiting = events.next()
    await vi.waitFor(() => expect(zone.asked.filter((name) => name === 'Page')).toHaveLength(6))
    await events.return?.()
    await waiting
    expect(zone.asked.filter((name) => name === 'Page')).toHaveLength(6)
  })

  test('EVENT_CHAIN_BROKEN at once when the zone sends what does not link', async () => {
    await using zone = await openFakeZone(longCorridor())
    zone.faults.tamper = (row) => (row.streamSequence === 5 ? { ...row, digest: null } : row)
    const events = followCorridor({ connection: zone.connection, corridorId: 'pak-uae' })
    const taken: number[] = []
    const all = (async () => {
      for await (const { streamSequence } of events) taken.push(streamSequence ?? 0)
    })()
    await expect(all).rejects.toMatchObject({ code: 'EVENT_CHAIN_BROKEN' })
    expect(taken).toEqual([1, 2, 3, 4])
  })

  test('EVENT_CHAIN_BROKEN when the zone is not the pinned one', async () => {
    await using zone = await openFakeZone(longCorridor())
    const { connection } = zone
    const options = { connection, corridorId: 'pak-uae', zoneDid: did('another') }
    await expect(take(followCorridor(options), 99)).rejects.toMatchObject({
      code: 'EVENT_CHAIN_BROKEN',
      details: { what: 'the checkpoint is not signed by the zone' },
    })
  })

  test.each(['FORBIDDEN', 'CURSOR_FORKED', 'NOT_FOUND'])('%s is final', async (code) => {
    await using zone = await openFakeZone(longCorridor())
    zone.faults.errors.push({ code, retry: false })
    const { connection } = zone
    const events = followCorridor({ connection, corridorId: 'pak-uae', behaviour: quick })
    await expect(events.next()).rejects.toMatchObject({ name: 'ZoneError', code })
  })

  test.each(['TOKEN_EXPIRED', 'SUBSCRIBER_TOO_SLOW', 'UNAUTHENTICATED'])(
    '%s is answered once with a new socket',
    async (code) => {
      await using zone = await openFakeZone(longCorridor())
      zone.faults.errors.push({ code, retry: code === 'SUBSCRIBER_TOO_SLOW' })
      const { connection } = zone
      const events = followCorridor({ connection, corridorId: 'pak-uae', behaviour: quick })
      expect((await take(events, 1))[0]?.kind).toBe('CREATED')
    },
  )

  test('TOKEN_EXPIRED is final when a new token is no better', async () => {
    await using zone = await openFakeZone(longCorridor())
    const expired = { code: 'TOKEN_EXPIRED', retry: false }
    zone.faults.errors.push(expired, expired)
    const { connection } = zone
    const events = followCorridor({ connection, corridorId: 'pak-uae', behaviour: quick })
    await expect(events.next()).rejects.toMatchObject({ code: 'TOKEN_EXPIRED' })
  })

  test.each([
    [4403, 'FORBIDDEN', 'FORBIDDEN'],
    [4401, 'TOKEN_INVALID', 'TOKEN_INVALID'],
  ])('a socket closed with %i %s is that refusal', async (close, reason, code) => {
    await using zone = await openFakeZone(longCorridor())
    zone.faults.closeWith = { code: close, reason }
    const { connection } = zone
    const events = followCorridor({ connection, corridorId: 'pak-uae', behaviour: quick })
    await expect(events.next()).rejects.toMatchObject({ name: 'ZoneError', code })
  })

  test('return ends a follower that waits, at once', async () => {
    await using zone = await openFakeZone(fixtureCorridor())
    const events = followCorridor({ connection: zone.connection, corridorId: 'pak-uae' })
    for (let index = 0; index < 3; index += 1) await events.next()
    const waiting = events.next()
    expect(await events.return?.()).toEqual({ done: true, value: undefined })
    expect(await waiting).toEqual({ done: true, value: undefined })
    expect(await events.next()).toEqual({ done: true, value: undefined })
  })

  test('the caller’s signal ends a follower with its reason, also between attempts', async () => {
    const stop = new AbortController()
    await using zone = await openFakeZone(fixtureCorridor())
    zone.faults.refuseSockets = true
    zone.faults.failures = { count: 99, status: 503 }
    const reason = new DOMException('enough', 'AbortError')
    const behaviour = { signal: stop.signal, onFailure: () => stop.abort(reason) }
    const { connection } = zone
    const events = followCorridor({ connection, corridorId: 'pak-uae', behaviour })
    await expect(events.next()).rejects.toBe(reason)
  })

  test('gives up after the failures the caller allows', async () => {
    await using zone = await openFakeZone(fixtureCorridor())
    zone.faults.refuseSockets = true
    const behaviour = { ...quick, failuresMax: 2 }
    const { connection } = zone
    const events = followCorridor({ connection, corridorId: 'pak-uae', behaviour })
    await expect(events.next()).rejects.toMatchObject({ code: 'ZONE_UNREACHABLE', retry: true })
  })
})
