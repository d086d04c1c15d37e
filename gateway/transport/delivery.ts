/** Reads what a subgraph answers to one POST: one answer, or a line for each flight of a batch. @module */
import { SezError } from '@sez/core/errors'
import type { Flight } from './flight.ts'
import type { AnswerSink } from './wire.ts'

/** An HTTP status that says that the subgraph is not there: a query may be sent again. */
export class StatusFailure extends Error {
  override readonly name = 'StatusFailure'
  readonly status: number

  constructor(status: number) {
    super(`answered with status ${status}`)
    this.status = status
  }
}

export interface DeliveryLimits {
  readonly responseBytesMax: number
  readonly batchBytesMax: number
}

interface Delivery {
  readonly subgraph: string
  readonly limits: DeliveryLimits
  /** Called once, with what went wrong or null. */
  readonly onDone: (failure: unknown) => void
}

const answerTypes: ReadonlySet<string> = new Set([
  'application/graphql-response+json',
  'application/json',
])
const lineType = 'application/x-ndjson'
const lineFeed = 0x0a

/** Refuses an answer by its status and type before a byte of it is read. */
export function requireAnswer(
  status: number,
  mediaType: string,
  types: ReadonlySet<string>,
  subgraph: string,
): void {
  // A refused GraphQL request says why in its body; a proxy's page of that status does not.
  const isTold = mediaType === 'application/graphql-response+json'
  if (status === 200 ? !types.has(mediaType) : !isTold) {
    if (status === 200) throw new SezError('UPSTREAM_INVALID', { subgraph })
    throw new StatusFailure(status)
  }
}

/** One answer, decoded once when it is whole. */
export function singleDelivery(flight: Flight, delivery: Delivery): AnswerSink {
  const { subgraph, limits, onDone } = delivery
  const bytesMax = limits.responseBytesMax
  const chunks: Buffer[] = []
  let bytes = 0
  return {
    start: (status, mediaType) => requireAnswer(status, mediaType, answerTypes, subgraph),
    data(chunk) {
      bytes += chunk.length
      if (bytes > bytesMax) throw new SezError('UPSTREAM_TOO_LARGE', { subgraph, bytesMax })
      chunks.push(chunk)
    },
    end() {
      const [first] = chunks
      const body = chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks, bytes)
      flight.land(body.toString())
      onDone(null)
    },
    fail: onDone,
  }
}

/** One line for each flight, in order; each is handed over as soon as it is whole. */
export function batchDelivery(flights: readonly Flight[], delivery: Delivery): AnswerSink {
  const { subgraph, limits, onDone } = delivery
  const { responseBytesMax, batchBytesMax } = limits
  let landed = 0
  let bytes = 0
  let rest: Buffer[] = []
  let restBytes = 0
  const land = (line: Buffer): void => {
    const flight = flights[landed]
    // More lines than were asked for: which answer belongs to whom is in doubt only for those.
    if (flight === undefined) throw new SezError('UPSTREAM_INVALID', { subgraph })
    landed += 1
    flight.land(line.toString())
  }
  const refuse = (bytesMax: number): never => {
    throw new SezError('UPSTREAM_TOO_LARGE', { subgraph, bytesMax })
  }
  return {
    start(status, mediaType) {
      if (status === 200 && mediaType === lineType) return
      // The whole batch was refused, for a reason that only the log needs.
      if (status === 200) throw new SezError('UPSTREAM_INVALID', { subgraph })
      throw new StatusFailure(status)
    },
    data(chunk) {
      bytes += chunk.length
      if (bytes > batchBytesMax) refuse(batchBytesMax)
      let from = 0
      for (let at = chunk.indexOf(lineFeed); at !== -1; at = chunk.indexOf(lineFeed, from)) {
        const piece = chunk.subarray(from, at)
        from = at + 1
        const line = rest.length === 0 ? piece : Buffer.concat([...rest, piece])
        rest = []
        restBytes = 0
        if (line.length > responseBytesMax) refuse(responseBytesMax)
        land(line)
      }
      if (from === chunk.length) return
      restBytes += chunk.length - from
      if (restBytes > responseBytesMax) refuse(responseBytesMax)
      rest.push(chunk.subarray(from))
    },
    end() {
      const isWhole = landed === flights.length && restBytes === 0
      onDone(isWhole ? null : new SezError('UPSTREAM_INVALID', { subgraph }))
    },
    fail: onDone,
  }
}
