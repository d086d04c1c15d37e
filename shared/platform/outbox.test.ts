/** Publishing: in the transaction, linked in its stream, and checked again by the database. @module */
import { canonicalize, canonicalText } from '@sez/core/canonical'
import { type Digest, digestOfBytes, hexToBytes, parseDigest } from '@sez/core/digest'
import type { Json, JsonObject } from '@sez/core/json'
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import type { Context } from './context.ts'
import { databaseCodeOf } from './db.ts'
import { publish, readTail } from './outbox.ts'
import { sequence } from './sequencer.ts'
import { openTestLog, say, testZone } from './zone-log.fixture.ts'
import { listEntries } from './zone-log.ts'

test('an event of a transaction that rolls back leaves no trace, not even a sequence number', async () => {
  await using log = await openTestLog()
  const ctx = log.context()
  const first = await say(ctx, 'entity/a')
  const failed = ctx.database.db.transaction(async (tx) => {
    await publish(tx, ctx, { stream: 'entity/a', type: 'entity.noted', data: {} })
    await publish(tx, ctx, { stream: 'entity/new', type: 'entity.noted', data: {} })
    throw new RangeError('no')
  })
  await expect(failed).rejects.toThrow('no')
  await say(ctx, 'entity/a')
  await sequence(log.database)
  const entries = await listEntries(log.database.db, { stream: null, after: 0n, limit: 9 })
  expect(
    entries.map(({ stream, streamSeq, streamPrev }) => [stream, streamSeq, streamPrev]),
  ).toEqual([
    ['entity/a', 1, null],
    ['entity/a', 2, first.digest],
  ])
})

test('several events of one transaction follow one another in their streams', async () => {
  await using log = await openTestLog()
  const ctx = log.context()
  await ctx.database.db.transaction(async (tx) => {
    for (const stream of ['corridor/a', 'corridor/a', 'corridor/b', 'corridor/a']) {
      await publish(tx, ctx, { stream, type: 'corridor.noted', data: {} })
    }
  })
  await sequence(log.database)
  const entries = await listEntries(log.database.db, { stream: 'corridor/a', after: 0n, limit: 9 })
  expect(entries.map((each) => each.streamSeq)).toEqual([1, 2, 3])
  expect(entries[2]?.streamPrev).toBe(entries[1]?.digest)
})

test('EVENT_TOO_LARGE beyond 64 KiB of canonical text, counted in bytes', async () => {
  await using log = await openTestLog()
  const ctx = log.context()
  await expect(say(ctx, 'entity/a', { text: 'ж'.repeat(33_000) })).rejects.toMatchObject({
    code: 'EVENT_TOO_LARGE',
    details: { bytesMax: 65_536 },
  })
  await say(ctx, 'entity/a', { text: 'ж'.repeat(32_000), nul: '\0' })
  expect(await sequence(log.database)).toBe(1)
})

const eventId = 'evt_00000000-0000-7000-8000-000000000001'

/** What append_event is given for the second event of entity/a, and answers with: null or a code. */
function appender(ctx: Context, prev: Digest) {
  const right = {
    event: 'sez.event.v1',
    eventId,
    zoneId: testZone,
    stream: 'entity/a',
    streamSeq: 2,
    streamPrev: prev,
    type: 'entity.noted',
    at: '2026-02-01T00:00:00Z',
    actor: null,
    data: {},
  } as const
  return (changes: JsonObject, columns: { text?: string; digest?: Digest } = {}) => {
    const event: Readonly<Record<string, Json>> = { ...right, ...changes }
    const { text = canonicalText(canonicalize(event)) } = columns
    const { digest = digestOfBytes(Buffer.from(text)) } = columns
    return ctx.database.db
      .execute(
        sql`select platform.append_event('entity/a', ${Number(event['streamSeq'])},
          ${Buffer.from(hexToBytes(parseDigest(event['streamPrev'])))}, ${event['eventId']}::text,
          ${text}, ${Buffer.from(hexToBytes(digest))})`,
      )
      .then(() => null, databaseCodeOf)
  }
}

test('the database itself refuses a wrong size, digest, sequence, predecessor or known id', async () => {
  await using log = await openTestLog()
  const ctx = log.context()
  const first = await say(ctx, 'entity/a')
  await sequence(log.database)
  const append = appender(ctx, first.digest)
  const other = digestOfBytes(Buffer.from('else'))
  expect(await append({}, { text: 'x'.repeat(65_537) })).toBe('SZ001')
  expect(await append({}, { digest: other })).toBe('SZ002')
  expect(await append({ streamSeq: 1 })).toBe('SZ003')
  expect(await append({ streamSeq: 3 })).toBe('SZ003')
  expect(await append({ streamPrev: other })).toBe('SZ003')
  expect(await append({ eventId: first.eventId })).toBe('23505')
  expect(await append({})).toBeNull()
})

test('a text that says something else than its place, which would stop every reader, is refused', async () => {
  await using log = await openTestLog()
  const ctx = log.context()
  const first = await say(ctx, 'entity/a')
  const append = appender(ctx, first.digest)
  const changes: readonly JsonObject[] = [
    { event: 'sez.event.v2' },
    { zoneId: 'elsewhere' },
    { stream: 'entity/b' },
    { type: 'Entity.Noted' },
    { type: 'entity.noted","x":"' },
    { zzz: 1 },
  ]
  for (const each of changes) expect([each, await append(each)]).toEqual([each, 'SZ006'])
  const good = canonicalText(canonicalize({ actor: null }))
  expect(await append({}, { text: good })).toBe('SZ006')
  const ending =
    `,"event":"sez.event.v1","eventId":"${eventId}","stream":"entity/a",` +
    `"streamPrev":"${first.digest}","streamSeq":2,"type":"entity.noted","zoneId":"${testZone}"}`
  expect(await append({}, { text: `{"actor":nonsense${ending}` })).toBe('22P02')
  expect(await append({})).toBeNull()
})

test('a kind of stream belongs to the subgraph that was first to write one', async () => {
  await using log = await openTestLog()
  const entities = log.context()
  const corridor = log.context({ database: log.open('corridor') })
  await say(entities, 'entity/a')
  await say(corridor, 'corridor/a')
  for (const [ctx, stream] of [
    [corridor, 'entity/a'],
    [corridor, 'entity/new'],
    [entities, 'corridor/a'],
  ] as const) {
    expect(await say(ctx, stream).then(() => null, databaseCodeOf)).toBe('SZ004')
  }
  const { digest } = await say(entities, 'entity/a')
  expect(await appender(corridor, digest)({ streamSeq: 3 })).toBe('SZ004')
  expect(await appender(entities, digest)({ streamSeq: 3 })).toBeNull()
})

test('of two subgraphs that are first at once one owns the kind', async () => {
  await using log = await openTestLog()
  const both = ['entities', 'corridor'].map((role) => log.context({ database: log.open(role) }))
  const outcomes = await Promise.all(
    both.map((ctx, n) => say(ctx, `entity/${n}`).then(() => 'written', databaseCodeOf)),
  )
  expect(new Set(outcomes)).toEqual(new Set(['SZ004', 'written']))
})

test('a subgraph may publish but reads no outbox and touches no log', async () => {
  await using log = await openTestLog()
  const { raw } = log.context().database
  for (const statement of [
    'select * from platform.outbox',
    `insert into platform.outbox (event_id, stream, stream_seq, canonical, digest)
       values ('e', 's', 1, '{}', '')`,
    `update platform.streams set seq = 9`,
    `update platform.log_head set position = 9`,
    `insert into platform.checkpoints values (1, '', '', now())`,
    'select * from platform.standing',
  ]) {
    await expect(raw.unsafe(statement)).rejects.toMatchObject({ code: '42501' })
  }
})

test('the tail of an event is read also when its data looks like one', async () => {
  await using log = await openTestLog()
  const ctx = log.context()
  const first = await say(ctx, 'entity/a')
  await say(ctx, 'entity/a', {
    'streamPrev": null': '"streamPrev":null,"streamSeq":1,"type":"x.y","zoneId":"z"}',
  })
  await sequence(log.database)
  const [, second] = await listEntries(log.database.db, { stream: null, after: 0n, limit: 9 })
  expect(readTail(second?.canonical ?? '')).toEqual({
    streamPrev: first.digest,
    type: 'entity.noted',
  })
})
