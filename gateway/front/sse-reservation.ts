/**
 * The single-connection mode of GraphQL over SSE: one stream a client, reserved by a token, onto
 * which the answers of all its operations are written (spec/22-gateway.md §6).
 *
 * @module
 */
import type { ServerResponse } from 'node:http'
import { SezError } from '@sez/core/errors'
import { randomBytes } from '@sez/platform/clock'
import type { Caller } from '@sez/platform/context'
import type { OutgoingStream } from './outgoing.ts'

/** One client's place: first a token, then its stream, with the operations at work on it. */
export interface Reservation {
  readonly token: string
  readonly caller: Caller
  /** Whose connections it counts among. */
  readonly countedAs: string
  /** Null until the client opens it. */
  outgoing: OutgoingStream | null
  readonly operations: Map<string, AbortController>
}

export interface Reservations {
  reserve(caller: Caller, countedAs: string): Reservation
  /**
   * The caller's own reservation of that token.
   *
   * @throws {SezError} `STREAM_UNKNOWN`, also for another caller's.
   */
  find(token: string, caller: Caller): Reservation
  release(reservation: Reservation): void
  readonly all: Iterable<Reservation>
}

/** @param unusedMs A place nobody opens is free again after this time; `onRelease` hears of each. */
export function openReservations(
  unusedMs: number,
  onRelease: (reservation: Reservation) => void,
): Reservations {
  const places = new Map<string, Reservation>()
  const release = (reservation: Reservation): void => {
    if (!places.delete(reservation.token)) return
    for (const operation of reservation.operations.values()) operation.abort()
    onRelease(reservation)
  }
  return {
    reserve(caller, countedAs) {
      const token = Buffer.from(randomBytes(24)).toString('base64url')
      const place: Reservation = {
        token,
        caller,
        countedAs,
        outgoing: null,
        operations: new Map(),
      }
      places.set(token, place)
      setTimeout(() => {
        if (place.outgoing === null) release(place)
      }, unusedMs).unref()
      return place
    },
    find(token, caller) {
      const place = places.get(token)
      if (place === undefined || place.caller.did !== caller.did) {
        throw new SezError('STREAM_UNKNOWN')
      }
      return place
    },
    release,
    get all() {
      return places.values()
    },
  }
}

/** Answers an act on a reservation that has no content of its own. */
export function acknowledge(response: ServerResponse, status: 200 | 201 | 202, text = ''): void {
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': String(Buffer.byteLength(text)),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  })
  response.end(text)
}
