/**
 * Public test data of RFC 8785, RFC 8032, did:key, multibase and the MMR draft. It lies beside a
 * developer's checkout and is not part of it; without it these tests skip and say so.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { canonicalText, jcs } from '@sez/core/canonical'
import { didFromPublicKey, publicKeyFromDid } from '@sez/core/did'
import { verifyCredential } from '@sez/core/credential'
import { bytesToHex, digest, hexToBytes } from '@sez/core/digest'
import { keyFromSeed, verifyBytes } from '@sez/core/ed25519'
import { portableSign, portableVerify } from '@sez/core/ed25519-portable'
import { inclusionPath, type NodeAddress, peakAddresses } from '@sez/core/mmr'
import { peakOf, siblingsTo } from '@sez/core/mmr-address'
import { decodeMultibase, encodeMultibase } from '@sez/core/multibase'
import { describe, expect, test } from 'vitest'

const external = new URL('../../../shared/external/', import.meta.url)
const missing = !existsSync(external)
if (missing) process.stderr.write('SKIPPED: public test data is not beside this checkout\n')

function readText(path: string): string {
  return readFileSync(new URL(path, external), 'utf8')
}

describe.skipIf(missing)('RFC 8785 examples', () => {
  test('every input has its output', () => {
    const names = readdirSync(new URL('jcs/input', external))
    expect(names.length).toBeGreaterThanOrEqual(4)
    for (const name of names) {
      const value: unknown = JSON.parse(readText(`jcs/input/${name}`))
      expect({ name, text: canonicalText(jcs(value)) }).toEqual({
        name,
        text: readText(`jcs/output/${name}`).trimEnd(),
      })
    }
  })
})

interface SignRow {
  readonly name: string
  readonly secretKey: string
  readonly publicKey: string
  readonly message: string
  readonly signature: string
}

describe.skipIf(missing)('RFC 8032 and sign.input', () => {
  test('every row is signed and verified alike by both implementations', () => {
    const rows: readonly SignRow[] = JSON.parse(readText('ed25519-rfc8032/vectors.json'))
    expect(rows.length).toBeGreaterThan(100)
    for (const row of rows) {
      const message = hexToBytes(row.message)
      const publicKey = hexToBytes(row.publicKey)
      const signature = hexToBytes(row.signature)
      using key = keyFromSeed(hexToBytes(row.secretKey))
      expect(bytesToHex(key.publicKey)).toBe(row.publicKey)
      expect(bytesToHex(key.signBytes(message))).toBe(row.signature)
      expect(verifyBytes(publicKey, message, signature)).toBe(true)
    }
    for (const row of rows.slice(0, 20)) {
      const message = hexToBytes(row.message)
      const signature = portableSign(hexToBytes(row.secretKey), message)
      expect(bytesToHex(signature)).toBe(row.signature)
      expect(portableVerify(hexToBytes(row.publicKey), message, signature)).toBe(true)
    }
  })
})

describe.skipIf(missing)('did:key of Ed25519', () => {
  test('every seed gives its DID', () => {
    const rows: Record<string, { seed: string; verificationKeyPair: { publicKeyBase58: string } }> =
      JSON.parse(readText('did-key/ed25519-x25519.json'))
    for (const [did, { seed, verificationKeyPair }] of Object.entries(rows)) {
      using key = keyFromSeed(hexToBytes(seed))
      expect(didFromPublicKey(key.publicKey)).toBe(did)
      expect(publicKeyFromDid(did)).toEqual(key.publicKey)
      expect(encodeMultibase(key.publicKey)).toBe(`z${verificationKeyPair.publicKeyBase58}`)
    }
    expect(Object.keys(rows).length).toBe(2)
  })

  test('VALIDATION_ERROR for the X25519 keys beside them', () => {
    const documents = readText('did-key/ed25519-x25519.json').matchAll(/"#(z6LS[^"]+)"/g)
    for (const [, text = ''] of documents) {
      expect(() => publicKeyFromDid(`did:key:${text}`)).toThrow(
        expect.objectContaining({ code: 'VALIDATION_ERROR' }),
      )
    }
  })
})

describe.skipIf(missing)('multibase', () => {
  test('base58btc is read and written, every other base refused', () => {
    const read = new Map<string, string>()
    const rows = readText('multibase/basic.csv').trimEnd().split('\n').slice(1)
    const text = new TextEncoder().encode('yes mani !')
    for (const row of rows) {
      const [base = '', quoted = ''] = row.split(', ')
      read.set(base, JSON.parse(quoted))
    }
    const base58btc = read.get('base58btc') ?? ''
    expect(decodeMultibase(base58btc)).toEqual(text)
    expect(encodeMultibase(text)).toBe(base58btc)
    read.delete('base58btc')
    expect(read.size).toBeGreaterThan(20)
    for (const encoded of read.values()) {
      expect(() => decodeMultibase(encoded)).toThrow(
        expect.objectContaining({ code: 'VALIDATION_ERROR' }),
      )
    }
  })
})

describe.skipIf(missing)('W3C eddsa-jcs-2022', () => {
  const folder = 'vc-di-eddsa-jcs-2022'
  const step = (name: string): string => readText(`${folder}/eddsa-jcs-2022/${name}`).trimEnd()

  test('every intermediate step is the published one', () => {
    const document = jcs(JSON.parse(readText(`${folder}/unsigned.json`)))
    const options = jcs(JSON.parse(step('proofConfigJCS.json')))
    expect(canonicalText(document)).toBe(step('canonDocJCS.txt'))
    expect(canonicalText(options)).toBe(step('proofCanonJCS.txt'))
    expect(digest(document)).toBe(step('docHashJCS.txt'))
    expect(digest(options)).toBe(step('proofHashJCS.txt'))
    const { privateKeyMultibase } = JSON.parse(readText(`${folder}/keyPair.json`)) as {
      privateKeyMultibase: string
    }
    using key = keyFromSeed(decodeMultibase(privateKeyMultibase).slice(2))
    const signature = key.signBytes(hexToBytes(step('combinedHashJCS.txt')))
    expect(bytesToHex(signature)).toBe(step('sigHexJCS.txt'))
    expect(encodeMultibase(signature)).toBe(step('sigBTC58JCS.txt'))
  })

  test('the signed credential verifies, and one character more does not', () => {
    const now = new Date('2026-01-01T00:00:00Z')
    const text = step('signedJCS.json')
    expect(verifyCredential(JSON.parse(text), { now })).toMatchObject({ valid: true, problems: [] })
    const changed: unknown = JSON.parse(text.replace('School of Examples', 'School of Samples'))
    expect(verifyCredential(changed, { now }).valid).toBe(false)
    const unsigned: unknown = JSON.parse(readText(`${folder}/employmentAuth.json`))
    expect(verifyCredential(unsigned, { now }).valid).toBe(false)
  })
})

describe.skipIf(missing)('MMR draft, index arithmetic', () => {
  const draft = missing ? '' : readText('mmr-cose-draft/test-vectors.md')

  /** The draft numbers nodes in the order in which appends complete them: MMR(39) has 21 leaves. */
  const nodes: NodeAddress[] = []
  for (let leaf = 0; leaf < 21; leaf += 1) {
    let node = { height: 0, index: leaf }
    nodes.push(node)
    while (node.index % 2 === 1) {
      node = { height: node.height + 1, index: (node.index - 1) / 2 }
      nodes.push(node)
    }
  }
  const positionOf = ({ height, index }: NodeAddress): number =>
    nodes.findIndex((node) => node.height === height && node.index === index)
  const leavesOf = (size: number): number =>
    nodes.slice(0, size).filter(({ height }) => height === 0).length

  test('peaks stand where the draft puts them, for every complete size', () => {
    const section = draft.slice(draft.indexOf('## Peak (acc'), draft.indexOf('## node height'))
    const rows = [...section.matchAll(/^\|\s*(\d+)\|\s*(\d[\d,\s]*)\|/gm)]
    expect(rows.length).toBe(21)
    for (const [, lastNode, peaks = ''] of rows) {
      const expected = peaks.split(',').map(Number)
      expect(peakAddresses(leavesOf(Number(lastNode) + 1)).map(positionOf)).toEqual(expected)
    }
  })

  test('inclusion paths are those of the draft, for every node in every complete size', () => {
    const section = draft.slice(draft.indexOf('## Inclusion proof paths'))
    const rows = section.matchAll(
      /^\|\s*(\d+)\|in MMR\((\d+)\)\|\[([\d, ]*)\]\s*\|\[([\d, ]*)\]\s*\|(\d+)\s*\|/gm,
    )
    let count = 0
    for (const [, position, size, path = '', peaks = '', peakNumber] of rows) {
      const node = nodes[Number(position)] ?? { height: 0, index: 0 }
      const leaves = leavesOf(Number(size))
      const { address, peakIndex } = peakOf(leaves, node.index * 2 ** node.height)
      const expected = path === '' ? [] : path.split(', ').map(Number)
      const siblings = siblingsTo(node, address.height).map(positionOf)
      expect(siblings).toEqual(expected)
      expect(peakAddresses(leaves).map(positionOf)).toEqual(peaks.split(', ').map(Number))
      expect(peakIndex).toBe(Number(peakNumber))
      const fromLeaf = inclusionPath(leaves, node.index * 2 ** node.height)
      expect(fromLeaf.slice(node.height).map(positionOf)).toEqual(expected)
      count += 1
    }
    expect(count).toBeGreaterThan(300)
  })
})
