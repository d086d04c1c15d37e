import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { didFromPublicKey } from '@sez/core/did'
import { describe, expect, onTestFinished, test } from 'vitest'
import { did, fixtureCorridor } from '../corridor.fixture.ts'
import { verifyCorridorLog } from '../verification.ts'
import { openFakeZone } from '../zone.fixture.ts'
import { loadKey, openJournal } from './partner-files.ts'
import { initialState } from '../corridor-state.ts'

const program = fileURLToPath(new URL('./partner.ts', import.meta.url))

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'partner-'))
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  return path
}

type Line = Readonly<Record<string, unknown>> & { readonly event: string }

async function* linesOf(child: ChildProcess): AsyncGenerator<Line> {
  if (child.stdout === null) return
  for await (const line of createInterface({ input: child.stdout })) yield JSON.parse(line) as Line
}

function start(path: string, url: string, options: string[]): ChildProcess {
  const files = ['key', 'state', 'events'].flatMap((name) => [
    `--${name}-file`,
    join(path, `${name}.json`),
  ])
  const args = [program, '--url', url, '--corridor', 'pak-uae', '--token', 'token', ...files]
  const child = spawn(process.execPath, [...args, ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

test('killed again and again, it appends and sees everything exactly once', async () => {
  const path = await folder()
  const partner = didFromPublicKey(loadKey(join(path, 'key.json')).publicKey)
  const corridor = fixtureCorridor('pak-uae', ['bob'])
  corridor.rows.length = 0
  corridor.event('CREATED', { participants: [{ did: partner }, { did: did('bob') }] })
  corridor.event('PROPOSED')
  corridor.event('ACTIVATED', { genesisRoot: corridor.place().prevRoot })
  await using zone = await openFakeZone(corridor)
  zone.faults.cutAfter = 5
  let appends = 0
  zone.faults.beforeAppend = () => {
    appends += 1
    if (appends % 3 === 0) corridor.append('bob')
    if (appends % 7 === 0) corridor.checkpoint()
    zone.announce()
  }

  const options = ['--append', '12', '--until-seen', '14']
  for (const [round, word] of ['seen', 'appended', 'seen', 'appended'].entries()) {
    const child = start(path, zone.url, options)
    let left = 2 + round
    for await (const { event } of linesOf(child)) {
      if (event === word) left -= 1
      if (left === 0) break
    }
    child.kill('SIGKILL')
  }
  const last = start(path, zone.url, options)
  const lines: Line[] = []
  const ended = once(last, 'exit')
  for await (const line of linesOf(last)) {
    lines.push(line)
    if (line['number'] === 12) corridor.checkpoint()
    zone.announce()
  }
  expect(lines.at(-1)).toMatchObject({ event: 'done', proved: 12 })
  expect(await ended).toEqual([0, null])

  const exported = (await readFile(join(path, 'events.json'), 'utf8')).trim().split('\n')
  const rows = exported.map((line) => JSON.parse(line) as { cursor: string })
  const expected = corridor.rows.slice(0, rows.length).map(({ cursor }) => cursor)
  expect(rows.map(({ cursor }) => cursor)).toEqual(expected)
  const trusted = { corridorId: 'pak-uae', zoneDid: did('zone') }
  expect(verifyCorridorLog(rows, trusted)).toMatchObject({ valid: true, verified: rows.length })
  const own = corridor.rows.filter(({ receipt }) => receipt?.document.includes(partner) === true)
  expect(own.length).toBe(12)
})

test('exits 1 and says the code when the zone refuses', async () => {
  const path = await folder()
  await using zone = await openFakeZone(fixtureCorridor())
  zone.faults.errors.push({ code: 'FORBIDDEN', retry: false })
  const child = start(path, zone.url, ['--append', '1'])
  const ended = once(child, 'exit')
  const lines: Line[] = []
  for await (const line of linesOf(child)) lines.push(line)
  expect(lines.at(-1)).toMatchObject({ event: 'failed', code: 'FORBIDDEN' })
  expect(await ended).toEqual([1, null])
})

test('exits 2 with its usage when something is left out', async () => {
  const child = spawn(process.execPath, [program], { stdio: ['ignore', 'ignore', 'pipe'] })
  const said: string[] = []
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString('utf8')))
  expect(await once(child, 'close')).toEqual([2, null])
  expect(said.join('')).toContain('--state-file')
})

describe('openJournal', () => {
  test('cuts off what a kill left behind the state', async () => {
    const path = await folder()
    const options = {
      stateFile: join(path, 'state'),
      eventsFile: join(path, 'events'),
      start: initialState({ corridorId: 'pak-uae' }),
    }
    await writeFile(options.eventsFile, '{"half":')
    openJournal(options)
    expect(await readFile(options.eventsFile, 'utf8')).toBe('')
  })

  test('an events file shorter than the state says is not filled up with zeros', async () => {
    const path = await folder()
    const stateFile = join(path, 'state')
    const start = initialState({ corridorId: 'pak-uae' })
    const open = () => openJournal({ stateFile, eventsFile: join(path, 'events'), start })
    open().appended()
    const state = JSON.parse(await readFile(stateFile, 'utf8')) as object
    await writeFile(stateFile, JSON.stringify({ ...state, eventsBytes: 9 }))
    expect(open).toThrow(expect.objectContaining({ code: 'FILE_UNREADABLE' }))
  })

  test('a state file of another form is refused', async () => {
    const path = await folder()
    await writeFile(join(path, 'state'), '{"corridor":{}}')
    const start = initialState({ corridorId: 'pak-uae' })
    const open = () => openJournal({ stateFile: join(path, 'state'), eventsFile: null, start })
    expect(open).toThrowError(expect.objectContaining({ code: 'VALIDATION_ERROR' }))
  })
})

test('KEY_FILE_INVALID for a file that holds no key; FILE_UNREADABLE for a folder', async () => {
  const path = await folder()
  await writeFile(join(path, 'key'), '{}')
  expect(() => loadKey(join(path, 'key'))).toThrowError(
    expect.objectContaining({ code: 'KEY_FILE_INVALID' }),
  )
  expect(() => loadKey(path)).toThrowError(expect.objectContaining({ code: 'FILE_UNREADABLE' }))
})
