/** What the README shows is what a fresh zone answers. @module */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../house/source.ts'
import { openTestZone } from '../zone.fixture.ts'

/** A call printed for a shell, and the answer printed under it, in which … stands for any text. */
const example = /```\n(curl [\s\S]*?)```\n```json\n([\s\S]*?)\n```/g

test('each query of the README gets the answer printed under it', async () => {
  await using zone = await openTestZone({ seed: true })
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  const examples = [...readme.matchAll(example)]
  expect(examples).toHaveLength(3)
  for (const [, call = '', shown = ''] of examples) {
    const role = /role=(\w+)/.exec(call)?.[1]
    const body = /-d '(.*)'/.exec(call)?.[1] ?? ''
    const token = await (
      await fetch(`${zone.url}/dev/token?role=${role ?? 'CITIZEN'}&as=text`)
    ).text()
    const answer = await fetch(`${zone.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(role !== undefined && { authorization: `Bearer ${token}` }),
      },
      body,
    })
    const pattern = shown
      .split('…')
      .map((text) => RegExp.escape(text))
      .join('[^"]*')
    expect((await answer.text()).trim()).toMatch(new RegExp(`^${pattern}$`))
  }
})
