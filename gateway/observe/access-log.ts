/**
 * One line for each operation: what was asked, by whom under another name, and what it took
 * (spec/34-telemetry.md §4).
 *
 * @module
 */
import type { Did } from '@sez/core/did'
import { digestOfBytes } from '@sez/core/digest'
import { type ErrorCode, errorCodes } from '@sez/core/errors'
import type { Logger } from '@sez/platform/log'
import { getOperationAST } from 'graphql'
import type { Screened } from '../front/reception.ts'
import { BoundedCache } from '@sez/platform/bounded-cache'
import type { Answer } from '../plan/json-data.ts'
import type { CallScope } from '../transport/transport.ts'
import type { OperationWatch } from './watch.ts'

export interface AccessLogOptions {
  readonly log: Pick<Logger, 'info' | 'isLevelEnabled'>
  /** A name that stands for a caller and cannot be turned back into the DID without the zone's key. */
  readonly pseudonymOf: (did: Did) => string
  /** Whether each operation has a line, or only those that were slow or that failed by our fault. */
  readonly lines: 'all' | 'notable'
}

/** An operation that has ended. */
export interface Ended {
  readonly screened: Screened
  readonly scope: CallScope
  readonly watch: OperationWatch
  readonly tookS: number
  /** Null for a subscription that had opened. */
  readonly answer: Answer | null
  /** Of a subscription. */
  readonly events?: number
}

export type AccessLog = (ended: Ended) => void

/** Slower ones are worth the attention of whoever watches a terminal. */
const slowS = 1
const nameCharactersMax = 64
const pseudonymsMax = 10_000
const documentHashesMax = 10_000
const codesMax = 5

/** Opens the access log. Nothing a client sent but the operation's name gets into it. */
export function openAccessLog({ log, pseudonymOf, lines }: AccessLogOptions): AccessLog {
  const callers = new BoundedCache<Did, string>({ entriesMax: pseudonymsMax, bytesMax: Infinity })
  const hashes = new BoundedCache<string, string>({
    entriesMax: documentHashesMax,
    bytesMax: 16 * 1024 * 1024,
  })
  const hashOf = (query: string): string =>
    hashes.getOrMake(query, () => ({
      value: digestOfBytes(Buffer.from(query)),
      bytes: 2 * query.length,
    }))
  return (ended) => {
    const { screened, scope, watch, tookS, answer, events } = ended
    const codes = codesOf(answer)
    // A subscription is open for long by its nature.
    const isSlow = events === undefined && tookS >= slowS
    if (lines === 'notable' && !isSlow && !codes.some(isOurFault)) return
    if (!log.isLevelEnabled('info')) return
    const { did, roles } = scope.caller
    log.info(
      {
        operation: nameOf(screened),
        kind: screened.kind,
        document: hashOf(screened.request.query),
        caller:
          did === null
            ? null
            : callers.getOrMake(did, () => ({ value: pseudonymOf(did), bytes: 0 })),
        roles: [...roles],
        cost: watch.cost,
        tookMs: Math.round(tookS * 1_000),
        fetches: Object.fromEntries(watch.fetches),
        ...(codes.length === 0 ? {} : { codes }),
        ...(events === undefined ? {} : { events }),
        ...(answer?.data ? { dataBytes: Buffer.byteLength(answer.data.text) } : {}),
        correlationId: scope.correlationId,
        ...(scope.trace && { traceId: scope.trace.id }),
      },
      'operation',
    )
  }
}

/**
 * The operation's name as its document has it: letters, digits and underscores by the grammar.
 * Numbers of four digits and more, which may be somebody's, become one sign.
 */
function nameOf({ document, request, known }: Screened): string | null {
  const operation = known?.operation ?? getOperationAST(document, request.operationName)
  const name = operation?.name?.value
  if (name === undefined) return null
  return name.replace(/\d{4,}/gu, '#').slice(0, nameCharactersMax)
}

/** Different codes of an answer, at most five; one that is not of our table counts as OTHER. */
export function codesOf(answer: Answer | null): readonly (ErrorCode | 'OTHER')[] {
  const codes = new Set<ErrorCode | 'OTHER'>()
  for (const { extensions } of answer?.errors ?? []) {
    const code = extensions?.['code']
    codes.add(isErrorCode(code) ? code : 'OTHER')
    if (codes.size === codesMax) break
  }
  return [...codes]
}

function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(errorCodes, code)
}

function isOurFault(code: ErrorCode | 'OTHER'): boolean {
  return code === 'OTHER' || errorCodes[code].http >= 500
}
