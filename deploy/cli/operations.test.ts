/** `sez operations`, run as a person runs it on files. @module */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseSafelist } from '@sez/gateway/policy/safelist'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { examples } from '../seed/examples.ts'
import { sez } from './commands.ts'
import { dispatch } from './dispatch.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sez-operations-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
})

async function run(args: readonly string[], stdin = '') {
  const [out, err]: [string[], string[]] = [[], []]
  const code = await dispatch(sez, ['operations', ...args], {
    stdin: () => Promise.resolve(Buffer.from(stdin)),
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
    env: {},
    now: () => new Date('2026-02-01T00:00:00Z'),
  })
  return { code, out: out.join('\n'), err: err.join('\n') }
}

function write(name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

const corridors = 'query Corridors { corridors(first: 5) { nodes { id } } }'
const registry = () => parseSafelist(readFileSync(join(folder, 'safelist.json'), 'utf8'))
const register = (...args: string[]) =>
  run(['register', ...args, '--out', join(folder, 'safelist.json')])

describe('list', () => {
  test('shows every root field of the API, and with --role what that role may', async () => {
    const all = JSON.parse((await run(['list', '--json'])).out) as { fields: { name: string }[] }
    const partner = JSON.parse(
      (await run(['list', '--role', 'PARTNER', '--json'])).out,
    ) as typeof all
    const names = (each: typeof all) => each.fields.map(({ name }) => name)
    expect(names(all)).toEqual(
      expect.arrayContaining(['corridors', 'createEntity', 'corridorEvents']),
    )
    expect(names(partner)).toContain('appendReceipt')
    expect(names(partner)).not.toContain('createEntity')
    expect((await run(['list'])).out).toMatch(
      /^mutation createEntity\(input: \S+\): EntityPayload!\n {4}for CITIZEN,/mu,
    )
    expect((await run(['list', '--role', 'KING'])).code).toBe(2)
  })
})

describe('check', () => {
  test('0 for the worked examples of the playground', async () => {
    for (const [index, { query }] of examples.entries()) write(`${index}.graphql`, query)
    const { code, out } = await run(['check', folder, '--json'])
    expect([code, (JSON.parse(out) as { problems: unknown }).problems]).toEqual([0, []])
  })

  test('1 and the place of each problem, in files of folders and on stdin', async () => {
    mkdirSync(join(folder, 'deep'))
    const bad = write('deep/bad.graphql', 'query Bad {\n  nothing\n}')
    write('deep/other.txt', 'not a document')
    const { code, out } = await run(['check', folder])
    expect(code).toBe(1)
    expect(out).toContain(`${bad}:2:3 GRAPHQL_INVALID: Cannot query field "nothing"`)
    const piped = await run(['check', '-', '--json'], '{ nothing }')
    expect([piped.code, JSON.parse(piped.out)]).toMatchObject([
      1,
      { valid: false, problems: [{ file: '-', line: 1, column: 3 }] },
    ])
  })

  test('2 for a file that is not there', async () => {
    expect((await run(['check', join(folder, 'none.graphql')])).code).toBe(2)
  })
})

describe('register', () => {
  test('writes what a zone can read, the same bytes in any order', async () => {
    const one = write('one.graphql', corridors)
    const two = write('two.graphql', 'query Zone { zone { id } }')
    expect((await register(two)).code).toBe(0)
    expect((await register(one)).out).toContain('holds 2 operations: 1 added, 0 replaced')
    const text = readFileSync(join(folder, 'safelist.json'), 'utf8')
    rmSync(join(folder, 'safelist.json'))
    await register(one, two)
    expect(readFileSync(join(folder, 'safelist.json'), 'utf8')).toBe(text)
    expect(registry().operations.map(({ name, cost }) => [name, cost])).toEqual([
      ['Corridors', 5],
      ['Zone', 1],
    ])
  })

  test('OPERATIONS_REFUSED, and nothing written, for what is invalid or has no name', async () => {
    const good = write('good.graphql', corridors)
    for (const text of ['{ zone { id } }', 'query Bad { nothing }', 'fragment F on Zone { id }']) {
      const { code, err } = await register(good, write('bad.graphql', text), '--json')
      expect([code, JSON.parse(err)]).toMatchObject([1, { code: 'OPERATIONS_REFUSED' }])
      expect(() => registry()).toThrow('ENOENT')
    }
  })

  test('another document of a registered name needs --replace', async () => {
    await register(write('one.graphql', corridors))
    const other = write('other.graphql', corridors.replace('5', '6'))
    const { code, err } = await register(other)
    expect([code, err]).toMatchObject([1, expect.stringContaining('another document')])
    expect(registry().operations[0]?.cost).toBe(5)
    expect((await register(other, '--replace')).code).toBe(0)
    expect(registry().operations.map(({ cost }) => cost)).toEqual([6])
    const both = await register(write('one.graphql', corridors), other, '--replace')
    expect([both.code, both.err]).toMatchObject([1, expect.stringContaining('given twice')])
  })

  test('SAFELIST_INVALID rather than a broken registry made worse', async () => {
    write('safelist.json', '{}')
    const { code, err } = await register(write('one.graphql', corridors))
    expect([code, err]).toMatchObject([1, expect.stringContaining('$.operations is missing')])
    expect(readFileSync(join(folder, 'safelist.json'), 'utf8')).toBe('{}')
  })
})
