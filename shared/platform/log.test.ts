/** Secrets and persons stay out of the log, and a line says which request it belongs to. @module */
import { expect, test } from 'vitest'
import { correlated, type Logger, openLog, withoutPassword } from './log.ts'

function record(pretty = false): { readonly log: Logger; readonly lines: string[] } {
  const lines: string[] = []
  const stream = { write: (line: string) => lines.push(line) }
  return { log: openLog({ level: 'info', pretty, stream }), lines }
}

test.each([
  'authorization',
  'Authorization',
  'accessToken',
  'access_token',
  'password',
  'adminPassword',
  'clientSecret',
  'proof',
  'email',
  'cnic',
  'CNIC',
  'fullName',
  'date_of_birth',
  'parameters',
  'variables',
])('the value of %s never reaches a line, at any depth', (key) => {
  const { log, lines } = record()
  log.info({ [key]: 'sesame', deep: { list: [{ [key]: 'sesame' }] } }, 'entry')
  log.child({ [key]: 'sesame' }).info('entry')
  expect(lines).toHaveLength(2)
  expect(lines.join()).not.toContain('sesame')
  expect(lines.join()).toContain('[redacted]')
})

test('an error keeps type, code and stack, and loses its parameters and addresses', () => {
  const { log, lines } = record()
  const cause = Object.assign(new Error('postgres://sez:sesame@host/db is away'), {
    code: 'ECONNREFUSED',
    parameters: ['sesame'],
  })
  log.error({ err: new Error('outer', { cause }) }, 'failed')
  expect(lines.join()).not.toContain('sesame')
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'error',
    message: 'failed',
    err: { type: 'Error', message: 'outer', cause: { code: 'ECONNREFUSED' } },
  })
})

test('bigints, bytes, dates and cycles are written and do not throw', () => {
  const { log, lines } = record()
  const cycle: Record<string, unknown> = { position: 12n, bytes: new Uint8Array(3) }
  cycle['self'] = cycle
  cycle['at'] = new Date(0)
  log.info(cycle, 'entry')
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    position: '12',
    bytes: '[3 bytes]',
    at: '1970-01-01T00:00:00.000Z',
  })
})

test('every line of a request carries its correlation id', () => {
  const { log, lines } = record()
  correlated(log, 'c-1').info('entry')
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ correlationId: 'c-1', message: 'entry' })
})

test('a pretty entry is one readable line, with the stack of an error below', () => {
  const { log, lines } = record(true)
  log.warn({ port: 4000, why: 'two words' }, 'listening')
  log.error({ err: new Error('boom') }, 'failed')
  expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d\.\d{3} warn {2}listening port=4000 why="two words"\n$/u)
  expect(lines[1]).toMatch(/failed\nError: boom\n\s+at /u)
})

test('an address loses its password and nothing else', () => {
  expect(withoutPassword('postgres://u:p%40ss@h:1/d')).toBe('postgres://u:***@h:1/d')
  expect(withoutPassword('http://h:1/a@b')).toBe('http://h:1/a@b')
})
