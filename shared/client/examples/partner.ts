/**
 * A corridor partner in one program: follows a corridor, appends signed receipts meanwhile, keeps
 * its place in a file, and at the end proves each of its receipts offline. It may be killed at any
 * moment and started again with the same arguments.
 *
 * @module
 */
import { parseArgs } from 'node:util'
import { didFromPublicKey } from '@sez/core/did'
import type { KeyPair } from '@sez/core/ed25519'
import { SezError } from '@sez/core/errors'
import { pause } from '../backoff.ts'
import { type Connection, connect } from '../connection.ts'
import { parseDocument } from '../corridor-event.ts'
import { initialState } from '../corridor-state.ts'
import type { VerifiedEvent } from '../event-chain.ts'
import { resume } from '../events.ts'
import { openAppender, transitionOf } from '../receipts.ts'
import { verifyReceiptInclusion } from '../verification.ts'
import { ZoneError } from '../zone-error.ts'
import { loadKey, openJournal, type Journal } from './partner-files.ts'

const usage = `Follows a corridor and appends receipts to it.

  node shared/client/examples/partner.ts --corridor pak-uae \\
    --key-file partner.key --state-file partner.json \\
    --token-url 'http://127.0.0.1:4000/dev/token?role=PARTNER' --append 10 --until-seen 10

  --url         the zone's GraphQL address (http://127.0.0.1:4000/graphql)
  --corridor    the corridor's id
  --key-file    this partner's key, made when missing; its did:key must take part in the corridor
  --state-file  where the verified place in the history is kept, for going on after a stop
  --events-file also writes every verified event, one JSON line each, none twice
  --append      receipts to append in all, over all runs (0)
  --until-seen  receipts of anyone to see before it ends (what it appends itself)
  --token       a token; or
  --token-url   where to fetch one; role and did are added
  --zone-did    the DID that must have signed the zone's checkpoints`

interface Settings {
  readonly connection: Connection
  readonly corridorId: string
  readonly key: KeyPair
  readonly did: string
  readonly appendCount: number
  readonly seenCount: number
  readonly journal: Journal
}

const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`)

function readSettings(args: string[]): Settings | null {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args,
    options: {
      url: { ...text, default: 'http://127.0.0.1:4000/graphql' },
      corridor: text,
      'key-file': text,
      'state-file': text,
      'events-file': text,
      append: { ...text, default: '0' },
      'until-seen': text,
      token: text,
      'token-url': text,
      'zone-did': text,
      help: { type: 'boolean' },
    },
  })
  const { corridor, token, url } = values
  const [keyFile, stateFile] = [values['key-file'], values['state-file']]
  if (values.help === true || !corridor || !keyFile || !stateFile) return null
  const key = loadKey(keyFile)
  const did = didFromPublicKey(key.publicKey)
  const zoneDid = values['zone-did'] ?? null
  const start = initialState({ corridorId: corridor, zoneDid })
  return {
    connection: connect({ url, token: tokenSource(token, values['token-url'], did) }),
    corridorId: corridor,
    key,
    did,
    appendCount: Number(values.append),
    seenCount: Number(values['until-seen'] ?? values.append),
    journal: openJournal({ stateFile, eventsFile: values['events-file'] ?? null, start }),
  }
}

const tokenLifeMs = 300_000

function tokenSource(
  token: string | undefined,
  address: string | undefined,
  did: string,
): () => Promise<string | null> {
  if (address === undefined) return () => Promise.resolve(token ?? null)
  const url = new URL(address)
  if (!url.searchParams.has('role')) url.searchParams.set('role', 'PARTNER')
  if (!url.searchParams.has('did')) url.searchParams.set('did', did)
  let held: { readonly token: string; readonly sinceMs: number } | null = null
  return async () => {
    if (held !== null && performance.now() - held.sinceMs < tokenLifeMs) return held.token
    try {
      const response = await fetch(url)
      // The development desk's answer; anything else is refused by the zone.
      const { token = '' } = (await response.json()) as { readonly token?: string }
      held = { token, sinceMs: performance.now() }
      return token
    } catch {
      // The zone is away and so is its desk; the request itself will say so and be repeated.
      return held?.token ?? null
    }
  }
}

async function follow(settings: Settings, stop: AbortController): Promise<void> {
  const { connection, journal, did } = settings
  const events = resume(connection, journal.state.corridor, {
    signal: stop.signal,
    onFailure: (error, attempt) => say({ event: 'reconnecting', attempt, reason: String(error) }),
  })
  if (hasSeenAll(settings)) return
  for await (const event of events) {
    journal.record(event, isOwn(event, did))
    const { kind, cursor, streamSequence, position, receipt } = event
    const nextRoot = receipt?.nextRoot ?? null
    say({ event: 'seen', kind, cursor, streamSequence, position, nextRoot })
    if (hasSeenAll(settings)) return
  }
}

function isOwn({ kind, receipt }: VerifiedEvent, did: string): boolean {
  return kind === 'RECEIPT_APPENDED' && receipt?.signers.some((signer) => signer === did) === true
}

function hasSeenAll({ journal, appendCount, seenCount }: Settings): boolean {
  const { own, seen, corridor } = journal.state
  const sequences = Object.keys(own).map(Number)
  // A checkpoint over the last one is what proofs are verified against.
  const isSealed = sequences.every((sequence) => sequence < corridor.checkpointCount)
  return sequences.length >= appendCount && seen >= seenCount && isSealed
}

async function append(settings: Settings, stop: AbortController): Promise<void> {
  const { journal, appendCount, did } = settings
  const appender = openAppender({ ...settings, now: () => new Date() })
  while (journal.state.appended < appendCount) {
    const number = journal.state.appended + 1
    const { pending } = journal.state
    // What tells this receipt from any other partner's at the same place.
    const transition = transitionOf('example.note.v1', { partner: did, number })
    const appended = await appender.append({
      transition,
      signal: stop.signal,
      onPrepared: async (prepared) => journal.prepared(prepared),
      ...(pending === null ? {} : { pending }),
    })
    journal.appended()
    say({ event: 'appended', number, sequence: appended.sequence, outcome: appended.outcome })
  }
}

/** Ends as the first of both that fails, or with both done. */
async function work(settings: Settings): Promise<void> {
  const stop = new AbortController()
  try {
    await Promise.all([follow(settings, stop), insist(() => append(settings, stop), stop)])
  } catch (error) {
    stop.abort(error)
    throw error
  }
}

/** Appending goes on through outages longer than one request waits; following does so by itself. */
async function insist(step: () => Promise<void>, stop: AbortController): Promise<void> {
  for (;;) {
    try {
      return await step()
    } catch (error) {
      if (!(error instanceof ZoneError && error.retry)) throw error
      say({ event: 'retrying', reason: error.message })
      await pause(500, stop.signal)
    }
  }
}

const proofQuery = `query Proof($corridorId: ID!, $sequence: Int!) {
  receiptProof(corridorId: $corridorId, sequence: $sequence) {
    document
    checkpoint { document }
  }
}`

interface ProofData {
  readonly receiptProof: {
    readonly document: string
    readonly checkpoint: { readonly document: string }
  } | null
}

async function prove(settings: Settings): Promise<void> {
  const { own, corridor } = settings.journal.state
  for (const [sequence, nextRoot] of Object.entries(own)) {
    const place = { corridorId: settings.corridorId, sequence: Number(sequence) }
    const { receiptProof } = await fetchProof(settings.connection, place)
    const checkpoint = parseDocument(receiptProof?.checkpoint.document ?? '') ?? {}
    const verdict = verifyReceiptInclusion({
      receipt: { corridor_id: place.corridorId, sequence: place.sequence, next_root: nextRoot },
      proof: parseDocument(receiptProof?.document ?? ''),
      checkpoint,
      // Pinned from the arguments, or by the first checkpoint in the history.
      zoneDid: corridor.zoneDid ?? '',
    })
    if (!verdict.valid) {
      const { problems } = verdict
      throw new SezError('EVENT_CHAIN_BROKEN', {
        what: 'a receipt is not proved',
        ...place,
        problems,
      })
    }
  }
}

/** A checkpoint follows its receipts by about a second. */
async function fetchProof(
  connection: Connection,
  place: { readonly corridorId: string; readonly sequence: number },
): Promise<ProofData> {
  for (;;) {
    try {
      return await connection.query<ProofData>(proofQuery, place)
    } catch (error) {
      if (!(error instanceof ZoneError && error.code === 'CHECKPOINT_PENDING')) throw error
      await pause(error.retryAfterMs ?? 250, null)
    }
  }
}

async function main(): Promise<number> {
  const settings = readSettings(process.argv.slice(2))
  if (settings === null) {
    process.stderr.write(`${usage}\n`)
    return 2
  }
  using _ = settings.key
  const { journal, did } = settings
  say({ event: 'started', did, cursor: journal.state.corridor.cursor })
  await work(settings)
  await prove(settings)
  const { seen, events, own, corridor } = journal.state
  const { streamSequence, cursor, zoneDid } = corridor
  const proved = Object.keys(own).length
  say({ event: 'done', did, seen, events, proved, streamSequence, cursor, zoneDid })
  return 0
}

try {
  process.exitCode = await main()
} catch (error) {
  const isCoded = error instanceof SezError || error instanceof ZoneError
  const facts = isCoded ? { code: error.code, details: error.details } : { code: 'INTERNAL' }
  say({
    event: 'failed',
    ...facts,
    message: error instanceof Error ? error.message : String(error),
  })
  process.exitCode = 1
}
