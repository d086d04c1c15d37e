/** Which part of a process answers which path. @module */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type ErrorCode, errorCodes, SezError } from '@sez/core/errors'
import { graphqlPath } from '@sez/gateway/gateway'
import { liveness, type HealthReport } from '@sez/platform/health'
import { type OnRequest, sendJson } from '@sez/platform/http'
import type { DevelopmentDesk } from './development.ts'
import { metricsPath } from './metrics.ts'

interface Parts {
  /** Answers /graphql; null where no graph is. */
  readonly graphql: OnRequest | null
  readonly readiness: () => Promise<HealthReport>
  /** Answers /metrics; null where that has a listener of its own, or none. */
  readonly metrics: OnRequest | null
  /** Null but in front of a zone in development. */
  readonly desk: DevelopmentDesk | null
  /** Null but in front of a zone in development. */
  readonly playground: {
    handle(request: IncomingMessage, response: ServerResponse): boolean
  } | null
}

/** The request handler of a process: /graphql, /health/*, /errors/<CODE>, and what development adds. */
export function routesOf({ graphql, readiness, metrics, desk, playground }: Parts): OnRequest {
  return async (request, response) => {
    if (graphql !== null && isGraphql(request)) return graphql(request, response)
    const path = pathOf(request)
    if (path === '/health/live') return sendJson(response, 200, liveness)
    if (path === '/health/ready') {
      const report = await readiness()
      return sendJson(response, report.status === 'not ready' ? 503 : 200, report)
    }
    if (path === metricsPath && metrics !== null) return metrics(request, response)
    if (path === '/errors' || path.startsWith('/errors/')) return explain(path, response)
    if (desk !== null && (await desk.handle(request, response))) return undefined
    if (playground?.handle(request, response) === true) return undefined
    throw new SezError('NOT_FOUND', { path: path.slice(0, 200) })
  }
}

/** What answers a request, for its numbers: one of a few names, whatever the path. */
export function routeOf(request: IncomingMessage): string {
  const path = pathOf(request)
  if (path === graphqlPath) return 'graphql'
  if (path === metricsPath) return 'metrics'
  if (path === '/health/live' || path === '/health/ready') return path.slice(1)
  if (path === '/errors' || path.startsWith('/errors/')) return 'errors'
  return 'other'
}

/** Whether a request, or a wish to upgrade, is for the graph. */
export const isGraphql = (request: IncomingMessage): boolean => pathOf(request) === graphqlPath

const pathOf = (request: IncomingMessage): string => (request.url ?? '/').split('?', 1)[0] ?? '/'

/** One code, or with no code the whole table. */
function explain(path: string, response: ServerResponse): void {
  const code = path.slice('/errors/'.length)
  if (code === '') return sendJson(response, 200, errorCodes)
  if (!isErrorCode(code)) throw new SezError('NOT_FOUND', { path: path.slice(0, 200) })
  return sendJson(response, 200, { code, ...errorCodes[code] })
}

const isErrorCode = (text: string): text is ErrorCode => Object.hasOwn(errorCodes, text)
