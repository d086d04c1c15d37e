import { verifyReceipt } from '@sez/core/receipt'
import { describe, expect, test } from 'vitest'
import { did, fixtureCorridor, fixtureNow, key } from './corridor.fixture.ts'
import { connect } from './connection.ts'
import { parseDocument, parseEventRow } from './corridor-event.ts'
import { initialState } from './corridor-state.ts'
import { advance } from './event-chain.ts'
import {
  appendReceipt,
  openAppender,
  type PreparedReceipt,
  prepareReceipt,
  sendReceipt,
  transitionOf,
} from './receipts.ts'
import { ZoneError } from './zone-error.ts'
import { openFakeZone } from './zone.fixture.ts'

const signing = { key: key('ada'), now: fixtureNow }

async function open() {
  const corridor = fixtureCorridor()
  const zone = await openFakeZone(corridor)
  const options = {
    connection: zone.connection,
    corridorId: 'pak-uae',
    key: key('ada'),
    now: () => fixtureNow,
    random: () => 0,
  }
  return { corridor, zone, options }
}

test('prepareReceipt gives a receipt that verifies by itself and names its own root', () => {
  const transition = transitionOf('settle.v1', { amount: '5' })
  const prepared = prepareReceipt(fixtureCorridor().place(), { ...signing, transition })
  const receipt = parseDocument(prepared.document)
  expect(verifyReceipt(receipt, { keys: [did('ada')] })).toMatchObject({ valid: true })
  expect(receipt).toMatchObject({ sequence: 0, next_root: prepared.nextRoot, transition })
})

test('prepareReceipt leaves an absent transition out', () => {
  const { document } = prepareReceipt(fixtureCorridor().place(), signing)
  expect(parseDocument(document)).not.toHaveProperty('transition')
})

describe('openAppender', () => {
  test('appends a chain with one request a receipt after the first', async () => {
    const { corridor, zone, options } = await open()
    await using _ = zone
    const appender = openAppender(options)
    for (let index = 0; index < 5; index += 1) {
      expect(await appender.append()).toMatchObject({ sequence: index, outcome: 'APPENDED' })
    }
    expect(zone.asked).toEqual(['Head', ...Array(5).fill('Append')])
    const last = corridor.rows.reduce(
      (state, row) => advance(state, parseEventRow(row)).state,
      initialState({ corridorId: 'pak-uae' }),
    )
    expect(last.chain?.receiptCount).toBe(5)
  })

  test('builds anew on the head that STALE_HEAD names', async () => {
    const { corridor, zone, options } = await open()
    await using _ = zone
    let faster = 3
    zone.faults.beforeAppend = () => {
      if (faster > 0) corridor.append('bob')
      faster -= 1
    }
    const prepared: number[] = []
    const appended = await openAppender(options).append({
      onPrepared: async ({ sequence }) => void prepared.push(sequence),
    })
    expect(appended.sequence).toBe(3)
    expect(prepared).toEqual([0, 1, 2, 3])
  })

  test('looks at the head anew, after a wait, when race after race is lost', async () => {
    const { corridor, zone, options } = await open()
    await using _ = zone
    let faster = 10
    zone.faults.beforeAppend = () => {
      if (faster > 0) corridor.append('bob')
      faster -= 1
    }
    expect(await appendReceipt(options)).toMatchObject({ sequence: 10 })
    expect(zone.asked.filter((name) => name === 'Head')).toHaveLength(3)
  })

  test('a partner who never pauses does not starve another', async () => {
    const { zone, options } = await open()
    await using _ = zone
    const ours = openAppender(options)
    const theirs = openAppender({ ...options, key: key('bob') })
    const appendedBy = { us: 0, them: 0 }
    const hurry = async (): Promise<void> => {
      while (appendedBy.us < 20) {
        const transition = transitionOf('bob.v1', { number: appendedBy.them })
        await theirs.append({ transition })
        appendedBy.them += 1
      }
    }
    const hurrying = hurry()
    for (; appendedBy.us < 20; appendedBy.us += 1) await ours.append()
    await hurrying
    expect(appendedBy.them).toBeLessThan(200)
  })

  test('STALE_HEAD when others are faster more often than allowed', async () => {
    const { corridor, zone, options } = await open()
    await using _ = zone
    zone.faults.beforeAppend = () => void corridor.append('bob')
    const append = appendReceipt({ ...options, attemptsMax: 3 })
    await expect(append).rejects.toMatchObject({ code: 'STALE_HEAD' })
    expect(corridor.nextRoots.length).toBe(3)
  })

  test('a lost answer is asked for again, and the receipt is there once', async () => {
    const { corridor, zone, options } = await open()
    await using _ = zone
    zone.faults.loseAnswers = 2
    expect(await appendReceipt(options)).toMatchObject({ sequence: 0, outcome: 'APPENDED' })
    expect(corridor.nextRoots.length).toBe(1)
  })

  test('what was stored before a crash is sent first, and gives the stored receipt', async () => {
    const { corridor, zone, options } = await open()
    await using _ = zone
    let pending: PreparedReceipt | null = null
    await openAppender(options).append({
      onPrepared: async (prepared) => void (pending = prepared),
    })
    const again = pending as PreparedReceipt | null
    expect(again).not.toBeNull()
    if (again === null) return
    const appender = openAppender(options)
    expect(await appender.append({ pending: again })).toMatchObject({ sequence: 0 })
    const foreign = { ...again, idempotencyKey: '01890a5d-ac96-774b-bcce-000000000001' }
    expect(await sendReceipt(zone.connection, foreign)).toMatchObject({ outcome: 'ALREADY_STORED' })
    expect(await appender.append()).toMatchObject({ sequence: 1 })
    expect(corridor.nextRoots.length).toBe(2)
  })

  test('what was stored but never arrived is built anew when its place is taken', async () => {
    const { corridor, zone, options } = await open()
    await using _ = zone
    const pending = prepareReceipt(corridor.place(), signing)
    corridor.append('bob')
    const appended = await openAppender(options).append({ pending })
    expect(appended).toMatchObject({ sequence: 1, outcome: 'APPENDED' })
    expect(appended.nextRoot).not.toBe(pending.nextRoot)
  })

  test('a zone that calls a place taken gets no second receipt for it', async () => {
    const { corridor, zone, options } = await open()
    await using _ = zone
    const { sequence, prevRoot } = corridor.place()
    const details = { sequence: -1, receiptCount: sequence, nextRoot: prevRoot }
    const signed: string[] = []
    const onPrepared = async ({ document }: PreparedReceipt): Promise<void> => {
      signed.push(document)
      zone.faults.errors.push({ code: 'STALE_HEAD', retry: false, details })
    }
    const appender = openAppender(options)
    for (let round = 0; round < 3; round += 1) {
      await expect(appender.append({ onPrepared })).rejects.toBeInstanceOf(ZoneError)
    }
    expect(signed).toHaveLength(1)
  })

  test('what was not answered is sent again, never signed again', async () => {
    const { corridor, zone, options } = await open()
    await using _ = zone
    const connection = connect({
      url: zone.url,
      token: () => Promise.resolve(null),
      attemptsMax: 1,
      random: () => 0,
    })
    let second = 0
    const appender = openAppender({
      ...options,
      connection,
      // Each receipt signed anew would be another one.
      now: () => new Date(fixtureNow.getTime() + 1_000 * second++),
    })
    zone.faults.loseAnswers = 1
    const transition = transitionOf('settle.v1', { amount: '5' })
    await expect(appender.append({ transition })).rejects.toMatchObject({ retry: true })
    expect(await appender.append({ transition })).toMatchObject({ sequence: 0 })
    zone.faults.loseAnswers = 1
    await expect(appender.append({ transition })).rejects.toMatchObject({ retry: true })
    const other = transitionOf('settle.v1', { amount: '6' })
    expect(await appender.append({ transition: other })).toMatchObject({ sequence: 2 })
    expect(corridor.nextRoots).toHaveLength(3)
  })

  test('what is appended at once is signed one after the other', async () => {
    const { zone, options } = await open()
    await using _ = zone
    const appender = openAppender(options)
    const appended = await Promise.all(
      Array.from({ length: 5 }, (_, number) =>
        appender.append({ transition: transitionOf('note.v1', { number }) }),
      ),
    )
    expect(appended.map(({ sequence }) => sequence)).toEqual([0, 1, 2, 3, 4])
    expect(zone.asked).toEqual(['Head', ...Array(5).fill('Append')])
  })

  test('ZONE_ANSWER_INVALID for an answer about another receipt', async () => {
    const { corridor, zone, options } = await open()
    await using _ = zone
    const prepared = prepareReceipt(corridor.place(), signing)
    const sending = sendReceipt(options.connection, { ...prepared, sequence: 9 })
    await expect(sending).rejects.toMatchObject({ code: 'ZONE_ANSWER_INVALID' })
  })

  test('another refusal is the caller’s to see, as the zone said it', async () => {
    const { zone, options } = await open()
    await using _ = zone
    const details = { state: 'SUSPENDED' }
    zone.faults.errors.push({ code: 'CORRIDOR_NOT_ACTIVE', retry: false, details })
    await expect(appendReceipt(options)).rejects.toMatchObject({
      code: 'CORRIDOR_NOT_ACTIVE',
      details,
    })
  })

  test('NOT_FOUND for a corridor that is not there', async () => {
    const { zone, options } = await open()
    await using _ = zone
    await expect(appendReceipt({ ...options, corridorId: 'pak-none' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
  })
})
