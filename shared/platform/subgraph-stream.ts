/** Subscriptions as server-sent events, one stream per request (spec/27-subgraph-http.md §5). @module */
import type { ServerResponse } from 'node:http'
import { SezError } from '@sez/core/errors'
import type { FormattedExecutionResult } from 'graphql'
import { isExpired } from './context.ts'
import { formatFailure } from './graphql-errors.ts'
import type { Logger } from './log.ts'
import type { RequestScope } from './operations.ts'
import type { Stream } from './stream.ts'
import { written } from './written.ts'

type Events = Stream<FormattedExecutionResult>

export interface EventStreams {
  /** Sends events until the stream, its reader or its caller's token ends. Never rejects. */
  send(response: ServerResponse, events: Events, scope: RequestScope): Promise<void>
  /** Ends every stream with an error that invites its reader back. */
  close(): Promise<void>
}

export function openEventStreams(options: {
  readonly log: Logger
  readonly now: () => Date
  readonly pingMs: number
}): EventStreams {
  const { log, now, pingMs } = options
  const open = new Set<(reason: SezError) => Promise<void>>()
  return {
    async send(response, events, scope) {
      const { correlationId, caller, signal } = scope
      const release = (): void => {
        events
          .return()
          .catch((err: unknown) => log.warn({ err, correlationId }, 'a stream closed badly'))
      }
      let isEnded = false
      const end = async (reason: SezError): Promise<void> => {
        if (isEnded) return
        isEnded = true
        response.write(eventText({ errors: [formatFailure(reason, { ...scope, log })] }))
        response.end(completeText)
        release()
      }
      const ping = setInterval(() => {
        if (isEnded) return
        if (isExpired(caller, now())) void end(new SezError('TOKEN_EXPIRED'))
        else if (!response.writableNeedDrain) response.write(pingText)
      }, pingMs)
      signal.addEventListener('abort', release, { once: true })
      open.add(end)
      try {
        response.writeHead(200, eventHeaders)
        // The reader learns at once that its subscription stands, however long the first event takes.
        response.write(pingText)
        for await (const event of events) {
          if (isEnded || signal.aborted) return
          if (!response.write(eventText(event))) await written(response)
        }
        if (!isEnded && !signal.aborted) response.end(completeText)
      } catch (failure) {
        await end(new SezError('UPSTREAM_FAILED', {}, { cause: failure }))
      } finally {
        isEnded = true
        clearInterval(ping)
        signal.removeEventListener('abort', release)
        open.delete(end)
        if (signal.aborted) release()
      }
    },
    async close() {
      await Promise.all([...open].map((end) => end(new SezError('REQUEST_ABORTED'))))
    },
  }
}

const pingText = ':\n\n'
const completeText = 'event: complete\ndata:\n\n'
const eventHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
}

/** JSON text holds no line feed, so one data line carries it. */
function eventText(event: FormattedExecutionResult): string {
  return `event: next\ndata: ${JSON.stringify(event)}\n\n`
}
