/** Partners that append and partners that read, without an end and through whatever happens. @module */
import { setTimeout as delay } from 'node:timers/promises'
import { type Connection, connect } from '@sez/client/connection'
import type { CorridorState } from '@sez/client/corridor-state'
import type { VerifiedEvent } from '@sez/client/event-chain'
import { type CorridorEvents, followCorridor, resume } from '@sez/client/events'
import { type AppendedReceipt, openAppender, transitionOf } from '@sez/client/receipts'
import { ZoneError } from '@sez/client/zone-error'
import type { Party } from '@sez/corridor/documents.fixture'
import { systemClock } from '@sez/platform/clock'
import { WebSocket } from 'ws'
import type { Random } from './kills.fixture.ts'

export type TokenSource = () => Promise<string>

/** One who appends, and every receipt that the zone has acknowledged. */
export interface Writer {
  readonly corridorId: string
  readonly acknowledged: readonly AppendedReceipt[]
  /** How often it was refused with what code; each was repeated. */
  readonly refusals: ReadonlyMap<string, number>
  /** Settles once it has stopped after the receipt at hand was acknowledged. */
  stop(): Promise<void>
}

const connectionOf = (url: string, token: TokenSource): Connection =>
  connect({ url: `${url}/graphql`, token, attemptsMax: 3, requestTimeoutMs: 12_000 })

/** Appends one receipt after the other, each until it is acknowledged. */
export function startWriter(options: {
  readonly url: string
  readonly token: TokenSource
  readonly corridorId: string
  readonly party: Party
}): Writer {
  const { url, token, corridorId, party } = options
  const connection = connectionOf(url, token)
  const appender = openAppender({ connection, corridorId, key: party.key, now: systemClock })
  const acknowledged: AppendedReceipt[] = []
  const refusals = new Map<string, number>()
  const ending = new AbortController()
  const run = async (): Promise<void> => {
    for (let number = 1; !ending.signal.aborted; number += 1) {
      const transition = transitionOf('soak', { partner: party.name, number })
      acknowledged.push(await insist(() => appender.append({ transition }), refusals))
    }
  }
  const running = run()
  running.catch(() => undefined)
  return {
    corridorId,
    acknowledged,
    refusals,
    async stop() {
      ending.abort()
      await running
    },
  }
}

const againMs = 100

/** Repeats the same until it is answered; what may not be repeated is thrown. */
async function insist<T>(work: () => Promise<T>, refusals: Map<string, number>): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof ZoneError) || !error.retry) throw error
      refusals.set(error.code, (refusals.get(error.code) ?? 0) + 1)
      await delay(againMs)
    }
  }
}

/** One who reads, with every event of the corridor's own stream that it was given, in that order. */
export interface Reader {
  readonly corridorId: string
  readonly events: readonly VerifiedEvent[]
  /** How often it left and went on from what it had stored. */
  readonly resumptions: number
  stop(): Promise<void>
}

/** Follows a corridor; leaves now and then, and goes on from the state that it would have stored. */
export function startReader(options: {
  readonly url: string
  readonly token: TokenSource
  readonly corridorId: string
  readonly zoneDid: string
  readonly random: Random
}): Reader {
  const { url, token, corridorId, zoneDid, random } = options
  const connection = connectionOf(url, token)
  const behaviour = { webSocket: WebSocket, silenceMaxMs: 6_000 }
  const events: VerifiedEvent[] = []
  const reader = { resumptions: 0 }
  const ending = new AbortController()
  const run = async (): Promise<void> => {
    let state: CorridorState | null = null
    while (!ending.signal.aborted) {
      const leavesAfter = 20 + Math.floor(random() * 200)
      const stream: CorridorEvents =
        state === null
          ? followCorridor({ connection, corridorId, zoneDid, behaviour })
          : resume(connection, state, behaviour)
      const leave = (): void => void stream.return?.()
      ending.signal.addEventListener('abort', leave, { once: true })
      let taken = 0
      for await (const event of stream) {
        state = event.state
        if (event.kind !== 'CHECKPOINT') events.push(event)
        taken += 1
        if (taken >= leavesAfter) break
      }
      ending.signal.removeEventListener('abort', leave)
      reader.resumptions += 1
    }
  }
  const running = run()
  running.catch(() => undefined)
  return {
    corridorId,
    events,
    get resumptions() {
      return reader.resumptions
    },
    async stop() {
      ending.abort()
      await running
    },
  }
}
