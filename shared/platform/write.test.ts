/** The path of a mutation: once per key, tried again on collision, and no fault leaves a trace. @module */
import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { anonymous, type Context } from './context.ts'
import { type Database, openDatabase, type Tx } from './db.ts'
import { startSweeper, sweepAnswers } from './idempotency.ts'
import { type LogReference, publish } from './outbox.ts'
import { sequence } from './sequencer.ts'
import { until } from './database.fixture.ts'
import { write } from './write.ts'
import { openTestLog, say } from './zone-log.fixture.ts'
import { listEntries } from './zone-log.ts'

type Answer = { readonly log: LogReference }

const note = async (tx: Tx, ctx: Context, stream = 'entity/a'): Promise<Answer> => ({
  log: await publish(tx, ctx, { stream, type: 'entity.noted', data: {} }),
})
const act = (input: object) => ({ field: 'noteEntity', input })
const submit = (ctx: Context, input: object): Promise<Answer> =>
  write(ctx, act(input), (tx) => note(tx, ctx))

async function countEvents(database: Pick<Database, 'db' | 'raw'>): Promise<number> {
  while ((await sequence(database)) > 0);
  return (await listEntries(database.db, { stream: null, after: 0n, limit: 500 })).length
}

const lockTimeoutIn = (tx: Tx) =>
  tx.select({ lock: sql<string>`current_setting('lock_timeout')` }).from(sql`(values (1)) as one`)

test('UNAUTHENTICATED for nobody, before anything is looked at', async () => {
  await using log = await openTestLog()
  const ctx = log.context({ caller: anonymous })
  await expect(submit(ctx, { idempotencyKey: 7 })).rejects.toMatchObject({
    code: 'UNAUTHENTICATED',
  })
})

test('timeouts hold inside the transaction and are gone after it', async () => {
  await using log = await openTestLog()
  // As behind a pooler, whose connections come without limits, and of a login that has none.
  await using database = openDatabase({
    url: log.url,
    connectionsMax: 1,
    applicationName: 'pooled',
    prepare: false,
  })
  const ctx = log.context({ database })
  const read = async (tx: Pick<Tx, 'execute'>): Promise<Record<string, string>> => {
    const [row] = await tx.execute<Record<string, string>>(
      sql`select current_setting('statement_timeout') as statement,
        current_setting('lock_timeout') as lock,
        current_setting('idle_in_transaction_session_timeout') as idle`,
    )
    return { ...row }
  }
  expect(await write(ctx, act({}), read)).toEqual({ statement: '5s', lock: '2s', idle: '10s' })
  expect(await read(ctx.database.db)).toEqual({ statement: '0', lock: '0', idle: '0' })
})

test.each<[shape: string, first: (tx: Tx) => Promise<readonly { lock: string }[]>]>([
  [
    'raw',
    (tx) => tx.execute<{ lock: string }>(sql`select current_setting('lock_timeout') as lock`),
  ],
  ['built', async (tx) => lockTimeoutIn(tx)],
  ['prepared', (tx) => lockTimeoutIn(tx).prepare('lock_timeout_in').execute()],
])('timeouts hold for the very first statement, a %s one', async (_shape, first) => {
  await using log = await openTestLog()
  const ctx = log.context()
  const read = async (tx: Tx) => ({ rows: [...(await first(tx))] })
  expect(await write(ctx, act({}), read)).toEqual({ rows: [{ lock: '2s' }] })
})

test('the sequencer is nudged after each commit and not after a failure', async () => {
  await using log = await openTestLog()
  let nudges = 0
  const ctx = log.context({ afterCommit: () => (nudges += 1) })
  await submit(ctx, {})
  await submit(ctx, {})
  const failing = write(ctx, act({}), async () => {
    throw new RangeError('no')
  })
  await expect(failing).rejects.toThrow('no')
  expect(nudges).toBe(2)
})

describe('an idempotency key', () => {
  test('gives the same answer to the same input, and has one effect', async () => {
    await using log = await openTestLog()
    const ctx = log.context()
    const input = { idempotencyKey: randomUUID(), name: 'x', amount: 10n, at: new Date(0) }
    const first = await submit(ctx, input)
    expect(await submit(ctx, { ...input })).toEqual(first)
    expect(await countEvents(log.database)).toBe(1)
  })

  test('IDEMPOTENCY_KEY_REUSED for another input or another mutation', async () => {
    await using log = await openTestLog()
    const ctx = log.context()
    const key = randomUUID()
    await submit(ctx, { idempotencyKey: key, n: 1 })
    const reused = { code: 'IDEMPOTENCY_KEY_REUSED', details: { field: 'idempotencyKey' } }
    await expect(submit(ctx, { idempotencyKey: key, n: 2 })).rejects.toMatchObject(reused)
    const other = write(ctx, { field: 'other', input: { idempotencyKey: key, n: 1 } }, (tx) =>
      note(tx, ctx),
    )
    await expect(other).rejects.toMatchObject(reused)
    expect(await countEvents(log.database)).toBe(1)
  })

  test('VALIDATION_ERROR for a key that is no UUID', async () => {
    await using log = await openTestLog()
    await expect(submit(log.context(), { idempotencyKey: 'x' })).rejects.toMatchObject({
      code: 'VALIDATION_ERROR',
      details: { field: 'idempotencyKey' },
    })
  })

  test('belongs to its caller, and keeps nothing of a failure', async () => {
    await using log = await openTestLog()
    const ctx = log.context()
    const key = randomUUID()
    const failing = write(ctx, act({ idempotencyKey: key, n: 1 }), async (tx) => {
      await note(tx, ctx)
      throw new RangeError('no')
    })
    await expect(failing).rejects.toThrow('no')
    await submit(ctx, { idempotencyKey: key, n: 2 })
    const other = log.context({ caller: { ...ctx.caller, did: log.keys.did } })
    await submit(other, { idempotencyKey: key, n: 3 })
    expect(await countEvents(log.database)).toBe(2)
  })

  test('is one for all subgraphs, and goes to another one when it has run out', async () => {
    await using log = await openTestLog()
    const key = randomUUID()
    const long = new Date('2026-02-01T00:00:00Z')
    const entities = log.context({ now: () => long })
    const corridor = log.context({ database: log.open('corridor'), now: () => long })
    const open = (ctx: Context) =>
      write(ctx, { field: 'openCorridor', input: { idempotencyKey: key } }, (tx) =>
        note(tx, ctx, 'corridor/a'),
      )
    await submit(entities, { idempotencyKey: key })
    await expect(open(corridor)).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' })
    const late = log.context({ database: corridor.database })
    expect(await open(late)).toEqual(await open(late))
    await expect(submit(log.context(), { idempotencyKey: key })).rejects.toMatchObject({
      code: 'IDEMPOTENCY_KEY_REUSED',
    })
    const rows = await log.database.raw`select owner from platform.idempotency`
    expect([...rows]).toEqual([{ owner: `${log.rolePrefix}_corridor` }])
  })

  test('serialises 20 requests at once: one decides, all get its answer', async () => {
    await using log = await openTestLog()
    const ctx = log.context()
    const input = { idempotencyKey: randomUUID(), n: 1 }
    let decisions = 0
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        write(ctx, act(input), (tx) => {
          decisions += 1
          return note(tx, ctx)
        }),
      ),
    )
    expect(decisions).toBe(1)
    expect(new Set(answers.map((each) => each.log.eventId)).size).toBe(1)
    expect(await countEvents(log.database)).toBe(1)
  })

  test('is forgotten after 24 hours, and then swept', async () => {
    let now = new Date('2026-02-01T00:00:00Z')
    await using log = await openTestLog({ now: () => now })
    const ctx = log.context()
    const input = { idempotencyKey: randomUUID() }
    const first = await submit(ctx, input)
    now = new Date('2026-02-01T23:59:59.999Z')
    expect(await submit(ctx, input)).toEqual(first)
    expect(await sweepAnswers(log.database, now)).toBe(0)
    now = new Date('2026-02-02T00:00:00Z')
    expect(await submit(ctx, input)).not.toEqual(first)
    expect(await sweepAnswers(log.database, now)).toBe(0)
    now = new Date('2026-02-03T00:00:00Z')
    await using _sweeper = startSweeper(log.database, { now: () => now, log: ctx.log })
    await until('the sweeper has swept', async () => {
      const rows = await log.database.raw`select 1 from platform.idempotency`
      return rows.length === 0
    })
  })

  test('keeps no input, only a keyed digest of it', async () => {
    await using log = await openTestLog()
    await submit(log.context(), { idempotencyKey: randomUUID(), name: 'Ayesha' })
    const [row] = await log.database.raw`select t::text as text from platform.idempotency t`
    expect(row?.['text']).not.toContain('Ayesha')
  })
})

describe('a collision', () => {
  test('of two writes that lock in opposite order is resolved by trying one again', async () => {
    await using log = await openTestLog()
    const ctx = log.context()
    // The first of a kind of stream makes the others wait, which is not what is tried here.
    await say(ctx, 'entity/first')
    const met = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const cross = (mine: number, streams: readonly string[]) =>
      write(ctx, act({}), async (tx) => {
        for (const stream of streams) {
          await note(tx, ctx, stream)
          met[mine]?.resolve()
          await met[1 - mine]?.promise
        }
        return {}
      })
    await Promise.all([cross(0, ['entity/a', 'entity/b']), cross(1, ['entity/b', 'entity/a'])])
    expect(await countEvents(log.database)).toBe(5)
  })

  test('WRITE_CONTENDED when it never ends', async () => {
    await using log = await openTestLog()
    let decisions = 0
    const ctx = log.context()
    const contended = write(ctx, act({}), async (tx) => {
      decisions += 1
      await tx.execute(sql`do $$ begin raise sqlstate '40001'; end $$`)
      return {}
    })
    await expect(contended).rejects.toMatchObject({ code: 'WRITE_CONTENDED' })
    expect(decisions).toBe(6)
    expect(ctx.database.collisions.retried).toBe(5)
  })
})

/** The database with a fault at the n-th statement of its transactions; 0 is none. */
function faulty(database: Database, kind: 'throw' | 'kill') {
  const state = { at: 0, count: 0 }
  const starts = new Set(['execute', 'select', 'insert', 'update', 'delete'])
  const kill = sql`select pg_terminate_backend(pg_backend_pid())`
  const watch = (tx: Tx): Tx =>
    new Proxy(tx, {
      get(target, key) {
        const member: unknown = Reflect.get(target, key)
        if (typeof member !== 'function') return member
        return (...values: unknown[]): unknown => {
          if (typeof key === 'string' && starts.has(key)) {
            state.count += 1
            if (state.count === state.at && kind === 'throw') throw new RangeError('fault')
            // On the same connection, so the backend ends right before this statement.
            if (state.count === state.at) tx.execute(kill).catch(() => undefined)
          }
          return member.apply(target, values)
        }
      },
    })
  const db = new Proxy(database.db, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key)
      if (key !== 'transaction') return typeof member === 'function' ? member.bind(target) : member
      return (decide: (tx: Tx) => Promise<unknown>) =>
        target.transaction(async (tx) => {
          const answer = await decide(watch(tx))
          // One step more: between the last statement and the commit.
          await watch(tx).execute(sql`select 1`)
          return answer
        })
    },
  })
  return { state, database: { ...database, db } }
}

describe.each(['throw', 'kill'] as const)('a fault (%s)', (kind) => {
  test('at any step frees everything, and the same request then succeeds', async () => {
    await using log = await openTestLog()
    const { state, database } = faulty(log.open(null, 4), kind)
    const ctx = log.context({ database })
    await submit(ctx, { idempotencyKey: randomUUID() })
    const steps = state.count
    expect(steps).toBe(7)
    for (let at = 1; at <= steps; at += 1) {
      const input = { idempotencyKey: randomUUID(), at }
      Object.assign(state, { at, count: 0 })
      const failed = await submit(ctx, input).catch((error: unknown) => error)
      expect(failed).toMatchObject(
        kind === 'throw' ? { message: 'fault' } : { code: 'DATABASE_UNAVAILABLE' },
      )
      Object.assign(state, { at: 0, count: 0 })
      const [first, second] = await Promise.all([submit(ctx, input), submit(ctx, input)])
      expect(first).toEqual(second)
    }
    expect(await countEvents(log.database)).toBe(steps + 1)
    const left = await log.database.raw`
      select 1 from pg_locks join pg_database on pg_database.oid = database
      where datname = current_database() and locktype = 'advisory'`
    expect(left).toHaveLength(0)
  })
})
