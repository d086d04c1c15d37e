import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { roles } from '@sez/core/roles'
import { chromium } from 'playwright-core'
import { describe, expect, onTestFinished, test } from 'vitest'
import { fakeExamples, openFakeZone } from './playground.fixture.ts'
import { buildPlayground, openPlayground, playgroundDist } from './playground.ts'
import { anonymousRole, roleFacts } from './playground/src/roles.ts'

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'playground-'))
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  return path
}

async function fakeBundle(): Promise<string> {
  const dist = await folder()
  await mkdir(join(dist, 'assets'))
  await writeFile(join(dist, 'index.html'), '<title>page</title>')
  await writeFile(join(dist, 'assets', 'index-abc.js'), 'export {}')
  await writeFile(join(dist, 'assets', 'font-abc.ttf'), 'font')
  return dist
}

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

/** By hand, because fetch rewrites a path with dots before it leaves. */
async function get(url: string, path: string, method = 'GET'): Promise<Answer> {
  const { hostname, port } = new URL(url)
  const sent = request({ hostname, port, path, method }).end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  const body = await text(response)
  return { status: response.statusCode ?? 0, headers: response.headers, body }
}

test('the picker offers every role of the zone, after the one without a token', () => {
  expect(roleFacts.map(({ name }) => name)).toEqual([anonymousRole, ...roles])
})

describe('openPlayground', () => {
  test('serves the page fresh, under a policy that lets nothing leave', async () => {
    await using zone = await openFakeZone({ dist: await fakeBundle() })
    const { status, headers, body } = await get(zone.url, '/?query=x')
    expect([status, body]).toEqual([200, '<title>page</title>'])
    expect(headers['cache-control']).toBe('no-cache')
    const policy = String(headers['content-security-policy'])
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain(`connect-src 'self' ${zone.url.replace('http', 'ws')}`)
    expect(policy).not.toContain('unsafe-eval')
    expect(policy).not.toMatch(/script-src[^;]*unsafe-inline/)
  })

  test.each([
    ['/assets/index-abc.js', 'text/javascript; charset=utf-8'],
    ['/assets/font-abc.ttf', 'font/ttf'],
  ])('serves %s for good, as %s', async (path, type) => {
    await using zone = await openFakeZone({ dist: await fakeBundle() })
    const { status, headers } = await get(zone.url, path)
    expect([status, headers['content-type']]).toEqual([200, type])
    expect(headers['cache-control']).toContain('immutable')
    expect(headers['x-content-type-options']).toBe('nosniff')
  })

  test.each([
    '/assets/../../package.json',
    '/assets/..%2f..%2fpackage.json',
    '/assets/%2e%2e/%2e%2e/etc/passwd',
    '//etc/passwd',
    '/assets//etc/passwd',
    '/assets/',
    '/.building-1/index.html',
    '/playground.ts',
  ])('leaves %s alone', async (path) => {
    await using zone = await openFakeZone({ dist: await fakeBundle() })
    expect((await get(zone.url, path)).status).toBe(404)
  })

  test('answers HEAD with the length alone, and leaves other methods alone', async () => {
    await using zone = await openFakeZone({ dist: await fakeBundle() })
    const head = await get(zone.url, '/', 'HEAD')
    expect([head.status, head.headers['content-length'], head.body]).toEqual([200, '19', ''])
    expect((await get(zone.url, '/', 'POST')).status).toBe(404)
  })

  test('gives the examples of the zone', async () => {
    await using zone = await openFakeZone({ dist: await fakeBundle() })
    const { body } = await get(zone.url, '/playground/examples.json')
    expect(JSON.parse(body)).toEqual(fakeExamples)
  })

  test('shows a page that reloads itself until the bundle is there, then the bundle', async () => {
    const dist = await folder()
    const playground = openPlayground({
      dist,
      examples: () => [],
      log: { warn: () => undefined },
    })
    await using zone = await openFakeZone({ dist })
    const waiting = await get(zone.url, '/')
    expect([waiting.status, waiting.headers['retry-after']]).toEqual([503, '1'])
    expect(waiting.body).toContain('http-equiv="refresh"')
    expect(playground.ready).toBe(false)
    await writeFile(join(dist, 'index.html'), 'built')
    expect((await get(zone.url, '/')).body).toBe('built')
    expect(playground.ready).toBe(true)
  })

  test('a file that vanished is a 404 that says what to do', async () => {
    const dist = await fakeBundle()
    await using zone = await openFakeZone({ dist })
    await get(zone.url, '/')
    await rm(join(dist, 'assets', 'index-abc.js'))
    const { status, body } = await get(zone.url, '/assets/index-abc.js')
    expect([status, body]).toEqual([404, 'Not found. Reload the page.\n'])
  })

  test('a foreign Host header never enters the policy', async () => {
    await using zone = await openFakeZone({ dist: await fakeBundle() })
    const { hostname, port } = new URL(zone.url)
    const policy = await new Promise<string>((settle) => {
      request(
        { hostname, port, path: '/', headers: { host: "x; script-src 'unsafe-eval'" } },
        (response) => {
          response.resume()
          settle(String(response.headers['content-security-policy']))
        },
      ).end()
    })
    expect(policy).not.toContain('unsafe-eval')
  })
})

describe('buildPlayground', () => {
  async function sources(page: string): Promise<string> {
    const root = await mkdtemp(join(playgroundDist, '../../../node_modules', '.playground-'))
    onTestFinished(() => rm(root, { recursive: true, force: true }))
    await mkdir(join(root, 'src'))
    await writeFile(join(root, 'package.json'), '{"type":"module"}')
    await writeFile(join(root, 'vite.config.ts'), 'export default { base: "./" }')
    await writeFile(join(root, 'index.html'), page)
    await writeFile(join(root, 'src', 'main.js'), 'document.title = "built"')
    return root
  }
  const page = '<script type="module" src="/src/main.js"></script>'

  test('builds once, again after a source changed, and leaves no old asset', async () => {
    const root = await sources(page)
    expect(await buildPlayground({ root })).toEqual({ built: true })
    expect(await buildPlayground({ root })).toEqual({ built: false })
    const before = await readdir(join(root, 'dist', 'assets'))
    await writeFile(join(root, 'src', 'main.js'), 'document.title = "again"')
    const { mtimeMs } = await stat(join(root, 'dist', 'index.html'))
    await utimes(join(root, 'src', 'main.js'), mtimeMs / 1_000 + 5, mtimeMs / 1_000 + 5)
    expect(await buildPlayground({ root })).toEqual({ built: true })
    const after = await readdir(join(root, 'dist', 'assets'))
    expect(after.length).toBe(1)
    expect(after).not.toEqual(before)
    expect(await readFile(join(root, 'dist', 'index.html'), 'utf8')).toContain(after[0])
    expect(await readdir(join(root, 'dist'))).toEqual(['assets', 'index.html'])
  })

  test('a build that is given up ends its bundler and leaves nothing behind', async () => {
    const root = await sources(page)
    const stop = new AbortController()
    const building = buildPlayground({ root, signal: stop.signal })
    stop.abort()
    await expect(building).rejects.toMatchObject({ code: 'PLAYGROUND_BUILD_FAILED' })
    expect(existsSync(join(root, 'dist', 'index.html'))).toBe(false)
    expect(existsSync(join(root, 'dist', `.building-${process.pid}`))).toBe(false)
  })

  test('PLAYGROUND_BUILD_FAILED with the words of the bundler, and the old page kept', async () => {
    const root = await sources('<script type="module" src="/src/none.js"></script>')
    await expect(buildPlayground({ root })).rejects.toMatchObject({
      code: 'PLAYGROUND_BUILD_FAILED',
      details: { output: expect.stringContaining('none.js') },
    })
    expect(existsSync(join(root, 'dist', 'index.html'))).toBe(false)
  })
})

const browser = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (path) => existsSync(path),
)
if (browser === undefined) {
  process.stderr.write('SKIPPED: no Chromium here, so the playground is not tried in a browser\n')
}

const browserFlags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

test.skipIf(browser === undefined)(
  'a browser runs a query and a subscription as two roles, and asks no other host',
  { timeout: 120_000 },
  async () => {
    await buildPlayground()
    await using zone = await openFakeZone()
    const chrome = await chromium.launch({ executablePath: browser ?? '', args: browserFlags })
    onTestFinished(() => chrome.close())
    const page = await chrome.newPage({ viewport: { width: 1280, height: 800 } })
    // Steps are waited for by what they show; a busy machine only takes longer.
    page.setDefaultTimeout(90_000)
    const complaints: string[] = []
    const foreign: string[] = []
    page.on('console', (line) => {
      if (line.type() === 'error' || line.type() === 'warning') complaints.push(line.text())
    })
    page.on('pageerror', ({ message }) => complaints.push(message))
    page.on('request', (asked) => {
      if (!asked.url().startsWith(zone.url) && !/^(?:data|blob):/.test(asked.url())) {
        foreign.push(asked.url())
      }
    })
    const answer = page.locator('.graphiql-response .view-lines')
    const run = page.getByRole('button', { name: /execute/i }).first()

    await page.goto(`${zone.url}/`)
    await page.getByTestId('did').getByText('regulator').waitFor()
    await page.locator('.graphiql-query-editor .view-lines').getByText('headSequence').waitFor()
    await run.click()
    await answer.getByText('"pak-chn"').waitFor()

    await page.getByRole('tab', { name: 'Follow' }).click()
    await page.getByTestId('did').getByText('partner').waitFor()
    await page.locator('.graphiql-query-editor .view-lines').getByText('streamSeq').waitFor()
    await run.click()
    await answer.getByText('"c5"').waitFor()

    expect(zone.authorizations.at(-1)).toBe('Bearer token-of-REGULATOR')
    expect(zone.connections).toEqual([{ authorization: 'Bearer token-of-PARTNER' }])
    expect(await page.title()).toBe('SEZ playground')
    expect(complaints).toEqual([])
    expect(foreign).toEqual([])
  },
)
