/**
 * Reads a zone's log out of NATS and prints it for `sez verify log`: one entry per line, and at the
 * end the newest checkpoint of the zone.
 *
 * @module
 */
import { parseArgs } from 'node:util'
import { connect } from '@nats-io/transport-node'
import { SezError } from '@sez/core/errors'
import { followCarrier, latestCheckpoint } from '../carrier.ts'

const usage = `Prints a zone's log as it stands in NATS, up to its newest checkpoint.

  node shared/client/examples/carrier-export.ts --zone pk-rsez --zone-did did:key:z6Mk… > log.jsonl

  --server    the NATS server (127.0.0.1:4222)
  --zone      the zone's id
  --zone-did  the DID that must have signed its checkpoints`

const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`)

async function run(args: string[]): Promise<number> {
  const text = { type: 'string' } as const
  const options = {
    server: { ...text, default: '127.0.0.1:4222' },
    zone: text,
    'zone-did': text,
  }
  const { values } = parseArgs({ args, options })
  const { server, zone: zoneId, 'zone-did': zoneDid } = values
  if (zoneId === undefined || zoneDid === undefined) {
    process.stderr.write(`${usage}\n`)
    return 64
  }
  const open = () => connect({ servers: server, reconnect: false })
  const connection = await open()
  const checkpoint = await latestCheckpoint(connection, { zoneId, zoneDid })
  await connection.close()
  if (checkpoint === null) return 0
  for await (const entry of followCarrier({ connect: open, zoneId })) {
    say(entry)
    if (Number(entry.position) === checkpoint['size']) break
  }
  say(checkpoint)
  return 0
}

try {
  process.exitCode = await run(process.argv.slice(2))
} catch (error) {
  const code = error instanceof SezError ? error.code : 'INTERNAL'
  const message = error instanceof Error ? error.message : String(error)
  process.stderr.write(`${code}: ${message}\n`)
  process.exitCode = 1
}
