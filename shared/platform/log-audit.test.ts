/** The audit finds the first flaw, whatever was tampered with, and nothing in a good log. @module */
import { chainHash, digestOfBytes, hexToBytes } from '@sez/core/digest'
import { expect, test } from 'vitest'
import { verifyLog } from './log-audit.ts'
import { openTestLog, say, type TestLog, testZone } from './zone-log.fixture.ts'
import { seal } from './sealer.ts'
import { sequence } from './sequencer.ts'
import { readHead } from './zone-log.ts'

/** Thirty entries on three streams, sealed every five. */
async function fill(log: TestLog): Promise<void> {
  const ctx = log.context()
  for (let n = 1; n <= 30; n += 1) {
    await say(ctx, `entity/${n % 3}`, { n })
    await sequence(log.database)
    if (n % 5 === 0) {
      await seal(log.database, { keys: log.keys, zoneId: testZone, now: () => new Date() })
    }
  }
}

test('a good log is valid, with all of its checkpoints', async () => {
  await using log = await openTestLog()
  expect(await verifyLog(log.database)).toMatchObject({ valid: true, size: 0n, checkpoints: 0 })
  await fill(log)
  const { hash } = await readHead(log.database.db)
  expect(await verifyLog(log.database)).toEqual({
    valid: true,
    size: 30n,
    hash,
    checkpoints: 6,
    floor: 0n,
    flaw: null,
  })
})

const hex = (value: string): string => `'\\x${value}'::bytea`
const rewritten = `replace(canonical, '"n":17', '"n":71')`
const rewrittenDigest = `sha256(convert_to(${rewritten}, 'UTF8'))`

test.each([
  ['digest', 17n, `update platform.log set canonical = ${rewritten} where position = 17`],
  [
    'hash',
    17n,
    `update platform.log set canonical = ${rewritten}, digest = ${rewrittenDigest} where position = 17`,
  ],
  ['hash', 9n, `update platform.log set hash = ${hex('ab'.repeat(32))} where position = 9`],
  ['gap', 12n, `delete from platform.log where position = 12`],
  ['event', 8n, `update platform.log set stream = 'entity/9' where position = 8`],
  [
    'node',
    16n,
    `update platform.log_nodes set hash = ${hex('cd'.repeat(32))} where height = 4 and idx = 0`,
  ],
  ['node', 4n, `delete from platform.log_nodes where height = 1 and idx = 1`],
  [
    'checkpoint',
    20n,
    `update platform.checkpoints set document = replace(document, '"size":20', '"size":21')
       where size = 20`,
  ],
  ['checkpoint', 5n, `update platform.zone_keys set did = 'did:key:z6Mkother'`],
  ['head', 29n, `update platform.log_head set position = 29`],
  [
    'checkpoint',
    29n,
    `delete from platform.log where position > 28; update platform.log_head set position = 28,
       hash = (select hash from platform.log where position = 28)`,
  ],
])('%s at %s is named', async (what, position, tampering) => {
  await using log = await openTestLog()
  await fill(log)
  // A superuser who switches the triggers off: what the hashes are for.
  await log.open(null).raw.begin(async (sql) => {
    await sql.unsafe(`set local session_replication_role = replica; ${tampering}`)
  })
  const verdict = await verifyLog(log.database)
  expect(verdict).toMatchObject({ valid: false, flaw: { what, position } })
})

test('stream is named when a whole chain was made anew without one event', async () => {
  await using log = await openTestLog()
  await fill(log)
  const admin = log.open(null).raw
  const entries = await admin<{ canonical: string }[]>`
    select canonical from platform.log order by position`
  await admin.begin(async (sql) => {
    await sql.unsafe('set local session_replication_role = replica; delete from platform.log')
    let hash = chainHash('sez-log-genesis-v1', Buffer.from(testZone))
    let position = 0
    for (const { canonical } of entries.filter((_, i) => i !== 10)) {
      position += 1
      const digest = digestOfBytes(Buffer.from(canonical))
      hash = chainHash('sez-log-v1', hexToBytes(hash), hexToBytes(digest))
      await sql`
        insert into platform.log (position, event_id, stream, stream_seq, canonical, digest, hash)
        select ${position}, e ->> 'eventId', e ->> 'stream', (e ->> 'streamSeq')::int, ${canonical},
          decode(${digest}, 'hex'), decode(${hash}, 'hex') from (select ${canonical}::text::json as e) as x`
    }
    await sql.unsafe('delete from platform.checkpoints where size > 10')
  })
  // The eleventh was left out; the next of its stream, the fourteenth, stands at 13.
  expect(await verifyLog(log.database)).toMatchObject({
    valid: false,
    flaw: { what: 'stream', position: 13n },
  })
})

test('the log refuses to be changed by those who run it', async () => {
  await using log = await openTestLog()
  await fill(log)
  const admin = log.open(null)
  for (const table of ['log', 'log_nodes', 'checkpoints']) {
    for (const client of [admin.raw, log.database.raw, log.context().database.raw]) {
      for (const change of [`delete from platform.${table}`, `truncate platform.${table}`]) {
        await expect(client.unsafe(change)).rejects.toMatchObject({ code: '42501' })
      }
    }
  }
})
