/** Counts HTTP requests by the route that answers them (spec/34-telemetry.md §3). @module */
import type { IncomingMessage } from 'node:http'
import { Counter, Histogram } from 'prom-client'
import type { OnRequest } from './http.ts'
import { durationBucketsS, type Registry } from './metrics.ts'

/** The name of the route of a request: one of a fixed set, whatever the path. */
export type RouteOf = (request: IncomingMessage) => string

/** The status under which a request is counted whose client left before its answer. */
const clientLeft = 499

/** A handler that does what `onRequest` does, and counts it. */
export function measureRequests(
  registry: Registry,
  { routeOf, onRequest }: { readonly routeOf: RouteOf; readonly onRequest: OnRequest },
): OnRequest {
  const registers = [registry]
  const requests = new Counter({
    name: 'sez_http_requests_total',
    help: 'Requests by route and status; 499 when the client left first.',
    labelNames: ['route', 'status'],
    registers,
  })
  const durations = new Histogram({
    name: 'sez_http_request_duration_seconds',
    help: 'From the request to the end of its answer.',
    labelNames: ['route'],
    buckets: durationBucketsS,
    registers,
  })
  return (request, response) => {
    const startedMs = performance.now()
    const route = routeOf(request)
    response.once('close', () => {
      const status = response.writableFinished ? response.statusCode : clientLeft
      requests.inc({ route, status })
      durations.observe({ route }, (performance.now() - startedMs) / 1_000)
    })
    return onRequest(request, response)
  }
}
