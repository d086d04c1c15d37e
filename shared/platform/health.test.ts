/** Readiness says which check failed and why, in bounded time. @module */
import { SezError } from '@sez/core/errors'
import { describe, expect, it } from 'vitest'
import { type HealthCheck, type HealthReport, liveness, openReadiness } from './health.ts'
import { openLog } from './log.ts'

const lines: string[] = []
const log = openLog({ level: 'warn', pretty: false, stream: { write: (line) => lines.push(line) } })

function ask(...checks: HealthCheck[]): Promise<HealthReport> {
  return openReadiness(checks, { log, now: () => new Date() })()
}

const fine: HealthCheck = { name: 'fine', run: () => undefined }

describe('readiness', () => {
  it('is ready when every check is', async () => {
    expect(await ask(fine, { ...fine, name: 'other' })).toEqual({
      status: 'ready',
      checks: [
        { name: 'fine', ok: true, tookMs: expect.any(Number) },
        { name: 'other', ok: true, tookMs: expect.any(Number) },
      ],
    })
  })

  it('names the check that failed, with its code as the reason', async () => {
    const failing: HealthCheck = {
      name: 'jwks',
      run: () => {
        throw new SezError('JWKS_UNAVAILABLE')
      },
    }
    const { status, checks } = await ask(fine, failing)
    expect(status).toBe('not ready')
    expect(checks[1]).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/^JWKS_UNAVAILABLE: /u),
    })
  })

  it('is degraded while one of several alternatives is good, and not ready when none is', async () => {
    const failing = (name: string): HealthCheck => ({
      name,
      anyOf: 'subgraph',
      run: () => Promise.reject(new SezError('UPSTREAM_FAILED')),
    })
    const good = { ...fine, anyOf: 'subgraph' }
    const statusOf = async (...checks: HealthCheck[]) => (await ask(...checks)).status
    expect(await statusOf(fine, good, failing('a'))).toBe('degraded')
    expect(await statusOf(fine, failing('a'), failing('b'))).toBe('not ready')
    const { anyOf: _, ...vital } = failing('c')
    expect(await statusOf(good, vital)).toBe('not ready')
  })

  it('is degraded without what nothing waits for', async () => {
    const optional: HealthCheck = {
      name: 'carrier',
      isOptional: true,
      run: () => Promise.reject(new SezError('CARRIER_UNAVAILABLE')),
    }
    const { status, checks } = await ask(fine, optional)
    expect([status, checks[1]?.ok]).toEqual(['degraded', false])
  })

  it('shows the code of a lost database, whatever the driver said', async () => {
    const message = 'connect ECONNREFUSED 10.0.0.7:5432'
    const failing: HealthCheck = {
      name: 'postgres',
      run: () => Promise.reject(Object.assign(new Error(message), { code: 'ECONNREFUSED' })),
    }
    const { checks } = await ask(failing)
    expect(checks[0]?.reason).toMatch(/^DATABASE_UNAVAILABLE: /u)
    expect(checks[0]?.reason).not.toContain('10.0.0.7')
  })

  it('hides reasons that are not coded and logs them', async () => {
    const failing: HealthCheck = {
      name: 'postgres',
      run: () => Promise.reject(new TypeError('postgres://user:secret@host')),
    }
    const { checks } = await ask(failing)
    expect(checks[0]?.reason).toBe('It failed; the log says why.')
    expect(lines.join()).toContain('postgres://user')
  })

  it('waits for no check longer than its timeout, and tells it to stop', async () => {
    const stopped = Promise.withResolvers<void>()
    const stuck: HealthCheck = {
      name: 'stuck',
      timeoutMs: 20,
      run: (signal) => new Promise(() => signal.addEventListener('abort', () => stopped.resolve())),
    }
    const { checks } = await ask(stuck, fine)
    expect(checks).toMatchObject([
      { name: 'stuck', ok: false, reason: 'No answer within 20 ms.' },
      { name: 'fine', ok: true },
    ])
    await stopped.promise
  })

  it('asks once for all who ask at the same time', async () => {
    let runs = 0
    const counted: HealthCheck = { name: 'counted', run: async () => void (runs += 1) }
    const ready = openReadiness([counted], { log, now: () => new Date() })
    await Promise.all([ready(), ready(), ready()])
    expect(runs).toBe(1)
    await ready()
    expect(runs).toBe(2)
  })
})

it('liveness asks nothing', () => {
  expect(liveness).toEqual({ status: 'live' })
})
