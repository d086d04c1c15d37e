import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Running, startGateway } from '../gateway.fixture.ts'

const known = 'https://console.test'
const query = { query: '{ book(upc: "p1") { upc } }' }

let running: Running
beforeAll(async () => {
  running = await startGateway({ config: { corsOrigins: [known] } })
})
afterAll(() => running[Symbol.asyncDispose]())

const granted = (response: Response) => response.headers.get('access-control-allow-origin')
const preflight = (origin: string) =>
  fetch(running.url, {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'POST' },
  })

test('a page of a named origin is told that it may ask, and may read', async () => {
  const asked = await preflight(known)
  expect(asked.status).toBe(204)
  expect(granted(asked)).toBe(known)
  expect(asked.headers.get('access-control-allow-headers')).toContain('authorization')
  const answer = await running.post(query, { origin: known })
  expect(granted(answer)).toBe(known)
  expect(answer.headers.get('vary')).toContain('origin')
  expect(answer.headers.get('access-control-allow-credentials')).toBeNull()
})

test('its GET needs no further header', async () => {
  const url = `${running.url}?${new URLSearchParams(query).toString()}`
  const headers = { origin: known, 'sec-fetch-site': 'cross-site' }
  expect((await fetch(url, { headers })).status).toBe(200)
})

test.for(['https://other.test', 'https://console.test.evil.test', 'http://console.test', 'null'])(
  'a page of %s is granted nothing',
  async (origin) => {
    const asked = await preflight(origin)
    expect([asked.status, granted(asked)]).toEqual([405, null])
    expect(granted(await running.post(query, { origin }))).toBeNull()
  },
)

test('a refusal can be read as well', async () => {
  const refused = await running.post('{', { origin: known })
  expect([refused.status, granted(refused)]).toEqual([400, known])
})
