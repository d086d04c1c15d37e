/** The one rule of all commands: declarations, help, JSON, exit codes (spec/31-command-line.md). @module */
import { SezError } from '@sez/core/errors'
import { describe, expect, test } from 'vitest'
import { readArguments } from './arguments.ts'
import { type Command, type CommandGroup, defineCommand, isGroup } from './command.ts'
import { sez } from './commands.ts'
import { dispatch } from './dispatch.ts'
import { nearestName } from './suggestion.ts'

async function run(args: readonly string[], root: CommandGroup = sez) {
  const [out, err]: [string[], string[]] = [[], []]
  const code = await dispatch(root, args, {
    stdin: () => Promise.resolve(new Uint8Array()),
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
    env: {},
    now: () => new Date('2026-02-01T00:00:00Z'),
  })
  return { code, out: out.join('\n'), err: err.join('\n') }
}

/** Every command there is, by its words. */
async function everyCommand(root: CommandGroup, above: readonly string[] = []) {
  const found: { readonly path: readonly string[]; readonly command: Command }[] = []
  for (const entry of root.commands) {
    const path = [...above, entry.name]
    const loaded = await entry.load()
    if (isGroup(loaded)) found.push(...(await everyCommand(loaded, path)))
    else found.push({ path, command: loaded })
  }
  return found
}

const all = await everyCommand(sez)

/** The words of an example after `sez`: without settings before it, a pipe or a comment after it. */
function wordsOf(example: string): readonly string[] {
  const [, line = ''] = /(?:^|\s)sez (.*)$/u.exec(example) ?? []
  const words = line.match(/'[^']*'|\S+/gu) ?? []
  const end = words.findIndex((word) => /^(?:#|\||>|<)/u.test(word))
  return end === -1 ? words : words.slice(0, end)
}

describe.each(all.map((each) => [each.path.join(' '), each] as const))('sez %s', (name, each) => {
  const { path, command } = each

  test('has examples, and each of them parses', () => {
    expect(command.examples.length).toBeGreaterThan(0)
    for (const example of command.examples) {
      const words = wordsOf(example)
      expect([example, ...words.slice(0, path.length)]).toEqual([example, ...path])
      const rest = words.slice(path.length).filter((word) => word !== '--json')
      expect(() => readArguments(rest, command)).not.toThrow()
    }
  })

  test('--help lists every option with what it is, and changes nothing', async () => {
    const { code, out, err } = await run([...path, '--help'])
    expect([code, err]).toEqual([0, ''])
    expect(out).toContain(`sez ${name}: `)
    expect(out).toContain(`Usage: sez ${name}`)
    for (const [option, { about }] of Object.entries(command.options ?? {})) {
      expect(out).toContain(`--${option}`)
      expect(out).toContain(about)
    }
    for (const example of command.examples) expect(out).toContain(example)
    const data = await run([...path, '--help', '--json'])
    expect(JSON.parse(data.out)).toMatchObject({ command: name, examples: command.examples })
  })

  test('--json makes its refusal one object on stderr, with exit code 2', async () => {
    const { code, out, err } = await run([...path, '--json', '--no-such-option'])
    expect([code, out]).toEqual([2, ''])
    const { message, ...refusal } = JSON.parse(err) as Record<string, unknown>
    expect(refusal).toMatchObject({
      code: 'ARGUMENTS_INVALID',
      details: { reason: expect.any(String) },
    })
    expect(message).toContain('--no-such-option')
  })
})

const sample = defineCommand({
  options: {
    flag: { about: 'a flag' },
    name: { value: 'NAME', required: true, about: 'whose it is' },
    to: { value: 'DID', many: true, about: 'to whom' },
    form: { value: 'FORM', choices: ['short', 'long'], about: 'how' },
  },
  words: { name: 'FILE', about: 'what to read', min: 1, max: 2 },
  examples: ['sez sample --name a file'],
  async run(given, io) {
    if (given.words[0] === 'broken') throw new RangeError('broken')
    if (given.words[0] === 'refused') {
      const problems = [{ path: 'a', reason: 'is missing' }]
      throw new SezError('CONFIG_INVALID', { problems })
    }
    io.out(JSON.stringify(given))
    return 0
  },
})
const group: CommandGroup = {
  commands: [{ name: 'sample', summary: 'a sample', load: () => Promise.resolve(sample) }],
}

describe('a command line', () => {
  test('is given as it was declared', async () => {
    const { out } = await run(
      ['sample', '--name', 'a', '--to', 'x', '--to=y', 'f', '--', '--json'],
      group,
    )
    expect(JSON.parse(out)).toEqual({
      options: { flag: false, name: 'a', to: ['x', 'y'], form: null },
      words: ['f', '--json'],
    })
  })

  test.each([
    [['f'], '--name NAME is missing: whose it is'],
    [['--name', 'a'], 'FILE is missing: what to read'],
    [['--name', 'a', 'f', 'g', 'h'], 'unexpected word: h'],
    [['--name', 'a', '--form', 'wide', 'f'], '--form is one of short, long'],
    [['--name', 'a', '--flag=no', 'f'], 'does not take an argument'],
  ])('ARGUMENTS_INVALID and 2 for %s', async (args, reason) => {
    const { code, out, err } = await run(['sample', ...args], group)
    expect([code, out]).toEqual([2, ''])
    expect(err).toMatch(/^sez: The command line cannot be understood: /u)
    expect(err).toContain(reason)
  })

  test('what is refused is a sentence and its problems, or one object', async () => {
    const line = ['sample', '--name', 'a', 'refused']
    const told = await run(line, group)
    expect(told.code).toBe(1)
    expect(told.err).toMatch(/^sez: The configuration [^\n]*\n {2}a: is missing$/u)
    const { err } = await run([...line, '--json'], group)
    expect(JSON.parse(err)).toMatchObject({ code: 'CONFIG_INVALID', details: { problems: [{}] } })
  })

  test('our own fault is a stack, or an object that holds it', async () => {
    const line = ['sample', '--name', 'a', 'broken']
    expect((await run(line, group)).err).toMatch(/^RangeError: broken\n\s+at /u)
    const { code, err } = await run(['--json', ...line], group)
    expect([code, JSON.parse(err)]).toMatchObject([1, { code: 'INTERNAL' }])
  })
})

describe('sez', () => {
  test('without words, with help and with --help shows every command', async () => {
    for (const line of [[], ['help'], ['--help'], ['-h']]) {
      const { code, out } = await run(line)
      expect(code).toBe(0)
      for (const { name, summary } of sez.commands) {
        expect(out).toMatch(new RegExp(`^  ${name} +`, 'mu'))
        expect(out).toContain(summary)
      }
    }
    const { out } = await run(['--json'])
    expect(JSON.parse(out)).toMatchObject({
      commands: expect.arrayContaining([expect.objectContaining({ name: 'zone' })]),
    })
    expect((await run(['help', 'verify', 'log'])).out).toContain('Usage: sez verify log')
  })

  test('--version tells its own, and with --json that of Node', async () => {
    expect(await run(['--version'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^\d+\.\d+\.\d+$/u),
    })
    const { out } = await run(['--version', '--json'])
    expect(JSON.parse(out)).toMatchObject({ node: process.version })
  })

  test('suggests what was meant by an unknown command', async () => {
    const near = await run(['canonicalise'])
    expect([near.code, near.err]).toMatchObject([
      2,
      expect.stringContaining('did you mean canonicalize?'),
    ])
    const below = await run(['verify', 'receit', '--json'])
    expect(JSON.parse(below.err)).toMatchObject({
      details: { reason: 'no command "verify receit", did you mean receipt?' },
    })
    expect((await run(['xyzzy'])).err).toContain('there are zone,')
  })

  test('a group by itself says what there is, and exits with 2', async () => {
    const { code, err } = await run(['verify'])
    expect([code, err]).toMatchObject([
      2,
      expect.stringContaining('receipt, proof, log, archive, zone, restore'),
    ])
  })
})

test('nearestName finds one slip, none far away', () => {
  expect(nearestName('SEZ_PROT', ['SEZ_HOST', 'SEZ_PORT'])).toBe('SEZ_PORT')
  expect(nearestName('zon', ['reset', 'zone'])).toBe('zone')
  expect(nearestName('apple', ['zone'])).toBeNull()
})
