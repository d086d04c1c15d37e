import { describe, expect, test } from 'vitest'
import { anonymousRole } from './roles.ts'
import { openSession } from './session.ts'

const granting =
  (asked: string[], lifetimeS = 100) =>
  (url: string) => {
    asked.push(url)
    const role = new URL(url, 'http://zone').searchParams.get('role') ?? ''
    return Promise.resolve(
      Response.json({ token: `${role}-${asked.length}`, did: `did:key:${role}`, lifetimeS }),
    )
  }

describe('openSession', () => {
  test('acts as the first role, with one token for many requests', async () => {
    const asked: string[] = []
    const session = openSession({ fetch: granting(asked), nowMs: () => 0, role: 'PARTNER' })
    expect(await session.authorization()).toBe('Bearer PARTNER-1')
    expect(await session.authorization()).toBe('Bearer PARTNER-1')
    expect(session.current()).toEqual({ role: 'PARTNER', did: 'did:key:PARTNER', problem: null })
    expect(asked).toEqual(['/dev/token?role=PARTNER'])
  })

  test('asks again once most of the token life is over', async () => {
    const asked: string[] = []
    let nowMs = 0
    const session = openSession({ fetch: granting(asked), nowMs: () => nowMs, role: 'TAX' })
    await session.authorization()
    nowMs = 81_000
    expect(await session.authorization()).toBe('Bearer TAX-2')
  })

  test('tells its listeners of a new role, at once and again with its DID', async () => {
    const session = openSession({ fetch: granting([]), nowMs: () => 0, role: 'TAX' })
    const seen: (string | null)[] = []
    const leave = session.follow(() => seen.push(session.current().did))
    session.choose('ADMIN')
    await session.authorization()
    leave()
    session.choose('TAX')
    expect(seen).toEqual([null, 'did:key:ADMIN'])
  })

  test('a slow answer for the role before does not overwrite the one chosen since', async () => {
    const answers = new Map<string, (response: Response) => void>()
    const session = openSession({
      fetch: (url) => new Promise((settle) => answers.set(url, settle)),
      nowMs: () => 0,
      role: 'TAX',
    })
    session.choose('TAX')
    session.choose('ADMIN')
    answers.get('/dev/token?role=ADMIN')?.(Response.json({ token: 'a', did: 'did:key:admin' }))
    await session.authorization()
    answers.get('/dev/token?role=TAX')?.(Response.json({ token: 't', did: 'did:key:tax' }))
    expect(await session.authorization()).toBe('Bearer a')
    expect(session.current().did).toBe('did:key:admin')
  })

  test('without a token the anonymous role sends no header and asks nothing', async () => {
    const asked: string[] = []
    const session = openSession({ fetch: granting(asked), nowMs: () => 0, role: anonymousRole })
    expect(await session.authorization()).toBeNull()
    expect(asked).toEqual([])
  })

  test.each([
    [() => Promise.resolve(new Response('', { status: 404 })), /hands out no tokens/],
    [() => Promise.resolve(new Response('', { status: 403 })), /refused \(403\)/],
    [() => Promise.resolve(Response.json({ token: 1 })), /lacks token/],
    [() => Promise.reject(new TypeError('offline')), /offline/],
  ])('a refusal is shown, not thrown (%#)', async (fetch, problem) => {
    const session = openSession({ fetch, nowMs: () => 0, role: 'TAX' })
    expect(await session.authorization()).toBeNull()
    expect(session.current().problem).toMatch(problem)
  })

  test('renew makes the next request ask for a new token', async () => {
    const session = openSession({ fetch: granting([]), nowMs: () => 0, role: 'TAX' })
    await session.authorization()
    session.renew()
    expect(await session.authorization()).toBe('Bearer TAX-2')
  })
})
