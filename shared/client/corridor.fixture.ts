/** A corridor's history made by hand, valid in every signature, for the client's tests. @module */
import { canonicalize, canonicalText } from '@sez/core/canonical'
import { didFromPublicKey } from '@sez/core/did'
import { chainHash, type Digest, digest, digestOfBytes, hexToBytes } from '@sez/core/digest'
import { type KeyPair, keyFromSeed } from '@sez/core/ed25519'
import type { JsonObject } from '@sez/core/json'
import { bagPeaks, inclusionProof, peaksOf } from '@sez/core/mmr'
import { documentDigest, signDocument } from '@sez/core/proof'
import { prepareReceipt, type ReceiptPlace, transitionOf } from './receipts.ts'
import { parseDocument } from './corridor-event.ts'

/** A row as the API sends it. */
export interface FixtureRow {
  readonly kind: string
  readonly cursor: string
  readonly at: string
  readonly eventId: string | null
  readonly streamSequence: number | null
  readonly digest: string | null
  readonly previousDigest: string | null
  readonly position: string | null
  readonly hash: string | null
  readonly document: string | null
  readonly receipt: { readonly document: string; readonly proofs: readonly unknown[] } | null
  readonly checkpoint: { readonly document: string } | null
  readonly logCheckpoint: string | null
}

export function key(name: string): KeyPair {
  return keyFromSeed(hexToBytes(digestOfBytes(new TextEncoder().encode(`test:${name}`))))
}

export const did = (name: string): string => didFromPublicKey(key(name).publicKey)
export const fixtureNow = new Date('2026-02-01T00:00:00Z')
const genesisRoot = digestOfBytes(new TextEncoder().encode('genesis'))

export interface FixtureCorridor {
  readonly corridorId: string
  readonly rows: FixtureRow[]
  readonly nextRoots: Digest[]
  /** Where the next receipt belongs. */
  place(): ReceiptPlace
  /** Adds what is not looked into by kind. */
  event(kind: string, data?: JsonObject, extra?: Partial<FixtureRow>): FixtureRow
  /** Appends a receipt text as it is. */
  receipt(document: string): FixtureRow
  /** Makes and appends the next receipt. */
  append(signer?: string): FixtureRow
  /** The corridor's signed checkpoint of the chain as it is, without its event. */
  sealed(signer?: string): JsonObject
  checkpoint(signer?: string): FixtureRow
  logCheckpoint(signer?: string): FixtureRow
  proof(sequence: number): object
}

/** A corridor that was created, proposed and activated. */
export function fixtureCorridor(
  corridorId = 'pak-uae',
  partners = ['ada', 'bob'],
): FixtureCorridor {
  const rows: FixtureRow[] = []
  const nextRoots: Digest[] = []
  const hashes: Digest[] = []
  let hash: Digest = chainHash('sez-log-genesis-v1', new TextEncoder().encode('test-zone'))

  const streamRows = (): FixtureRow[] => rows.filter(({ document }) => document !== null)
  const push = (row: FixtureRow): FixtureRow => {
    rows.push(row)
    return row
  }
  const corridor: FixtureCorridor = {
    corridorId,
    rows,
    nextRoots,
    place: () => ({
      corridorId,
      sequence: nextRoots.length,
      prevRoot: nextRoots.at(-1) ?? genesisRoot,
      lawpackDigestSet: [],
      rulesetDigestSet: [],
    }),
    event(kind, data = {}, extra = {}) {
      const last = streamRows().at(-1)
      const streamSeq = (last?.streamSequence ?? 0) + 1
      const eventId = `evt_01890a5d-ac96-774b-bcce-${String(streamSeq).padStart(12, '0')}`
      const bytes = canonicalize({
        event: 'sez.event.v1',
        eventId,
        zoneId: 'test-zone',
        stream: `corridor/${corridorId}`,
        streamSeq,
        streamPrev: last?.digest ?? null,
        type: `corridor.${kind.toLowerCase().replaceAll('_', '-')}`,
        at: fixtureNow,
        actor: null,
        data: { corridorId, ...data },
      })
      hash = chainHash('sez-log-v1', hexToBytes(hash), hexToBytes(digest(bytes)))
      hashes.push(hash)
      return push({
        kind,
        cursor: `cursor-${rows.length + 1}`,
        at: '2026-02-01T00:00:00.000Z',
        eventId,
        streamSequence: streamSeq,
        digest: digest(bytes),
        previousDigest: last?.digest ?? null,
        position: String(hashes.length),
        hash,
        document: canonicalText(bytes),
        receipt: null,
        checkpoint: null,
        logCheckpoint: null,
        ...extra,
      })
    },
    receipt(document) {
      const receipt = parseDocument(document) ?? {}
      const { sequence = null, prev_root: prevRoot = null, next_root: nextRoot = null } = receipt
      nextRoots.push(nextRoot as Digest)
      const data = { sequence, prevRoot, nextRoot, receiptDigest: documentDigest(receipt) }
      return corridor.event('RECEIPT_APPENDED', data, {
        receipt: { document, proofs: [receipt['proof']].flat() },
      })
    },
    append(signer = 'ada') {
      const transition = transitionOf('note', { by: signer, row: rows.length })
      const signing = { key: key(signer), now: fixtureNow, transition }
      const prepared = prepareReceipt(corridor.place(), signing)
      return corridor.receipt(prepared.document)
    },
    sealed(signer = 'zone') {
      const checkpoint = {
        type: 'MSEZCorridorStateCheckpoint',
        corridor_id: corridorId,
        timestamp: '2026-02-01T00:00:00Z',
        genesis_root: genesisRoot,
        final_state_root: nextRoots.at(-1) ?? genesisRoot,
        receipt_count: nextRoots.length,
        lawpack_digest_set: [],
        ruleset_digest_set: [],
        mmr: {
          type: 'MSEZReceiptMMR',
          algorithm: 'sha256',
          size: nextRoots.length,
          root: bagPeaks(peaksOf(nextRoots)),
        },
      }
      return signDocument(checkpoint, key(signer), { created: fixtureNow })
    },
    checkpoint(signer) {
      const checkpoint = corridor.sealed(signer)
      const document = canonicalText(canonicalize(checkpoint))
      return corridor.event(
        'CHECKPOINTED',
        { checkpointDigest: documentDigest(checkpoint) },
        { checkpoint: { document } },
      )
    },
    logCheckpoint(signer = 'zone') {
      const checkpoint = {
        type: 'SezLogCheckpoint',
        zoneId: 'test-zone',
        size: hashes.length,
        root: bagPeaks(peaksOf(hashes)),
        headHash: hash,
        at: '2026-02-01T00:00:00Z',
      }
      const signed = signDocument(checkpoint, key(signer), { created: fixtureNow })
      return push({
        kind: 'CHECKPOINT',
        cursor: `cursor-${rows.length + 1}`,
        at: '2026-02-01T00:00:00.000Z',
        eventId: null,
        streamSequence: null,
        digest: null,
        previousDigest: null,
        position: null,
        hash: null,
        document: null,
        receipt: null,
        checkpoint: null,
        logCheckpoint: canonicalText(canonicalize(signed)),
      })
    },
    proof: (sequence) => inclusionProof(nextRoots, sequence),
  }
  corridor.event('CREATED', {
    participants: partners.map((name) => ({ did: did(name), role: 'partner', entityId: null })),
  })
  corridor.event('PROPOSED')
  corridor.event('ACTIVATED', { genesisRoot })
  return corridor
}
