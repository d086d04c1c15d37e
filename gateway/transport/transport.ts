/** What the executor asks of a subgraph, wherever that runs. @module */
import type { Caller } from '@sez/platform/context'
import type { Stream } from '@sez/platform/stream'
import type { Trace } from '@sez/platform/tracing'
import type { DocumentNode, OperationTypeNode } from 'graphql'
import type { OperationWatch } from '../observe/watch.ts'
import type { DataObject } from '../plan/merge.ts'

/** One operation of a plan for one subgraph; made once, sent many times. */
export interface Fetch {
  readonly service: string
  readonly operation: string
  readonly operationName: string | undefined
  readonly kind: OperationTypeNode
  readonly document: DocumentNode
  /** The client's variables this operation uses. */
  readonly variableNames: readonly string[]
}

/** Who asks and until when. */
export interface CallScope {
  readonly caller: Caller
  readonly correlationId: string
  readonly signal: AbortSignal
  /** Told what is done for this operation; absent where nobody watches. */
  readonly watch?: OperationWatch
  /** The caller's `traceparent`, unchecked. */
  readonly traceparent?: string | undefined
  /** The work this belongs to, of an operation that is traced. */
  readonly trace?: Trace
}

/** What a subgraph answers. `errors` hold whatever it sent, unchecked. */
export interface UpstreamResult {
  readonly data?: DataObject | null
  readonly errors?: readonly unknown[]
}

/** `variables` and `representations` are the members of JSON texts, so that they are written once. */
export interface UpstreamCall {
  readonly fetch: Fetch
  readonly variables: string
  /** Null for a fetch that names no entities. */
  readonly representations: string | null
}

export interface Transport {
  /** The executor merges into the answer, so it belongs to this call alone. */
  send(call: UpstreamCall, scope: CallScope): Promise<UpstreamResult>
  subscribe(call: UpstreamCall, scope: CallScope): Promise<Stream<UpstreamResult> | UpstreamResult>
}

/** All variables of a call as one JSON text. */
export function variablesText(call: UpstreamCall): string {
  if (call.representations === null) return `{${call.variables}}`
  const separator = call.variables === '' ? '' : ','
  return `{${call.variables}${separator}"representations":[${call.representations}]}`
}

export function isStream(
  answer: Stream<UpstreamResult> | UpstreamResult,
): answer is Stream<UpstreamResult> {
  return Symbol.asyncIterator in answer
}
