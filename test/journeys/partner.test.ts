/**
 * Two partners stream signed receipts into one corridor, each in a process of its own. One partner
 * is killed in the middle, and then the zone. At the end each holds every event exactly once, and
 * proves it with the zone switched off.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { verifyCorridorLog, verifyReceiptInclusion } from '@sez/client/verification'
import { isJsonObject, type JsonObject, parseJson } from '@sez/core/json'
import { verifyReceipt } from '@sez/core/receipt'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  askZone,
  freePort,
  openWorkplace,
  type Workplace,
  type ZoneRun,
} from '../process.fixture.ts'
import {
  appends,
  completes,
  lastLineOf,
  noteOf,
  openCorridor,
  type Partner,
  partnerOf,
  receiptsIn,
  rowsOf,
  startPartner,
} from './partner.fixture.ts'

/** SEZ_FULL=1 is the promise in full; a run of all tests on a busy machine takes a fifth of it. */
const isFull = process.env['SEZ_FULL'] === '1'
const ownCount = isFull ? 1_000 : 200
const otherCount = ownCount / 2
const receiptCount = ownCount + otherCount
const timeoutMs = isFull ? 600_000 : 180_000
const corridorId = 'pak-uae.journey'

/** A partner and the receipts it is to append. */
interface Writer extends Partner {
  readonly count: number
}

const writerOf = (place: Workplace, name: string, count: number): Writer => ({
  ...partnerOf(place, name),
  count,
})

describe('two partners, one killed, and the zone killed as well', () => {
  let place: Workplace
  let zone: ZoneRun
  let zoneDid = ''
  let own: Writer
  let other: Writer
  let proofs: ReadonlyMap<number, JsonObject>

  beforeAll(async () => {
    place = openWorkplace()
    own = writerOf(place, 'pak', ownCount)
    other = writerOf(place, 'uae', otherCount)
    const port = { SEZ_PORT: String(await freePort()) }
    zone = await place.zone(port)
    zoneDid = await openCorridor(zone.url, corridorId, [own, other])
    const start = (partner: Writer) =>
      startPartner(place, partner, {
        url: zone.url,
        corridorId,
        zoneDid,
        append: partner.count,
        untilSeen: receiptCount,
      })
    const first = start(own)
    const second = start(other)
    await appends(first, ownCount / 4, timeoutMs)
    first.kill('SIGKILL')
    await first.ended
    const again = start(own)
    await appends(again, ownCount / 4, timeoutMs)
    zone.kill('SIGKILL')
    await zone.ended
    zone = await place.zone(port)
    for (const run of [again, second]) await completes(run, receiptCount)
    proofs = await fetchProofs(zone.url, [own, other])
    // From here on nobody can be asked.
    zone.kill('SIGTERM')
    await zone.ended
  }, timeoutMs)
  afterAll(() => place[Symbol.asyncDispose]())

  const partners = () => [own, other]

  test('each has every event exactly once, in order, and all of it verifies', () => {
    for (const { eventsFile } of partners()) {
      const rows = rowsOf(eventsFile)
      const verdict = verifyCorridorLog(rows, { corridorId, zoneDid })
      expect(verdict).toMatchObject({ valid: true, verified: rows.length })
      expect(verdict.state.chain?.receiptCount).toBe(receiptCount)
      const sequences = rows.flatMap(({ streamSequence }) => streamSequence ?? [])
      expect(sequences).toEqual(sequences.map((_, index) => index + 1))
    }
  })

  test('both saw the same history', () => {
    const [left = [], right = []] = partners().map(({ eventsFile }) =>
      rowsOf(eventsFile).flatMap(({ digest }) => digest ?? []),
    )
    const common = Math.min(left.length, right.length)
    expect(left.slice(0, common)).toEqual(right.slice(0, common))
  })

  test('every receipt of each is there once, with its signature', () => {
    for (const { did, count, eventsFile } of partners()) {
      const receipts = receiptsIn(eventsFile).filter((receipt) => noteOf(receipt).partner === did)
      const numbers = receipts.map((receipt) => noteOf(receipt).number)
      expect(numbers).toEqual(numbers.map((_, index) => index + 1))
      expect(numbers).toHaveLength(count)
      for (const receipt of receipts) {
        expect(verifyReceipt(receipt, { keys: [did] })).toMatchObject({
          valid: true,
          signers: [did],
        })
      }
    }
  })

  test('each receipt is proved offline against a checkpoint that the zone signed', () => {
    const receipts = receiptsIn(own.eventsFile)
    expect(receipts).toHaveLength(receiptCount)
    for (const receipt of receipts) {
      const answer = proofs.get(Number(receipt['sequence'])) ?? {}
      const proof = documentIn(answer)
      const checkpoint = documentIn(answer['checkpoint'])
      expect(verifyReceiptInclusion({ receipt, proof, checkpoint, zoneDid })).toEqual({
        valid: true,
        problems: [],
      })
    }
  })

  test('sez verify log: exit code 0, and 1 for a copy in which one digit differs', async () => {
    const trusted = ['--zone-did', zoneDid, '--corridor', corridorId]
    const good = place.sez(['verify', 'log', ...trusted, own.eventsFile])
    const copy = join(place.folder, 'tampered.jsonl')
    writeFileSync(copy, tampered(readFileSync(own.eventsFile, 'utf8')))
    const bad = place.sez(['verify', 'log', ...trusted, copy])
    expect([await good.ended, await bad.ended]).toMatchObject([{ code: 0 }, { code: 1 }])
    expect(lastLineOf(good)).toMatchObject({ valid: true, receiptCount })
    expect(lastLineOf(bad)).toMatchObject({ valid: false, brokenRow: expect.any(Number) })
  })

  test('sez verify proof: exit code 0, and 1 for a copy in which one digit differs', async () => {
    const receipt = receiptsIn(own.eventsFile).at(-1) ?? {}
    const receiptFile = write('receipt.json', JSON.stringify(receipt))
    const answer = JSON.stringify(proofs.get(Number(receipt['sequence'])))
    const proofFile = write('proof.json', answer)
    const copy = write('tampered.json', tampered(answer))
    const trusted = ['--zone-did', zoneDid, '--receipt', receiptFile]
    const good = place.sez(['verify', 'proof', ...trusted, proofFile])
    const bad = place.sez(['verify', 'proof', ...trusted, copy])
    expect([await good.ended, await bad.ended]).toMatchObject([{ code: 0 }, { code: 1 }])
  })

  function write(name: string, content: string): string {
    const file = join(place.folder, name)
    writeFileSync(file, content)
    return file
  }
})

/** What the zone proves of every receipt, by sequence; twenty are asked for at once. */
async function fetchProofs(
  url: string,
  partners: readonly Partner[],
): Promise<ReadonlyMap<number, JsonObject>> {
  const proofs = new Map<number, JsonObject>()
  for (let from = 0; from < receiptCount; from += 20) {
    const sequences = Array.from({ length: 20 }, (_, index) => from + index)
    const fields = sequences.map(
      (
        sequence,
      ) => `p${sequence}: receiptProof(corridorId: "${corridorId}", sequence: ${sequence}) {
        document checkpoint { document } }`,
    )
    const did = partners[0]?.did ?? ''
    const answer = await askZone(url, `{ ${fields.join('\n')} }`, { role: 'PARTNER', did })
    expect(answer.codes).toEqual([])
    for (const sequence of sequences) {
      const proof: JsonObject = Object(answer.data)[`p${sequence}`]
      proofs.set(sequence, proof)
    }
  }
  return proofs
}

function documentIn(value: unknown): JsonObject {
  const document: unknown = Object(value).document
  const found = typeof document === 'string' ? parseJson(document) : null
  return isJsonObject(found) ? found : {}
}

/** The text with one hexadecimal digit changed in the last digest of 64 that it holds. */
function tampered(text: string): string {
  const at = [...text.matchAll(/[0-9a-f]{64}/gu)].at(-1)?.index ?? 0
  const digit = text[at] === '0' ? '1' : '0'
  return text.slice(0, at) + digit + text.slice(at + 1)
}
