/** The partner's two files: its key, and its place in the history. @module */
import {
  appendFileSync,
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { bytesToHex, hexToBytes } from '@sez/core/digest'
import { type KeyPair, keyFromSeed } from '@sez/core/ed25519'
import { SezError } from '@sez/core/errors'
import { type CorridorState, parseState } from '../corridor-state.ts'
import type { VerifiedEvent } from '../event-chain.ts'
import type { PreparedReceipt } from '../receipts.ts'

/** All that a partner knows. One file, one write: its parts never disagree. */
export interface PartnerState {
  readonly corridor: CorridorState
  /** Events seen, and receipts of anyone among them. */
  readonly events: number
  readonly seen: number
  /** next_root of each own receipt seen, by sequence. */
  readonly own: Readonly<Record<string, string>>
  /** Receipts the zone has confirmed. */
  readonly appended: number
  /** The receipt being sent; after a crash nobody knows whether it arrived. */
  readonly pending: PreparedReceipt | null
  /** Bytes of the events file that belong to this state; what is behind them was cut short. */
  readonly eventsBytes: number
}

export interface Journal {
  readonly state: PartnerState
  record(event: VerifiedEvent, isOwn: boolean): void
  prepared(receipt: PreparedReceipt): void
  appended(): void
}

/** Opens the place a partner stopped at, or its beginning. */
export function openJournal(options: {
  readonly stateFile: string
  readonly eventsFile: string | null
  readonly start: CorridorState
}): Journal {
  let state = readState(options.stateFile) ?? {
    corridor: options.start,
    events: 0,
    seen: 0,
    own: {},
    appended: 0,
    pending: null,
    eventsBytes: 0,
  }
  const events = options.eventsFile === null ? null : openSync(options.eventsFile, 'a+', 0o600)
  if (events !== null) {
    // Truncating would fill what is missing with zeros.
    if (fstatSync(events).size < state.eventsBytes) {
      const message = 'The events file holds less than the state file says. Put back the whole one.'
      throw new SezError('FILE_UNREADABLE', { path: options.eventsFile }, { message })
    }
    ftruncateSync(events, state.eventsBytes)
  }

  const save = (change: Partial<PartnerState>): void => {
    state = { ...state, ...change }
    const draft = `${options.stateFile}.new`
    writeFileSync(draft, JSON.stringify(state), { mode: 0o600 })
    // A rename replaces the file as a whole: a kill leaves the old state or the new one.
    renameSync(draft, options.stateFile)
  }

  return {
    get state() {
      return state
    },
    record(event, isOwn) {
      const line = events === null ? '' : `${JSON.stringify(event.row)}\n`
      const bytes = Buffer.byteLength(line)
      // Unlike one write, this goes on until the whole line is there.
      if (events !== null) appendFileSync(events, line)
      const { receipt } = event
      const isReceipt = event.kind === 'RECEIPT_APPENDED' && receipt !== null
      save({
        corridor: event.state,
        events: state.events + 1,
        seen: state.seen + (isReceipt ? 1 : 0),
        eventsBytes: state.eventsBytes + bytes,
        ...(isReceipt && isOwn
          ? { own: { ...state.own, [receipt.sequence]: receipt.nextRoot } }
          : {}),
      })
    },
    prepared: (pending) => save({ pending }),
    appended: () => save({ pending: null, appended: state.appended + 1 }),
  }
}

function readState(file: string): PartnerState | null {
  const text = readText(file)
  if (text === null) return null
  // Written by `save`; the part that verification stands on is checked again.
  const state = JSON.parse(text) as PartnerState
  return { ...state, corridor: parseState(state.corridor) }
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null
    throw new SezError('FILE_UNREADABLE', { path: file }, { cause })
  }
}

const keyForm = /^\{"type":"sez-zone-key\.v1","seed":"([0-9a-f]{64})"\}\n?$/

/** The key in the file, which is made, readable by its owner only, when it is not there. */
export function loadKey(file: string): KeyPair {
  const text = readText(file) ?? createKey(file)
  const seed = keyForm.exec(text)?.[1]
  if (seed === undefined) throw new SezError('KEY_FILE_INVALID', { path: file })
  return keyFromSeed(hexToBytes(seed))
}

function createKey(file: string): string {
  const seed = bytesToHex(globalThis.crypto.getRandomValues(new Uint8Array(32)))
  const text = `{"type":"sez-zone-key.v1","seed":"${seed}"}\n`
  const descriptor = openSync(file, 'wx', 0o600)
  writeSync(descriptor, text)
  closeSync(descriptor)
  return text
}
