/**
 * Two partners stream signed receipts into one corridor, each in a process of its own. One partner
 * is killed in the middle, and then the zone. At the end each holds every event exactly once, and
 * proves it with the zone switched off.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadKey } from '@sez/client/examples/partner-files'
import { verifyCorridorLog, verifyReceiptInclusion } from '@sez/client/verification'
import { didFromPublicKey } from '@sez/core/did'
import { isJsonObject, type JsonObject, parseJson } from '@sez/core/json'
import { verifyReceipt } from '@sez/core/receipt'
import { agreementText, definitionText, type Party, parsed } from '@sez/corridor/documents.fixture'
import { until } from '@sez/platform/database.fixture'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  askZone,
  freePort,
  openWorkplace,
  type Run,
  type Workplace,
  type ZoneRun,
} from '../process.fixture.ts'

/** SEZ_FULL=1 is the promise in full; a run of all tests on a busy machine takes a fifth of it. */
const isFull = process.env['SEZ_FULL'] === '1'
const ownCount = isFull ? 1_000 : 200
const otherCount = ownCount / 2
const receiptCount = ownCount + otherCount
const timeoutMs = isFull ? 600_000 : 180_000
const corridorId = 'pak-uae.journey'

interface Partner extends Party {
  readonly keyFile: string
  readonly stateFile: string
  readonly eventsFile: string
  readonly count: number
}

function partnerOf(place: Workplace, name: string, count: number): Partner {
  const file = (what: string): string => join(place.folder, `${name}.${what}`)
  const key = loadKey(file('key'))
  return {
    name,
    key,
    did: didFromPublicKey(key.publicKey),
    keyFile: file('key'),
    stateFile: file('state.json'),
    eventsFile: file('events.jsonl'),
    count,
  }
}

/** Takes a corridor of the two to ACTIVE through the gateway, as its parties do. */
async function openCorridor(url: string, parties: readonly Party[]): Promise<string> {
  const { zone } = Object((await askZone(url, '{ zone { id did } }')).data)
  const definition = definitionText(corridorId, parties, { zoneId: zone.id, did: zone.did })
  const participants = parties.map(({ did }) => ({ did, role: 'zone_authority' }))
  const agreements = parties.map((party) => agreementText(definition, party, parties))
  const steps = [
    ['createCorridor', 'CreateCorridorInput', { id: corridorId, title: 'Journey', participants }],
    ['proposeCorridor', 'ProposeCorridorInput', { definition, expectedVersion: 1 }],
    ['activateCorridor', 'ActivateCorridorInput', { agreements, expectedVersion: 2 }],
  ] as const
  for (const [mutation, type, input] of steps) {
    const query = `mutation ($input: ${type}!) { ${mutation}(input: $input) { log { eventId } } }`
    expect(await askZone(url, query, { variables: { input }, role: 'ADMIN' })).toMatchObject({
      codes: [],
    })
  }
  return zone.did
}

function startPartner(place: Workplace, url: string, partner: Partner, zoneDid: string): Run {
  const settings = {
    url: `${url}/graphql`,
    corridor: corridorId,
    'key-file': partner.keyFile,
    'state-file': partner.stateFile,
    'events-file': partner.eventsFile,
    'token-url': `${url}/dev/token`,
    'zone-did': zoneDid,
    append: String(partner.count),
    'until-seen': String(receiptCount),
  }
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])
  return place.run(['shared/client/examples/partner.ts', ...args])
}

const appendedBy = (run: Run): number => run.said().split('{"event":"appended"').length - 1
const lastLineOf = (run: Run): JsonObject => parsed(run.said().trim().split('\n').at(-1) ?? '')

/** Waits for more receipts; says what the partner said when it ends instead. */
async function appends(run: Run, count: number): Promise<void> {
  const isFailed = (): boolean => run.said().includes('{"event":"failed"')
  await until(
    `${count} receipts are appended`,
    () => appendedBy(run) >= count || isFailed(),
    timeoutMs,
  )
  expect(isFailed() ? run.said().slice(-2_000) : '').toBe('')
}

async function completes(run: Run): Promise<void> {
  const { code } = await run.ended
  expect([code, lastLineOf(run)]).toMatchObject([0, { event: 'done', seen: receiptCount }])
  expect(run.complained()).toBe('')
}

describe('two partners, one killed, and the zone killed as well', () => {
  let place: Workplace
  let zone: ZoneRun
  let zoneDid = ''
  let own: Partner
  let other: Partner
  let proofs: ReadonlyMap<number, JsonObject>

  beforeAll(async () => {
    place = openWorkplace()
    own = partnerOf(place, 'pak', ownCount)
    other = partnerOf(place, 'uae', otherCount)
    const port = { SEZ_PORT: String(await freePort()) }
    zone = await place.zone(port)
    zoneDid = await openCorridor(zone.url, [own, other])
    const first = startPartner(place, zone.url, own, zoneDid)
    const second = startPartner(place, zone.url, other, zoneDid)
    await appends(first, ownCount / 4)
    first.kill('SIGKILL')
    await first.ended
    const again = startPartner(place, zone.url, own, zoneDid)
    await appends(again, ownCount / 4)
    zone.kill('SIGKILL')
    await zone.ended
    zone = await place.zone(port)
    for (const run of [again, second]) await completes(run)
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

interface Row {
  readonly kind: string
  readonly streamSequence: number | null
  readonly digest: string | null
  readonly receipt: { readonly document: string } | null
}

function rowsOf(file: string): readonly Row[] {
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  return lines.map((line) => JSON.parse(line) as Row)
}

function receiptsIn(file: string): readonly JsonObject[] {
  return rowsOf(file).flatMap(({ kind, receipt }) =>
    kind === 'RECEIPT_APPENDED' && receipt !== null ? [parsed(receipt.document)] : [],
  )
}

/** What the example partner writes into a receipt. */
function noteOf(receipt: JsonObject): { readonly partner: unknown; readonly number: unknown } {
  const transition = isJsonObject(receipt['transition']) ? receipt['transition'] : {}
  const { partner, number } = isJsonObject(transition['payload']) ? transition['payload'] : {}
  return { partner, number }
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
