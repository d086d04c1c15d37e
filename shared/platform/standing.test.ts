/** Hard stops hold inside the acting transaction, whoever is faster. @module */
import { expect, test } from 'vitest'
import { until } from './database.fixture.ts'
import type { Database } from './db.ts'
import { guard, setStanding, type Standing } from './standing.ts'
import { openTestLog } from './zone-log.fixture.ts'

const good = { subject: 'entity/a', fact: 'status', blocking: false, reason: null }
const set = (database: Database, standing: Partial<Standing>): Promise<void> =>
  database.db.transaction((tx) => setStanding(tx, { ...good, ...standing }))
const pass = (database: Database, ...subjects: string[]): Promise<void> =>
  database.db.transaction((tx) => guard(tx, subjects))

/** Whether a statement that calls `routine` waits for a lock in this database. */
async function isWaiting(admin: Database, routine: string): Promise<boolean> {
  const rows = await admin.raw`
    select 1 from pg_stat_activity where datname = current_database()
      and wait_event_type = 'Lock' and query like ${`%platform.${routine}(%`}`
  return rows.length > 0
}

test('STANDING_UNKNOWN wins over SUBJECT_BLOCKED; a subject in good standing passes', async () => {
  await using log = await openTestLog()
  const owner = log.open('entities')
  const actor = log.open('corridor')
  await set(owner, {})
  await set(owner, { subject: 'entity/b', blocking: true, reason: 'suspended' })
  await pass(actor, 'entity/a', 'entity/a')
  await expect(pass(actor, 'entity/b', 'entity/nobody')).rejects.toMatchObject({
    code: 'STANDING_UNKNOWN',
    details: { subject: 'entity/nobody' },
  })
  await expect(pass(actor, 'entity/b', 'entity/a')).rejects.toMatchObject({
    code: 'SUBJECT_BLOCKED',
    details: { subject: 'entity/b', fact: 'status', reason: 'suspended' },
  })
  await set(owner, { subject: 'entity/b', blocking: false })
  await pass(actor, 'entity/b', 'entity/a')
})

test('STANDING_NOT_YOURS for another role, under any subject, and nothing changes', async () => {
  await using log = await openTestLog()
  const owner = log.open('entities')
  const other = log.open('corridor')
  await set(owner, { blocking: true, reason: 'suspended' })
  for (const subject of ['entity/a', 'entity/new']) {
    await expect(set(other, { subject })).rejects.toMatchObject({ code: 'STANDING_NOT_YOURS' })
  }
  await expect(pass(other, 'entity/a')).rejects.toMatchObject({ code: 'SUBJECT_BLOCKED' })
  await expect(pass(other, 'entity/new')).rejects.toMatchObject({ code: 'STANDING_UNKNOWN' })
  await set(other, { fact: 'sanctions' })
  await expect(set(owner, { fact: 'sanctions' })).rejects.toMatchObject({
    code: 'STANDING_NOT_YOURS',
  })
})

test('a new fact waits for an act under guard, and a later act sees the fact', async () => {
  await using log = await openTestLog()
  const owner = log.open('entities')
  const sanctions = log.open('regulator')
  const actor = log.open('corridor')
  await set(owner, {})
  const order: string[] = []
  const guarded = Promise.withResolvers<void>()
  const finish = Promise.withResolvers<void>()
  const act = actor.db.transaction(async (tx) => {
    await guard(tx, ['entity/a'])
    guarded.resolve()
    await finish.promise
    order.push('acted')
  })
  await guarded.promise
  const stop = set(sanctions, { fact: 'sanctions', blocking: true, reason: 'listed' }).then(() =>
    order.push('stopped'),
  )
  const admin = log.open(null, 1)
  await until('the stop waits for the act', () => isWaiting(admin, 'set_standing'))
  finish.resolve()
  await Promise.all([act, stop])
  expect(order).toEqual(['acted', 'stopped'])
  await expect(pass(actor, 'entity/a')).rejects.toMatchObject({
    code: 'SUBJECT_BLOCKED',
    details: { fact: 'sanctions' },
  })
})

test('a guard that waits for a new fact sees it', async () => {
  await using log = await openTestLog()
  const owner = log.open('entities')
  const sanctions = log.open('regulator')
  await set(owner, {})
  let verdict: Promise<unknown> = Promise.resolve()
  await sanctions.db.transaction(async (tx) => {
    await setStanding(tx, { ...good, fact: 'sanctions', blocking: true, reason: 'listed' })
    verdict = pass(log.open('corridor'), 'entity/a').catch((error: unknown) => error)
    const admin = log.open(null, 1)
    await until('the guard waits for the fact', () => isWaiting(admin, 'guard'))
  })
  expect(await verdict).toMatchObject({ code: 'SUBJECT_BLOCKED', details: { fact: 'sanctions' } })
})

test('guards of many subjects in any order never deadlock with facts being set', async () => {
  await using log = await openTestLog()
  const owner = log.open('entities')
  const actor = log.open('corridor')
  const subjects = Array.from({ length: 8 }, (_, i) => `entity/${i}`)
  for (const subject of subjects) {
    await set(owner, { subject })
    await set(owner, { subject, fact: 'licence' })
  }
  const rotated = (i: number): string[] => [...subjects.slice(i % 8), ...subjects.slice(0, i % 8)]
  const done = await Promise.all(
    Array.from({ length: 60 }, async (_, i) => {
      if (i % 3 === 0) await set(owner, { subject: `entity/${i % 8}`, fact: 'licence' })
      else await pass(actor, ...rotated(i))
      return i
    }),
  )
  expect(done).toHaveLength(60)
})
