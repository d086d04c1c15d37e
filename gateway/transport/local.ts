/** Calls a subgraph in this process: no HTTP, and its documents come parsed from the planner. @module */
import type { RequestScope, Subgraph } from '@sez/platform/subgraph'
import { mapStream } from '@sez/platform/stream'
import type { FormattedExecutionResult } from 'graphql'
import {
  type CallScope,
  type Transport,
  type UpstreamCall,
  type UpstreamResult,
  variablesText,
} from './transport.ts'

export function localTransport(subgraph: Pick<Subgraph, 'execute' | 'subscribe'>): Transport {
  return {
    async send(call: UpstreamCall, scope: CallScope): Promise<UpstreamResult> {
      return resultOf(await subgraph.execute(requestOf(call), scope satisfies RequestScope))
    },
    async subscribe(call, scope) {
      const answer = await subgraph.subscribe(requestOf(call), scope satisfies RequestScope)
      return Symbol.asyncIterator in answer ? mapStream(answer, resultOf) : resultOf(answer)
    },
  }
}

function requestOf(call: UpstreamCall) {
  // Parsing the text once gives the subgraph objects of its own, as an HTTP call would.
  const variables = JSON.parse(variablesText(call)) as Record<string, unknown>
  const { document, operationName } = call.fetch
  return operationName === undefined
    ? { document, variables }
    : { document, variables, operationName }
}

function resultOf(result: FormattedExecutionResult): UpstreamResult {
  return result
}
