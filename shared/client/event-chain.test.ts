import { canonicalize, canonicalText } from '@sez/core/canonical'
import { SezError } from '@sez/core/errors'
import { describe, expect, test } from 'vitest'
import { did, type FixtureRow, fixtureCorridor, fixtureNow, key } from './corridor.fixture.ts'
import { parseDocument, parseEventRow } from './corridor-event.ts'
import { type CorridorState, initialState, parseState } from './corridor-state.ts'
import { advance } from './event-chain.ts'
import { prepareReceipt } from './receipts.ts'

const start = initialState({ corridorId: 'pak-uae' })

function run(rows: readonly unknown[], from: CorridorState = start): CorridorState {
  return rows.reduce<CorridorState>((state, row) => advance(state, parseEventRow(row)).state, from)
}

function fault(rows: readonly unknown[], from: CorridorState = start): string {
  try {
    run(rows, from)
  } catch (error) {
    if (error instanceof SezError && error.code === 'EVENT_CHAIN_BROKEN') {
      return String(error.details['what'])
    }
    throw error
  }
  return 'nothing'
}

function history() {
  const corridor = fixtureCorridor()
  corridor.append()
  corridor.append('bob')
  corridor.checkpoint()
  corridor.logCheckpoint()
  corridor.append()
  return corridor
}

const changed = (rows: readonly FixtureRow[], index: number, change: Partial<FixtureRow>) =>
  rows.map((row, at) => (at === index ? { ...row, ...change } : row))

describe('advance', () => {
  test('takes a whole history and knows its end', () => {
    const { rows, nextRoots } = history()
    const state = run(rows)
    expect(state).toMatchObject({
      cursor: rows.at(-1)?.cursor,
      streamSequence: 7,
      streamHead: rows.at(-1)?.digest,
      position: '7',
      zoneId: 'test-zone',
      zoneDid: did('zone'),
      signers: [did('ada'), did('bob')],
      checkpointCount: 2,
      chain: { receiptCount: 3, nextRoot: nextRoots[2] },
    })
  })

  test('goes on from every state of a history as if it had never stopped', () => {
    const { rows } = history()
    const whole = run(rows)
    for (const [index] of rows.entries()) {
      const stored: unknown = JSON.parse(JSON.stringify(run(rows.slice(0, index))))
      expect(run(rows.slice(index), parseState(stored))).toEqual(whole)
    }
  })

  test('leaving out any one event of the stream is found', () => {
    const { rows } = history()
    for (const [index, row] of rows.slice(0, -1).entries()) {
      if (row.kind === 'CHECKPOINT') continue
      expect(fault(rows.toSpliced(index, 1))).toBe('events are missing')
    }
  })

  test('a history whose beginning was cut off and counted anew is found', () => {
    const whole = history()
    const later = prepareReceipt(whole.place(), { key: key('ada'), now: fixtureNow })
    const silent = fixtureCorridor()
    silent.rows.splice(2)
    silent.receipt(later.document)
    expect(fault(silent.rows)).toBe('the receipt came before the activation')
    const vague = fixtureCorridor()
    vague.rows.splice(2)
    vague.event('ACTIVATED')
    vague.receipt(later.document)
    expect(fault(vague.rows)).toBe('the activation names no genesis root')
  })

  test('a second activation is found', () => {
    const corridor = history()
    corridor.event('ACTIVATED', { genesisRoot: '0'.repeat(64) })
    expect(fault(corridor.rows)).toBe('the corridor was active before')
  })

  test('an event that comes twice is found', () => {
    const { rows } = history()
    expect(fault(rows.toSpliced(4, 0, rows[3] as FixtureRow))).toBe('an event came twice')
    const again = { ...(rows[3] as FixtureRow), cursor: 'another' }
    expect(fault(rows.toSpliced(4, 0, again))).toBe('an event came twice')
  })

  test.each<[string, number, Partial<FixtureRow>]>([
    ['the digest is not that of the text', 3, { digest: 'ab'.repeat(32) }],
    ['the text is not canonical', 3, { document: '{ "a": 1 }' }],
    ['the text is not canonical', 3, { document: 'no json' }],
    ['the event has no text', 3, { document: null }],
    ['the event id is not that of the text', 3, { eventId: 'evt_other' }],
    ['the row does not repeat its text', 3, { streamSequence: 9 }],
    ['the row does not repeat its text', 3, { previousDigest: null }],
    ['the kind is not that of the text', 3, { kind: 'SUSPENDED' }],
    ['the event has no place in the log', 3, { position: null }],
    ['the event has no place in the log', 3, { position: '-4' }],
    ['the log position does not rise', 3, { position: '3' }],
    ['the receipt is missing', 3, { receipt: null }],
    ['the receipt is missing', 3, { receipt: { document: '[]', proofs: [] } }],
    ['the checkpoint is missing', 5, { checkpoint: null }],
    ['the checkpoint is missing', 6, { logCheckpoint: null }],
  ])('%s (row %i, %j)', (what, index, change) => {
    expect(fault(changed(history().rows, index, change))).toBe(what)
  })

  test('another corridor’s event does not pass', () => {
    const other = fixtureCorridor('pak-chn')
    expect(fault(other.rows)).toBe('the event is of another stream')
  })

  test('another zone’s event does not pass', () => {
    const state = { ...start, zoneId: 'another' }
    expect(fault(history().rows, state)).toBe('the event is of another zone')
  })

  test('an event of a history rewritten before it does not pass', () => {
    const [first, second] = [fixtureCorridor(), fixtureCorridor('pak-uae', ['eve', 'bob'])]
    expect(fault([...first.rows.slice(0, 2), ...second.rows.slice(2)])).toBe(
      'the event names another predecessor',
    )
  })

  test('a zone checkpoint may share its cursor with the event it came behind, and come again', () => {
    const { rows } = history()
    const repeated = { ...(rows[6] as FixtureRow), cursor: rows[5]?.cursor ?? '' }
    expect(run([...rows.slice(0, 6), repeated, repeated, ...rows.slice(7)]).streamSequence).toBe(7)
  })

  test('what is no event at all does not pass', () => {
    expect(fault([null])).toBe('a row is no corridor event')
    expect(fault([{ kind: 'CREATED' }])).toBe('a row is no corridor event')
  })

  test('a kind that this client does not know passes on its links alone', () => {
    const corridor = fixtureCorridor()
    corridor.event('NOTED')
    expect(run(corridor.rows).streamSequence).toBe(4)
  })
})

describe('receipts', () => {
  test('a receipt by nobody of the corridor does not pass', () => {
    const corridor = fixtureCorridor()
    corridor.append('eve')
    expect(fault(corridor.rows)).toBe('the receipt does not verify')
  })

  test('pinned signers win over those the history names', () => {
    const corridor = fixtureCorridor()
    corridor.append('ada')
    const pinned = initialState({ corridorId: 'pak-uae', signers: [did('bob')] })
    expect(fault(corridor.rows, pinned)).toBe('the receipt does not verify')
  })

  test('a receipt with another content under the same signature does not pass', () => {
    const corridor = fixtureCorridor()
    const { document } = prepareReceipt(corridor.place(), { key: key('ada'), now: fixtureNow })
    corridor.receipt(document.replace('"timestamp":"2026-02-01', '"timestamp":"2026-02-02'))
    expect(fault(corridor.rows)).toBe('the receipt does not verify')
  })

  test('a receipt that skips one, or follows another root, does not pass', () => {
    const place = fixtureCorridor().place()
    const skipping = fixtureCorridor()
    const signing = { key: key('ada'), now: fixtureNow }
    skipping.receipt(prepareReceipt({ ...place, sequence: 1 }, signing).document)
    expect(fault(skipping.rows)).toBe('the receipt has another sequence')
    const forked = fixtureCorridor()
    const first = forked.append()
    forked.receipt(prepareReceipt({ ...place, sequence: 1 }, signing).document)
    expect(first.kind).toBe('RECEIPT_APPENDED')
    expect(fault(forked.rows)).toBe('the receipt follows another root')
  })

  test('a receipt other than the one its event tells of does not pass', () => {
    const { rows } = history()
    expect(fault(changed(rows, 3, { receipt: rows[4]?.receipt ?? null }))).toBe(
      'the receipt is not the one the event tells of',
    )
  })

  test('proofs merged later are verified with their receipt', () => {
    const corridor = fixtureCorridor()
    const byAda = prepareReceipt(corridor.place(), { key: key('ada'), now: fixtureNow })
    const { document } = byAda
    corridor.receipt(document)
    const { sequence, next_root: nextRoot } = parseDocument(document) ?? {}
    const byBob = prepareReceipt(fixtureCorridor().place(), { key: key('bob'), now: fixtureNow })
    const proofs = [document, byBob.document].map((text) => parseDocument(text)?.['proof'])
    const data = { sequence: sequence ?? null, nextRoot: nextRoot ?? null }
    corridor.event('PROOFS_MERGED', data, { receipt: { document, proofs } })
    const event = corridor.rows.reduce<ReturnType<typeof advance> | null>(
      (last, row) => advance(last?.state ?? start, parseEventRow(row)),
      null,
    )
    expect(event?.receipt?.signers).toEqual([did('ada'), did('bob')])
    const forged = { ...corridor.rows[4], receipt: { document, proofs: [proofs[0], {}] } }
    expect(fault([...corridor.rows.slice(0, 4), forged])).toBe('the receipt does not verify')
  })
})

describe('checkpoints', () => {
  test('a checkpoint signed by another than the pinned zone does not pass', () => {
    const corridor = fixtureCorridor()
    corridor.append()
    corridor.checkpoint('eve')
    const pinned = initialState({ corridorId: 'pak-uae', zoneDid: did('zone') })
    expect(fault(corridor.rows, pinned)).toBe('the checkpoint is not signed by the zone')
  })

  test('the signer of the first checkpoint is pinned for all that follow', () => {
    const corridor = fixtureCorridor()
    corridor.append()
    corridor.checkpoint()
    corridor.logCheckpoint('eve')
    expect(fault(corridor.rows)).toBe('the checkpoint is not signed by the zone')
  })

  test.each([
    ['the checkpoint has another head', { final_state_root: 'cd'.repeat(32) }],
    ['the checkpoint counts receipts in two ways', { receipt_count: 7 }],
    ['the checkpoint covers receipts that did not come', { receipt_count: 7, mmr: { size: 7 } }],
    ['the checkpoint has another root', { mmr: { size: 1, root: 'cd'.repeat(32) } }],
    ['the checkpoint is of another corridor', { corridor_id: 'pak-chn' }],
  ])('%s', async (what, change) => {
    const { documentDigest, signDocument } = await import('@sez/core/proof')
    const corridor = fixtureCorridor()
    corridor.append()
    const { proof, ...payload } = corridor.sealed()
    expect(proof).toBeDefined()
    const forged = signDocument({ ...payload, ...change }, key('zone'), { created: fixtureNow })
    corridor.event(
      'CHECKPOINTED',
      { checkpointDigest: documentDigest(forged) },
      { checkpoint: { document: canonicalText(canonicalize(forged)) } },
    )
    expect(fault(corridor.rows)).toBe(what)
  })

  test('a checkpoint other than the one its event tells of does not pass', () => {
    const corridor = fixtureCorridor()
    corridor.append()
    const document = canonicalText(canonicalize(corridor.sealed()))
    corridor.event('CHECKPOINTED', {}, { checkpoint: { document } })
    expect(fault(corridor.rows)).toBe('the checkpoint is not the one the event tells of')
  })

  test('a zone checkpoint never gets smaller', () => {
    const corridor = fixtureCorridor()
    const early = corridor.logCheckpoint()
    corridor.append()
    corridor.logCheckpoint()
    const rows = [...corridor.rows, { ...early, cursor: 'again' }]
    expect(fault(rows)).toBe('the checkpoint goes back')
  })
})

test('parseState refuses what is no state, with every problem', () => {
  const state = { ...start, streamSequence: -1, chain: { receiptCount: 1 } }
  expect(() => parseState(state)).toThrowError(
    expect.objectContaining({
      code: 'VALIDATION_ERROR',
      details: expect.objectContaining({
        problems: [
          expect.objectContaining({ path: 'streamSequence' }),
          expect.objectContaining({ path: 'chain' }),
        ],
      }),
    }),
  )
})

test('a history entered in the middle is verified from there', () => {
  const { rows } = history()
  const entered = initialState({ corridorId: 'pak-uae', after: rows[3]?.cursor ?? '' })
  const state = run(rows.slice(4), entered)
  expect(state.chain).toMatchObject({ receiptCount: 3, peaks: null })
  expect(fault(rows.slice(4).toSpliced(1, 1), entered)).toBe('events are missing')
})
