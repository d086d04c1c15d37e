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
  { timeout: 300_000 },
  async () => {
    await buildPlayground()
    await using zone = await openTestZone({ seed: true })
    const browser = await chromium.launch({ executablePath: browserPath, args: flags })
    await using stack = new AsyncDisposableStack()
    stack.defer(() => browser.close())
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
    // Each step is waited for by what it shows; a busy machine only takes longer.
    page.setDefaultTimeout(90_000)
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
    // As a person does: what is to be run is on the screen, and whose token it will carry.
    const editor = page.locator('.graphiql-query-editor .view-lines')
    const answer = page.locator('.graphiql-response .view-lines')
    const run = page.locator('.graphiql-execute-button')
    await page.goto(zone.url)
    await page.getByTestId('did').getByText('regulator').waitFor()
    await editor.getByText('lastReceipts').waitFor()
    await run.click()
    await answer.getByText('"pak-chn"').waitFor()
    await answer.getByText('"RSEZ-0000001"').first().waitFor()

    await page.getByRole('tab', { name: 'Follow' }).click()
    await page.getByTestId('did').getByText('partner').waitFor()
    await editor.getByText('previousDigest').waitFor()
    await run.click()
    await answer.getByText('"corridorEvents"').waitFor()
    const picture = process.env['SEZ_TEST_SCREENSHOT']
    if (picture !== undefined) await page.screenshot({ path: picture })
    expect(faults).toEqual([])
  },
)
