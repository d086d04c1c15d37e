/** Every check of GraphQL over HTTP's audit, on the gateway's front. @module */
import { serverAudits } from 'graphql-http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Running, startGateway } from '../gateway.fixture.ts'

let running: Running
beforeAll(async () => {
  running = await startGateway()
})
afterAll(() => running[Symbol.asyncDispose]())

const audits = serverAudits({ url: () => running.url, fetchFn: fetch })

test('the audit has 61 checks', () => {
  expect(audits).toHaveLength(61)
})

test.each(audits.map((audit) => ({ name: audit.name, audit })))('$name', async ({ audit }) => {
  expect(await audit.fn()).toMatchObject({ status: 'ok' })
})
