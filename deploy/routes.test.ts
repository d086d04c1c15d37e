/** Every path of a zone leads somewhere, and every other is refused with a code. @module */
import { errorCodes } from '@sez/core/errors'
import type { HealthReport } from '@sez/platform/health'
import { sendJson } from '@sez/platform/http'
import { expect, test } from 'vitest'
import { openTestListener } from './listener.fixture.ts'
import { routesOf } from './routes.ts'

const ready: HealthReport = { status: 'ready', checks: [] }
const notReady: HealthReport = {
  status: 'not ready',
  checks: [{ name: 'sealer', ok: false, reason: 'NOT_READY: it has not started', tookMs: 1 }],
}

/** A zone of production: no desk, no playground. */
function openRoutes(report = ready) {
  return openTestListener(
    routesOf({
      graphql: (_, response) => sendJson(response, 200, { data: {} }),
      readiness: async () => report,
      metrics: null,
      desk: null,
      playground: null,
    }),
  )
}

test('/graphql is the gateway, with and without a query string', async () => {
  await using zone = await openRoutes()
  expect(await zone.get('/graphql')).toMatchObject({ status: 200, body: { data: {} } })
  expect(await zone.get('/graphql?query=x')).toMatchObject({ status: 200, body: { data: {} } })
})

test('/health/live says that the process lives and asks nobody', async () => {
  await using zone = await openRoutes(notReady)
  expect(await zone.get('/health/live')).toMatchObject({ status: 200, body: { status: 'live' } })
})

test('/health/ready is 200 when all is ready and else 503 with the reason', async () => {
  await using good = await openRoutes()
  expect(await good.get('/health/ready')).toMatchObject({ status: 200, body: ready })
  await using bad = await openRoutes(notReady)
  expect(await bad.get('/health/ready')).toMatchObject({ status: 503, body: notReady })
})

test('/errors/<CODE> explains every code there is, and /errors lists them', async () => {
  await using zone = await openRoutes()
  for (const [code, facts] of Object.entries(errorCodes)) {
    expect(await zone.get(`/errors/${code}`)).toMatchObject({
      status: 200,
      body: { code, ...facts },
    })
  }
  expect((await zone.get('/errors')).body).toEqual(errorCodes)
  expect((await zone.get('/errors/')).body).toEqual(errorCodes)
})

test.each([
  '/nowhere',
  '/errors/NO_SUCH_CODE',
  '/errors/__proto__',
  '/errors/toString',
  '/errorsmith',
  '/graphql/',
  '/GRAPHQL',
  '/health',
  '//',
  '//evil.test/graphql',
  '/%2e%2e/%2e%2e/etc/passwd',
  '/../../etc/passwd',
  'http://evil.test/dev/token',
  `/${'a'.repeat(4_000)}`,
])('NOT_FOUND for %.40s', async (path) => {
  await using zone = await openRoutes()
  expect(await zone.get(path)).toMatchObject({ status: 404, code: 'NOT_FOUND' })
})

test.each(['/', '/playground/examples.json', '/dev/token?role=ADMIN', '/.well-known/jwks.json'])(
  'NOT_FOUND in production for %s',
  async (path) => {
    await using zone = await openRoutes()
    expect(await zone.get(path)).toMatchObject({ status: 404, code: 'NOT_FOUND' })
  },
)
