/** The cheapest question to a subgraph: whether it answers this gateway at all. @module */
import { SezError } from '@sez/core/errors'
import { anonymous } from '@sez/platform/context'
import { OperationTypeNode, parse } from 'graphql'
import type { Transport } from './transport.ts'

const text = '{ __typename }'
const document = parse(text)

/**
 * Proves that address, secret and both clocks are right, without touching a database.
 *
 * @throws {SezError} whatever the subgraph or the way to it fails with, else `UPSTREAM_FAILED`.
 */
export async function probe(
  subgraph: string,
  transport: Pick<Transport, 'send'>,
  signal: AbortSignal,
): Promise<void> {
  const fetch = {
    service: subgraph,
    operation: text,
    operationName: undefined,
    kind: OperationTypeNode.QUERY,
    document,
    variableNames: [],
  }
  const call = { fetch, variables: '', representations: null }
  const scope = { caller: anonymous, correlationId: `readiness-${subgraph}`, signal }
  const answer = await transport.send(call, scope)
  if (answer.data?.['__typename'] !== 'Query') throw new SezError('UPSTREAM_FAILED', { subgraph })
}
