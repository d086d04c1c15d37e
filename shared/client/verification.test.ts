import { canonicalize, canonicalText } from '@sez/core/canonical'
import type { JsonObject } from '@sez/core/json'
import { inclusionProof } from '@sez/core/mmr'
import { describe, expect, test } from 'vitest'
import { did, type FixtureRow, fixtureCorridor } from './corridor.fixture.ts'
import { parseDocument } from './corridor-event.ts'
import { verifyCorridorLog, verifyLogInclusion, verifyReceiptInclusion } from './verification.ts'
import { verifyZoneLog } from './zone-log.ts'

function corridorOf(receipts: number) {
  const corridor = fixtureCorridor()
  for (let index = 0; index < receipts; index += 1) corridor.append()
  return corridor
}

const receiptOf = (row: FixtureRow | undefined): JsonObject =>
  parseDocument(row?.receipt?.document ?? '') ?? {}

describe('verifyReceiptInclusion', () => {
  test('every receipt of every chain up to 12 is proved by its checkpoint', () => {
    for (let size = 1; size <= 12; size += 1) {
      const corridor = corridorOf(size)
      const checkpoint = corridor.sealed()
      for (let sequence = 0; sequence < size; sequence += 1) {
        const receipt = receiptOf(corridor.rows[3 + sequence])
        const proof = corridor.proof(sequence)
        expect(
          verifyReceiptInclusion({ receipt, proof, checkpoint, zoneDid: did('zone') }),
        ).toEqual({ valid: true, problems: [] })
      }
    }
  })

  const corridor = corridorOf(5)
  const evidence = {
    receipt: receiptOf(corridor.rows[5]),
    proof: corridor.proof(2),
    checkpoint: corridor.sealed(),
    zoneDid: did('zone'),
  }

  test.each<[RegExp, Partial<typeof evidence>]>([
    [/not signed by the zone/, { zoneDid: did('another') }],
    [/another place/, { proof: corridor.proof(1) }],
    [/another receipt/, { receipt: receiptOf(corridor.rows[4]) }],
    [/another root/, { checkpoint: corridorOf(4).sealed() }],
    [/counts other receipts/, { checkpoint: corridorOf(4).sealed() }],
    [/another corridor/, { receipt: { ...evidence.receipt, corridor_id: 'pak-chn' } }],
    [/does not lead/, { proof: { ...evidence.proof, leaf_hash: '00'.repeat(32) } }],
    [/does not lead/, { proof: null as unknown as object }],
    [/not signed/, { checkpoint: { ...evidence.checkpoint, receipt_count: 6 } }],
    [/not one of a corridor/, { checkpoint: {} }],
  ])('%s', (problem, change) => {
    const verdict = verifyReceiptInclusion({ ...evidence, ...change })
    expect(verdict.valid).toBe(false)
    expect(verdict.problems.join(' ')).toMatch(problem)
  })

  test('fields that a wrapper adds change nothing', () => {
    const proof = { ...evidence.proof, corridor_id: 'x', mmr: {} }
    expect(verifyReceiptInclusion({ ...evidence, proof }).valid).toBe(true)
  })
})

describe('verifyLogInclusion', () => {
  const corridor = corridorOf(3)
  const sealed = corridor.logCheckpoint()
  const hashes = corridor.rows.flatMap(({ hash }) => (hash === null ? [] : [hash]))
  const evidence = {
    entry: { position: '2', hash: hashes[1] ?? '' },
    proof: inclusionProof(hashes, 1),
    checkpoint: parseDocument(sealed.logCheckpoint ?? '') ?? {},
    zoneDid: did('zone'),
  }

  test('an entry is proved by the zone’s checkpoint', () => {
    expect(verifyLogInclusion(evidence)).toEqual({ valid: true, problems: [] })
  })

  test.each<[RegExp, Partial<typeof evidence>]>([
    [/another place/, { entry: { ...evidence.entry, position: '3' } }],
    [/another place/, { entry: { ...evidence.entry, position: '0x2' } }],
    [/another entry/, { entry: { position: '2', hash: hashes[0] ?? '' } }],
    [/not signed by the zone/, { zoneDid: did('eve') }],
    [/not one of a zone log/, { checkpoint: corridor.sealed() }],
  ])('%s', (problem, change) => {
    expect(verifyLogInclusion({ ...evidence, ...change }).problems.join(' ')).toMatch(problem)
  })
})

describe('verifyCorridorLog', () => {
  const corridor = corridorOf(4)
  corridor.checkpoint()
  corridor.logCheckpoint()
  const trusted = { corridorId: 'pak-uae', zoneDid: did('zone') }

  test('a whole export holds together', () => {
    const verdict = verifyCorridorLog(corridor.rows, trusted)
    expect(verdict).toMatchObject({ valid: true, verified: corridor.rows.length, brokenRow: null })
  })

  test('a second part is verified from the state behind the first', () => {
    const { state } = verifyCorridorLog(corridor.rows.slice(0, 5), trusted)
    expect(verifyCorridorLog(corridor.rows.slice(5), { ...trusted, state }).valid).toBe(true)
  })

  test('names the first broken row', () => {
    const rows = corridor.rows.toSpliced(4, 1)
    expect(verifyCorridorLog(rows, trusted)).toMatchObject({
      valid: false,
      brokenRow: 4,
      verified: 4,
      details: { what: 'events are missing', expected: 5 },
    })
  })
})

describe('verifyZoneLog', () => {
  function zoneLog() {
    const corridor = corridorOf(4)
    corridor.logCheckpoint()
    corridor.append()
    return corridor.rows
  }
  const trusted = { zoneDid: did('zone') }

  test('a whole log with its checkpoint holds together', () => {
    expect(verifyZoneLog(zoneLog(), trusted)).toMatchObject({
      valid: true,
      entries: 8,
      checkpoints: 1,
      isWhole: true,
      head: { position: '8' },
    })
  })

  test('a checkpoint may stand before or far behind what it covers', () => {
    const rows = zoneLog()
    const [checkpoint] = rows.splice(7, 1)
    expect(verifyZoneLog([checkpoint, ...rows], trusted).valid).toBe(true)
    expect(verifyZoneLog([...rows, checkpoint], trusted).valid).toBe(true)
    const document = parseDocument(checkpoint?.logCheckpoint ?? '')
    expect(verifyZoneLog([...rows, document], trusted).checkpoints).toBe(1)
  })

  test('a part from the middle holds together, and says that it is one', () => {
    expect(verifyZoneLog(zoneLog().slice(2, 6))).toMatchObject({ valid: true, isWhole: false })
  })

  const changes: [string, number, (rows: FixtureRow[]) => unknown[]][] = [
    ['positions are not dense', 3, (rows) => rows.toSpliced(3, 1)],
    [
      'the digest is not that of the text',
      4,
      (rows) => rows.with(4, { ...rows[4], digest: '00'.repeat(32) } as FixtureRow),
    ],
    [
      'the hash does not continue the one before',
      0,
      (rows) => rows.with(0, { ...rows[0], hash: '00'.repeat(32) } as FixtureRow),
    ],
    [
      'the text is not canonical',
      2,
      (rows) => rows.with(2, { ...rows[2], document: '{} ' } as FixtureRow),
    ],
    [
      'the event id is not that of the text',
      2,
      (rows) => rows.with(2, { ...rows[2], eventId: 'x' } as FixtureRow),
    ],
    ['the row is neither entry nor checkpoint', 1, (rows) => rows.with(1, 7 as never)],
  ]
  test.each(changes)('%s', (what, brokenRow, change) => {
    expect(verifyZoneLog(change(zoneLog()), trusted)).toMatchObject({
      valid: false,
      brokenRow,
      details: { what },
    })
  })

  test('a log rewritten under a signed checkpoint does not pass', () => {
    const honest = zoneLog()
    const rewritten = fixtureCorridor('pak-uae', ['eve', 'bob'])
    for (let index = 0; index < 4; index += 1) rewritten.append('bob')
    const rows = [...rewritten.rows, honest[7]]
    expect(verifyZoneLog(rows, trusted)).toMatchObject({
      valid: false,
      brokenRow: 7,
      details: { what: 'the checkpoint has another head' },
    })
  })

  test('a checkpoint by another signer, of another zone or form does not pass', () => {
    const rows = zoneLog()
    expect(verifyZoneLog(rows, { zoneDid: did('eve') }).problems.join()).toMatch(/not signed/)
    expect(verifyZoneLog([{ type: 'SezLogCheckpoint', size: 1.5 }]).valid).toBe(false)
    const bare = { document: canonicalText(canonicalize({ type: 'SezLogCheckpoint' })) }
    expect(verifyZoneLog([bare]).valid).toBe(false)
  })

  test('entries that the trusted zone has not signed do not pass', () => {
    const unsigned = corridorOf(3).rows
    expect(verifyZoneLog(unsigned)).toMatchObject({ valid: true, sealedTo: null })
    expect(verifyZoneLog(unsigned, trusted)).toMatchObject({ valid: false, brokenRow: null })
    expect(verifyZoneLog(zoneLog(), trusted)).toMatchObject({ valid: true, sealedTo: '7' })
    expect(verifyZoneLog(zoneLog().slice(3), trusted)).toMatchObject({ valid: true, sealedTo: '7' })
    const history = { corridorId: 'pak-uae' }
    expect(verifyCorridorLog(unsigned, history).valid).toBe(true)
    expect(verifyCorridorLog(unsigned, { ...history, ...trusted }).valid).toBe(false)
  })

  test('a log whose end was cut off under a checkpoint does not pass', () => {
    const rows = zoneLog()
    expect(verifyZoneLog([rows[7], ...rows.slice(0, 5)], trusted)).toMatchObject({
      valid: false,
      brokenRow: 0,
      details: { what: 'the checkpoint covers entries that are missing' },
    })
  })

  test('an empty export proves nothing and breaks nothing', () => {
    expect(verifyZoneLog([])).toMatchObject({ valid: true, isWhole: false, head: null })
  })
})
