/** A partner of a corridor as a process of its own, its files, and what must be true of them. @module */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadKey } from '@sez/client/examples/partner-files'
import { didFromPublicKey } from '@sez/core/did'
import { isJsonObject, type JsonObject } from '@sez/core/json'
import { agreementText, definitionText, type Party, parsed } from '@sez/corridor/documents.fixture'
import { until } from '@sez/platform/database.fixture'
import { expect } from 'vitest'
import { askZone, type Run, type Workplace } from '../process.fixture.ts'

export interface Partner extends Party {
  readonly keyFile: string
  readonly stateFile: string
  readonly eventsFile: string
}

/** A partner with a key of its own in the folder of `place`. */
export function partnerOf(place: Workplace, name: string): Partner {
  const file = (what: string): string => join(place.folder, `${name}.${what}`)
  const key = loadKey(file('key'))
  return {
    name,
    key,
    did: didFromPublicKey(key.publicKey),
    keyFile: file('key'),
    stateFile: file('state.json'),
    eventsFile: file('events.jsonl'),
  }
}

/** Takes a corridor of these parties to ACTIVE through the gateway; answers the zone's DID. */
export async function openCorridor(
  url: string,
  corridorId: string,
  parties: readonly Party[],
): Promise<string> {
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

/** Starts a partner, or starts it again where it stopped. Both counts are over all its runs. */
export function startPartner(
  place: Workplace,
  partner: Partner,
  task: {
    readonly url: string
    readonly corridorId: string
    readonly zoneDid: string
    /** Receipts to append, and receipts of anyone to see before it ends. */
    readonly append: number
    readonly untilSeen: number
  },
): Run {
  const { url, corridorId, zoneDid, append, untilSeen } = task
  const settings = {
    url: `${url}/graphql`,
    corridor: corridorId,
    'key-file': partner.keyFile,
    'state-file': partner.stateFile,
    'events-file': partner.eventsFile,
    'token-url': `${url}/dev/token`,
    'zone-did': zoneDid,
    append: String(append),
    'until-seen': String(untilSeen),
  }
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])
  return place.run(['shared/client/examples/partner.ts', ...args])
}

/** How many receipts this run has appended. */
export const appendedBy = (run: Run): number => run.said().split('{"event":"appended"').length - 1

/** The last thing a program said, as the JSON line that it is. */
export const lastLineOf = (run: Run): JsonObject =>
  parsed(run.said().trim().split('\n').at(-1) ?? '')

/** Waits until this run has appended so many; says what the partner said when it ends instead. */
export async function appends(run: Run, count: number, timeoutMs: number): Promise<void> {
  const isFailed = (): boolean => run.said().includes('{"event":"failed"')
  await until(
    `${count} receipts are appended`,
    () => appendedBy(run) >= count || isFailed(),
    timeoutMs,
  )
  expect(isFailed() ? run.said().slice(-2_000) : '').toBe('')
}

/** Waits until a partner has done its task. */
export async function completes(run: Run, seen: number): Promise<void> {
  const { code } = await run.ended
  expect([code, lastLineOf(run)]).toMatchObject([0, { event: 'done', seen }])
  expect(run.complained()).toBe('')
}

/** An event as a partner keeps it. */
export interface Row {
  readonly kind: string
  readonly streamSequence: number | null
  readonly digest: string | null
  readonly receipt: { readonly document: string } | null
}

/** The events of a partner's file, in its order. */
export function rowsOf(file: string): readonly Row[] {
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  return lines.map((line) => JSON.parse(line) as Row)
}

/** The receipts among them. */
export function receiptsIn(file: string): readonly JsonObject[] {
  return rowsOf(file).flatMap(({ kind, receipt }) =>
    kind === 'RECEIPT_APPENDED' && receipt !== null ? [parsed(receipt.document)] : [],
  )
}

/** What the example partner writes into a receipt. */
export function noteOf(receipt: JsonObject): {
  readonly partner: unknown
  readonly number: unknown
} {
  const transition = isJsonObject(receipt['transition']) ? receipt['transition'] : {}
  const { partner, number } = isJsonObject(transition['payload']) ? transition['payload'] : {}
  return { partner, number }
}
