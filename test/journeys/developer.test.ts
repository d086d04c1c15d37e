/** A developer's first minute: a browser opens the playground, runs a query and a subscription. @module */
import { existsSync } from 'node:fs'
import { buildPlayground } from '@sez/gateway/playground'
import { chromium } from 'playwright-core'
import { expect, test } from 'vitest'
import { openTestZone } from '../zone.fixture.ts'

const browserPath = process.env['SEZ_TEST_CHROMIUM'] ?? '/usr/bin/chromium'
const isMissing = !existsSync(browserPath)
if (isMissing) {
  process.stderr.write(`\nSKIPPED: the browser journey needs Chromium at ${browserPath}\n\n`)
}
/** Chromium's own errands, which a closed network would refuse one by one. */
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

test('a machine that must have a browser has one', () => {
  expect(process.env['SEZ_REQUIRE_CHROMIUM'] === '1' && isMissing).toBe(false)
})

test.skipIf(isMissing)(
  'the playground runs a query and a subscription, and nothing leaves the machine',
  { timeout: 120_000 },
  async () => {
    await buildPlayground()
    await using zone = await openTestZone({ seed: true })
    const browser = await chromium.launch({ executablePath: browserPath, args: flags })
    await using stack = new AsyncDisposableStack()
    stack.defer(() => browser.close())
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
    const faults: string[] = []
    page.on('console', (line) => {
      if (line.type() === 'error' || line.type() === 'warning') faults.push(line.text())
    })
    page.on('pageerror', (error) => faults.push(error.message))
    page.on('request', (request) => {
      const isOurs = request.url().startsWith(zone.url) || /^(data|blob):/.test(request.url())
      if (!isOurs) faults.push(`asked ${request.url()}`)
    })
    page.on('websocket', (socket) => {
      if (!socket.url().startsWith(zone.url.replace('http', 'ws')))
        faults.push(`opened ${socket.url()}`)
    })
    await page.goto(zone.url)
    const run = page.locator('.graphiql-execute-button')
    await run.waitFor()
    await run.click()
    const answer = page.locator('.result-window')
    await expect.poll(() => answer.innerText(), { timeout: 20_000 }).toContain('"pak-chn"')
    expect(await answer.innerText()).toContain('"RSEZ-0000001"')

    await page.getByRole('tab', { name: 'Follow' }).click()
    await run.click()
    await expect.poll(() => answer.innerText(), { timeout: 20_000 }).toContain('"corridorEvents"')
    const picture = process.env['SEZ_TEST_SCREENSHOT']
    if (picture !== undefined) await page.screenshot({ path: picture })
    expect(faults).toEqual([])
  },
)
