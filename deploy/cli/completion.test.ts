/** Completion, asked of the shells themselves. @module */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { sez } from './commands.ts'
import { bashScript, fishScript, readNodes, zshScript } from './completion-script.ts'
import { dispatch } from './dispatch.ts'

let nodes: Awaited<ReturnType<typeof readNodes>>
beforeAll(async () => {
  nodes = await readNodes(sez)
})

/** What bash offers for the last of the words. */
function bash(...words: string[]): readonly string[] {
  const list = ['sez', ...words].map((word) => `'${word}'`).join(' ')
  const program = `${bashScript(nodes)}
COMP_WORDS=(${list}); COMP_CWORD=${words.length}; _sez; printf '%s\\n' "\${COMPREPLY[@]}"`
  const out = execFileSync('bash', ['--norc', '-c', program], { encoding: 'utf8' })
  return out.split('\n').filter((line) => line !== '')
}

const say = (shell: string, ...args: string[]): string =>
  execFileSync(shell, args, { encoding: 'utf8' })

function isInstalled(shell: string): boolean {
  try {
    execFileSync(shell, ['-c', 'true'])
    return true
  } catch {
    return false
  }
}

/** The script in a file of its own. */
function file(script: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'sez-completion-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, '_sez')
  writeFileSync(path, script)
  return path
}

describe('bash', () => {
  test('completes every command, and what begins as typed', () => {
    expect(bash('')).toEqual(sez.commands.map(({ name }) => name))
    expect(bash('ver')).toEqual(['verify'])
    expect(bash('verify', '')).toEqual(['receipt', 'proof', 'log', 'archive', 'zone', 'restore'])
  })

  test('completes the options of the command at hand', () => {
    expect(bash('verify', 'proof', '--')).toEqual(['--zone-did', '--receipt', '--json', '--help'])
    expect(bash('digest', '--r')).toEqual(['--raw'])
    expect(bash('--json', 'doctor', '--')).toEqual(['--json', '--help'])
  })

  test('completes choices of options and words, and files where files are', () => {
    expect(bash('operations', 'list', '--role', 'REG')).toEqual(['REGISTRAR', 'REGULATOR'])
    expect(bash('completion', '')).toEqual(['bash', 'zsh', 'fish'])
    const path = file('')
    expect(bash('sign', '--key', path.slice(0, -2))).toEqual([path])
    expect(bash('digest', path.slice(0, -2))).toEqual([path])
    expect(bash('verify', 'proof', '--zone-did', '')).toEqual([])
  })

  test('is what sez completion prints, in text and in JSON', async () => {
    const ask = async (...args: string[]) => {
      const out: string[] = []
      const code = await dispatch(sez, ['completion', ...args], {
        stdin: () => Promise.resolve(new Uint8Array()),
        out: (text) => void out.push(text),
        err: (text) => void out.push(text),
        env: {},
        now: () => new Date('2026-02-01T00:00:00Z'),
      })
      return { code, out: out.join('\n') }
    }
    expect(await ask('bash')).toEqual({ code: 0, out: bashScript(nodes) })
    expect(await ask('zsh')).toEqual({ code: 0, out: zshScript(nodes) })
    expect(JSON.parse((await ask('fish', '--json')).out)).toEqual({
      shell: 'fish',
      script: fishScript(nodes),
    })
    expect((await ask('csh')).code).toBe(2)
  })
})

/** SEZ_REQUIRE_SHELLS=1 makes a shell that is missing a failure. */
function isSkipped(shell: string): boolean {
  if (isInstalled(shell) || process.env['SEZ_REQUIRE_SHELLS'] === '1') return false
  process.stderr.write(`SKIPPED: no ${shell} here, so its completion is not tried\n`)
  return true
}

test.skipIf(isSkipped('zsh'))('zsh reads its script and offers from it', () => {
  const program = `
    compdef() { :; }
    compadd() { print -l -- "\${@:2}"; }
    _describe() { print -l -- "\${(P@)2%%:*}"; }
    source ${file(zshScript(nodes))}
    words=(sez operations list --role ''); CURRENT=5; PREFIX=''; _sez
    words=(sez verify ''); CURRENT=3; _sez`
  const out = say('zsh', '-f', '-c', program)
  expect(out).toContain('REGULATOR')
  expect(out).toContain('receipt')
})

test.skipIf(isSkipped('fish'))('fish reads its script and offers from it', () => {
  const ask = (line: string) => {
    const program = `source ${file(fishScript(nodes))}; complete -C '${line}'`
    const out = say('fish', '--no-config', '-c', program)
    return out.split('\n').flatMap((each) => each.split('\t', 1)[0] || [])
  }
  expect(ask('sez ').toSorted()).toEqual(sez.commands.map(({ name }) => name).toSorted())
  expect(ask('sez verify ').toSorted()).toEqual([
    'archive',
    'log',
    'proof',
    'receipt',
    'restore',
    'zone',
  ])
  expect(ask('sez operations list --role REG')).toEqual(['REGISTRAR', 'REGULATOR'])
  expect(ask('sez verify proof --z')).toEqual(['--zone-did'])
})
