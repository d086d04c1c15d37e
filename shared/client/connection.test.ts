import { describe, expect, test } from 'vitest'
import { backoffMs, pause } from './backoff.ts'
import { connect } from './connection.ts'
import { parseZoneError } from './zone-error.ts'

interface Sent {
  readonly authorization: string | null
  readonly body: unknown
}

function connection(answers: (Response | Error)[], token: string | null = 'token') {
  const sent: Sent[] = []
  const opened = connect({
    url: 'http://zone/graphql',
    token: () => Promise.resolve(token),
    random: () => 0,
    attemptsMax: 3,
    fetch: (_url, init) => {
      const body: unknown = typeof init?.body === 'string' ? JSON.parse(init.body) : null
      sent.push({ authorization: new Headers(init?.headers).get('authorization'), body })
      const answer = answers.shift() ?? new TypeError('no more answers')
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)
    },
  })
  return { ...opened, sent }
}

const ok = (): Response => Response.json({ data: { a: 1 } })
const refused = (extensions: object): Response =>
  Response.json({ data: null, errors: [{ message: 'No.', extensions }] })

describe('query', () => {
  test('sends document, variables and token, gives data', async () => {
    const zone = connection([ok()])
    expect(await zone.query('{ a }', { b: 1 })).toEqual({ a: 1 })
    expect(zone.sent).toEqual([
      { authorization: 'Bearer token', body: { query: '{ a }', variables: { b: 1 } } },
    ])
  })

  test('sends no Authorization for nobody', async () => {
    const zone = connection([ok()], null)
    await zone.query('{ a }')
    expect(zone.sent[0]?.authorization).toBeNull()
  })

  test('repeats after a network failure, a proxy’s status, and a code with retry', async () => {
    const zone = connection([new TypeError('reset'), new Response('', { status: 502 }), ok()])
    expect(await zone.query('{ a }')).toEqual({ a: 1 })
    const busy = connection([refused({ code: 'LOCK_TIMEOUT', retry: true, retryAfterMs: 1 }), ok()])
    expect(await busy.query('{ a }')).toEqual({ a: 1 })
  })

  test('an answer beyond all measure is not read to its end', async () => {
    let sent = 0
    const endless = new ReadableStream({
      pull(controller) {
        sent += 1
        controller.enqueue(new Uint8Array(8 * 1024 * 1024))
      },
    })
    const zone = connection([new Response(endless)])
    await expect(zone.query('{ a }')).rejects.toMatchObject({ code: 'ZONE_ANSWER_INVALID' })
    expect(sent).toBeLessThan(12)
  })

  test('a zone makes nobody wait longer than five minutes', () => {
    const waitOf = (retryAfterMs: unknown): number | null =>
      parseZoneError({ extensions: { code: 'RATE_LIMITED', retry: true, retryAfterMs } })
        .retryAfterMs
    expect([waitOf(1e15), waitOf(50), waitOf(-1), waitOf('1')]).toEqual([300_000, 50, null, null])
  })

  test('ZONE_UNREACHABLE once the attempts are used up', async () => {
    const zone = connection([])
    await expect(zone.query('{ a }')).rejects.toMatchObject({ code: 'ZONE_UNREACHABLE' })
    expect(zone.sent.length).toBe(3)
  })

  test('gives a refusal as the zone said it, and does not repeat it', async () => {
    const extensions = {
      code: 'NAME_TAKEN',
      retry: false,
      field: 'input.name',
      details: { name: 'Acme' },
      correlationId: 'c1',
    }
    const zone = connection([refused(extensions), ok()])
    await expect(zone.query('{ a }')).rejects.toMatchObject({ message: 'No.', ...extensions })
    expect(zone.sent.length).toBe(1)
  })

  test.each([new Response('<html>'), Response.json([]), new Response('', { status: 404 })])(
    'ZONE_ANSWER_INVALID when what answers is no zone (%#)',
    async (answer) => {
      await expect(connection([answer]).query('{ a }')).rejects.toMatchObject({
        code: 'ZONE_ANSWER_INVALID',
      })
    },
  )

  test('an aborted request is not repeated', async () => {
    const stop = new AbortController()
    stop.abort(new DOMException('enough', 'AbortError'))
    const zone = connection([new TypeError('reset'), ok()])
    await expect(zone.query('{ a }', {}, { signal: stop.signal })).rejects.toThrow('enough')
    expect(zone.sent.length).toBe(1)
  })
})

describe('mutate', () => {
  test('is repeated with an idempotency key', async () => {
    const zone = connection([new TypeError('reset'), ok()])
    expect(await zone.mutate('m', { input: { idempotencyKey: 'k' } })).toEqual({ a: 1 })
  })

  test('is not repeated without one', async () => {
    const zone = connection([new TypeError('reset'), ok()])
    await expect(zone.mutate('m', { input: {} })).rejects.toMatchObject({ retry: true })
    expect(zone.sent.length).toBe(1)
  })
})

test('parseZoneError makes something of everything', () => {
  expect(parseZoneError(null)).toMatchObject({ code: 'INTERNAL', retry: false, details: {} })
  expect(parseZoneError({ extensions: { code: 1, details: [] } })).toMatchObject({ field: null })
})

test('backoffMs grows to its bound and heeds what the zone asks', () => {
  const waits = [1, 2, 3, 9, 99].map((attempt) => backoffMs(attempt, { random: () => 1 }))
  expect(waits).toEqual([100, 200, 400, 15_000, 15_000])
  expect(backoffMs(1, { random: () => 0 })).toBe(50)
  expect(backoffMs(1, { random: () => 0, retryAfterMs: 700 })).toBe(700)
})

test('pause throws the reason of an abort, before and while it waits', async () => {
  const stop = new AbortController()
  const waiting = pause(60_000, stop.signal)
  stop.abort(new DOMException('enough', 'AbortError'))
  await expect(waiting).rejects.toThrow('enough')
  await expect(pause(0, stop.signal)).rejects.toThrow('enough')
  await expect(pause(0, null)).resolves.toBeUndefined()
})
