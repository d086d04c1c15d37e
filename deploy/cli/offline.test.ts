import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { digestOfBytes } from '@sez/core/digest'
import { did, fixtureCorridor } from '@sez/client/corridor.fixture'
import { canonicalText, canonicalize as canonicalBytes } from '@sez/core/canonical'
import { inclusionProof } from '@sez/core/mmr'
import { describe, expect, onTestFinished, test } from 'vitest'
import { printJson } from './arguments.ts'
import { sez } from './commands.ts'
import { dispatch } from './dispatch.ts'

async function run(command: string, args: string[], stdin = '', encoding: BufferEncoding = 'utf8') {
  const [out, err]: [string[], string[]] = [[], []]
  const code = await dispatch(sez, [command, ...args], {
    stdin: () => Promise.resolve(Buffer.from(stdin, encoding)),
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
    env: {},
    now: () => new Date('2026-02-01T00:00:00Z'),
  })
  const parse = (lines: string[]): Record<string, unknown> | null =>
    lines[0]?.startsWith('{') === true ? (JSON.parse(lines[0]) as Record<string, unknown>) : null
  return { code, out: out[0] ?? null, answer: parse(out), refusal: parse(err), lines: err.length }
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'sez-'))
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  return path
}

async function file(text: string): Promise<string> {
  const path = join(await folder(), 'file.json')
  await writeFile(path, text)
  return path
}

describe('canonicalize', () => {
  test('prints the canonical form of stdin or a file', async () => {
    const text = '{"b":1,"a":"2026-02-01T01:00:00.5+01:00"}'
    const form = '{"a":"2026-02-01T00:00:00Z","b":1}'
    expect(await run('canonicalize', [], text)).toMatchObject({ code: 0, out: form })
    expect(await run('canonicalize', [await file(text)])).toMatchObject({ code: 0, out: form })
  })

  test('--jcs keeps what RFC 8785 keeps', async () => {
    const { out } = await run(
      'canonicalize',
      ['--jcs'],
      '{"b":1.5,"a":"2026-02-01T01:00:00+01:00"}',
    )
    expect(out).toBe('{"a":"2026-02-01T01:00:00+01:00","b":1.5}')
    expect(await run('canonicalize', ['--jcs'], '{')).toMatchObject({ code: 1 })
  })

  test('NOT_CANONICAL, one JSON line and 1, for what has no canonical form', async () => {
    expect(await run('canonicalize', ['-'], '{"a":1.0}')).toMatchObject({
      code: 1,
      out: null,
      lines: 1,
      refusal: { code: 'NOT_CANONICAL', details: { path: '$.a' } },
    })
  })

  test('ARGUMENTS_INVALID and 2 for an unknown option or a second word', async () => {
    for (const args of [['--other'], ['a', 'b']]) {
      const { code, refusal } = await run('canonicalize', args)
      expect([code, refusal?.['code']]).toEqual([2, 'ARGUMENTS_INVALID'])
    }
  })

  test('FILE_UNREADABLE and 2 for a file that is not there', async () => {
    const { code, refusal } = await run('canonicalize', ['/nowhere/at/all'])
    expect([code, refusal?.['code']]).toEqual([2, 'FILE_UNREADABLE'])
  })
})

test('what is no UTF-8 is refused, not read as another text', async () => {
  const path = join(await folder(), 'torn.json')
  await writeFile(path, Buffer.from([0x22, 0xff, 0x22]))
  for (const command of ['canonicalize', 'digest']) {
    const refused = { path: '$', reason: 'not UTF-8' }
    const { code, refusal } = await run(command, [path])
    expect([code, refusal?.['details']]).toEqual([1, refused])
    const piped = await run(command, [], '"\u00ff"', 'latin1')
    expect([piped.code, piped.refusal?.['details']]).toEqual([1, refused])
  }
})

describe('digest', () => {
  test('of the canonical form, however it is written', async () => {
    const { answer } = await run('digest', [], '{"b":1,"a":2}')
    expect(answer).toEqual((await run('digest', [], ' {"a":2, "b":1}')).answer)
    expect(answer?.['digest']).toMatch(/^[0-9a-f]{64}$/)
  })

  test('--raw of the bytes of a file or of stdin, as they are', async () => {
    const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
    expect(await run('digest', ['--raw', await file('abc')])).toMatchObject({
      answer: { digest: abc, of: 'bytes' },
    })
    expect((await run('digest', ['--raw'], 'abc')).answer).toEqual({ digest: abc, of: 'bytes' })
    const torn = await run('digest', ['--raw'], '\u00ff', 'latin1')
    expect(torn.answer?.['digest']).toBe(digestOfBytes(Uint8Array.of(0xff)))
  })

  test('--signed leaves the proofs out', async () => {
    const signed = await run('digest', ['--signed'], '{"a":1,"proof":{"x":1}}')
    const { answer } = await run('digest', [], '{"a":1}')
    expect(signed.answer).toEqual({ digest: answer?.['digest'], of: 'document' })
    expect((await run('digest', ['--signed'], '[]')).code).toBe(1)
  })

  test('--raw and --signed exclude each other', async () => {
    expect((await run('digest', ['--raw', '--signed'], '{}')).code).toBe(2)
  })
})

describe('keygen and sign', () => {
  test('makes a key only its owner can read, and signs with it', async () => {
    const path = join(await folder(), 'partner.key')
    const made = await run('keygen', [path])
    expect(made).toMatchObject({ code: 0, answer: { file: path } })
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    const signed = await run('sign', ['--key', path], '{"type":"X"}')
    expect(signed.code).toBe(0)
    const twice = await run('sign', ['--key', path, await file(signed.out ?? '')])
    expect(JSON.parse(twice.out ?? '')).toMatchObject({ proof: [{}, {}] })
    expect(signed.answer).toMatchObject({
      proof: {
        created: '2026-02-01T00:00:00Z',
        verificationMethod: `${String(made.answer?.['did'])}#key-1`,
      },
    })
  })

  test('--assertion makes the secret that gateway and subgraphs share, and no signing key', async () => {
    const path = join(await folder(), 'assertion.key')
    expect(await run('keygen', ['--assertion', path])).toMatchObject({
      code: 0,
      answer: { file: path },
    })
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    const again = await run('keygen', ['--assertion', path])
    expect([again.code, again.refusal?.['code']]).toEqual([2, 'FILE_EXISTS'])
    const signed = await run('sign', ['--key', path], '{}')
    expect([signed.code, signed.refusal?.['code']]).toEqual([2, 'KEY_FILE_INVALID'])
  })

  test('FILE_EXISTS rather than a lost key', async () => {
    const path = join(await folder(), 'partner.key')
    await run('keygen', [path])
    const before = await readFile(path, 'utf8')
    const again = await run('keygen', [path])
    expect([again.code, again.refusal?.['code']]).toEqual([2, 'FILE_EXISTS'])
    expect(await readFile(path, 'utf8')).toBe(before)
  })

  test('a key that others can read is refused, and its text is nowhere', async () => {
    const path = join(await folder(), 'partner.key')
    await run('keygen', [path])
    await chmod(path, 0o644)
    const { code, refusal } = await run('sign', ['--key', path], '{}')
    expect([code, refusal?.['code']]).toEqual([2, 'KEY_FILE_EXPOSED'])
  })

  test('usage: a name for keygen, a key and an object for sign', async () => {
    expect((await run('keygen', [])).code).toBe(2)
    expect((await run('sign', [], '{}')).code).toBe(2)
    const path = join(await folder(), 'partner.key')
    await run('keygen', [path])
    expect((await run('sign', ['--key', path], '[]')).code).toBe(1)
  })
})

function history() {
  const corridor = fixtureCorridor()
  for (let index = 0; index < 4; index += 1) corridor.append()
  corridor.checkpoint()
  corridor.logCheckpoint()
  return corridor
}

const jsonLines = (rows: readonly unknown[]): string =>
  rows.map((row) => JSON.stringify(row)).join('\n')

describe('verify receipt', () => {
  const document = history().rows[3]?.receipt?.document ?? ''

  test('0 for a good one, with its root and signers', async () => {
    expect(await run('verify', ['receipt'], document)).toMatchObject({
      code: 0,
      answer: { valid: true, problems: [], signers: [did('ada')] },
    })
  })

  test('1 for a signer that was not named', async () => {
    const { code, answer } = await run('verify', ['receipt', '--signer', did('bob')], document)
    expect([code, answer?.['valid']]).toEqual([1, false])
  })

  test('1 for a receipt that was changed, unsigned or no receipt', async () => {
    const changed = document.replace('"sequence":0', '"sequence":1')
    for (const text of [changed, '{}', '[]', 'no json']) {
      expect((await run('verify', ['receipt'], text)).code).toBe(1)
    }
  })
})

describe('verify proof', () => {
  const corridor = history()
  const checkpoint = corridor.sealed()
  const receipt = corridor.rows[4]?.receipt?.document ?? ''
  const answer = {
    data: {
      receiptProof: {
        document: JSON.stringify(corridor.proof(1)),
        checkpoint: { document: canonicalText(canonicalBytes(checkpoint)) },
      },
    },
  }
  const zone = ['--zone-did', did('zone')]

  test('0 for the answer of the API, with the receipt in a file', async () => {
    const args = ['proof', ...zone, '--receipt', await file(receipt)]
    expect(await run('verify', args, JSON.stringify(answer))).toMatchObject({
      code: 0,
      answer: { of: 'receipt', valid: true, place: 1, root: corridor.nextRoots[1] },
    })
  })

  test('0 for plain {proof, checkpoint}, naming what is proved', async () => {
    const plain = JSON.stringify({ proof: corridor.proof(2), checkpoint })
    expect(await run('verify', ['proof', ...zone], plain)).toMatchObject({
      code: 0,
      answer: { place: 2, root: corridor.nextRoots[2] },
    })
  })

  test('1 for another receipt, another zone, a missing part', async () => {
    const other = await file(corridor.rows[5]?.receipt?.document ?? '')
    const text = JSON.stringify(answer)
    expect((await run('verify', ['proof', ...zone, '--receipt', other], text)).code).toBe(1)
    expect((await run('verify', ['proof', '--zone-did', did('eve')], text)).code).toBe(1)
    expect((await run('verify', ['proof', ...zone], '{"proof":{}}')).code).toBe(1)
  })

  test('0 for an entry of the zone log', async () => {
    const hashes = corridor.rows.flatMap(({ hash }) => (hash === null ? [] : [hash]))
    const logProof = {
      position: '2',
      hash: hashes[1],
      document: JSON.stringify(inclusionProof(hashes, 1)),
      checkpoint: { document: corridor.rows.at(-1)?.logCheckpoint },
    }
    const good = await run('verify', ['proof', ...zone], JSON.stringify({ data: { logProof } }))
    expect(good).toMatchObject({ code: 0, answer: { of: 'zone log entry', place: '2' } })
    const bad = JSON.stringify({ data: { logProof: { ...logProof, position: '3' } } })
    expect((await run('verify', ['proof', ...zone], bad)).code).toBe(1)
  })

  test('2 without --zone-did', async () => {
    expect((await run('verify', ['proof'], '{}')).code).toBe(2)
  })
})

describe('verify log', () => {
  const { rows } = history()
  const zone = ['--zone-did', did('zone')]

  test.each([
    ['JSON lines', jsonLines(rows)],
    ['a list', JSON.stringify(rows)],
    ['the answer of the API', JSON.stringify({ data: { corridorEventLog: { nodes: rows } } })],
  ])('0 for a corridor’s history as %s', async (_, text) => {
    expect(await run('verify', ['log', ...zone], text)).toMatchObject({
      code: 0,
      answer: { of: 'corridor history', corridorId: 'pak-uae', receiptCount: 4, brokenRow: null },
    })
  })

  test('1 and the first broken row for a tampered one', async () => {
    const text = jsonLines(rows).replace('"sequence\\":1', '"sequence\\":7')
    expect(await run('verify', ['log', ...zone], text)).toMatchObject({
      code: 1,
      answer: { valid: false, brokenRow: 4 },
    })
  })

  test('1 and its place for a line that is no JSON', async () => {
    const lines = jsonLines(rows).split('\n').with(2, 'torn')
    expect(await run('verify', ['log'], lines.join('\n'))).toMatchObject({
      answer: { brokenRow: 2 },
    })
  })

  test('1 when the receipts are by others than the named signers', async () => {
    expect((await run('verify', ['log', '--signer', did('bob')], jsonLines(rows))).code).toBe(1)
  })

  test('0 for entries of the zone log, 1 and the row when one is left out', async () => {
    const entries = rows.map((row) => ({ ...row, kind: undefined }))
    expect(await run('verify', ['log', ...zone], jsonLines(entries))).toMatchObject({
      code: 0,
      answer: { of: 'zone log', entries: 8, checkpoints: 1, isWhole: true },
    })
    expect(await run('verify', ['log'], jsonLines(entries.toSpliced(3, 1)))).toMatchObject({
      code: 1,
      answer: { brokenRow: 3 },
    })
  })

  test('2 for an empty export, and for a word that is not known', async () => {
    expect((await run('verify', ['log'], '')).code).toBe(2)
    expect((await run('verify', ['everything'], '')).code).toBe(2)
    expect((await run('verify', [], '')).code).toBe(2)
  })
})

test('printJson prints large integers as text', () => {
  expect(printJson({ a: 2n ** 63n })).toBe('{"a":"9223372036854775808"}')
})
